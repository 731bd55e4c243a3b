// SPDX-License-Identifier: Apache-2.0
// How the FreeRTOS port and the host's I/O meet: the port calls one hook to wait for I/O or to poll
// for it.
#pragma once

#include <stdint.h>

// Waits for I/O and wakes the tasks that it concerns. `timeout_us`: 0 = poll, return at once; -1 =
// wait for ever; else wait that many microseconds at most. It may return early (after I/O, or a
// signal that the process handles); when no I/O came it must not return before the time is over:
// round up.
//
// The kernel treats it as an interrupt handler. It runs on the stack of the idle task (waiting), or
// of any task that yields (polling), and in waiting the scheduler is suspended. So it may call
// FreeRTOS functions that end in FromISR, and no others; it does not allocate kernel objects, and
// does not call itself through portYIELD. pxHigherPriorityTaskWoken may be NULL: a switch follows
// anyway.
typedef void isere_freertos_wait_fn(void *arg, int64_t timeout_us);

// Sets the hook; NULL brings back the default, which sleeps and knows no I/O. Before or after the
// scheduler starts; from any task.
void isere_freertos_set_wait(isere_freertos_wait_fn *wait, void *arg);

// Makes the next yield poll, even when the last poll is less than a millisecond ago. From any task
// or the hook.
void isere_freertos_poll_soon(void);
