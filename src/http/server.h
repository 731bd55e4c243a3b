// SPDX-License-Identifier: Apache-2.0
// The HTTP/1.1 server: connections, their limits and timeouts. Runs in the io task, over
// port/net.h.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "http/response.h"
#include "loop/loop.h"
#include "port/net.h"

typedef struct isere_http_server isere_http_server_t;

// One request and its response. The server's until on_request, then its user's until
// isere_http_exchange_end. The request's and the response buffer's memory stay as they are for that
// time, also when the client goes away.
typedef struct isere_http_exchange {
  isere_http_request_t request;
  isere_http_response_t response; // buf, cap, version_minor, head_only and keep_alive are set:
                                  // ready for isere_http_response_begin
  char peer[ISERE_NET_ADDRESS_CHARS_MAX]; // the client's address, NUL-terminated
  uint8_t peer_len;
  uint16_t peer_port;
  void *user; // the user's own; NULL at first
} isere_http_exchange_t;

typedef struct {
  void *arg;

  // Connections and pool blocks; 0 or more than the limit: ISERE_HTTP_CONNS_MAX,
  // ISERE_HTTP_BLOCKS_MAX. Set conns_max where the system allows the process fewer open sockets:
  // clients must be turned away here, where idle ones are evicted for new ones.
  uint32_t conns_max;
  uint32_t blocks_max;

  // Milliseconds; 0: ISERE_HTTP_IDLE_MS_MAX, and ISERE_HTTP_HEAD_MS_MAX with
  // ISERE_HTTP_BODY_MS_MAX.
  uint32_t idle_ms;
  uint32_t head_ms;

  // A request is complete. The user answers it now or later with isere_http_exchange_send, from the
  // io task. Never called from within isere_http_exchange_send or _end.
  void (*on_request)(void *arg, isere_http_exchange_t *exchange);

  // The client has gone before the response was sent: whatever is done for it may be given up. The
  // user still calls isere_http_exchange_send or _end, once; from within too.
  void (*on_cancel)(void *arg, isere_http_exchange_t *exchange);
} isere_http_server_config_t;

typedef struct {
  size_t conns;          // open now
  size_t exchanges;      // at the user now
  size_t blocks_used;    // of the pool, now
  uint64_t requests;     // complete requests since the start
  uint64_t refused;      // connections refused or evicted for want of a slot
  uint64_t bad_requests; // answered by the server itself with 4xx or 5xx
} isere_http_server_stats_t;

// Makes a server with its pools (from the port's heap, once). `loop` is the io task's; both it and
// the callbacks must outlive the server. Returns ISERE_ERR_NOMEM.
isere_err_t isere_http_server_open(const isere_http_server_config_t *config, isere_loop_t *loop,
                                   isere_http_server_t **out);

// Listens; more than once for several addresses. Errors as of isere_port_net_listen.
isere_err_t isere_http_server_listen(isere_http_server_t *server, const char *host, uint16_t port);

// The port number of the first listener.
uint16_t isere_http_server_port(const isere_http_server_t *server);

// Stops listening, closes idle connections, lets requests that have begun finish (each with
// "Connection: close"), then calls `done` once, from the loop: the server may be closed within.
void isere_http_server_drain(isere_http_server_t *server, void (*done)(void *arg), void *arg);

// Resets every connection and frees the server. No exchange may be at the user.
void isere_http_server_close(isere_http_server_t *server);

void isere_http_server_stats(const isere_http_server_t *server, isere_http_server_stats_t *out);

// Sends exchange->response, which is finished, and ends the exchange.
void isere_http_exchange_send(isere_http_server_t *server, isere_http_exchange_t *exchange);

// Ends the exchange without a response: its connection is reset.
void isere_http_exchange_end(isere_http_server_t *server, isere_http_exchange_t *exchange);
