// SPDX-License-Identifier: Apache-2.0
// The engine contract: heap, stack and time limits. Whatever code does, the VM says so and closes
// clean.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_contract/contract.h"

// Uses much of the language, so that a refused allocation can come about anywhere.
static const char busy_script[] =
    "class Node { #value; constructor(v) { this.#value = v; this.children = [] } get value() { "
    "return this.#value } }\n"
    "function build(depth) { const n = new Node(`n${depth}`); if (depth > 0) for (let i = 0; i < "
    "3; i++) n.children.push(build(depth - 1)); return n }\n"
    "const tree = build(4);\n"
    "const json = JSON.stringify(tree, (k, v) => v instanceof Node ? {v: v.value, c: v.children} : "
    "v);\n"
    "const back = JSON.parse(json);\n"
    "const map = new Map(Object.entries(back)); const set = new Set([...map.keys(), "
    "Symbol('s')]);\n"
    "const re = /(\\w+):(?<v>\\d+)/g; const found = [...'a:1,b:22,c:333'.matchAll(re)].map((m) => "
    "m.groups.v);\n"
    "const text = found.sort((a, b) => b.length - a.length).join('').padStart(200, "
    "'xy').replace(/x(y)/g, '$1-');\n"
    "function* gen() { for (let i = 0; i < 20; i++) yield {i, big: 2n ** BigInt(i * 10)} }\n"
    "const list = [...gen()].filter(({i}) => i % 2).map(({i, ...rest}) => ({...rest, i}));\n"
    "const bytes = new Uint8Array(1000).map((_, i) => i); const view = new DataView(bytes.buffer, "
    "8);\n"
    "const proxy = new Proxy({a: 1}, {get: (t, k) => t[k] ?? `no ${String(k)}`, ownKeys: () => "
    "['a']});\n"
    "const weak = new WeakMap([[tree, list]]); const ref = new WeakRef(tree);\n"
    "(async () => { for await (const x of gen()) await Promise.all([x, "
    "Promise.resolve(x.i)]).catch(() => 0) })();\n"
    "try { null.x } catch (e) { e.stack + String(e) }\n"
    "const date = new Date(0).toISOString() + Number('1.5e3').toFixed(2) + eval('1 + 1') + new "
    "Function('a', 'return a')(1);\n"
    "const tagged = ((s, ...v) => s.raw.join('|') + v)`a${1}b${text.length}`; label: for (const k "
    "in back) { continue label }\n"
    "const {c: [first, ...others] = [], ...remaining} = back; globalThis.keep = {tree, map, set, "
    "list, view, proxy, weak, ref, self: globalThis};\n"
    "export const handler = async (e) => { const all = [keep.proxy.b, tagged, date, "
    "others.length]; await null; return JSON.stringify(all) };\n";

static isere_err_t make_headers(isere_call_t *call) {
  const isere_engine_t *e = call->vm->engine;
  call->result = e->object(call->vm);
  return e->set_text(call->vm, call->result, ISERE_SPAN("host"),
                     e->string(call->vm, ISERE_SPAN("x"), ISERE_TEXT_LATIN1));
}

