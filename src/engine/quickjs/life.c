// SPDX-License-Identifier: Apache-2.0
// Opening and closing VMs, their heap and limits, and the engine's table of functions.
#include <assert.h>

#include "base/list.h"
#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"
#include "port/clock.h"

// Between two looks for an interrupt, at most: a look costs about as much as ten calls.
#define POLL_CALLS_MAX 1000

// What handles so much memory at once is no short call: the next look comes soon.
#define POLL_SOON_BYTES ((size_t)64 * 1024)

// Of the heap limit, for making and handling the error when the rest is used up.
#define HEAP_RESERVE_BYTES ((size_t)4096)

// ---- Memory for QuickJS ----

static __attribute__((noinline)) void *heap_refused(isere_heap_t *heap) {
  // The heap is a part of its VM, once there is one.
  isere_quickjs_vm_t *vm = ISERE_CONTAINER_OF(heap, isere_quickjs_vm_t, heap);
  if (vm->context != NULL) {
    isere_js_refused(vm->runtime, heap->is_exhausted);
  }
  return NULL;
}

static __attribute__((noinline)) void poll_soon(isere_heap_t *heap) {
  isere_quickjs_vm_t *vm = ISERE_CONTAINER_OF(heap, isere_quickjs_vm_t, heap);
  if (vm->context != NULL && !vm->is_interrupted) {
    isere_js_poll_after(vm->context, 1);
  }
}

static void *heap_malloc(JSMallocState *state, size_t bytes) {
  isere_heap_t *heap = state->opaque;
  if (__builtin_expect(bytes >= POLL_SOON_BYTES, 0)) {
    poll_soon(heap);
  }
  void *block = isere_heap_alloc(heap, bytes);
  state->malloc_size = heap->used_bytes; // what triggers cycle collections
  return __builtin_expect(block == NULL, 0) ? heap_refused(heap) : block;
}

static void heap_free(JSMallocState *state, void *block) {
  if (block != NULL) {
    isere_heap_t *heap = state->opaque;
    isere_heap_free(heap, block);
    state->malloc_size = heap->used_bytes;
  }
}

static void *heap_realloc(JSMallocState *state, void *block, size_t bytes) {
  isere_heap_t *heap = state->opaque;
  if (bytes == 0) {
    heap_free(state, block);
    return NULL;
  }
  void *result =
      block == NULL ? isere_heap_alloc(heap, bytes) : isere_heap_realloc(heap, block, bytes);
  state->malloc_size = heap->used_bytes;
  return __builtin_expect(result == NULL, 0) ? heap_refused(heap) : result;
}

static const JSMallocFunctions heap_functions = {
    .js_malloc = heap_malloc,
    .js_free = heap_free,
    .js_realloc = heap_realloc,
    .js_malloc_usable_size = isere_heap_usable_size,
};

void isere_quickjs_clamp_gc(isere_quickjs_vm_t *vm) {
  const size_t used = vm->heap.used_bytes;
  const size_t limit = vm->heap.limit_bytes;
  const size_t half_left = used < limit ? (limit - used) / 2 : 0;
  if (isere_js_gc_threshold(vm->runtime) > used + half_left && used < limit) {
    JS_SetGCThreshold(vm->runtime, used + half_left);
  }
}

static void heap_grown(void *arg) {
  isere_quickjs_vm_t *vm = arg;
  if (vm->runtime != NULL) {
    isere_quickjs_clamp_gc(vm);
  }
}

// ---- What QuickJS calls ----

// QuickJS counts calls, and one call may be short or sort a million numbers: so the count between
// two looks follows the time that the last ones took.
static void adapt_polling(isere_quickjs_vm_t *vm) {
  static const uint64_t soon_us = 500;
  static const uint64_t late_us = 2000;
  const uint64_t now_us = isere_port_clock_now_us();
  const uint64_t passed_us = now_us - vm->polled_at_us;
  if (vm->polled_at_us != 0 && passed_us < soon_us && vm->poll_calls < POLL_CALLS_MAX) {
    vm->poll_calls *= 2;
  } else if (vm->polled_at_us != 0 && passed_us > late_us && vm->poll_calls > 1) {
    const uint64_t calls = (uint64_t)vm->poll_calls * late_us / passed_us;
    vm->poll_calls = calls < 1 ? 1 : (int)calls;
  }
  isere_js_poll_after(vm->context, vm->poll_calls);
}

