// SPDX-License-Identifier: Apache-2.0
// setTimeout, setInterval, clearTimeout, clearInterval and queueMicrotask (HTML Standard,
// section 8.6 and 8.7), and how the functions layer runs the timers of a VM. All of it runs in the
// task that runs the VM.
#pragma once

#include "api/api.h"

// The globals. A delay is converted to a 32-bit integer as Web IDL does: NaN, negative and 2^31 and
// more are 0. There is no least delay, but an interval comes at most once a millisecond.
extern const isere_native_t isere_api_timers_natives[];

// queueMicrotask as a native, for other APIs.
isere_err_t isere_api_timers_queue_microtask(isere_call_t *call);

// Prepares the host of `vm`, before any code of the user's runs. Returns ISERE_ERR_THROWN.
isere_err_t isere_api_timers_init(isere_vm_t *vm);

// Runs one timer that is due at `now_ms`, with host->turn set to its owner during the call;
// microtasks are the caller's to run, with host->turn set to *turn. Returns ISERE_OK when one ran,
// ISERE_ERR_AGAIN when none is due, or ISERE_ERR_THROWN with the exception pending. *turn is the
// owner of the timer that ran (NULL: nobody). A callback may start a timer that is due at once:
// bound the calls of one go.
isere_err_t isere_api_timers_run(isere_vm_t *vm, uint64_t now_ms, isere_api_turn_t **turn);

// Stops every timer of `turn`: its invocation has failed.
void isere_api_timers_stop_all_of(isere_vm_t *vm, isere_api_turn_t *turn);

// Lets the timers of `turn` stay and belong to nobody: its invocation has ended well, and its
// storage may go.
void isere_api_timers_disown(isere_vm_t *vm, isere_api_turn_t *turn);

static inline uint32_t isere_api_timers_count_of(const isere_api_turn_t *turn) {
  return turn->timer_count;
}

// Stops all timers. Call it before the VM is closed when the host outlives it.
void isere_api_timers_clear(isere_vm_t *vm);
