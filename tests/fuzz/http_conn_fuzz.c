// SPDX-License-Identifier: Apache-2.0
// Fuzzes the HTTP server: any bytes, in pieces of any size, from a client that takes the answers in
// pieces too. Built with libFuzzer by clang -fsanitize=fuzzer; without it (ISERE_FUZZ_REPLAY)
// main() runs the files it is given.
//
// An input's first byte says how: its low four bits the size of the pieces (0: all at once), then a
// bit each for: answers come later, the client takes the answers in small pieces, it resets instead
// of ending its stream, the server has two blocks only.
#include <FreeRTOS.h>
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "http/server.h"
#include "port/clock.h"

#define HELD_MAX 16
#define INPUT_BYTES_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
  isere_loop_t loop;
  isere_message_t mailbox[1];
  isere_http_server_t *server;
  isere_http_date_t date;
  bool hold;
  isere_http_exchange_t *held; // one connection has one at most
  size_t answered;
} fuzz_t;

// The server promises that a request's parts are within their grammar; check it as a user would
// rely on it.
static void check_request(const isere_http_request_t *request) {
  size_t body_bytes = 0;
  assert(request->method.len > 0 && request->target.len > 0 && request->path.len > 0);
  assert(request->path.ptr[0] == '/' || request->path.ptr[0] == '*');
  assert(memchr(request->target.ptr, ' ', request->target.len) == NULL);
  assert(request->field_count <= ISERE_HTTP_HEADERS_MAX);
  for (size_t i = 0; i < request->field_count; i++) {
    const isere_http_field_t *field = &request->fields[i];
    assert(field->name.len > 0);
    for (size_t j = 0; j < field->value.len; j++) {
      const char c = field->value.ptr[j];
      assert(c != '\0' && c != '\r' && c != '\n');
    }
  }
  for (const isere_http_chunk_t *chunk = request->body; chunk != NULL; chunk = chunk->next) {
    body_bytes += chunk->len;
  }
  assert(body_bytes == request->body_bytes && body_bytes <= ISERE_HTTP_BODY_BYTES_MAX);
}

// Echoes the target in a header field and the first piece of the body, which stays borrowed while
// it is sent.
static void answer(fuzz_t *fuzz, isere_http_exchange_t *exchange) {
  const isere_http_request_t *request = &exchange->request;
  isere_http_response_t *response = &exchange->response;
  check_request(request);
  isere_http_response_begin(response, 200);
  isere_err_t err = isere_http_response_field(response, ISERE_SPAN("X-Target"), request->target);
  assert(err == ISERE_OK || err == ISERE_ERR_TOOBIG);
  const isere_span_t body = request->body != NULL
                                ? isere_span(request->body->bytes, request->body->len)
                                : isere_span(NULL, 0);
  err = isere_http_response_finish(response, body, &fuzz->date, isere_port_clock_unix_ms());
  assert(err == ISERE_OK);
  fuzz->answered++;
  isere_http_exchange_send(fuzz->server, exchange);
}

static void on_request(void *arg, isere_http_exchange_t *exchange) {
  fuzz_t *fuzz = arg;
  if (fuzz->hold) {
    assert(fuzz->held == NULL);
    fuzz->held = exchange;
  } else {
    answer(fuzz, exchange);
  }
}

static void on_cancel(void *arg, isere_http_exchange_t *exchange) {
  fuzz_t *fuzz = arg;
  assert(fuzz->held == exchange);
}

static void settle(fuzz_t *fuzz) {
  bool busy = true;
  while (busy) {
    busy = isere_fake_net_step();
    busy |= isere_loop_step(&fuzz->loop) == 0;
    if (fuzz->held != NULL && !busy) {
      isere_http_exchange_t *exchange = fuzz->held;
      fuzz->held = NULL;
      answer(fuzz, exchange);
      busy = true;
    }
  }
}

