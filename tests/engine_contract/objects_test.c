// SPDX-License-Identifier: Apache-2.0
// The engine contract: properties, visits, accessors, lazy properties and globals.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_contract/contract.h"

static isere_value_t text_value(contract_t *c, const char *text) {
  return c->engine->string(c->vm, isere_span_of(text), ISERE_TEXT_UTF8);
}

CONTRACT_TEST(set_and_get) {
  const isere_engine_t *e = c->engine;
  isere_value_t value;
  const isere_value_t object = e->object(c->vm);
  assert_int_equal(e->set(c->vm, object, ISERE_NAME_body, e->number(1)), ISERE_OK);
  assert_int_equal(e->set(c->vm, object, ISERE_NAME_body, e->number(2)), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("x y"), e->number(3)), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("\xc3\xa8"), e->number(4)), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("a\0b"), e->number(5)), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN(""), e->number(6)), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("7"), e->number(7)), ISERE_OK);
  assert_int_equal(e->get(c->vm, object, ISERE_NAME_body, &value), ISERE_OK);
  assert_string_equal(contract_text(c, value), "2");
  assert_int_equal(e->get_text(c->vm, object, ISERE_SPAN("a\0b"), &value), ISERE_OK);
  assert_string_equal(contract_text(c, value), "5");
  assert_int_equal(e->get_text(c->vm, object, ISERE_SPAN("a"), &value), ISERE_OK);
  assert_int_equal(e->kind(c->vm, value), ISERE_KIND_UNDEFINED);
  assert_int_equal(e->get_text(c->vm, object, ISERE_SPAN("toString"), &value), ISERE_OK);
  assert_int_equal(e->kind(c->vm, value), ISERE_KIND_FUNCTION);
  e->release(c->vm, value);
  assert_int_equal(e->get_index(c->vm, object, 7, &value), ISERE_OK);
  assert_string_equal(contract_text(c, value), "7");
  contract_global(c, "o", object);
  contract_is(c, "JSON.stringify(o)",
              "{\"7\":7,\"body\":2,\"x y\":3,\"\xc3\xa8\":4,\"a\\u0000b\":5,\"\":6}");
  contract_is(c, "JSON.stringify(Object.getOwnPropertyDescriptor(o, 'body'))",
              "{\"value\":2,\"writable\":true,\"enumerable\":true,\"configurable\":true}");
}

// What code has put on prototypes, and names with a meaning, do not matter to `set`.
CONTRACT_TEST(set_defines) {
  const isere_engine_t *e = c->engine;
  contract_is(c,
              "Object.defineProperty(Object.prototype, 'body', {set() { throw 1 }, get() { return "
              "8 }, configurable: true}); 1",
              "1");
  isere_value_t object = e->object(c->vm);
  isere_value_t value;
  assert_int_equal(e->get(c->vm, object, ISERE_NAME_body, &value), ISERE_OK);
  assert_string_equal(contract_text(c, value), "8");
  assert_int_equal(e->set(c->vm, object, ISERE_NAME_body, e->number(1)), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("__proto__"), e->null()), ISERE_OK);
  contract_global(c, "o", object);
  contract_is(
      c, "[Object.keys(o).join(), o.body, Object.getPrototypeOf(o) === Object.prototype].join()",
      "body,__proto__,1,true");
  assert_int_equal(contract_eval(c, "Object.freeze({a: 1})", &object), ISERE_OK);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("b"), e->number(1)), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  assert_int_equal(e->set_text(c->vm, object, ISERE_SPAN("a"), e->number(2)), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  e->release(c->vm, object);
  assert_int_equal(e->set(c->vm, e->number(1), ISERE_NAME_body, text_value(c, "x")),
                   ISERE_ERR_THROWN);
  (void)contract_exception(c);
  assert_int_equal(e->get(c->vm, e->null(), ISERE_NAME_body, &value), ISERE_ERR_THROWN);
  (void)contract_exception(c);
}

