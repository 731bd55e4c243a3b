// SPDX-License-Identifier: Apache-2.0
// The life of an instance: opened, loaded, woken by its timers, closed. And what its VM calls.
#include "functions/instance.h"

#include <assert.h>
#include <string.h>

#include "api/timers/timers.h"
#include "base/log.h"
#include "functions/modules.h"
#include "functions/turn.h"
#include "functions/worker.h"
#include "port/clock.h"
#include "port/host.h"

isere_instance_t *isere_instance_of(isere_vm_t *vm) {
  return vm->owner;
}

// ---- What the VM calls ----

static bool on_interrupt(isere_vm_t *vm) {
  isere_instance_t *instance = isere_instance_of(vm);
  const isere_invocation_t *invocation = instance->loads_for != NULL
                                             ? instance->loads_for
                                             : isere_turn_invocation(instance->host.turn);
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
  isere_invocation_t *invocation = isere_turn_invocation(instance->host.turn);
  if (isere_log_enabled(level)) {
    isere_log_write(
        level, instance->function->name,
        invocation == NULL ? isere_span(NULL, 0) : isere_invocation_request_id(invocation), text);
  }
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
    isere_turn_begin(instance, NULL);
    const isere_err_t err = isere_api_timers_run(instance->vm, now_ms, &turn);
    if (err == ISERE_ERR_AGAIN) {
      (void)isere_turn_end(instance, NULL, ISERE_OK);
      return;
    }
    instance->host.turn = turn;
    if (!isere_turn_end(instance, isere_turn_invocation(turn), err)) {
      return;
    }
    isere_instance_start_waiting(instance);
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
    isere_turn_check_loading(instance);
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
  isere_turn_begin(instance, NULL);
  if (load(instance) != ISERE_OK) {
    instance->load_error = engine->take_exception(instance->vm);
    instance->has_load_error = true;
    instance->is_retired = true;
    (void)isere_instance_failure(instance, &instance->load_failure);
  }
  instance->loads_for = NULL;
  isere_turn_release_rejections(instance);
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
  isere_turn_release_rejections(instance);
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
