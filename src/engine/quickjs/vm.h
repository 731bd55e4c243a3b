// SPDX-License-Identifier: Apache-2.0
// What the files of this folder share: the VM of QuickJS, and the way between its values and those
// of engine.h.
#pragma once

#include <quickjs.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/quickjs/heap.h"
#include "engine/quickjs/internals.h"

// A module's path.
#ifndef ISERE_MODULE_PATH_BYTES_MAX
#if UINTPTR_MAX > UINT32_MAX
#define ISERE_MODULE_PATH_BYTES_MAX 1024
#else
#define ISERE_MODULE_PATH_BYTES_MAX 128
#endif
#endif

#define ISERE_QUICKJS_LAYOUTS_MAX 8
#define ISERE_QUICKJS_POLL_CALLS_FIRST 32

// The properties of objects that object_of makes.
typedef struct {
  const isere_name_t *names;
  uint64_t lazies; // a bit for each property
  int count;
  JSValue model; // an object with these properties
} isere_quickjs_layout_t;

typedef struct {
  isere_vm_t base; // first: an isere_vm_t * is one of these
  JSRuntime *runtime;
  JSContext *context;
  isere_vm_config_t config;
  isere_heap_t heap;
  bool is_interrupted;      // in this entry into code
  bool was_interrupted;     // ever
  int entries;              // that are on the stack
  int poll_calls;           // between two looks for an interrupt
  uint64_t polled_at_us;    // the last look in this entry into code; 0: there was none
  isere_span_t module_text; // given by read_module for the module that is loaded next; ptr is NULL
                            // when there is none
  JSValue commonjs_modules; // path -> module object; undefined before the first
  isere_quickjs_layout_t layouts[ISERE_QUICKJS_LAYOUTS_MAX];
  unsigned layout_turn; // which is replaced next
  JSAtom names[ISERE_NAME_COUNT];
} isere_quickjs_vm_t;

_Static_assert(sizeof(JSValue) <= sizeof(isere_value_t), "a value holds a JSValue");

static inline isere_quickjs_vm_t *isere_quickjs_vm(isere_vm_t *vm) {
  return (isere_quickjs_vm_t *)vm;
}

static inline JSContext *isere_quickjs_context(isere_vm_t *vm) {
  return ((isere_quickjs_vm_t *)vm)->context;
}

static inline JSValue isere_quickjs_js(isere_value_t value) {
  JSValue js;
  memcpy(&js, &value, sizeof(js));
  return js;
}

static inline isere_value_t isere_quickjs_value(JSValue js) {
  isere_value_t value;
#if UINTPTR_MAX <= UINT32_MAX
  _Static_assert(sizeof(js) == sizeof(value), "nothing of a value is left undefined");
#endif
  memcpy(&value, &js, sizeof(js));
  return value;
}

// Gives `js` to *out, or `undefined` and ISERE_ERR_THROWN when it is an exception.
static inline isere_err_t isere_quickjs_give(JSValue js, isere_value_t *out) {
  if (__builtin_expect(JS_IsException(js), 0)) {
    *out = isere_quickjs_value(JS_UNDEFINED);
    return ISERE_ERR_THROWN;
  }
  *out = isere_quickjs_value(js);
  return ISERE_OK;
}

// `js`, or `undefined` when it is an exception, which stays pending.
static inline isere_value_t isere_quickjs_or_undefined(JSValue js) {
  return isere_quickjs_value(JS_IsException(js) ? JS_UNDEFINED : js);
}

// Keeps QuickJS's next cycle collection within the heap limit: on its own it waits until the heap
// has grown by half.
void isere_quickjs_clamp_gc(isere_quickjs_vm_t *vm);

// Code is entered: the first look for an interrupt comes soon, as one call may take long. An
// earlier interruption is over.
static inline void isere_quickjs_enter(isere_quickjs_vm_t *vm) {
  if (vm->entries++ > 0) {
    return;
  }
  vm->is_interrupted = false;
  vm->poll_calls = ISERE_QUICKJS_POLL_CALLS_FIRST;
  vm->polled_at_us = 0;
  isere_js_poll_after(vm->context, vm->poll_calls);
}

static inline void isere_quickjs_leave(isere_quickjs_vm_t *vm) {
  vm->entries--;
}

// An exception, in place of `result`.
JSValue isere_quickjs_interrupted(isere_quickjs_vm_t *vm, JSValue result);

// What code gave, unless it was interrupted: some of the language's functions turn every exception
// into something else.
static inline JSValue isere_quickjs_check_interrupted(isere_quickjs_vm_t *vm, JSValue result) {
  return __builtin_expect(vm->is_interrupted, 0) ? isere_quickjs_interrupted(vm, result) : result;
}

// ---- values.c ----

isere_kind_t isere_quickjs_kind(isere_vm_t *vm, isere_value_t value);
bool isere_quickjs_proxy_target(isere_vm_t *vm, isere_value_t value, isere_value_t *target);
isere_value_t isere_quickjs_string(isere_vm_t *vm, isere_span_t bytes,
                                   isere_text_encoding_t encoding);
