// SPDX-License-Identifier: Apache-2.0
// What the tests of the engine contract share: a VM of each engine, with modules, rejections and
// interrupts that a test looks at.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine.h"

#define CONTRACT_HEAP_BYTES ((size_t)16 * 1024 * 1024)
#define CONTRACT_STACK_BYTES ((size_t)512 * 1024)

typedef struct {
  const char *path;
  const char *text;
} contract_module_t;

typedef struct {
  const isere_engine_t *engine;
  isere_vm_t *vm;
  const contract_module_t *modules; // what read_module finds; ends with {NULL}
  int modules_open;                 // texts that were not released
  int rejections;                   // unhandled ones, less those that got a handler
  int interrupts;                   // how often the engine asked
  int interrupts_allowed;           // then the code is ended; negative: never
} contract_t;

// Runs `test` with a new VM of each engine, and closes it.
void contract_each(void (*test)(contract_t *c));

// A cmocka test `name` that runs for each engine.
#define CONTRACT_TEST(name)               \
  static void name##_each(contract_t *c); \
  static void name(void **state) {        \
    (void)state;                          \
    contract_each(name##_each);           \
  }                                       \
  static void name##_each(contract_t *c)

// Opens another VM with these limits, in place of the current one. Returns what `open` does; on
// failure c->vm is NULL.
isere_err_t contract_reopen(contract_t *c, size_t heap_bytes, size_t stack_bytes);

// Evaluates a script. The caller releases the result.
isere_err_t contract_eval(contract_t *c, const char *source, isere_value_t *result);

// Asserts that a script's completion value has this text; for an exception, "throws " and its text.
#define contract_is(c, source, text) contract_check((c), (source), (text), __FILE__, __LINE__)
void contract_check(contract_t *c, const char *source, const char *text, const char *file,
                    int line);

// A value's text, in one of a few static buffers that are used in turn. Releases the value.
const char *contract_text(contract_t *c, isere_value_t value);

// The pending exception's text, which is taken.
const char *contract_exception(contract_t *c);

// Loads `source`, named /main.js, and expects success.
isere_value_t contract_load(contract_t *c, const char *source, isere_source_kind_t kind);

// Defines a global.
void contract_global(contract_t *c, const char *name, isere_value_t value);
