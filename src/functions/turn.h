// SPDX-License-Identifier: Apache-2.0
// Turns: the entries into an instance's code. Each stands between isere_turn_begin and
// isere_turn_end. Private to functions/; in the worker's task.
#pragma once

#include <stdbool.h>

#include "functions/instance.h"

// Code is about to be entered for `invocation`; NULL: for nobody.
void isere_turn_begin(isere_instance_t *instance, isere_invocation_t *invocation);

// The code has returned `err`. Runs its microtasks, ends the invocations that have settled, and the
// instance when it is retired and nothing is active in it any more: then returns false, and it is
// gone.
bool isere_turn_end(isere_instance_t *instance, isere_invocation_t *invocation, isere_err_t err);

// Whose turn it is; NULL: nobody's.
isere_invocation_t *isere_turn_invocation(isere_api_turn_t *turn);

// Settles `invocation` with a failure, unless it has settled.
void isere_turn_fail(isere_invocation_t *invocation, const isere_failure_t *failure);

// Writes the outcome of `invocation` as its response, and gives it back to the io task.
void isere_turn_finish(isere_instance_t *instance, isere_invocation_t *invocation);

// Has the promise of a module with a top-level await settled? Then the instance is loaded, or has
// its load_error.
void isere_turn_check_loading(isere_instance_t *instance);

// The first timer of the code, as a timer of the worker; none while no invocation is active.
void isere_turn_arm_timer(isere_instance_t *instance);

// Forgets the promises that are rejected without a handler.
void isere_turn_release_rejections(isere_instance_t *instance);
