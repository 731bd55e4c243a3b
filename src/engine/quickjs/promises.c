// SPDX-License-Identifier: Apache-2.0
// Promises as natives see them.
#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"

isere_promise_state_t isere_quickjs_promise_state(isere_vm_t *vm, isere_value_t promise) {
  switch ((int)JS_PromiseState(isere_quickjs_context(vm), isere_quickjs_js(promise))) {
  case JS_PROMISE_PENDING:
    return ISERE_PROMISE_PENDING;
  case JS_PROMISE_FULFILLED:
    return ISERE_PROMISE_FULFILLED;
  case JS_PROMISE_REJECTED:
    return ISERE_PROMISE_REJECTED;
  default:
    return ISERE_PROMISE_NONE;
  }
}

isere_value_t isere_quickjs_promise_result(isere_vm_t *vm, isere_value_t promise) {
  return isere_quickjs_value(
      JS_PromiseResult(isere_quickjs_context(vm), isere_quickjs_js(promise)));
}

isere_err_t isere_quickjs_promise_of(isere_vm_t *vm, isere_value_t value, isere_value_t *out) {
  return isere_quickjs_give(isere_js_promise_of(isere_quickjs_context(vm), isere_quickjs_js(value)),
                            out);
}

isere_err_t isere_quickjs_promise_then(isere_vm_t *vm, isere_value_t promise, isere_native_fn_t *fn,
                                       uint64_t data) {
  JSContext *context = isere_quickjs_context(vm);
  if (isere_quickjs_promise_state(vm, promise) == ISERE_PROMISE_NONE) {
    return isere_quickjs_throw_type_error(vm, "not a promise");
  }
  const JSValue function = isere_quickjs_native(isere_quickjs_vm(vm), "", fn, 1, data);
  if (JS_IsException(function)) {
    return ISERE_ERR_THROWN;
  }
  const bool is_done = isere_js_promise_then(context, isere_quickjs_js(promise), function);
  JS_FreeValue(context, function);
  return is_done ? ISERE_OK : ISERE_ERR_THROWN;
}
