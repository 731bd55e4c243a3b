// SPDX-License-Identifier: Apache-2.0
// Tests of connections over time: slow, silent and vanished clients, full pools, evictions, the
// drain.
#include "http/server_fixture.h"

int isere_test_http_server_life(void);

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"

static void assert_empty(const fixture_t *fixture) {
  const isere_http_server_stats_t stats = fixture_stats(fixture);
  assert_int_equal(stats.conns, 0);
  assert_int_equal(stats.exchanges, 0);
  assert_int_equal(stats.blocks_used, 0);
}

static void test_idle_timeout(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(0, 0);
  isere_fake_client_t *silent = fixture_connect(fixture);
  isere_fake_client_t *used = fixture_connect(fixture);
  fixture_advance(fixture, ISERE_HTTP_IDLE_MS_MAX / 2);
  fixture_send(fixture, used, ISERE_SPAN(GET));
  isere_fake_client_forget(used);
  fixture_advance(fixture, ISERE_HTTP_IDLE_MS_MAX / 2 - 1);
  assert_false(isere_fake_client_at_end(silent));
  fixture_advance(fixture, 1);
  assert_true(isere_fake_client_at_end(silent));
  assert_false(isere_fake_client_was_reset(silent));
  assert_int_equal(isere_fake_client_received(silent).len, 0);
  assert_false(isere_fake_client_at_end(used));
  fixture_advance(fixture, ISERE_HTTP_IDLE_MS_MAX / 2);
  assert_true(isere_fake_client_at_end(used));
  assert_int_equal(isere_fake_client_received(used).len, 0);
  assert_empty(fixture);
  // Nothing is due any more: the process may sleep for ever.
  fixture_advance(fixture, ISERE_HTTP_IDLE_MS_MAX);
  assert_int_equal(isere_loop_step(&fixture->loop), portMAX_DELAY);
  fixture_close(fixture);
}

// Empty lines are no request: their connection stays an idle one.
static void test_empty_lines_are_idle(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(0, 0);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN("\r\n"));
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  fixture_advance(fixture, ISERE_HTTP_HEAD_MS_MAX + 1);
  assert_false(isere_fake_client_at_end(client));
  fixture_advance(fixture, ISERE_HTTP_IDLE_MS_MAX);
  assert_true(isere_fake_client_at_end(client));
  assert_int_equal(isere_fake_client_received(client).len, 0);
  fixture_close(fixture);
}

// A head that comes byte by byte does not buy time.
static void test_head_timeout(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(0, 0);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_advance(fixture, 1000);
  fixture_send(fixture, client, ISERE_SPAN("GET / "));
  for (int i = 0; i < 14; i++) {
    fixture_advance(fixture, ISERE_HTTP_HEAD_MS_MAX / 15);
    assert_int_equal(received_status(client), 0);
    fixture_send(fixture, client, ISERE_SPAN("x"));
  }
  fixture_advance(fixture, ISERE_HTTP_HEAD_MS_MAX / 15);
  assert_int_equal(received_status(client), 408);
  assert_true(received_has(client, "Connection: close\r\n"));
  assert_true(isere_fake_client_at_end(client));
  assert_int_equal(fixture_stats(fixture).conns, 1); // it lingers
  fixture_advance(fixture, ISERE_HTTP_LINGER_MS_MAX);
  assert_empty(fixture);
  fixture_check_alive(fixture);
  fixture_close(fixture);
}

// A body may take long, as long as it comes.
static void test_body_timeout(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(0, 0);
  isere_fake_client_t *slow = fixture_connect(fixture);
  isere_fake_client_t *silent = fixture_connect(fixture);
  fixture_send(fixture, slow, ISERE_SPAN(POST));
  fixture_send(fixture, silent, ISERE_SPAN(POST "abc"));
  for (int i = 0; i < 3; i++) {
    fixture_advance(fixture, ISERE_HTTP_BODY_MS_MAX - 1);
    fixture_send(fixture, slow, ISERE_SPAN("x"));
  }
  assert_int_equal(received_status(silent), 408);
  assert_int_equal(received_status(slow), 0);
  fixture_send(fixture, slow, ISERE_SPAN("x"));
  assert_int_equal(received_status(slow), 200);
  fixture_close(fixture);
}

