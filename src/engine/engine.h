// SPDX-License-Identifier: Apache-2.0
// The contract between isère and a language engine: a table of functions. What an engine implements
// stands in isere_engine_t; what it calls, in isere_vm_config_t. Everything runs in the one task
// that opened the VM.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "engine/names.h"

typedef struct isere_engine isere_engine_t;

// One VM: globals, heap and loaded code of one instance. Engines put this first in their own
// struct.
typedef struct isere_vm {
  const isere_engine_t *engine;
  void *owner; // as given in isere_vm_config_t
} isere_vm_t;

// A value of the engine, opaque. A value that a function returns or takes over is released once by
// whoever owns it; a borrowed one (arguments, `self`) is good for the duration of the call and is
// not released.
typedef struct __attribute__((may_alias)) {
  uintptr_t word[2];
} isere_value_t;

typedef enum {
  ISERE_KIND_UNDEFINED,
  ISERE_KIND_NULL,
  ISERE_KIND_BOOLEAN,
  ISERE_KIND_NUMBER,
  ISERE_KIND_BIGINT,
  ISERE_KIND_STRING,
  ISERE_KIND_SYMBOL,
  ISERE_KIND_OBJECT,
  ISERE_KIND_ARRAY,
  ISERE_KIND_FUNCTION,
  ISERE_KIND_PROMISE,
  ISERE_KIND_BYTES, // ArrayBuffer, typed array, DataView
  ISERE_KIND_ERROR, // an Error object of the language
} isere_kind_t;

// How bytes are read as text. Bytes that are not well-formed UTF-8 become U+FFFD, as the Encoding
// Standard says.
typedef enum {
  ISERE_TEXT_UTF8,
  ISERE_TEXT_LATIN1, // a byte is the code point of the same number ("isomorphic decode", Infra
                     // Standard section 4.4)
} isere_text_encoding_t;

// A value's text, as well-formed UTF-8 (a lone surrogate is U+FFFD). Pinned: `span` is good until
// released, even while other code runs.
typedef struct {
  isere_span_t span;
  uintptr_t pin[3]; // the engine's
} isere_text_t;

typedef enum {
  ISERE_PROMISE_NONE, // not a promise
  ISERE_PROMISE_PENDING,
  ISERE_PROMISE_FULFILLED,
  ISERE_PROMISE_REJECTED,
} isere_promise_state_t;

typedef enum {
  ISERE_SOURCE_AUTO,     // a module when it has `import` or `export`, else CommonJS
  ISERE_SOURCE_MODULE,   // ECMAScript module
  ISERE_SOURCE_COMMONJS, // sees `module` and `exports`
  ISERE_SOURCE_SCRIPT,   // a classic script in the global scope
} isere_source_kind_t;

// What has gone wrong in a VM that makes it unfit for further invocations. A set of bits.
typedef enum {
  ISERE_VM_FAULT_NOMEM = 1,       // an allocation was refused
  ISERE_VM_FAULT_INTERRUPTED = 2, // config.interrupt ended its code
} isere_vm_fault_t;

typedef struct {
  size_t heap_used_bytes;
  size_t heap_peak_bytes; // since the VM was opened
  size_t heap_limit_bytes;
} isere_vm_stats_t;

// ---- What an engine calls ----

// A call of a native function.
typedef struct {
  isere_vm_t *vm;
  isere_value_t self;        // borrowed
  const isere_value_t *args; // borrowed
  int arg_count;
  uint64_t data;        // as given when the function was made
  isere_value_t result; // `undefined` when the call begins; what is set here the engine takes over
} isere_call_t;

// Returns ISERE_OK, or ISERE_ERR_THROWN after a throw_*, or after another engine function failed
// with it.
typedef isere_err_t isere_native_fn_t(isere_call_t *call);

typedef struct {
  const char *name;
  isere_native_fn_t *fn;
  int arg_count; // the function's `length`
} isere_native_t;

// How a property's value is made when code first needs it. The caller owns this, and keeps it until
// lazy_end of the object.
typedef struct {
  isere_native_fn_t *make; // sets call->result; call->self is the object, which `make` must not
                           // change; it runs no code of the user
  uint64_t data;           // for call->data
} isere_lazy_t;

// Is shown one property; `key` and `value` are borrowed. Returns false to end the visit.
typedef bool isere_visit_fn_t(void *arg, isere_span_t key, isere_value_t value);

typedef struct {
  size_t heap_bytes; // the limit; what exceeds it throws an out-of-memory error and sets
                     // ISERE_VM_FAULT_NOMEM
  size_t
      stack_bytes; // of C stack that the engine may use, counted from the frame that calls `open`
  void *owner;
  const char *folder; // absolute: where relative paths of modules are, for import.meta.url; it
                      // stays as long as the VM; NULL: the root

  // Called every some thousand operations of running code (regular expressions included). It may
  // switch tasks. Returning true ends the code with an error that it cannot catch. May be NULL.
  bool (*interrupt)(isere_vm_t *vm);

  // A promise was rejected without a handler (handled == false), or got one after all (true).
  // Values are borrowed. May be NULL.
  void (*on_rejection)(isere_vm_t *vm, isere_value_t promise, isere_value_t reason, bool handled);

  // Finds the text of the module `specifier`, imported by the module `referrer` (the path that was
  // given to `load`, or that this function gave). Writes the module's own path to `path` (of
  // `path_bytes`) and the text to *text, which the engine gives back with release_module. Returns
  // ISERE_ERR_NOTFOUND etc. NULL: there are no imports.
  isere_err_t (*read_module)(isere_vm_t *vm, const char *referrer, const char *specifier,
                             char *path, size_t path_bytes, isere_span_t *text);
  void (*release_module)(isere_vm_t *vm, isere_span_t text);
} isere_vm_config_t;

