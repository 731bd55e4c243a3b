// SPDX-License-Identifier: Apache-2.0
// Tests of the response's bytes.
#include "http/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"

int isere_test_http_response(void);

#define NOW_MS 784111777123u // Sun, 06 Nov 1994 08:49:37 GMT

static isere_http_date_t date;

static isere_http_response_t start(char *buf, size_t cap, int status) {
  isere_http_response_t response = {.buf = buf, .cap = cap, .version_minor = 1, .keep_alive = true};
  isere_http_response_begin(&response, status);
  return response;
}

static void assert_bytes(const isere_http_response_t *response, const char *bytes) {
  assert_int_equal(response->len, strlen(bytes));
  assert_memory_equal(response->buf, bytes, response->len);
}

static isere_err_t add(isere_http_response_t *response, const char *name, const char *value) {
  return isere_http_response_field(response, isere_span_of(name), isere_span_of(value));
}

static void test_ok(void **state) {
  (void)state;
  char buf[1024];
  isere_http_response_t response = start(buf, sizeof(buf), 200);
  assert_int_equal(add(&response, "Content-Type", "text/plain"), ISERE_OK);
  assert_true(response.has_type);
  assert_int_equal(isere_http_response_finish(&response, ISERE_SPAN("a\0b"), &date, NOW_MS),
                   ISERE_OK);
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                             "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 3\r\n\r\n";
  assert_int_equal(response.len, sizeof(head) - 1 + 3);
  assert_memory_equal(buf, head, sizeof(head) - 1);
  assert_memory_equal(buf + sizeof(head) - 1, "a\0b", 3);
}

static void test_connection(void **state) {
  (void)state;
  char buf[1024];
  isere_http_response_t response = start(buf, sizeof(buf), 201);
  assert_int_equal(add(&response, "connection", "x, Close"), ISERE_OK);
  assert_int_equal(add(&response, "date", "now"), ISERE_OK);
  assert_int_equal(isere_http_response_finish(&response, ISERE_SPAN(""), &date, NOW_MS), ISERE_OK);
  assert_bytes(
      &response,
      "HTTP/1.1 201 Created\r\ndate: now\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  response = start(buf, sizeof(buf), 200);
  response.version_minor = 0;
  assert_int_equal(add(&response, "Date", "now"), ISERE_OK);
  assert_int_equal(add(&response, "Connection", "upgrade"), ISERE_OK);
  assert_int_equal(isere_http_response_finish(&response, ISERE_SPAN("x"), &date, NOW_MS), ISERE_OK);
  assert_bytes(&response, "HTTP/1.1 200 OK\r\nDate: now\r\nConnection: keep-alive\r\n"
                          "Content-Length: 1\r\n\r\nx");
}

static void test_framing_is_the_servers(void **state) {
  (void)state;
  static const char *const dropped[] = {"Content-Length", "transfer-encoding", "Keep-Alive",
                                        "UPGRADE",        "Trailer",           "te"};
  char buf[1024];
  isere_http_response_t response = start(buf, sizeof(buf), 200);
  const size_t len = response.len;
  for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
    assert_int_equal(add(&response, dropped[i], "chunked"), ISERE_OK);
  }
  assert_int_equal(response.len, len);
}

static void test_field_grammar(void **state) {
  (void)state;
  char buf[1024];
  isere_http_response_t response = start(buf, sizeof(buf), 200);
  const size_t len = response.len;
  static const char *const names[] = {"", "a b", "a:", "a\r\n", "\xc3\xa9", "a\"", "(a)", "a\x7f"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    assert_int_equal(add(&response, names[i], "v"), ISERE_ERR_INVAL);
  }
  for (int c = 0; c < 256; c++) {
    const char value[] = {'a', (char)c, 'b'};
    const bool allowed = c == '\t' || (c >= ' ' && c != 0x7f);
    response.len = len;
    assert_int_equal(isere_http_response_field(&response, ISERE_SPAN("X"), isere_span(value, 3)),
                     allowed ? ISERE_OK : ISERE_ERR_INVAL);
    assert_int_equal(response.len, allowed ? len + sizeof("X: a?b\r\n") - 1 : len);
  }
  response.len = len;
  assert_int_equal(add(&response, "X", " \t 7 \t"), ISERE_OK);
  assert_int_equal(add(&response, "Y", ""), ISERE_OK);
  assert_memory_equal(buf + len, "X: 7\r\nY: \r\n", 11);
}

