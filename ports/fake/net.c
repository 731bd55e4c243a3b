// SPDX-License-Identifier: Apache-2.0
// port/net.h: connections are two buffers, and events wait in flags until a test lets a batch of
// them happen.
#include "port/net.h"

#include <assert.h>
#include <stdlib.h>

#include "fake.h"

#define LISTENERS_MAX 4
#define FIRST_FREE_PORT 49152
#define UNLIMITED SIZE_MAX

struct isere_net_listener {
  const isere_net_handlers_t *handlers; // NULL: this one is free
  void *arg;
  uint16_t port;
};

typedef struct {
  char *bytes;
  size_t len;
  size_t cap;
  size_t taken; // of `len`
} buffer_t;

// Both ends of a connection: the server's isere_net_conn_t is the test's isere_fake_client_t.
struct isere_net_conn {
  isere_net_conn_t *next;
  isere_net_listener_t *listener;
  void *user; // the server's
  buffer_t to_server;
  buffer_t to_client;
  size_t window; // bytes that the client still takes
  uint16_t number;
  bool accepted;
  bool open;           // on the server's side
  bool drained;        // the server knows that it has received all: what is new is an event
  bool tell_readable;  // an event that the server has not heard of
  bool wants_writable; // a send took less than given
  bool client_finished;
  bool finish_received; // by the server
  bool client_reset;
  bool server_finished;
  bool server_reset;
};

static isere_net_listener_t listeners[LISTENERS_MAX];
static isere_net_conn_t *first;
static isere_net_conn_t **last_next = &first;
static uint16_t conn_count;
static size_t calls;

static void append(buffer_t *buffer, const char *bytes, size_t len) {
  if (len == 0) {
    return;
  }
  if (len > buffer->cap - buffer->len) {
    buffer->cap = 2 * (buffer->len + len);
    buffer->bytes = realloc(buffer->bytes, buffer->cap);
    assert(buffer->bytes != NULL);
  }
  memcpy(buffer->bytes + buffer->len, bytes, len);
  buffer->len += len;
}

// ---- What the port contract asks for ----

isere_err_t isere_port_net_listen(const char *host, uint16_t port,
                                  const isere_net_handlers_t *handlers, void *arg,
                                  isere_net_listener_t **out) {
  isere_net_listener_t *unused = NULL;
  if (strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0) {
    return ISERE_ERR_INVAL;
  }
  for (size_t i = 0; i < LISTENERS_MAX; i++) {
    if (listeners[i].handlers == NULL) {
      unused = &listeners[i];
    } else if (listeners[i].port == port) {
      return ISERE_ERR_ADDRINUSE;
    }
  }
  if (unused == NULL) {
    return ISERE_ERR_NOMEM;
  }
  const uint16_t free_port = (uint16_t)(FIRST_FREE_PORT + (unused - listeners));
  *unused = (isere_net_listener_t){handlers, arg, port != 0 ? port : free_port};
  *out = unused;
  return ISERE_OK;
}

uint16_t isere_port_net_listener_port(const isere_net_listener_t *listener) {
  return listener->port;
}

void isere_port_net_listener_close(isere_net_listener_t *listener) {
  listener->handlers = NULL;
}

int isere_port_net_recv(isere_net_conn_t *conn, void *buf, size_t len) {
  assert(conn->open && len > 0);
  calls++;
  const size_t there = conn->to_server.len - conn->to_server.taken;
  const size_t count = there < len ? there : len;
  if (conn->client_reset) {
    return ISERE_ERR_CLOSED;
  }
  conn->drained = count < len;
  if (count == 0) {
    conn->finish_received = conn->client_finished;
    return conn->client_finished ? 0 : ISERE_ERR_AGAIN;
  }
  memcpy(buf, conn->to_server.bytes + conn->to_server.taken, count);
  conn->to_server.taken += count;
  // The end of the stream is an event of its own: a short read does not tell it.
  conn->tell_readable = count < len && conn->client_finished;
  return (int)count;
}

int isere_port_net_send(isere_net_conn_t *conn, const isere_span_t *spans, size_t count) {
  assert(conn->open && !conn->server_finished && count <= 16);
  size_t sent = 0;
  size_t total = 0;
  calls++;
  if (conn->client_reset) {
    return ISERE_ERR_CLOSED;
  }
  for (size_t i = 0; i < count; i++) {
    const size_t len = spans[i].len < conn->window ? spans[i].len : conn->window;
    append(&conn->to_client, spans[i].ptr, len);
    conn->window -= conn->window != UNLIMITED ? len : 0;
    sent += len;
    total += spans[i].len;
  }
  conn->wants_writable = sent < total;
  return sent > 0 || total == 0 ? (int)sent : ISERE_ERR_AGAIN;
}

void isere_port_net_shutdown(isere_net_conn_t *conn) {
  assert(conn->open);
  conn->server_finished = true;
}

void isere_port_net_close(isere_net_conn_t *conn) {
  assert(conn->open);
  conn->open = false;
  conn->server_finished = true;
  // As TCP has it: bytes that nobody will read are answered with a reset.
  conn->server_reset = conn->to_server.len > conn->to_server.taken;
}

