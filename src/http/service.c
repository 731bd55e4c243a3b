// SPDX-License-Identifier: Apache-2.0
// The I/O of a connection: what its state asks for, as far as the port and the connection's turn
// allow.
#include <assert.h>

#include "http/slots.h"
#include "port/clock.h"

typedef enum {
  FLUSH_DONE,
  FLUSH_BLOCKED, // on_writable follows
  FLUSH_LOST,
} flush_t;

// ---- Waiting ----

static isere_http_wait_t wait_of(const isere_http_conn_t *conn) {
  switch (conn->state) {
  case ISERE_HTTP_CONN_IDLE:
    return ISERE_HTTP_WAIT_IDLE;
  case ISERE_HTTP_CONN_HEAD:
    return ISERE_HTTP_WAIT_HEAD;
  case ISERE_HTTP_CONN_BODY:
    return ISERE_HTTP_WAIT_BODY;
  case ISERE_HTTP_CONN_SEND:
    return ISERE_HTTP_WAIT_SEND;
  case ISERE_HTTP_CONN_LINGER:
    return ISERE_HTTP_WAIT_LINGER;
  default:
    return conn->eof ? ISERE_HTTP_WAIT_HALF_CLOSED : ISERE_HTTP_WAIT_USER;
  }
}

// Puts the slot where its state belongs: to the end of the list, unless it waits on there without
// progress.
static void place(isere_http_slot_t *slot) {
  const isere_http_wait_t wait = wait_of(&slot->conn);
  if (wait == slot->wait && !slot->conn.progress) {
    return;
  }
  isere_http_waiting_t *waiting = &slot->server->waiting[wait];
  slot->conn.progress = false;
  slot->wait = wait;
  isere_list_remove(&slot->node);
  isere_list_append(&waiting->slots, &slot->node);
  if (wait == ISERE_HTTP_WAIT_USER) {
    return;
  }
  slot->since_ms = isere_port_clock_now_ms();
  if (!isere_timer_running(&waiting->timer)) {
    isere_loop_timer_start(slot->server->loop, &waiting->timer, waiting->limit_ms);
  }
}

static void release(isere_http_slot_t *slot) {
  isere_http_server_t *server = slot->server;
  if (slot->net != NULL) {
    isere_port_net_close(slot->net);
  }
  isere_list_remove(&slot->node);
  isere_list_remove(&slot->resume);
  isere_pool_give(&server->slots, slot);
  isere_http_server_check_drained(server);
}

// Ends a turn: the slot waits, or is released.
static void rest(isere_http_slot_t *slot) {
  if (slot->conn.state == ISERE_HTTP_CONN_IDLE && slot->server->shared.draining) {
    isere_http_conn_drop(&slot->conn);
  }
  if (slot->conn.state == ISERE_HTTP_CONN_CLOSED) {
    release(slot);
  } else {
    place(slot);
  }
}

// The connection has failed: `slot` is CLOSED, and still the caller's.
static void fail(isere_http_slot_t *slot, bool abort) {
  isere_http_server_t *server = slot->server;
  if (slot->net != NULL) {
    if (abort) {
      isere_port_net_abort(slot->net);
    } else {
      isere_port_net_close(slot->net);
    }
    slot->net = NULL;
  }
  isere_http_work_t *at_user = isere_http_conn_drop(&slot->conn);
  if (at_user != NULL) {
    server->config.on_cancel(server->config.arg, &at_user->exchange);
  }
}

void isere_http_slot_lose(isere_http_slot_t *slot, bool abort) {
  fail(slot, abort);
  if (!slot->running) {
    release(slot);
  }
}

// ---- Sending ----

static flush_t flush(isere_http_slot_t *slot) {
  isere_span_t spans[3];
  size_t count;
  while ((count = isere_http_conn_output(&slot->conn, spans)) > 0) {
    const int sent = isere_port_net_send(slot->net, spans, count);
    if (sent == ISERE_ERR_AGAIN) {
      return FLUSH_BLOCKED;
    }
    if (sent < 0) {
      fail(slot, false);
      return FLUSH_LOST;
    }
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
      total += spans[i].len;
    }
    isere_http_conn_sent(&slot->conn, (size_t)sent);
    if ((size_t)sent < total) {
      return FLUSH_BLOCKED;
    }
  }
  return FLUSH_DONE;
}

void isere_http_send_busy(isere_http_server_t *server, isere_net_conn_t *net) {
  char buf[512];
  isere_http_response_t response = {.buf = buf, .cap = sizeof(buf)};
  const isere_http_fault_t fault = {503, "the server has no room for another request now"};
  isere_http_refusal_write(&response, fault, SIZE_MAX, &server->shared.date,
                           isere_port_clock_unix_ms());
  const isere_span_t span = isere_span(response.buf, response.len);
  (void)isere_port_net_send(net, &span, 1);
}