isere_value_t isere_quickjs_bytes(isere_vm_t *vm, isere_span_t bytes);
bool isere_quickjs_to_boolean(isere_vm_t *vm, isere_value_t value);
isere_err_t isere_quickjs_to_number(isere_vm_t *vm, isere_value_t value, double *out);
isere_err_t isere_quickjs_to_text(isere_vm_t *vm, isere_value_t value, isere_text_t *out);
void isere_quickjs_text_release(isere_vm_t *vm, isere_text_t *text);
isere_err_t isere_quickjs_to_bytes(isere_vm_t *vm, isere_value_t value, isere_span_t *out);
isere_err_t isere_quickjs_to_json(isere_vm_t *vm, isere_value_t value, isere_text_t *out);
isere_err_t isere_quickjs_from_json(isere_vm_t *vm, isere_span_t json, isere_value_t *out);

// ---- functions.c ----

// Registers the class of native functions. Returns false when out of memory.
bool isere_quickjs_functions_init(JSContext *context);
// A native function; an exception when out of memory.
JSValue isere_quickjs_native(isere_quickjs_vm_t *vm, const char *name, isere_native_fn_t *fn,
                             int arg_count, uint64_t data);
isere_value_t isere_quickjs_function(isere_vm_t *vm, const char *name, isere_native_fn_t *fn,
                                     int arg_count, uint64_t data);
isere_err_t isere_quickjs_call(isere_vm_t *vm, isere_value_t function, isere_value_t self,
                               int arg_count, const isere_value_t *args, isere_value_t *result);
// Calls `fn` for `object`, a lazy property or global. Returns the value or an exception.
JSValue isere_quickjs_make(isere_quickjs_vm_t *vm, isere_native_fn_t *fn, uint64_t data,
                           JSValue object);
isere_value_t isere_quickjs_take_exception(isere_vm_t *vm);
isere_err_t isere_quickjs_throw_value(isere_vm_t *vm, isere_value_t exception);
isere_err_t isere_quickjs_throw_type_error(isere_vm_t *vm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
isere_err_t isere_quickjs_throw_range_error(isere_vm_t *vm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool isere_quickjs_is_thrown(isere_vm_t *vm);

// ---- properties.c ----

isere_value_t isere_quickjs_object(isere_vm_t *vm);
isere_value_t isere_quickjs_object_of(isere_vm_t *vm, int count, const isere_name_t *names,
                                      const isere_value_t *values,
                                      const isere_lazy_t *const *lazies);
isere_value_t isere_quickjs_array(isere_vm_t *vm);
isere_err_t isere_quickjs_set(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                              isere_value_t value);
isere_err_t isere_quickjs_set_text(isere_vm_t *vm, isere_value_t object, isere_span_t key,
                                   isere_value_t value);
isere_err_t isere_quickjs_set_index(isere_vm_t *vm, isere_value_t object, uint32_t index,
                                    isere_value_t value);
isere_err_t isere_quickjs_get(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                              isere_value_t *out);
isere_err_t isere_quickjs_get_text(isere_vm_t *vm, isere_value_t object, isere_span_t key,
                                   isere_value_t *out);
isere_err_t isere_quickjs_get_index(isere_vm_t *vm, isere_value_t object, uint32_t index,
                                    isere_value_t *out);
isere_err_t isere_quickjs_visit(isere_vm_t *vm, isere_value_t object, isere_visit_fn_t *visit,
                                void *arg);
isere_err_t isere_quickjs_set_accessor(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                                       isere_native_fn_t *get, isere_native_fn_t *set,
                                       uint64_t data);
isere_err_t isere_quickjs_set_lazy(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                                   const isere_lazy_t *lazy);
void isere_quickjs_lazy_end(isere_vm_t *vm, isere_value_t object);
isere_value_t isere_quickjs_global(isere_vm_t *vm);
isere_err_t isere_quickjs_global_lazy(isere_vm_t *vm, const char *name, isere_native_fn_t *make,
                                      uint64_t data);

// ---- code.c, commonjs.c ----

void isere_quickjs_code_init(isere_quickjs_vm_t *vm);
isere_err_t isere_quickjs_load(isere_vm_t *vm, isere_span_t source, const char *path,
                               isere_source_kind_t kind, isere_value_t *exports,
                               isere_value_t *pending);
isere_err_t isere_quickjs_run_bytecode(isere_vm_t *vm, const uint8_t *code, size_t len,
                                       isere_value_t *result);
isere_err_t isere_quickjs_run_jobs(isere_vm_t *vm);
// Finds `specifier` for `referrer`: returns its path (js_malloc) and sets *text, or NULL with an
// exception.
char *isere_quickjs_read_module(isere_quickjs_vm_t *vm, const char *referrer, const char *specifier,
                                isere_span_t *text);
void isere_quickjs_release_module(isere_quickjs_vm_t *vm, isere_span_t *text);
// Evaluates a CommonJS module. Returns its module.exports or an exception.
JSValue isere_quickjs_commonjs_load(isere_quickjs_vm_t *vm, isere_span_t source, const char *path);

// ---- promises.c ----

isere_promise_state_t isere_quickjs_promise_state(isere_vm_t *vm, isere_value_t promise);
isere_value_t isere_quickjs_promise_result(isere_vm_t *vm, isere_value_t promise);
isere_err_t isere_quickjs_promise_of(isere_vm_t *vm, isere_value_t value, isere_value_t *out);
isere_err_t isere_quickjs_promise_then(isere_vm_t *vm, isere_value_t promise, isere_native_fn_t *fn,
                                       uint64_t data);
