// SPDX-License-Identifier: Apache-2.0
// A connection's states, and the blocks that it holds in them.
#include "http/conn.h"

#include <assert.h>

#include "port/clock.h"

#define INTERIM "HTTP/1.1 100 Continue\r\n\r\n"
#define INTERIM_BYTES (sizeof(INTERIM) - 1)
#define EMPTY_LINES_MAX 4

#define MORE_FIELDS_BYTES (ISERE_HTTP_HEADERS_MAX * sizeof(isere_http_field_t))
// What a head block holds of received bytes.
#define WORK_BYTES (ISERE_HTTP_BLOCK_BYTES - offsetof(isere_http_work_t, bytes) - MORE_FIELDS_BYTES)
#define CHUNK_BYTES (ISERE_HTTP_BLOCK_BYTES - sizeof(isere_http_chunk_t))

_Static_assert(offsetof(isere_http_work_t, bytes) + MORE_FIELDS_BYTES + ISERE_HTTP_HEAD_BYTES_MAX +
                       2 * EMPTY_LINES_MAX <
                   ISERE_HTTP_BLOCK_BYTES,
               "a head, its exchange and its fields fit one block");
_Static_assert(ISERE_HTTP_BLOCK_BYTES % sizeof(void *) == 0, "a table at a block's end is aligned");

void isere_http_conn_init(isere_http_conn_t *conn, isere_http_shared_t *shared) {
  *conn = (isere_http_conn_t){.state = ISERE_HTTP_CONN_IDLE, .shared = shared};
}

// ---- Blocks ----

static void give(isere_http_shared_t *shared, void *block) {
  if (block != NULL) {
    isere_pool_give(&shared->pool, block);
  }
}

static char *block_end(isere_http_work_t *work) {
  return (char *)work + ISERE_HTTP_BLOCK_BYTES;
}

// Makes `block` the head block of the next request; its bytes may be there already.
static void start_work(isere_http_conn_t *conn, void *block, char *fill) {
  isere_http_work_t *work = block;
  work->conn = conn;
  work->response_block = NULL;
  work->exchange.response.release = NULL;
  work->first = (isere_http_chunk_t){NULL, NULL, 0};
  void *more_fields = block_end(work) - MORE_FIELDS_BYTES;
  isere_http_parser_init(&work->parser, &work->exchange.request, work->fields, more_fields,
                         work->bytes);
  work->parser.tail = &work->first;
  conn->work = work;
  conn->fill = fill;
  conn->limit = work->bytes + WORK_BYTES;
  conn->parsed = work->bytes;
}

static void free_body(isere_http_shared_t *shared, isere_http_work_t *work) {
  isere_http_chunk_t *chunk = work->first.next;
  work->first.next = NULL;
  while (chunk != NULL) {
    isere_http_chunk_t *next = chunk->next;
    give(shared, chunk);
    chunk = next;
  }
}

static void release_response(isere_http_work_t *work) {
  isere_http_response_t *response = &work->exchange.response;
  if (response->release != NULL) {
    void (*release)(void *arg) = response->release;
    response->release = NULL;
    release(response->release_arg);
  }
}

void isere_http_work_free(isere_http_shared_t *shared, isere_http_work_t *work) {
  release_response(work);
  free_body(shared, work);
  give(shared, work->response_block);
  give(shared, work);
}

static void free_work(isere_http_conn_t *conn) {
  if (conn->work != NULL) {
    isere_http_work_free(conn->shared, conn->work);
    conn->work = NULL;
  }
}

static void free_pending(isere_http_conn_t *conn) {
  give(conn->shared, conn->pending_block);
  conn->pending_block = NULL;
  conn->pending = NULL;
}

isere_http_work_t *isere_http_conn_drop(isere_http_conn_t *conn) {
  isere_http_work_t *at_user = NULL;
  if (conn->state == ISERE_HTTP_CONN_USER) {
    at_user = conn->work;
    at_user->conn = NULL;
    conn->work = NULL;
  }
  free_work(conn);
  free_pending(conn);
  conn->state = ISERE_HTTP_CONN_CLOSED;
  return at_user;
}

// ---- A request that is complete, or refused ----

