// SPDX-License-Identifier: Apache-2.0
// The io task's side of invocations: from a complete request to a queued invocation, and from its
// end to the bytes sent. It holds their number and their time within the limits.
#pragma once

#include <FreeRTOS.h>
#include <queue.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/pool.h"
#include "functions/function.h"
#include "functions/invocation.h"
#include "functions/worker.h"
#include "http/server.h"
#include "loop/loop.h"

typedef struct isere_dispatcher {
  isere_loop_t *io;
  isere_http_server_t *server;
  isere_function_t *function;
  uint32_t invocations_max; // at most ISERE_INVOCATIONS_MAX
  isere_pool_t pool;
  isere_invocation_t *slots;
  uint32_t serial;
  isere_list_t by_deadline; // the earliest first
  isere_timer_t deadline_timer;
  QueueHandle_t queue; // of isere_invocation_t *
  StaticQueue_t queue_storage;
  isere_invocation_t *queue_items[ISERE_INVOCATIONS_MAX];
  isere_http_date_t date;
  volatile bool stopping;
  uint32_t workers_ended;
  uint32_t workers_started;
  void (*on_stopped)(void *arg);
  void *on_stopped_arg;
  isere_worker_t workers[ISERE_WORKERS_MAX];
} isere_dispatcher_t;

// Makes the dispatcher for `function`, which the caller keeps, and starts the first worker. `io` is
// the io task's loop. `invocations_max` 0 means ISERE_INVOCATIONS_MAX. From the io task. Returns
// ISERE_ERR_NOMEM.
isere_err_t isere_dispatcher_init(isere_dispatcher_t *dispatcher, isere_loop_t *io,
                                  isere_function_t *function, uint32_t invocations_max);

// Ends the workers, with all that they still run, and calls `on_stopped` in the io task when the
// last has ended. From the io task.
void isere_dispatcher_stop(isere_dispatcher_t *dispatcher, void (*on_stopped)(void *arg),
                           void *arg);

// The server's callbacks; `arg` is the dispatcher.
void isere_dispatcher_on_request(void *arg, isere_http_exchange_t *exchange);
void isere_dispatcher_on_cancel(void *arg, isere_http_exchange_t *exchange);

// Messages of workers to the io task: an invocation has ended; what its response had pinned is
// released; a worker has ended.
void isere_dispatcher_on_done(void *invocation);
void isere_dispatcher_on_released(void *invocation);
void isere_dispatcher_on_worker_end(void *dispatcher);

// Makes sure that a worker will look at the queue, when there is something in it. From any task.
void isere_dispatcher_kick(isere_dispatcher_t *dispatcher);
