// SPDX-License-Identifier: Apache-2.0
// The timers of a VM: nodes from the VM's own heap, found by their number through a hash table.
#include "api/timers/timers.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "port/clock.h"

#define TABLE_PLACES_MIN 8u
#define TIMER_ID_MAX 0x7fffffffu

struct isere_api_timer {
  isere_timer_t timer;
  isere_list_t link;       // in the list of its turn, or of those that belong to nobody
  isere_api_timer_t *next; // in its chain of the table
  isere_api_turn_t *turn;
  uint32_t id;
  uint32_t interval_ms;
  bool is_interval;
  bool is_running; // its callback is being called: whoever stops it leaves the freeing to
                   // isere_api_timers_run
  bool is_stopped;
  int arg_count;
  isere_value_t function;
  isere_value_t args[];
};

// ---- The table ----

static isere_api_timer_t **table_place(const isere_api_host_t *host, uint32_t id) {
  return &host->timers_by_id[id & (host->timers_by_id_count - 1)];
}

static isere_api_timer_t *table_find(const isere_api_host_t *host, uint32_t id) {
  if (host->timers_by_id_count == 0) {
    return NULL;
  }
  isere_api_timer_t *node = *table_place(host, id);
  while (node != NULL && node->id != id) {
    node = node->next;
  }
  return node;
}

// Gives the table more places than timers. Without memory for a larger one the old one goes on with
// longer chains.
static isere_err_t table_grow(isere_vm_t *vm, isere_api_host_t *host) {
  uint32_t old_count = host->timers_by_id_count;
  if (host->timer_count < old_count) {
    return ISERE_OK;
  }
  uint32_t count = old_count == 0 ? TABLE_PLACES_MIN : old_count * 2;
  isere_api_timer_t **old = host->timers_by_id;
  isere_api_timer_t **table = vm->engine->alloc(vm, count * sizeof(isere_api_timer_t *));
  if (table == NULL) {
    return old == NULL ? ISERE_ERR_NOMEM : ISERE_OK;
  }
  memset(table, 0, count * sizeof(isere_api_timer_t *));
  host->timers_by_id = table;
  host->timers_by_id_count = count;
  for (uint32_t i = 0; i < old_count; i++) {
    for (isere_api_timer_t *node = old[i], *next; node != NULL; node = next) {
      next = node->next;
      isere_api_timer_t **place = table_place(host, node->id);
      node->next = *place;
      *place = node;
    }
  }
  if (old != NULL) {
    vm->engine->free(vm, old);
  }
  return ISERE_OK;
}

static uint32_t table_new_id(isere_api_host_t *host) {
  do {
    host->timer_id = host->timer_id >= TIMER_ID_MAX ? 1 : host->timer_id + 1;
  } while (table_find(host, host->timer_id) != NULL);
  return host->timer_id;
}

static void table_remove(isere_api_host_t *host, isere_api_timer_t *node) {
  isere_api_timer_t **place = table_place(host, node->id);
  while (*place != node) {
    place = &(*place)->next;
  }
  *place = node->next;
}

// ---- A timer's life ----

static void timer_free(isere_vm_t *vm, isere_api_timer_t *node) {
  const isere_engine_t *engine = vm->engine;
  engine->release(vm, node->function);
  for (int i = 0; i < node->arg_count; i++) {
    engine->release(vm, node->args[i]);
  }
  engine->free(vm, node);
}

// Takes the timer out of all that knows it, and frees it unless it runs.
static void timer_end(isere_vm_t *vm, isere_api_timer_t *node) {
  isere_api_host_t *host = isere_api_host(vm);
  isere_timers_stop(&host->timers, &node->timer);
  isere_list_remove(&node->link);
  table_remove(host, node);
  host->timer_count--;
  if (node->turn != NULL) {
    node->turn->timer_count--;
    node->turn = NULL;
  }
  node->is_stopped = true;
  if (!node->is_running) {
    timer_free(vm, node);
  }
}

// isere_api_timers_run takes the timers out itself: nothing calls this.
static void on_due(isere_timer_t *timer) {
  (void)timer;
  assert(false);
}

// Web IDL's conversion to `long`, and HTML's "if timeout is less than 0, then set timeout to 0".
static uint32_t delay_of(double value) {
  if (!isfinite(value)) {
    return 0;
  }
  double wrapped = fmod(trunc(value), 4294967296.0);
  if (wrapped < 0) {
    wrapped += 4294967296.0;
  }
  return wrapped >= 2147483648.0 ? 0 : (uint32_t)wrapped;
}

