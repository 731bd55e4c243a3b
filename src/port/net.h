// SPDX-License-Identifier: Apache-2.0
// Stream sockets (TCP). Both directions of the contract stand here: what the port implements, and
// what it calls. All of it runs in the io task. The port owns listeners and connections; their
// number follows from base/limits.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

typedef struct isere_net_listener isere_net_listener_t;
typedef struct isere_net_conn isere_net_conn_t;

// The room for an address as text, NUL included: IPv6 with scope, without the port.
#define ISERE_NET_ADDRESS_CHARS_MAX 64

// ---- Called by the port, in the io task ----

// A listener's user hears of new connections.
typedef struct {
  // A client has connected. Returns the connection's user, or NULL to refuse: the port then closes
  // it. The user may call any function below on `conn` from within. Bytes may already be there:
  // on_readable follows without being asked for.
  void *(*on_accept)(void *arg, isere_net_conn_t *conn);

  // Bytes or the end of the stream have arrived since the last isere_port_net_recv that returned
  // ISERE_ERR_AGAIN or less than asked. The end of the stream is told also when it came together
  // with bytes, and the call that took these returned less than asked.
  void (*on_readable)(void *user);

  // isere_port_net_send takes bytes again, after it took fewer than given.
  void (*on_writable)(void *user);

  // The connection has failed or was reset. The port has let go of it: the user must not use it
  // again, nor close it.
  void (*on_closed)(void *user);

  // The port has told all that was new: the user may now do its work on the whole batch. Called
  // once after each batch.
  void (*on_batch_end)(void *arg);
} isere_net_handlers_t;

// ---- Implemented by the port ----

// Listens on `host` ("0.0.0.0", "127.0.0.1", "::", "localhost"; a name is resolved) and `port` (0:
// any free one). `handlers` and `arg` must outlive the listener. Returns ISERE_ERR_ADDRINUSE,
// ISERE_ERR_ACCES (a port below 1024), ISERE_ERR_INVAL (not an address), ISERE_ERR_NOMEM.
isere_err_t isere_port_net_listen(const char *host, uint16_t port,
                                  const isere_net_handlers_t *handlers, void *arg,
                                  isere_net_listener_t **out);

// The port number that the listener has.
uint16_t isere_port_net_listener_port(const isere_net_listener_t *listener);

// Stops listening; connections stay.
void isere_port_net_listener_close(isere_net_listener_t *listener);

// Takes up to `len` bytes that have arrived. Returns their count; 0 at the end of the stream;
// ISERE_ERR_AGAIN when none are there (on_readable will follow); ISERE_ERR_CLOSED when the
// connection failed (on_closed will NOT follow; close it).
int isere_port_net_recv(isere_net_conn_t *conn, void *buf, size_t len);

// Takes bytes of the `count` spans in order, up to 16 spans. Returns how many bytes it took,
// perhaps fewer than given (on_writable will follow); ISERE_ERR_AGAIN when none (on_writable will
// follow); ISERE_ERR_CLOSED when the connection failed (on_closed will NOT follow; close it). The
// bytes are the port's own copy, or sent, when it returns.
int isere_port_net_send(isere_net_conn_t *conn, const isere_span_t *spans, size_t count);

// Ends the sending side: the client reads the end of the stream after all that was sent. Receiving
// goes on.
void isere_port_net_shutdown(isere_net_conn_t *conn);

// Lets go of the connection; what was sent is still delivered where the client takes it. No handler
// is called for it again.
void isere_port_net_close(isere_net_conn_t *conn);

// Lets go of the connection and resets it.
void isere_port_net_abort(isere_net_conn_t *conn);

// Writes the client's address as text, NUL-terminated, an IPv4 client of an IPv6 socket as IPv4;
// returns its length.
size_t isere_port_net_peer(const isere_net_conn_t *conn, char out[ISERE_NET_ADDRESS_CHARS_MAX],
                           uint16_t *out_port);
