// SPDX-License-Identifier: Apache-2.0
// A task's event loop: a mailbox that other tasks post to, and timers. It does no I/O: where I/O
// has to wake the task, the port drives the loop (lwIP's thread) or notifies its task (Linux).
#pragma once

#include <FreeRTOS.h>
#include <queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <task.h>

#include "base/err.h"
#include "loop/timers.h"

// A message: what to call, and with what. Copied into the mailbox.
typedef struct {
  void (*fn)(void *arg);
  void *arg;
} isere_message_t;

typedef struct isere_loop isere_loop_t;

struct isere_loop {
  QueueHandle_t mailbox;
  isere_timers_t timers;
  TaskHandle_t task;                // the task that runs the loop; NULL before isere_loop_bind
  void (*wake)(isere_loop_t *loop); // makes the task call isere_loop_step soon; from any task
  StaticQueue_t queue;
};

// Makes a loop whose mailbox holds `message_count` messages in `storage`; the caller keeps both.
// From any task.
void isere_loop_init(isere_loop_t *loop, isere_message_t *storage, size_t message_count);

// Makes the calling task the loop's own.
void isere_loop_bind(isere_loop_t *loop);

// Posts a message; from any task, the loop's own included. Returns ISERE_ERR_BUSY when the mailbox
// is full: size mailboxes so that what must arrive always fits.
isere_err_t isere_loop_post(isere_loop_t *loop, void (*fn)(void *arg), void *arg);

// Handles the messages that are there now, then the timers that are due now. Messages posted
// meanwhile have woken the task, so another step follows. Returns the milliseconds until the next
// timer is due (0: at once), or portMAX_DELAY when none is running. From the loop's own task.
uint32_t isere_loop_step(isere_loop_t *loop);

// What isere_loop_step returned, as ticks to wait for a task notification: rounded up.
TickType_t isere_loop_ticks(uint32_t wait_ms);

// Steps and waits, until `*stop` is true: a message sets it, or whoever sets it wakes the task.
// Wakes for messages, timers, and task notifications, whose count it takes. From the loop's own
// task, after isere_loop_bind.
void isere_loop_run(isere_loop_t *loop, const volatile bool *stop);

// Starts `timer`, or starts it anew, to be due `delay_ms` from now: never earlier, and less than 1
// ms later. From the loop's own task.
void isere_loop_timer_start(isere_loop_t *loop, isere_timer_t *timer, uint64_t delay_ms);
void isere_loop_timer_stop(isere_loop_t *loop, isere_timer_t *timer);