static isere_err_t timer_new(isere_call_t *call, int arg_count, isere_api_timer_t **out) {
  isere_vm_t *vm = call->vm;
  const isere_engine_t *engine = vm->engine;
  isere_api_timer_t *node =
      engine->alloc(vm, sizeof(*node) + (size_t)arg_count * sizeof(node->args[0]));
  if (node == NULL || table_grow(vm, isere_api_host(vm)) != ISERE_OK) {
    if (node != NULL) {
      engine->free(vm, node);
    }
    return engine->throw_range_error(vm, "out of memory: there is no room for one more timer");
  }
  memset(node, 0, sizeof(*node));
  node->timer.fn = on_due;
  node->function = engine->hold(vm, call->args[0]);
  node->arg_count = arg_count;
  for (int i = 0; i < arg_count; i++) {
    node->args[i] = engine->hold(vm, call->args[i + 2]);
  }
  *out = node;
  return ISERE_OK;
}

static isere_err_t timer_set(isere_call_t *call, const char *name, bool is_interval) {
  isere_vm_t *vm = call->vm;
  isere_api_host_t *host = isere_api_host(vm);
  const isere_engine_t *engine = vm->engine;
  if (call->arg_count < 1 || engine->kind(vm, call->args[0]) != ISERE_KIND_FUNCTION) {
    return engine->throw_type_error(vm, "%s: the first argument must be a function", name);
  }
  double delay = 0;
  isere_api_timer_t *node = NULL;
  isere_err_t err = ISERE_OK;
  if (call->arg_count > 1 && engine->kind(vm, call->args[1]) != ISERE_KIND_UNDEFINED) {
    err = engine->to_number(vm, call->args[1], &delay);
  }
  if (err == ISERE_OK) {
    err = timer_new(call, call->arg_count > 2 ? call->arg_count - 2 : 0, &node);
  }
  if (node == NULL) {
    return err;
  }
  node->is_interval = is_interval;
  node->interval_ms = delay_of(delay);
  node->id = table_new_id(host);
  isere_api_timer_t **place = table_place(host, node->id);
  node->next = *place;
  *place = node;
  node->turn = host->turn;
  isere_list_append(node->turn != NULL ? &node->turn->timers : &host->timers_unowned, &node->link);
  if (node->turn != NULL) {
    node->turn->timer_count++;
  }
  host->timer_count++;
  isere_timers_start(&host->timers, &node->timer, isere_port_clock_now_ms() + node->interval_ms);
  if (host->on_timer_change != NULL && isere_timers_first(&host->timers) == &node->timer) {
    host->on_timer_change(host);
  }
  call->result = engine->number((double)node->id);
  return ISERE_OK;
}

// ---- The globals ----

static isere_err_t set_timeout(isere_call_t *call) {
  return timer_set(call, "setTimeout", false);
}

static isere_err_t set_interval(isere_call_t *call) {
  return timer_set(call, "setInterval", true);
}

// clearTimeout and clearInterval are the same, as in the standard. What is not a timer's number is
// let pass.
static isere_err_t clear_timer(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  isere_api_host_t *host = isere_api_host(vm);
  if (call->arg_count < 1) {
    return ISERE_OK;
  }
  isere_kind_t kind = vm->engine->kind(vm, call->args[0]);
  if (kind != ISERE_KIND_NUMBER && kind != ISERE_KIND_STRING) {
    return ISERE_OK;
  }
  double id;
  isere_err_t err = vm->engine->to_number(vm, call->args[0], &id);
  if (err != ISERE_OK || !(id >= 1 && id <= TIMER_ID_MAX) || id != trunc(id)) {
    return err;
  }
  isere_api_timer_t *node = table_find(host, (uint32_t)id);
  if (node == NULL) {
    return ISERE_OK;
  }
  bool was_first = isere_timers_first(&host->timers) == &node->timer;
  isere_api_turn_t *turn = node->turn;
  timer_end(vm, node);
  if (was_first && host->on_timer_change != NULL) {
    host->on_timer_change(host);
  }
  if (turn != NULL && turn->timer_count == 0 && host->on_turn_idle != NULL) {
    host->on_turn_idle(host, turn);
  }
  return ISERE_OK;
}

static isere_err_t run_microtask(isere_call_t *call) {
  const isere_engine_t *engine = call->vm->engine;
  isere_value_t *slot = (isere_value_t *)(uintptr_t)call->data;
  isere_value_t function = *slot;
  isere_value_t result;
  engine->free(call->vm, slot);
  isere_err_t err = engine->call(call->vm, function, engine->undefined(), 0, NULL, &result);
  if (err == ISERE_OK) {
    engine->release(call->vm, result);
  }
  engine->release(call->vm, function);
  return err;
}

// Promise.resolve().then(microtask), with the language's own `then`: what it throws is then a
// rejection that nobody handles, which the host hears of.
static isere_err_t queue(isere_vm_t *vm, isere_value_t microtask) {
  const isere_engine_t *engine = vm->engine;
  isere_value_t promise;
  isere_err_t err = engine->promise_of(vm, engine->undefined(), &promise);
  if (err != ISERE_OK) {
    return err;
  }
  isere_value_t result;
  err = engine->call(vm, isere_api_host(vm)->promise_then, promise, 1, &microtask, &result);
  if (err == ISERE_OK) {
    engine->release(vm, result);
  }
  engine->release(vm, promise);
  return err;
}

