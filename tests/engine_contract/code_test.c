// SPDX-License-Identifier: Apache-2.0
// The engine contract: loading modules, CommonJS and scripts, their errors, bytecode's neighbours:
// promises and microtasks.
#include <stdio.h>
#include <string.h>

#include "engine_contract/contract.h"

static isere_err_t load(contract_t *c, const char *source, isere_source_kind_t kind,
                        isere_value_t *exports, isere_value_t *pending) {
  return c->engine->load(c->vm, isere_span_of(source), "/main.js", kind, exports, pending);
}

static const char *export_text(contract_t *c, isere_value_t exports, const char *name) {
  isere_value_t value;
  assert_int_equal(c->engine->get_text(c->vm, exports, isere_span_of(name), &value), ISERE_OK);
  return contract_text(c, value);
}

CONTRACT_TEST(kinds_of_source) {
  const isere_engine_t *e = c->engine;
  isere_value_t exports =
      contract_load(c, "export const x = typeof this; export default 5", ISERE_SOURCE_AUTO);
  assert_string_equal(export_text(c, exports, "x"), "undefined");
  assert_string_equal(export_text(c, exports, "default"), "5");
  e->release(c->vm, exports);
  exports = contract_load(c,
                          "exports.x = [this === exports, module.exports === exports, typeof "
                          "require, __filename, __dirname].join()",
                          ISERE_SOURCE_AUTO);
  assert_string_equal(export_text(c, exports, "x"), "true,true,function,/main.js,/");
  e->release(c->vm, exports);
  exports = contract_load(c, "module.exports = () => 1; return", ISERE_SOURCE_COMMONJS);
  assert_int_equal(e->kind(c->vm, exports), ISERE_KIND_FUNCTION);
  e->release(c->vm, exports);
  exports =
      contract_load(c, "#!/usr/bin/env isere\nexports.x = 1 // no line feed", ISERE_SOURCE_AUTO);
  assert_string_equal(export_text(c, exports, "x"), "1");
  e->release(c->vm, exports);
  exports = contract_load(c, "var inGlobal = 1; inGlobal + 1", ISERE_SOURCE_SCRIPT);
  assert_string_equal(contract_text(c, exports), "2");
  contract_is(c, "inGlobal", "1");
  exports = contract_load(c, "", ISERE_SOURCE_AUTO);
  assert_int_equal(e->kind(c->vm, exports), ISERE_KIND_OBJECT);
  e->release(c->vm, exports);
  contract_is(c, "typeof exports + typeof require + typeof module", "undefinedundefinedundefined");
}

