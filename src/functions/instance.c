// SPDX-License-Identifier: Apache-2.0
// The life of an instance: opened, loaded, entered turn by turn, closed when it is retired and
// nothing runs in it any more.
#include "functions/instance.h"

#include <assert.h>
#include <string.h>

#include "api/timers/timers.h"
#include "base/log.h"
#include "functions/context.h"
#include "functions/event.h"
#include "functions/modules.h"
#include "functions/reply.h"
#include "functions/worker.h"
#include "port/clock.h"
#include "port/host.h"

static const isere_failure_t failure_cpu = {500, "Runtime.CpuLimitExceeded",
                                            "the function used more CPU time than its limit"};
static const isere_failure_t failure_nomem = {500, "Runtime.OutOfMemory",
                                              "the function needed more memory than its limit"};
static const isere_failure_t failure_timeout = {504, "Runtime.Timeout",
                                                "the function gave no response in its time"};
static const isere_failure_t failure_no_response = {
    502, "InvalidResponse",
    "the handler ended without a response: it neither returned one nor called done()"};
static const isere_failure_t failure_no_handler = {
    500, "Runtime.HandlerNotFound", "the function's file exports no function named \"handler\""};

isere_instance_t *isere_instance_of(isere_vm_t *vm) {
  return vm->owner;
}

static isere_invocation_t *invocation_of(isere_api_turn_t *turn) {
  return turn == NULL ? NULL : ISERE_CONTAINER_OF(turn, isere_invocation_t, turn);
}

// ---- What the VM calls ----

static bool on_interrupt(isere_vm_t *vm) {
  isere_instance_t *instance = isere_instance_of(vm);
  const isere_invocation_t *invocation =
      instance->loads_for != NULL ? instance->loads_for : invocation_of(instance->host.turn);
  instance->turn_start_us += isere_worker_pause(instance->worker, instance->turn_start_us);
  const uint64_t turn_us = isere_port_clock_task_us() - instance->turn_start_us;
  const uint64_t used_us = turn_us + (invocation == NULL ? 0 : invocation->cpu_us);
  if (invocation != NULL && invocation->stop != ISERE_STOP_NONE) {
    instance->interrupted = ISERE_INTERRUPT_STOPPED;
    return true;
  }
  if (used_us > (uint64_t)instance->function->cpu_ms * 1000u) {
    instance->interrupted = ISERE_INTERRUPT_CPU;
    return true;
  }
  return false;
}

static void on_rejection(isere_vm_t *vm, isere_value_t promise, isere_value_t reason,
                         bool handled) {
  isere_instance_t *instance = isere_instance_of(vm);
  const isere_engine_t *engine = vm->engine;
  if (!handled) {
    if (instance->rejected_count < ISERE_INSTANCE_REJECTIONS_MAX) {
      instance->rejected[instance->rejected_count] = engine->hold(vm, promise);
      instance->reasons[instance->rejected_count] = engine->hold(vm, reason);
      instance->rejected_count++;
    }
    return;
  }
  for (uint32_t i = 0; i < instance->rejected_count; i++) {
    if (memcmp(&instance->rejected[i], &promise, sizeof(promise)) == 0) {
      engine->release(vm, instance->rejected[i]);
      engine->release(vm, instance->reasons[i]);
      instance->rejected_count--;
      instance->rejected[i] = instance->rejected[instance->rejected_count];
      instance->reasons[i] = instance->reasons[instance->rejected_count];
      return;
    }
  }
}

static isere_err_t read_module(isere_vm_t *vm, const char *referrer, const char *specifier,
                               char *path, size_t path_bytes, isere_span_t *text) {
  isere_err_t err = isere_module_resolve(referrer, specifier, path, path_bytes);
  if (err == ISERE_OK) {
    err = isere_port_file_read(path, text);
  }
  if (err == ISERE_OK) {
    isere_function_watch(isere_instance_of(vm)->function, path);
  }
  return err;
}

static void release_module(isere_vm_t *vm, isere_span_t text) {
  (void)vm;
  isere_port_file_release(text);
}

