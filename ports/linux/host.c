// SPDX-License-Identifier: Apache-2.0
// port/host.h: files, output, signals, and the kernel with its io task.
#include "port/host.h"

#include <FreeRTOS.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <task.h>
#include <unistd.h>

#include "base/limits.h"
#include "events.h"
#include "log_sink.h"
#include "loop/loop.h"
#include "net_linux.h"
#include "port/stack.h"

#define IO_STACK_BYTES (1024 * 1024) // exec runs the engine on it

extern char **environ;

// ---- Files ----

static isere_err_t err_of_errno(int error) {
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return ISERE_ERR_NOTFOUND;
  case EACCES:
  case EPERM:
    return ISERE_ERR_ACCES;
  case ENOMEM:
    return ISERE_ERR_NOMEM;
  default:
    return ISERE_ERR_IO;
  }
}

static isere_err_t read_all(int fd, isere_span_t *out) {
  size_t cap = 64 * 1024;
  size_t len = 0;
  char *text = malloc(cap);
  while (text != NULL) {
    const ssize_t count = read(fd, text + len, cap - len);
    if (count == 0) {
      *out = isere_span(text, len);
      return ISERE_OK;
    }
    if (count < 0 && errno != EINTR) {
      const isere_err_t err = err_of_errno(errno);
      free(text);
      return err;
    }
    len += count < 0 ? 0 : (size_t)count;
    if (len > ISERE_SOURCE_BYTES_MAX) {
      free(text);
      return ISERE_ERR_TOOBIG;
    }
    if (len == cap) {
      cap *= 2;
      char *larger = realloc(text, cap);
      if (larger == NULL) {
        free(text);
      }
      text = larger;
    }
  }
  return ISERE_ERR_NOMEM;
}

isere_err_t isere_port_file_read(const char *path, isere_span_t *out) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return err_of_errno(errno);
  }
  const isere_err_t err = read_all(fd, out);
  close(fd);
  return err;
}

void isere_port_file_release(isere_span_t text) {
  free((void *)(uintptr_t)text.ptr);
}

isere_err_t isere_port_file_stamp(const char *path, isere_file_stamp_t *out) {
  struct stat info;
  if (stat(path, &info) != 0) {
    return err_of_errno(errno);
  }
  *out = (isere_file_stamp_t){{
      (uint64_t)info.st_ino,
      (uint64_t)info.st_size,
      (uint64_t)info.st_mtim.tv_sec * 1000000000u + (uint64_t)info.st_mtim.tv_nsec,
      (uint64_t)info.st_ctim.tv_sec * 1000000000u + (uint64_t)info.st_ctim.tv_nsec,
  }};
  return ISERE_OK;
}

// ---- Process ----

void isere_port_host_write(int fd, isere_span_t text) {
  while (text.len > 0) {
    const ssize_t count = write(fd, text.ptr, text.len);
    if (count < 0 && errno != EINTR) {
      return; // nobody reads it any more
    }
    if (count > 0) {
      text = isere_span(text.ptr + count, text.len - (size_t)count);
    }
  }
}

void isere_port_host_log(bool json, isere_log_level_t level) {
  isere_log_sink_init(json, level);
}

const char *const *isere_port_host_environment(void) {
  return (const char *const *)environ;
}

const char *isere_port_host_folder(void) {
  static char folder[PATH_MAX];
  if (folder[0] == '\0' && getcwd(folder, sizeof(folder)) == NULL) {
    return "/"; // it was removed: nothing is in it
  }
  return folder;
}

void isere_port_host_exit(int status) {
  _exit(status);
}

static struct {
  void (*on_stop)(void *arg, int count);
  void *on_stop_arg;
  int stop_count;
  isere_watch_t signals;
  bool catches_signals;
  isere_loop_t *loop;
  void (*start)(void *arg);
  void *start_arg;
  volatile bool ended;
  int status;
  StaticTask_t io_task;
} host;

static void on_signal(isere_watch_t *watch, uint32_t events) {
  (void)events;
  struct signalfd_siginfo info;
  while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
    host.on_stop(host.on_stop_arg, ++host.stop_count);
  }
}

void isere_port_host_on_stop(void (*fn)(void *arg, int count), void *arg) {
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  host.on_stop = fn;
  host.on_stop_arg = arg;
  host.catches_signals = true;
  (void)sigprocmask(SIG_BLOCK, &stops, NULL);
  host.signals = (isere_watch_t){
      .fn = on_signal,
      .fd = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC),
  };
}

static void io_task(void *arg) {
  (void)arg;
  isere_loop_bind(host.loop);
  isere_events_bind();
  if (host.catches_signals) {
    (void)isere_events_watch(&host.signals, EPOLLIN);
  }
  host.start(host.start_arg);
  while (!host.ended) {
    isere_events_handle();
    const uint32_t wait = isere_loop_step(host.loop);
    if (!host.ended) {
      (void)ulTaskNotifyTake(pdTRUE, isere_loop_ticks(wait));
    }
  }
  vTaskEndScheduler();
}

int isere_port_host_run(isere_loop_t *loop, void (*start)(void *arg), void *arg) {
  host.loop = loop;
  host.start = start;
  host.start_arg = arg;
  StackType_t *stack = isere_port_stack_new(IO_STACK_BYTES);
  if (stack == NULL || isere_events_init() != ISERE_OK || isere_net_linux_init() != ISERE_OK) {
    isere_log(ISERE_LOG_ERROR, "isere", "no memory to start");
    return 1;
  }
  // Above the workers: a function that computes does not keep clients waiting.
  (void)xTaskCreateStatic(io_task, "io", IO_STACK_BYTES / sizeof(StackType_t), NULL,
                          configMAX_PRIORITIES - 1, stack, &host.io_task);
  vTaskStartScheduler();
  return host.status;
}

void isere_port_host_end(int status) {
  host.status = status;
  host.ended = true;
}