static isere_err_t answer(isere_call_t *call) {
  call->result = call->vm->engine->string(call->vm, ISERE_SPAN("\xc3\xa8 answer"), ISERE_TEXT_UTF8);
  return call->vm->engine->is_thrown(call->vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

static bool look(void *arg, isere_span_t key, isere_value_t value) {
  contract_t *c = arg;
  isere_text_t text;
  (void)key;
  if (c->engine->to_text(c->vm, value, &text) == ISERE_OK) {
    c->engine->text_release(c->vm, &text);
  }
  return true;
}

// Uses every function that allocates. Each may fail; none may crash, and what fails says so.
static void use_everything(contract_t *c) {
  const isere_engine_t *e = c->engine;
  static const isere_lazy_t lazy = {make_headers, 0};
  const isere_value_t object = e->object(c->vm);
  const isere_value_t array = e->array(c->vm);
  isere_value_t value;
  isere_text_t text;
  (void)e->set(c->vm, object, ISERE_NAME_body,
               e->string(c->vm, ISERE_SPAN("body \xff"), ISERE_TEXT_UTF8));
  (void)e->set_text(c->vm, object, ISERE_SPAN("some-new-name"),
                    e->bytes(c->vm, ISERE_SPAN("bytes")));
  (void)e->set_index(c->vm, array, 0, e->function(c->vm, "f", answer, 0, 0));
  (void)e->set_accessor(c->vm, object, ISERE_NAME_name, answer, answer, 0);
  if (e->kind(c->vm, object) == ISERE_KIND_OBJECT) {
    (void)e->set_lazy(c->vm, object, ISERE_NAME_headers, &lazy);
  }
  (void)e->global_lazy(c->vm, "waiting", answer, 0);
  static const isere_name_t names[] = {ISERE_NAME_body, ISERE_NAME_headers};
  const isere_lazy_t *const lazies[] = {NULL, &lazy};
  const isere_value_t values[] = {e->string(c->vm, ISERE_SPAN("at once"), ISERE_TEXT_UTF8),
                                  e->undefined()};
  e->lazy_end(c->vm, e->object_of(c->vm, 2, names, values, lazies));
  (void)e->visit(c->vm, object, look, c);
  if (e->get(c->vm, object, ISERE_NAME_headers, &value) == ISERE_OK) {
    e->release(c->vm, value);
  }
  if (e->to_json(c->vm, object, &text) == ISERE_OK) {
    e->text_release(c->vm, &text);
  }
  if (e->from_json(c->vm, ISERE_SPAN("{\"a\":[1,{\"b\":\"c\"}]}"), &value) == ISERE_OK) {
    e->release(c->vm, value);
  }
  if (e->promise_of(c->vm, object, &value) == ISERE_OK) {
    (void)e->promise_then(c->vm, value, answer, 0);
    e->release(c->vm, value);
  }
  (void)e->run_jobs(c->vm);
  e->free(c->vm, e->alloc(c->vm, 100));
  e->lazy_end(c->vm, e->hold(c->vm, object));
  e->release(c->vm, object);
  e->release(c->vm, array);
  e->release(c->vm, e->take_exception(c->vm));
}

// Loads, calls and uses the VM, whatever fails. Returns the handler's answer, or NULL.
static const char *run_busy(contract_t *c, isere_source_kind_t kind) {
  const isere_engine_t *e = c->engine;
  isere_value_t exports;
  isere_value_t pending;
  const char *answer_text = NULL;
  use_everything(c);
  const char *source = busy_script;
  char *commonjs = NULL;
  if (kind == ISERE_SOURCE_COMMONJS) {
    commonjs = strdup(busy_script);
    assert_non_null(commonjs);
    memcpy(strstr(commonjs, "export const handler"), "     exports.handler", 20);
    source = commonjs;
  }
  const isere_err_t err =
      e->load(c->vm, isere_span_of(source), "/main.js", kind, &exports, &pending);
  free(commonjs);
  if (err == ISERE_OK) {
    isere_value_t handler;
    isere_value_t result;
    if (e->get(c->vm, exports, ISERE_NAME_handler, &handler) == ISERE_OK) {
      if (e->call(c->vm, handler, e->undefined(), 0, NULL, &result) == ISERE_OK) {
        (void)e->run_jobs(c->vm);
        if (e->promise_state(c->vm, result) == ISERE_PROMISE_FULFILLED) {
          answer_text = contract_text(c, e->promise_result(c->vm, result));
        }
        e->release(c->vm, result);
      }
      e->release(c->vm, handler);
    }
  } else {
    assert_int_equal(err, ISERE_ERR_THROWN);
  }
  e->release(c->vm, exports);
  e->release(c->vm, pending);
  use_everything(c);
  return answer_text;
}

// With heap limits from what an empty VM needs to plenty, the memory runs out at every point in
// turn.
static void sweep(contract_t *c, isere_source_kind_t kind, size_t step) {
  isere_vm_stats_t stats;
  assert_int_equal(contract_reopen(c, CONTRACT_HEAP_BYTES, CONTRACT_STACK_BYTES), ISERE_OK);
  c->engine->stats(c->vm, &stats);
  size_t heap_bytes = stats.heap_used_bytes + 8 * 1024;
  bool is_done = false;
  int refused = 0;
  while (!is_done) {
    assert_true(heap_bytes < CONTRACT_HEAP_BYTES);
    assert_int_equal(contract_reopen(c, heap_bytes, CONTRACT_STACK_BYTES), ISERE_OK);
    const char *text = run_busy(c, kind);
    c->engine->stats(c->vm, &stats);
    assert_true(stats.heap_peak_bytes <= heap_bytes);
    if (c->engine->faults(c->vm) == 0) {
      assert_non_null(text);
      assert_string_equal(text, "[\"no b\",\"a|b|1,200\",\"1970-01-01T00:00:00.000Z1500.0021\",2]");
      is_done = true;
    } else {
      assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_NOMEM);
      refused++;
    }
    heap_bytes += step;
  }
  assert_true(refused > 50);
}

CONTRACT_TEST(out_of_memory_in_modules) {
  sweep(c, ISERE_SOURCE_MODULE, 257);
}

CONTRACT_TEST(out_of_memory_in_commonjs) {
  sweep(c, ISERE_SOURCE_COMMONJS, 509);
}

CONTRACT_TEST(too_small_to_open) {
  isere_vm_stats_t stats;
  c->engine->stats(c->vm, &stats);
  for (size_t heap_bytes = 0; heap_bytes < stats.heap_used_bytes - 1000; heap_bytes += 5000) {
    assert_int_equal(contract_reopen(c, heap_bytes, CONTRACT_STACK_BYTES), ISERE_ERR_NOMEM);
    assert_null(c->vm);
  }
}

// Code that asks for too much gets an error that it can catch.
CONTRACT_TEST(hungry_code) {
  static const char *const sources[] = {
      "const a = []; for (;;) a.push(new Array(100).fill(0))",
      "let s = 'x'; for (;;) s += s",
      "let o = {}; for (let i = 0;; i++) o['k' + i] = i",
      "new ArrayBuffer(1 << 30)",
      "new Uint8Array(2 ** 31 - 1)",
      "'x'.repeat(2 ** 29)",
      "JSON.parse('[' + '1,'.repeat(3e6) + '1]')",
      "Array.from({length: 1e7}, (_, i) => ({i}))",
      "/(?:)/[Symbol.split]('x'.repeat(1e7))",
      "2n ** (2n ** 30n)",
      "const m = new Map; for (let i = 0;; i++) m.set(i, {})",
      "(function f() { try { f() } finally { globalThis.x = [globalThis.x, new Array(1000)] } })()",
  };
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
    isere_value_t result;
    assert_int_equal(contract_reopen(c, 4 * 1024 * 1024, CONTRACT_STACK_BYTES), ISERE_OK);
    c->interrupts = 0;
    c->interrupts_allowed = 2000;
    const isere_err_t err = contract_eval(c, sources[i], &result);
    c->engine->release(c->vm, result);
    isere_vm_stats_t stats;
    c->engine->stats(c->vm, &stats);
    assert_true(stats.heap_peak_bytes <= 4 * 1024 * 1024);
    if (err != ISERE_OK) {
      c->engine->release(c->vm, c->engine->take_exception(c->vm));
      assert_false(c->engine->is_thrown(c->vm));
    } else {
      fail_msg("%s ended well", sources[i]);
    }
  }
}