static int on_interrupt(JSRuntime *runtime, void *arg) {
  (void)runtime;
  isere_quickjs_vm_t *vm = arg;
  if (!vm->is_interrupted) {
    adapt_polling(vm);
  }
  isere_quickjs_clamp_gc(vm);
  if (!vm->is_interrupted && vm->config.interrupt != NULL) {
    vm->is_interrupted = vm->config.interrupt(&vm->base);
    vm->was_interrupted = vm->was_interrupted || vm->is_interrupted;
  }
  vm->polled_at_us = isere_port_clock_now_us(); // the time of other tasks does not count
  return vm->is_interrupted;
}

static void on_rejection(JSContext *context, JSValue promise, JSValue reason, JS_BOOL is_handled,
                         void *arg) {
  isere_quickjs_vm_t *vm = arg;
  if (vm->config.on_rejection != NULL && (is_handled || !isere_js_is_module_rejection(context))) {
    vm->config.on_rejection(&vm->base, isere_quickjs_value(promise), isere_quickjs_value(reason),
                            is_handled != 0);
  }
}

// ---- Life ----

static bool intern_names(isere_quickjs_vm_t *vm) {
  static const char *const texts[] = {
#define X(name) #name,
      ISERE_NAME_MAP(X)
#undef X
  };
  for (int i = 0; i < ISERE_NAME_COUNT; i++) {
    vm->names[i] = JS_NewAtom(vm->context, texts[i]);
    if (vm->names[i] == JS_ATOM_NULL) {
      return false;
    }
  }
  return true;
}

static bool open_context(isere_quickjs_vm_t *vm) {
  vm->runtime = JS_NewRuntime2(&heap_functions, &vm->heap);
  if (vm->runtime == NULL) {
    return false;
  }
  JS_SetMaxStackSize(vm->runtime, vm->config.stack_bytes);
  vm->context = JS_NewContext(vm->runtime);
  if (vm->context == NULL || !isere_quickjs_functions_init(vm->context)) {
    return false;
  }
  JS_SetContextOpaque(vm->context, vm);
  isere_js_guard_compiler(vm->context);
  JS_SetInterruptHandler(vm->runtime, on_interrupt, vm);
  JS_SetHostPromiseRejectionTracker(vm->runtime, on_rejection, vm);
  isere_quickjs_code_init(vm);
  return intern_names(vm);
}

static void vm_close(isere_vm_t *vm) {
  isere_quickjs_release_module(isere_quickjs_vm(vm), &isere_quickjs_vm(vm)->module_text);
  // All that the runtime has is in its heap, the VM itself too.
  isere_heap_t heap = isere_quickjs_vm(vm)->heap;
  isere_heap_deinit(&heap);
}

static isere_err_t vm_open(const isere_vm_config_t *config, isere_vm_t **out) {
  *out = NULL;
  isere_heap_t heap;
  // QuickJS does not check every allocation while it makes its globals, so the limit is looked at
  // afterwards.
  isere_heap_init(&heap, SIZE_MAX / 2, HEAP_RESERVE_BYTES);
  isere_quickjs_vm_t *vm = isere_heap_alloc(&heap, sizeof(*vm));
  if (vm == NULL) {
    return ISERE_ERR_NOMEM;
  }
  memset(vm, 0, sizeof(*vm));
  vm->base = (isere_vm_t){.engine = &isere_engine_quickjs, .owner = config->owner};
  vm->config = *config;
  vm->heap = heap;
  vm->commonjs_modules = JS_UNDEFINED;
  if (!open_context(vm) || vm->heap.used_bytes + HEAP_RESERVE_BYTES > config->heap_bytes) {
    vm_close(&vm->base);
    return ISERE_ERR_NOMEM;
  }
  isere_heap_set_limit(&vm->heap, config->heap_bytes);
  vm->heap.on_growth = heap_grown;
  vm->heap.growth_arg = vm;
  isere_quickjs_clamp_gc(vm);
  *out = &vm->base;
  return ISERE_OK;
}

static void vm_stats(isere_vm_t *base, isere_vm_stats_t *out) {
  isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  *out = (isere_vm_stats_t){
      .heap_used_bytes = vm->heap.used_bytes,
      .heap_peak_bytes = isere_heap_peak(&vm->heap),
      .heap_limit_bytes = vm->heap.limit_bytes,
  };
}