// The response stands behind the request in the same block when there is room enough.
static bool take_response_buffer(isere_http_conn_t *conn, char **out_buf, size_t *out_cap) {
  isere_http_work_t *work = conn->work;
  const bool inline_fields = work->exchange.request.fields == work->fields;
  char *end = block_end(work) - (inline_fields ? 0 : MORE_FIELDS_BYTES);
  if (conn->pending == NULL && work->parser.tail == &work->first &&
      end - conn->fill >= ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX) {
    *out_buf = conn->fill;
    *out_cap = (size_t)(end - conn->fill);
    return true;
  }
  work->response_block = isere_pool_take(&conn->shared->pool);
  *out_buf = work->response_block;
  *out_cap = ISERE_HTTP_BLOCK_BYTES;
  return work->response_block != NULL;
}

bool isere_http_conn_refuse(isere_http_conn_t *conn, int status, const char *text) {
  isere_http_shared_t *shared = conn->shared;
  shared->bad_requests++;
  conn->refused = true;
  if (conn->work == NULL) {
    void *block = isere_pool_take(&shared->pool);
    if (block == NULL) {
      conn->state = ISERE_HTTP_CONN_LINGER;
      return false;
    }
    start_work(conn, block, ((isere_http_work_t *)block)->bytes);
  }
  isere_http_work_t *work = conn->work;
  const isere_http_fault_t fault = {(uint16_t)status, text};
  const bool head_only = isere_span_equal(work->exchange.request.method, ISERE_SPAN("HEAD"));
  free_body(shared, work);
  free_pending(conn);
  work->exchange.response = (isere_http_response_t){
      .buf = work->bytes,
      .cap = WORK_BYTES,
      .head_only = head_only,
  };
  isere_http_refusal_write(&work->exchange.response, fault,
                           work->parser.fault.status != 0 ? work->parser.fault_at : SIZE_MAX,
                           &shared->date, isere_port_clock_unix_ms());
  if (conn->interim_left == INTERIM_BYTES) {
    conn->interim_left = 0;
  }
  conn->sent_bytes = 0;
  conn->state = ISERE_HTTP_CONN_SEND;
  return true;
}

// `rest` is the first byte behind the request.
static isere_http_conn_state_t complete(isere_http_conn_t *conn, const char *rest) {
  isere_http_work_t *work = conn->work;
  isere_http_exchange_t *exchange = &work->exchange;
  isere_http_request_t *request = &exchange->request;
  char *buf = NULL;
  size_t cap = 0;
  if (rest < conn->fill) {
    conn->pending = (char *)(uintptr_t)rest;
  }
  if (!take_response_buffer(conn, &buf, &cap)) {
    isere_http_conn_refuse(conn, 503, "the server has no memory left for this request now");
    return conn->state;
  }
  request->body = work->first.len > 0 ? &work->first : work->first.next;
  exchange->response = (isere_http_response_t){
      .buf = buf,
      .cap = cap,
      .version_minor = request->version_minor,
      .head_only = isere_span_equal(request->method, ISERE_SPAN("HEAD")),
      .keep_alive = request->keep_alive && !conn->shared->draining,
  };
  exchange->user = NULL;
  return ISERE_HTTP_CONN_READY;
}

// ---- Parsing ----

static isere_http_conn_state_t refuse_fault(isere_http_conn_t *conn) {
  const isere_http_fault_t fault = conn->work->parser.fault;
  isere_http_conn_refuse(conn, fault.status, fault.text);
  return conn->state;
}

static isere_http_conn_state_t parse(isere_http_conn_t *conn) {
  isere_http_parser_t *parser = &conn->work->parser;
  const bool had_head = parser->state == ISERE_HTTP_PARSER_BODY;
  const size_t body_bytes = conn->work->exchange.request.body_bytes;
  conn->parsed = isere_http_parser_feed(parser, conn->parsed, conn->fill);
  conn->progress |= conn->work->exchange.request.body_bytes != body_bytes;
  switch (parser->state) {
  case ISERE_HTTP_PARSER_LINE:
  case ISERE_HTTP_PARSER_FIELDS:
    return ISERE_HTTP_CONN_HEAD;
  case ISERE_HTTP_PARSER_BODY:
    if (!had_head) {
      conn->progress = true;
      if (parser->expects_continue && conn->work->exchange.request.body_bytes == 0) {
        conn->interim_left = INTERIM_BYTES;
      }
    }
    if (parser->tail->bytes != NULL) {
      conn->fill = parser->tail->bytes + parser->tail->len; // over framing that was parsed
    }
    conn->parsed = conn->fill;
    return ISERE_HTTP_CONN_BODY;
  case ISERE_HTTP_PARSER_DONE:
    return complete(conn, conn->parsed);
  case ISERE_HTTP_PARSER_FAULT:
    break;
  }
  return refuse_fault(conn);
}