static void test_send_timeout(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(0, 0);
  isere_fake_client_t *client = fixture_connect(fixture);
  isere_fake_client_take(client, 10);
  fixture_send(fixture, client, ISERE_SPAN(GET));
  fixture_advance(fixture, ISERE_HTTP_SEND_MS_MAX - 1);
  isere_fake_client_take(client, 1);
  fixture_settle(fixture);
  fixture_advance(fixture, ISERE_HTTP_SEND_MS_MAX - 1);
  assert_int_equal(isere_fake_client_received(client).len, 11);
  assert_false(isere_fake_client_was_reset(client));
  fixture_advance(fixture, 1);
  assert_true(isere_fake_client_was_reset(client));
  assert_empty(fixture);
  fixture_close(fixture);
}

// A dozen silent clients, and as many as there are slots, lock nobody out.
static void test_silent_clients(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(12, 0);
  isere_fake_client_t *silent[12];
  for (size_t i = 0; i < 12; i++) {
    silent[i] = fixture_connect(fixture);
    fixture_advance(fixture, 1);
  }
  assert_int_equal(fixture_stats(fixture).conns, 12);
  fixture_send(fixture, silent[0], ISERE_SPAN(GET)); // no longer the longest idle
  fixture_check_alive(fixture);
  assert_true(isere_fake_client_at_end(silent[1]));
  assert_int_equal(isere_fake_client_received(silent[1]).len, 0);
  for (size_t i = 0; i < 12; i++) {
    assert_true((i == 1) == isere_fake_client_at_end(silent[i]));
  }
  assert_int_equal(fixture_stats(fixture).refused, 1);
  fixture_close(fixture);
}

// Clients in the middle of a request give way after a grace; before it the new one is turned away.
static void test_slow_clients(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(3, 0);
  isere_fake_client_t *slow[3];
  for (size_t i = 0; i < 3; i++) {
    slow[i] = fixture_connect(fixture);
    fixture_send(fixture, slow[i], i == 1 ? ISERE_SPAN(POST) : ISERE_SPAN("GET"));
    fixture_advance(fixture, 1);
  }
  isere_fake_client_t *client = fixture_connect(fixture);
  assert_int_equal(received_status(client), 503);
  assert_true(received_has(client, "Retry-After: 1\r\n"));
  assert_true(isere_fake_client_at_end(client));
  fixture_advance(fixture, ISERE_HTTP_GRACE_MS);
  fixture_check_alive(fixture);
  assert_int_equal(received_status(slow[0]), 408);
  assert_int_equal(received_status(slow[1]), 0);
  fixture_send(fixture, slow[1], ISERE_SPAN("body"));
  assert_int_equal(received_status(slow[1]), 200);
  assert_int_equal(fixture_stats(fixture).refused, 2);
  fixture_close(fixture);
}

// Connections whose requests are at the user are not taken from them.
static void test_busy_clients(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(2, 0);
  fixture->hold = true;
  isere_fake_client_t *busy = fixture_connect(fixture);
  fixture_send(fixture, busy, ISERE_SPAN(GET));
  fixture_send(fixture, fixture_connect(fixture), ISERE_SPAN(GET));
  fixture_advance(fixture, 10 * ISERE_HTTP_IDLE_MS_MAX);
  assert_int_equal(received_status(fixture_connect(fixture)), 503);
  fixture_answer(fixture, fixture->held[0]);
  assert_int_equal(received_status(busy), 200);
  fixture_check_alive(fixture); // takes the slot of the now idle one
  fixture_answer(fixture, fixture->held[1]);
  fixture_close(fixture);
}

typedef enum { GONE_RESET, GONE_CLOSED, GONE_LATER } gone_t;

static void go(fixture_t *fixture, isere_fake_client_t *client, gone_t how) {
  if (how == GONE_RESET) {
    isere_fake_client_reset(client);
  } else {
    isere_fake_client_finish(client);
  }
  fixture_settle(fixture);
  if (how == GONE_LATER) {
    fixture_advance(fixture, ISERE_HTTP_HALF_CLOSED_MS_MAX);
  }
}

// The client goes at each stage: memory comes back, and the user hears of it where a request is
// there.
static void test_client_gone(void **state) {
  (void)state;
  static const char *const stages[] = {
      "", "GET", POST, POST "ab",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na"};
  fixture_t *fixture = fixture_open(4, 8);
  for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
    for (int how = GONE_RESET; how <= GONE_CLOSED; how++) {
      isere_fake_client_t *client = fixture_connect(fixture);
      fixture_send(fixture, client, isere_span_of(stages[i]));
      go(fixture, client, (gone_t)how);
      assert_int_equal(received_status(client), how == GONE_CLOSED && i > 0 ? 400 : 0);
      assert_empty(fixture);
    }
  }
  assert_int_equal(fixture->cancelled, 0);
  fixture_check_alive(fixture);
  fixture_close(fixture);
}

