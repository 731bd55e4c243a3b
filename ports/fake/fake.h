// SPDX-License-Identifier: Apache-2.0
// The fake port: a clock that tests move, a network whose clients tests play. It shows the least
// that a port must do.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

// ---- The clock: it stands still until it is moved ----

void isere_fake_clock_set_unix_ms(uint64_t unix_ms);
void isere_fake_clock_advance_ms(uint64_t ms);

// ---- The network: clients in the same process, one batch of events at a time ----

typedef struct isere_net_conn isere_fake_client_t;

// Forgets all clients and listeners, open or not, with what was received. No server may be left
// that uses them.
void isere_fake_net_reset(void);

// A client connects to the listener on `port`. The server hears of it, and of all that follows, in
// isere_fake_net_step. Returns the client, which stays valid until isere_fake_net_reset; NULL when
// nobody listens.
isere_fake_client_t *isere_fake_net_connect(uint16_t port);

// The client sends bytes, ends its sending side, or resets the connection.
void isere_fake_client_send(isere_fake_client_t *client, isere_span_t bytes);
void isere_fake_client_finish(isere_fake_client_t *client);
void isere_fake_client_reset(isere_fake_client_t *client);

// The client takes `bytes` more from now on, and then lets the server wait; without this call it
// takes everything.
void isere_fake_client_take(isere_fake_client_t *client, size_t bytes);

// Tells the server's side all that is new, then the end of the batch. Returns false when nothing
// was new.
bool isere_fake_net_step(void);

// What the client has received, since the start or the last isere_fake_client_forget; the end of
// the stream; a reset.
isere_span_t isere_fake_client_received(const isere_fake_client_t *client);
void isere_fake_client_forget(isere_fake_client_t *client);
bool isere_fake_client_at_end(const isere_fake_client_t *client);
bool isere_fake_client_was_reset(const isere_fake_client_t *client);

// Bytes that the client sent and the server has not received.
size_t isere_fake_client_unread(const isere_fake_client_t *client);

// Calls of isere_port_net_recv and _send so far.
size_t isere_fake_net_calls(void);
