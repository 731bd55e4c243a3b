// SPDX-License-Identifier: Apache-2.0
// Compiling and running code: scripts, ES modules and their imports, bytecode, microtasks.
#include <stdio.h>

#include "base/file_url.h"
#include "engine/quickjs/detect.h"
#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"

#define JOBS_BETWEEN_INTERRUPTS 1000

// ---- Module texts ----

void isere_quickjs_release_module(isere_quickjs_vm_t *vm, isere_span_t *text) {
  if (text->ptr != NULL && vm->config.release_module != NULL) {
    vm->config.release_module(&vm->base, *text);
  }
  *text = isere_span(NULL, 0);
}

static void throw_not_found(JSContext *context, const char *specifier, const char *referrer,
                            isere_err_t err) {
  const JSValue error = JS_NewError(context);
  if (JS_IsException(error)) {
    return;
  }
  char message[320];
  if (err == ISERE_ERR_NOTFOUND) {
    snprintf(message, sizeof(message), "Cannot find module '%s', wanted by '%s'", specifier,
             referrer);
  } else {
    snprintf(message, sizeof(message), "Cannot read module '%s', wanted by '%s': %s", specifier,
             referrer, isere_err_text(err));
  }
  const int flags = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE;
  JS_DefinePropertyValueStr(context, error, "message", JS_NewString(context, message), flags);
  JS_DefinePropertyValueStr(context, error, "code", JS_NewString(context, "MODULE_NOT_FOUND"),
                            flags | JS_PROP_ENUMERABLE);
  JS_Throw(context, error);
}

char *isere_quickjs_read_module(isere_quickjs_vm_t *vm, const char *referrer, const char *specifier,
                                isere_span_t *text) {
  *text = isere_span(NULL, 0);
  if (vm->config.read_module == NULL) {
    throw_not_found(vm->context, specifier, referrer, ISERE_ERR_NOTSUP);
    return NULL;
  }
  char *path = js_malloc(vm->context, ISERE_MODULE_PATH_BYTES_MAX);
  if (path == NULL) {
    return NULL;
  }
  const isere_err_t err = vm->config.read_module(&vm->base, referrer, specifier, path,
                                                 ISERE_MODULE_PATH_BYTES_MAX, text);
  if (err != ISERE_OK) {
    js_free(vm->context, path);
    throw_not_found(vm->context, specifier, referrer, err);
    return NULL;
  }
  return path;
}

// QuickJS asks for a module's path first, and for the module when it has not loaded it yet;
// read_module gives both at once.
static char *module_normalize(JSContext *context, const char *referrer, const char *specifier,
                              void *arg) {
  isere_quickjs_vm_t *vm = arg;
  void *compilation = isere_js_leave_compiler(context);
  isere_quickjs_release_module(vm, &vm->module_text);
  char *path = isere_quickjs_read_module(vm, referrer, specifier, &vm->module_text);
  isere_js_reenter_compiler(context, compilation);
  return path;
}

// A copy of `source` that ends with NUL, as QuickJS wants it. NULL with an exception when out of
// memory.
static char *terminated(JSContext *context, isere_span_t source) {
  char *text = js_malloc(context, source.len + 1);
  if (text != NULL) {
    if (source.len > 0) {
      memcpy(text, source.ptr, source.len);
    }
    text[source.len] = '\0';
  }
  return text;
}

// import.meta.url. An exception when out of memory.
static JSValue module_url(JSContext *context, const isere_quickjs_vm_t *vm, const char *path) {
  const char *folder = vm->config.folder == NULL ? "/" : vm->config.folder;
  char *text = js_malloc(context, ISERE_FILE_URL_BYTES(strlen(folder), strlen(path)));
  if (text == NULL) {
    return JS_EXCEPTION;
  }
  isere_file_url_write(folder, path, text);
  const JSValue url = JS_NewString(context, text);
  js_free(context, text);
  return url;
}