// RFC 9112 section 2.2: empty lines before a request line are dropped.
static isere_http_conn_state_t parse_start(isere_http_conn_t *conn) {
  while (conn->fill - conn->parsed >= 2 && conn->parsed[0] == '\r' && conn->parsed[1] == '\n') {
    conn->parsed += 2;
    conn->empty_lines++;
    if (conn->empty_lines > EMPTY_LINES_MAX) {
      isere_http_conn_refuse(conn, 400, "too many empty lines stand before the request");
      return conn->state;
    }
  }
  if (conn->parsed == conn->fill) {
    free_work(conn);
    return ISERE_HTTP_CONN_IDLE;
  }
  if (conn->fill - conn->parsed == 1 && conn->parsed[0] == '\r') {
    return ISERE_HTTP_CONN_HEAD;
  }
  conn->work->parser.start = conn->parsed;
  return parse(conn);
}

static isere_http_conn_state_t parse_head(isere_http_conn_t *conn) {
  const isere_http_parser_t *parser = &conn->work->parser;
  const bool started = parser->state != ISERE_HTTP_PARSER_LINE || parser->scanned > 0;
  return started ? parse(conn) : parse_start(conn);
}

// The client sends no more: what is incomplete stays so.
static isere_http_conn_state_t settle(isere_http_conn_t *conn) {
  if (conn->eof && conn->state == ISERE_HTTP_CONN_IDLE) {
    isere_http_conn_drop(conn);
  } else if (conn->eof &&
             (conn->state == ISERE_HTTP_CONN_HEAD || conn->state == ISERE_HTTP_CONN_BODY)) {
    isere_http_conn_refuse(conn, 400, "the request is incomplete: the client ended the stream");
  }
  return conn->state;
}

// ---- Receiving ----

static isere_err_t grow_body(isere_http_conn_t *conn) {
  isere_http_parser_t *parser = &conn->work->parser;
  char *block = isere_pool_take(&conn->shared->pool);
  if (block == NULL) {
    return ISERE_ERR_BUSY;
  }
  isere_http_chunk_t *chunk = (void *)block;
  *chunk = (isere_http_chunk_t){NULL, block + sizeof(*chunk), 0};
  parser->tail->next = chunk;
  parser->tail = chunk;
  conn->fill = chunk->bytes;
  conn->parsed = chunk->bytes;
  conn->limit = chunk->bytes + CHUNK_BYTES;
  return ISERE_OK;
}

static isere_err_t space_in_body(isere_http_conn_t *conn, size_t *out_len) {
  const llhttp_t *llhttp = &conn->work->parser.llhttp;
  if (conn->fill == conn->limit) {
    const isere_err_t err = grow_body(conn);
    if (err != ISERE_OK) {
      return err;
    }
  }
  *out_len = (size_t)(conn->limit - conn->fill);
  if (conn->work->parser.tail != &conn->work->first) {
    // What follows the request must fit the head block, where it goes in the end.
    const uint64_t most = (llhttp->flags & F_CHUNKED) != 0 ? WORK_BYTES : llhttp->content_length;
    *out_len = *out_len < most ? *out_len : (size_t)most;
  }
  return ISERE_OK;
}

isere_err_t isere_http_conn_space(isere_http_conn_t *conn, char **out_ptr, size_t *out_len) {
  void *block = NULL;
  isere_err_t err = ISERE_OK;
  switch (conn->state) {
  case ISERE_HTTP_CONN_IDLE:
    block = isere_pool_take(&conn->shared->pool);
    if (block == NULL) {
      return ISERE_ERR_BUSY;
    }
    start_work(conn, block, ((isere_http_work_t *)block)->bytes);
    break;
  case ISERE_HTTP_CONN_HEAD:
    break;
  case ISERE_HTTP_CONN_BODY:
    err = space_in_body(conn, out_len);
    *out_ptr = conn->fill;
    return err;
  case ISERE_HTTP_CONN_USER:
    if (conn->pending == NULL) {
      block = isere_pool_take(&conn->shared->pool);
      if (block == NULL) {
        return ISERE_ERR_BUSY;
      }
      conn->pending_block = block;
      conn->pending = ((isere_http_work_t *)block)->bytes;
      conn->fill = conn->pending;
      conn->limit = conn->pending + WORK_BYTES;
    }
    break;
  default:
    return ISERE_ERR_AGAIN;
  }
  *out_ptr = conn->fill;
  *out_len = (size_t)(conn->limit - conn->fill);
  return *out_len > 0 ? ISERE_OK : ISERE_ERR_AGAIN;
}