// ---- What an engine implements ----
//
// Functions that run the user's code or allocate may fail: they return ISERE_ERR_THROWN (or a
// null-safe `undefined` value where they return a value and say so) and leave an exception pending,
// which take_exception gives. Passing on ISERE_ERR_THROWN from a native function passes the
// exception on to its caller.

struct isere_engine {
  const char *name;    // "quickjs"
  const char *version; // the engine's own

  // -- Life --

  // Opens a VM; `config` is copied. Returns ISERE_ERR_NOMEM when the heap limit does not hold the
  // language's globals.
  isere_err_t (*open)(const isere_vm_config_t *config, isere_vm_t **out);
  // Frees the VM and all that it holds, values still held elsewhere included: these must not be
  // used again.
  void (*close)(isere_vm_t *vm);
  void (*stats)(isere_vm_t *vm, isere_vm_stats_t *out);
  // The set of isere_vm_fault_t since the VM was opened.
  unsigned (*faults)(isere_vm_t *vm);
  // Moves the heap limit.
  void (*set_heap_limit)(isere_vm_t *vm, size_t heap_bytes);

  // -- Code --

  // Compiles and evaluates `source`; `path` names it in errors, and its imports are relative to it.
  // *exports (owned) becomes the module's namespace, CommonJS's module.exports, or the script's
  // completion value. *pending (owned) becomes a promise when the module has a top-level await (its
  // state tells when *exports is complete), else `undefined`. Returns ISERE_ERR_THROWN on a syntax
  // error or a throw.
  isere_err_t (*load)(isere_vm_t *vm, isere_span_t source, const char *path,
                      isere_source_kind_t kind, isere_value_t *exports, isere_value_t *pending);
  // Runs code that bytecode_tool compiled (trusted: malformed bytecode is not detected); it stays
  // in place and must outlive the VM. *result (owned) is its completion value.
  isere_err_t (*run_bytecode)(isere_vm_t *vm, const uint8_t *code, size_t len,
                              isere_value_t *result);
  // Runs microtasks until none is left. Returns ISERE_ERR_THROWN when one threw out of its job
  // (interrupted, out of memory).
  isere_err_t (*run_jobs)(isere_vm_t *vm);
  // Calls `function`; self and args are borrowed; *result is owned.
  isere_err_t (*call)(isere_vm_t *vm, isere_value_t function, isere_value_t self, int arg_count,
                      const isere_value_t *args, isere_value_t *result);

  // -- Exceptions --

  // Takes the pending exception (owned); `undefined` when there is none.
  isere_value_t (*take_exception)(isere_vm_t *vm);
  // Throws `exception` (taken over). Returns ISERE_ERR_THROWN.
  isere_err_t (*throw_value)(isere_vm_t *vm, isere_value_t exception);
  // Throws a TypeError or RangeError with a formatted message. Return ISERE_ERR_THROWN.
  isere_err_t (*throw_type_error)(isere_vm_t *vm, const char *format, ...)
      __attribute__((format(printf, 2, 3)));
  isere_err_t (*throw_range_error)(isere_vm_t *vm, const char *format, ...)
      __attribute__((format(printf, 2, 3)));

  // -- Making values (owned). On a refused allocation they return `undefined` and leave the
  // exception pending: is_thrown tells. --

  bool (*is_thrown)(isere_vm_t *vm); // an exception is pending
  isere_value_t (*undefined)(void);
  isere_value_t (*null)(void);
  isere_value_t (*boolean)(bool value);
  isere_value_t (*number)(double value);
  isere_value_t (*string)(isere_vm_t *vm, isere_span_t bytes, isere_text_encoding_t encoding);
  isere_value_t (*object)(isere_vm_t *vm);
  // An object with `count` properties (64 at most) at once: what `set`, and set_lazy where
  // lazies[i] is not NULL, would make one by one, at a fraction of the cost. `names` is a static
  // array: engines remember it by its address. Takes `values` over (those of lazy properties are
  // `undefined`); `lazies` may be NULL: none is lazy.
  isere_value_t (*object_of)(isere_vm_t *vm, int count, const isere_name_t *names,
                             const isere_value_t *values, const isere_lazy_t *const *lazies);
  isere_value_t (*array)(isere_vm_t *vm);
  // An ArrayBuffer's Uint8Array with a copy of `bytes`.
  isere_value_t (*bytes)(isere_vm_t *vm, isere_span_t bytes);
  // A function that calls `fn` with `data`.
  isere_value_t (*function)(isere_vm_t *vm, const char *name, isere_native_fn_t *fn, int arg_count,
                            uint64_t data);

