// SPDX-License-Identifier: Apache-2.0
// Queues invocations for the workers, keeps their deadlines, and sends what they give back.
#include "functions/dispatcher.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <task.h>

#include "base/log.h"
#include "functions/reply.h"
#include "port/clock.h"

static const isere_failure_t failure_full = {
    503, "ServiceUnavailable", "too many requests are waiting: try again in a second"};
static const isere_failure_t failure_timeout = {504, "Runtime.Timeout",
                                                "the function gave no response in its time"};

static uint64_t deadline_of(const isere_invocation_t *invocation) {
  return invocation->start_ms + invocation->function->timeout_ms;
}

// Keeps the list in order: most deadlines are later than all before them.
static void deadlines_insert(isere_dispatcher_t *dispatcher, isere_invocation_t *invocation) {
  isere_list_t *after = dispatcher->by_deadline.prev;
  while (after != &dispatcher->by_deadline &&
         deadline_of(ISERE_CONTAINER_OF(after, isere_invocation_t, by_deadline)) >
             deadline_of(invocation)) {
    after = after->prev;
  }
  isere_list_append(after->next, &invocation->by_deadline);
}

static void answer(isere_dispatcher_t *dispatcher, isere_http_exchange_t *exchange,
                   const isere_failure_t *failure) {
  isere_reply_write_failure(exchange, failure, &dispatcher->date);
  isere_http_exchange_send(dispatcher->server, exchange);
}

void isere_dispatcher_kick(isere_dispatcher_t *dispatcher) {
  if (uxQueueMessagesWaiting(dispatcher->queue) == 0 || dispatcher->stopping) {
    return;
  }
  isere_worker_t *sleeping = NULL;
  isere_worker_t *absent = NULL;
  taskENTER_CRITICAL();
  for (uint32_t i = 0; i < ISERE_WORKERS_MAX; i++) {
    isere_worker_t *worker = &dispatcher->workers[i];
    if (worker->state == ISERE_WORKER_RUNNING) {
      taskEXIT_CRITICAL();
      return;
    }
    if (worker->state == ISERE_WORKER_SLEEPING && sleeping == NULL) {
      sleeping = worker;
    }
    if (worker->state == ISERE_WORKER_ABSENT && absent == NULL) {
      absent = worker;
    }
  }
  if (sleeping != NULL) {
    sleeping->state = ISERE_WORKER_RUNNING;
  } else if (absent != NULL) {
    absent->state = ISERE_WORKER_RUNNING; // nobody else starts it
    dispatcher->workers_started++;
  }
  taskEXIT_CRITICAL();
  if (sleeping != NULL) {
    sleeping->loop.wake(&sleeping->loop);
  } else if (absent != NULL && isere_worker_start(absent) != ISERE_OK) {
    taskENTER_CRITICAL();
    absent->state = ISERE_WORKER_ABSENT;
    dispatcher->workers_started--;
    taskEXIT_CRITICAL();
  }
}

// Tells the one who has the invocation to end it. What still waits in the queue is ended here.
static void stop(isere_dispatcher_t *dispatcher, isere_invocation_t *invocation,
                 isere_stop_t reason) {
  taskENTER_CRITICAL();
  const bool is_queued = invocation->phase == ISERE_INVOCATION_QUEUED;
  if (is_queued) {
    invocation->phase = ISERE_INVOCATION_ENDED;
  }
  invocation->stop = reason;
  taskEXIT_CRITICAL();
  isere_list_remove(&invocation->by_deadline);
  if (!is_queued) {
    invocation->worker->has_stops = true;
    invocation->worker->loop.wake(&invocation->worker->loop);
  } else if (reason == ISERE_STOP_TIMEOUT) {
    answer(dispatcher, invocation->exchange, &failure_timeout);
    invocation->exchange = NULL;
  } else {
    isere_http_exchange_end(dispatcher->server, invocation->exchange);
    invocation->exchange = NULL;
  }
}