static void test_client_gone_at_user(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(1, 8);
  fixture->hold = true;
  for (int end = 0; end < 2; end++) {
    for (int how = GONE_RESET; how <= GONE_LATER; how += GONE_LATER) {
      isere_fake_client_t *client = fixture_connect(fixture);
      fixture->held_count = 0;
      fixture->cancelled = 0;
      fixture_send(fixture, client, ISERE_SPAN(POST "\0\1\2\3" GET));
      assert_int_equal(fixture->held_count, 1);
      isere_http_exchange_t *exchange = fixture->held[0];
      go(fixture, client, (gone_t)how);
      assert_int_equal(fixture->cancelled, 1);
      assert_ptr_equal(fixture->last_cancelled, exchange);
      // The request is still readable, its slot serves others, and the user ends it when it can.
      assert_int_equal(exchange->request.body_bytes, 4);
      assert_memory_equal(exchange->request.body->bytes, "\0\1\2\3", 4);
      assert_int_equal(fixture_stats(fixture).conns, 0);
      assert_int_equal(fixture_stats(fixture).exchanges, 1);
      fixture_check_alive(fixture);
      if (end == 1) {
        isere_http_exchange_end(fixture->server, exchange);
      } else {
        fixture_answer(fixture, exchange);
      }
      assert_empty(fixture);
    }
  }
  fixture_close(fixture);
}

// A client that ends its side and waits (printf | nc) gets its answers, all of them.
static void test_half_closed(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture->hold = true;
  isere_fake_client_send(client, ISERE_SPAN(GET GET));
  isere_fake_client_finish(client);
  fixture_settle(fixture);
  fixture_advance(fixture, ISERE_HTTP_HALF_CLOSED_MS_MAX - 1);
  fixture_answer(fixture, fixture->held[0]);
  fixture_settle(fixture);
  fixture_advance(fixture, ISERE_HTTP_HALF_CLOSED_MS_MAX - 1);
  assert_int_equal(fixture->held_count, 2);
  fixture_answer(fixture, fixture->held[1]);
  fixture_settle(fixture);
  assert_int_equal(span_count(isere_fake_client_received(client), "HTTP/1.1 200 OK"), 2);
  assert_true(isere_fake_client_at_end(client));
  assert_false(isere_fake_client_was_reset(client));
  assert_int_equal(fixture->cancelled, 0);
  assert_empty(fixture);
  fixture_close(fixture);
}

// A response many times as large as what the socket takes, in pieces of all sizes; its body is
// released once.
static void test_large_response(void **state) {
  (void)state;
  const size_t len = 4 * ISERE_HTTP_BLOCK_BYTES + 13;
  char *body = malloc(len);
  assert_non_null(body);
  for (size_t i = 0; i < len; i++) {
    body[i] = (char)(i * 7 + i / 256);
  }
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture->body = isere_span(body, len);
  isere_fake_client_take(client, 0);
  isere_fake_client_send(client, ISERE_SPAN(GET GET));
  fixture_settle(fixture);
  for (size_t piece = 1; isere_fake_client_received(client).len < len; piece += 3) {
    assert_int_equal(fixture->released, 0);
    isere_fake_client_take(client, piece);
    fixture_settle(fixture);
  }
  isere_fake_client_take(client, 3 * len);
  fixture_settle(fixture);
  assert_int_equal(fixture->released, 2);
  const isere_span_t received = isere_fake_client_received(client);
  const size_t one = received.len / 2;
  assert_memory_equal(received.ptr + one - len, body, len);
  assert_memory_equal(received.ptr + received.len - len, body, len);
  assert_int_equal(span_count(isere_span(received.ptr + one, 20), "HTTP/1.1 200 OK"), 1);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  // The client goes in the middle of it.
  for (int how = GONE_RESET; how <= GONE_CLOSED; how++) {
    client = fixture_connect(fixture);
    fixture->released = 0;
    isere_fake_client_take(client, 1000);
    fixture_send(fixture, client, ISERE_SPAN(GET));
    go(fixture, client, (gone_t)how);
    fixture_advance(fixture, ISERE_HTTP_SEND_MS_MAX);
    assert_int_equal(fixture->released, 1);
  }
  assert_int_equal(fixture->cancelled, 0);
  fixture_advance(fixture, ISERE_HTTP_IDLE_MS_MAX);
  assert_empty(fixture);
  fixture_close(fixture);
  free(body);
}

