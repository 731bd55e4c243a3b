// SPDX-License-Identifier: Apache-2.0
// The context object, and the functions by which a handler ends its invocation.
#include "functions/context.h"

#include <assert.h>
#include <stdio.h>

#include "functions/instance.h"

static isere_value_t argument(const isere_call_t *call, int index) {
  return index < call->arg_count ? call->args[index] : call->vm->engine->undefined();
}

static bool is_nullish(isere_vm_t *vm, isere_value_t value) {
  const isere_kind_t kind = vm->engine->kind(vm, value);
  return kind == ISERE_KIND_UNDEFINED || kind == ISERE_KIND_NULL;
}

static void settle(const isere_call_t *call, isere_outcome_t outcome, isere_value_t value,
                   bool was_callback) {
  isere_invocation_t *invocation = isere_invocation_find(call->vm, call->data);
  if (invocation != NULL) {
    isere_invocation_settle(invocation, outcome, call->vm->engine->hold(call->vm, value),
                            was_callback);
  }
}

// done(error, response) is Node's callback. done(x) with one argument is an error when x is an
// Error, else the response.
static isere_err_t callback(isere_call_t *call, bool was_callback) {
  const isere_value_t first = argument(call, 0);
  const bool is_error = call->arg_count == 1
                            ? call->vm->engine->kind(call->vm, first) == ISERE_KIND_ERROR
                            : !is_nullish(call->vm, first);
  if (is_error) {
    settle(call, ISERE_OUTCOME_ERROR, first, was_callback);
  } else {
    settle(call, ISERE_OUTCOME_RESPONSE, call->arg_count == 1 ? first : argument(call, 1),
           was_callback);
  }
  return ISERE_OK;
}

static isere_err_t call_done(isere_call_t *call) {
  return callback(call, true);
}

static isere_err_t call_context_done(isere_call_t *call) {
  return callback(call, false);
}

static isere_err_t call_succeed(isere_call_t *call) {
  settle(call, ISERE_OUTCOME_RESPONSE, argument(call, 0), false);
  return ISERE_OK;
}

static isere_err_t call_fail(isere_call_t *call) {
  settle(call, ISERE_OUTCOME_ERROR, argument(call, 0), false);
  return ISERE_OK;
}

static isere_err_t call_remaining(isere_call_t *call) {
  const isere_invocation_t *invocation = isere_invocation_find(call->vm, call->data);
  call->result = call->vm->engine->number(
      invocation == NULL ? 0 : (double)isere_invocation_remaining_ms(invocation));
  return ISERE_OK;
}

// ---- The object's values, made when they are first read ----

static isere_invocation_t *invocation_of(const isere_call_t *call) {
  return (isere_invocation_t *)(uintptr_t)call->data;
}