// Where errors are: of syntax, with properties for whoever shows the line; at run time, in the
// stack.
CONTRACT_TEST(error_places) {
  const isere_engine_t *e = c->engine;
  static const struct {
    const char *source;
    isere_source_kind_t kind;
    const char *line;
    const char *column;
  } rows[] = {
      {"let a = 1;\nlet b = ;\n", ISERE_SOURCE_SCRIPT, "2", "9"},
      {"export let a = 1;\nlet b = ;\n", ISERE_SOURCE_MODULE, "2", "9"},
      {"export let a = 1;\nlet b = ;\n", ISERE_SOURCE_AUTO, "2", "9"},
      {"let a = 1;\nlet b = ;\n", ISERE_SOURCE_COMMONJS, "2", "9"},
      {"let b = ;", ISERE_SOURCE_COMMONJS, "1", "9"},
      {"let b = ;", ISERE_SOURCE_MODULE, "1", "9"},
      {"let \xc3\xa8 = ;", ISERE_SOURCE_COMMONJS, "1", "9"},
      {"if (1) {\n", ISERE_SOURCE_MODULE, "2", "1"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    isere_value_t exports;
    isere_value_t pending;
    assert_int_equal(load(c, rows[i].source, rows[i].kind, &exports, &pending), ISERE_ERR_THROWN);
    const isere_value_t error = e->take_exception(c->vm);
    assert_int_equal(e->kind(c->vm, error), ISERE_KIND_ERROR);
    assert_string_equal(export_text(c, error, "name"), "SyntaxError");
    assert_string_equal(export_text(c, error, "fileName"), "/main.js");
    assert_string_equal(export_text(c, error, "lineNumber"), rows[i].line);
    assert_string_equal(export_text(c, error, "columnNumber"), rows[i].column);
    char place[64];
    snprintf(place, sizeof(place), "    at /main.js:%s:%s\n", rows[i].line, rows[i].column);
    assert_string_equal(export_text(c, error, "stack"), place);
    e->release(c->vm, error);
  }
  static const isere_source_kind_t kinds[] = {ISERE_SOURCE_SCRIPT, ISERE_SOURCE_MODULE,
                                              ISERE_SOURCE_COMMONJS};
  static const char *const names[] = {"<eval>", "<anonymous>", "<anonymous>"};
  for (size_t i = 0; i < 3; i++) {
    isere_value_t exports;
    isere_value_t pending;
    char stack[128];
    assert_int_equal(load(c, "let a\nfunction f() {\n  throw new Error('x') }\n  f()", kinds[i],
                          &exports, &pending),
                     ISERE_ERR_THROWN);
    isere_value_t error = e->take_exception(c->vm);
    snprintf(stack, sizeof(stack), "    at f (/main.js:3:18)\n    at %s (/main.js:4:4)\n",
             names[i]);
    assert_string_equal(export_text(c, error, "stack"), stack);
    e->release(c->vm, error);
    assert_int_equal(load(c, "nix.y", kinds[i], &exports, &pending), ISERE_ERR_THROWN);
    error = e->take_exception(c->vm);
    snprintf(stack, sizeof(stack), "    at %s (/main.js:1:1)\n", names[i]);
    assert_string_equal(export_text(c, error, "stack"), stack);
    e->release(c->vm, error);
  }
}

// ---- Imports ----

CONTRACT_TEST(imports) {
  static const contract_module_t modules[] = {
      {"/lib/a.js",
       "import {b} from './b.js'; export const a = 'a' + b; export const url = import.meta.url"},
      {"/lib/b.js", "import * as self from './a.js'; export const b = 'b'; export {self}"},
      {"/bad.js", "export const x = 1;\nexport const y = ;"},
      {"/throws.js", "throw new Error('at load')"},
      {"/d.json", "{\"d\": 1}"},
      {"/c.cjs", "module.exports = 1"},
      {NULL, NULL},
  };
  c->modules = modules;
  const isere_engine_t *e = c->engine;
  isere_value_t exports = contract_load(
      c, "import {a, url} from '/lib/a.js'; export const x = [a, url, import.meta.url].join()",
      ISERE_SOURCE_AUTO);
  assert_string_equal(export_text(c, exports, "x"), "ab,file:///lib/a.js,file:///main.js");
  e->release(c->vm, exports);
  // The text of a module that is there already is given back, too.
  exports = contract_load(c, "export {}; import('/lib/a.js')", ISERE_SOURCE_MODULE);
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(c->modules_open, 0);
  e->release(c->vm, exports);
  // A relative path is one in the VM's folder.
  isere_value_t pending;
  assert_int_equal(e->load(c->vm, isere_span_of("export const x = import.meta.url"),
                           "./js/../a b.js", ISERE_SOURCE_AUTO, &exports, &pending),
                   ISERE_OK);
  assert_string_equal(export_text(c, exports, "x"), "file:///work%20dir/a%20b.js");
  e->release(c->vm, exports);
  e->release(c->vm, pending);
  static const struct {
    const char *source;
    const char *text;
  } rows[] = {
      {"import './nix.js'", "Error: Cannot find module './nix.js', wanted by '/main.js'"},
      {"import 'fs'", "Error: Cannot find module 'fs', wanted by '/main.js'"},
      {"import './bad.js'", "SyntaxError: unexpected token in expression: ';'"},
      {"import './throws.js'", "Error: at load"},
      {"import {nix} from '/lib/b.js'",
       "SyntaxError: Could not find export 'nix' in module '/lib/b.js'"},
      {"import d from './d.json'",
       "SyntaxError: '/d.json' is no ES module: load it with require() from CommonJS"},
      {"import x from './c.cjs'",
       "SyntaxError: '/c.cjs' is no ES module: load it with require() from CommonJS"},
      {"export {}; throw 5", "5"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    assert_int_equal(load(c, rows[i].source, ISERE_SOURCE_MODULE, &exports, &pending),
                     ISERE_ERR_THROWN);
    assert_int_equal(e->kind(c->vm, exports), ISERE_KIND_UNDEFINED);
    assert_string_equal(contract_exception(c), rows[i].text);
    assert_int_equal(c->rejections, 0);
  }
}

CONTRACT_TEST(dynamic_imports) {
  static const contract_module_t modules[] = {
      {"/a.js", "export const a = 1"}, {"/t.js", "throw new Error('t')"}, {NULL, NULL}};
  c->modules = modules;
  isere_value_t exports =
      contract_load(c,
                    "globalThis.log = []; for (const m of ['./a.js', './nix.js', './t.js']) "
                    "import(m).then((x) => log.push(x.a), (e) => log.push(String(e)))",
                    ISERE_SOURCE_COMMONJS);
  c->engine->release(c->vm, exports);
  assert_int_equal(c->engine->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(c->rejections, 0);
  contract_is(c, "log.sort().join()",
              "1,Error: Cannot find module './nix.js', wanted by '/main.js',Error: t");
}

CONTRACT_TEST(commonjs) {
  static const contract_module_t modules[] = {
      {"/a.js", "globalThis.loads = (globalThis.loads ?? 0) + 1; exports.early = 1; exports.b = "
                "require('./b.js').b; exports.a = 'a'"},
      {"/b.js", "const a = require('./a.js'); exports.b = 'b' + a.early + a.a"},
      {"/sub/c.cjs", "module.exports = require('./d.json'); module.exports.dir = __dirname"},
      {"/sub/d.json", "{\"d\": [1, 2]}"},
      {"/esm.js", "export default 1"},
      {"/bad.json", "{"},
      {"/bad.js", "\n  let = ;"},
      {"/throws.js", "globalThis.tries = (globalThis.tries ?? 0) + 1; throw new Error('once')"},
      {NULL, NULL},
  };
  c->modules = modules;
  const isere_engine_t *e = c->engine;
  isere_value_t exports =
      contract_load(c,
                    "const a = require('./a.js'); exports.x = [a.a, a.b, require('./a.js') === a, "
                    "loads, JSON.stringify(require('./sub/c.cjs'))].join()",
                    ISERE_SOURCE_AUTO);
  assert_string_equal(export_text(c, exports, "x"),
                      "a,b1undefined,true,1,{\"d\":[1,2],\"dir\":\"/sub\"}");
  e->release(c->vm, exports);
  static const struct {
    const char *source;
    const char *text;
  } rows[] = {
      {"require('./nix.js')", "Error: Cannot find module './nix.js', wanted by '/main.js'"},
      {"require()", "TypeError: require() wants a string"},
      {"require('./esm.js')", "TypeError: '/esm.js' is an ES module: load it with import()"},
      {"require('./bad.js')", "SyntaxError: unexpected token in expression: ';'"},
      {"require('./throws.js')", "Error: once"},
      {"try { require('./throws.js') } catch {}; throw tries", "2"},
      {"try { require('./nix.js') } catch (e) { throw e.code }", "MODULE_NOT_FOUND"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    isere_value_t pending;
    assert_int_equal(load(c, rows[i].source, ISERE_SOURCE_COMMONJS, &exports, &pending),
                     ISERE_ERR_THROWN);
    assert_string_equal(contract_exception(c), rows[i].text);
  }
  isere_value_t pending;
  assert_int_equal(load(c, "require('./bad.json')", ISERE_SOURCE_COMMONJS, &exports, &pending),
                   ISERE_ERR_THROWN);
  assert_memory_equal(contract_exception(c), "SyntaxError", 11);
}

CONTRACT_TEST(top_level_await) {
  const isere_engine_t *e = c->engine;
  isere_value_t exports;
  isere_value_t pending;
  const char *source = "globalThis.go = null; const v = await new Promise((r) => { go = r }); "
                       "export const x = v + 1";
  assert_int_equal(load(c, source, ISERE_SOURCE_MODULE, &exports, &pending), ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, pending), ISERE_PROMISE_PENDING);
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, pending), ISERE_PROMISE_PENDING);
  contract_is(c, "go(4)", "undefined");
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, pending), ISERE_PROMISE_FULFILLED);
  assert_string_equal(export_text(c, exports, "x"), "5");
  e->release(c->vm, exports);
  e->release(c->vm, pending);
  assert_int_equal(
      load(c, "await null; throw new Error('later')", ISERE_SOURCE_MODULE, &exports, &pending),
      ISERE_OK);
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, pending), ISERE_PROMISE_REJECTED);
  assert_string_equal(contract_text(c, e->promise_result(c->vm, pending)), "Error: later");
  assert_int_equal(c->rejections, 0);
  e->release(c->vm, exports);
  e->release(c->vm, pending);
}