CONTRACT_TEST(arrays) {
  const isere_engine_t *e = c->engine;
  const isere_value_t array = e->array(c->vm);
  assert_int_equal(e->kind(c->vm, array), ISERE_KIND_ARRAY);
  for (uint32_t i = 0; i < 100; i++) {
    assert_int_equal(e->set_index(c->vm, array, i, e->number(i)), ISERE_OK);
  }
  assert_int_equal(e->set_index(c->vm, array, 4294967294U, e->number(5)), ISERE_OK);
  contract_global(c, "a", array);
  contract_is(c, "[a.length, a[99], a[4294967294]].join()", "4294967295,99,5");
}

// ---- Visits ----

typedef struct {
  contract_t *c;
  char text[512];
  int left;
  const char *disturb; // code to be run at each property
} visit_t;

static bool show(void *arg, isere_span_t key, isere_value_t value) {
  visit_t *visit = arg;
  contract_t *c = visit->c;
  const char *text = contract_text(c, c->engine->hold(c->vm, value));
  const size_t len = strlen(visit->text);
  snprintf(visit->text + len, sizeof(visit->text) - len, "%.*s=%s;", (int)key.len, key.ptr, text);
  if (visit->disturb != NULL) {
    isere_value_t ignored;
    assert_int_equal(contract_eval(c, visit->disturb, &ignored), ISERE_OK);
    c->engine->release(c->vm, ignored);
  }
  return --visit->left > 0;
}

static const char *visit_text(contract_t *c, const char *source, int most, const char *disturb) {
  static visit_t visit;
  visit = (visit_t){.c = c, .left = most, .disturb = disturb};
  isere_value_t object;
  assert_int_equal(contract_eval(c, source, &object), ISERE_OK);
  const isere_err_t err = c->engine->visit(c->vm, object, show, &visit);
  c->engine->release(c->vm, object);
  if (err != ISERE_OK) {
    snprintf(visit.text, sizeof(visit.text), "throws %s", contract_exception(c));
  }
  return visit.text;
}

