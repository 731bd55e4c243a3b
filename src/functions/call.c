// SPDX-License-Identifier: Apache-2.0
// The call of a handler: from its arguments to what it returns, promises or says by done().
#include <assert.h>

#include "functions/context.h"
#include "functions/event.h"
#include "functions/instance.h"
#include "functions/turn.h"
#include "functions/worker.h"

isere_invocation_t *isere_invocation_find(isere_vm_t *vm, uint64_t token) {
  const isere_instance_t *instance = isere_instance_of(vm);
  isere_invocation_t *invocation =
      isere_worker_slot(instance->worker, (uint32_t)(token & 0xffffffu));
  // The io task may give the slot to another request between two looks at it.
  taskENTER_CRITICAL();
  const bool is_found = invocation->serial == (uint32_t)(token >> 24) &&
                        invocation->instance == instance &&
                        invocation->phase == ISERE_INVOCATION_RUNNING;
  taskEXIT_CRITICAL();
  return is_found ? invocation : NULL;
}

uint64_t isere_invocation_token(const isere_invocation_t *invocation) {
  return (uint64_t)invocation->serial << 24 |
         isere_worker_slot_number(invocation->worker, invocation);
}

void isere_invocation_settle(isere_invocation_t *invocation, isere_outcome_t outcome,
                             isere_value_t value, bool was_callback) {
  isere_instance_t *instance = invocation->instance;
  if (invocation->outcome != ISERE_OUTCOME_NONE) {
    instance->vm->engine->release(instance->vm, value);
    return;
  }
  // Memory or CPU time ran out, and code turned that into an error or a rejection.
  if (outcome == ISERE_OUTCOME_ERROR && isere_instance_failure(instance, &invocation->failure)) {
    instance->vm->engine->release(instance->vm, value);
    value = instance->vm->engine->undefined();
    outcome = ISERE_OUTCOME_FAILED;
  }
  invocation->outcome = outcome;
  invocation->value = value;
  invocation->waits_for_empty = was_callback && outcome == ISERE_OUTCOME_RESPONSE;
  isere_list_remove(&invocation->link);
  isere_list_append(&instance->settling, &invocation->link);
}

static void settle_by_promise(isere_invocation_t *invocation, isere_value_t promise) {
  isere_vm_t *vm = invocation->instance->vm;
  const bool is_fulfilled = vm->engine->promise_state(vm, promise) == ISERE_PROMISE_FULFILLED;
  isere_invocation_settle(invocation, is_fulfilled ? ISERE_OUTCOME_RESPONSE : ISERE_OUTCOME_ERROR,
                          vm->engine->promise_result(vm, promise), false);
}

static isere_err_t on_promise(isere_call_t *call) {
  isere_invocation_t *invocation = isere_invocation_find(call->vm, call->data);
  if (invocation != NULL) {
    settle_by_promise(invocation, invocation->promise);
  }
  return ISERE_OK;
}

// A promise that is fulfilled already is read at once: the way of most handlers.
static isere_err_t await_promise(isere_invocation_t *invocation, isere_value_t promise) {
  isere_vm_t *vm = invocation->instance->vm;
  const isere_engine_t *engine = vm->engine;
  if (engine->promise_state(vm, promise) == ISERE_PROMISE_FULFILLED) {
    settle_by_promise(invocation, promise);
    return ISERE_OK;
  }
  invocation->promise = engine->hold(vm, promise);
  return engine->promise_then(vm, promise, on_promise, isere_invocation_token(invocation));
}

static isere_err_t take_result(isere_invocation_t *invocation, isere_value_t result) {
  isere_vm_t *vm = invocation->instance->vm;
  const isere_engine_t *engine = vm->engine;
  const isere_kind_t kind = engine->kind(vm, result);
  if (kind == ISERE_KIND_PROMISE) {
    return await_promise(invocation, result);
  }
  if (kind == ISERE_KIND_UNDEFINED) {
    // done() is still to come, perhaps: turn_end looks after it.
    if (invocation->outcome == ISERE_OUTCOME_NONE) {
      isere_list_remove(&invocation->link);
      isere_list_append(&invocation->instance->settling, &invocation->link);
    }
    return ISERE_OK;
  }
  if (kind == ISERE_KIND_OBJECT) {
    isere_value_t then;
    if (engine->get(vm, result, ISERE_NAME_then, &then) != ISERE_OK) {
      return ISERE_ERR_THROWN;
    }
    const bool is_thenable = engine->kind(vm, then) == ISERE_KIND_FUNCTION;
    engine->release(vm, then);
    if (is_thenable) {
      isere_value_t promise;
      isere_err_t err = engine->promise_of(vm, result, &promise);
      if (err == ISERE_OK) {
        err = await_promise(invocation, promise);
        engine->release(vm, promise);
      }
      return err;
    }
  }
  isere_invocation_settle(invocation, ISERE_OUTCOME_RESPONSE, engine->hold(vm, result), false);
  return ISERE_OK;
}