static void on_deadline(isere_timer_t *timer) {
  isere_dispatcher_t *dispatcher = ISERE_CONTAINER_OF(timer, isere_dispatcher_t, deadline_timer);
  const uint64_t now_ms = isere_port_clock_now_ms();
  while (!isere_list_empty(&dispatcher->by_deadline)) {
    isere_invocation_t *first =
        ISERE_CONTAINER_OF(dispatcher->by_deadline.next, isere_invocation_t, by_deadline);
    if (deadline_of(first) > now_ms) {
      isere_loop_timer_start(dispatcher->io, timer, deadline_of(first) - now_ms);
      return;
    }
    stop(dispatcher, first, ISERE_STOP_TIMEOUT);
  }
}

isere_err_t isere_dispatcher_init(isere_dispatcher_t *dispatcher, isere_loop_t *io,
                                  isere_function_t *function, uint32_t invocations_max) {
  *dispatcher = (isere_dispatcher_t){
      .io = io,
      .function = function,
      .invocations_max = invocations_max == 0 || invocations_max > ISERE_INVOCATIONS_MAX
                             ? ISERE_INVOCATIONS_MAX
                             : invocations_max,
      .deadline_timer = {.fn = on_deadline},
  };
  isere_list_init(&dispatcher->by_deadline);
  dispatcher->slots = pvPortMalloc(ISERE_INVOCATIONS_MAX * sizeof(isere_invocation_t));
  if (dispatcher->slots == NULL) {
    return ISERE_ERR_NOMEM;
  }
  isere_pool_init(&dispatcher->pool, dispatcher->slots, sizeof(isere_invocation_t),
                  ISERE_INVOCATIONS_MAX);
  dispatcher->queue =
      xQueueCreateStatic(ISERE_INVOCATIONS_MAX, sizeof(isere_invocation_t *),
                         (uint8_t *)dispatcher->queue_items, &dispatcher->queue_storage);
  for (uint32_t i = 0; i < ISERE_WORKERS_MAX; i++) {
    dispatcher->workers[i].dispatcher = dispatcher;
    dispatcher->workers[i].number = i;
  }
  const isere_err_t err = isere_worker_start(&dispatcher->workers[0]);
  if (err == ISERE_OK) {
    dispatcher->workers_started = 1;
  }
  return err;
}

void isere_dispatcher_on_request(void *arg, isere_http_exchange_t *exchange) {
  isere_dispatcher_t *dispatcher = arg;
  isere_invocation_t *invocation = dispatcher->pool.used < dispatcher->invocations_max
                                       ? isere_pool_take(&dispatcher->pool)
                                       : NULL;
  if (invocation == NULL) {
    isere_log(ISERE_LOG_WARN, "functions", "503: %u invocations are waiting or running",
              (unsigned)dispatcher->pool.used);
    answer(dispatcher, exchange, &failure_full);
    return;
  }
  *invocation = (isere_invocation_t){
      .function = dispatcher->function,
      .exchange = exchange,
      .start_ms = isere_port_clock_now_ms(),
      .serial = ++dispatcher->serial,
      .phase = ISERE_INVOCATION_QUEUED,
  };
  isere_list_init(&invocation->turn.timers);
  exchange->user = invocation;
  deadlines_insert(dispatcher, invocation);
  if (!isere_timer_running(&dispatcher->deadline_timer)) {
    isere_loop_timer_start(dispatcher->io, &dispatcher->deadline_timer,
                           invocation->function->timeout_ms);
  } else if (dispatcher->by_deadline.next == &invocation->by_deadline &&
             dispatcher->deadline_timer.due_ms > deadline_of(invocation)) {
    isere_loop_timer_start(dispatcher->io, &dispatcher->deadline_timer,
                           invocation->function->timeout_ms);
  }
  const BaseType_t queued = xQueueSend(dispatcher->queue, &invocation, 0);
  assert(queued == pdTRUE); // the queue has room for every slot
  (void)queued;
  isere_dispatcher_kick(dispatcher);
}