// More work than there is memory for is refused, and what is there goes on.
static void test_no_blocks(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(8, 2);
  isere_fake_client_t *first = fixture_connect(fixture);
  isere_fake_client_t *second = fixture_connect(fixture);
  isere_fake_client_t *third = fixture_connect(fixture);
  fixture_send(fixture, first, ISERE_SPAN("GET"));
  fixture_send(fixture, second, ISERE_SPAN("GET"));
  fixture_send(fixture, third, ISERE_SPAN(GET));
  assert_int_equal(received_status(third), 503);
  assert_true(received_has(third, "Retry-After: 1\r\n"));
  assert_true(isere_fake_client_at_end(third));
  assert_false(isere_fake_client_was_reset(third));
  fixture_send(fixture, first, ISERE_SPAN(" / HTTP/1.1\r\nHost: a\r\n\r\n"));
  assert_int_equal(received_status(first), 200);
  // A body that does not fit.
  char head[96];
  const size_t len = 3 * ISERE_HTTP_BLOCK_BYTES;
  char *body = calloc(1, len);
  snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", len);
  isere_fake_client_forget(first);
  fixture_send(fixture, first, isere_span_of(head));
  fixture_send(fixture, first, isere_span(body, len));
  assert_int_equal(received_status(first), 503);
  assert_false(isere_fake_client_was_reset(first));
  fixture_send(fixture, second, ISERE_SPAN(" / HTTP/1.1\r\nHost: a\r\n\r\n"));
  assert_int_equal(received_status(second), 200);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  fixture_check_alive(fixture);
  free(body);
  fixture_close(fixture);
}

// Pipelined requests need no second block; reading behind a request at the user waits while there
// is none.
static void test_pipelining_without_blocks(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(8, 1);
  fixture->hold = true;
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN(GET));
  fixture_send(fixture, client, ISERE_SPAN(GET));
  assert_int_equal(fixture->held_count, 1);
  assert_int_equal(isere_fake_client_unread(client), sizeof(GET) - 1);
  fixture_answer(fixture, fixture->held[0]);
  fixture_settle(fixture);
  assert_int_equal(fixture->held_count, 2);
  fixture_answer(fixture, fixture->held[1]);
  assert_int_equal(span_count(isere_fake_client_received(client), "HTTP/1.1 200 OK"), 2);
  fixture_close(fixture);
}

// A client that still sends when it is refused reads the answer, for nothing resets the connection.
static void test_lingering(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client,
               ISERE_SPAN("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"));
  assert_int_equal(received_status(client), 413);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  static char junk[100000];
  for (int i = 0; i < 5; i++) {
    fixture_send(fixture, client, isere_span(junk, sizeof(junk)));
    assert_int_equal(isere_fake_client_unread(client), 0);
  }
  isere_fake_client_finish(client);
  fixture_settle(fixture);
  assert_false(isere_fake_client_was_reset(client));
  assert_empty(fixture);
  // One that never stops is cut off.
  client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN("\0\r\n"));
  for (size_t sent = 0; sent <= ISERE_HTTP_LINGER_BYTES_MAX; sent += sizeof(junk)) {
    assert_false(isere_fake_client_was_reset(client));
    fixture_send(fixture, client, isere_span(junk, sizeof(junk)));
  }
  assert_true(isere_fake_client_was_reset(client));
  assert_empty(fixture);
  fixture_close(fixture);
}

// What follows a request that ends the connection is dropped, without a reset.
static void test_bytes_after_close(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN("GET / HTTP/1.0\r\n\r\n" GET));
  assert_int_equal(span_count(isere_fake_client_received(client), "HTTP/1.1 200 OK"), 1);
  assert_int_equal(fixture_stats(fixture).conns, 1);
  isere_fake_client_finish(client);
  fixture_settle(fixture);
  assert_false(isere_fake_client_was_reset(client));
  assert_empty(fixture);
  fixture_close(fixture);
}

