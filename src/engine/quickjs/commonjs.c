// SPDX-License-Identifier: Apache-2.0
// CommonJS: the function around a module, require(), and the modules that were loaded.
#include <stdio.h>

#include "engine/quickjs/detect.h"
#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"

// The first line is ours: the user's first line counts as 1.
static const char wrapper_head[] =
    "(function (exports, require, module, __filename, __dirname) {\n";
static const char wrapper_tail[] = "\n})";

static bool ends_with(const char *text, const char *end) {
  const size_t len = strlen(text);
  const size_t end_len = strlen(end);
  return len > end_len && strcmp(text + len - end_len, end) == 0;
}

// ---- Modules that were loaded ----

// The cache (borrowed): an object without prototype. An exception when out of memory.
static JSValue modules_of(isere_quickjs_vm_t *vm) {
  if (JS_IsUndefined(vm->commonjs_modules)) {
    const JSValue modules = JS_NewObjectProto(vm->context, JS_NULL);
    if (JS_IsException(modules)) {
      return modules;
    }
    vm->commonjs_modules = modules;
  }
  return vm->commonjs_modules;
}

// A new module object with empty exports, in the cache before its code runs, as cycles want it.
static JSValue module_new(isere_quickjs_vm_t *vm, const char *path) {
  JSContext *context = vm->context;
  const JSValue modules = modules_of(vm);
  const JSValue module = JS_IsException(modules) ? modules : JS_NewObject(context);
  if (JS_IsException(module)) {
    return module;
  }
  if (JS_DefinePropertyValueStr(context, module, "exports", JS_NewObject(context), JS_PROP_C_W_E) <
          0 ||
      JS_DefinePropertyValueStr(context, module, "id", JS_NewString(context, path), JS_PROP_C_W_E) <
          0 ||
      JS_DefinePropertyValueStr(context, module, "filename", JS_NewString(context, path),
                                JS_PROP_C_W_E) < 0 ||
      JS_DefinePropertyValueStr(context, module, "loaded", JS_FALSE, JS_PROP_C_W_E) < 0 ||
      JS_DefinePropertyValueStr(context, modules, path, JS_DupValue(context, module),
                                JS_PROP_C_W_E) < 0) {
    JS_FreeValue(context, module);
    return JS_EXCEPTION;
  }
  return module;
}

// A module that threw is forgotten: the next require() tries again.
static void module_forget(isere_quickjs_vm_t *vm, const char *path) {
  JSContext *context = vm->context;
  const JSValue exception = JS_GetException(context);
  const JSAtom atom = JS_NewAtom(context, path);
  if (atom != JS_ATOM_NULL) {
    JS_DeleteProperty(context, vm->commonjs_modules, atom, 0);
    JS_FreeAtom(context, atom);
  }
  JS_Throw(context, exception);
}

// ---- require ----

static JSValue load_json(JSContext *context, isere_span_t text, const char *path) {
  char *copy = js_malloc(context, text.len + 1);
  if (copy == NULL) {
    return JS_EXCEPTION;
  }
  if (text.len > 0) {
    memcpy(copy, text.ptr, text.len);
  }
  copy[text.len] = '\0';
  const JSValue value = JS_ParseJSON(context, copy, text.len, path);
  js_free(context, copy);
  return value;
}

static JSValue load_text(isere_quickjs_vm_t *vm, isere_span_t text, const char *path) {
  if (!ends_with(path, ".json")) {
    if (!ends_with(path, ".cjs") && isere_quickjs_detect_module(text)) {
      return JS_ThrowTypeError(vm->context, "'%s' is an ES module: load it with import()", path);
    }
    return isere_quickjs_commonjs_load(vm, text, path);
  }
  const JSValue module = module_new(vm, path);
  if (JS_IsException(module)) {
    return module;
  }
  const JSValue value = load_json(vm->context, text, path);
  if (JS_IsException(value)) {
    module_forget(vm, path);
  } else {
    JS_DefinePropertyValueStr(vm->context, module, "exports", JS_DupValue(vm->context, value),
                              JS_PROP_C_W_E);
  }
  JS_FreeValue(vm->context, module);
  return value;
}

static JSValue require(JSContext *context, JSValue self, int arg_count, JSValue *args, int magic,
                       JSValue *data) {
  (void)self;
  (void)magic;
  isere_quickjs_vm_t *vm = JS_GetContextOpaque(context);
  if (arg_count < 1 || !JS_IsString(args[0])) {
    return JS_ThrowTypeError(context, "require() wants a string");
  }
  JSValue result = JS_EXCEPTION;
  isere_span_t text = {NULL, 0};
  char *path = NULL;
  const char *specifier = JS_ToCString(context, args[0]);
  const char *referrer = JS_ToCString(context, data[0]);
  if (specifier != NULL && referrer != NULL) {
    path = isere_quickjs_read_module(vm, referrer, specifier, &text);
  }
  if (path != NULL) {
    const JSValue modules = modules_of(vm);
    const JSValue module =
        JS_IsException(modules) ? modules : JS_GetPropertyStr(context, modules, path);
    if (JS_IsUndefined(module)) {
      result = load_text(vm, text, path);
    } else if (!JS_IsException(module)) {
      result = JS_GetPropertyStr(context, module, "exports");
    }
    JS_FreeValue(context, module);
  }
  isere_quickjs_release_module(vm, &text);
  js_free(context, path);
  JS_FreeCString(context, referrer);
  JS_FreeCString(context, specifier);
  return result;
}

