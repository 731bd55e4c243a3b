// SPDX-License-Identifier: Apache-2.0
// The engine contract: making and reading values, texts in both encodings, bytes, JSON, calls and
// exceptions.
#include <math.h>
#include <string.h>

#include "engine_contract/contract.h"

CONTRACT_TEST(kinds) {
  static const struct {
    const char *source;
    isere_kind_t kind;
  } rows[] = {
      {"undefined", ISERE_KIND_UNDEFINED},
      {"null", ISERE_KIND_NULL},
      {"true", ISERE_KIND_BOOLEAN},
      {"0", ISERE_KIND_NUMBER},
      {"1.5", ISERE_KIND_NUMBER},
      {"NaN", ISERE_KIND_NUMBER},
      {"10n", ISERE_KIND_BIGINT},
      {"2n ** 200n", ISERE_KIND_BIGINT},
      {"''", ISERE_KIND_STRING},
      {"'a'.repeat(9000) + 'b'.repeat(9000)", ISERE_KIND_STRING},
      {"Symbol()", ISERE_KIND_SYMBOL},
      {"({})", ISERE_KIND_OBJECT},
      {"new Map", ISERE_KIND_OBJECT},
      {"/x/", ISERE_KIND_OBJECT},
      {"new Date(0)", ISERE_KIND_OBJECT},
      {"new String('x')", ISERE_KIND_OBJECT},
      {"new Proxy({}, {})", ISERE_KIND_OBJECT},
      {"[]", ISERE_KIND_ARRAY},
      {"new (class extends Array {})", ISERE_KIND_ARRAY},
      {"new Proxy([], {})", ISERE_KIND_ARRAY},
      {"(() => 1)", ISERE_KIND_FUNCTION},
      {"(async function* () {})", ISERE_KIND_FUNCTION},
      {"class A {}; A", ISERE_KIND_FUNCTION},
      {"parseInt", ISERE_KIND_FUNCTION},
      {"(function () {}).bind(1)", ISERE_KIND_FUNCTION},
      {"new Proxy(function () {}, {})", ISERE_KIND_FUNCTION},
      {"Promise.resolve()", ISERE_KIND_PROMISE},
      {"(async () => 1)()", ISERE_KIND_PROMISE},
      {"new ArrayBuffer(3)", ISERE_KIND_BYTES},
      {"new Uint8Array(3)", ISERE_KIND_BYTES},
      {"new Float64Array(3)", ISERE_KIND_BYTES},
      {"new DataView(new ArrayBuffer(3))", ISERE_KIND_BYTES},
      {"new Error('x')", ISERE_KIND_ERROR},
      {"new (class E extends TypeError {})", ISERE_KIND_ERROR},
      {"const p = Proxy.revocable([], {}); p.revoke(); p.proxy", ISERE_KIND_OBJECT},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    isere_value_t value;
    assert_int_equal(contract_eval(c, rows[i].source, &value), ISERE_OK);
    if (c->engine->kind(c->vm, value) != rows[i].kind) {
      fail_msg("%s is of kind %d", rows[i].source, c->engine->kind(c->vm, value));
    }
    assert_false(c->engine->is_thrown(c->vm));
    c->engine->release(c->vm, value);
  }
}

CONTRACT_TEST(small_values) {
  const isere_engine_t *e = c->engine;
  contract_global(c, "a", e->undefined());
  contract_global(c, "b", e->null());
  contract_global(c, "c", e->boolean(true));
  contract_global(c, "d", e->boolean(false));
  contract_is(c, "[typeof a, b === null, c === true, d === false].join()",
              "undefined,true,true,true");
  static const double numbers[] = {
      0, -0.0, 1, -1, 2147483647, 2147483648.0, -2147483649.0, 0.5, 1e300, 9007199254740993.0};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    const isere_value_t value = e->number(numbers[i]);
    double back;
    assert_int_equal(e->kind(c->vm, value), ISERE_KIND_NUMBER);
    assert_int_equal(e->to_number(c->vm, value, &back), ISERE_OK);
    assert_memory_equal(&back, &numbers[i], sizeof(back));
  }
  contract_global(c, "n", e->number((double)NAN));
  contract_global(c, "i", e->number((double)INFINITY));
  contract_global(c, "z", e->number(-0.0));
  contract_is(c, "[n !== n, i === Infinity, Object.is(z, -0)].join()", "true,true,true");
}

