// SPDX-License-Identifier: Apache-2.0
// Worker tasks: they take invocations from one queue and run them in their instances.
#pragma once

#include <FreeRTOS.h>
#include <stdbool.h>
#include <stdint.h>
#include <task.h>

#include "base/limits.h"
#include "base/list.h"
#include "functions/instance.h"
#include "functions/invocation.h"
#include "loop/loop.h"

struct isere_dispatcher;

typedef enum {
  ISERE_WORKER_ABSENT,   // no task yet
  ISERE_WORKER_SLEEPING, // waits for work
  ISERE_WORKER_RUNNING,  // will look at the queue soon
  ISERE_WORKER_LONG,     // occupied by one piece of code for more than ISERE_WORKER_SLICE_MS
  ISERE_WORKER_ENDED,
} isere_worker_state_t;

#define ISERE_WORKER_MESSAGES_MAX (ISERE_INVOCATIONS_MAX + 8)

typedef struct isere_worker {
  struct isere_dispatcher *dispatcher;
  uint32_t number;
  volatile isere_worker_state_t state;
  isere_loop_t loop;
  isere_message_t messages[ISERE_WORKER_MESSAGES_MAX];
  isere_list_t instances; // most recently used last
  isere_http_date_t date;
  volatile bool has_stops; // the `stop` of an invocation here was set
  StackType_t *stack;
  StaticTask_t task_storage;
  TaskHandle_t task;
} isere_worker_t;

// Starts the worker's task. Returns ISERE_ERR_NOMEM.
isere_err_t isere_worker_start(isere_worker_t *worker);

// The checkpoint of running code: other tasks get their turn. `since_us` is when the code began to
// run. Returns the microseconds that the others took, which are not the code's.
uint64_t isere_worker_pause(isere_worker_t *worker, uint64_t since_us);

// The invocations of all workers by number, for native functions that know an invocation by a
// token.
isere_invocation_t *isere_worker_slot(const isere_worker_t *worker, uint32_t number);
uint32_t isere_worker_slot_number(const isere_worker_t *worker,
                                  const isere_invocation_t *invocation);

// Gives a finished invocation back to the io task.
void isere_worker_return(isere_worker_t *worker, isere_invocation_t *invocation);
