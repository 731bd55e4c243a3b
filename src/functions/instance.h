// SPDX-License-Identifier: Apache-2.0
// An instance: a VM in which a function's code was evaluated once, and the invocations that run in
// it. A worker task owns it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "base/list.h"
#include "engine/engine.h"
#include "functions/function.h"
#include "functions/invocation.h"
#include "loop/loop.h"

// Why running code was interrupted.
typedef enum {
  ISERE_INTERRUPT_NONE,
  ISERE_INTERRUPT_CPU,
  ISERE_INTERRUPT_STOPPED, // invocation->stop tells
} isere_interrupt_t;

typedef struct isere_instance {
  isere_api_host_t host; // first: vm->owner points here
  struct isere_worker *worker;
  isere_function_t *function;
  isere_source_t *source; // what it was made from
  isere_vm_t *vm;
  isere_value_t exports;
  isere_value_t handler;
  isere_value_t pending; // the module's promise while is_loading
  isere_value_t load_error;
  isere_failure_t load_failure; // in place of load_error when its type is not NULL
  bool has_load_error;
  bool is_loading;               // the module has a top-level await that is pending
  bool is_retired;               // takes no further invocation: closed when the last one has ended
  bool is_entered;               // code is on the stack
  isere_interrupt_t interrupted; // in this turn
  const isere_invocation_t *loads_for; // whose time the loading takes; NULL: it is loaded
  unsigned faults_before;              // of the VM, when this turn began
  isere_list_t link;                   // in worker->instances
  isere_list_t waiting;                // invocations that wait for the module
  isere_list_t active;                 // ... that run, or wait for a promise
  isere_list_t
      settling; // ... that have an outcome, or returned nothing, and perhaps wait for their timers
  uint32_t active_count; // of the three lists
  uint32_t pin_count;    // responses that are still being sent from its heap
  isere_timer_t
      timer; // of worker->loop: the code's first timer; the idle time when nothing is active
  uint64_t turn_start_us;
  isere_value_t rejected[ISERE_INSTANCE_REJECTIONS_MAX]; // promises without a handler so far
  isere_value_t reasons[ISERE_INSTANCE_REJECTIONS_MAX];
  uint32_t rejected_count;
} isere_instance_t;

// Opens a VM for the function of `invocation`, which is the first to wait for it, and loads its
// code. A failure of the code itself is kept: it is what each invocation gets, and the instance is
// retired. Returns ISERE_ERR_NOMEM when the VM does not fit its heap.
isere_err_t isere_instance_open(struct isere_worker *worker, const isere_invocation_t *invocation,
                                isere_instance_t **out);

// Closes it now. Nothing is active in it.
void isere_instance_close(isere_instance_t *instance);

// Runs `invocation` in `instance` until it ends or has to wait; it goes on from the worker's loop.
// The instance may be gone on return.
void isere_instance_run(isere_instance_t *instance, isere_invocation_t *invocation);

// Begins those that waited for the module's top-level await, when it has ended. The instance may be
// gone on return.
void isere_instance_start_waiting(isere_instance_t *instance);

// Ends the invocations whose `stop` was set meanwhile. Returns false when that closed the instance.
bool isere_instance_check_stops(isere_instance_t *instance);

// Takes no further invocations; closes the instance when nothing is active in it any more. It may
// be gone on return.
void isere_instance_retire(isere_instance_t *instance);

// Retires the instance after `idle_ms` without an invocation.
void isere_instance_rest(isere_instance_t *instance, uint32_t idle_ms);

// A response's bytes in this instance's heap are no longer needed. The instance may be gone on
// return.
void isere_instance_unpin(isere_instance_t *instance);

// True, and tells what, when the code was interrupted or ran out of memory in this turn.
bool isere_instance_failure(const isere_instance_t *instance, isere_failure_t *failure);

// Settles the outcome: the first call counts. `value` is taken over. From within a turn of its
// instance.
void isere_invocation_settle(isere_invocation_t *invocation, isere_outcome_t outcome,
                             isere_value_t value, bool was_callback);

// The VM's instance.
isere_instance_t *isere_instance_of(isere_vm_t *vm);

// The running invocation that `token` names; NULL when it has ended.
isere_invocation_t *isere_invocation_find(isere_vm_t *vm, uint64_t token);

// The number by which native functions know an invocation: a later use of the same slot has
// another.
uint64_t isere_invocation_token(const isere_invocation_t *invocation);