// ---- Promises ----

static isere_err_t on_settled(isere_call_t *call) {
  int *count = (int *)(uintptr_t)call->data;
  assert_int_equal(call->arg_count, 1);
  *count += 1;
  return ISERE_OK;
}

CONTRACT_TEST(promises) {
  const isere_engine_t *e = c->engine;
  isere_value_t promise;
  isere_value_t other;
  assert_int_equal(contract_eval(c, "(async () => ({statusCode: 200}))()", &promise), ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, promise), ISERE_PROMISE_FULFILLED);
  assert_int_equal(e->promise_of(c->vm, promise, &other), ISERE_OK);
  assert_memory_equal(&promise, &other, sizeof(promise));
  e->release(c->vm, other);
  e->release(c->vm, promise);
  assert_int_equal(e->promise_state(c->vm, e->number(1)), ISERE_PROMISE_NONE);
  assert_int_equal(e->promise_of(c->vm, e->number(1), &promise), ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, promise), ISERE_PROMISE_FULFILLED);
  assert_string_equal(contract_text(c, e->promise_result(c->vm, promise)), "1");
  e->release(c->vm, promise);
  // A thenable is adopted, whatever code has done to Promise.
  contract_is(c,
              "globalThis.P = Promise; Promise.resolve = 0; globalThis.Promise = 0; "
              "P.prototype.then = 0; 0",
              "0");
  assert_int_equal(contract_eval(c, "({then(f) { f('adopted') }})", &other), ISERE_OK);
  assert_int_equal(e->promise_of(c->vm, other, &promise), ISERE_OK);
  e->release(c->vm, other);
  int count = 0;
  assert_int_equal(e->promise_then(c->vm, promise, on_settled, (uint64_t)(uintptr_t)&count),
                   ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, promise), ISERE_PROMISE_PENDING);
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(count, 1);
  assert_string_equal(contract_text(c, e->promise_result(c->vm, promise)), "adopted");
  e->release(c->vm, promise);
  assert_int_equal(e->promise_then(c->vm, e->number(1), on_settled, 0), ISERE_ERR_THROWN);
  (void)contract_exception(c);
}