static void print(isere_api_host_t *host, isere_log_level_t level, isere_span_t text) {
  const isere_instance_t *instance = ISERE_CONTAINER_OF(host, isere_instance_t, host);
  isere_invocation_t *invocation = invocation_of(instance->host.turn);
  if (isere_log_enabled(level)) {
    isere_log_write(
        level, instance->function->name,
        invocation == NULL ? isere_span(NULL, 0) : isere_invocation_request_id(invocation), text);
  }
}

// ---- Turns: each entry into the code ----

static void turn_begin(isere_instance_t *instance, isere_invocation_t *invocation) {
  instance->host.turn = invocation == NULL ? NULL : &invocation->turn;
  instance->turn_start_us = isere_port_clock_task_us();
  instance->interrupted = ISERE_INTERRUPT_NONE;
  instance->faults_before = instance->vm->engine->faults(instance->vm);
  instance->is_entered = true;
}

static void arm_timer(isere_instance_t *instance) {
  isere_loop_t *loop = &instance->worker->loop;
  const isere_timer_t *first = isere_timers_first(&instance->host.timers);
  if (first == NULL || instance->active_count == 0) {
    isere_loop_timer_stop(loop, &instance->timer); // frozen until the next invocation
  } else if (!isere_timer_running(&instance->timer) || instance->timer.due_ms != first->due_ms) {
    isere_timers_start(&loop->timers, &instance->timer, first->due_ms);
  }
}