CONTRACT_TEST(visits) {
  static const struct {
    const char *source;
    const char *text;
  } rows[] = {
      {"({})", ""},
      {"({b: 1, a: 'x', [Symbol()]: 2, c: undefined})", "b=1;a=x;c=undefined;"},
      {"({b: 1, 2: 3, 1: 4})", "1=4;2=3;b=1;"},
      {"({get a() { return 5 }, b: 6})", "a=5;b=6;"},
      {"({a: 1, get b() { throw new Error('no') }, c: 2})", "throws Error: no"},
      {"Object.create({inherited: 1}, {own: {value: 2, enumerable: true}, hidden: {value: 3}})",
       "own=2;"},
      {"['x', 'y']", "0=x;1=y;"},
      {"new Proxy({a: 1, b: 2}, {})", "a=1;b=2;"},
      {"new Proxy({}, {ownKeys() { throw new Error('trap') }})", "throws Error: trap"},
      {"new (class { x = 1; #y = 2 })", "x=1;"},
      {"const d = {a: 1, b: 2, c: 3}; delete d.b; d", "a=1;c=3;"},
      {"({'\\u00e8': 1, '\\ud83d\\ude00': 2})", "\xc3\xa8=1;\xf0\x9f\x98\x80=2;"},
      {"JSON.parse('{\"__proto__\": 1}')", "__proto__=1;"},
      {"(() => 1)", ""},
      {"1", "throws TypeError: not an object"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    assert_string_equal(visit_text(c, rows[i].source, 100, NULL), rows[i].text);
  }
  assert_string_equal(visit_text(c, "({a: 1, b: 2, c: 3})", 2, NULL), "a=1;b=2;");
}

// The visitor changes what it visits.
CONTRACT_TEST(visits_disturbed) {
  assert_string_equal(visit_text(c, "globalThis.v = {a: 1, b: 2, c: 3}", 100, "delete v.b; v = 0"),
                      "a=1;c=3;");
  const char *text =
      visit_text(c, "globalThis.w = {a: 1}", 5,
                 "w['n' + Math.random()] = 1; for (let i = 0; i < 50; i++) w['x' + i] = i");
  assert_memory_equal(text, "a=1;", 4);
  text = visit_text(c, "globalThis.u = {a: 1, b: 2, c: 3}", 100,
                    "Object.defineProperty(u, 'c', {get() { return 'got' }})");
  assert_memory_equal(text, "a=1;b=2;", 8);
}

// ---- Accessors ----

static isere_err_t counter_get(isere_call_t *call) {
  call->result = call->vm->engine->number((double)*(int *)(uintptr_t)call->data);
  return ISERE_OK;
}

static isere_err_t counter_set(isere_call_t *call) {
  double number;
  if (call->vm->engine->to_number(call->vm, call->args[0], &number) != ISERE_OK) {
    return ISERE_ERR_THROWN;
  }
  *(int *)(uintptr_t)call->data = (int)number;
  return ISERE_OK;
}

CONTRACT_TEST(accessors) {
  const isere_engine_t *e = c->engine;
  int counter = 5;
  const uint64_t data = (uint64_t)(uintptr_t)&counter;
  const isere_value_t object = e->object(c->vm);
  assert_int_equal(e->set_accessor(c->vm, object, ISERE_NAME_body, counter_get, counter_set, data),
                   ISERE_OK);
  assert_int_equal(e->set_accessor(c->vm, object, ISERE_NAME_name, counter_get, NULL, data),
                   ISERE_OK);
  contract_global(c, "o", object);
  contract_is(c, "o.body = 7; [o.body, o.name, Object.keys(o)].join()", "7,7,body,name");
  assert_int_equal(counter, 7);
  contract_is(c, "'use strict'; o.name = 1", "throws TypeError: no setter for property");
  contract_is(c, "o.body = Symbol()", "throws TypeError: cannot convert symbol to number");
  contract_is(c, "delete o.body && delete o.name && JSON.stringify(o)", "{}");
}

// ---- Lazy properties ----

typedef struct {
  int made;
  bool is_failing;
} maker_t;

static isere_err_t make_object(isere_call_t *call) {
  const isere_engine_t *e = call->vm->engine;
  maker_t *maker = (maker_t *)(uintptr_t)call->data;
  maker->made++;
  if (maker->is_failing) {
    return e->throw_range_error(call->vm, "not made");
  }
  call->result = e->object(call->vm);
  (void)e->set_text(call->vm, call->result, ISERE_SPAN("b"), e->number(1));
  (void)e->set_text(call->vm, call->result, ISERE_SPAN("1"), e->number(2));
  return e->set_text(call->vm, call->result, ISERE_SPAN("a"), e->null());
}

// An object {path, headers: {b, 1, a}, body}, whose headers wait or not.
static isere_value_t twin(contract_t *c, const isere_lazy_t *lazy) {
  const isere_engine_t *e = c->engine;
  const isere_value_t object = e->object(c->vm);
  assert_int_equal(e->set(c->vm, object, ISERE_NAME_path, e->number(0)), ISERE_OK);
  if (lazy != NULL) {
    assert_int_equal(e->set_lazy(c->vm, object, ISERE_NAME_headers, lazy), ISERE_OK);
  } else {
    maker_t maker = {0};
    isere_call_t call = {.vm = c->vm, .data = (uint64_t)(uintptr_t)&maker};
    assert_int_equal(make_object(&call), ISERE_OK);
    assert_int_equal(e->set(c->vm, object, ISERE_NAME_headers, call.result), ISERE_OK);
  }
  assert_int_equal(e->set(c->vm, object, ISERE_NAME_body, text_value(c, "x")), ISERE_OK);
  return object;
}

// Each is run on an object `o`, and gives the same whether a property of it waits or not.
static const char *const probes[] = {
    "o.headers.b",
    "o['head' + 'ers']['a']",
    "o?.headers?.[1]",
    "const {headers} = o; JSON.stringify(headers)",
    "const {path, ...rest} = o; JSON.stringify(rest)",
    "const {headers: {b = 5, c = 6}} = o; [b, c]",
    "JSON.stringify(o)",
    "JSON.stringify(o, null, 2)",
    "JSON.stringify(o, ['headers', 'b'])",
    "JSON.stringify(o, (k, v) => k === 'b' ? undefined : v)",
    "JSON.stringify({...o})",
    "JSON.stringify(Object.assign({}, o))",
    "JSON.stringify(Object.assign(o, {headers: 1}))",
    "JSON.stringify(Object.entries(o))",
    "JSON.stringify(Object.values(o))",
    "Object.keys(o).join()",
    "Reflect.ownKeys(o).join()",
    "Object.getOwnPropertyNames(o).join()",
    "Object.getOwnPropertySymbols(o).length",
    "JSON.stringify(Object.getOwnPropertyDescriptor(o, 'headers'))",
    "JSON.stringify(Object.getOwnPropertyDescriptors(o))",
    "const k = []; for (const x in o) k.push(x, typeof o[x]); k.join()",
    "const k = []; for (const x in Object.create(o)) k.push(x); k.join()",
    "'headers' in o",
    "'headers' in Object.create(o)",
    "Reflect.has(o, 'headers')",
    "o.hasOwnProperty('headers')",
    "Object.hasOwn(o, 'headers')",
    "o.propertyIsEnumerable('headers')",
    "typeof o.headers",
    "String(o)",
    "Object.prototype.toString.call(o.headers)",
    "o.constructor === Object && o.headers.constructor === Object",
    "o instanceof Object && o.headers instanceof Object",
    "Object.getPrototypeOf(o) === Object.prototype",
    "o.headers === o.headers",
    "o.headers = 5; JSON.stringify(o)",
    "o.headers ?\?= 5; JSON.stringify(o)",
    "o.headers ||= 5; o.headers &&= 6; JSON.stringify(o)",
    "o.headers += 'x'; o.headers",
    "'use strict'; o.headers = 5; o.headers",
    "Reflect.set(o, 'headers', 7); o.headers",
    "Reflect.set({}, 'headers', 7, o); JSON.stringify(o)",
    "Reflect.set(o, 'headers', 7, {}); JSON.stringify(o)",
    "Reflect.get(o, 'headers', {}).b",
    "const p = Object.create(o); p.headers = 8; JSON.stringify([p, o])",
    "const p = Object.create(o); p.headers.b = 8; JSON.stringify([p, o])",
    "delete o.headers; JSON.stringify(o)",
    "delete o.headers; o.headers = 9; Object.keys(o).join()",
    "Reflect.deleteProperty(o, 'headers') + Object.keys(o).join()",
    "Object.defineProperty(o, 'headers', {value: 3}); "
    "JSON.stringify(Object.getOwnPropertyDescriptor(o, 'headers'))",
    "Object.defineProperty(o, 'headers', {enumerable: false}); JSON.stringify([o, o.headers])",
    "Object.defineProperty(o, 'headers', {writable: false}); o.headers = 1; JSON.stringify(o)",
    "Object.defineProperty(o, 'headers', {get() { return 4 }}); JSON.stringify(o)",
    "Object.defineProperty(o, 'headers', {configurable: false}); Object.keys(o.headers).join()",
    "Object.defineProperties(o, {headers: {enumerable: false}, z: {value: 1, enumerable: true}}); "
    "JSON.stringify(o)",
    "Object.freeze(o); o.headers = 1; delete o.headers; JSON.stringify([o, Object.isFrozen(o)])",
    "'use strict'; Object.freeze(o); try { o.headers = 1 } catch (e) { String(e) }",
    "Object.seal(o); o.headers = 1; delete o.headers; JSON.stringify([o, Object.isSealed(o)])",
    "Object.preventExtensions(o); o.n = 1; JSON.stringify([o, Object.isExtensible(o)])",
    "Object.isFrozen(o) + ' ' + Object.isSealed(o) + ' ' + Object.isExtensible(o)",
    "Object.setPrototypeOf(o, null); JSON.stringify(Object.keys(o)) + o.headers.b",
    "Object.setPrototypeOf(o, {headers: 1, q: 2}); o.headers.b + o.q",
    "o.__proto__ = {z: 3}; JSON.stringify(o) + o.z",
    "JSON.stringify(new Proxy(o, {}))",
    "Object.keys(new Proxy(o, {})).join()",
    "with (o) headers.b",
    "with (o) { headers = 3 } JSON.stringify(o)",
    "Object.groupBy(Object.keys(o), (k) => typeof o[k]).object.join()",
    "JSON.stringify(Object.fromEntries(Object.entries(o).reverse()))",
    "[o].flat().map(({headers}) => headers.b).join()",
    "JSON.stringify(structured(o)); function structured(x) { return typeof x === 'object' && x ? "
    "Object.fromEntries(Object.keys(x).map((k) => [k, structured(x[k])])) : x }",
    "new Map([[o, 1]]).get(o) + new WeakMap([[o.headers, 1]]).get(o.headers)",
    "o.x = 1; o.y = 2; o.z = 3; for (let i = 0; i < 40; i++) o['k' + i] = i; o.headers.b + "
    "Object.keys(o).length",
    "o[0] = 1; Object.keys(o).join() + o.headers.b",
    "class A { constructor() { return o } } class B extends A { #p = 4; static has(x) { return #p "
    "in x } } new B; "
    "B.has(o) + JSON.stringify(o)",
    "const e = o; e.self = e; Object.keys(e.self.self.headers).join()",
    "`${o.headers}` + [o.headers]",
    "o.headers.toString === Object.prototype.toString",
    "Object.is(Object.values(o)[1], o.headers)",
    "let n = 0; for (const [k, v] of Object.entries(o)) n += v === o[k]; n",
    "JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(o)).map(([k, d]) => [k, "
    "d.writable, 'get' in d]))",
    "Array.from({length: 2, 0: o.headers}, (x) => typeof x).join()",
    "(({headers: h}, k) => h === k)(o, o.headers)",
};

CONTRACT_TEST(lazy_probes) {
  const isere_engine_t *e = c->engine;
  assert_true(sizeof(probes) / sizeof(probes[0]) >= 60);
  for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
    static const char source[] =
        "try { (function (o) { return eval(source) })(o) } catch (e) { 'threw ' + e }";
    contract_global(c, "source", text_value(c, probes[i]));
    contract_global(c, "o", twin(c, NULL));
    isere_value_t value;
    assert_int_equal(contract_eval(c, source, &value), ISERE_OK);
    const char *eager = contract_text(c, value);
    assert_null(strstr(eager, "threw SyntaxError"));
    maker_t maker = {0};
    const isere_lazy_t lazy = {make_object, (uint64_t)(uintptr_t)&maker};
    const isere_value_t object = twin(c, &lazy);
    contract_global(c, "o", e->hold(c->vm, object));
    assert_int_equal(maker.made, 0);
    assert_int_equal(contract_eval(c, source, &value), ISERE_OK);
    const char *waited = contract_text(c, value);
    if (strcmp(eager, waited) != 0) {
      fail_msg("%s\n  eager: %s\n  lazy:  %s", probes[i], eager, waited);
    }
    assert_in_range(maker.made, 0, 1);
    e->lazy_end(c->vm, object);
    assert_in_range(maker.made, 0, 1);
  }
}

