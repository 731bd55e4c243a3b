// SPDX-License-Identifier: Apache-2.0
// Tests of invocations from bytes to bytes: a fake network, a clock that stands still, real worker
// tasks and a real engine.
#include "functions/dispatcher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "fake_host.h"
#include "http/server.h"

int isere_test_functions_dispatcher(void);

#define PORT 8080
#define MESSAGES_MAX (2 * ISERE_INVOCATIONS_MAX + 64)

// The whole platform, with the test as its io task.
typedef struct {
  isere_loop_t io;
  isere_message_t messages[MESSAGES_MAX];
  isere_http_server_t *server;
  isere_function_t function;
  isere_dispatcher_t dispatcher;
  bool stopped;
} platform_t;

static platform_t platform;

static void open_platform(const char *source, uint32_t invocations_max, bool dev) {
  isere_fake_net_reset();
  isere_port_host_log(false, ISERE_LOG_INFO);
  isere_fake_output_forget();
  isere_fake_file_set("f.js", source);
  platform.stopped = false;
  isere_loop_init(&platform.io, platform.messages, MESSAGES_MAX);
  isere_loop_bind(&platform.io);
  platform.function = (isere_function_t){
      .name = "f",
      .path = "f.js",
      .heap_bytes = 8u << 20,
      .timeout_ms = 1000,
      .cpu_ms = 500,
      .dev = dev,
  };
  assert_int_equal(isere_function_open(&platform.function, isere_span(NULL, 0)), ISERE_OK);
  const isere_http_server_config_t config = {
      .arg = &platform.dispatcher,
      .on_request = isere_dispatcher_on_request,
      .on_cancel = isere_dispatcher_on_cancel,
      .conns_max = 32,
      .blocks_max = 64,
  };
  assert_int_equal(isere_http_server_open(&config, &platform.io, &platform.server), ISERE_OK);
  assert_int_equal(isere_http_server_listen(platform.server, "127.0.0.1", PORT), ISERE_OK);
  assert_int_equal(isere_dispatcher_init(&platform.dispatcher, &platform.io, &platform.function,
                                         invocations_max),
                   ISERE_OK);
  platform.dispatcher.server = platform.server;
}

static void on_stopped(void *arg) {
  *(bool *)arg = true;
}

// One round of the io task. Blocks until a worker or a timer has something, when there is nothing
// to do now.
static void turn(void) {
  while (isere_fake_net_step()) {}
  (void)isere_loop_step(&platform.io);
  if (!isere_fake_net_step()) {
    (void)ulTaskNotifyTake(pdTRUE, 1);
  }
}

static void close_platform(void) {
  isere_http_server_stats_t stats;
  do {
    turn();
    isere_http_server_stats(platform.server, &stats);
  } while (stats.exchanges > 0 || platform.dispatcher.pool.used > 0);
  isere_dispatcher_stop(&platform.dispatcher, on_stopped, &platform.stopped);
  while (!platform.stopped) {
    turn();
  }
  isere_http_server_close(platform.server);
  isere_function_close(&platform.function);
  // What a program keeps to its end; the next test has the dispatcher's memory anew.
  for (uint32_t i = 0; i < ISERE_WORKERS_MAX; i++) {
    isere_worker_t *worker = &platform.dispatcher.workers[i];
    if (worker->state != ISERE_WORKER_ABSENT) {
      vTaskDelete(worker->task);
      free(worker->stack); // the fake port's stacks are malloc's
    }
  }
  vPortFree(platform.dispatcher.slots);
}

static isere_fake_client_t *send_request(const char *bytes) {
  isere_fake_client_t *client = isere_fake_net_connect(PORT);
  assert_non_null(client);
  isere_fake_client_send(client, isere_span_of(bytes));
  return client;
}

static isere_fake_client_t *get(const char *path) {
  char request[256];
  snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
  return send_request(request);
}

