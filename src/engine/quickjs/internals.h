// SPDX-License-Identifier: Apache-2.0
// What QuickJS can do but its header does not offer. internals.c is the engine itself, with these
// functions added.
#pragma once

#include <quickjs.h>

#include "engine/engine.h"

// Shapes of small objects that outlive their objects, so that the next such objects find them.
#define ISERE_JS_SHAPES_KEPT 64

// The interrupt handler is called after so many further calls and loops of code; then it may call
// this again, or the next time is QuickJS's own choice.
void isere_js_poll_after(JSContext *context, int calls);

// A string of `len` code points that are given as one byte each.
JSValue isere_js_new_string_latin1(JSContext *context, const char *bytes, size_t len);

// Tells kinds of objects apart. `value` is an object.
isere_kind_t isere_js_object_kind(JSContext *context, JSValue value);

// Whether `value` is a Proxy; *target (owned) is its target, `null` when it was revoked. Runs no
// trap.
bool isere_js_proxy_target(JSContext *context, JSValue value, JSValue *target);

// Defines an own property, writable, enumerable and configurable; takes `value` over. Returns false
// with an exception.
bool isere_js_put(JSContext *context, JSValue object, JSAtom name, JSValue value);

// A new object with the properties of `model` (a plain object of ours that was not changed since),
// in their order: values[i], which is taken over, or lazies[i], where that is lazy. An exception
// when out of memory.
JSValue isere_js_new_like(JSContext *context, JSValue model, const JSValue *values,
                          const isere_lazy_t *const *lazies);

// What makes the value of a lazy property: returns it, or an exception. `lazy` is as given to
// isere_js_put_lazy.
typedef JSValue isere_js_make_fn_t(JSContext *context, JSValue object, const void *lazy);

// Defines an own property whose value is made when it is first needed in any way. `lazy` is aligned
// to 2 at least and outlives the property's laziness. Returns false with an exception.
bool isere_js_put_lazy(JSContext *context, JSValue object, JSAtom name, const void *lazy);

// Sets what makes lazy properties, in every runtime of the process.
void isere_js_set_make(isere_js_make_fn_t *make);

// Makes the values of all lazy properties of `object` that were not needed so far. Exceptions are
// dropped.
void isere_js_make_all(JSContext *context, JSValue object);

// Shows own enumerable properties, values borrowed, when that needs no sorting, no getter and no
// hook. Returns false, nothing shown, else.
bool isere_js_visit_plain(JSContext *context, JSValue object, isere_visit_fn_t *visit, void *arg,
                          isere_err_t *err);

// Two words that belong to an object of a class of ours with these.
void isere_js_set_words(JSValue object, void *first, uint64_t second);
void isere_js_get_words(JSValue object, void **first, uint64_t *second);

// Makes objects of the class `function_class` functions of the language.
void isere_js_set_function_class(JSContext *context, JSClassID function_class);

// True, with an exception, when the stack is used up: native functions of ours are not checked by
// the engine.
bool isere_js_is_stack_used_up(JSContext *context);

// Sets `name` and `length` of a function.
void isere_js_set_function_name(JSContext *context, JSValue function, const char *name,
                                int arg_count);

// Evaluates `text` as a script whose lines count from 0: the first is ours, and a syntax error
// tells the user's lines.
JSValue isere_js_eval_from_line_0(JSContext *context, const char *text, size_t len,
                                  const char *path);

// Promise.prototype.then without a resulting promise; `on_settled` may be undefined. `promise` is a
// promise. Returns false with an exception.
bool isere_js_promise_then(JSContext *context, JSValue promise, JSValue on_settled);

// True when the promise that is being rejected is a module's own: whoever imports the module gets
// the reason anyway.
bool isere_js_is_module_rejection(JSContext *context);

// Promise.resolve of the language, whatever code has made of it.
JSValue isere_js_promise_of(JSContext *context, JSValue value);

// The bytes of an ArrayBuffer, typed array or DataView. Returns false with an exception.
bool isere_js_bytes(JSContext *context, JSValue value, isere_span_t *out);

// Is told that the heap has refused an allocation. When not even an error can be made any more
// (`is_exhausted`), errors are `null` from now on, and have no stack: otherwise the engine tries
// again and again to make the error that tells of the error that it could not make. Does not return
// when the compiler has asked: that ends with an exception.
void isere_js_refused(JSRuntime *runtime, bool is_exhausted);

// Makes the compiler of `context` ready for isere_js_refused.
void isere_js_guard_compiler(JSContext *context);

// Around calls from within the compiler to what has resources of its own.
void *isere_js_leave_compiler(JSContext *context);
void isere_js_reenter_compiler(JSContext *context, void *compilation);

// The heap size that starts the next cycle collection.
size_t isere_js_gc_threshold(JSRuntime *runtime);

// "2025-04-26"
extern const char isere_js_version[];