CONTRACT_TEST(lazy_ends) {
  const isere_engine_t *e = c->engine;
  maker_t maker = {0};
  const isere_lazy_t lazy = {make_object, (uint64_t)(uintptr_t)&maker};
  // Nobody else holds it: nothing is made.
  e->lazy_end(c->vm, twin(c, &lazy));
  assert_int_equal(maker.made, 0);
  // Code holds it: it is made now, and whole ever after.
  isere_value_t object = twin(c, &lazy);
  contract_global(c, "kept", e->hold(c->vm, object));
  assert_int_equal(maker.made, 0);
  e->lazy_end(c->vm, object);
  assert_int_equal(maker.made, 1);
  contract_is(c, "JSON.stringify(kept)",
              "{\"path\":0,\"headers\":{\"1\":2,\"b\":1,\"a\":null},\"body\":\"x\"}");
  assert_int_equal(maker.made, 1);
  // In a cycle, which is collected later.
  object = twin(c, &lazy);
  contract_global(c, "cycle", e->hold(c->vm, object));
  contract_is(c, "cycle.self = cycle; cycle = 0", "0");
  e->lazy_end(c->vm, object);
  // What code has deleted is not made.
  object = twin(c, &lazy);
  contract_global(c, "kept", e->hold(c->vm, object));
  contract_is(c, "delete kept.headers", "true");
  const int made = maker.made;
  e->lazy_end(c->vm, object);
  assert_int_equal(maker.made, made);
  contract_is(c, "kept = 0; let n = 0; for (let i = 0; i < 20000; i++) n += [i, {i}].length; n",
              "40000");
}