static unsigned vm_faults(isere_vm_t *base) {
  const isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  return (vm->heap.is_refused ? (unsigned)ISERE_VM_FAULT_NOMEM : 0U) |
         (vm->was_interrupted ? (unsigned)ISERE_VM_FAULT_INTERRUPTED : 0U);
}

static void vm_set_heap_limit(isere_vm_t *base, size_t heap_bytes) {
  isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  isere_heap_set_limit(&vm->heap, heap_bytes);
  isere_quickjs_clamp_gc(vm);
}

// ---- Small values ----

static isere_value_t value_undefined(void) {
  return isere_quickjs_value(JS_UNDEFINED);
}

static isere_value_t value_null(void) {
  return isere_quickjs_value(JS_NULL);
}

static isere_value_t value_boolean(bool value) {
  return isere_quickjs_value(value ? JS_TRUE : JS_FALSE);
}

static isere_value_t value_number(double value) {
  return isere_quickjs_value(JS_NewFloat64(NULL, value));
}

static isere_value_t value_hold(isere_vm_t *vm, isere_value_t value) {
  return isere_quickjs_value(JS_DupValue(isere_quickjs_context(vm), isere_quickjs_js(value)));
}

static void value_release(isere_vm_t *vm, isere_value_t value) {
  JS_FreeValue(isere_quickjs_context(vm), isere_quickjs_js(value));
}

static void *vm_alloc(isere_vm_t *vm, size_t bytes) {
  return js_malloc_rt(isere_quickjs_vm(vm)->runtime, bytes > 0 ? bytes : 1);
}

static void vm_free(isere_vm_t *vm, void *ptr) {
  js_free_rt(isere_quickjs_vm(vm)->runtime, ptr);
}

const isere_engine_t isere_engine_quickjs = {
    .name = "quickjs",
    .version = isere_js_version,
    .open = vm_open,
    .close = vm_close,
    .stats = vm_stats,
    .faults = vm_faults,
    .set_heap_limit = vm_set_heap_limit,
    .load = isere_quickjs_load,
    .run_bytecode = isere_quickjs_run_bytecode,
    .run_jobs = isere_quickjs_run_jobs,
    .call = isere_quickjs_call,
    .take_exception = isere_quickjs_take_exception,
    .throw_value = isere_quickjs_throw_value,
    .throw_type_error = isere_quickjs_throw_type_error,
    .throw_range_error = isere_quickjs_throw_range_error,
    .is_thrown = isere_quickjs_is_thrown,
    .undefined = value_undefined,
    .null = value_null,
    .boolean = value_boolean,
    .number = value_number,
    .string = isere_quickjs_string,
    .object = isere_quickjs_object,
    .object_of = isere_quickjs_object_of,
    .array = isere_quickjs_array,
    .bytes = isere_quickjs_bytes,
    .function = isere_quickjs_function,
    .hold = value_hold,
    .release = value_release,
    .set = isere_quickjs_set,
    .set_text = isere_quickjs_set_text,
    .set_index = isere_quickjs_set_index,
    .set_lazy = isere_quickjs_set_lazy,
    .lazy_end = isere_quickjs_lazy_end,
    .get = isere_quickjs_get,
    .get_text = isere_quickjs_get_text,
    .get_index = isere_quickjs_get_index,
    .visit = isere_quickjs_visit,
    .set_accessor = isere_quickjs_set_accessor,
    .global = isere_quickjs_global,
    .global_lazy = isere_quickjs_global_lazy,
    .kind = isere_quickjs_kind,
    .proxy_target = isere_quickjs_proxy_target,
    .to_boolean = isere_quickjs_to_boolean,
    .to_number = isere_quickjs_to_number,
    .to_text = isere_quickjs_to_text,
    .text_release = isere_quickjs_text_release,
    .to_bytes = isere_quickjs_to_bytes,
    .to_json = isere_quickjs_to_json,
    .from_json = isere_quickjs_from_json,
    .promise_state = isere_quickjs_promise_state,
    .promise_result = isere_quickjs_promise_result,
    .promise_of = isere_quickjs_promise_of,
    .promise_then = isere_quickjs_promise_then,
    .alloc = vm_alloc,
    .free = vm_free,
};
