// SPDX-License-Identifier: Apache-2.0
// Tests of requests and responses: bytes, pipelining, limits, bodies.
#include "http/server_fixture.h"

int isere_test_http_server(void);

// The whole of an error's answer, byte for byte.
static void test_error_bytes(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN("GET / HTTP/1.1\r\nHost : a\r\n\r\n"));
  static const char answer[] =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\nContent-Length: 158\r\n\r\n"
      "{\"errorType\":\"BadRequest\",\"errorMessage\":\"a header field is malformed: it is "
      "NAME:VALUE "
      "in one line, without control characters (at byte 21 of the request)\"}\n";
  const isere_span_t received = isere_fake_client_received(client);
  assert_int_equal(received.len, sizeof(answer) - 1);
  assert_memory_equal(received.ptr, answer, received.len);
  assert_true(isere_fake_client_at_end(client));
  fixture_close(fixture);
}

// The answer to HEAD has no body, also when it is an error.
static void test_head(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN("HEAD /a HTTP/1.1\r\n" HOST "\r\n"));
  isere_span_t received = isere_fake_client_received(client);
  assert_int_equal(received_status(client), 200);
  assert_true(received_has(client, "\r\nContent-Length: 73\r\n\r\n"));
  assert_memory_equal(received.ptr + received.len - 4, "\r\n\r\n", 4);
  isere_fake_client_forget(client);
  fixture_send(fixture, client, ISERE_SPAN("HEAD / HTTP/1.1\r\n\r\n"));
  received = isere_fake_client_received(client);
  assert_int_equal(received_status(client), 400);
  assert_memory_equal(received.ptr + received.len - 4, "\r\n\r\n", 4);
  fixture_close(fixture);
}