CONTRACT_TEST(lazy_fails) {
  const isere_engine_t *e = c->engine;
  maker_t maker = {.is_failing = true};
  const isere_lazy_t lazy = {make_object, (uint64_t)(uintptr_t)&maker};
  isere_value_t object = twin(c, &lazy);
  contract_global(c, "o", e->hold(c->vm, object));
  contract_is(c, "o.headers.b", "throws RangeError: not made");
  contract_is(c, "JSON.stringify(o)", "{\"path\":0,\"body\":\"x\"}");
  e->lazy_end(c->vm, object);
  object = twin(c, &lazy);
  contract_global(c, "o", e->hold(c->vm, object));
  e->lazy_end(c->vm, object);
  assert_false(e->is_thrown(c->vm));
  contract_is(c, "typeof o.headers", "undefined");
  assert_int_equal(maker.made, 2);
  // Only a plain object takes one, and only where there is no such property.
  isere_value_t value;
  assert_int_equal(contract_eval(c, "[]", &value), ISERE_OK);
  assert_int_equal(e->set_lazy(c->vm, value, ISERE_NAME_headers, &lazy), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  e->release(c->vm, value);
  assert_int_equal(contract_eval(c, "({headers: 1})", &value), ISERE_OK);
  assert_int_equal(e->set_lazy(c->vm, value, ISERE_NAME_headers, &lazy), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  e->release(c->vm, value);
}

// ---- Objects made at once ----

CONTRACT_TEST(objects_at_once) {
  const isere_engine_t *e = c->engine;
  static const isere_name_t names[] = {ISERE_NAME_path, ISERE_NAME_headers, ISERE_NAME_body};
  maker_t maker = {0};
  const isere_lazy_t lazy = {make_object, (uint64_t)(uintptr_t)&maker};
  const isere_lazy_t *const lazies[] = {NULL, &lazy, NULL};
  for (int i = 0; i < 4; i++) {
    const isere_value_t values[] = {e->number(i), e->undefined(), text_value(c, "x")};
    const isere_value_t object = e->object_of(c->vm, 3, names, values, i % 2 == 0 ? lazies : NULL);
    contract_global(c, "o", e->hold(c->vm, object));
    contract_is(
        c,
        "Object.keys(o).join() + o.path + o.body + (Object.getPrototypeOf(o) === Object.prototype)",
        i == 0   ? "path,headers,body0xtrue"
        : i == 1 ? "path,headers,body1xtrue"
        : i == 2 ? "path,headers,body2xtrue"
                 : "path,headers,body3xtrue");
    contract_is(c, "o.path = 'changed'; delete o.body; o.more = 1; JSON.stringify(o)",
                i % 2 == 0
                    ? "{\"path\":\"changed\",\"headers\":{\"1\":2,\"b\":1,\"a\":null},\"more\":1}"
                    : "{\"path\":\"changed\",\"more\":1}");
    assert_int_equal(maker.made, i / 2 + 1);
    e->lazy_end(c->vm, object);
  }
  // More layouts than an engine remembers.
  static const isere_name_t many[20] = {ISERE_NAME_path};
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 20; i++) {
      const isere_value_t value = text_value(c, "v");
      contract_global(c, "o", e->object_of(c->vm, 1, &many[i], &value, NULL));
      contract_is(c, "JSON.stringify(o)", i == 0 ? "{\"path\":\"v\"}" : "{\"resource\":\"v\"}");
    }
  }
  contract_global(c, "o", e->object_of(c->vm, 0, names, NULL, NULL));
  contract_is(c, "JSON.stringify(o)", "{}");
}

