// SPDX-License-Identifier: Apache-2.0
// The server's own: its connections as slots, and what moves them. Private to http/.
#pragma once

#include "base/list.h"
#include "http/conn.h"
#include "http/server.h"
#include "loop/timers.h"

#define ISERE_HTTP_LISTENERS_MAX 4

// Where a slot waits, and thereby for how long. One time for each kind keeps its list in the order
// of the deadlines: waiting anew is to go to the end, and one timer watches the first.
typedef enum {
  ISERE_HTTP_WAIT_IDLE,
  ISERE_HTTP_WAIT_HEAD,
  ISERE_HTTP_WAIT_BODY,
  ISERE_HTTP_WAIT_SEND,
  ISERE_HTTP_WAIT_LINGER,
  ISERE_HTTP_WAIT_HALF_CLOSED, // at the user, and the client has ended its side
  ISERE_HTTP_WAIT_USER,        // at the user: no limit of the server's
  ISERE_HTTP_WAITS,
} isere_http_wait_t;

typedef struct {
  isere_list_t slots;
  uint32_t limit_ms; // how long a slot may wait here; 0: no limit
  // Runs when there is a first slot; may be due before it is: then it starts anew.
  isere_timer_t timer;
  isere_http_server_t *server;
} isere_http_waiting_t;

typedef struct {
  isere_http_conn_t conn;
  isere_http_server_t *server;
  isere_net_conn_t *net; // NULL once the port has let go of it
  isere_list_t node;     // in server->waiting[wait].slots
  isere_list_t resume;   // in server->resume when it has more to do than its turn allowed
  uint64_t since_ms;     // when it began to wait
  size_t lingered_bytes;
  isere_http_wait_t wait;
  bool running;   // within isere_http_slot_run: only that may release it
  bool shut_down; // the sending side was ended
  uint8_t peer_len;
  uint16_t peer_port;
  char peer[ISERE_NET_ADDRESS_CHARS_MAX];
} isere_http_slot_t;

struct isere_http_server {
  isere_http_server_config_t config;
  isere_loop_t *loop;
  isere_http_shared_t shared;
  isere_pool_t slots;
  isere_http_waiting_t waiting[ISERE_HTTP_WAITS];
  isere_list_t resume;
  isere_timer_t resume_timer; // due at once: goes on with `resume`, and ends a drain
  isere_net_listener_t *listeners[ISERE_HTTP_LISTENERS_MAX];
  size_t listener_count;
  size_t exchanges;
  uint64_t requests;
  uint64_t refused;
  void (*drained)(void *arg);
  void *drained_arg;
};

// ---- service.c ----

// Does for `slot` what can be done now: receives, hands requests over, sends. May release it.
void isere_http_slot_run(isere_http_slot_t *slot);

// Sends what is there to be sent of a response given from outside of isere_http_slot_run. May
// release the slot.
void isere_http_slot_answer(isere_http_slot_t *slot);

// Lets go of the client (`abort`: with a reset) and releases the slot; its user hears of it when a
// request is there.
void isere_http_slot_lose(isere_http_slot_t *slot, bool abort);

// Answers an incomplete request with 408, as far as one call of the port takes it, and loses the
// slot.
void isere_http_slot_evict(isere_http_slot_t *slot);

// Sends 503 to a client for which there is no memory, as far as one call of the port takes it.
void isere_http_send_busy(isere_http_server_t *server, isere_net_conn_t *net);

// Makes the resume timer due.
void isere_http_server_resume(isere_http_server_t *server);

// Makes the resume timer due when a drain has come to its end.
void isere_http_server_check_drained(isere_http_server_t *server);