CONTRACT_TEST(conversions) {
  const isere_engine_t *e = c->engine;
  isere_value_t value;
  double number;
  assert_int_equal(contract_eval(c, "({valueOf() { return 42 }})", &value), ISERE_OK);
  assert_true(e->to_boolean(c->vm, value));
  assert_int_equal(e->to_number(c->vm, value, &number), ISERE_OK);
  assert_true(number == 42);
  e->release(c->vm, value);
  assert_int_equal(contract_eval(c, "({valueOf() { throw new Error('no') }})", &value), ISERE_OK);
  assert_int_equal(e->to_number(c->vm, value, &number), ISERE_ERR_THROWN);
  assert_string_equal(contract_exception(c), "Error: no");
  e->release(c->vm, value);
  assert_int_equal(contract_eval(c, "10n", &value), ISERE_OK);
  assert_int_equal(e->to_number(c->vm, value, &number), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  e->release(c->vm, value);
  static const char *const falsy[] = {"0", "''", "null", "undefined", "NaN", "0n", "false"};
  for (size_t i = 0; i < sizeof(falsy) / sizeof(falsy[0]); i++) {
    assert_int_equal(contract_eval(c, falsy[i], &value), ISERE_OK);
    assert_false(e->to_boolean(c->vm, value));
    e->release(c->vm, value);
  }
}

// Bytes in, what code sees (JSON of the code units), text out.
CONTRACT_TEST(texts) {
  static const struct {
    isere_span_t in;
    isere_text_encoding_t encoding;
    const char *units;
    isere_span_t out;
  } rows[] = {
      {{NULL, 0}, ISERE_TEXT_UTF8, "[]", {"", 0}},
      {{NULL, 0}, ISERE_TEXT_LATIN1, "[]", {"", 0}},
      {ISERE_SPAN("abc"), ISERE_TEXT_UTF8, "[97,98,99]", ISERE_SPAN("abc")},
      {ISERE_SPAN("a\0b"), ISERE_TEXT_UTF8, "[97,0,98]", ISERE_SPAN("a\0b")},
      {ISERE_SPAN("0123456\x7f\xc3\xa8"), ISERE_TEXT_UTF8, "[48,49,50,51,52,53,54,127,232]",
       ISERE_SPAN("0123456\x7f\xc3\xa8")},
      {ISERE_SPAN("\xc3\xa8"), ISERE_TEXT_UTF8, "[232]", ISERE_SPAN("\xc3\xa8")},
      {ISERE_SPAN("\xc3\xa8"), ISERE_TEXT_LATIN1, "[195,168]", ISERE_SPAN("\xc3\x83\xc2\xa8")},
      {ISERE_SPAN("\xff\x00\x80"), ISERE_TEXT_LATIN1, "[255,0,128]",
       ISERE_SPAN("\xc3\xbf\x00\xc2\x80")},
      {ISERE_SPAN("\xe2\x82\xac"), ISERE_TEXT_UTF8, "[8364]", ISERE_SPAN("\xe2\x82\xac")},
      {ISERE_SPAN("\xf0\x9f\x98\x80"), ISERE_TEXT_UTF8, "[55357,56832]",
       ISERE_SPAN("\xf0\x9f\x98\x80")},
      {ISERE_SPAN("\xef\xbb\xbf.."), ISERE_TEXT_UTF8, "[65279,46,46]",
       ISERE_SPAN("\xef\xbb\xbf..")},
      {ISERE_SPAN("\xed\xa0\x80"), ISERE_TEXT_UTF8, "[65533,65533,65533]",
       ISERE_SPAN("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
      {ISERE_SPAN("\xc0\xaf"), ISERE_TEXT_UTF8, "[65533,65533]",
       ISERE_SPAN("\xef\xbf\xbd\xef\xbf\xbd")},
      {ISERE_SPAN("a\xe2\x82"), ISERE_TEXT_UTF8, "[97,65533]", ISERE_SPAN("a\xef\xbf\xbd")},
      {ISERE_SPAN("\xf0\x9f\x98z"), ISERE_TEXT_UTF8, "[65533,122]", ISERE_SPAN("\xef\xbf\xbdz")},
      {ISERE_SPAN("\xf4\x90\x80\x80"), ISERE_TEXT_UTF8, "[65533,65533,65533,65533]",
       ISERE_SPAN("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
      {ISERE_SPAN("\x80"), ISERE_TEXT_UTF8, "[65533]", ISERE_SPAN("\xef\xbf\xbd")},
      {ISERE_SPAN("\xff"), ISERE_TEXT_UTF8, "[65533]", ISERE_SPAN("\xef\xbf\xbd")},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    const isere_value_t value = c->engine->string(c->vm, rows[i].in, rows[i].encoding);
    assert_int_equal(c->engine->kind(c->vm, value), ISERE_KIND_STRING);
    isere_text_t text;
    assert_int_equal(c->engine->to_text(c->vm, value, &text), ISERE_OK);
    assert_int_equal(text.span.len, rows[i].out.len);
    assert_memory_equal(text.span.ptr, rows[i].out.ptr, rows[i].out.len);
    c->engine->text_release(c->vm, &text);
    contract_global(c, "s", value);
    contract_is(c, "JSON.stringify(Array.from({length: s.length}, (_, i) => s.charCodeAt(i)))",
                rows[i].units);
  }
}

CONTRACT_TEST(text_of_values) {
  static const struct {
    const char *source;
    const char *text;
  } rows[] = {
      {"1e21", "1e+21"},
      {"[1, [2, 3]]", "1,2,3"},
      {"({toString() { return 'x' }})", "x"},
      {"'\\ud800'", "\xef\xbf\xbd"},
      {"'a\\udc00\\ud800b'", "a\xef\xbf\xbd\xef\xbf\xbd"
                             "b"},
      {"'\\ud83d\\ude00\\ud83d'", "\xf0\x9f\x98\x80\xef\xbf\xbd"},
      {"'\\u00e8\\u0440'", "\xc3\xa8\xd1\x80"},
      {"'\\ud7ff\\ue000'", "\xed\x9f\xbf\xee\x80\x80"},
      {"'a'.repeat(9000).slice(8999) + 'b'", "ab"},
      {"(x => { for (let i = 0; i < 2000; i++) x += 'yz'; return x.slice(3990) })('')",
       "yzyzyzyzyz"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    contract_is(c, rows[i].source, rows[i].text);
  }
  isere_text_t text;
  isere_value_t value;
  assert_int_equal(contract_eval(c, "Symbol('s')", &value), ISERE_OK);
  assert_int_equal(c->engine->to_text(c->vm, value, &text), ISERE_ERR_THROWN);
  assert_string_equal(contract_exception(c), "TypeError: cannot convert symbol to string");
  c->engine->release(c->vm, value);
  assert_int_equal(contract_eval(c, "Object.create(null)", &value), ISERE_OK);
  assert_int_equal(c->engine->to_text(c->vm, value, &text), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  c->engine->release(c->vm, value);
}

// A text stays while other code runs, though its value is gone.
CONTRACT_TEST(text_is_pinned) {
  const isere_value_t value = c->engine->string(c->vm, ISERE_SPAN("pinned"), ISERE_TEXT_UTF8);
  isere_text_t text;
  assert_int_equal(c->engine->to_text(c->vm, value, &text), ISERE_OK);
  c->engine->release(c->vm, value);
  contract_is(c, "let a = []; for (let i = 0; i < 5000; i++) a.push('x' + i); a.length", "5000");
  assert_memory_equal(text.span.ptr, "pinned", 6);
  c->engine->text_release(c->vm, &text);
}

CONTRACT_TEST(bytes) {
  const isere_engine_t *e = c->engine;
  isere_span_t span;
  isere_value_t value = e->bytes(c->vm, isere_span("\x00\xff\x7f", 3));
  assert_int_equal(e->kind(c->vm, value), ISERE_KIND_BYTES);
  assert_int_equal(e->to_bytes(c->vm, value, &span), ISERE_OK);
  assert_int_equal(span.len, 3);
  assert_memory_equal(span.ptr, "\x00\xff\x7f", 3);
  contract_global(c, "b", value);
  contract_is(c, "b instanceof Uint8Array && b.join()", "0,255,127");
  value = e->bytes(c->vm, isere_span(NULL, 0));
  assert_int_equal(e->to_bytes(c->vm, value, &span), ISERE_OK);
  assert_int_equal(span.len, 0);
  e->release(c->vm, value);
  static const struct {
    const char *source;
    isere_span_t bytes;
  } rows[] = {
      {"new Uint8Array([1, 2, 3]).buffer", ISERE_SPAN("\1\2\3")},
      {"new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", ISERE_SPAN("\2\3")},
      {"new Uint16Array([0x201, 0x403])", ISERE_SPAN("\1\2\3\4")},
      {"new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)", ISERE_SPAN("\2\3")},
      {"new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 3)", ISERE_SPAN("\4")},
      {"new Uint8ClampedArray([300])", ISERE_SPAN("\xff")},
      {"new ArrayBuffer(0)", {NULL, 0}},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    assert_int_equal(contract_eval(c, rows[i].source, &value), ISERE_OK);
    assert_int_equal(e->to_bytes(c->vm, value, &span), ISERE_OK);
    assert_int_equal(span.len, rows[i].bytes.len);
    if (span.len > 0) {
      assert_memory_equal(span.ptr, rows[i].bytes.ptr, span.len);
    }
    e->release(c->vm, value);
  }
  assert_int_equal(contract_eval(c, "'text'", &value), ISERE_OK);
  assert_int_equal(e->to_bytes(c->vm, value, &span), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  e->release(c->vm, value);
}

CONTRACT_TEST(json) {
  const isere_engine_t *e = c->engine;
  isere_value_t value;
  isere_text_t text;
  assert_int_equal(
      e->from_json(c->vm, ISERE_SPAN("{\"a\":[1,null,\"\\u00e8\"],\"__proto__\":1}"), &value),
      ISERE_OK);
  assert_int_equal(e->to_json(c->vm, value, &text), ISERE_OK);
  assert_true(
      isere_span_equal(text.span, ISERE_SPAN("{\"a\":[1,null,\"\xc3\xa8\"],\"__proto__\":1}")));
  e->text_release(c->vm, &text);
  e->release(c->vm, value);
  assert_int_equal(e->to_json(c->vm, e->undefined(), &text), ISERE_OK);
  assert_null(text.span.ptr);
  assert_int_equal(contract_eval(c, "const x = {}; x.x = x; x", &value), ISERE_OK);
  assert_int_equal(e->to_json(c->vm, value, &text), ISERE_ERR_THROWN);
  assert_non_null(strstr(contract_exception(c), "TypeError: circular"));
  e->release(c->vm, value);
  static const isere_span_t bad[] = {ISERE_SPAN(""),      ISERE_SPAN("{"),   ISERE_SPAN("[1,]"),
                                     ISERE_SPAN("1 2"),   ISERE_SPAN("'a'"), ISERE_SPAN("1\0"),
                                     ISERE_SPAN("\"\n\"")};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(e->from_json(c->vm, bad[i], &value), ISERE_ERR_THROWN);
    assert_int_equal(e->kind(c->vm, value), ISERE_KIND_UNDEFINED);
    assert_non_null(strstr(contract_exception(c), "SyntaxError"));
  }
  // Not terminated: what is behind the span is not read.
  assert_int_equal(e->from_json(c->vm, isere_span("12345", 2), &value), ISERE_OK);
  assert_string_equal(contract_text(c, value), "12");
}

// ---- Calls ----

static isere_err_t sum(isere_call_t *call) {
  const isere_engine_t *e = call->vm->engine;
  double total = (double)call->data;
  for (int i = 0; i < call->arg_count; i++) {
    double number;
    if (e->to_number(call->vm, call->args[i], &number) != ISERE_OK) {
      return ISERE_ERR_THROWN;
    }
    total += number;
  }
  call->result = e->number(total);
  return ISERE_OK;
}

static isere_err_t self_of(isere_call_t *call) {
  call->result = call->vm->engine->hold(call->vm, call->self);
  return ISERE_OK;
}

static isere_err_t thrower(isere_call_t *call) {
  const isere_engine_t *e = call->vm->engine;
  if (call->data == 0) {
    return e->throw_value(call->vm, e->number(7));
  }
  if (call->data == 1) {
    return e->throw_type_error(call->vm, "type %d", 1);
  }
  if (call->data == 2) {
    return e->throw_range_error(call->vm, "range %s", "two");
  }
  return ISERE_ERR_BUSY;
}

CONTRACT_TEST(natives) {
  const isere_engine_t *e = c->engine;
  contract_global(c, "sum", e->function(c->vm, "sum", sum, 2, UINT64_C(0x100000000)));
  contract_is(c, "sum(1, '2', {valueOf: () => 3})", "4294967302");
  contract_is(c, "sum()", "4294967296");
  contract_is(c, "sum(...Array(300).fill(1))", "4294967596");
  contract_is(c, "[1, 2].map((x) => sum(x)).join()", "4294967297,4294967298");
  contract_is(c, "sum(Symbol())", "throws TypeError: cannot convert symbol to number");
  contract_is(c, "[sum.name, sum.length, typeof sum, sum instanceof Function].join()",
              "sum,2,function,true");
  contract_is(c, "Object.prototype.toString.call(sum)", "[object Function]");
  contract_is(c, "sum.call(null, 1) === sum.apply(0, [1]) && sum.bind(0, 1)() === sum(1)", "true");
  contract_is(c, "new sum()", "throws TypeError: not a constructor");
  contract_is(c, "/native code/.test(String(sum))", "true");
  contract_is(c, "Object.getOwnPropertyNames(sum).sort().join()", "length,name");
  contract_global(c, "self", e->function(c->vm, "self", self_of, 0, 0));
  contract_is(c, "const o = {self}; o.self() === o && self.call(5) === 5", "true");
}

CONTRACT_TEST(native_throws) {
  static const char *const texts[] = {"7", "TypeError: type 1", "RangeError: range two",
                                      "InternalError: busy: a pool or queue is full"};
  for (uint64_t i = 0; i < 4; i++) {
    const isere_value_t function = c->engine->function(c->vm, "f", thrower, 0, i);
    isere_value_t result;
    assert_int_equal(c->engine->call(c->vm, function, c->engine->undefined(), 0, NULL, &result),
                     ISERE_ERR_THROWN);
    assert_int_equal(c->engine->kind(c->vm, result), ISERE_KIND_UNDEFINED);
    assert_string_equal(contract_exception(c), texts[i]);
    contract_global(c, "f", function);
    contract_is(c, "try { f(); 'no' } catch (e) { String(e) }", texts[i]);
    contract_is(c,
                "(async () => { f() })().catch(() => 0); try { [1].map(() => f()) } catch (e) { "
                "String(e) }",
                texts[i]);
  }
  assert_int_equal(c->engine->kind(c->vm, c->engine->take_exception(c->vm)), ISERE_KIND_UNDEFINED);
}

CONTRACT_TEST(calls) {
  const isere_engine_t *e = c->engine;
  isere_value_t function;
  isere_value_t result;
  assert_int_equal(
      contract_eval(c, "(function (a, b) { return [this.x, a, b, arguments.length].join() })",
                    &function),
      ISERE_OK);
  const isere_value_t self = e->object(c->vm);
  assert_int_equal(e->set_text(c->vm, self, ISERE_SPAN("x"), e->number(9)), ISERE_OK);
  const isere_value_t args[2] = {e->number(1),
                                 e->string(c->vm, ISERE_SPAN("two"), ISERE_TEXT_UTF8)};
  assert_int_equal(e->call(c->vm, function, self, 2, args, &result), ISERE_OK);
  assert_string_equal(contract_text(c, result), "9,1,two,2");
  assert_int_equal(e->call(c->vm, function, self, 0, NULL, &result), ISERE_OK);
  assert_string_equal(contract_text(c, result), "9,,,0");
  assert_int_equal(e->call(c->vm, self, self, 0, NULL, &result), ISERE_ERR_THROWN);
  assert_string_equal(contract_exception(c), "TypeError: not a function");
  assert_int_equal(e->call(c->vm, e->undefined(), self, 0, NULL, &result), ISERE_ERR_THROWN);
  (void)contract_exception(c);
  e->release(c->vm, args[1]);
  e->release(c->vm, self);
  e->release(c->vm, function);
}

CONTRACT_TEST(memory) {
  isere_vm_stats_t before;
  isere_vm_stats_t after;
  c->engine->stats(c->vm, &before);
  assert_int_equal(before.heap_limit_bytes, CONTRACT_HEAP_BYTES);
  assert_in_range(before.heap_used_bytes, 1, CONTRACT_HEAP_BYTES);
  void *block = c->engine->alloc(c->vm, 100000);
  assert_non_null(block);
  memset(block, 1, 100000);
  c->engine->stats(c->vm, &after);
  assert_true(after.heap_used_bytes >= before.heap_used_bytes + 100000);
  assert_true(after.heap_peak_bytes >= after.heap_used_bytes);
  c->engine->free(c->vm, block);
  c->engine->free(c->vm, NULL);
  c->engine->stats(c->vm, &after);
  assert_int_equal(after.heap_used_bytes, before.heap_used_bytes);
  assert_true(after.heap_peak_bytes >= before.heap_used_bytes + 100000);
  assert_int_equal(c->engine->faults(c->vm), 0);
  assert_null(c->engine->alloc(c->vm, CONTRACT_HEAP_BYTES));
  assert_false(c->engine->is_thrown(c->vm));
  assert_int_equal(c->engine->faults(c->vm), ISERE_VM_FAULT_NOMEM);
}

int isere_test_engine_contract_values(void);

int isere_test_engine_contract_values(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds),          cmocka_unit_test(small_values),
      cmocka_unit_test(conversions),    cmocka_unit_test(texts),
      cmocka_unit_test(text_of_values), cmocka_unit_test(text_is_pinned),
      cmocka_unit_test(bytes),          cmocka_unit_test(json),
      cmocka_unit_test(natives),        cmocka_unit_test(native_throws),
      cmocka_unit_test(calls),          cmocka_unit_test(memory),
  };
  return cmocka_run_group_tests_name("engine_contract/values", tests, NULL, NULL);
}