void isere_port_net_abort(isere_net_conn_t *conn) {
  assert(conn->open);
  conn->open = false;
  conn->server_reset = true;
}

size_t isere_port_net_peer(const isere_net_conn_t *conn, char out[ISERE_NET_ADDRESS_CHARS_MAX],
                           uint16_t *out_port) {
  static const char address[] = "192.0.2.1";
  memcpy(out, address, sizeof(address));
  *out_port = conn->number;
  return sizeof(address) - 1;
}

// ---- Events ----

static bool tell_accept(isere_net_conn_t *conn) {
  const isere_net_listener_t *listener = conn->listener;
  conn->accepted = true;
  if (listener->handlers == NULL || conn->client_reset) {
    conn->server_reset = true;
    return true;
  }
  conn->open = true;
  conn->drained = true;
  conn->tell_readable = conn->to_server.len > 0 || conn->client_finished;
  void *user = listener->handlers->on_accept(listener->arg, conn);
  conn->user = user;
  if (user == NULL) {
    isere_port_net_close(conn);
  }
  return true;
}

// Listeners stay in the table after their close, and their handlers live as long as the server.
static bool tell(isere_net_conn_t *conn, const isere_net_handlers_t *handlers) {
  if (conn->client_reset) {
    conn->open = false;
    handlers->on_closed(conn->user);
    return true;
  }
  if (conn->tell_readable) {
    conn->tell_readable = false;
    conn->drained = false;
    handlers->on_readable(conn->user);
    return true;
  }
  if (conn->wants_writable && conn->window > 0) {
    conn->wants_writable = false;
    handlers->on_writable(conn->user);
    return true;
  }
  return false;
}

bool isere_fake_net_step(void) {
  static const isere_net_handlers_t *handlers[LISTENERS_MAX];
  static void *args[LISTENERS_MAX];
  bool told = false;
  bool batch[LISTENERS_MAX] = {false};
  for (size_t i = 0; i < LISTENERS_MAX; i++) {
    if (listeners[i].handlers != NULL) {
      handlers[i] = listeners[i].handlers;
      args[i] = listeners[i].arg;
    }
  }
  for (isere_net_conn_t *conn = first; conn != NULL; conn = conn->next) {
    const size_t index = (size_t)(conn->listener - listeners);
    const bool news =
        !conn->accepted ? tell_accept(conn) : conn->open && tell(conn, handlers[index]);
    batch[index] |= news;
    told |= news;
  }
  for (size_t i = 0; i < LISTENERS_MAX; i++) {
    if (batch[i] && handlers[i]->on_batch_end != NULL) {
      handlers[i]->on_batch_end(args[i]);
    }
  }
  return told;
}

// ---- The clients ----

void isere_fake_net_reset(void) {
  isere_net_conn_t *conn = first;
  while (conn != NULL) {
    isere_net_conn_t *next = conn->next;
    free(conn->to_server.bytes);
    free(conn->to_client.bytes);
    free(conn);
    conn = next;
  }
  memset(listeners, 0, sizeof(listeners));
  first = NULL;
  last_next = &first;
  conn_count = 0;
}

isere_fake_client_t *isere_fake_net_connect(uint16_t port) {
  for (size_t i = 0; i < LISTENERS_MAX; i++) {
    if (listeners[i].handlers != NULL && listeners[i].port == port) {
      isere_net_conn_t *conn = calloc(1, sizeof(*conn));
      assert(conn != NULL);
      conn->listener = &listeners[i];
      conn->window = UNLIMITED;
      conn->number = ++conn_count;
      *last_next = conn;
      last_next = &conn->next;
      return conn;
    }
  }
  return NULL;
}

void isere_fake_client_send(isere_fake_client_t *client, isere_span_t bytes) {
  assert(!client->client_finished);
  append(&client->to_server, bytes.ptr, bytes.len);
  client->tell_readable |= client->drained;
}

void isere_fake_client_finish(isere_fake_client_t *client) {
  client->client_finished = true;
  client->tell_readable |= client->drained && !client->finish_received;
}

void isere_fake_client_reset(isere_fake_client_t *client) {
  client->client_reset = true;
}

void isere_fake_client_take(isere_fake_client_t *client, size_t bytes) {
  client->window = client->window == UNLIMITED ? bytes : client->window + bytes;
}

isere_span_t isere_fake_client_received(const isere_fake_client_t *client) {
  const buffer_t *buffer = &client->to_client;
  return buffer->len > buffer->taken
             ? isere_span(buffer->bytes + buffer->taken, buffer->len - buffer->taken)
             : isere_span("", 0);
}

void isere_fake_client_forget(isere_fake_client_t *client) {
  client->to_client.taken = client->to_client.len;
}

bool isere_fake_client_at_end(const isere_fake_client_t *client) {
  return client->server_finished || client->server_reset;
}

bool isere_fake_client_was_reset(const isere_fake_client_t *client) {
  return client->server_reset;
}

size_t isere_fake_client_unread(const isere_fake_client_t *client) {
  return client->to_server.len - client->to_server.taken;
}

size_t isere_fake_net_calls(void) {
  return calls;
}