CONTRACT_TEST(limit_moves) {
  isere_vm_stats_t stats;
  c->engine->stats(c->vm, &stats);
  c->engine->set_heap_limit(c->vm, stats.heap_used_bytes + 50000);
  contract_is(c, "try { new Array(100000).fill(0).join() } catch (e) { 'caught' }", "caught");
  assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_NOMEM);
  c->engine->set_heap_limit(c->vm, CONTRACT_HEAP_BYTES);
  contract_is(c, "new Array(100000).fill(0).join('').length", "100000");
}

// Garbage in cycles is collected before the limit is reached, even when most of the heap is in use.
CONTRACT_TEST(cycles_near_the_limit) {
  isere_vm_stats_t stats;
  c->engine->stats(c->vm, &stats);
  assert_int_equal(contract_reopen(c, stats.heap_used_bytes + 1024 * 1024, CONTRACT_STACK_BYTES),
                   ISERE_OK);
  contract_is(
      c,
      "const live = []; for (let i = 0; i < 7; i++) live.push(new Uint8Array(100000)); live.length",
      "7");
  contract_is(c, "for (let i = 0; i < 30000; i++) { const a = {}, b = {a}; a.b = b } 'done'",
              "done");
  assert_int_equal(c->engine->faults(c->vm), 0);
}

