// SPDX-License-Identifier: Apache-2.0
// The C half of the global `process`.
#include "api/process/process.h"

#include "api/api.h"
#include "api/timers/timers.h"
#include "build_config.h"
#include "port/clock.h"

static isere_err_t give(isere_call_t *call, isere_value_t value) {
  call->result = value;
  return call->vm->engine->is_thrown(call->vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

static isere_err_t argv(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  const isere_engine_t *engine = vm->engine;
  const char *const *args = isere_api_host(vm)->argv;
  isere_err_t err = give(call, engine->array(vm));
  for (uint32_t i = 0; err == ISERE_OK && args != NULL && args[i] != NULL; i++) {
    isere_value_t text = engine->string(vm, isere_span_of(args[i]), ISERE_TEXT_UTF8);
    err = engine->is_thrown(vm) ? ISERE_ERR_THROWN : engine->set_index(vm, call->result, i, text);
  }
  return err;
}

static isere_err_t env(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  const isere_engine_t *engine = vm->engine;
  const char *const *names = isere_api_host(vm)->env;
  isere_err_t err = give(call, engine->object(vm));
  for (; err == ISERE_OK && names != NULL && *names != NULL; names++) {
    const char *equals = strchr(*names, '=');
    if (equals == NULL) {
      continue;
    }
    isere_value_t text = engine->string(vm, isere_span_of(equals + 1), ISERE_TEXT_UTF8);
    if (engine->is_thrown(vm)) {
      return ISERE_ERR_THROWN;
    }
    err = engine->set_text(vm, call->result, isere_span(*names, (size_t)(equals - *names)), text);
  }
  return err;
}

// text(name): one of the build's texts
static isere_err_t text(isere_call_t *call) {
  const isere_engine_t *engine = call->vm->engine;
  isere_text_t name;
  isere_err_t err = engine->to_text(call->vm, call->args[0], &name);
  if (err != ISERE_OK) {
    return err;
  }
  const char *value = ISERE_VERSION;
  if (isere_span_equal(name.span, ISERE_SPAN("platform"))) {
    value = ISERE_TARGET_PLATFORM;
  } else if (isere_span_equal(name.span, ISERE_SPAN("engine"))) {
    value = engine->name;
  } else if (isere_span_equal(name.span, ISERE_SPAN("engineVersion"))) {
    value = engine->version;
  }
  engine->text_release(call->vm, &name);
  return give(call, engine->string(call->vm, isere_span_of(value), ISERE_TEXT_UTF8));
}

// write(fd, text)
static isere_err_t write_text(isere_call_t *call) {
  isere_api_host_t *host = isere_api_host(call->vm);
  const isere_engine_t *engine = call->vm->engine;
  double fd;
  isere_text_t out;
  isere_err_t err = engine->to_number(call->vm, call->args[0], &fd);
  if (err == ISERE_OK) {
    err = engine->to_text(call->vm, call->args[1], &out);
  }
  if (err != ISERE_OK) {
    return err;
  }
  if (host->write != NULL) {
    host->write(host, (int)fd, out.span);
  } else {
    isere_span_t line = out.span;
    if (line.len > 0 && line.ptr[line.len - 1] == '\n') {
      line.len--;
    }
    host->print(host, fd > 1 ? ISERE_LOG_ERROR : ISERE_LOG_INFO, line);
  }
  engine->text_release(call->vm, &out);
  return ISERE_OK;
}

static isere_err_t exit_process(isere_call_t *call) {
  isere_api_host_t *host = isere_api_host(call->vm);
  double code;
  isere_err_t err = call->vm->engine->to_number(call->vm, call->args[0], &code);
  if (err != ISERE_OK) {
    return err;
  }
  if (host->exit != NULL) {
    host->exit(host, code >= -2147483648.0 && code <= 2147483647.0 ? (int)code : 1);
  }
  return call->vm->engine->throw_type_error(
      call->vm, "process.exit: a function cannot end the process it runs in; return a response");
}

static isere_err_t uptime(isere_call_t *call) {
  uint64_t start_us = isere_api_host(call->vm)->start_us;
  call->result = call->vm->engine->number((double)(isere_port_clock_now_us() - start_us) / 1e6);
  return ISERE_OK;
}

static isere_err_t microseconds(isere_call_t *call) {
  call->result = call->vm->engine->number((double)isere_port_clock_now_us());
  return ISERE_OK;
}

// memory(): [bytes used, limit in bytes] of the heap
static isere_err_t memory(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  const isere_engine_t *engine = vm->engine;
  isere_vm_stats_t stats;
  engine->stats(vm, &stats);
  isere_err_t err = give(call, engine->array(vm));
  if (err == ISERE_OK) {
    err = engine->set_index(vm, call->result, 0, engine->number((double)stats.heap_used_bytes));
  }
  if (err == ISERE_OK) {
    err = engine->set_index(vm, call->result, 1, engine->number((double)stats.heap_limit_bytes));
  }
  return err;
}

const isere_native_t isere_api_process_natives[] = {
    {"argv", argv, 0},
    {"env", env, 0},
    {"text", text, 1},
    {"write", write_text, 2},
    {"exit", exit_process, 1},
    {"uptime", uptime, 0},
    {"microseconds", microseconds, 0},
    {"memory", memory, 0},
    {"queueMicrotask", isere_api_timers_queue_microtask, 1},
    {NULL, NULL, 0},
};