static isere_err_t call_handler(isere_instance_t *instance, isere_invocation_t *invocation) {
  isere_vm_t *vm = instance->vm;
  const isere_engine_t *engine = vm->engine;
  isere_value_t done;
  if (isere_event_make(invocation) != ISERE_OK ||
      isere_context_make(invocation, &done) != ISERE_OK) {
    return ISERE_ERR_THROWN;
  }
  const isere_value_t args[] = {invocation->event, invocation->context, done};
  isere_value_t result;
  isere_err_t err = engine->call(vm, instance->handler, engine->undefined(), 3, args, &result);
  engine->release(vm, done);
  if (err == ISERE_OK) {
    err = take_result(invocation, result);
    engine->release(vm, result);
  }
  return err;
}

// Begins an invocation whose instance is loaded. Returns false when the instance was closed.
static bool start(isere_instance_t *instance, isere_invocation_t *invocation) {
  isere_vm_t *vm = instance->vm;
  isere_turn_begin(instance, invocation);
  isere_err_t err = ISERE_OK;
  if (instance->load_failure.type != NULL) {
    isere_turn_fail(invocation, &instance->load_failure);
  } else if (instance->has_load_error) {
    isere_invocation_settle(invocation, ISERE_OUTCOME_ERROR,
                            vm->engine->hold(vm, instance->load_error), false);
  } else if (vm->engine->kind(vm, instance->handler) != ISERE_KIND_FUNCTION) {
    isere_turn_fail(invocation, &isere_failure_no_handler);
  } else {
    err = call_handler(instance, invocation);
  }
  return isere_turn_end(instance, invocation, err);
}

// Begins those that waited for the module's top-level await.
void isere_instance_start_waiting(isere_instance_t *instance) {
  while (!instance->is_loading) {
    isere_list_t *node = isere_list_take_first(&instance->waiting);
    if (node == NULL) {
      return;
    }
    isere_list_append(&instance->active, node);
    if (!start(instance, ISERE_CONTAINER_OF(node, isere_invocation_t, link))) {
      return;
    }
  }
}

void isere_instance_run(isere_instance_t *instance, isere_invocation_t *invocation) {
  invocation->instance = instance;
  invocation->value = instance->vm->engine->undefined();
  invocation->promise = instance->vm->engine->undefined();
  invocation->event = instance->vm->engine->undefined();
  invocation->context = instance->vm->engine->undefined();
  instance->active_count++;
  isere_list_init(&invocation->link);
  isere_list_append(instance->is_loading ? &instance->waiting : &instance->active,
                    &invocation->link);
  if (instance->is_loading) {
    isere_turn_arm_timer(instance);
  } else {
    (void)start(instance, invocation);
  }
}

// Ends those of `list` whose stop was set.
static void end_stopped(isere_instance_t *instance, isere_list_t *list) {
  isere_list_t *node = list->next;
  while (node != list) {
    isere_invocation_t *invocation = ISERE_CONTAINER_OF(node, isere_invocation_t, link);
    node = node->next;
    if (invocation->stop != ISERE_STOP_NONE) {
      invocation->outcome = ISERE_OUTCOME_FAILED;
      invocation->failure = isere_failure_timeout;
      isere_turn_finish(instance, invocation);
    }
  }
}

bool isere_instance_check_stops(isere_instance_t *instance) {
  // What has settled, and only waits for its timers, gives its value up.
  isere_list_t *node = instance->settling.next;
  while (node != &instance->settling) {
    isere_invocation_t *invocation = ISERE_CONTAINER_OF(node, isere_invocation_t, link);
    node = node->next;
    if (invocation->stop != ISERE_STOP_NONE) {
      instance->vm->engine->release(instance->vm, invocation->value);
      invocation->value = instance->vm->engine->undefined();
    }
  }
  isere_turn_begin(instance, NULL);
  end_stopped(instance, &instance->settling);
  end_stopped(instance, &instance->active);
  end_stopped(instance, &instance->waiting);
  return isere_turn_end(instance, NULL, ISERE_OK);
}
