// SPDX-License-Identifier: Apache-2.0
// What the tests of the engine contract share.
#include "engine_contract/contract.h"

#include <stdio.h>
#include <string.h>

static const isere_engine_t *const engines[] = {&isere_engine_quickjs};

// ---- What the VM calls ----

static bool on_interrupt(isere_vm_t *vm) {
  contract_t *c = vm->owner;
  c->interrupts++;
  return c->interrupts_allowed >= 0 && c->interrupts > c->interrupts_allowed;
}

static void on_rejection(isere_vm_t *vm, isere_value_t promise, isere_value_t reason,
                         bool handled) {
  contract_t *c = vm->owner;
  (void)reason;
  assert_int_equal(vm->engine->kind(vm, promise), ISERE_KIND_PROMISE);
  c->rejections += handled ? -1 : 1;
}

// "./x" is beside its referrer, anything else is its own path.
static isere_err_t read_module(isere_vm_t *vm, const char *referrer, const char *specifier,
                               char *path, size_t path_bytes, isere_span_t *text) {
  contract_t *c = vm->owner;
  const char *slash = strrchr(referrer, '/');
  assert_non_null(slash);
  if (strncmp(specifier, "./", 2) == 0) {
    snprintf(path, path_bytes, "%.*s/%s", (int)(slash - referrer), referrer, specifier + 2);
  } else {
    snprintf(path, path_bytes, "%s", specifier);
  }
  for (const contract_module_t *module = c->modules; module != NULL && module->path != NULL;
       module++) {
    if (strcmp(module->path, path) == 0) {
      *text = isere_span_of(module->text);
      c->modules_open++;
      return ISERE_OK;
    }
  }
  return ISERE_ERR_NOTFOUND;
}

static void release_module(isere_vm_t *vm, isere_span_t text) {
  contract_t *c = vm->owner;
  assert_non_null(text.ptr);
  c->modules_open--;
}

// ---- Life ----

static isere_err_t open_vm(contract_t *c, size_t heap_bytes, size_t stack_bytes) {
  const isere_vm_config_t config = {
      .heap_bytes = heap_bytes,
      .stack_bytes = stack_bytes,
      .owner = c,
      .folder = "/work dir",
      .interrupt = on_interrupt,
      .on_rejection = on_rejection,
      .read_module = read_module,
      .release_module = release_module,
  };
  return c->engine->open(&config, &c->vm);
}

isere_err_t contract_reopen(contract_t *c, size_t heap_bytes, size_t stack_bytes) {
  if (c->vm != NULL) {
    c->engine->close(c->vm);
  }
  return open_vm(c, heap_bytes, stack_bytes);
}

void contract_each(void (*test)(contract_t *c)) {
  for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
    contract_t c = {.engine = engines[i], .interrupts_allowed = -1};
    assert_int_equal(open_vm(&c, CONTRACT_HEAP_BYTES, CONTRACT_STACK_BYTES), ISERE_OK);
    test(&c);
    if (c.vm != NULL) {
      c.engine->close(c.vm);
    }
    assert_int_equal(c.modules_open, 0);
  }
}

// ---- Code and texts ----

isere_err_t contract_eval(contract_t *c, const char *source, isere_value_t *result) {
  isere_value_t pending;
  return c->engine->load(c->vm, isere_span_of(source), "/script.js", ISERE_SOURCE_SCRIPT, result,
                         &pending);
}

const char *contract_text(contract_t *c, isere_value_t value) {
  static char texts[4][16384];
  static unsigned turn;
  char *out = texts[turn++ % 4];
  isere_text_t text;
  if (c->engine->to_text(c->vm, value, &text) != ISERE_OK) {
    c->engine->release(c->vm, c->engine->take_exception(c->vm));
    c->engine->release(c->vm, value);
    return "(no text)";
  }
  snprintf(out, sizeof(texts[0]), "%.*s", (int)text.span.len, text.span.ptr);
  c->engine->text_release(c->vm, &text);
  c->engine->release(c->vm, value);
  return out;
}

const char *contract_exception(contract_t *c) {
  assert_true(c->engine->is_thrown(c->vm));
  const char *text = contract_text(c, c->engine->take_exception(c->vm));
  assert_false(c->engine->is_thrown(c->vm));
  return text;
}

void contract_check(contract_t *c, const char *source, const char *text, const char *file,
                    int line) {
  static char thrown[16400];
  isere_value_t result;
  const char *is;
  if (contract_eval(c, source, &result) == ISERE_OK) {
    is = contract_text(c, result);
  } else {
    snprintf(thrown, sizeof(thrown), "throws %s", contract_exception(c));
    is = thrown;
  }
  if (strcmp(is, text) != 0) {
    print_error("%s\n", source);
  }
  _assert_string_equal(is, text, file, line);
}

isere_value_t contract_load(contract_t *c, const char *source, isere_source_kind_t kind) {
  isere_value_t exports;
  isere_value_t pending;
  if (c->engine->load(c->vm, isere_span_of(source), "/main.js", kind, &exports, &pending) !=
      ISERE_OK) {
    fail_msg("%s", contract_exception(c));
  }
  c->engine->release(c->vm, pending);
  return exports;
}

void contract_global(contract_t *c, const char *name, isere_value_t value) {
  const isere_value_t global = c->engine->global(c->vm);
  assert_int_equal(c->engine->set_text(c->vm, global, isere_span_of(name), value), ISERE_OK);
  c->engine->release(c->vm, global);
}
