// SPDX-License-Identifier: Apache-2.0
// --workers: processes that share a port (SO_REUSEPORT), and the first process, which keeps them
// running.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "net_linux.h"
#include "port/clock.h"
#include "port/host.h"

#define RESTART_PAUSE_MS 1000 // a worker that lives shorter is not started anew at once

typedef struct {
  pid_t pid; // 0: not running
  uint64_t started_ms;
  uint64_t start_at_ms; // when it is to be started again; 0: it is not
} process_t;

static struct {
  process_t *processes;
  int count;
  int stops;  // signals received
  int status; // the exit status to come
} supervisor;

// Returns true in the new worker.
static bool start_worker(int number, const sigset_t *signals) {
  const pid_t parent = getpid();
  process_t *process = &supervisor.processes[number];
  process->start_at_ms = 0;
  process->started_ms = isere_port_clock_now_ms();
  process->pid = fork();
  if (process->pid != 0) {
    if (process->pid < 0) {
      isere_log(ISERE_LOG_ERROR, "workers", "cannot start worker %d: %s", number, strerror(errno));
      process->pid = 0;
      process->start_at_ms = process->started_ms + RESTART_PAUSE_MS;
    }
    return false;
  }
  // Signals of the terminal go to the first process, which passes them on once.
  (void)setpgid(0, 0);
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) {
    _exit(1);
  }
  (void)sigprocmask(SIG_UNBLOCK, signals, NULL);
  isere_net_linux_share_port(true);
  return true;
}

static void on_exit_of(pid_t pid, int wait_status) {
  for (int i = 0; i < supervisor.count; i++) {
    process_t *process = &supervisor.processes[i];
    if (process->pid != pid) {
      continue;
    }
    const uint64_t now_ms = isere_port_clock_now_ms();
    process->pid = 0;
    if (supervisor.stops > 0) {
      return;
    }
    if (WIFSIGNALED(wait_status)) {
      isere_log(ISERE_LOG_ERROR, "workers",
                "worker %d (pid %d) was ended by signal %d: starting it anew", i, (int)pid,
                WTERMSIG(wait_status));
    } else {
      isere_log(ISERE_LOG_ERROR, "workers",
                "worker %d (pid %d) exited with status %d: starting it anew", i, (int)pid,
                WEXITSTATUS(wait_status));
    }
    const bool is_quick = now_ms - process->started_ms < RESTART_PAUSE_MS;
    process->start_at_ms = now_ms + (is_quick ? RESTART_PAUSE_MS : 0);
    return;
  }
}

static void reap(void) {
  pid_t pid;
  int wait_status;
  while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
    on_exit_of(pid, wait_status);
  }
}

static int running(void) {
  int count = 0;
  for (int i = 0; i < supervisor.count; i++) {
    count += supervisor.processes[i].pid != 0;
  }
  return count;
}

static void pass_on(int signal_number) {
  for (int i = 0; i < supervisor.count; i++) {
    if (supervisor.processes[i].pid != 0) {
      (void)kill(supervisor.processes[i].pid, signal_number);
    }
  }
}

// Starts what is due. Returns true in a new worker; else *wait_ms is the time to the next start, or
// -1.
static bool start_due(const sigset_t *signals, int *worker, int64_t *wait_ms) {
  *wait_ms = -1;
  if (supervisor.stops > 0) {
    return false;
  }
  for (int i = 0; i < supervisor.count; i++) {
    const uint64_t at_ms = supervisor.processes[i].start_at_ms;
    const uint64_t now_ms = isere_port_clock_now_ms();
    if (at_ms != 0 && at_ms <= now_ms && start_worker(i, signals)) {
      *worker = i;
      return true;
    }
    if (supervisor.processes[i].start_at_ms > now_ms) {
      const int64_t left_ms = (int64_t)(supervisor.processes[i].start_at_ms - now_ms);
      *wait_ms = *wait_ms < 0 || left_ms < *wait_ms ? left_ms : *wait_ms;
    }
  }
  return false;
}

// Returns in a worker only.
static void supervise(const sigset_t *signals, int *worker) {
  for (;;) {
    int64_t wait_ms;
    reap();
    if (supervisor.stops > 0 && running() == 0) {
      exit(supervisor.status);
    }
    if (start_due(signals, worker, &wait_ms)) {
      return;
    }
    const struct timespec wait = {wait_ms / 1000, (long)(wait_ms % 1000) * 1000000};
    const int number =
        wait_ms < 0 ? sigwaitinfo(signals, NULL) : sigtimedwait(signals, NULL, &wait);
    if (number == SIGINT || number == SIGTERM) {
      supervisor.stops++;
      supervisor.status = supervisor.stops > 1 ? 130 : 0;
      pass_on(supervisor.stops > 1 ? SIGKILL : SIGTERM);
    }
  }
}

isere_err_t isere_port_host_split(int count, const char *host, uint16_t *port, int *worker) {
  // The address must be free of others, so it is tried without sharing; then it is held, bound but
  // not listening, for the workers.
  const char *address = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
  int fd;
  isere_err_t err = isere_net_linux_bind(address, *port, false, &fd);
  if (err != ISERE_OK) {
    return err;
  }
  *port = isere_net_linux_port_of(fd);
  close(fd);
  err = isere_net_linux_bind(address, *port, true, &fd);
  if (err != ISERE_OK) {
    return err;
  }
  supervisor.processes = calloc((size_t)count, sizeof(process_t));
  if (supervisor.processes == NULL) {
    close(fd);
    return ISERE_ERR_NOMEM;
  }
  supervisor.count = count;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGCHLD);
  (void)sigprocmask(SIG_BLOCK, &signals, NULL);
  for (int i = 0; i < count; i++) {
    supervisor.processes[i].start_at_ms = 1; // at once
  }
  supervise(&signals, worker);
  close(fd);
  free(supervisor.processes);
  return ISERE_OK;
}
