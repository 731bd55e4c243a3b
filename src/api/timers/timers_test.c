// SPDX-License-Identifier: Apache-2.0
// Timers through code: order, conversion of delays, clearing from everywhere, turns, and what a
// full heap does.
#include "api/timers/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka.h needs those above.
#include <cmocka.h>

#include "fake.h"
#include "port/clock.h"

int isere_test_api_timers_timers(void);

#define HEAP_BYTES ((size_t)4 * 1024 * 1024)

typedef struct {
  isere_api_host_t host; // first: vm->owner
  isere_vm_t *vm;
  char printed[4096];
  size_t printed_len;
  int changes;
  int rejections;
  isere_api_turn_t *idle;
} fixture_t;

static void on_print(isere_api_host_t *host, isere_log_level_t level, isere_span_t text) {
  fixture_t *fixture = (fixture_t *)host;
  (void)level;
  int len =
      snprintf(fixture->printed + fixture->printed_len,
               sizeof(fixture->printed) - fixture->printed_len, "%.*s;", (int)text.len, text.ptr);
  fixture->printed_len += (size_t)len;
  assert_true(fixture->printed_len < sizeof(fixture->printed));
}

static void on_change(isere_api_host_t *host) {
  ((fixture_t *)host)->changes++;
}

static void on_idle(isere_api_host_t *host, isere_api_turn_t *turn) {
  ((fixture_t *)host)->idle = turn;
}

static void on_rejection(isere_vm_t *vm, isere_value_t promise, isere_value_t reason,
                         bool handled) {
  (void)promise;
  (void)reason;
  ((fixture_t *)vm->owner)->rejections += handled ? -1 : 1;
}

static int set_up(void **state) {
  static fixture_t fixture;
  fixture = (fixture_t){
      .host = {.print = on_print, .on_timer_change = on_change, .on_turn_idle = on_idle}};
  isere_vm_config_t config = {.heap_bytes = HEAP_BYTES,
                              .stack_bytes = (size_t)256 * 1024,
                              .owner = &fixture,
                              .on_rejection = on_rejection};
  assert_int_equal(isere_engine_quickjs.open(&config, &fixture.vm), ISERE_OK);
  assert_int_equal(isere_api_install(fixture.vm), ISERE_OK);
  *state = &fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  isere_api_timers_clear(fixture->vm);
  assert_int_equal(fixture->host.timer_count, 0);
  assert_null(isere_timers_first(&fixture->host.timers));
  fixture->vm->engine->close(fixture->vm);
  return 0;
}

static isere_err_t run(fixture_t *fixture, const char *code) {
  const isere_engine_t *engine = fixture->vm->engine;
  isere_value_t exports;
  isere_value_t pending;
  isere_err_t err = engine->load(fixture->vm, isere_span_of(code), "test.js", ISERE_SOURCE_SCRIPT,
                                 &exports, &pending);
  if (err == ISERE_OK) {
    engine->release(fixture->vm, exports);
    engine->release(fixture->vm, pending);
    err = engine->run_jobs(fixture->vm);
  }
  return err;
}

// Evaluates `code`, and tells what it printed.
static void assert_prints(fixture_t *fixture, const char *code, const char *printed) {
  fixture->printed_len = 0;
  fixture->printed[0] = '\0';
  assert_int_equal(run(fixture, code), ISERE_OK);
  assert_string_equal(fixture->printed, printed);
}

// Lets time go by, a millisecond at a time, with all that becomes due.
static void elapse(fixture_t *fixture, uint64_t ms) {
  for (uint64_t i = 0; i <= ms; i++) {
    isere_err_t err;
    do {
      isere_api_turn_t *turn;
      err = isere_api_timers_run(fixture->vm, isere_port_clock_now_ms(), &turn);
      fixture->host.turn = turn;
      assert_int_equal(fixture->vm->engine->run_jobs(fixture->vm), ISERE_OK);
      fixture->host.turn = NULL;
      assert_true(err == ISERE_OK || err == ISERE_ERR_AGAIN);
    } while (err == ISERE_OK);
    if (i < ms) {
      isere_fake_clock_advance_ms(1);
    }
  }
}

static void assert_prints_in(fixture_t *fixture, uint64_t ms, const char *printed) {
  fixture->printed_len = 0;
  fixture->printed[0] = '\0';
  elapse(fixture, ms);
  assert_string_equal(fixture->printed, printed);
}

