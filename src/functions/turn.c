// SPDX-License-Identifier: Apache-2.0
// What happens around each entry into an instance's code: whose time it takes, and what has settled
// when it returns.
#include "functions/turn.h"

#include "api/timers/timers.h"
#include "base/log.h"
#include "functions/context.h"
#include "functions/instance.h"
#include "functions/reply.h"
#include "functions/worker.h"
#include "port/clock.h"

isere_invocation_t *isere_turn_invocation(isere_api_turn_t *turn) {
  return turn == NULL ? NULL : ISERE_CONTAINER_OF(turn, isere_invocation_t, turn);
}

void isere_turn_begin(isere_instance_t *instance, isere_invocation_t *invocation) {
  instance->host.turn = invocation == NULL ? NULL : &invocation->turn;
  instance->turn_start_us = isere_port_clock_task_us();
  instance->interrupted = ISERE_INTERRUPT_NONE;
  instance->faults_before = instance->vm->engine->faults(instance->vm);
  instance->is_entered = true;
}

void isere_turn_arm_timer(isere_instance_t *instance) {
  isere_loop_t *loop = &instance->worker->loop;
  const isere_timer_t *first = isere_timers_first(&instance->host.timers);
  if (first == NULL || instance->active_count == 0) {
    isere_loop_timer_stop(loop, &instance->timer); // frozen until the next invocation
  } else if (!isere_timer_running(&instance->timer) || instance->timer.due_ms != first->due_ms) {
    isere_timers_start(&loop->timers, &instance->timer, first->due_ms);
  }
}

void isere_turn_release_rejections(isere_instance_t *instance) {
  isere_vm_t *vm = instance->vm;
  while (instance->rejected_count > 0) {
    instance->rejected_count--;
    vm->engine->release(vm, instance->rejected[instance->rejected_count]);
    vm->engine->release(vm, instance->reasons[instance->rejected_count]);
  }
}

// An error that no invocation can answer for.
static void log_orphan(const isere_instance_t *instance, const char *what, isere_value_t error) {
  isere_vm_t *vm = instance->vm;
  isere_text_t text;
  if (vm->engine->to_text(vm, error, &text) == ISERE_OK) {
    isere_log(ISERE_LOG_ERROR, instance->function->name, "%s: %.*s", what, (int)text.span.len,
              text.span.ptr);
    vm->engine->text_release(vm, &text);
  } else {
    vm->engine->release(vm, vm->engine->take_exception(vm));
  }
}

// A promise was rejected and nobody took notice: as in Lambda that fails the invocation which did
// it.
static void check_rejections(isere_instance_t *instance, isere_invocation_t *invocation) {
  isere_vm_t *vm = instance->vm;
  if (instance->rejected_count == 0) {
    return;
  }
  if (invocation != NULL && invocation->outcome == ISERE_OUTCOME_NONE) {
    invocation->error_type = "Runtime.UnhandledPromiseRejection";
    isere_invocation_settle(invocation, ISERE_OUTCOME_ERROR,
                            vm->engine->hold(vm, instance->reasons[0]), false);
  } else if (instance->interrupted == ISERE_INTERRUPT_NONE) {
    log_orphan(instance, "unhandled rejection", instance->reasons[0]);
  }
  isere_turn_release_rejections(instance);
}

// An invocation is over: what it held in the VM is let go, and the io task gets it back.
static void end(isere_instance_t *instance, isere_invocation_t *invocation) {
  isere_vm_t *vm = instance->vm;
  if (invocation->outcome == ISERE_OUTCOME_RESPONSE) {
    isere_api_timers_disown(vm, &invocation->turn);
  } else {
    isere_api_timers_stop_all_of(vm, &invocation->turn);
  }
  vm->engine->release(vm, invocation->value);
  vm->engine->release(vm, invocation->promise);
  vm->engine->lazy_end(vm, invocation->event);
  vm->engine->lazy_end(vm, invocation->context);
  if (isere_reply_is_pinned(invocation)) {
    instance->pin_count++;
  }
  isere_list_remove(&invocation->link);
  instance->active_count--;
  isere_worker_return(instance->worker, invocation);
}

// True when the outcome may go out now.
static bool is_ready(const isere_invocation_t *invocation) {
  return invocation->outcome != ISERE_OUTCOME_NONE &&
         !(invocation->waits_for_empty && !isere_list_empty(&invocation->turn.timers));
}

void isere_turn_finish(isere_instance_t *instance, isere_invocation_t *invocation) {
  instance->host.turn = &invocation->turn; // its getters and toJSON may run now
  if (invocation->stop != ISERE_STOP_CLIENT_GONE) {
    isere_reply_write(invocation, &instance->worker->date);
    invocation->has_response = true;
  }
  end(instance, invocation);
}

void isere_turn_fail(isere_invocation_t *invocation, const isere_failure_t *failure) {
  if (invocation->outcome == ISERE_OUTCOME_NONE) {
    invocation->failure = *failure;
    isere_invocation_settle(invocation, ISERE_OUTCOME_FAILED,
                            invocation->instance->vm->engine->undefined(), false);
  }
}

