// SPDX-License-Identifier: Apache-2.0
// The worker's task: its queue, its instances, its share of the CPU.
#include "functions/worker.h"

#include <assert.h>
#include <queue.h>

#include "base/log.h"
#include "functions/dispatcher.h"
#include "functions/reply.h"
#include "port/clock.h"
#include "port/stack.h"

// After so many invocations the responses go out, before more are begun.
#define INVOCATIONS_PER_STEP_MAX 32

static const isere_failure_t failure_no_room = {
    500, "Runtime.OutOfMemory", "there is no memory for an instance of the function"};

isere_invocation_t *isere_worker_slot(const isere_worker_t *worker, uint32_t number) {
  assert(number < ISERE_INVOCATIONS_MAX);
  return &worker->dispatcher->slots[number];
}

uint32_t isere_worker_slot_number(const isere_worker_t *worker,
                                  const isere_invocation_t *invocation) {
  return (uint32_t)(invocation - worker->dispatcher->slots);
}

uint64_t isere_worker_pause(isere_worker_t *worker, uint64_t since_us) {
  const uint64_t before_us = isere_port_clock_task_us();
  if (before_us - since_us > ISERE_WORKER_SLICE_MS * 1000u) {
    worker->state = ISERE_WORKER_LONG;
    isere_dispatcher_kick(worker->dispatcher);
  }
  taskYIELD();
  return isere_port_clock_task_us() - before_us;
}

// The body of a response is out: its instance gets the memory back.
static void on_unpin(void *arg) {
  isere_invocation_t *invocation = arg;
  isere_dispatcher_t *dispatcher = invocation->worker->dispatcher;
  isere_reply_release(invocation);
  isere_instance_unpin(invocation->instance);
  const isere_err_t err = isere_loop_post(dispatcher->io, isere_dispatcher_on_released, invocation);
  assert(err == ISERE_OK); // the mailbox has room for every invocation
  (void)err;
}

// Called by the server, in the io task.
static void on_body_sent(void *arg) {
  isere_invocation_t *invocation = arg;
  const isere_err_t err = isere_loop_post(&invocation->worker->loop, on_unpin, invocation);
  assert(err == ISERE_OK);
  (void)err;
}

void isere_worker_return(isere_worker_t *worker, isere_invocation_t *invocation) {
  if (isere_reply_is_pinned(invocation)) {
    invocation->exchange->response.release = on_body_sent;
    invocation->exchange->response.release_arg = invocation;
  }
  const isere_err_t err =
      isere_loop_post(worker->dispatcher->io, isere_dispatcher_on_done, invocation);
  assert(err == ISERE_OK);
  (void)err;
}

// ---- Instances ----

static isere_instance_t *find_instance(isere_worker_t *worker, const isere_function_t *function) {
  for (isere_list_t *node = worker->instances.next; node != &worker->instances; node = node->next) {
    isere_instance_t *instance = ISERE_CONTAINER_OF(node, isere_instance_t, link);
    if (instance->function != function || instance->is_retired) {
      continue;
    }
    if (instance->source == function->source) {
      return instance;
    }
    isere_instance_retire(instance); // made from older code
    return NULL;
  }
  return NULL;
}

static void run(isere_worker_t *worker, isere_invocation_t *invocation) {
  isere_function_t *function = invocation->function;
  if (isere_function_refresh(function)) {
    isere_log(ISERE_LOG_DEBUG, function->name, "instances of the older code are retired");
  }
  isere_instance_t *instance = function->fresh ? NULL : find_instance(worker, function);
  if (instance == NULL) {
    if (isere_instance_open(worker, invocation, &instance) != ISERE_OK) {
      isere_reply_write_failure(invocation->exchange, &failure_no_room, &worker->date);
      invocation->has_response = true;
      isere_worker_return(worker, invocation);
      return;
    }
    isere_list_append(&worker->instances, &instance->link);
    instance->is_retired = instance->is_retired || function->fresh;
  }
  isere_instance_run(instance, invocation);
}