void isere_http_conn_feed(isere_http_conn_t *conn, size_t len) {
  assert(len <= (size_t)(conn->limit - conn->fill));
  conn->fill += len;
  switch (conn->state) {
  case ISERE_HTTP_CONN_IDLE:
  case ISERE_HTTP_CONN_HEAD:
    conn->state = parse_head(conn);
    break;
  case ISERE_HTTP_CONN_BODY:
    conn->state = len > 0 ? parse(conn) : conn->state;
    break;
  case ISERE_HTTP_CONN_USER:
    if (conn->fill == conn->pending) {
      free_pending(conn);
    }
    break;
  default:
    assert(len == 0);
    break;
  }
}

void isere_http_conn_feed_eof(isere_http_conn_t *conn) {
  conn->eof = true;
  conn->state = settle(conn);
}

// ---- Answering ----

void isere_http_conn_handed(isere_http_conn_t *conn) {
  assert(conn->state == ISERE_HTTP_CONN_READY);
  conn->state = ISERE_HTTP_CONN_USER;
}

void isere_http_conn_answered(isere_http_conn_t *conn) {
  assert(conn->state == ISERE_HTTP_CONN_USER);
  conn->sent_bytes = 0;
  conn->state = ISERE_HTTP_CONN_SEND;
}

static void add_rest(isere_span_t *out, size_t *count, isere_span_t span, size_t *skip) {
  if (*skip < span.len) {
    out[(*count)++] = isere_span(span.ptr + *skip, span.len - *skip);
    *skip = 0;
  } else {
    *skip -= span.len;
  }
}

size_t isere_http_conn_output(const isere_http_conn_t *conn, isere_span_t out[3]) {
  size_t count = 0;
  if (conn->interim_left > 0) {
    out[count++] = isere_span(&INTERIM[INTERIM_BYTES - conn->interim_left], conn->interim_left);
  }
  if (conn->state == ISERE_HTTP_CONN_SEND) {
    const isere_http_response_t *response = &conn->work->exchange.response;
    size_t skip = conn->sent_bytes;
    add_rest(out, &count, isere_span(response->buf, response->len), &skip);
    add_rest(out, &count, response->body, &skip);
  }
  return count;
}

// Makes what is pending the start of the next request. It takes no block, so that it cannot fail.
static isere_http_conn_state_t start_pending(isere_http_conn_t *conn) {
  isere_http_shared_t *shared = conn->shared;
  isere_http_work_t *work = conn->work;
  const size_t len = (size_t)(conn->fill - conn->pending);
  if (conn->pending_block != NULL) {
    isere_http_work_free(shared, work);
    work = conn->pending_block;
  } else {
    release_response(work);
    memmove(work->bytes, conn->pending, len);
    free_body(shared, work);
    give(shared, work->response_block);
  }
  conn->pending_block = NULL;
  conn->pending = NULL;
  start_work(conn, work, work->bytes + len);
  return parse_head(conn);
}

static isere_http_conn_state_t end_response(isere_http_conn_t *conn) {
  const isere_http_shared_t *shared = conn->shared;
  const bool keep = !conn->refused && conn->work->exchange.response.keep_alive && !shared->draining;
  const bool drained = conn->pending == NULL && !conn->unread && !conn->refused;
  conn->empty_lines = 0;
  conn->progress = true;
  if (!keep) {
    isere_http_conn_drop(conn);
    return drained || conn->eof ? ISERE_HTTP_CONN_CLOSED : ISERE_HTTP_CONN_LINGER;
  }
  if (conn->pending != NULL) {
    return start_pending(conn);
  }
  free_work(conn);
  return ISERE_HTTP_CONN_IDLE;
}

void isere_http_conn_sent(isere_http_conn_t *conn, size_t len) {
  const size_t interim = len < conn->interim_left ? len : conn->interim_left;
  conn->progress = true;
  conn->interim_left = (uint8_t)(conn->interim_left - interim);
  if (conn->state != ISERE_HTTP_CONN_SEND) {
    return;
  }
  conn->sent_bytes += len - interim;
  const isere_http_response_t *response = &conn->work->exchange.response;
  if (conn->sent_bytes == response->len + response->body.len) {
    conn->state = end_response(conn);
    conn->state = settle(conn);
  }
}