// "before" and the function's name.
static isere_err_t make_named(isere_call_t *call, const char *before) {
  char text[256];
  const int len = snprintf(text, sizeof(text), "%s%s", before, invocation_of(call)->function->name);
  const size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
  call->result = call->vm->engine->string(call->vm, isere_span(text, kept), ISERE_TEXT_UTF8);
  return call->vm->engine->is_thrown(call->vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

static isere_err_t make_text(isere_call_t *call, isere_span_t text) {
  call->result = call->vm->engine->string(call->vm, text, ISERE_TEXT_UTF8);
  return call->vm->engine->is_thrown(call->vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

static isere_err_t make_native(isere_call_t *call, const char *name, isere_native_fn_t *fn,
                               int arg_count) {
  call->result = call->vm->engine->function(call->vm, name, fn, arg_count,
                                            isere_invocation_token(invocation_of(call)));
  return call->vm->engine->is_thrown(call->vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

static isere_err_t make_name(isere_call_t *call) {
  return make_named(call, "");
}

static isere_err_t make_version(isere_call_t *call) {
  return make_text(call, ISERE_SPAN("$LATEST"));
}

static isere_err_t make_memory(isere_call_t *call) {
  char text[24];
  const size_t heap_bytes = invocation_of(call)->function->heap_bytes;
  snprintf(text, sizeof(text), "%zu", (heap_bytes + (1u << 20) - 1) >> 20);
  return make_text(call, isere_span_of(text));
}

static isere_err_t make_request_id(isere_call_t *call) {
  return make_text(call, isere_invocation_request_id(invocation_of(call)));
}

static isere_err_t make_arn(isere_call_t *call) {
  return make_named(call, "arn:aws:lambda:local:000000000000:function:");
}

static isere_err_t make_log_group(isere_call_t *call) {
  return make_named(call, "/aws/lambda/");
}

static isere_err_t make_log_stream(isere_call_t *call) {
  return make_named(call, "$LATEST/");
}

static isere_err_t make_remaining(isere_call_t *call) {
  return make_native(call, "getRemainingTimeInMillis", call_remaining, 0);
}

static isere_err_t make_succeed(isere_call_t *call) {
  return make_native(call, "succeed", call_succeed, 1);
}

static isere_err_t make_fail(isere_call_t *call) {
  return make_native(call, "fail", call_fail, 1);
}

static isere_err_t make_done(isere_call_t *call) {
  return make_native(call, "done", call_context_done, 2);
}

isere_err_t isere_context_make(isere_invocation_t *invocation, isere_value_t *done) {
  static const isere_name_t names[] = {
      ISERE_NAME_callbackWaitsForEmptyEventLoop,
      ISERE_NAME_functionName,
      ISERE_NAME_functionVersion,
      ISERE_NAME_memoryLimitInMB,
      ISERE_NAME_awsRequestId,
      ISERE_NAME_invokedFunctionArn,
      ISERE_NAME_logGroupName,
      ISERE_NAME_logStreamName,
      ISERE_NAME_getRemainingTimeInMillis,
      ISERE_NAME_succeed,
      ISERE_NAME_fail,
      ISERE_NAME_done,
  };
  static isere_native_fn_t *const makers[ISERE_CONTEXT_LAZIES] = {
      make_name,       make_version,   make_memory,  make_request_id, make_arn,  make_log_group,
      make_log_stream, make_remaining, make_succeed, make_fail,       make_done,
  };
  enum { COUNT = sizeof(names) / sizeof(names[0]) };
  _Static_assert(COUNT == ISERE_CONTEXT_LAZIES + 1, "a maker for each value but the first");
  isere_vm_t *vm = invocation->instance->vm;
  const isere_engine_t *engine = vm->engine;
  isere_value_t values[COUNT];
  const isere_lazy_t *lazies[COUNT];
  values[0] = engine->boolean(true);
  lazies[0] = NULL;
  for (size_t i = 0; i < ISERE_CONTEXT_LAZIES; i++) {
    isere_lazy_t *lazy = &invocation->context_lazies[i];
    *lazy = (isere_lazy_t){makers[i], (uintptr_t)invocation};
    values[i + 1] = engine->undefined();
    lazies[i + 1] = lazy;
  }
  invocation->context = engine->object_of(vm, COUNT, names, values, lazies);
  if (engine->is_thrown(vm)) {
    return ISERE_ERR_THROWN;
  }
  *done = engine->function(vm, "done", call_done, 2, isere_invocation_token(invocation));
  return engine->is_thrown(vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

bool isere_context_waits(isere_invocation_t *invocation) {
  isere_vm_t *vm = invocation->instance->vm;
  isere_value_t value;
  if (vm->engine->get(vm, invocation->context, ISERE_NAME_callbackWaitsForEmptyEventLoop, &value) !=
      ISERE_OK) {
    vm->engine->release(vm, vm->engine->take_exception(vm));
    return true;
  }
  const bool waits =
      vm->engine->kind(vm, value) == ISERE_KIND_UNDEFINED || vm->engine->to_boolean(vm, value);
  vm->engine->release(vm, value);
  return waits;
}