static void test_drain(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(8, 16);
  fixture->hold = true;
  isere_fake_client_t *idle = fixture_connect(fixture);
  isere_fake_client_t *begun = fixture_connect(fixture);
  isere_fake_client_t *at_user = fixture_connect(fixture);
  isere_fake_client_t *gone = fixture_connect(fixture);
  isere_fake_client_t *untold = fixture_connect(fixture);
  fixture_send(fixture, begun, ISERE_SPAN(POST "a"));
  fixture_send(fixture, at_user, ISERE_SPAN(GET));
  fixture_send(fixture, gone, ISERE_SPAN(GET));
  isere_fake_client_reset(gone);
  fixture_settle(fixture);
  isere_fake_client_send(untold, ISERE_SPAN(GET));
  isere_http_server_drain(fixture->server, fixture_on_drained, fixture);
  fixture_settle(fixture);
  assert_null(isere_fake_net_connect(fixture->port));
  assert_true(isere_fake_client_at_end(idle));
  assert_false(isere_fake_client_at_end(begun));
  fixture_send(fixture, begun, ISERE_SPAN("bcd"));
  assert_int_equal(fixture->held_count, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_false(fixture->drained);
    fixture_answer(fixture, fixture->held[i]);
    fixture_settle(fixture);
  }
  assert_true(fixture->drained);
  isere_fake_client_t *const served[] = {begun, at_user, untold};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(received_status(served[i]), 200);
    assert_true(received_has(served[i], "Connection: close\r\n"));
    assert_true(isere_fake_client_at_end(served[i]));
  }
  assert_empty(fixture);
  fixture_close(fixture);
}

static void test_drain_when_empty(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(8, 16);
  isere_http_server_drain(fixture->server, fixture_on_drained, fixture);
  assert_false(fixture->drained);
  fixture_settle(fixture);
  assert_true(fixture->drained);
  fixture_close(fixture);
}

// The user gives a request up, at once or later: the client sees a reset.
static void test_exchange_end(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture->hold = true;
  fixture_send(fixture, client, ISERE_SPAN(GET GET));
  isere_http_exchange_end(fixture->server, fixture->held[0]);
  assert_true(isere_fake_client_was_reset(client));
  assert_int_equal(fixture->cancelled, 0);
  assert_empty(fixture);
  fixture_close(fixture);
}

// Closing the server resets what is open in any state.
static void test_close(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(8, 16);
  isere_fake_client_t *clients[5];
  for (size_t i = 0; i < 5; i++) {
    clients[i] = fixture_connect(fixture);
  }
  isere_fake_client_take(clients[4], 10);
  fixture_send(fixture, clients[1], ISERE_SPAN("GET"));
  fixture_send(fixture, clients[2], ISERE_SPAN(POST "a"));
  fixture_send(fixture, clients[3], ISERE_SPAN("\0\r\n"));
  fixture_send(fixture, clients[4], ISERE_SPAN(GET));
  isere_http_server_close(fixture->server);
  for (size_t i = 0; i < 5; i++) {
    assert_true(isere_fake_client_was_reset(clients[i]));
  }
  assert_int_equal(isere_loop_step(&fixture->loop), portMAX_DELAY);
  isere_fake_net_reset();
  free(fixture);
}

static void test_listen(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(8, 16);
  assert_int_equal(isere_http_server_listen(fixture->server, "localhost", fixture->port),
                   ISERE_ERR_ADDRINUSE);
  assert_int_equal(isere_http_server_listen(fixture->server, "no address", 0), ISERE_ERR_INVAL);
  assert_int_equal(isere_http_server_listen(fixture->server, "localhost", 81), ISERE_OK);
  isere_fake_client_t *client = isere_fake_net_connect(81);
  fixture_send(fixture, client, ISERE_SPAN(GET));
  assert_int_equal(received_status(client), 200);
  assert_int_equal(isere_http_server_port(fixture->server), fixture->port);
  fixture_close(fixture);
}

int isere_test_http_server_life(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_idle_timeout), cmocka_unit_test(test_empty_lines_are_idle),
      cmocka_unit_test(test_head_timeout), cmocka_unit_test(test_body_timeout),
      cmocka_unit_test(test_send_timeout), cmocka_unit_test(test_silent_clients),
      cmocka_unit_test(test_slow_clients), cmocka_unit_test(test_busy_clients),
      cmocka_unit_test(test_client_gone),  cmocka_unit_test(test_client_gone_at_user),
      cmocka_unit_test(test_half_closed),  cmocka_unit_test(test_large_response),
      cmocka_unit_test(test_no_blocks),    cmocka_unit_test(test_pipelining_without_blocks),
      cmocka_unit_test(test_lingering),    cmocka_unit_test(test_bytes_after_close),
      cmocka_unit_test(test_drain),        cmocka_unit_test(test_drain_when_empty),
      cmocka_unit_test(test_exchange_end), cmocka_unit_test(test_close),
      cmocka_unit_test(test_listen),
  };
  return cmocka_run_group_tests_name("http/server_life", tests, NULL, NULL);
}