// Waits for a whole response and returns it, NUL-terminated.
static const char *answer_of(isere_fake_client_t *client) {
  static char text[65536];
  static const char field[] = "Content-Length: ";
  for (;;) {
    const isere_span_t got = isere_fake_client_received(client);
    assert_true(got.len < sizeof(text));
    memcpy(text, got.ptr, got.len);
    text[got.len] = '\0';
    const char *body = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, field);
    if (body != NULL && length != NULL &&
        strlen(body + 4) >= strtoul(length + sizeof(field) - 1, NULL, 10)) {
      return text;
    }
    turn();
  }
}

static void assert_answer(isere_fake_client_t *client, const char *status, const char *part) {
  const char *text = answer_of(client);
  char line[64];
  snprintf(line, sizeof(line), "HTTP/1.1 %s", status);
  if (strncmp(text, line, strlen(line)) != 0 || strstr(text, part) == NULL) {
    print_error("wanted %s with %s, got:\n%s\n", status, part, text);
    fail();
  }
}

// Moves the clock until `client` has its answer: what waits for time gets it.
static void advance_until_answered(isere_fake_client_t *client) {
  while (isere_fake_client_received(client).len == 0) {
    isere_fake_clock_advance_ms(10);
    for (uint32_t i = 0; i < ISERE_WORKERS_MAX; i++) {
      if (platform.dispatcher.workers[i].state == ISERE_WORKER_SLEEPING) {
        platform.dispatcher.workers[i].loop.wake(&platform.dispatcher.workers[i].loop);
      }
    }
    turn();
  }
}

static void answers_a_request(void **state) {
  (void)state;
  open_platform("let n = 0; export const handler = async (e) => ({body: `${e.path} ${++n}`});", 0,
                false);
  assert_answer(get("/a"), "200 OK", "\r\n\r\n/a 1");
  assert_answer(get("/b"), "200 OK", "\r\n\r\n/b 2"); // the module was evaluated once
  close_platform();
}

static void errors_stay_with_their_request(void **state) {
  (void)state;
  open_platform("exports.handler = async (e) => { if (e.path === '/bad') throw new TypeError('no');"
                " return {body: 'fine'}; };",
                0, false);
  assert_answer(get("/bad"), "500 Internal Server Error",
                "{\"errorType\":\"TypeError\",\"errorMessage\":\"no\"}");
  assert_non_null(strstr(isere_fake_output(), "TypeError: no"));
  assert_answer(get("/"), "200 OK", "fine");
  close_platform();
}

static void a_syntax_error_names_its_place(void **state) {
  (void)state;
  open_platform("export const handler = 1;\nlet x y;\n", 0, false);
  for (int i = 0; i < 2; i++) {
    isere_fake_output_forget();
    assert_answer(get("/"), "500 Internal Server Error", "\"errorType\":\"SyntaxError\"");
    assert_non_null(strstr(isere_fake_output(), "f.js:2:"));
    assert_non_null(strstr(isere_fake_output(), "let x y;\n"));
    assert_non_null(strstr(isere_fake_output(), "^\n"));
  }
  close_platform();
}

static void a_missing_handler_is_an_error(void **state) {
  (void)state;
  open_platform("export const handle = () => 1;", 0, false);
  assert_answer(get("/"), "500 Internal Server Error", "Runtime.HandlerNotFound");
  close_platform();
}

static void time_runs_out_for_one_alone(void **state) {
  (void)state;
  open_platform(
      "export const handler = (e) => e.path === '/never' ? new Promise(() => {}) : {body: 'x'};", 0,
      false);
  isere_fake_client_t *never = get("/never");
  assert_answer(get("/"), "200 OK", "x");
  advance_until_answered(never);
  assert_answer(never, "504 Gateway Timeout", "Runtime.Timeout");
  assert_answer(get("/"), "200 OK", "x");
  close_platform();
}

static void timers_of_the_code_run(void **state) {
  (void)state;
  open_platform(
      "export const handler = () => new Promise((r) => setTimeout(r, 500, {body: 'late'}));", 0,
      false);
  isere_fake_client_t *client = get("/");
  advance_until_answered(client);
  assert_answer(client, "200 OK", "late");
  close_platform();
}