// Calls leave nothing behind.
CONTRACT_TEST(no_leak) {
  const isere_engine_t *e = c->engine;
  isere_vm_stats_t before = {0};
  isere_vm_stats_t after;
  const isere_value_t exports =
      contract_load(c,
                    "export const handler = async (e) => { try { if (e.body > 5) throw new "
                    "Error(`x${e.body}`); return {e, b: [1]} } catch (x) { return x.stack } }",
                    ISERE_SOURCE_MODULE);
  isere_value_t handler;
  assert_int_equal(e->get(c->vm, exports, ISERE_NAME_handler, &handler), ISERE_OK);
  e->release(c->vm, exports);
  static const isere_lazy_t lazy = {make_headers, 0};
  for (int i = 0; i < 3000; i++) {
    if (i == 100) {
      e->stats(c->vm, &before);
    }
    const isere_value_t event = e->object(c->vm);
    isere_value_t result;
    assert_int_equal(e->set(c->vm, event, ISERE_NAME_body, e->number(i % 10)), ISERE_OK);
    assert_int_equal(e->set_lazy(c->vm, event, ISERE_NAME_headers, &lazy), ISERE_OK);
    assert_int_equal(e->call(c->vm, handler, e->undefined(), 1, &event, &result), ISERE_OK);
    e->release(c->vm, e->promise_result(c->vm, result));
    e->release(c->vm, result);
    assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
    use_everything(c);
    e->lazy_end(c->vm, event);
    contract_is(c, "delete globalThis.waiting", "true");
  }
  e->stats(c->vm, &after);
  e->release(c->vm, handler);
  // use_everything defines a lazy global each time, whose record stays.
  assert_in_range(after.heap_used_bytes, 0, before.heap_used_bytes + 2900 * 40 + 20000);
}

// ---- Time ----

CONTRACT_TEST(interrupts) {
  static const char *const sources[] = {
      "for (;;) {}",
      "while (true) try { while (true) {} } catch {}",
      "for (;;) try { for (;;) {} } finally { continue }",
      "(function f() { try { for (;;) {} } catch { f() } finally { f() } })()",
      "/(a+)+$/.test('a'.repeat(60) + 'b')",
      "/(?:(a|b|ab)*c)*d/.test('ab'.repeat(40))",
      "'a'.repeat(1e5).replace(/(.*)*x/g, '')",
      "[3, 1, 2].sort(() => { for (;;) {} })",
      "Array.from({length: 50}, (_, i) => i).sort(() => Math.random() - 0.5 + (() => { for (;;) {} "
      "})())",
      "JSON.stringify({toJSON() { for (;;) {} }})",
      "JSON.parse('[1]', () => { for (;;) {} })",
      "'abc'.replace(/b/, () => { for (;;) {} })",
      "new Proxy({}, {get() { for (;;) {} }}).x",
      "({get x() { for (;;) {} }}).x",
      "(function* () { for (;;) yield 1 })().next(); for (const x of (function* () { for (;;) "
      "yield 1 })()) {}",
      "`${{toString() { for (;;) {} }}}`",
      "eval('for (;;) {}')",
      "class A { static x = (() => { for (;;) {} })() }",
      "new Promise(() => { for (;;) {} })",
      "let o = {}; o.__proto__ = new Proxy({}, {getPrototypeOf() { for (;;) {} }}); o instanceof "
      "Array",
      "do { var x = [1, 2, 3].map((y) => y * 2) } while (x)",
      "label: for (;;) { continue label }",
  };
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
    isere_value_t result;
    assert_int_equal(contract_reopen(c, CONTRACT_HEAP_BYTES, CONTRACT_STACK_BYTES), ISERE_OK);
    c->interrupts = 0;
    c->interrupts_allowed = 3;
    const isere_err_t err = contract_eval(c, sources[i], &result);
    if (err != ISERE_ERR_THROWN) {
      fail_msg("%s ended well", sources[i]);
    }
    assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_INTERRUPTED);
    assert_true(c->interrupts >= 3);
    assert_string_equal(contract_exception(c), "InternalError: interrupted");
    // What follows is ended soon, too: the VM is of no more use, but safe.
    assert_int_equal(contract_eval(c, "for (;;) {}", &result), ISERE_ERR_THROWN);
    (void)contract_exception(c);
    use_everything(c);
  }
}

