// SPDX-License-Identifier: Apache-2.0
// For the tests of the server: one on the fake port, and a user that echoes requests, at once or
// when told.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "fake.h"
#include "http/server.h"
#include "port/clock.h"

#define HELD_MAX 64

typedef struct {
  isere_loop_t loop;
  isere_message_t mailbox[4];
  isere_http_server_t *server;
  uint16_t port;
  isere_http_date_t date;
  bool hold; // requests wait in `held` for fixture_answer
  isere_http_exchange_t *held[HELD_MAX];
  size_t held_count;
  size_t cancelled;
  isere_http_exchange_t *last_cancelled;
  size_t released;
  isere_span_t body; // sent instead of the echo when it has bytes
  bool drained;
} fixture_t;

typedef struct {
  char *bytes;
  size_t len;
  size_t cap;
} text_t;

static inline void text_add(text_t *text, isere_span_t span) {
  if (span.len >= text->cap - text->len) {
    text->cap = 2 * (text->len + span.len) + 256;
    text->bytes = realloc(text->bytes, text->cap);
    assert_non_null(text->bytes);
  }
  if (span.len > 0) {
    memcpy(text->bytes + text->len, span.ptr, span.len);
  }
  text->len += span.len;
  text->bytes[text->len] = '\0';
}

static inline void text_add_line(text_t *text, const char *name, isere_span_t value) {
  text_add(text, isere_span_of(name));
  text_add(text, ISERE_SPAN("="));
  text_add(text, value);
  text_add(text, ISERE_SPAN("\n"));
}

// All that a request says, in a form to compare.
static inline text_t fixture_describe(const isere_http_request_t *request) {
  text_t text = {0};
  char numbers[64];
  text_add_line(&text, "method", request->method);
  text_add_line(&text, "target", request->target);
  text_add_line(&text, "path", request->path);
  text_add_line(&text, request->has_query ? "query" : "no query", request->query);
  text_add_line(&text, "host", request->host);
  snprintf(numbers, sizeof(numbers), "1.%d %s %zu", request->version_minor,
           request->keep_alive ? "keep" : "close", request->body_bytes);
  text_add_line(&text, "version", isere_span_of(numbers));
  for (size_t i = 0; i < request->field_count; i++) {
    text_add(&text, request->fields[i].name);
    text_add(&text, ISERE_SPAN(":"));
    text_add(&text, request->fields[i].value);
    text_add(&text, ISERE_SPAN("\n"));
  }
  size_t bytes = 0;
  for (const isere_http_chunk_t *chunk = request->body; chunk != NULL; chunk = chunk->next) {
    text_add(&text, isere_span(chunk->bytes, chunk->len));
    bytes += chunk->len;
  }
  assert_int_equal(bytes, request->body_bytes);
  return text;
}

static inline void fixture_release(void *arg) {
  text_t *text = arg;
  free(text->bytes);
  free(text);
}

static inline void fixture_count_release(void *arg) {
  fixture_t *fixture = arg;
  fixture->released++;
}

static inline void fixture_answer(fixture_t *fixture, isere_http_exchange_t *exchange) {
  isere_http_response_t *response = &exchange->response;
  isere_span_t body = fixture->body;
  isere_http_response_begin(response, 200);
  if (body.len > 0) {
    response->release = fixture_count_release;
    response->release_arg = fixture;
  } else {
    text_t *text = malloc(sizeof(*text));
    assert_non_null(text);
    *text = fixture_describe(&exchange->request);
    body = isere_span(text->bytes, text->len);
    response->release = fixture_release;
    response->release_arg = text;
  }
  assert_int_equal(
      isere_http_response_finish(response, body, &fixture->date, isere_port_clock_unix_ms()),
      ISERE_OK);
  isere_http_exchange_send(fixture->server, exchange);
}

static inline void fixture_on_request(void *arg, isere_http_exchange_t *exchange) {
  fixture_t *fixture = arg;
  assert_null(exchange->user);
  assert_string_equal(exchange->peer, "192.0.2.1");
  assert_true(exchange->peer_port > 0);
  if (fixture->hold) {
    assert_true(fixture->held_count < HELD_MAX);
    fixture->held[fixture->held_count++] = exchange;
  } else {
    fixture_answer(fixture, exchange);
  }
}

static inline void fixture_on_cancel(void *arg, isere_http_exchange_t *exchange) {
  fixture_t *fixture = arg;
  fixture->cancelled++;
  fixture->last_cancelled = exchange;
}

static inline void fixture_on_drained(void *arg) {
  fixture_t *fixture = arg;
  assert_false(fixture->drained);
  fixture->drained = true;
}