static void test_order(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture,
                "const p = (t) => () => console.log(t);"
                "setTimeout(p('c'), 3); setTimeout(p('a'), 1); setTimeout(p('b1'), 2); "
                "setTimeout(p('b2'), 2);"
                "setTimeout(p('zero'), 0); setTimeout(p('none')); console.log('now');",
                "now;");
  assert_int_equal(fixture->changes, 3); // c, a, zero: each was the earliest
  assert_prints_in(fixture, 0, "zero;none;");
  assert_prints_in(fixture, 2, "a;b1;b2;");
  assert_prints_in(fixture, 5, "c;");
  assert_int_equal(fixture->host.timer_count, 0);
}

static void test_arguments(void **state) {
  fixture_t *fixture = *state;
  assert_prints(
      fixture,
      "const ids = [setTimeout((...a) => console.log(a.length, ...a), 1, 'x', 2, null), "
      "setInterval(() => {}, 100),"
      "  setTimeout(function () { console.log(arguments.length); }, 2)];"
      "console.log(ids.every((id, i) => Number.isInteger(id) && id > (i === 0 ? 0 : ids[i - 1])));"
      "console.log(setTimeout.length, setTimeout.name, clearTimeout());",
      "true;1 setTimeout undefined;");
  assert_prints_in(fixture, 3, "3 x 2 null;0;");
}

// The delay's conversion: what is due at once, after 5 ms, and after longer.
static void test_delays(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture,
                "const list = [['neg', -1], ['nan', NaN], ['text', 'x'], ['inf', Infinity], "
                "['-inf', -Infinity],"
                "  ['2^31', 2 ** 31], ['2^32', 2 ** 32], ['undef', undefined], ['null', null], "
                "['0.9', 0.9], ['obj', {}],"
                "  ['5.9', 5.9], ['\"5\"', '5'], ['2^32+5', 2 ** 32 + 5], ['-2^32+5', 5 - 2 ** "
                "32], ['valueOf', { valueOf: () => 5 }],"
                "  ['2^31-1', 2 ** 31 - 1]];"
                "for (const [name, delay] of list) { setTimeout(() => console.log(name), delay); }",
                "");
  assert_prints_in(fixture, 0, "neg;nan;text;inf;-inf;2^31;2^32;undef;null;0.9;obj;");
  assert_prints_in(fixture, 4, "");
  assert_prints_in(fixture, 1, "5.9;\"5\";2^32+5;-2^32+5;valueOf;");
  assert_int_equal(fixture->host.timer_count, 1);
}

static void test_wrong_arguments(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture,
                "const t = (f) => { try { f(); } catch (e) { console.log(e.name); } };"
                "t(() => setTimeout()); t(() => setTimeout('code', 1)); t(() => setInterval({})); "
                "t(() => setTimeout(() => {}, 1n));"
                "t(() => setTimeout(() => {}, Symbol())); t(() => setTimeout(() => {}, { valueOf() "
                "{ throw new EvalError(); } }));"
                "t(() => queueMicrotask()); t(() => queueMicrotask('x'));",
                "TypeError;TypeError;TypeError;TypeError;TypeError;EvalError;TypeError;TypeError;");
  assert_int_equal(fixture->host.timer_count, 0);
}

static void test_clearing(void **state) {
  fixture_t *fixture = *state;
  assert_prints(
      fixture,
      "const p = (t) => () => console.log(t);"
      "const a = setTimeout(p('a'), 1), b = setTimeout(p('b'), 1), c = setTimeout(p('c'), 1);"
      "clearTimeout(b); clearTimeout(b); clearInterval(c); clearTimeout(String(a) + 'x');"
      "for (const bad of [undefined, null, 0, -1, 1e99, NaN, 1.5, {}, [], Symbol(), 1n, 'x', () => "
      "{}, { valueOf() { throw 1; } }]) clearTimeout(bad);"
      "clearTimeout(); clearTimeout(999999);",
      "");
  assert_prints_in(fixture, 1, "a;");
  assert_prints(fixture, "const d = setTimeout(p('d'), 1); clearTimeout(`${d}`);", "");
  assert_prints_in(fixture, 1, "");
}

static void test_clearing_within(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture,
                "let self = setTimeout(() => { clearTimeout(self); console.log('once'); }, 1);"
                "let n = 0; let iv = setInterval(() => { console.log(++n); if (n === 3) "
                "clearInterval(iv); }, 2);"
                "let other; setTimeout(() => { clearTimeout(other); console.log('other'); }, 1); "
                "other = setTimeout(() => console.log('never'), 1);"
                "let again = setInterval(() => { clearInterval(again); again = setInterval(() => { "
                "clearInterval(again); console.log('second'); }, 1); }, 1);",
                "");
  assert_prints_in(fixture, 20, "once;other;1;second;2;3;");
  assert_int_equal(fixture->host.timer_count, 0);
}