void isere_dispatcher_on_cancel(void *arg, isere_http_exchange_t *exchange) {
  isere_dispatcher_t *dispatcher = arg;
  isere_invocation_t *invocation = exchange->user;
  isere_log_write(ISERE_LOG_DEBUG, invocation->function->name,
                  isere_invocation_request_id(invocation),
                  ISERE_SPAN("cancelled: the client has gone"));
  if (invocation->stop == ISERE_STOP_NONE) {
    stop(dispatcher, invocation, ISERE_STOP_CLIENT_GONE);
  }
}

static isere_dispatcher_t *dispatcher_of(const isere_invocation_t *invocation) {
  return invocation->worker->dispatcher;
}

// A line for each request, for who develops.
static void log_request(isere_invocation_t *invocation) {
  if (!isere_log_enabled(ISERE_LOG_DEBUG) || invocation->exchange == NULL) {
    return;
  }
  char text[ISERE_LOG_TEXT_BYTES_MAX];
  const isere_http_exchange_t *exchange = invocation->exchange;
  const isere_span_t target = exchange->request.target;
  const int len =
      snprintf(text, sizeof(text), "%.*s %.*s %u in %u ms", (int)exchange->request.method.len,
               exchange->request.method.ptr, target.len > 1024 ? 1024 : (int)target.len, target.ptr,
               invocation->has_response ? (unsigned)exchange->response.status : 0u,
               (unsigned)(isere_port_clock_now_ms() - invocation->start_ms));
  isere_log_write(ISERE_LOG_DEBUG, invocation->function->name,
                  isere_invocation_request_id(invocation),
                  isere_span(text, len < 0                      ? 0
                                   : (size_t)len < sizeof(text) ? (size_t)len
                                                                : sizeof(text) - 1));
}

void isere_dispatcher_on_done(void *arg) {
  isere_invocation_t *invocation = arg;
  isere_dispatcher_t *dispatcher = dispatcher_of(invocation);
  isere_list_remove(&invocation->by_deadline);
  log_request(invocation);
  isere_http_exchange_t *exchange = invocation->exchange;
  invocation->exchange = NULL;
  const bool is_pinned = isere_reply_is_pinned(invocation);
  const bool has_response = invocation->has_response;
  if (!is_pinned) {
    isere_pool_give(&dispatcher->pool, invocation);
  }
  if (exchange == NULL) {
    return; // answered while it was in the queue
  }
  if (has_response) {
    isere_http_exchange_send(dispatcher->server, exchange);
  } else {
    isere_http_exchange_end(dispatcher->server, exchange);
  }
}

void isere_dispatcher_on_released(void *arg) {
  isere_invocation_t *invocation = arg;
  isere_pool_give(&dispatcher_of(invocation)->pool, invocation);
}

void isere_dispatcher_stop(isere_dispatcher_t *dispatcher, void (*on_stopped)(void *arg),
                           void *arg) {
  dispatcher->stopping = true;
  dispatcher->on_stopped = on_stopped;
  dispatcher->on_stopped_arg = arg;
  isere_loop_timer_stop(dispatcher->io, &dispatcher->deadline_timer);
  for (uint32_t i = 0; i < ISERE_WORKERS_MAX; i++) {
    isere_worker_t *worker = &dispatcher->workers[i];
    if (worker->state != ISERE_WORKER_ABSENT) {
      worker->loop.wake(&worker->loop);
    }
  }
}

void isere_dispatcher_on_worker_end(void *arg) {
  isere_dispatcher_t *dispatcher = arg;
  dispatcher->workers_ended++;
  if (dispatcher->workers_ended == dispatcher->workers_started) {
    dispatcher->on_stopped(dispatcher->on_stopped_arg);
  }
}