void isere_http_slot_evict(isere_http_slot_t *slot) {
  if (slot->conn.state == ISERE_HTTP_CONN_HEAD || slot->conn.state == ISERE_HTTP_CONN_BODY) {
    isere_http_conn_refuse(&slot->conn, 408, "the request came too slowly, and others waited");
    if (flush(slot) == FLUSH_LOST) {
      release(slot);
      return;
    }
  }
  isere_http_slot_lose(slot, false);
}

// ---- Receiving. These return true when the slot can go on at once. ----

static bool receive(isere_http_slot_t *slot) {
  isere_http_conn_t *conn = &slot->conn;
  char *ptr = NULL;
  size_t len = 0;
  if (!conn->unread) {
    return false;
  }
  const isere_err_t err = isere_http_conn_space(conn, &ptr, &len);
  if (err == ISERE_ERR_BUSY && conn->state != ISERE_HTTP_CONN_USER) {
    if (!isere_http_conn_refuse(conn, 503, "the server has no memory left for this request now")) {
      isere_http_send_busy(slot->server, slot->net);
    }
    return true;
  }
  if (err != ISERE_OK) {
    return false;
  }
  const int got = isere_port_net_recv(slot->net, ptr, len);
  conn->unread = got > 0 && (size_t)got == len;
  isere_http_conn_feed(conn, got > 0 ? (size_t)got : 0);
  if (got == 0) {
    isere_http_conn_feed_eof(conn);
  } else if (got == ISERE_ERR_AGAIN) {
    return false;
  } else if (got < 0) {
    fail(slot, false);
  }
  return true;
}

// Drops what the client still sends, so that the port does not reset the connection before the
// client has read the response.
static bool linger(isere_http_slot_t *slot) {
  char scratch[512];
  isere_http_conn_t *conn = &slot->conn;
  isere_pool_t *pool = &slot->server->shared.pool;
  if (!slot->shut_down) {
    slot->shut_down = true;
    isere_port_net_shutdown(slot->net);
  }
  if (!conn->unread) {
    return false;
  }
  void *block = isere_pool_take(pool);
  const size_t len = block != NULL ? ISERE_HTTP_BLOCK_BYTES : sizeof(scratch);
  const int got = isere_port_net_recv(slot->net, block != NULL ? block : scratch, len);
  if (block != NULL) {
    isere_pool_give(pool, block);
  }
  conn->unread = got > 0 && (size_t)got == len;
  slot->lingered_bytes += got > 0 ? (size_t)got : 0;
  if ((got <= 0 && got != ISERE_ERR_AGAIN) || slot->lingered_bytes > ISERE_HTTP_LINGER_BYTES_MAX) {
    fail(slot, got > 0);
  }
  return true;
}

static void hand_over(isere_http_slot_t *slot) {
  isere_http_server_t *server = slot->server;
  isere_http_exchange_t *exchange = &slot->conn.work->exchange;
  if (slot->peer_len == 0) {
    slot->peer_len = (uint8_t)isere_port_net_peer(slot->net, slot->peer, &slot->peer_port);
  }
  memcpy(exchange->peer, slot->peer, (size_t)slot->peer_len + 1);
  exchange->peer_len = slot->peer_len;
  exchange->peer_port = slot->peer_port;
  isere_http_conn_handed(&slot->conn);
  server->exchanges++;
  server->requests++;
  server->config.on_request(server->config.arg, exchange);
}

// ---- Turns ----

static bool step(isere_http_slot_t *slot) {
  if (slot->conn.state == ISERE_HTTP_CONN_CLOSED || flush(slot) != FLUSH_DONE) {
    return false;
  }
  switch (slot->conn.state) {
  case ISERE_HTTP_CONN_IDLE:
  case ISERE_HTTP_CONN_HEAD:
  case ISERE_HTTP_CONN_BODY:
  case ISERE_HTTP_CONN_USER:
    return receive(slot);
  case ISERE_HTTP_CONN_READY:
    hand_over(slot);
    return true;
  case ISERE_HTTP_CONN_SEND:
    return true;
  case ISERE_HTTP_CONN_LINGER:
    return linger(slot);
  case ISERE_HTTP_CONN_CLOSED:
    break;
  }
  return false;
}

static void resume_later(isere_http_slot_t *slot) {
  isere_list_remove(&slot->resume);
  isere_list_append(&slot->server->resume, &slot->resume);
  isere_http_server_resume(slot->server);
}

void isere_http_slot_run(isere_http_slot_t *slot) {
  int steps = ISERE_HTTP_PIPELINED_REQUESTS_MAX;
  slot->running = true;
  while (steps > 0 && step(slot)) {
    steps--;
  }
  slot->running = false;
  if (steps == 0 && slot->conn.state != ISERE_HTTP_CONN_CLOSED) {
    resume_later(slot);
  }
  rest(slot);
}

void isere_http_slot_answer(isere_http_slot_t *slot) {
  const flush_t flushed = flush(slot);
  const isere_http_conn_state_t state = slot->conn.state;
  if (flushed == FLUSH_DONE &&
      (slot->conn.unread || state == ISERE_HTTP_CONN_READY || state == ISERE_HTTP_CONN_LINGER)) {
    resume_later(slot);
  }
  rest(slot);
}