static void test_interval_of_0_lets_time_pass(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture, "let n = 0; setInterval(() => console.log(++n), 0);", "");
  assert_prints_in(fixture, 2, "1;2;3;");
}

static void test_microtasks_come_first(void **state) {
  fixture_t *fixture = *state;
  assert_prints(
      fixture,
      "setTimeout(() => { console.log('t1'); queueMicrotask(() => console.log('m1')); "
      "Promise.resolve().then(() => console.log('m2')); }, 1);"
      "setTimeout(() => console.log('t2'), 1);"
      "queueMicrotask(function () { console.log('m0', arguments.length); }); console.log('sync');",
      "sync;m0 0;");
  assert_prints_in(fixture, 1, "t1;m1;m2;t2;");
  assert_prints(fixture, "Promise.prototype.then = null; queueMicrotask(() => console.log('own'));",
                "own;");
}

static void test_microtask_that_throws(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture,
                "queueMicrotask(() => { throw 1; }); queueMicrotask(() => console.log('next'));",
                "next;");
  assert_int_equal(fixture->rejections, 1);
}

static void test_callback_that_throws(void **state) {
  fixture_t *fixture = *state;
  const isere_engine_t *engine = fixture->vm->engine;
  isere_api_turn_t turn;
  isere_api_turn_t *whose;
  isere_api_turn_init(&turn);
  fixture->host.turn = &turn;
  assert_prints(fixture, "setTimeout(() => { throw 7; }, 1); setInterval(() => { throw 8; }, 2);",
                "");
  fixture->host.turn = NULL;
  for (int i = 0; i < 2; i++) {
    double thrown;
    isere_fake_clock_advance_ms(1);
    assert_int_equal(isere_api_timers_run(fixture->vm, isere_port_clock_now_ms(), &whose),
                     ISERE_ERR_THROWN);
    assert_ptr_equal(whose, &turn);
    assert_null(fixture->host.turn);
    isere_value_t exception = engine->take_exception(fixture->vm);
    assert_int_equal(engine->to_number(fixture->vm, exception, &thrown), ISERE_OK);
    assert_int_equal((int)thrown, 7 + i);
    engine->release(fixture->vm, exception);
    assert_int_equal(isere_api_timers_count_of(&turn), 1);
  }
  isere_api_timers_stop_all_of(fixture->vm, &turn);
  assert_int_equal(isere_api_timers_count_of(&turn), 0);
  assert_int_equal(fixture->host.timer_count, 0);
}

static void test_turns(void **state) {
  fixture_t *fixture = *state;
  isere_api_turn_t one;
  isere_api_turn_t two;
  isere_api_turn_init(&one);
  isere_api_turn_init(&two);
  fixture->host.turn = &one;
  assert_prints(fixture,
                "let ids = []; ids.push(setTimeout(() => { console.log('one'); setTimeout(() => "
                "console.log('child'), 1); }, 1), setTimeout(() => {}, 50));",
                "");
  fixture->host.turn = &two;
  assert_prints(
      fixture,
      "ids.push(setTimeout(() => console.log('two'), 1), setInterval(() => console.log('iv'), 1));",
      "");
  fixture->host.turn = NULL;
  assert_int_equal(isere_api_timers_count_of(&one), 2);
  assert_int_equal(isere_api_timers_count_of(&two), 2);
  assert_prints_in(fixture, 1, "one;two;iv;");
  assert_int_equal(isere_api_timers_count_of(&one), 2); // the child took the place of its parent
  assert_int_equal(isere_api_timers_count_of(&two), 1);
  isere_api_timers_disown(fixture->vm, &two);
  assert_int_equal(isere_api_timers_count_of(&two), 0);
  isere_api_timers_stop_all_of(fixture->vm, &one);
  assert_int_equal(isere_api_timers_count_of(&one), 0);
  assert_prints_in(fixture, 2, "iv;iv;");
  assert_null(fixture->idle);
  assert_int_equal(fixture->host.timer_count, 1);
}

// The host hears when code clears the last timer of a turn, whichever turn's code does it.
static void test_idle_turn(void **state) {
  fixture_t *fixture = *state;
  isere_api_turn_t turn;
  isere_api_turn_init(&turn);
  fixture->host.turn = &turn;
  assert_prints(fixture, "let a = setTimeout(() => {}, 9), b = setInterval(() => {}, 9);", "");
  fixture->host.turn = NULL;
  assert_prints(fixture, "clearTimeout(a);", "");
  assert_null(fixture->idle);
  assert_prints(fixture, "clearTimeout(b);", "");
  assert_ptr_equal(fixture->idle, &turn);
}

