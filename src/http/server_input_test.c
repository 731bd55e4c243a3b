// SPDX-License-Identifier: Apache-2.0
// Tests of what each kind of input gets, in whatever pieces it arrives: the rows of the table of
// bad input, and good requests.
#include "http/server_fixture.h"

int isere_test_http_server_input(void);

static const row_t bad_rows[] = {
    // The request line.
    ROW("GARBAGE\r\n\r\n", 400, "request line is malformed"),
    ROW("GET /\r\n\r\n", 400, "request line is malformed"),
    ROW("GET / HTTP/1.1 \r\n" HOST "\r\n", 400, "request line"),
    ROW("GET  / HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET /  HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET /a b HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW(" GET / HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("G\"T / HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET / HTTP/1.1\n" HOST "\r\n", 400, "BadRequest"),
    ROW("GET / http/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET / HTTP/1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET / HTTP/1.10\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET / HTTP/11.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET / HTTP/1.1garbagegarbagegarbage\r\n\r\n", 400, "request line"),
    ROW("GET a HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET /#a HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET /is\xc3\xa8re HTTP/1.1\r\n" HOST "\r\n", 400, "percent-encoded"),
    ROW("GET /\0 HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET /\r HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest"),
    ROW("GET * HTTP/1.1\r\n" HOST "\r\n", 400, "OPTIONS"),
    ROW("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET http:///x HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET http://a:b/ HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("GET http://u@a/ HTTP/1.1\r\n" HOST "\r\n", 400, "target"),
    ROW("\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest"),
    ROW("\rGET / HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest"),
    ROW("\r\n\r\n\r\n\r\n\r\n\r\n", 400, "empty lines"),
    ROW("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\n", 400, "BadRequest"), // TLS
    // Header fields.
    ROW("GET / HTTP/1.1\r\n" HOST "A\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A\t: b\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A\xe9: c\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A(: c\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n" HOST "A:\r\n b\r\n\r\n", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n A: b\r\n" HOST "\r\n", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A\0: c\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\x01\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\x7f\r\n\r\n", 400, "header field"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\nC: d\r\n\r\n", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n" HOST "A: b\r\n\rGET", 400, "BadRequest"),
    ROW("GET / HTTP/1.1\r\n" HOST "\n", 400, "BadRequest"),
    // Host.
    ROW("GET / HTTP/1.1\r\n\r\n", 400, "Host is missing"),
    ROW("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400, "Host is repeated"),
    ROW("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "Host is repeated"),
    ROW("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: []\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400, "Host is malformed"),
    ROW("GET / HTTP/1.1\r\nHost: \xe9\r\n\r\n", 400, "Host is malformed"),
    ROW("GET http://a/ HTTP/1.1\r\n\r\n", 400, "Host is missing"),
    // Framing.
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400,
        "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 2\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 1 1\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: a\r\n\r\nx", 400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400, "Transfer-Encoding"),
    ROW("POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        400, "Content-Length"),
    ROW("POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400, "Transfer-Encoding"),
    ROW("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
        "Transfer-Encoding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 501, "transfer coding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 501, "transfer coding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501,
        "transfer coding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n", 501,
        "transfer coding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;a=b\r\n\r\n", 501,
        "transfer coding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 501, "transfer coding"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999\r\n\r\n", 413, "ContentTooLarge"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 413,
        "ContentTooLarge"),
    ROW("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413,
        "ContentTooLarge"),
    ROW("POST / HTTP/1.1\r\n" HOST "Expect: magic\r\nContent-Length: 1\r\n\r\nx", 417,
        "100-continue"),
    // Chunks.
    ROW(CHUNKED "x\r\n", 400, "chunk"),
    ROW(CHUNKED "\r\n", 400, "chunk"),
    ROW(CHUNKED "-1\r\n", 400, "chunk"),
    ROW(CHUNKED "0x1\r\na\r\n", 400, "BadRequest"),
    ROW(CHUNKED "1 \r\na\r\n", 400, "BadRequest"),
    ROW(CHUNKED "1\na\r\n0\r\n\r\n", 400, "BadRequest"),
    ROW(CHUNKED "1\r\nab\r\n0\r\n\r\n", 400, "BadRequest"),
    ROW(CHUNKED "1\r\na\n0\r\n\r\n", 400, "BadRequest"),
    ROW(CHUNKED "1\r\na\r\n0\r\nT\r\n\r\n", 400, "header field"),
    ROW(CHUNKED "1;a=\x01\r\na\r\n0\r\n\r\n", 400, "BadRequest"),
    ROW(CHUNKED "fffffff\r\n", 413, "ContentTooLarge"),
    ROW(CHUNKED "ffffffffffffffffff\r\n", 413, "ContentTooLarge"),
    // Methods and versions.
    ROW("CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", 405, "Allow: GET, "),
    ROW("CONNECT / HTTP/1.1\r\n" HOST "\r\n", 405, "Allow: GET, "),
    ROW("TRACE / HTTP/1.1\r\n" HOST "\r\n", 405, "Allow: GET, "),
    ROW("BREW / HTTP/1.1\r\n" HOST "\r\n", 501, "method"),
    ROW("get / HTTP/1.1\r\n" HOST "\r\n", 501, "method"),
    ROW("GETT / HTTP/1.1\r\n" HOST "\r\n", 501, "method"),
    ROW("PRI / HTTP/1.1\r\n" HOST "\r\n", 501, "method"),
    ROW("DESCRIBE / HTTP/1.1\r\n" HOST "\r\n", 501, "method"),
    ROW("AVERYLONGMETHODTHATNOBODYHASEVERHEARDOF / HTTP/1.1\r\n" HOST "\r\n", 501, "method"),
    ROW("A(VERYLONGMETHODTHATNOBODYHASEVERHEARDOF / HTTP/1.1\r\n" HOST "\r\n", 400, "request line"),
    ROW("GET / HTTP/2.0\r\n" HOST "\r\n", 505, "HTTP/1.1"),
    ROW("GET / HTTP/3.0\r\n" HOST "\r\n", 505, "HTTP/1.1"),
    ROW("GET / HTTP/0.9\r\n" HOST "\r\n", 505, "HTTP/1.1"),
    ROW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/1.1"),
};

static const row_t good_rows[] = {
    ROW("GET / HTTP/1.1\r\n" HOST "\r\n", 200,
        "method=GET\ntarget=/\npath=/\nno query=\nhost=a\nversion=1.1 keep 0\nHost:a\n"),
    ROW("GET / HTTP/1.2\r\n" HOST "\r\n", 200, "version=1.2 keep 0\n"),
    ROW("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 200, "path=/\n"),
    ROW("GET //a/../%2f%00?b=%20+&c?d HTTP/1.1\r\n" HOST "\r\n", 200,
        "path=//a/../%2f%00\nquery=b=%20+&c?d\n"),
    ROW("GET /? HTTP/1.1\r\n" HOST "\r\n", 200, "path=/\nquery=\n"),
    ROW("GET /\"<>\\^`{|}?\"<>\\^`{|} HTTP/1.1\r\n" HOST "\r\n", 200,
        "path=/\"<>\\^`{|}\nquery=\"<>\\^`{|}\n"),
    ROW("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 200, "target=*\npath=*\n"),
    ROW("GET http://b.example:81/x?y HTTP/1.1\r\n" HOST "\r\n", 200,
        "path=/x\nquery=y\nhost=b.example:81\n"),
    ROW("GET HTTP://b HTTP/1.1\r\n" HOST "\r\n", 200, "path=/\nno query=\nhost=b\n"),
    ROW("GET https://[::1]:8?q HTTP/1.1\r\n" HOST "\r\n", 200, "path=/\nquery=q\nhost=[::1]:8\n"),
    ROW("GET / HTTP/1.1\r\nHost:\r\n\r\n", 200, "host=\n"),
    ROW("GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]:8080 \r\n\r\n", 200,
        "host=[fe80::1%25eth0]:8080\n"),
    ROW("GET / HTTP/1.1\r\n" HOST "Empty:\r\nBlank: \t \r\nNext:  v \t\r\n\r\n", 200,
        "Host:a\nEmpty:\nBlank:\nNext:v\n"),
    ROW("GET / HTTP/1.1\r\n" HOST "X: \xe9\t\xff a  b\r\n\r\n", 200, "X:\xe9\t\xff a  b\n"),
    ROW("GET / HTTP/1.1\r\n" HOST "!#$%&'*+-.^_`|~09az: v\r\n\r\n", 200, "!#$%&'*+-.^_`|~09az:v\n"),
    ROW("GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 200,
        "Upgrade:websocket\n"),
    ROW("POST / HTTP/1.1\r\n" HOST
        "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab",
        200, "Content-Length:2\nab"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200, "keep 0\n"),
    ROW("POST / HTTP/1.1\r\n" HOST "Content-Length: 0005\r\n\r\na\0\r\nb", 200,
        "Content-Length:0005\na"),
    ROW("DELETE / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 200, "method=DELETE\n"),
    ROW("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n", 200, "method=M-SEARCH\n"),
    ROW("PROPFIND / HTTP/1.1\r\n" HOST "\r\n", 200, "method=PROPFIND\n"),
    ROW("PATCH / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", 200,
        "method=PATCH\n"),
    ROW(CHUNKED
        "5\r\nhello\r\n000B;a=b;c=\"d\\\"e\"\r\n, world\r\n!!\r\n0\r\nTrailer: dropped\r\n\r\n",
        200, "chunked\nhello, world\r\n!!"),
    ROW("POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
        200, "Chunked\nab"),
    ROW(CHUNKED "0\r\n\r\n", 200, "chunked\n"),
    ROW("GET / HTTP/1.0\r\n\r\n", 200, "version=1.0 close 0\n"),
    ROW("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 200, "Connection: keep-alive\r\n"),
    ROW("GET / HTTP/1.1\r\n" HOST "Connection: x, CLOSE\r\n\r\n", 200, "version=1.1 close 0\n"),
};

// A client that waits for "100 Continue" gets it when its body has not come yet; that depends on
// how the bytes arrive.
static isere_span_t without_interim(const text_t *text) {
  static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
  const size_t len = sizeof(interim) - 1;
  const bool has = text->len > len && memcmp(text->bytes, interim, len) == 0;
  return isere_span(text->bytes + (has ? len : 0), text->len - (has ? len : 0));
}

// Returns how many ways of arriving give a wrong answer.
static size_t check_row(const row_t *row) {
  size_t wrong = 0;
  fixture_t *fixture = fixture_open(4, 8);
  text_t whole = answer_of(fixture, row, row->len);
  if (strtol(whole.bytes + 9, NULL, 10) != row->status ||
      !span_has(isere_span(whole.bytes, whole.len), row->part)) {
    print_error("%.*s\n---- was answered\n%s\n---- and not %d, %s\n", (int)row->len, row->bytes,
                whole.bytes, row->status, row->part);
    wrong++;
  }
  for (size_t split = 0; split < row->len && wrong == 0; split++) {
    text_t parts = answer_of(fixture, row, split);
    const isere_span_t rest = without_interim(&parts);
    if (!isere_span_equal(rest, isere_span(whole.bytes, whole.len))) {
      print_error("%.*s\n---- split at %zu was answered\n%s\n---- and not\n%s\n", (int)row->len,
                  row->bytes, split, parts.bytes, whole.bytes);
      wrong++;
    }
    free(parts.bytes);
  }
  free(whole.bytes);
  const isere_http_server_stats_t stats = fixture_stats(fixture);
  assert_int_equal(stats.conns, 0);
  assert_int_equal(stats.exchanges, 0);
  assert_int_equal(stats.blocks_used, 0);
  assert_true(wrong > 0 || stats.bad_requests == (row->status == 200 ? 0 : row->len + 1));
  fixture_check_alive(fixture);
  fixture_close(fixture);
  return wrong;
}

static void check_rows(const row_t *rows, size_t count) {
  size_t wrong = 0;
  for (size_t i = 0; i < count; i++) {
    wrong += check_row(&rows[i]);
  }
  assert_int_equal(wrong, 0);
}

static void test_bad_requests(void **state) {
  (void)state;
  check_rows(bad_rows, COUNT(bad_rows));
}

static void test_good_requests(void **state) {
  (void)state;
  check_rows(good_rows, COUNT(good_rows));
}

// All header fields arrive, also those beyond the first table.
static void test_many_fields(void **state) {
  (void)state;
  text_t request = {0};
  text_t fields = {0};
  text_add(&request, ISERE_SPAN("GET / HTTP/1.1\r\n" HOST));
  for (int i = 1; i < ISERE_HTTP_HEADERS_MAX; i++) {
    char line[64];
    snprintf(line, sizeof(line), "X-%d: value %d\r\n", i, i);
    text_add(&request, isere_span_of(line));
    snprintf(line, sizeof(line), "X-%d:value %d\n", i, i);
    text_add(&fields, isere_span_of(line));
  }
  text_add(&request, ISERE_SPAN("\r\n"));
  const row_t row = {request.bytes, request.len, 200, fields.bytes};
  check_rows(&row, 1);
  free(fields.bytes);
  free(request.bytes);
}

int isere_test_http_server_input(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bad_requests),
      cmocka_unit_test(test_good_requests),
      cmocka_unit_test(test_many_fields),
  };
  return cmocka_run_group_tests_name("http/server_input", tests, NULL, NULL);
}