isere_err_t isere_api_timers_queue_microtask(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  const isere_engine_t *engine = vm->engine;
  if (call->arg_count < 1 || engine->kind(vm, call->args[0]) != ISERE_KIND_FUNCTION) {
    return engine->throw_type_error(vm, "queueMicrotask: the argument must be a function");
  }
  isere_value_t *slot = engine->alloc(vm, sizeof(*slot));
  if (slot == NULL) {
    return engine->throw_range_error(vm, "out of memory: there is no room for one more microtask");
  }
  *slot = engine->hold(vm, call->args[0]);
  isere_value_t microtask = engine->function(vm, "", run_microtask, 0, (uint64_t)(uintptr_t)slot);
  isere_err_t err = engine->is_thrown(vm) ? ISERE_ERR_THROWN : queue(vm, microtask);
  engine->release(vm, microtask);
  if (err != ISERE_OK) {
    engine->release(vm, *slot);
    engine->free(vm, slot);
  }
  return err;
}

const isere_native_t isere_api_timers_natives[] = {
    {"setTimeout", set_timeout, 1},
    {"clearTimeout", clear_timer, 0},
    {"setInterval", set_interval, 1},
    {"clearInterval", clear_timer, 0},
    {"queueMicrotask", isere_api_timers_queue_microtask, 1},
    {NULL, NULL, 0},
};

// ---- For the functions layer ----

static void timers_none(isere_api_host_t *host) {
  memset(&host->timers, 0, sizeof(host->timers));
  isere_list_init(&host->timers_unowned);
  host->timer_count = 0;
  host->timers_by_id = NULL;
  host->timers_by_id_count = 0;
}

isere_err_t isere_api_timers_init(isere_vm_t *vm) {
  isere_api_host_t *host = isere_api_host(vm);
  const isere_engine_t *engine = vm->engine;
  timers_none(host);
  host->timer_id = 0;
  isere_value_t promise;
  isere_err_t err = engine->promise_of(vm, engine->undefined(), &promise);
  if (err == ISERE_OK) {
    err = engine->get(vm, promise, ISERE_NAME_then, &host->promise_then);
    engine->release(vm, promise);
  }
  return err;
}

isere_err_t isere_api_timers_run(isere_vm_t *vm, uint64_t now_ms, isere_api_turn_t **turn) {
  isere_api_host_t *host = isere_api_host(vm);
  const isere_engine_t *engine = vm->engine;
  isere_timer_t *timer = isere_timers_take_due(&host->timers, now_ms);
  *turn = NULL;
  if (timer == NULL) {
    return ISERE_ERR_AGAIN;
  }
  isere_api_timer_t *node = ISERE_CONTAINER_OF(timer, isere_api_timer_t, timer);
  isere_api_turn_t *outer = host->turn;
  isere_value_t result;
  *turn = node->turn;
  host->turn = node->turn;
  node->is_running = true;
  isere_err_t err =
      engine->call(vm, node->function, engine->undefined(), node->arg_count, node->args, &result);
  if (err == ISERE_OK) {
    engine->release(vm, result);
  }
  node->is_running = false;
  host->turn = outer;
  if (node->is_stopped) {
    timer_free(vm, node);
  } else if (node->is_interval) {
    uint32_t interval_ms = node->interval_ms > 0 ? node->interval_ms : 1;
    isere_timers_start(&host->timers, timer, now_ms + interval_ms);
  } else {
    timer_end(vm, node);
  }
  return err;
}

static void end_all(isere_vm_t *vm, isere_list_t *timers) {
  for (isere_list_t *link = timers->next, *next; link != timers; link = next) {
    next = link->next;
    timer_end(vm, ISERE_CONTAINER_OF(link, isere_api_timer_t, link));
  }
}

void isere_api_timers_stop_all_of(isere_vm_t *vm, isere_api_turn_t *turn) {
  end_all(vm, &turn->timers);
  assert(turn->timer_count == 0);
}

void isere_api_timers_disown(isere_vm_t *vm, isere_api_turn_t *turn) {
  isere_api_host_t *host = isere_api_host(vm);
  for (isere_list_t *link; (link = isere_list_take_first(&turn->timers)) != NULL;) {
    ISERE_CONTAINER_OF(link, isere_api_timer_t, link)->turn = NULL;
    isere_list_append(&host->timers_unowned, link);
  }
  turn->timer_count = 0;
}

void isere_api_timers_clear(isere_vm_t *vm) {
  isere_api_host_t *host = isere_api_host(vm);
  for (uint32_t i = 0; i < host->timers_by_id_count; i++) {
    while (host->timers_by_id[i] != NULL) {
      timer_end(vm, host->timers_by_id[i]);
    }
  }
  if (host->timers_by_id != NULL) {
    vm->engine->free(vm, host->timers_by_id);
  }
  timers_none(host);
}