// ---- Globals ----

static isere_err_t make_global(isere_call_t *call) {
  int *made = (int *)(uintptr_t)call->data;
  (*made)++;
  isere_value_t value;
  isere_value_t pending;
  // Making one global may define others.
  const char *source = "for (let i = 0; i < 50; i++) globalThis['made' + i] = i; ({answer: 42})";
  const isere_err_t err = call->vm->engine->load(call->vm, isere_span_of(source), "/g.js",
                                                 ISERE_SOURCE_SCRIPT, &value, &pending);
  call->result = value;
  return err;
}

static isere_err_t fail_global(isere_call_t *call) {
  return call->vm->engine->throw_type_error(call->vm, "no global");
}

CONTRACT_TEST(lazy_globals) {
  const isere_engine_t *e = c->engine;
  int made[3] = {0};
  static const char *const names[] = {"used", "assigned", "unused"};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(e->global_lazy(c->vm, names[i], make_global, (uint64_t)(uintptr_t)&made[i]),
                     ISERE_OK);
  }
  assert_int_equal(e->global_lazy(c->vm, "broken", fail_global, 0), ISERE_OK);
  contract_is(c, "'used' in globalThis && Object.hasOwn(globalThis, 'used')", "true");
  contract_is(c, "Object.keys(globalThis).includes('used')", "false");
  assert_int_equal(made[0], 0);
  contract_is(c, "typeof used + used.answer + (used === globalThis.used) + made49",
              "object42true49");
  assert_int_equal(made[0], 1);
  contract_is(
      c, "JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, 'used'))",
      "{\"value\":{\"answer\":42},\"writable\":true,\"enumerable\":false,\"configurable\":true}");
  contract_is(c, "assigned = 5; assigned + globalThis.assigned", "10");
  assert_int_equal(made[1] + made[2], 0);
  contract_is(c, "broken", "throws TypeError: no global");
  contract_is(c, "delete globalThis.unused; typeof unused", "undefined");
  contract_is(c, "var used = 3; used", "3");
  assert_int_equal(made[2], 0);
}

