// SPDX-License-Identifier: Apache-2.0
// The table of Web APIs, and their installation into a VM.
#include "api/api.h"

#include <assert.h>

#include "api/console/console.h"
#include "api/process/process.h"
#include "api/timers/timers.h"
#include "port/clock.h"

// Made by the build from the .js files.
extern const uint8_t isere_js_console[];
extern const size_t isere_js_console_len;
extern const uint8_t isere_js_process[];
extern const size_t isere_js_process_len;

static const char *const console_globals[] = {"console", NULL};
static const char *const process_globals[] = {"process", NULL};

static const isere_api_t apis[] = {
    {"console", isere_js_console, &isere_js_console_len, isere_api_console_natives,
     console_globals},
    {"process", isere_js_process, &isere_js_process_len, isere_api_process_natives,
     process_globals},
    {"timers", NULL, NULL, isere_api_timers_natives, NULL},
};

#define API_COUNT (sizeof(apis) / sizeof(apis[0]))

_Static_assert(API_COUNT <= ISERE_API_HALVES_MAX, "each row has its place in isere_api_host_t");

// Defines the natives as properties of `object`.
static isere_err_t set_natives(isere_vm_t *vm, isere_value_t object,
                               const isere_native_t *natives) {
  const isere_engine_t *engine = vm->engine;
  for (const isere_native_t *native = natives; native->name != NULL; native++) {
    isere_value_t function = engine->function(vm, native->name, native->fn, native->arg_count, 0);
    if (engine->is_thrown(vm)) {
      return ISERE_ERR_THROWN;
    }
    isere_err_t err = engine->set_text(vm, object, isere_span_of(native->name), function);
    if (err != ISERE_OK) {
      return err;
    }
  }
  return ISERE_OK;
}

// Runs the JS half of `api`; *globals (owned) is the object of its globals.
static isere_err_t run_half(isere_vm_t *vm, const isere_api_t *api, isere_value_t *globals) {
  const isere_engine_t *engine = vm->engine;
  isere_value_t half;
  isere_err_t err = engine->run_bytecode(vm, api->code, *api->code_len, &half);
  if (err != ISERE_OK) {
    return err;
  }
  isere_value_t natives = engine->object(vm);
  err = engine->is_thrown(vm) ? ISERE_ERR_THROWN : set_natives(vm, natives, api->natives);
  if (err == ISERE_OK) {
    err = engine->call(vm, half, engine->undefined(), 1, &natives, globals);
  }
  engine->release(vm, natives);
  engine->release(vm, half);
  return err;
}

// The value of a global of a JS half when code first reads it: the half runs once for all of its
// globals.
static isere_err_t make_global(isere_call_t *call) {
  isere_api_host_t *host = isere_api_host(call->vm);
  size_t row = (size_t)(call->data >> 8);
  const isere_api_t *api = &apis[row];
  if ((host->halves_made & (1u << row)) == 0) {
    isere_err_t err = run_half(call->vm, api, &host->halves[row]);
    if (err != ISERE_OK) {
      return err;
    }
    host->halves_made |= 1u << row;
  }
  const char *name = api->globals[call->data & 0xff];
  return call->vm->engine->get_text(call->vm, host->halves[row], isere_span_of(name),
                                    &call->result);
}

static isere_err_t install(isere_vm_t *vm, size_t row, isere_value_t global) {
  const isere_api_t *api = &apis[row];
  if (api->code == NULL) {
    return set_natives(vm, global, api->natives);
  }
  for (size_t i = 0; api->globals[i] != NULL; i++) {
    isere_err_t err = vm->engine->global_lazy(vm, api->globals[i], make_global, row << 8 | i);
    if (err != ISERE_OK) {
      return err;
    }
  }
  return ISERE_OK;
}

isere_err_t isere_api_install(isere_vm_t *vm) {
  isere_api_host_t *host = isere_api_host(vm);
  assert(host != NULL && host->print != NULL);
  host->halves_made = 0;
  host->start_us = isere_port_clock_now_us();
  isere_err_t err = isere_api_timers_init(vm);
  isere_value_t global = vm->engine->global(vm);
  for (size_t row = 0; err == ISERE_OK && row < API_COUNT; row++) {
    err = install(vm, row, global);
  }
  vm->engine->release(vm, global);
  return err;
}