static void test_limits(void **state) {
  (void)state;
  const size_t cap = ISERE_HTTP_BLOCK_BYTES;
  char *buf = malloc(cap);
  char *value = malloc(cap);
  assert_non_null(buf);
  assert_non_null(value);
  memset(value, 'v', cap);
  isere_http_response_t response = start(buf, cap, 200);
  size_t most = 0;
  for (size_t len = cap; len > 0; len--) {
    if (isere_http_response_field(&response, ISERE_SPAN("X"), isere_span(value, len)) == ISERE_OK) {
      most = len;
      break;
    }
  }
  assert_true(most > ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX - 256 &&
              most < ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX);
  assert_int_equal(add(&response, "Y", ""), ISERE_ERR_TOOBIG);
  response.keep_alive = false;
  assert_int_equal(isere_http_response_finish(&response, isere_span(value, cap), &date, NOW_MS),
                   ISERE_OK);
  assert_true(response.len <= ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX);
  assert_ptr_equal(response.body.ptr, value);
  assert_int_equal(response.body.len, cap);
  char small[256];
  response = start(small, sizeof(small), 431);
  assert_int_equal(isere_http_response_field(&response, ISERE_SPAN("X"), isere_span(value, 100)),
                   ISERE_ERR_TOOBIG);
  response.keep_alive = false;
  assert_int_equal(isere_http_response_finish(&response, isere_span(value, 300), &date, NOW_MS),
                   ISERE_OK);
  free(value);
  free(buf);
}

// A body is copied up to the buffer's last byte, and borrowed beyond.
static void test_body_fits_exactly(void **state) {
  (void)state;
  char buf[512];
  char body[512] = {0};
  isere_http_response_t response = start(buf, sizeof(buf), 200);
  assert_int_equal(isere_http_response_finish(&response, isere_span(body, 300), &date, NOW_MS),
                   ISERE_OK);
  const size_t head = response.len - 300;
  response = start(buf, sizeof(buf), 200);
  assert_int_equal(
      isere_http_response_finish(&response, isere_span(body, sizeof(buf) - head), &date, NOW_MS),
      ISERE_OK);
  assert_int_equal(response.len, sizeof(buf));
  assert_int_equal(response.body.len, 0);
  response = start(buf, sizeof(buf), 200);
  assert_int_equal(isere_http_response_finish(&response, isere_span(body, sizeof(buf) - head + 1),
                                              &date, NOW_MS),
                   ISERE_OK);
  assert_int_equal(response.len, head);
  assert_int_equal(response.body.len, sizeof(buf) - head + 1);
}

static void test_no_body(void **state) {
  (void)state;
  char buf[512];
  static const struct {
    int status;
    const char *bytes;
  } rows[] = {
      {204, "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n"},
      {304, "HTTP/1.1 304 Not Modified\r\nDate: x\r\n\r\n"},
      {205, "HTTP/1.1 205 Reset Content\r\nDate: x\r\nContent-Length: 0\r\n\r\n"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    isere_http_response_t response = start(buf, sizeof(buf), rows[i].status);
    assert_int_equal(add(&response, "Date", "x"), ISERE_OK);
    assert_int_equal(isere_http_response_finish(&response, ISERE_SPAN("body"), &date, NOW_MS),
                     ISERE_OK);
    assert_bytes(&response, rows[i].bytes);
  }
  isere_http_response_t head = start(buf, sizeof(buf), 200);
  head.head_only = true;
  assert_int_equal(add(&head, "Date", "x"), ISERE_OK);
  assert_int_equal(isere_http_response_finish(&head, ISERE_SPAN("body"), &date, NOW_MS), ISERE_OK);
  assert_bytes(&head, "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 4\r\n\r\n");
}

static void test_reasons(void **state) {
  (void)state;
  assert_string_equal(isere_http_reason(226), "IM Used");
  assert_string_equal(isere_http_reason(308), "Permanent Redirect");
  assert_string_equal(isere_http_reason(418), "I'm a Teapot");
  assert_string_equal(isere_http_reason(421), "Misdirected Request");
  assert_string_equal(isere_http_reason(426), "Upgrade Required");
  assert_string_equal(isere_http_reason(429), "Too Many Requests");
  assert_string_equal(isere_http_reason(451), "Unavailable For Legal Reasons");
  assert_string_equal(isere_http_reason(511), "Network Authentication Required");
  assert_string_equal(isere_http_reason(420), "Unknown");
  assert_string_equal(isere_http_reason(599), "Unknown");
  assert_string_equal(isere_http_reason(299), "Unknown");
}

static void test_dates(void **state) {
  (void)state;
  static const struct {
    uint64_t unix_s;
    const char *text;
  } rows[] = {
      {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
      {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
      {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
      {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
      {1767225599, "Wed, 31 Dec 2025 23:59:59 GMT"},
      {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
      {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    isere_http_date_t fresh = {0};
    char buf[512];
    isere_http_response_t response = start(buf, sizeof(buf), 204);
    assert_int_equal(
        isere_http_response_finish(&response, ISERE_SPAN(""), &fresh, rows[i].unix_s * 1000 + 999),
        ISERE_OK);
    assert_memory_equal(strstr(buf, "Date: ") + 6, rows[i].text, ISERE_HTTP_DATE_CHARS);
  }
}

int isere_test_http_response(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ok),
      cmocka_unit_test(test_connection),
      cmocka_unit_test(test_framing_is_the_servers),
      cmocka_unit_test(test_field_grammar),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_body_fits_exactly),
      cmocka_unit_test(test_no_body),
      cmocka_unit_test(test_reasons),
      cmocka_unit_test(test_dates),
  };
  return cmocka_run_group_tests_name("http/response", tests, NULL, NULL);
}