// `conns_max`: 0 for the limit; `blocks_max`: 0 for many.
static inline fixture_t *fixture_open(uint32_t conns_max, uint32_t blocks_max) {
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  assert_non_null(fixture);
  isere_fake_net_reset();
  isere_fake_clock_set_unix_ms(784111777000);
  isere_loop_init(&fixture->loop, fixture->mailbox, 4);
  isere_loop_bind(&fixture->loop);
  const isere_http_server_config_t config = {
      .arg = fixture,
      .conns_max = conns_max,
      .blocks_max = blocks_max > 0 ? blocks_max : 600,
      .on_request = fixture_on_request,
      .on_cancel = fixture_on_cancel,
  };
  assert_int_equal(isere_http_server_open(&config, &fixture->loop, &fixture->server), ISERE_OK);
  assert_int_equal(isere_http_server_listen(fixture->server, "localhost", 0), ISERE_OK);
  fixture->port = isere_http_server_port(fixture->server);
  return fixture;
}

static inline isere_http_server_stats_t fixture_stats(const fixture_t *fixture) {
  isere_http_server_stats_t stats;
  isere_http_server_stats(fixture->server, &stats);
  return stats;
}

// Lets everything happen that needs no time.
static inline void fixture_settle(fixture_t *fixture) {
  uint32_t wait_ms = 0;
  bool told = true;
  while (told || wait_ms == 0) {
    told = isere_fake_net_step();
    wait_ms = isere_loop_step(&fixture->loop);
  }
}

static inline void fixture_advance(fixture_t *fixture, uint64_t ms) {
  isere_fake_clock_advance_ms(ms);
  fixture_settle(fixture);
}

static inline void fixture_close(fixture_t *fixture) {
  isere_http_server_close(fixture->server);
  isere_fake_net_reset();
  free(fixture);
}

static inline isere_fake_client_t *fixture_connect(fixture_t *fixture) {
  isere_fake_client_t *client = isere_fake_net_connect(fixture->port);
  assert_non_null(client);
  fixture_settle(fixture);
  return client;
}

static inline void fixture_send(fixture_t *fixture, isere_fake_client_t *client,
                                isere_span_t bytes) {
  isere_fake_client_send(client, bytes);
  fixture_settle(fixture);
}

static inline bool span_has(isere_span_t text, const char *part) {
  const size_t len = strlen(part);
  for (size_t i = 0; i + len <= text.len; i++) {
    if (memcmp(text.ptr + i, part, len) == 0) {
      return true;
    }
  }
  return false;
}

static inline size_t span_count(isere_span_t text, const char *part) {
  const size_t len = strlen(part);
  size_t count = 0;
  for (size_t i = 0; i + len <= text.len; i++) {
    count += memcmp(text.ptr + i, part, len) == 0 ? 1 : 0;
  }
  return count;
}

// The status of the first response that the client has received; 0 when it has none.
static inline int received_status(const isere_fake_client_t *client) {
  const isere_span_t text = isere_fake_client_received(client);
  return text.len > 12 && memcmp(text.ptr, "HTTP/1.1 ", 9) == 0
             ? (int)strtol(text.ptr + 9, NULL, 10)
             : 0;
}

static inline bool received_has(const isere_fake_client_t *client, const char *part) {
  return span_has(isere_fake_client_received(client), part);
}

// The server is well: a new client gets its answer.
static inline void fixture_check_alive(fixture_t *fixture) {
  const bool hold = fixture->hold;
  fixture->hold = false;
  isere_fake_client_t *client = fixture_connect(fixture);
  fixture_send(fixture, client, ISERE_SPAN("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n"));
  assert_int_equal(received_status(client), 200);
  assert_true(received_has(client, "path=/alive\n"));
  isere_fake_client_finish(client);
  fixture_settle(fixture);
  fixture->hold = hold;
}

#define HOST "Host: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"

// What is sent, and what its answer has.
typedef struct {
  const char *bytes;
  size_t len;
  int status;       // 200: served
  const char *part; // the answer has it
} row_t;

#define ROW(bytes, status, part) \
  { bytes, sizeof(bytes) - 1, status, part }

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

// What the client receives when the row arrives in two pieces, the first one `split` bytes long;
// `split` 0: byte by byte.
static inline text_t answer_of(fixture_t *fixture, const row_t *row, size_t split) {
  text_t text = {0};
  isere_fake_client_t *client = fixture_connect(fixture);
  if (split == 0) {
    for (size_t i = 0; i < row->len; i++) {
      fixture_send(fixture, client, isere_span(row->bytes + i, 1));
    }
  } else {
    fixture_send(fixture, client, isere_span(row->bytes, split));
    if (split < row->len) {
      fixture_send(fixture, client, isere_span(row->bytes + split, row->len - split));
    }
  }
  text_add(&text, isere_fake_client_received(client));
  text_add(&text, isere_fake_client_at_end(client) ? ISERE_SPAN("[end]") : ISERE_SPAN("[open]"));
  isere_fake_client_finish(client);
  fixture_settle(fixture);
  assert_true(isere_fake_client_at_end(client));
  assert_false(isere_fake_client_was_reset(client));
  return text;
}
