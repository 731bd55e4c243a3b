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

// done(error, response) is Node's callback. done(x) with one argument is an error when x is an Error, else the response.
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

static isere_err_t get_waits(isere_call_t *call) {
  const isere_invocation_t *invocation = isere_invocation_find(call->vm, call->data);
  call->result = call->vm->engine->boolean(invocation == NULL || invocation->waits_for_empty);
  return ISERE_OK;
}

static isere_err_t set_waits(isere_call_t *call) {
  isere_invocation_t *invocation = isere_invocation_find(call->vm, call->data);
  if (invocation != NULL) {
    invocation->waits_for_empty = call->vm->engine->to_boolean(call->vm, argument(call, 0));
  }
  return ISERE_OK;
}

static isere_err_t set_formatted(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                                 const char *before, isere_span_t middle) {
  char text[256];
  const int len = snprintf(text, sizeof(text), "%s%.*s", before, (int)middle.len, middle.ptr);
  assert(len >= 0);
  const size_t kept = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
  return vm->engine->set(vm, object, name,
                         vm->engine->string(vm, isere_span(text, kept), ISERE_TEXT_UTF8));
}

static isere_err_t fill_context(isere_vm_t *vm, isere_value_t object, void *arg) {
  static const struct {
    isere_name_t name;
    const char *text;
    isere_native_fn_t *fn;
    int arg_count;
  } functions[] = {
      {ISERE_NAME_getRemainingTimeInMillis, "getRemainingTimeInMillis", call_remaining, 0},
      {ISERE_NAME_succeed, "succeed", call_succeed, 1},
      {ISERE_NAME_fail, "fail", call_fail, 1},
      {ISERE_NAME_done, "done", call_context_done, 2},
  };
  isere_invocation_t *invocation = arg;
  const isere_engine_t *engine = vm->engine;
  const isere_function_t *function = invocation->function;
  const isere_span_t name = isere_span_of(function->name);
  const uint64_t token = isere_invocation_token(invocation);
  char number[24];
  snprintf(number, sizeof(number), "%zu", (function->heap_bytes + (1u << 20) - 1) >> 20);
  isere_err_t err = engine->set_accessor(vm, object, ISERE_NAME_callbackWaitsForEmptyEventLoop,
                                         get_waits, set_waits, token);
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_functionName, "", name);
  }
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_functionVersion, "$LATEST", ISERE_SPAN(""));
  }
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_memoryLimitInMB, number, ISERE_SPAN(""));
  }
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_awsRequestId, "",
                        isere_invocation_request_id(invocation));
  }
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_invokedFunctionArn,
                        "arn:aws:lambda:local:000000000000:function:", name);
  }
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_logGroupName, "/aws/lambda/", name);
  }
  if (err == ISERE_OK) {
    err = set_formatted(vm, object, ISERE_NAME_logStreamName, "$LATEST/", name);
  }
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && err == ISERE_OK; i++) {
    err = engine->set(vm, object, functions[i].name,
                      engine->function(vm, functions[i].text, functions[i].fn,
                                       functions[i].arg_count, token));
  }
  return err;
}

isere_err_t isere_context_make(isere_invocation_t *invocation, isere_value_t *context,
                               isere_value_t *done) {
  isere_vm_t *vm = invocation->instance->vm;
  const isere_engine_t *engine = vm->engine;
  const isere_value_t object = engine->object_lazy(vm, fill_context, invocation);
  if (engine->is_thrown(vm)) {
    return ISERE_ERR_THROWN;
  }
  *done = engine->function(vm, "done", call_done, 2, isere_invocation_token(invocation));
  if (engine->is_thrown(vm)) {
    engine->release(vm, object);
    return ISERE_ERR_THROWN;
  }
  assert(invocation->lazy_count < sizeof(invocation->lazies) / sizeof(invocation->lazies[0]));
  invocation->lazies[invocation->lazy_count++] = object;
  *context = engine->hold(vm, object);
  return ISERE_OK;
}
