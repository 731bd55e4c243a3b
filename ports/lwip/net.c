// SPDX-License-Identifier: Apache-2.0
// port/net.h over lwIP's raw API. What has arrived stays in lwIP's buffers until it is taken, and
// only then does the window open again: so one connection never holds more than its window.
#include "port/net.h"

#include <assert.h>
#include <lwip/tcp.h>
#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/pool.h"
#include "lwip_io.h"

#define LISTENERS_MAX 2
#define SPANS_MAX 16
#define POLL_HALF_SECONDS 1

// One more than the server's: the one that it refuses.
#define CONNS_MAX (ISERE_HTTP_CONNS_MAX + 1)

struct isere_net_listener {
  struct tcp_pcb *pcb;
  const isere_net_handlers_t *handlers;
  void *arg;
};

struct isere_net_conn {
  struct tcp_pcb *pcb; // NULL: lwIP has let go of it
  const isere_net_handlers_t *handlers;
  void *user;
  struct pbuf *arrived; // and not yet taken
  bool has_end;         // the client has ended its sending side
  bool has_shut;        // we have ended ours
  bool wants_shut;      // ... or will, once lwIP has memory for it
  bool wants_write;     // a send took less than given
  bool is_told;         // on_accept is over: the user may be called
  uint16_t peer_port;
  ip_addr_t peer;
};

static struct {
  isere_net_listener_t listeners[LISTENERS_MAX];
  isere_net_conn_t storage[CONNS_MAX];
  isere_pool_t conns;
  bool is_ready;
  const struct tcp_pcb *current; // whose callback is running
  bool is_aborted;               // ... and it was aborted within
} net;

// ---- Letting go ----

static void forget_arrived(isere_net_conn_t *conn) {
  if (conn->arrived != NULL) {
    pbuf_free(conn->arrived);
    conn->arrived = NULL;
  }
}

// lwIP goes on with the connection alone, or it is gone already.
static void detach(isere_net_conn_t *conn) {
  struct tcp_pcb *pcb = conn->pcb;
  if (pcb != NULL) {
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
    // What only waits for its client's last packets gives way to new clients.
    tcp_setprio(pcb, TCP_PRIO_MIN);
    conn->pcb = NULL;
  }
}

static void release(isere_net_conn_t *conn) {
  forget_arrived(conn);
  isere_pool_give(&net.conns, conn);
}

static void abort_pcb(struct tcp_pcb *pcb) {
  if (pcb == net.current) {
    net.is_aborted = true;
  }
  tcp_abort(pcb);
}

// ---- What lwIP calls. Each returns through `leave`. ----

static void enter(const struct tcp_pcb *pcb) {
  net.current = pcb;
  net.is_aborted = false;
}

static err_t leave(void) {
  const bool is_aborted = net.is_aborted;
  net.current = NULL;
  net.is_aborted = false;
  isere_lwip_touch();
  return is_aborted ? ERR_ABRT : ERR_OK;
}

static bool try_shut(isere_net_conn_t *conn) {
  conn->wants_shut = tcp_shutdown(conn->pcb, 0, 1) != ERR_OK;
  conn->has_shut = !conn->wants_shut;
  return conn->has_shut;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err) {
  isere_net_conn_t *conn = arg;
  (void)err;
  enter(pcb);
  if (p != NULL) {
    if (conn->arrived == NULL) {
      conn->arrived = p;
    } else {
      pbuf_cat(conn->arrived, p);
    }
  } else {
    conn->has_end = true;
    if (conn->has_shut) {
      detach(conn); // nothing is left to do, and lwIP drops it some time without a word
    }
  }
  if (conn->is_told) {
    conn->handlers->on_readable(conn->user);
  }
  return leave();
}

static void tell_writable(isere_net_conn_t *conn) {
  if (conn->wants_write && conn->is_told) {
    conn->wants_write = false;
    conn->handlers->on_writable(conn->user);
  }
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len) {
  (void)len;
  enter(pcb);
  tell_writable(arg);
  return leave();
}