static void check_stops(isere_worker_t *worker) {
  worker->has_stops = false;
  isere_list_t *node = worker->instances.next;
  while (node != &worker->instances) {
    isere_instance_t *instance = ISERE_CONTAINER_OF(node, isere_instance_t, link);
    node = node->next;
    if (instance->active_count > 0) {
      (void)isere_instance_check_stops(instance);
    }
  }
}

// Further workers are there for a rush: their instances do not stay.
static void rest(isere_worker_t *worker) {
  if (worker->number == 0) {
    return;
  }
  for (isere_list_t *node = worker->instances.next; node != &worker->instances; node = node->next) {
    isere_instance_rest(ISERE_CONTAINER_OF(node, isere_instance_t, link),
                        ISERE_INSTANCE_IDLE_MS_MAX);
  }
}

// ---- The task ----

// Takes the next invocation that is still wanted; NULL when the queue is empty.
static isere_invocation_t *take(isere_worker_t *worker) {
  isere_invocation_t *invocation;
  while (xQueueReceive(worker->dispatcher->queue, &invocation, 0) == pdTRUE) {
    taskENTER_CRITICAL();
    invocation->worker = worker;
    const bool is_wanted = invocation->phase == ISERE_INVOCATION_QUEUED;
    if (is_wanted) {
      invocation->phase = ISERE_INVOCATION_RUNNING;
    }
    taskEXIT_CRITICAL();
    if (is_wanted) {
      return invocation;
    }
    isere_worker_return(worker, invocation);
  }
  return NULL;
}

static void step(isere_worker_t *worker) {
  for (int i = 0; i < INVOCATIONS_PER_STEP_MAX; i++) {
    isere_invocation_t *invocation = take(worker);
    if (invocation == NULL) {
      return;
    }
    worker->state = ISERE_WORKER_RUNNING;
    run(worker, invocation);
  }
}

static void close_instances(isere_worker_t *worker) {
  isere_list_t *node;
  while ((node = isere_list_take_first(&worker->instances)) != NULL) {
    isere_instance_close(ISERE_CONTAINER_OF(node, isere_instance_t, link));
  }
}

static void worker_task(void *arg) {
  isere_worker_t *worker = arg;
  isere_dispatcher_t *dispatcher = worker->dispatcher;
  isere_loop_bind(&worker->loop);
  while (!dispatcher->stopping) {
    worker->state = ISERE_WORKER_RUNNING;
    step(worker);
    if (worker->has_stops) {
      check_stops(worker);
    }
    const uint32_t wait = isere_loop_step(&worker->loop);
    if (uxQueueMessagesWaiting(dispatcher->queue) > 0) {
      taskYIELD();
      continue;
    }
    rest(worker);
    worker->state = ISERE_WORKER_SLEEPING;
    if (uxQueueMessagesWaiting(dispatcher->queue) == 0 && !dispatcher->stopping) {
      (void)ulTaskNotifyTake(pdTRUE, isere_loop_ticks(wait));
    }
  }
  close_instances(worker);
  worker->state = ISERE_WORKER_ENDED;
  (void)isere_loop_post(dispatcher->io, isere_dispatcher_on_worker_end, dispatcher);
  vTaskSuspend(NULL);
}

isere_err_t isere_worker_start(isere_worker_t *worker) {
  isere_loop_init(&worker->loop, worker->messages, ISERE_WORKER_MESSAGES_MAX);
  isere_list_init(&worker->instances);
  worker->stack = isere_port_stack_new(ISERE_WORKER_STACK_BYTES);
  if (worker->stack == NULL) {
    return ISERE_ERR_NOMEM;
  }
  worker->state = ISERE_WORKER_RUNNING;
  worker->task =
      xTaskCreateStatic(worker_task, "worker", ISERE_WORKER_STACK_BYTES / sizeof(StackType_t),
                        worker, tskIDLE_PRIORITY + 1, worker->stack, &worker->task_storage);
  worker->loop.task = worker->task;
  return ISERE_OK;
}