// Compiles a module and loads what it imports. Returns the module or an exception.
static JSValue module_compile(JSContext *context, isere_span_t source, const char *path) {
  char *text = terminated(context, source);
  if (text == NULL) {
    return JS_EXCEPTION;
  }
  const JSValue module =
      JS_Eval(context, text, source.len, path, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  js_free(context, text);
  if (JS_IsException(module)) {
    return module;
  }
  const JSValue meta = JS_GetImportMeta(context, JS_VALUE_GET_PTR(module));
  if (!JS_IsException(meta)) {
    const JSValue url = module_url(context, JS_GetContextOpaque(context), path);
    if (!JS_IsException(url)) {
      JS_DefinePropertyValueStr(context, meta, "url", url, JS_PROP_C_W_E);
    }
    JS_FreeValue(context, meta);
  }
  if (JS_HasException(context)) {
    JS_FreeValue(context, module);
    return JS_EXCEPTION;
  }
  return module;
}

static bool has_extension(const char *path, const char *extension) {
  const size_t len = strlen(path);
  const size_t extension_len = strlen(extension);
  return len > extension_len && strcmp(path + len - extension_len, extension) == 0;
}

static JSModuleDef *module_load(JSContext *context, const char *path, void *arg) {
  isere_quickjs_vm_t *vm = arg;
  isere_span_t text = vm->module_text;
  vm->module_text = isere_span(NULL, 0);
  JSModuleDef *result = NULL;
  void *compilation = isere_js_leave_compiler(context);
  if (has_extension(path, ".json") || has_extension(path, ".cjs")) {
    JS_ThrowSyntaxError(context, "'%s' is no ES module: load it with require() from CommonJS",
                        path);
  } else {
    const JSValue module = module_compile(context, text, path);
    if (!JS_IsException(module)) {
      result = JS_VALUE_GET_PTR(module);
      JS_FreeValue(context, module); // the context's list of modules holds it
    }
  }
  isere_quickjs_release_module(vm, &text);
  isere_js_reenter_compiler(context, compilation);
  return result;
}

void isere_quickjs_code_init(isere_quickjs_vm_t *vm) {
  JS_SetModuleLoaderFunc(vm->runtime, module_normalize, module_load, vm);
}

// ---- Loading ----

static isere_err_t load_module(isere_quickjs_vm_t *vm, isere_span_t source, const char *path,
                               isere_value_t *exports, isere_value_t *pending) {
  JSContext *context = vm->context;
  const JSValue module = module_compile(context, source, path);
  if (JS_IsException(module)) {
    return ISERE_ERR_THROWN;
  }
  JSModuleDef *definition = JS_VALUE_GET_PTR(module);
  const JSValue promise = JS_EvalFunction(context, module);
  if (JS_IsException(promise)) {
    return ISERE_ERR_THROWN;
  }
  // The loader looks at this promise: it counts as handled.
  if (!isere_js_promise_then(context, promise, JS_UNDEFINED)) {
    JS_FreeValue(context, promise);
    return ISERE_ERR_THROWN;
  }
  if (JS_PromiseState(context, promise) == JS_PROMISE_REJECTED) {
    JS_Throw(context, JS_PromiseResult(context, promise));
    JS_FreeValue(context, promise);
    return ISERE_ERR_THROWN;
  }
  const isere_err_t err = isere_quickjs_give(JS_GetModuleNamespace(context, definition), exports);
  if (err == ISERE_OK && JS_PromiseState(context, promise) == JS_PROMISE_PENDING) {
    *pending = isere_quickjs_value(promise);
  } else {
    JS_FreeValue(context, promise);
  }
  return err;
}

static isere_err_t load_script(isere_quickjs_vm_t *vm, isere_span_t source, const char *path,
                               isere_value_t *exports) {
  char *text = terminated(vm->context, source);
  if (text == NULL) {
    return ISERE_ERR_THROWN;
  }
  const JSValue result = JS_Eval(vm->context, text, source.len, path, JS_EVAL_TYPE_GLOBAL);
  js_free(vm->context, text);
  return isere_quickjs_give(result, exports);
}

isere_err_t isere_quickjs_load(isere_vm_t *base, isere_span_t source, const char *path,
                               isere_source_kind_t kind, isere_value_t *exports,
                               isere_value_t *pending) {
  isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  *exports = isere_quickjs_value(JS_UNDEFINED);
  *pending = isere_quickjs_value(JS_UNDEFINED);
  isere_quickjs_clamp_gc(vm);
  isere_quickjs_enter(vm);
  if (kind == ISERE_SOURCE_AUTO) {
    kind = isere_quickjs_detect_module(source) ? ISERE_SOURCE_MODULE : ISERE_SOURCE_COMMONJS;
  }
  isere_err_t err;
  if (kind == ISERE_SOURCE_MODULE) {
    err = load_module(vm, source, path, exports, pending);
  } else if (kind == ISERE_SOURCE_COMMONJS) {
    err = isere_quickjs_give(isere_quickjs_commonjs_load(vm, source, path), exports);
  } else {
    err = load_script(vm, source, path, exports);
  }
  isere_quickjs_release_module(vm, &vm->module_text);
  isere_quickjs_leave(vm);
  if (err == ISERE_OK && vm->is_interrupted) {
    JS_FreeValue(vm->context, isere_quickjs_js(*pending));
    *pending = isere_quickjs_value(JS_UNDEFINED);
    err = isere_quickjs_give(isere_quickjs_interrupted(vm, isere_quickjs_js(*exports)), exports);
  }
  return err;
}

isere_err_t isere_quickjs_run_bytecode(isere_vm_t *vm, const uint8_t *code, size_t len,
                                       isere_value_t *result) {
  JSContext *context = isere_quickjs_context(vm);
  const JSValue function =
      JS_ReadObject(context, code, len, JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA);
  if (JS_IsException(function)) {
    return isere_quickjs_give(function, result);
  }
  return isere_quickjs_give(JS_EvalFunction(context, function), result);
}

// ---- Microtasks ----

isere_err_t isere_quickjs_run_jobs(isere_vm_t *base) {
  isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  isere_quickjs_clamp_gc(vm);
  isere_quickjs_enter(vm);
  int result = 1;
  for (unsigned count = 1; result > 0 && !vm->is_interrupted; count++) {
    JSContext *context;
    result = JS_ExecutePendingJob(vm->runtime, &context);
    // Jobs of natives alone never come to a checkpoint of the engine.
    if (count % JOBS_BETWEEN_INTERRUPTS == 0 && !vm->is_interrupted &&
        vm->config.interrupt != NULL) {
      vm->is_interrupted = vm->config.interrupt(base);
      vm->was_interrupted = vm->was_interrupted || vm->is_interrupted;
    }
  }
  // Of an import of what was loaded before: QuickJS wants only its path.
  isere_quickjs_release_module(vm, &vm->module_text);
  isere_quickjs_leave(vm);
  if (vm->is_interrupted) {
    (void)isere_quickjs_interrupted(vm, JS_UNDEFINED);
    return ISERE_ERR_THROWN;
  }
  return result < 0 ? ISERE_ERR_THROWN : ISERE_OK;
}