static void release_rejections(isere_instance_t *instance) {
  isere_vm_t *vm = instance->vm;
  while (instance->rejected_count > 0) {
    instance->rejected_count--;
    vm->engine->release(vm, instance->rejected[instance->rejected_count]);
    vm->engine->release(vm, instance->reasons[instance->rejected_count]);
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
    isere_text_t text;
    if (vm->engine->to_text(vm, instance->reasons[0], &text) == ISERE_OK) {
      isere_log(ISERE_LOG_ERROR, instance->function->name, "unhandled rejection: %.*s",
                (int)text.span.len, text.span.ptr);
      vm->engine->text_release(vm, &text);
    } else {
      vm->engine->release(vm, vm->engine->take_exception(vm));
    }
  }
  release_rejections(instance);
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

static void finish(isere_instance_t *instance, isere_invocation_t *invocation) {
  instance->host.turn = &invocation->turn; // its getters and toJSON may run now
  if (invocation->stop != ISERE_STOP_CLIENT_GONE) {
    isere_reply_write(invocation, &instance->worker->date);
    invocation->has_response = true;
  }
  end(instance, invocation);
}

static void fail(isere_invocation_t *invocation, const isere_failure_t *failure) {
  if (invocation->outcome == ISERE_OUTCOME_NONE) {
    invocation->failure = *failure;
    isere_invocation_settle(invocation, ISERE_OUTCOME_FAILED,
                            invocation->instance->vm->engine->undefined(), false);
  }
}

bool isere_instance_failure(const isere_instance_t *instance, isere_failure_t *failure) {
  const unsigned faults = instance->vm->engine->faults(instance->vm) & ~instance->faults_before;
  if (instance->interrupted != ISERE_INTERRUPT_NONE) {
    *failure = instance->interrupted == ISERE_INTERRUPT_CPU ? failure_cpu : failure_timeout;
    return true;
  }
  if ((faults & ISERE_VM_FAULT_NOMEM) != 0) {
    *failure = failure_nomem;
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
    vm->engine->release(vm, error);
  } else if (vm->engine->kind(vm, error) == ISERE_KIND_NULL &&
             (vm->engine->faults(vm) & ISERE_VM_FAULT_NOMEM) != 0) {
    fail(invocation, &failure_nomem); // there was not even memory for the error
  } else {
    isere_invocation_settle(invocation, ISERE_OUTCOME_ERROR, error, false);
  }
}

// A module with a top-level await: has it come to its end?
static void check_loading(isere_instance_t *instance) {
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

// After code has run: microtasks, then what has settled goes out. Returns false when the instance
// was closed.
static bool turn_end(isere_instance_t *instance, isere_invocation_t *invocation, isere_err_t err) {
  isere_vm_t *vm = instance->vm;
  if (err == ISERE_OK) {
    err = vm->engine->run_jobs(vm);
  }
  isere_failure_t failure;
  if (err != ISERE_OK) {
    turn_failed(instance, invocation);
  } else if (invocation != NULL && instance->interrupted != ISERE_INTERRUPT_NONE &&
             isere_instance_failure(instance, &failure)) {
    fail(invocation, &failure); // interrupted inside a job that an engine reports as done
  }
  check_loading(instance);
  check_rejections(instance, invocation);
  if (invocation != NULL) {
    // Now: what is finished below belongs to the io task, which may use it anew at once.
    invocation->cpu_us += isere_port_clock_task_us() - instance->turn_start_us;
  }
  isere_list_t *node = instance->settling.next;
  while (node != &instance->settling) {
    isere_invocation_t *each = ISERE_CONTAINER_OF(node, isere_invocation_t, link);
    if (each->waits_for_empty && !isere_list_empty(&each->turn.timers)) {
      each->waits_for_empty = isere_context_waits(each);
    }
    if (each->outcome == ISERE_OUTCOME_NONE && isere_list_empty(&each->turn.timers)) {
      fail(each, &failure_no_response);
    }
    node = node->next;
    if (is_ready(each)) {
      finish(instance, each);
    }
  }
  instance->host.turn = NULL;
  check_faults(instance);
  instance->is_entered = false;
  if (instance->is_retired && instance->active_count == 0 && instance->pin_count == 0) {
    isere_instance_close(instance);
    return false;
  }
  arm_timer(instance);
  return true;
}

// ---- Invocations ----

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
  turn_begin(instance, invocation);
  isere_err_t err = ISERE_OK;
  if (instance->load_failure.type != NULL) {
    fail(invocation, &instance->load_failure);
  } else if (instance->has_load_error) {
    isere_invocation_settle(invocation, ISERE_OUTCOME_ERROR,
                            vm->engine->hold(vm, instance->load_error), false);
  } else if (vm->engine->kind(vm, instance->handler) != ISERE_KIND_FUNCTION) {
    fail(invocation, &failure_no_handler);
  } else {
    err = call_handler(instance, invocation);
  }
  return turn_end(instance, invocation, err);
}

// Begins those that waited for the module's top-level await.
static void start_waiting(isere_instance_t *instance) {
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
    arm_timer(instance);
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
      invocation->failure = failure_timeout;
      finish(instance, invocation);
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
  turn_begin(instance, NULL);
  end_stopped(instance, &instance->settling);
  end_stopped(instance, &instance->active);
  end_stopped(instance, &instance->waiting);
  return turn_end(instance, NULL, ISERE_OK);
}

// ---- Timers of the code ----

#define TIMERS_PER_STEP_MAX 64 // then the queue gets its turn

static void on_timer(isere_timer_t *timer) {
  isere_instance_t *instance = ISERE_CONTAINER_OF(timer, isere_instance_t, timer);
  if (instance->active_count == 0) {
    isere_instance_retire(instance); // idle for long
    return;
  }
  const uint64_t now_ms = isere_port_clock_now_ms();
  for (int i = 0; i < TIMERS_PER_STEP_MAX; i++) {
    isere_api_turn_t *turn;
    turn_begin(instance, NULL);
    const isere_err_t err = isere_api_timers_run(instance->vm, now_ms, &turn);
    if (err == ISERE_ERR_AGAIN) {
      (void)turn_end(instance, NULL, ISERE_OK);
      return;
    }
    instance->host.turn = turn;
    if (!turn_end(instance, invocation_of(turn), err)) {
      return;
    }
    start_waiting(instance);
  }
}

// ---- Life ----

static isere_err_t load(isere_instance_t *instance) {
  isere_vm_t *vm = instance->vm;
  const isere_engine_t *engine = vm->engine;
  isere_err_t err = isere_api_install(vm);
  if (err == ISERE_OK) {
    err = engine->load(vm, instance->source->text, instance->function->path, ISERE_SOURCE_AUTO,
                       &instance->exports, &instance->pending);
  }
  if (err == ISERE_OK) {
    err = engine->run_jobs(vm);
  }
  if (err == ISERE_OK && engine->kind(vm, instance->pending) == ISERE_KIND_PROMISE) {
    instance->is_loading = true;
    check_loading(instance);
    return ISERE_OK;
  }
  return err == ISERE_OK
             ? engine->get(vm, instance->exports, ISERE_NAME_handler, &instance->handler)
             : err;
}

isere_err_t isere_instance_open(struct isere_worker *worker, const isere_invocation_t *invocation,
                                isere_instance_t **out) {
  isere_function_t *function = invocation->function;
  isere_instance_t *instance = pvPortMalloc(sizeof(*instance));
  if (instance == NULL) {
    return ISERE_ERR_NOMEM;
  }
  *instance = (isere_instance_t){
      .host = {.print = print, .env = function->env},
      .worker = worker,
      .function = function,
      .timer = {.fn = on_timer},
      .loads_for = invocation,
  };
  isere_list_init(&instance->active);
  isere_list_init(&instance->settling);
  isere_list_init(&instance->waiting);
  isere_list_init(&instance->link);
  const isere_vm_config_t config = {
      .heap_bytes = function->heap_bytes,
      .stack_bytes = ISERE_WORKER_STACK_BYTES - ISERE_WORKER_STACK_SLACK_BYTES,
      .owner = instance,
      .folder = isere_port_host_folder(),
      .interrupt = on_interrupt,
      .on_rejection = on_rejection,
      .read_module = read_module,
      .release_module = release_module,
  };
  const isere_err_t err = isere_engine_quickjs.open(&config, &instance->vm);
  if (err != ISERE_OK) {
    vPortFree(instance);
    return err;
  }
  const isere_engine_t *engine = instance->vm->engine;
  instance->exports = engine->undefined();
  instance->handler = engine->undefined();
  instance->pending = engine->undefined();
  instance->load_error = engine->undefined();
  instance->source = isere_source_hold(function->source);
  turn_begin(instance, NULL);
  if (load(instance) != ISERE_OK) {
    instance->load_error = engine->take_exception(instance->vm);
    instance->has_load_error = true;
    instance->is_retired = true;
    (void)isere_instance_failure(instance, &instance->load_failure);
  }
  instance->loads_for = NULL;
  release_rejections(instance);
  instance->is_entered = false;
  *out = instance;
  return ISERE_OK;
}

void isere_instance_close(isere_instance_t *instance) {
  isere_vm_t *vm = instance->vm;
  const isere_engine_t *engine = vm->engine;
  assert(instance->active_count == 0 && !instance->is_entered);
  isere_loop_timer_stop(&instance->worker->loop, &instance->timer);
  isere_list_remove(&instance->link);
  isere_api_timers_clear(vm);
  release_rejections(instance);
  engine->release(vm, instance->exports);
  engine->release(vm, instance->handler);
  engine->release(vm, instance->pending);
  engine->release(vm, instance->load_error);
  engine->close(vm);
  isere_source_release(instance->source);
  vPortFree(instance);
}

void isere_instance_retire(isere_instance_t *instance) {
  instance->is_retired = true;
  if (instance->active_count == 0 && instance->pin_count == 0 && !instance->is_entered) {
    isere_instance_close(instance);
  }
}

void isere_instance_rest(isere_instance_t *instance, uint32_t idle_ms) {
  if (instance->active_count == 0 && !isere_timer_running(&instance->timer)) {
    isere_loop_timer_start(&instance->worker->loop, &instance->timer, idle_ms);
  }
}

void isere_instance_unpin(isere_instance_t *instance) {
  assert(instance->pin_count > 0);
  instance->pin_count--;
  if (instance->is_retired) {
    isere_instance_retire(instance);
  }
}
