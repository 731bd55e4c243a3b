// SPDX-License-Identifier: Apache-2.0
// The C half of the console.
#include "api/console/console.h"

#include <assert.h>

#include "api/api.h"
#include "port/clock.h"

// Made by the build from inspect*.js.
#define PART_MAP(X)   \
  X(inspect)          \
  X(inspect_base)     \
  X(inspect_format)   \
  X(inspect_language) \
  X(inspect_text)

#define X(name)                           \
  extern const uint8_t isere_js_##name[]; \
  extern const size_t isere_js_##name##_len;
PART_MAP(X)
#undef X

static const struct {
  const char *name;
  const uint8_t *code;
  const size_t *len;
} parts[] = {
#define X(name) {#name, isere_js_##name, &isere_js_##name##_len},
    PART_MAP(X)
#undef X
};

// These numbers stand in console.js and inspect.js.
_Static_assert(ISERE_LOG_ERROR == 0 && ISERE_LOG_WARN == 1 && ISERE_LOG_INFO == 2 &&
                   ISERE_LOG_DEBUG == 3,
               "the levels of console.js");
_Static_assert(ISERE_KIND_PROMISE == 10 && ISERE_KIND_BYTES == 11 && ISERE_KIND_ERROR == 12,
               "the kinds of inspect_language.js");

// print(level, text)
static isere_err_t print(isere_call_t *call) {
  isere_api_host_t *host = isere_api_host(call->vm);
  const isere_engine_t *engine = call->vm->engine;
  double level;
  isere_text_t text;
  isere_err_t err = engine->to_number(call->vm, call->args[0], &level);
  if (err == ISERE_OK) {
    err = engine->to_text(call->vm, call->args[1], &text);
  }
  if (err == ISERE_OK) {
    host->print(host, (isere_log_level_t)(int)level, text.span);
    engine->text_release(call->vm, &text);
  }
  return err;
}

// now(): milliseconds with a fraction
static isere_err_t now(isere_call_t *call) {
  call->result = call->vm->engine->number((double)isere_port_clock_now_us() / 1000.0);
  return ISERE_OK;
}

// load(name): the function that a part of the inspection is
static isere_err_t load(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  isere_text_t name;
  isere_err_t err = vm->engine->to_text(vm, call->args[0], &name);
  if (err != ISERE_OK) {
    return err;
  }
  size_t i = 0;
  while (i < sizeof(parts) / sizeof(parts[0]) &&
         !isere_span_equal(name.span, isere_span_of(parts[i].name))) {
    i++;
  }
  vm->engine->text_release(vm, &name);
  assert(i < sizeof(parts) / sizeof(parts[0]));
  return vm->engine->run_bytecode(vm, parts[i].code, *parts[i].len, &call->result);
}

// kind(value): an isere_kind_t
static isere_err_t kind(isere_call_t *call) {
  const isere_engine_t *engine = call->vm->engine;
  call->result = engine->number((double)engine->kind(call->vm, call->args[0]));
  return ISERE_OK;
}

// proxyTarget(value): what a Proxy stands for, null when it was revoked; undefined when `value` is
// no Proxy
static isere_err_t proxy_target(isere_call_t *call) {
  isere_value_t target;
  if (call->vm->engine->proxy_target(call->vm, call->args[0], &target)) {
    call->result = target;
  }
  return ISERE_OK;
}

// promiseState(promise): 'pending', 'fulfilled' or 'rejected'
static isere_err_t promise_state(isere_call_t *call) {
  const isere_engine_t *engine = call->vm->engine;
  isere_span_t state = ISERE_SPAN("pending");
  switch (engine->promise_state(call->vm, call->args[0])) {
  case ISERE_PROMISE_FULFILLED:
    state = ISERE_SPAN("fulfilled");
    break;
  case ISERE_PROMISE_REJECTED:
    state = ISERE_SPAN("rejected");
    break;
  case ISERE_PROMISE_NONE:
  case ISERE_PROMISE_PENDING:
    break;
  }
  call->result = engine->string(call->vm, state, ISERE_TEXT_UTF8);
  return engine->is_thrown(call->vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

// promiseResult(promise): the value or the reason of a settled promise
static isere_err_t promise_result(isere_call_t *call) {
  call->result = call->vm->engine->promise_result(call->vm, call->args[0]);
  return ISERE_OK;
}

const isere_native_t isere_api_console_natives[] = {
    {"print", print, 2},
    {"now", now, 0},
    {"load", load, 1},
    {"kind", kind, 1},
    {"proxyTarget", proxy_target, 1},
    {"promiseState", promise_state, 1},
    {"promiseResult", promise_result, 1},
    {NULL, NULL, 0},
};