// Takes one response off the front of `text`. Returns false when it is not a whole one.
static bool take_response(isere_span_t *text) {
  static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
  if (isere_span_starts_with(*text, ISERE_SPAN(interim))) {
    *text = isere_span(text->ptr + sizeof(interim) - 1, text->len - (sizeof(interim) - 1));
    return true;
  }
  if (!isere_span_starts_with(*text, ISERE_SPAN("HTTP/1.1 "))) {
    return false;
  }
  size_t body_bytes = 0;
  size_t at = 0;
  for (;;) {
    const char *line = text->ptr + at;
    const char *end = at < text->len ? memchr(line, '\n', text->len - at) : NULL;
    if (end == NULL || end == line || end[-1] != '\r') {
      return false;
    }
    at = (size_t)(end - text->ptr) + 1;
    if (end - line == 1) {
      break;
    }
    if (strncmp(line, "Content-Length: ", 16) == 0) {
      body_bytes = strtoul(line + 16, NULL, 10);
    }
  }
  // HEAD has the length and not the body: what follows is the next response, or nothing.
  const isere_span_t rest = isere_span(text->ptr + at, text->len - at);
  const bool no_body = rest.len < body_bytes ||
                       (body_bytes > 9 && isere_span_starts_with(rest, ISERE_SPAN("HTTP/1.1 ")));
  const size_t taken = no_body ? 0 : body_bytes;
  *text = isere_span(rest.ptr + taken, rest.len - taken);
  return no_body ? rest.len == 0 || isere_span_starts_with(rest, ISERE_SPAN("HTTP/1.1 ")) : true;
}

static void run(fuzz_t *fuzz, isere_fake_client_t *client, uint8_t how, isere_span_t bytes) {
  const size_t piece = (how & 15) != 0 ? (size_t)1 << ((how & 15) - 1) : bytes.len;
  if ((how & 32) != 0) {
    isere_fake_client_take(client, 7);
  }
  for (size_t at = 0; at < bytes.len; at += piece) {
    const size_t len = bytes.len - at < piece ? bytes.len - at : piece;
    isere_fake_client_send(client, isere_span(bytes.ptr + at, len));
    settle(fuzz);
    if ((how & 32) != 0) {
      isere_fake_client_take(client, 7);
      settle(fuzz);
    }
  }
  if ((how & 64) != 0) {
    isere_fake_client_reset(client);
  } else {
    isere_fake_client_finish(client);
  }
  settle(fuzz);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || size > INPUT_BYTES_MAX) {
    return 0;
  }
  fuzz_t fuzz = {.hold = (data[0] & 16) != 0};
  const isere_http_server_config_t config = {
      .arg = &fuzz,
      .conns_max = 2,
      .blocks_max = (data[0] & 128) != 0 ? 2 : 64,
      .on_request = on_request,
      .on_cancel = on_cancel,
  };
  isere_loop_init(&fuzz.loop, fuzz.mailbox, 1);
  isere_err_t err = isere_http_server_open(&config, &fuzz.loop, &fuzz.server);
  assert(err == ISERE_OK);
  err = isere_http_server_listen(fuzz.server, "localhost", 0);
  assert(err == ISERE_OK);
  isere_fake_client_t *client = isere_fake_net_connect(isere_http_server_port(fuzz.server));
  assert(client != NULL);
  run(&fuzz, client, data[0], isere_span((const char *)data + 1, size - 1));
  isere_fake_client_take(client, SIZE_MAX / 4);
  settle(&fuzz);
  // With time everything ends, and all comes back.
  for (int i = 0; i < 4; i++) {
    isere_fake_clock_advance_ms(ISERE_HTTP_IDLE_MS_MAX + ISERE_HTTP_SEND_MS_MAX);
    settle(&fuzz);
  }
  isere_http_server_stats_t stats;
  isere_http_server_stats(fuzz.server, &stats);
  assert(stats.conns == 0 && stats.exchanges == 0 && stats.blocks_used == 0);
  assert(stats.requests == fuzz.answered);
  assert(isere_fake_client_at_end(client) || (data[0] & 64) != 0);
  isere_span_t received = isere_fake_client_received(client);
  while ((data[0] & 64) == 0 && received.len > 0) {
    const bool whole = take_response(&received);
    assert(whole);
  }
  isere_http_server_close(fuzz.server);
  isere_fake_net_reset();
  return 0;
}

#ifdef ISERE_FUZZ_REPLAY
int main(int argc, char **argv) {
  uint8_t *data = malloc(INPUT_BYTES_MAX);
  for (int i = 1; i < argc && data != NULL; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) {
      fprintf(stderr, "%s: cannot be read\n", argv[i]);
      free(data);
      return 1;
    }
    const size_t size = fread(data, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    for (int how = 0; how < 256; how++) { // each input in every way
      data[0] = (uint8_t)how;
      LLVMFuzzerTestOneInput(data, size);
    }
  }
  free(data);
  printf("%d inputs passed\n", argc - 1);
  return argc > 1 ? 0 : 1;
}
#endif
