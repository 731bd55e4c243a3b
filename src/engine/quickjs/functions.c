// SPDX-License-Identifier: Apache-2.0
// Native functions, calls, and exceptions.
#include <stdarg.h>
#include <stdio.h>

#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"

_Static_assert(sizeof(JSValue) == sizeof(isere_value_t), "arguments are passed on in place");
_Static_assert(_Alignof(JSValue) >= _Alignof(isere_value_t), "arguments are passed on in place");

// The same for every runtime of the process, as QuickJS numbers classes.
static JSClassID function_class;

// ---- Native functions ----

static JSValue finish(isere_quickjs_vm_t *vm, isere_err_t err, JSValue result) {
  JSContext *context = vm->context;
  if (__builtin_expect(err == ISERE_OK, 1)) {
    return result;
  }
  JS_FreeValue(context, result);
  if (!JS_HasException(context)) {
    return err == ISERE_ERR_NOMEM ? JS_ThrowOutOfMemory(context)
                                  : JS_ThrowInternalError(context, "%s", isere_err_text(err));
  }
  return JS_EXCEPTION;
}

static JSValue native_call(JSContext *context, JSValue function, JSValue self, int arg_count,
                           JSValue *args, int flags) {
  (void)flags;
  isere_quickjs_vm_t *vm = JS_GetContextOpaque(context);
  if (isere_js_is_stack_used_up(context)) {
    return JS_EXCEPTION;
  }
  isere_call_t call = {
      .vm = &vm->base,
      .self = isere_quickjs_value(self),
      .args = (const isere_value_t *)args,
      .arg_count = arg_count,
      .result = isere_quickjs_value(JS_UNDEFINED),
  };
  void *fn;
  isere_js_get_words(function, &fn, &call.data);
  isere_native_fn_t *native;
  memcpy(&native, &fn, sizeof(native));
  const isere_err_t err = native(&call);
  return finish(vm, err, isere_quickjs_js(call.result));
}

JSValue isere_quickjs_make(isere_quickjs_vm_t *vm, isere_native_fn_t *fn, uint64_t data,
                           JSValue object) {
  isere_call_t call = {
      .vm = &vm->base,
      .self = isere_quickjs_value(object),
      .data = data,
      .result = isere_quickjs_value(JS_UNDEFINED),
  };
  const isere_err_t err = fn(&call);
  return finish(vm, err, isere_quickjs_js(call.result));
}

bool isere_quickjs_functions_init(JSContext *context) {
  static const JSClassDef definition = {.class_name = "Function", .call = native_call};
  JS_NewClassID(&function_class);
  if (JS_NewClass(JS_GetRuntime(context), function_class, &definition) != 0) {
    return false;
  }
  isere_js_set_function_class(context, function_class);
  return true;
}

JSValue isere_quickjs_native(isere_quickjs_vm_t *vm, const char *name, isere_native_fn_t *fn,
                             int arg_count, uint64_t data) {
  const JSValue function = JS_NewObjectClass(vm->context, (int)function_class);
  if (JS_IsException(function)) {
    return function;
  }
  void *word;
  memcpy(&word, &fn, sizeof(word));
  isere_js_set_words(function, word, data);
  isere_js_set_function_name(vm->context, function, name, arg_count);
  return function;
}

isere_value_t isere_quickjs_function(isere_vm_t *vm, const char *name, isere_native_fn_t *fn,
                                     int arg_count, uint64_t data) {
  return isere_quickjs_or_undefined(
      isere_quickjs_native(isere_quickjs_vm(vm), name, fn, arg_count, data));
}

JSValue isere_quickjs_interrupted(isere_quickjs_vm_t *vm, JSValue result) {
  JS_FreeValue(vm->context, result);
  if (!JS_HasException(vm->context)) {
    JS_ThrowInternalError(vm->context, "interrupted");
  }
  return JS_EXCEPTION;
}

isere_err_t isere_quickjs_call(isere_vm_t *base, isere_value_t function, isere_value_t self,
                               int arg_count, const isere_value_t *args, isere_value_t *result) {
  isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  isere_quickjs_clamp_gc(vm);
  isere_quickjs_enter(vm);
  const JSValue js = JS_Call(vm->context, isere_quickjs_js(function), isere_quickjs_js(self),
                             arg_count, (JSValue *)(uintptr_t)args);
  isere_quickjs_leave(vm);
  return isere_quickjs_give(isere_quickjs_check_interrupted(vm, js), result);
}

// ---- Exceptions ----

isere_value_t isere_quickjs_take_exception(isere_vm_t *vm) {
  const JSValue exception = JS_GetException(isere_quickjs_context(vm));
  return isere_quickjs_value(JS_IsUninitialized(exception) ? JS_UNDEFINED : exception);
}

isere_err_t isere_quickjs_throw_value(isere_vm_t *vm, isere_value_t exception) {
  JS_Throw(isere_quickjs_context(vm), isere_quickjs_js(exception));
  return ISERE_ERR_THROWN;
}

isere_err_t isere_quickjs_throw_type_error(isere_vm_t *vm, const char *format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  JS_ThrowTypeError(isere_quickjs_context(vm), "%s", text);
  return ISERE_ERR_THROWN;
}

isere_err_t isere_quickjs_throw_range_error(isere_vm_t *vm, const char *format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  JS_ThrowRangeError(isere_quickjs_context(vm), "%s", text);
  return ISERE_ERR_THROWN;
}

bool isere_quickjs_is_thrown(isere_vm_t *vm) {
  return JS_HasException(isere_quickjs_context(vm));
}