static void test_keep_alive(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  for (int i = 0; i < 100; i++) {
    const size_t calls = isere_fake_net_calls();
    fixture_send(fixture, client, ISERE_SPAN("GET / HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(isere_fake_net_calls() - calls, 2); // one to receive, one to send
    assert_int_equal(received_status(client), 200);
    assert_false(received_has(client, "Connection"));
    assert_false(isere_fake_client_at_end(client));
    isere_fake_client_forget(client);
    assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  }
  fixture_send(fixture, client, ISERE_SPAN("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
  assert_true(received_has(client, "Connection: close\r\n"));
  assert_true(isere_fake_client_at_end(client));
  assert_int_equal(fixture_stats(fixture).conns, 0);
  assert_int_equal(fixture_stats(fixture).requests, 101);
  fixture_close(fixture);
}

// Some clients send an empty line behind each request.
static void test_empty_lines(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  for (int i = 0; i < 20; i++) {
    fixture_send(fixture, client, ISERE_SPAN("GET / HTTP/1.1\r\n" HOST "\r\n\r\n"));
    assert_int_equal(received_status(client), 200);
    isere_fake_client_forget(client);
    assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  }
  fixture_close(fixture);
}

// Requests that arrive in one piece are answered one after the other, whatever stands between them.
static void test_pipelining(void **state) {
  (void)state;
  static const char bytes[] =
      "GET /1 HTTP/1.1\r\n" HOST "\r\n\r\n"
      "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nGET"
      "POST /3 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
      "HEAD /4 HTTP/1.1\r\n" HOST "\r\n"
      "GET /5 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
      "GET /6 HTTP/1.1\r\n" HOST "\r\n";
  fixture_t *fixture = fixture_open(4, 4);
  text_t whole = {0};
  for (int hold = 0; hold < 2; hold++) {
    for (size_t split = 1; split < sizeof(bytes); split++) {
      isere_fake_client_t *client = fixture_connect(fixture);
      fixture->hold = hold == 1;
      fixture_send(fixture, client, isere_span(bytes, split));
      if (split < sizeof(bytes) - 1) {
        fixture_send(fixture, client, isere_span(bytes + split, sizeof(bytes) - 1 - split));
      }
      while (fixture->held_count > 0) {
        assert_int_equal(fixture->held_count, 1);
        fixture->held_count = 0;
        fixture_answer(fixture, fixture->held[0]);
        fixture_settle(fixture);
      }
      assert_true(isere_fake_client_at_end(client));
      isere_fake_client_finish(client);
      fixture_settle(fixture);
      const isere_span_t received = isere_fake_client_received(client);
      if (whole.len == 0) {
        text_add(&whole, received);
        assert_int_equal(span_count(received, "HTTP/1.1 200 OK"), 5);
        for (int c = '1'; c <= '5'; c++) {
          const char path[] = {'p', 'a', 't', 'h', '=', '/', (char)c, '\n', '\0'};
          assert_int_equal(span_count(received, path), c == '4' ? 0 : 1);
        }
      }
      assert_true(isere_span_equal(received, isere_span(whole.bytes, whole.len)));
      assert_int_equal(fixture_stats(fixture).conns, 0);
      assert_int_equal(fixture_stats(fixture).blocks_used, 0);
    }
  }
  free(whole.bytes);
  fixture_close(fixture);
}

// Far more pipelined requests than a block holds, behind one that is not answered: the rest stays
// in the socket.
static void test_back_pressure(void **state) {
  (void)state;
  static const char request[] = "GET /again HTTP/1.1\r\n" HOST "\r\n";
  const size_t count = 3 * ISERE_HTTP_BLOCK_BYTES / (sizeof(request) - 1);
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture->hold = true;
  for (size_t i = 0; i < count; i++) {
    isere_fake_client_send(client, ISERE_SPAN(request));
  }
  fixture_settle(fixture);
  assert_int_equal(fixture->held_count, 1);
  assert_true(isere_fake_client_unread(client) > ISERE_HTTP_BLOCK_BYTES);
  assert_true(fixture_stats(fixture).blocks_used <= 3);
  fixture->hold = false;
  fixture_answer(fixture, fixture->held[0]);
  fixture_settle(fixture);
  assert_int_equal(fixture_stats(fixture).requests, count);
  assert_int_equal(span_count(isere_fake_client_received(client), "path=/again\n"), count);
  assert_int_equal(isere_fake_client_unread(client), 0);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  fixture_close(fixture);
}

// A connection full of requests does not keep the others waiting.
static void test_turns(void **state) {
  (void)state;
  static const char request[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *busy = fixture_connect(fixture);
  isere_fake_client_t *other = fixture_connect(fixture);
  for (size_t i = 0; i < 3 * ISERE_HTTP_PIPELINED_REQUESTS_MAX; i++) {
    isere_fake_client_send(busy, ISERE_SPAN(request));
  }
  isere_fake_client_send(other, ISERE_SPAN(request));
  isere_fake_net_step();
  assert_int_equal(received_status(other), 200);
  assert_true(fixture_stats(fixture).requests <= 1 + ISERE_HTTP_PIPELINED_REQUESTS_MAX);
  fixture_settle(fixture);
  assert_int_equal(fixture_stats(fixture).requests, 1 + 3 * ISERE_HTTP_PIPELINED_REQUESTS_MAX);
  fixture_close(fixture);
}

static void test_expect_continue(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 8);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(
      fixture, client,
      ISERE_SPAN("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  isere_span_t received = isere_fake_client_received(client);
  assert_true(isere_span_equal(received, ISERE_SPAN("HTTP/1.1 100 Continue\r\n\r\n")));
  isere_fake_client_forget(client);
  fixture_send(fixture, client, ISERE_SPAN("ok"));
  assert_int_equal(received_status(client), 200);
  isere_fake_client_forget(client);
  // The body is there: nobody waits. Nor does HTTP/1.0.
  fixture_send(
      fixture, client,
      ISERE_SPAN("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok"));
  assert_int_equal(received_status(client), 200);
  isere_fake_client_forget(client);
  fixture_send(fixture, client,
               ISERE_SPAN("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  assert_int_equal(isere_fake_client_received(client).len, 0);
  fixture_send(fixture, client, ISERE_SPAN("ok"));
  assert_int_equal(received_status(client), 200);
  // A client that does not take the interim response at once gets it whole, before the other.
  client = fixture_connect(fixture);
  isere_fake_client_take(client, 5);
  fixture_send(
      fixture, client,
      ISERE_SPAN("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  assert_int_equal(isere_fake_client_received(client).len, 5);
  isere_fake_client_take(client, 1 << 20);
  fixture_send(fixture, client, ISERE_SPAN("ok"));
  received = isere_fake_client_received(client);
  assert_memory_equal(received.ptr, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 42);
  // One that takes nothing until it is refused gets only that.
  client = fixture_connect(fixture);
  isere_fake_client_take(client, 0);
  fixture_send(
      fixture, client,
      ISERE_SPAN("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  fixture_advance(fixture, ISERE_HTTP_BODY_MS_MAX);
  isere_fake_client_take(client, 1 << 20);
  fixture_settle(fixture);
  assert_int_equal(received_status(client), 408);
  fixture_close(fixture);
}

// A head, or a part of it, of one byte less than the limit, the limit, and one more.
static void check_limit(fixture_t *fixture, const char *before, const char *filling, size_t count,
                        const char *after, int status) {
  text_t text = {0};
  text_add(&text, isere_span_of(before));
  for (size_t i = 0; i < count; i++) {
    text_add(&text, isere_span_of(filling));
  }
  text_add(&text, isere_span_of(after));
  const row_t row = {text.bytes, text.len, status, ""};
  const size_t splits[] = {text.len, 1, text.len / 2, text.len - 1, ISERE_HTTP_HEAD_BYTES_MAX};
  for (size_t i = 0; i < COUNT(splits); i++) {
    text_t answer = answer_of(fixture, &row, splits[i] < text.len ? splits[i] : text.len);
    assert_int_equal(strtol(answer.bytes + 9, NULL, 10), status);
    free(answer.bytes);
  }
  free(text.bytes);
}

static void test_head_limits(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 16);
  static const char line[] = "GET / HTTP/1.1\r\n" HOST;
  static const char target_after[] = " HTTP/1.1\r\n" HOST "\r\n";
  const size_t head = ISERE_HTTP_HEAD_BYTES_MAX - (sizeof(line) - 1) - strlen("A: \r\n\r\n");
  const char *const before = "GET / HTTP/1.1\r\n" HOST "A: ";
  check_limit(fixture, before, "v", head - 1, "\r\n\r\n", 200);
  check_limit(fixture, before, "v", head, "\r\n\r\n", 200);
  check_limit(fixture, before, "v", head + 1, "\r\n\r\n", 431);
  check_limit(fixture, before, "v", 3 * head, "", 431); // it never ends
  check_limit(fixture, line, "A: b\r\n", ISERE_HTTP_HEADERS_MAX - 1, "\r\n", 200);
  check_limit(fixture, line, "A: b\r\n", ISERE_HTTP_HEADERS_MAX, "\r\n", 431);
  check_limit(fixture, "GET /", "t", ISERE_HTTP_TARGET_BYTES_MAX - 1, target_after, 200);
  check_limit(fixture, "GET /", "t", ISERE_HTTP_TARGET_BYTES_MAX, target_after, 414);
  check_limit(fixture, "GET /", "t", 4 * ISERE_HTTP_HEAD_BYTES_MAX, "", 414);
  check_limit(fixture, "", "M", ISERE_HTTP_METHOD_BYTES_MAX + 1, "", 501);
  check_limit(fixture, CHUNKED "1;", "x", ISERE_HTTP_EXTENSION_BYTES_MAX, "\r\na\r\n0\r\n\r\n",
              200);
  check_limit(fixture, CHUNKED "1;", "x", ISERE_HTTP_EXTENSION_BYTES_MAX + 1, "\r\na\r\n0\r\n\r\n",
              400);
  check_limit(fixture, CHUNKED "0\r\nT:", "t", ISERE_HTTP_HEAD_BYTES_MAX - 1, "\r\n\r\n", 200);
  check_limit(fixture, CHUNKED "0\r\nT:", "t", ISERE_HTTP_HEAD_BYTES_MAX, "\r\n\r\n", 431);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  fixture_check_alive(fixture);
  fixture_close(fixture);
}

// Bodies of many lengths, with Content-Length and in chunks, over the borders of blocks.
static void check_body(size_t len, size_t chunk_len, size_t piece_len) {
  fixture_t *fixture =
      fixture_open(4, ISERE_HTTP_BODY_BYTES_MAX / (ISERE_HTTP_BLOCK_BYTES / 2) + 8);
  text_t request = {0};
  char line[160];
  char *body = malloc(len + 1);
  assert_non_null(body);
  for (size_t i = 0; i < len; i++) {
    body[i] = (char)(i * 31 + i / 251);
  }
  if (chunk_len == 0) {
    snprintf(line, sizeof(line), "PUT / HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", len);
    text_add(&request, isere_span_of(line));
    text_add(&request, isere_span(body, len));
  } else {
    text_add(&request, ISERE_SPAN(CHUNKED));
    for (size_t at = 0; at < len; at += chunk_len) {
      const size_t count = len - at < chunk_len ? len - at : chunk_len;
      snprintf(line, sizeof(line), "%zX\r\n", count);
      text_add(&request, isere_span_of(line));
      text_add(&request, isere_span(body + at, count));
      text_add(&request, ISERE_SPAN("\r\n"));
    }
    text_add(&request, ISERE_SPAN("0\r\n\r\n"));
  }
  text_add(&request, ISERE_SPAN("GET /next HTTP/1.1\r\n" HOST "\r\n"));
  isere_fake_client_t *client = fixture_connect(fixture);
  for (size_t at = 0; at < request.len; at += piece_len) {
    const size_t count = request.len - at < piece_len ? request.len - at : piece_len;
    fixture_send(fixture, client, isere_span(request.bytes + at, count));
  }
  const isere_span_t received = isere_fake_client_received(client);
  assert_int_equal(span_count(isere_span(received.ptr, 16), "HTTP/1.1 200 OK"), 1);
  assert_true(span_has(isere_span(received.ptr + received.len - 120, 120), "path=/next\n"));
  size_t at = 0;
  while (at + len <= received.len && (len == 0 || memcmp(received.ptr + at, body, len) != 0)) {
    at++;
  }
  assert_true(len == 0 || at + len <= received.len);
  isere_fake_client_finish(client);
  fixture_settle(fixture);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  fixture_close(fixture);
  free(request.bytes);
  free(body);
}

static void test_bodies(void **state) {
  (void)state;
  const size_t block = ISERE_HTTP_BLOCK_BYTES;
  const size_t lens[] = {
      0, 1, 511, 512, block - 100, block, 2 * block - 1, 3 * block + 7, ISERE_HTTP_BODY_BYTES_MAX};
  for (size_t i = 0; i < COUNT(lens); i++) {
    const size_t pieces[] = {SIZE_MAX / 2, block, 1460};
    for (size_t j = 0; j < COUNT(pieces); j++) {
      check_body(lens[i], 0, pieces[j]);
      check_body(lens[i], 4096, pieces[j]);
    }
    if (lens[i] <= 2 * block) {
      check_body(lens[i], 1, 100);
      check_body(lens[i], 3, 7);
      check_body(lens[i], 0, 1);
    }
  }
}

static void test_body_limit(void **state) {
  (void)state;
  fixture_t *fixture = fixture_open(4, 0);
  char head[128];
  snprintf(head, sizeof(head), "POST / HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n",
           ISERE_HTTP_BODY_BYTES_MAX + 1);
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, isere_span_of(head));
  assert_int_equal(received_status(client), 413);
  // Chunks that are each allowed, and too much together.
  client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN(CHUNKED));
  static char chunk[0x1000 + 8] = "1000\r\n";
  memcpy(chunk + 6 + 0x1000, "\r\n", 2);
  for (size_t sent = 0; sent < ISERE_HTTP_BODY_BYTES_MAX; sent += 0x1000) {
    assert_int_equal(received_status(client), 0);
    fixture_send(fixture, client, isere_span(chunk, sizeof(chunk)));
  }
  fixture_send(fixture, client, ISERE_SPAN("1\r\n"));
  assert_int_equal(received_status(client), 413);
  assert_int_equal(fixture_stats(fixture).blocks_used, 0);
  fixture_check_alive(fixture);
  fixture_close(fixture);
}

int isere_test_http_server(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_error_bytes), cmocka_unit_test(test_head),
      cmocka_unit_test(test_keep_alive),  cmocka_unit_test(test_pipelining),
      cmocka_unit_test(test_empty_lines), cmocka_unit_test(test_back_pressure),
      cmocka_unit_test(test_turns),       cmocka_unit_test(test_expect_continue),
      cmocka_unit_test(test_head_limits), cmocka_unit_test(test_bodies),
      cmocka_unit_test(test_body_limit),
  };
  return cmocka_run_group_tests_name("http/server", tests, NULL, NULL);
}