// Plain data goes a shorter way than the rest: both give the same. `null` as the replacer takes the
// longer way.
CONTRACT_TEST(stringify_has_one_result) {
  static const char *const values[] = {
      "{}",
      "[]",
      "{a: 1, b: 'x', c: [1, 2, {d: null}], e: true, f: false}",
      "{a: undefined, b: () => 1, c: Symbol('s'), d: 2}",
      "[undefined, () => 1, Symbol('s'), , 3]",
      "{2: 'b', 1: 'a', x: 'c', '-1': 'd', '01': 'e'}",
      "{[Symbol('s')]: 1, a: 2}",
      "{a: 0, b: -0, c: -1, d: 2147483647, e: -2147483648}",
      "{f: 1.5, g: 1e21, h: 5e-324, i: NaN, j: Infinity}",
      "{s: '\\u0000\\b\\t\\n\\f\\r\\u001f\\u007f\\u0080\\xe9\\xff \\\" \\\\\\\\ /'}",
      "{s: '\\u20ac \\ud83d\\ude00 \\ud800'}",
      "{'\\xe9\\n\\u20ac': 1}",
      "{'k\\xe9\\\"': 1}",
      "{get a() { return 1 }, b: 2}",
      "{toJSON() { return 'j' }}",
      "{toJSON: 5, a: 1}",
      "{a: {toJSON(k) { return k }}}",
      "[{toJSON(k) { return k }}]",
      "Object.assign([1, 2], {extra: 1})",
      "Object.assign([1], {toJSON() { return 'arr' }})",
      "Object.create(null)",
      "Object.assign(Object.create(null), {a: 1})",
      "Object.create({inherited: 1, toJSON() { return 'up' }})",
      "new (class A { x = 1; get y() { return 2 } toJSON() { return [this.x, this.y] } })()",
      "new (class B extends Array {})(1, 2, 3)",
      "new Date(0)",
      "{d: new Date(0), m: new Map([[1, 2]]), s: new Set([1]), r: /x/g, e: new Error('x')}",
      "[new Number(1), new String('s'), new Boolean(false), Object(Symbol('s'))]",
      "new Proxy({a: 1, b: 2}, {ownKeys() { return ['b', 'a'] }})",
      "new Proxy([1, 2], {})",
      "new Uint8Array([1, 2, 3])",
      "Object.defineProperty({a: 1}, 'hidden', {value: 2})",
      "Object.freeze({a: Object.freeze([1])})",
      "(() => { const o = {a: 1, b: 2, c: 3}; delete o.b; o.d = 4; return o })()",
      "(() => { const a = [1, 2, 3]; a.length = 5; return a })()",
      "(() => { const a = [1, 2, 3]; a.length = 2; return a })()",
      "(() => { const a = []; a[3] = 1; return a })()",
      "[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]",
      "{a: 'x'.repeat(5000), b: '\\u0001'.repeat(3000)}",
      "{rope: 'left '.repeat(300) + String(Math.max(1, 2)) + ' right'.repeat(300)}",
      "Array.from({length: 3000}, (_, i) => ({i, s: `n${i}`}))",
      "(function () { return arguments })(1, 2)",
      "globalThis.JSON",
      "(() => { const o = {}; for (let i = 0; i < 40; i++) o['k' + i] = i; return o })()",
  };
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    char source[1024];
    snprintf(source, sizeof(source),
             "(() => { const v = (%s); const a = JSON.stringify(v), b = JSON.stringify(v, null);"
             " return a === b ? 'same' : `${a} is not ${b}` })()",
             values[i]);
    contract_is(c, source, "same");
  }
  contract_is(c, "const cycle = {}; cycle.x = [cycle]; JSON.stringify(cycle)",
              "throws TypeError: circular reference");
  contract_is(c, "JSON.stringify({a: [1n]})",
              "throws TypeError: Do not know how to serialize a BigInt");
  contract_is(c, "JSON.stringify({a: 1, get b() { throw new Error('getter') }})",
              "throws Error: getter");
  contract_is(c, "Object.prototype.toJSON = () => 'proto'; JSON.stringify([{a: 1}])", "\"proto\"");
  contract_is(c,
              "delete Object.prototype.toJSON; Array.prototype.toJSON = () => 'array';"
              " JSON.stringify({a: []})",
              "{\"a\":\"array\"}");
}