// An interrupt may let the code go on.
CONTRACT_TEST(interrupts_that_pass) {
  contract_is(c, "let n = 0; for (let i = 0; i < 300000; i++) n += i; n", "44999850000");
  assert_true(c->interrupts >= 20);
  assert_int_equal(c->engine->faults(c->vm), 0);
  const int before = c->interrupts;
  contract_is(c, "/^(a?){22}a{22}$/.test('a'.repeat(22))", "true");
  assert_true(c->interrupts > before);
}

CONTRACT_TEST(endless_microtasks) {
  static const char *const sources[] = {
      "(async () => { for (;;) await null })(); 1",
      "(function f() { Promise.resolve().then(f) })(); 1",
      "(function f() { Promise.reject(1).catch(f) })(); 1",
      "globalThis.p = {then(r) { r(p) }}; Promise.resolve(p); 1",
      "(async () => { for (;;) try { await (async () => { for (;;) {} })() } catch {} })(); 1",
      "const f = async () => { await null; for (;;) {} }; f().catch(f).finally(f); 1",
  };
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
    isere_value_t result;
    assert_int_equal(contract_reopen(c, CONTRACT_HEAP_BYTES, CONTRACT_STACK_BYTES), ISERE_OK);
    c->interrupts = 0;
    c->interrupts_allowed = 20;
    const isere_err_t err = contract_eval(c, sources[i], &result);
    c->engine->release(c->vm, result);
    assert_int_equal(err == ISERE_OK ? c->engine->run_jobs(c->vm) : err, ISERE_ERR_THROWN);
    assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_INTERRUPTED);
    assert_string_equal(contract_exception(c), "InternalError: interrupted");
    // What is left of the endless code is ended, too, or there is nothing left.
    if (c->engine->run_jobs(c->vm) != ISERE_OK) {
      (void)contract_exception(c);
    }
  }
}

// An allocation is refused at each place where an async function and its promise are made.
CONTRACT_TEST(async_functions_without_memory) {
  isere_value_t result;
  for (size_t more = 0; more < 6000; more += 56) {
    assert_int_equal(contract_reopen(c, (size_t)400 * 1024 + more, CONTRACT_STACK_BYTES), ISERE_OK);
    const isere_err_t err = contract_eval(
        c, "const all = []; for (;;) all.push((async () => { await new Promise(() => {}) })())",
        &result);
    assert_int_equal(err, ISERE_ERR_THROWN);
    c->engine->release(c->vm, c->engine->take_exception(c->vm));
    assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_NOMEM);
    c->engine->set_heap_limit(c->vm, CONTRACT_HEAP_BYTES);
    contract_is(
        c,
        "(() => { const a = []; for (let i = 0; i < 20000; i++) a.push({i}); return a.length })()",
        "20000");
  }
}

CONTRACT_TEST(an_interruption_ends_with_its_entry) {
  isere_value_t result;
  c->interrupts = 0;
  c->interrupts_allowed = 5;
  assert_int_equal(contract_eval(c, "for (;;) {}", &result), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  c->interrupts_allowed = -1;
  contract_is(c, "let n = 0; for (let i = 0; i < 1e5; i++) n += i; n", "4999950000");
  assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_INTERRUPTED); // it is told all the same
}