static void done_waits_for_the_timers_unless_told_not_to(void **state) {
  (void)state;
  open_platform("let log = ''; exports.handler = (e, c, done) => {"
                " c.callbackWaitsForEmptyEventLoop = e.path === '/wait';"
                " setTimeout(() => { log += e.path; }, 300);"
                " done(null, {get body() { return `log=${log}`; }}); };",
                0, false);
  assert_answer(get("/now"), "200 OK", "\r\n\r\nlog=");
  isere_fake_client_t *client = get("/wait");
  advance_until_answered(client);
  // The timer that the first left behind was frozen with its instance, and went on with the second.
  assert_answer(client, "200 OK", "log=/now/wait");
  close_platform();
}

static void what_settles_together_is_answered_together(void **state) {
  (void)state;
  // The first ends without a response in the turn in which the second, later in line, gets its own.
  open_platform("let second; exports.handler = (e, c, done) => {"
                " if (e.path === '/second') { second = done; setTimeout(() => {}, 900);"
                "   c.callbackWaitsForEmptyEventLoop = false; return; }"
                " setTimeout(() => second(null, {body: 'second'}), 300); };",
                0, false);
  isere_fake_client_t *first = get("/first");
  isere_fake_client_t *second = get("/second");
  advance_until_answered(first);
  assert_answer(first, "502 Bad Gateway", "without a response");
  assert_answer(second, "200 OK", "second"); // without the clock moving on
  close_platform();
}

static void a_throw_that_nobody_waits_for_is_logged(void **state) {
  (void)state;
  open_platform("exports.handler = async (e) => { if (e.path === '/leave') setTimeout(() => { "
                "throw new Error('left behind'); }, 50);"
                " else await new Promise((r) => setTimeout(r, 200)); return {body: 'fine'}; };",
                0, false);
  assert_answer(get("/leave"), "200 OK", "fine");
  isere_fake_client_t *client = get("/");
  advance_until_answered(client);
  assert_answer(client, "200 OK", "fine");
  assert_non_null(strstr(isere_fake_output(), "left behind"));
  close_platform();
}

static void no_response_is_an_error(void **state) {
  (void)state;
  open_platform("exports.handler = () => {};", 0, false);
  assert_answer(get("/"), "502 Bad Gateway", "without a response");
  close_platform();
}

static void a_full_queue_is_503(void **state) {
  (void)state;
  open_platform(
      "export const handler = (e) => e.path === '/never' ? new Promise(() => {}) : {body: 'x'};", 2,
      false);
  isere_fake_client_t *first = get("/never");
  isere_fake_client_t *second = get("/never");
  turn();
  isere_fake_client_t *third = get("/");
  assert_answer(third, "503 Service Unavailable", "Retry-After: 1\r\n");
  advance_until_answered(first);
  assert_answer(second, "504 Gateway Timeout", "Runtime.Timeout");
  assert_answer(get("/"), "200 OK", "x");
  close_platform();
}

static void a_client_that_goes_away_is_forgotten(void **state) {
  (void)state;
  open_platform("let left = 0; export const handler = (e) => { if (e.path !== '/never') return "
                "{body: `left=${left}`};"
                " setInterval(() => { left++; }, 1); return new Promise(() => {}); };",
                0, false);
  isere_fake_client_t *client = get("/never");
  while (platform.dispatcher.pool.used == 0) {
    turn();
  }
  isere_fake_client_reset(client);
  while (platform.dispatcher.pool.used > 0) {
    turn();
  }
  isere_fake_clock_advance_ms(50);
  assert_answer(get("/"), "200 OK", "left=0"); // its interval has gone with it
  close_platform();
}

static void a_spinning_function_fails_alone(void **state) {
  (void)state;
  open_platform("let n = 0; export const handler = (e) => { if (e.path === '/spin') for (;;) {} "
                "return {body: `${++n}`}; };",
                0, false);
  assert_answer(get("/"), "200 OK", "\r\n\r\n1");
  isere_fake_client_t *client = get("/spin");
  // The clock stands still, so only the client's going away can end it.
  while (platform.dispatcher.workers[0].state != ISERE_WORKER_LONG &&
         platform.dispatcher.workers[0].state != ISERE_WORKER_RUNNING) {
    turn();
  }
  isere_fake_client_reset(client);
  while (platform.dispatcher.pool.used > 0) {
    turn();
  }
  assert_answer(get("/"), "200 OK", "\r\n\r\n1"); // the interrupted instance was replaced
  close_platform();
}