// The shapes of small objects outlive them: objects made anew are as the first ones.
CONTRACT_TEST(objects_made_again_and_again) {
  contract_is(c,
              "let bad = 0; for (let i = 0; i < 3000; i++) {"
              "  const o = {a: 1, b: {c: i}}; if (i % 3) o.d = 4; if (i % 5) delete o.a;"
              "  o['x' + i % 100] = i; Object.defineProperty(o, 'h', {value: 1});"
              "  const keys = Object.keys(o).join();"
              "  const wanted = [...(i % 5 ? [] : ['a']), 'b', ...(i % 3 ? ['d'] : []), 'x' + i % "
              "100].join();"
              "  if (keys !== wanted || o.b.c !== i || o.h !== 1) bad++;"
              "} bad",
              "0");
}

int isere_test_engine_contract_objects(void);

int isere_test_engine_contract_objects(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stringify_has_one_result),
      cmocka_unit_test(objects_made_again_and_again),
      cmocka_unit_test(set_and_get),
      cmocka_unit_test(set_defines),
      cmocka_unit_test(arrays),
      cmocka_unit_test(visits),
      cmocka_unit_test(visits_disturbed),
      cmocka_unit_test(accessors),
      cmocka_unit_test(lazy_probes),
      cmocka_unit_test(lazy_ends),
      cmocka_unit_test(lazy_fails),
      cmocka_unit_test(objects_at_once),
      cmocka_unit_test(lazy_globals),
  };
  return cmocka_run_group_tests_name("engine_contract/objects", tests, NULL, NULL);
}