// ---- Evaluation ----

// A syntax error tells a line of the wrapped text: one too many.
static void correct_syntax_error(JSContext *context, const char *path) {
  const JSValue error = JS_GetException(context);
  if (!JS_IsObject(error)) {
    JS_Throw(context, error);
    return;
  }
  int32_t line = 0;
  int32_t column = 0;
  const JSValue line_value = JS_GetPropertyStr(context, error, "lineNumber");
  const JSValue column_value = JS_GetPropertyStr(context, error, "columnNumber");
  if (JS_IsNumber(line_value) && JS_ToInt32(context, &line, line_value) == 0 &&
      JS_ToInt32(context, &column, column_value) == 0 && line > 1) {
    const int flags = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE;
    const JSValue stack_value = JS_GetPropertyStr(context, error, "stack");
    const char *stack = JS_ToCString(context, stack_value);
    const char *rest = stack == NULL ? NULL : strchr(stack, '\n');
    rest = rest == NULL ? "\n" : rest;
    const size_t bytes = strlen(path) + strlen(rest) + 40;
    char *text = js_malloc(context, bytes);
    if (text != NULL) {
      snprintf(text, bytes, "    at %s:%d:%d%s", path, (int)line - 1, (int)column, rest);
      JS_DefinePropertyValueStr(context, error, "stack", JS_NewString(context, text), flags);
      JS_DefinePropertyValueStr(context, error, "lineNumber", JS_NewInt32(context, line - 1),
                                flags);
      js_free(context, text);
    }
    JS_FreeCString(context, stack);
    JS_FreeValue(context, stack_value);
  }
  JS_FreeValue(context, line_value);
  JS_FreeValue(context, column_value);
  JS_Throw(context, error);
}

// Makes the module's function.
static JSValue wrap(JSContext *context, isere_span_t source, const char *path) {
  const size_t head_len = sizeof(wrapper_head) - 1;
  const size_t len = head_len + source.len + sizeof(wrapper_tail) - 1;
  char *text = js_malloc(context, len + 1);
  if (text == NULL) {
    return JS_EXCEPTION;
  }
  memcpy(text, wrapper_head, head_len);
  if (source.len > 0) {
    memcpy(text + head_len, source.ptr, source.len);
  }
  memcpy(text + head_len + source.len, wrapper_tail, sizeof(wrapper_tail));
  if (source.len >= 2 && source.ptr[0] == '#' && source.ptr[1] == '!') {
    memcpy(text + head_len, "//", 2);
  }
  const JSValue function = isere_js_eval_from_line_0(context, text, len, path);
  js_free(context, text);
  if (JS_IsException(function)) {
    correct_syntax_error(context, path);
  }
  return function;
}

static JSValue dirname_of(JSContext *context, const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) {
    return JS_NewString(context, ".");
  }
  return JS_NewStringLen(context, path, slash == path ? 1 : (size_t)(slash - path));
}

JSValue isere_quickjs_commonjs_load(isere_quickjs_vm_t *vm, isere_span_t source, const char *path) {
  JSContext *context = vm->context;
  const JSValue function = wrap(context, source, path);
  if (JS_IsException(function)) {
    return function;
  }
  const JSValue module = module_new(vm, path);
  if (JS_IsException(module)) {
    JS_FreeValue(context, function);
    return module;
  }
  JSValue filename = JS_NewString(context, path);
  JSValue args[5] = {
      JS_GetPropertyStr(context, module, "exports"),
      JS_NewCFunctionData(context, require, 1, 0, 1, &filename),
      JS_DupValue(context, module),
      filename,
      dirname_of(context, path),
  };
  JSValue result = JS_EXCEPTION;
  if (!JS_HasException(context)) {
    result = JS_Call(context, function, args[0], 5, args);
  }
  for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
    JS_FreeValue(context, args[i]);
  }
  JS_FreeValue(context, function);
  if (JS_IsException(result)) {
    module_forget(vm, path);
  } else {
    JS_FreeValue(context, result);
    JS_DefinePropertyValueStr(context, module, "loaded", JS_TRUE, JS_PROP_C_W_E);
    result = JS_GetPropertyStr(context, module, "exports");
  }
  JS_FreeValue(context, module);
  return result;
}