// A callback may stop every timer of its own turn, itself included.
static isere_err_t stop_all(isere_call_t *call) {
  fixture_t *fixture = call->vm->owner;
  isere_api_timers_stop_all_of(call->vm, fixture->host.turn);
  return ISERE_OK;
}

static void test_stop_all_within(void **state) {
  fixture_t *fixture = *state;
  const isere_engine_t *engine = fixture->vm->engine;
  isere_api_turn_t turn;
  isere_api_turn_init(&turn);
  isere_value_t global = engine->global(fixture->vm);
  assert_int_equal(engine->set_text(fixture->vm, global, ISERE_SPAN("stopAll"),
                                    engine->function(fixture->vm, "stopAll", stop_all, 0, 0)),
                   ISERE_OK);
  engine->release(fixture->vm, global);
  fixture->host.turn = &turn;
  assert_prints(fixture,
                "setInterval(() => { console.log('iv'); stopAll(); }, 1); setTimeout(() => "
                "console.log('never'), 1);",
                "");
  fixture->host.turn = NULL;
  assert_prints_in(fixture, 3, "iv;");
  assert_int_equal(isere_api_timers_count_of(&turn), 0);
  assert_int_equal(fixture->host.timer_count, 0);
}

static void test_many(void **state) {
  fixture_t *fixture = *state;
  assert_prints(
      fixture,
      "let ran = 0, ids = new Set(); for (let i = 0; i < 10000; i++) ids.add(setTimeout(() => "
      "ran++, i % 50));"
      "let k = 0; for (const id of ids) if (k++ % 2) clearTimeout(id); console.log(ids.size);",
      "10000;");
  assert_int_equal(fixture->host.timer_count, 5000);
  elapse(fixture, 50);
  assert_prints(fixture, "console.log(ran);", "5000;");
  assert_int_equal(fixture->host.timer_count, 0);
}

static void test_heap_limit(void **state) {
  fixture_t *fixture = *state;
  assert_int_not_equal(run(fixture, "for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6);"),
                       ISERE_OK);
  assert_true(fixture->host.timer_count > 1000);
  assert_true((fixture->vm->engine->faults(fixture->vm) & ISERE_VM_FAULT_NOMEM) != 0);
  fixture->vm->engine->release(fixture->vm, fixture->vm->engine->take_exception(fixture->vm));
}

static void test_process(void **state) {
  fixture_t *fixture = *state;
  static const char *const env[] = {"A=1", "EMPTY=", "WITH=a=b", "malformed", NULL};
  static const char *const argv[] = {"isere", "file.js", "é", NULL};
  fixture->host.env = env;
  fixture->host.argv = argv;
  assert_prints(fixture,
                "console.log(JSON.stringify(process.env), JSON.stringify(process.argv));"
                "process.env.NEW = 'x'; console.log(Object.keys(process.env).join());"
                "process.nextTick((a, b) => console.log('tick', a, b), 1, 2); "
                "process.stdout.write('out\\n'); process.stderr.write(5);"
                "console.log(process.uptime(), process.hrtime().length, typeof "
                "process.hrtime.bigint(), process.memoryUsage().heapUsed > 0);"
                "try { process.exit(1); } catch (e) { console.log(e.name, e.message.length > 20); }"
                "try { process.nextTick(1); } catch (e) { console.log(e.name); }",
                "{\"A\":\"1\",\"EMPTY\":\"\",\"WITH\":\"a=b\"} "
                "[\"isere\",\"file.js\",\"é\"];A,EMPTY,WITH,NEW;"
                "out;5;0 2 bigint true;TypeError true;TypeError;tick 1 2;");
}

// A lazily made global gives way to what code assigns before it reads it.
static void test_globals_can_be_replaced(void **state) {
  fixture_t *fixture = *state;
  assert_prints(fixture,
                "const log = globalThis.console.log; globalThis.process = 5; log(process, typeof "
                "console.table);",
                "5 function;");
  assert_prints(fixture, "console = { log: 1 }; log(console.log); setTimeout = 3; log(setTimeout);",
                "1;3;");
}

int isere_test_api_timers_timers(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_arguments, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_delays, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_wrong_arguments, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_clearing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_clearing_within, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_interval_of_0_lets_time_pass, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_microtasks_come_first, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_microtask_that_throws, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_callback_that_throws, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_turns, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_idle_turn, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_stop_all_within, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_heap_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_process, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_globals_can_be_replaced, set_up, tear_down),
  };
  return cmocka_run_group_tests_name("api/timers", tests, NULL, NULL);
}