// Twice a second: what waited for lwIP's memory tries again.
static err_t on_poll(void *arg, struct tcp_pcb *pcb) {
  isere_net_conn_t *conn = arg;
  enter(pcb);
  if (conn->wants_shut && try_shut(conn) && conn->has_end) {
    detach(conn);
  }
  tell_writable(conn);
  return leave();
}

static void on_error(void *arg, err_t err) {
  isere_net_conn_t *conn = arg;
  (void)err;
  conn->pcb = NULL;      // freed by lwIP
  assert(conn->is_told); // lwIP does not fail a connection within on_accepted
  const isere_net_handlers_t *handlers = conn->handlers;
  void *user = conn->user;
  release(conn);
  handlers->on_closed(user);
  isere_lwip_touch();
}

static err_t on_accepted(void *arg, struct tcp_pcb *pcb, err_t err) {
  isere_net_listener_t *listener = arg;
  if (err != ERR_OK || pcb == NULL) {
    return ERR_VAL;
  }
  isere_net_conn_t *conn = isere_pool_take(&net.conns);
  if (conn == NULL) {
    tcp_abort(pcb);
    return ERR_ABRT;
  }
  *conn = (isere_net_conn_t){
      .pcb = pcb,
      .handlers = listener->handlers,
      .peer = pcb->remote_ip,
      .peer_port = pcb->remote_port,
  };
  tcp_arg(pcb, conn);
  tcp_recv(pcb, on_received);
  tcp_sent(pcb, on_sent);
  tcp_err(pcb, on_error);
  tcp_poll(pcb, on_poll, POLL_HALF_SECONDS);
  tcp_nagle_disable(pcb);
  enter(pcb);
  void *user = listener->handlers->on_accept(listener->arg, conn);
  if (user == NULL) {
    isere_port_net_close(conn);
  } else {
    conn->user = user;
    conn->is_told = true;
    if (conn->arrived != NULL || conn->has_end) {
      conn->handlers->on_readable(user);
    }
  }
  return leave();
}

void isere_lwip_net_batch_end(void) {
  for (size_t i = 0; i < LISTENERS_MAX; i++) {
    const isere_net_listener_t *listener = &net.listeners[i];
    if (listener->pcb != NULL && listener->handlers->on_batch_end != NULL) {
      listener->handlers->on_batch_end(listener->arg);
    }
  }
}

// ---- Listeners ----

static isere_err_t err_of(err_t err) {
  switch (err) {
  case ERR_OK:
    return ISERE_OK;
  case ERR_MEM:
    return ISERE_ERR_NOMEM;
  case ERR_USE:
    return ISERE_ERR_ADDRINUSE;
  default:
    return ISERE_ERR_INVAL;
  }
}

isere_err_t isere_port_net_listen(const char *host, uint16_t port,
                                  const isere_net_handlers_t *handlers, void *arg,
                                  isere_net_listener_t **out) {
  ip_addr_t address;
  isere_net_listener_t *listener = NULL;
  if (!net.is_ready) {
    isere_pool_init(&net.conns, net.storage, sizeof(isere_net_conn_t), CONNS_MAX);
    net.is_ready = true;
  }
  for (size_t i = 0; i < LISTENERS_MAX && listener == NULL; i++) {
    listener = net.listeners[i].pcb == NULL ? &net.listeners[i] : NULL;
  }
  if (!ipaddr_aton(host, &address)) {
    return ISERE_ERR_INVAL;
  }
  struct tcp_pcb *pcb = listener == NULL ? NULL : tcp_new();
  if (pcb == NULL) {
    return ISERE_ERR_NOMEM;
  }
  err_t err = tcp_bind(pcb, &address, port);
  if (err != ERR_OK) {
    tcp_abort(pcb);
    return err_of(err);
  }
  struct tcp_pcb *listening = tcp_listen_with_backlog_and_err(pcb, ISERE_HTTP_CONNS_MAX, &err);
  if (listening == NULL) {
    tcp_abort(pcb);
    return err_of(err);
  }
  *listener = (isere_net_listener_t){.pcb = listening, .handlers = handlers, .arg = arg};
  tcp_arg(listening, listener);
  tcp_accept(listening, on_accepted);
  *out = listener;
  return ISERE_OK;
}

