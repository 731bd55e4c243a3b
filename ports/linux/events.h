// SPDX-License-Identifier: Apache-2.0
// The process's one epoll set: who waits for a file descriptor, and how the io task hears of it.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"

// Embed it in what owns a file descriptor. It must stay until isere_events_unwatch and the end of
// the batch.
typedef struct isere_watch {
  void (*fn)(struct isere_watch *watch, uint32_t events); // EPOLLIN ...; in the io task
  int fd;
  bool gone; // unwatched: what the batch still holds for it is dropped
} isere_watch_t;

// Makes the epoll set and puts it under the kernel's waiting. Before the kernel starts.
isere_err_t isere_events_init(void);

// Begins to watch watch->fd. `events` as of epoll_ctl(2).
isere_err_t isere_events_watch(isere_watch_t *watch, uint32_t events);
isere_err_t isere_events_rewatch(isere_watch_t *watch, uint32_t events);

// Ends it; to be called before the file descriptor is closed.
void isere_events_unwatch(isere_watch_t *watch);

// The calling task becomes the io task: it is notified when isere_events_handle has something to
// do.
void isere_events_bind(void);

// Handles what has happened. From the io task.
void isere_events_handle(void);

// Called before each wait (`sleeps`: the process may sleep in it) and after each batch; set once
// each.
void isere_events_on_wait(void (*fn)(bool sleeps));
void isere_events_on_batch_end(void (*fn)(void));
