// SPDX-License-Identifier: Apache-2.0
// epoll as the kernel's only place to sleep: what it finds is handled in the io task.
#include "events.h"

#include <FreeRTOS.h>
#include <errno.h>
#include <stddef.h>
#include <task.h>
#include <time.h>
#include <unistd.h>

#include "freertos/port_wait.h"

#define EVENTS_BATCH_MAX 256

static struct {
  int epoll_fd;
  TaskHandle_t io_task;
  struct epoll_event batch[EVENTS_BATCH_MAX];
  int batch_count; // found, and not yet handled
  void (*on_wait)(bool sleeps);
  void (*on_batch_end)(void);
} events = {.epoll_fd = -1};

// The kernel's wait hook. It runs in whichever task looked for work, so it only collects and
// notifies.
static void wait_for_events(void *arg, int64_t timeout_us) {
  (void)arg;
  if (events.batch_count == 0) {
    if (events.on_wait != NULL) {
      events.on_wait(timeout_us != 0);
    }
    struct timespec timeout = {timeout_us / 1000000, (long)(timeout_us % 1000000) * 1000};
    int count;
    if (timeout_us == 0) {
      count = epoll_wait(events.epoll_fd, events.batch, EVENTS_BATCH_MAX, 0);
    } else {
      count = epoll_pwait2(events.epoll_fd, events.batch, EVENTS_BATCH_MAX,
                           timeout_us < 0 ? NULL : &timeout, NULL);
      if (count < 0 && errno == ENOSYS) { // Linux before 5.11
        const int64_t timeout_ms = timeout_us < 0 ? -1 : (timeout_us + 999) / 1000;
        count = epoll_wait(events.epoll_fd, events.batch, EVENTS_BATCH_MAX, (int)timeout_ms);
      }
    }
    if (count <= 0) {
      return;
    }
    events.batch_count = count;
  }
  if (events.io_task != NULL) {
    vTaskNotifyGiveFromISR(events.io_task, NULL);
  }
}

isere_err_t isere_events_init(void) {
  events.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (events.epoll_fd < 0) {
    return ISERE_ERR_IO;
  }
  isere_freertos_set_wait(wait_for_events, NULL);
  return ISERE_OK;
}

static isere_err_t control(isere_watch_t *watch, int operation, uint32_t mask) {
  struct epoll_event event = {.events = mask, .data = {.ptr = watch}};
  if (epoll_ctl(events.epoll_fd, operation, watch->fd, &event) != 0) {
    return errno == ENOMEM || errno == ENOSPC ? ISERE_ERR_NOMEM : ISERE_ERR_IO;
  }
  watch->gone = false;
  return ISERE_OK;
}

isere_err_t isere_events_watch(isere_watch_t *watch, uint32_t mask) {
  return control(watch, EPOLL_CTL_ADD, mask);
}

isere_err_t isere_events_rewatch(isere_watch_t *watch, uint32_t mask) {
  return control(watch, EPOLL_CTL_MOD, mask);
}

void isere_events_unwatch(isere_watch_t *watch) {
  watch->gone = true;
}

void isere_events_bind(void) {
  events.io_task = xTaskGetCurrentTaskHandle();
}

void isere_events_handle(void) {
  if (events.batch_count == 0) {
    return;
  }
  for (int i = 0; i < events.batch_count; i++) {
    isere_watch_t *watch = events.batch[i].data.ptr;
    if (!watch->gone) {
      watch->fn(watch, events.batch[i].events);
    }
  }
  events.batch_count = 0;
  if (events.on_batch_end != NULL) {
    events.on_batch_end();
  }
}

void isere_events_on_wait(void (*fn)(bool sleeps)) {
  events.on_wait = fn;
}

void isere_events_on_batch_end(void (*fn)(void)) {
  events.on_batch_end = fn;
}