uint16_t isere_port_net_listener_port(const isere_net_listener_t *listener) {
  return listener->pcb->local_port;
}

void isere_port_net_listener_close(isere_net_listener_t *listener) {
  (void)tcp_close(listener->pcb); // of a listener it never fails
  listener->pcb = NULL;
}

// ---- Bytes ----

int isere_port_net_recv(isere_net_conn_t *conn, void *buf, size_t len) {
  if (conn->arrived == NULL) {
    if (conn->has_end) {
      return 0;
    }
    return conn->pcb == NULL ? ISERE_ERR_CLOSED : ISERE_ERR_AGAIN;
  }
  const uint16_t available = conn->arrived->tot_len;
  const uint16_t count = len < available ? (uint16_t)len : available;
  (void)pbuf_copy_partial(conn->arrived, buf, count, 0);
  conn->arrived = pbuf_free_header(conn->arrived, count);
  if (conn->pcb != NULL) {
    tcp_recved(conn->pcb, count);
  }
  return count;
}

int isere_port_net_send(isere_net_conn_t *conn, const isere_span_t *spans, size_t count) {
  assert(count <= SPANS_MAX);
  struct tcp_pcb *pcb = conn->pcb;
  size_t total = 0;
  size_t sent = 0;
  if (pcb == NULL || conn->has_shut) {
    return ISERE_ERR_CLOSED;
  }
  for (size_t i = 0; i < count; i++) {
    total += spans[i].len;
  }
  for (size_t i = 0; i < count; i++) {
    const size_t room = tcp_sndbuf(pcb);
    const size_t part = spans[i].len < room ? spans[i].len : room;
    if (part == 0) {
      if (spans[i].len > 0) {
        break;
      }
      continue;
    }
    const uint8_t flags =
        (uint8_t)(TCP_WRITE_FLAG_COPY | (sent + part < total ? TCP_WRITE_FLAG_MORE : 0));
    if (tcp_write(pcb, spans[i].ptr, (u16_t)part, flags) != ERR_OK) {
      break;
    }
    sent += part;
    if (part < spans[i].len) {
      break;
    }
  }
  if (sent > 0) {
    (void)tcp_output(pcb); // what it cannot send now it sends later
  }
  conn->wants_write = sent < total;
  return sent > 0 || total == 0 ? (int)sent : ISERE_ERR_AGAIN;
}

void isere_port_net_shutdown(isere_net_conn_t *conn) {
  if (conn->pcb != NULL && !conn->has_shut && try_shut(conn) && conn->has_end) {
    detach(conn);
  }
}

void isere_port_net_close(isere_net_conn_t *conn) {
  struct tcp_pcb *pcb = conn->pcb;
  detach(conn);
  if (pcb != NULL && tcp_close(pcb) != ERR_OK) {
    abort_pcb(pcb);
  }
  release(conn);
}

void isere_port_net_abort(isere_net_conn_t *conn) {
  struct tcp_pcb *pcb = conn->pcb;
  detach(conn);
  if (pcb != NULL) {
    abort_pcb(pcb);
  }
  release(conn);
}

size_t isere_port_net_peer(const isere_net_conn_t *conn, char out[ISERE_NET_ADDRESS_CHARS_MAX],
                           uint16_t *out_port) {
  *out_port = conn->peer_port;
  if (ipaddr_ntoa_r(&conn->peer, out, ISERE_NET_ADDRESS_CHARS_MAX) == NULL) {
    out[0] = '\0';
  }
  return strlen(out);
}