  // -- Holding --

  isere_value_t (*hold)(isere_vm_t *vm, isere_value_t value);
  void (*release)(isere_vm_t *vm, isere_value_t value);

  // -- Properties. `object` is borrowed, `value` taken over (also on failure). --

  // Own data properties, writable, enumerable, configurable; never calls setters, "__proto__" is a
  // name like others.
  isere_err_t (*set)(isere_vm_t *vm, isere_value_t object, isere_name_t name, isere_value_t value);
  isere_err_t (*set_text)(isere_vm_t *vm, isere_value_t object, isere_span_t key,
                          isere_value_t value);
  isere_err_t (*set_index)(isere_vm_t *vm, isere_value_t object, uint32_t index,
                           isere_value_t value);
  // Defines a property that `object` (a plain object of ours) does not have yet, whose value `lazy`
  // makes when it is first needed; code cannot tell it from what `set` defines. When making fails,
  // the code that needs the value gets the exception, and the property becomes `undefined`.
  isere_err_t (*set_lazy)(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                          const isere_lazy_t *lazy);
  // Takes over the caller's hold of `object` and ends the use of its isere_lazy_t's: when code
  // still holds the object, the values not made so far are made now. Never fails: a value that
  // cannot be made is `undefined`.
  void (*lazy_end)(isere_vm_t *vm, isere_value_t object);
  // Reads a property as code would, getters and prototypes included; *out is owned; `undefined`
  // where there is none.
  isere_err_t (*get)(isere_vm_t *vm, isere_value_t object, isere_name_t name, isere_value_t *out);
  isere_err_t (*get_text)(isere_vm_t *vm, isere_value_t object, isere_span_t key,
                          isere_value_t *out);
  isere_err_t (*get_index)(isere_vm_t *vm, isere_value_t object, uint32_t index,
                           isere_value_t *out);
  // Shows the own enumerable properties with string keys, in the language's order.
  isere_err_t (*visit)(isere_vm_t *vm, isere_value_t object, isere_visit_fn_t *visit, void *arg);

  // An accessor property (enumerable, configurable): natives `get` and `set` with `data`; `set` may
  // be NULL.
  isere_err_t (*set_accessor)(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                              isere_native_fn_t *get, isere_native_fn_t *set, uint64_t data);

  // The global object (owned).
  isere_value_t (*global)(isere_vm_t *vm);
  // Defines the global `name` (a static text) so that its value is made by `make` (call->result)
  // when code first reads it; from then on, or once assigned, it is a plain data property.
  isere_err_t (*global_lazy)(isere_vm_t *vm, const char *name, isere_native_fn_t *make,
                             uint64_t data);

  // -- Reading values (borrowed) --

  isere_kind_t (*kind)(isere_vm_t *vm, isere_value_t value);
  // Tells whether `value` is a Proxy, without running its traps; *target (owned) is what it stands
  // for, `null` when it was revoked.
  bool (*proxy_target)(isere_vm_t *vm, isere_value_t value, isere_value_t *target);
  // The language's truth and number conversions; to_number may run code.
  bool (*to_boolean)(isere_vm_t *vm, isere_value_t value);
  isere_err_t (*to_number)(isere_vm_t *vm, isere_value_t value, double *out);
  // The language's string conversion; may run code. Release with text_release.
  isere_err_t (*to_text)(isere_vm_t *vm, isere_value_t value, isere_text_t *out);
  void (*text_release)(isere_vm_t *vm, isere_text_t *text);
  // The bytes of a value of ISERE_KIND_BYTES; good until the value is released or code runs.
  isere_err_t (*to_bytes)(isere_vm_t *vm, isere_value_t value, isere_span_t *out);
  // JSON.stringify(value), as text; `undefined` has none: out->span.ptr is NULL.
  isere_err_t (*to_json)(isere_vm_t *vm, isere_value_t value, isere_text_t *out);
  isere_err_t (*from_json)(isere_vm_t *vm, isere_span_t json, isere_value_t *out);

  // -- Promises --

  isere_promise_state_t (*promise_state)(isere_vm_t *vm, isere_value_t promise);
  // The value or the reason of a settled promise (owned).
  isere_value_t (*promise_result)(isere_vm_t *vm, isere_value_t promise);
  // Promise.resolve(value): adopts thenables. `value` is borrowed.
  isere_err_t (*promise_of)(isere_vm_t *vm, isere_value_t value, isere_value_t *out);
  // Calls `fn` with `data` from a microtask after `promise` has settled; the promise counts as
  // handled.
  isere_err_t (*promise_then)(isere_vm_t *vm, isere_value_t promise, isere_native_fn_t *fn,
                              uint64_t data);

  // -- Memory that counts against the VM's heap, for state that belongs to the VM --

  void *(*alloc)(isere_vm_t *vm, size_t bytes); // NULL when refused; no exception is left
  void (*free)(isere_vm_t *vm, void *ptr);
};

// Every engine of this build. The first is the default.
extern const isere_engine_t isere_engine_quickjs;