CONTRACT_TEST(rejections) {
  const isere_engine_t *e = c->engine;
  isere_value_t promise;
  int count = 0;
  assert_int_equal(contract_eval(c, "(async () => { throw new Error('r') })()", &promise),
                   ISERE_OK);
  assert_int_equal(e->promise_state(c->vm, promise), ISERE_PROMISE_REJECTED);
  assert_int_equal(c->rejections, 1);
  assert_int_equal(e->promise_then(c->vm, promise, on_settled, (uint64_t)(uintptr_t)&count),
                   ISERE_OK);
  assert_int_equal(c->rejections, 0);
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(count, 1);
  assert_int_equal(c->rejections, 0);
  assert_string_equal(contract_text(c, e->promise_result(c->vm, promise)), "Error: r");
  e->release(c->vm, promise);
  contract_is(c, "Promise.reject(1); Promise.reject(2).catch(() => {}); 0", "0");
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  assert_int_equal(c->rejections, 1);
}

CONTRACT_TEST(microtasks) {
  const isere_engine_t *e = c->engine;
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  contract_is(c,
              "globalThis.log = []; (async () => { for (let i = 0; i < 3; i++) { log.push(i); "
              "await null } })(); Promise.resolve().then(() => log.push('t')); log.join()",
              "0");
  assert_int_equal(e->run_jobs(c->vm), ISERE_OK);
  contract_is(c, "log.join()", "0,1,t,2");
}

CONTRACT_TEST(language) {
  contract_is(c,
              "[1, 2, 3].at(-1) + [3, 1].toSorted().join() + Object.groupBy([1], () => 'k').k + "
              "'x'.isWellFormed() + [1, 2].findLast((x) => x)",
              "31,31true2");
  contract_is(c,
              "[typeof Map, typeof WeakRef, typeof Proxy, typeof BigInt, typeof "
              "Symbol.asyncIterator, typeof Atomics, typeof Intl, typeof globalThis].join()",
              "function,function,function,function,symbol,object,undefined,object");
  contract_is(c,
              "/(?<y>\\d{4})-\\p{L}/u.exec('2025-\xc3\xa8').groups.y + 'aXbX'.replaceAll('X', '-') "
              "+ (5n ** 20n)",
              "2025a-b-95367431640625");
  contract_is(c, "class A { static #n = 1; static { this.m = A.#n + 1 } } A.m", "2");
  contract_is(c,
              "eval('1 + 1') + new Function('a', 'return a * 2')(4) + (new Date(0)).toISOString()",
              "101970-01-01T00:00:00.000Z");
}

int isere_test_engine_contract_code(void);

int isere_test_engine_contract_code(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_of_source), cmocka_unit_test(error_places),
      cmocka_unit_test(imports),         cmocka_unit_test(dynamic_imports),
      cmocka_unit_test(commonjs),        cmocka_unit_test(top_level_await),
      cmocka_unit_test(promises),        cmocka_unit_test(rejections),
      cmocka_unit_test(microtasks),      cmocka_unit_test(language),
  };
  return cmocka_run_group_tests_name("engine_contract/code", tests, NULL, NULL);
}