static void memory_runs_out_for_one_alone(void **state) {
  (void)state;
  open_platform("let n = 0; export const handler = (e) => { if (e.path === '/eat') { const a = []; "
                "for (;;) a.push(new Array(1000).fill(1)); }"
                " return {body: `${++n}`}; };",
                0, false);
  assert_answer(get("/"), "200 OK", "\r\n\r\n1");
  assert_answer(get("/eat"), "500 Internal Server Error", "Runtime.OutOfMemory");
  assert_answer(get("/"), "200 OK", "\r\n\r\n1");
  close_platform();
}

static void a_large_body_is_sent_from_the_heap_and_released(void **state) {
  (void)state;
  open_platform("export const handler = (e) => ({body: 'y'.repeat(60000)});", 0, false);
  isere_fake_client_t *client = isere_fake_net_connect(PORT);
  isere_fake_client_take(client, 1000);
  isere_fake_client_send(client, ISERE_SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  while (isere_fake_client_received(client).len < 1000) {
    turn();
  }
  assert_int_equal(platform.dispatcher.pool.used, 1); // pinned until the rest is out
  isere_fake_client_take(client, 100000);
  assert_answer(client, "200 OK", "Content-Length: 60000\r\n");
  while (platform.dispatcher.pool.used > 0) {
    turn();
  }
  close_platform();
}

static void dev_mode_takes_the_saved_file(void **state) {
  (void)state;
  open_platform("export const handler = () => ({body: 'one'});", 0, true);
  assert_answer(get("/"), "200 OK", "one");
  isere_fake_file_set("f.js", "export const handler = () => ({body: 'two'});");
  assert_answer(get("/"), "200 OK", "two");
  isere_fake_file_set("f.js", "export const handler = () => { throw new Error('three'); };");
  assert_answer(get("/"), "500 Internal Server Error", "\"trace\":[");
  close_platform();
}

static void imports_and_a_top_level_await_are_waited_for(void **state) {
  (void)state;
  isere_fake_file_set("lib/g.js", "export const greeting = 'hello';");
  open_platform("import { greeting } from './lib/g.js';"
                "const late = await new Promise((r) => setTimeout(r, 100, 'late'));"
                "export const handler = () => ({body: greeting + late});",
                0, false);
  isere_fake_client_t *first = get("/");
  isere_fake_client_t *second = get("/");
  advance_until_answered(first);
  assert_answer(first, "200 OK", "hellolate");
  assert_answer(second, "200 OK", "hellolate");
  close_platform();
  isere_fake_file_set("lib/g.js", NULL);
}

int isere_test_functions_dispatcher(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_a_request),
      cmocka_unit_test(errors_stay_with_their_request),
      cmocka_unit_test(a_syntax_error_names_its_place),
      cmocka_unit_test(a_missing_handler_is_an_error),
      cmocka_unit_test(time_runs_out_for_one_alone),
      cmocka_unit_test(timers_of_the_code_run),
      cmocka_unit_test(done_waits_for_the_timers_unless_told_not_to),
      cmocka_unit_test(what_settles_together_is_answered_together),
      cmocka_unit_test(a_throw_that_nobody_waits_for_is_logged),
      cmocka_unit_test(no_response_is_an_error),
      cmocka_unit_test(a_full_queue_is_503),
      cmocka_unit_test(a_client_that_goes_away_is_forgotten),
      cmocka_unit_test(a_spinning_function_fails_alone),
      cmocka_unit_test(memory_runs_out_for_one_alone),
      cmocka_unit_test(a_large_body_is_sent_from_the_heap_and_released),
      cmocka_unit_test(dev_mode_takes_the_saved_file),
      cmocka_unit_test(imports_and_a_top_level_await_are_waited_for),
  };
  return cmocka_run_group_tests_name("functions_dispatcher", tests, NULL, NULL);
}
