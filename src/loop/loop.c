// SPDX-License-Identifier: Apache-2.0
// The event loop: a FreeRTOS queue for messages, a pairing heap for timers, a task notification to
// wake.
#include "loop/loop.h"

#include <assert.h>

#include "port/clock.h"

static void wake_task(isere_loop_t *loop) {
  // Without a task the message waits in the mailbox; the first step finds it.
  if (loop->task != NULL) {
    (void)xTaskNotifyGive(loop->task);
  }
}

void isere_loop_init(isere_loop_t *loop, isere_message_t *storage, size_t message_count) {
  assert(message_count > 0);
  *loop = (isere_loop_t){.wake = wake_task};
  loop->mailbox = xQueueCreateStatic((UBaseType_t)message_count, sizeof(isere_message_t),
                                     (uint8_t *)storage, &loop->queue);
  assert(loop->mailbox != NULL);
}

void isere_loop_bind(isere_loop_t *loop) {
  loop->task = xTaskGetCurrentTaskHandle();
}

isere_err_t isere_loop_post(isere_loop_t *loop, void (*fn)(void *arg), void *arg) {
  const isere_message_t message = {.fn = fn, .arg = arg};
  if (xQueueSendToBack(loop->mailbox, &message, 0) != pdTRUE) {
    return ISERE_ERR_BUSY;
  }
  loop->wake(loop);
  return ISERE_OK;
}

static void handle_messages(isere_loop_t *loop) {
  // Not more than there are now: what they post has its turn after the timers.
  for (UBaseType_t count = uxQueueMessagesWaiting(loop->mailbox); count > 0; count--) {
    isere_message_t message;
    if (xQueueReceive(loop->mailbox, &message, 0) != pdTRUE) {
      return;
    }
    message.fn(message.arg);
  }
}

// Returns the first timer that is not due, or NULL.
static const isere_timer_t *handle_timers(isere_loop_t *loop, uint64_t now_ms) {
  // Not those that start meanwhile: one that starts itself anew with no delay would keep the loop
  // here. They are due now or later, so they sort behind all others: the first of them ends the
  // round.
  const uint64_t order = loop->timers.order;
  for (;;) {
    isere_timer_t *first = isere_timers_first(&loop->timers);
    if (first == NULL || first->due_ms > now_ms || first->order >= order) {
      return first;
    }
    isere_timers_stop(&loop->timers, first);
    first->fn(first);
  }
}

uint32_t isere_loop_step(isere_loop_t *loop) {
  handle_messages(loop);
  if (isere_timers_first(&loop->timers) == NULL) {
    return portMAX_DELAY;
  }
  const uint64_t now_ms = isere_port_clock_now_ms();
  const isere_timer_t *next = handle_timers(loop, now_ms);
  if (next == NULL) {
    return portMAX_DELAY;
  }
  if (next->due_ms <= now_ms) {
    return 0;
  }
  const uint64_t wait_ms = next->due_ms - now_ms;
  return wait_ms < portMAX_DELAY ? (uint32_t)wait_ms : portMAX_DELAY - 1;
}

TickType_t isere_loop_ticks(uint32_t ms) {
  if (ms == portMAX_DELAY) {
    return portMAX_DELAY;
  }
  const uint64_t ticks = ((uint64_t)ms * configTICK_RATE_HZ + 999) / 1000;
  return ticks < portMAX_DELAY ? (TickType_t)ticks : portMAX_DELAY - 1;
}

void isere_loop_run(isere_loop_t *loop, const volatile bool *stop) {
  assert(loop->task == xTaskGetCurrentTaskHandle());
  while (!*stop) {
    const uint32_t wait_ms = isere_loop_step(loop);
    if (!*stop) {
      (void)ulTaskNotifyTake(pdTRUE, isere_loop_ticks(wait_ms));
    }
  }
}

void isere_loop_timer_start(isere_loop_t *loop, isere_timer_t *timer, uint64_t delay_ms) {
  // From the end of the running millisecond, so that a timer is never early.
  const uint64_t now_ms = (isere_port_clock_now_us() + 999) / 1000;
  isere_timers_start(&loop->timers, timer,
                     delay_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + delay_ms);
}

void isere_loop_timer_stop(isere_loop_t *loop, isere_timer_t *timer) {
  isere_timers_stop(&loop->timers, timer);
}