// ---- Stack ----

CONTRACT_TEST(deep_recursion) {
  static const char *const sources[] = {
      "(function f() { f() })()",
      "const o = {get x() { return this.x }}; o.x",
      "const o = {toString() { return `${this}` }}; String(o)",
      "let a = []; for (let i = 0; i < 2e5; i++) a = [a]; JSON.stringify(a)",
      "JSON.parse('['.repeat(2e5) + ']'.repeat(2e5))",
      "new RegExp('('.repeat(1e5) + ')'.repeat(1e5))",
      "eval('('.repeat(1e5) + '1' + ')'.repeat(1e5))",
      "eval('['.repeat(1e5) + ']'.repeat(1e5))",
      "eval('1' + '+(1'.repeat(1e5) + ')'.repeat(1e5))",
      "let a = [1]; for (let i = 0; i < 2e5; i++) a = [a]; a.flat(Infinity)",
      "let a = []; for (let i = 0; i < 2e5; i++) a = [a]; String(a)",
      "let p = {}; for (let i = 0; i < 2e5; i++) p = new Proxy(p, {}); p.x",
      "let f = () => 1; for (let i = 0; i < 3000; i++) f = f.bind(null); f()",
      "class A { constructor() { new A } } new A",
      "[1].sort.call({length: 2, get 0() { return this.sort() }, sort: [].sort})",
      "'x'.replace(/x/, function f() { return 'x'.replace(/x/, f) })",
  };
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
    char source[512];
    isere_value_t result;
    assert_int_equal(contract_reopen(c, 128 * 1024 * 1024, CONTRACT_STACK_BYTES), ISERE_OK);
    snprintf(source, sizeof(source),
             "try { eval(%s%s%s); 'ended' } catch (e) { e.name + ': ' + e.message }", "`",
             sources[i], "`");
    if (strchr(sources[i], '`') != NULL) {
      snprintf(source, sizeof(source),
               "try { %s; 'ended' } catch (e) { e.name + ': ' + e.message }", sources[i]);
    }
    assert_int_equal(contract_eval(c, source, &result), ISERE_OK);
    const char *text = contract_text(c, result);
    if (strstr(text, "stack overflow") == NULL && strstr(text, "too many") == NULL &&
        strcmp(text, "ended") != 0) {
      fail_msg("%s: %s", sources[i], text);
    }
    if (i == 0) {
      assert_string_equal(text, "InternalError: stack overflow");
    }
    assert_int_equal(c->engine->faults(c->vm), 0);
    contract_is(c, "1 + 1", "2");
  }
}

static isere_err_t call_back(isere_call_t *call) {
  return call->vm->engine->call(call->vm, call->args[0], call->self, 1, call->args, &call->result);
}

CONTRACT_TEST(deep_natives) {
  contract_global(c, "back", c->engine->function(c->vm, "back", call_back, 1, 0));
  contract_is(c, "try { back(function f(g) { back(g) }) } catch (e) { String(e) }",
              "InternalError: stack overflow");
  contract_is(c, "try { back(back) } catch (e) { String(e) }", "InternalError: stack overflow");
}

int isere_test_engine_contract_limits(void);

int isere_test_engine_contract_limits(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_memory_in_modules),
      cmocka_unit_test(out_of_memory_in_commonjs),
      cmocka_unit_test(too_small_to_open),
      cmocka_unit_test(hungry_code),
      cmocka_unit_test(limit_moves),
      cmocka_unit_test(cycles_near_the_limit),
      cmocka_unit_test(no_leak),
      cmocka_unit_test(interrupts),
      cmocka_unit_test(interrupts_that_pass),
      cmocka_unit_test(endless_microtasks),
      cmocka_unit_test(async_functions_without_memory),
      cmocka_unit_test(an_interruption_ends_with_its_entry),
      cmocka_unit_test(deep_recursion),
      cmocka_unit_test(deep_natives),
  };
  return cmocka_run_group_tests_name("engine_contract/limits", tests, NULL, NULL);
}