bool isere_instance_failure(const isere_instance_t *instance, isere_failure_t *failure) {
  const unsigned faults = instance->vm->engine->faults(instance->vm) & ~instance->faults_before;
  if (instance->interrupted != ISERE_INTERRUPT_NONE) {
    *failure =
        instance->interrupted == ISERE_INTERRUPT_CPU ? isere_failure_cpu : isere_failure_timeout;
    return true;
  }
  if ((faults & ISERE_VM_FAULT_NOMEM) != 0) {
    *failure = isere_failure_nomem;
    return true;
  }
  return false;
}

// What has gone wrong in the VM makes it unfit for more: this instance ends with what runs in it
// now.
static void check_faults(isere_instance_t *instance) {
  isere_vm_t *vm = instance->vm;
  const unsigned faults = vm->engine->faults(vm);
  if (faults == 0 || instance->is_retired) {
    return;
  }
  instance->is_retired = true;
  if ((faults & ISERE_VM_FAULT_NOMEM) != 0) {
    // The other invocations get some room to come to their end.
    isere_vm_stats_t stats;
    vm->engine->stats(vm, &stats);
    vm->engine->set_heap_limit(vm, stats.heap_limit_bytes + stats.heap_limit_bytes / 4);
  }
}

// The code did not come to its end: a throw, an interruption, no memory.
static void turn_failed(isere_instance_t *instance, isere_invocation_t *invocation) {
  isere_vm_t *vm = instance->vm;
  const isere_value_t error = vm->engine->take_exception(vm);
  if (invocation == NULL) {
    log_orphan(instance, "uncaught error in a timer that no invocation waits for", error);
    vm->engine->release(vm, error);
  } else if (vm->engine->kind(vm, error) == ISERE_KIND_NULL &&
             (vm->engine->faults(vm) & ISERE_VM_FAULT_NOMEM) != 0) {
    isere_turn_fail(invocation, &isere_failure_nomem); // there was not even memory for the error
  } else {
    isere_invocation_settle(invocation, ISERE_OUTCOME_ERROR, error, false);
  }
}

// A module with a top-level await: has it come to its end?
void isere_turn_check_loading(isere_instance_t *instance) {
  isere_vm_t *vm = instance->vm;
  if (!instance->is_loading) {
    return;
  }
  const isere_promise_state_t state = vm->engine->promise_state(vm, instance->pending);
  if (state == ISERE_PROMISE_PENDING) {
    return;
  }
  instance->is_loading = false;
  if (state == ISERE_PROMISE_REJECTED) {
    instance->load_error = vm->engine->promise_result(vm, instance->pending);
    instance->has_load_error = true;
    instance->is_retired = true;
  } else if (vm->engine->get(vm, instance->exports, ISERE_NAME_handler, &instance->handler) !=
             ISERE_OK) {
    instance->load_error = vm->engine->take_exception(vm);
    instance->has_load_error = true;
    instance->is_retired = true;
  }
}

// Ends the invocations that have settled, or that have nothing left to wait for. Each may run code
// that settles others, and settling moves an invocation in the list: so the search begins anew
// after each.
static void finish_settled(isere_instance_t *instance) {
  isere_list_t *node = instance->settling.next;
  while (node != &instance->settling) {
    isere_invocation_t *each = ISERE_CONTAINER_OF(node, isere_invocation_t, link);
    const bool has_timers = !isere_list_empty(&each->turn.timers);
    if (each->waits_for_empty && has_timers) {
      each->waits_for_empty = isere_context_waits(each);
    }
    if (each->outcome == ISERE_OUTCOME_NONE && !has_timers) {
      isere_turn_fail(each, &isere_failure_no_response);
    }
    if (is_ready(each)) {
      isere_turn_finish(instance, each);
      node = instance->settling.next;
    } else {
      node = node->next;
    }
  }
}

// After code has run: microtasks, then what has settled goes out. Returns false when the instance
// was closed.
bool isere_turn_end(isere_instance_t *instance, isere_invocation_t *invocation, isere_err_t err) {
  isere_vm_t *vm = instance->vm;
  if (err == ISERE_OK) {
    err = vm->engine->run_jobs(vm);
  }
  isere_failure_t failure;
  if (err != ISERE_OK) {
    turn_failed(instance, invocation);
  } else if (invocation != NULL && instance->interrupted != ISERE_INTERRUPT_NONE &&
             isere_instance_failure(instance, &failure)) {
    isere_turn_fail(invocation,
                    &failure); // interrupted inside a job that an engine reports as done
  }
  isere_turn_check_loading(instance);
  check_rejections(instance, invocation);
  // Now: what is finished below belongs to the io task, which may use it anew at once.
  const uint64_t now_us = isere_port_clock_task_us();
  if (invocation != NULL) {
    invocation->cpu_us += now_us - instance->turn_start_us;
  }
  instance->turn_start_us = now_us;
  finish_settled(instance);
  instance->host.turn = NULL;
  check_faults(instance);
  instance->is_entered = false;
  if (instance->is_retired && instance->active_count == 0 && instance->pin_count == 0) {
    isere_instance_close(instance);
    return false;
  }
  isere_turn_arm_timer(instance);
  return true;
}
