// SPDX-License-Identifier: Apache-2.0
// The state of one HTTP/1.1 connection on the server's side, RFC 9112. No I/O: received bytes are
// fed, bytes to send are taken.
//
//   IDLE -> HEAD -> BODY -> READY -> USER -> SEND -> IDLE ...
//              any of these on a fault -> SEND -> LINGER -> CLOSED
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/pool.h"
#include "http/parser.h"
#include "http/server.h"

typedef enum {
  ISERE_HTTP_CONN_IDLE,   // no byte of a request is there, and no block is held
  ISERE_HTTP_CONN_HEAD,   // a request has begun
  ISERE_HTTP_CONN_BODY,   // its head is complete
  ISERE_HTTP_CONN_READY,  // it is complete: hand conn->work->exchange to the user, and call
                          // isere_http_conn_handed
  ISERE_HTTP_CONN_USER,   // it is at the user; then isere_http_conn_answered
  ISERE_HTTP_CONN_SEND,   // a response is being sent
  ISERE_HTTP_CONN_LINGER, // the last one was sent: shut the sending side down, drop what still
                          // arrives
  ISERE_HTTP_CONN_CLOSED, // nothing is left to do, and no block is held
} isere_http_conn_state_t;

// What all connections of a server share.
typedef struct {
  isere_pool_t pool; // blocks of ISERE_HTTP_BLOCK_BYTES
  isere_http_date_t date;
  uint64_t bad_requests;
  bool draining; // no connection outlives its present request
} isere_http_shared_t;

typedef struct isere_http_conn isere_http_conn_t;

// The start of a request's head block. It lives from the request's first byte until its response is
// sent; when the client goes while the request is at the user, it outlives its connection.
typedef struct {
  isere_http_exchange_t exchange; // first, so that the user's pointer leads here
  isere_http_conn_t *conn;        // NULL once the client has gone
  void *response_block;           // the response's own block; NULL when it stands in this one
  isere_http_chunk_t first;       // the body's first piece, in this block
  isere_http_parser_t parser;
  isere_http_field_t fields[ISERE_HTTP_FIELDS_INLINE];
  char bytes[]; // the head and what arrived with it; at the block's end the second table of fields
} isere_http_work_t;

// Fields are private to conn.c but where it says so.
struct isere_http_conn {
  isere_http_conn_state_t state; // public
  isere_http_shared_t *shared;
  isere_http_work_t *work; // of the present request; NULL in IDLE. Public in READY, USER and SEND
  char *fill;              // where the next received byte goes
  char *limit;             // end of the room there
  const char *parsed;      // in HEAD: how far the parser came
  char *pending; // what arrived behind the present request, up to `fill`; NULL when nothing has
  void *pending_block;  // the block of `pending` when it has one of its own
  size_t sent_bytes;    // of the response
  uint8_t interim_left; // bytes of "100 Continue" still to be sent
  uint8_t empty_lines;  // dropped before the present request
  bool eof;             // public: the client has ended its sending side
  bool refused;         // the response is the server's own, and the last
  bool progress; // public: bytes of a body arrived, bytes were sent, or a request ended; the owner
                 // clears it
  bool unread;   // public, set by the owner: bytes may have arrived that were not fed
};

// Makes an idle connection.
void isere_http_conn_init(isere_http_conn_t *conn, isere_http_shared_t *shared);

// Tells where the next received bytes go, in IDLE to USER. Returns ISERE_ERR_AGAIN when there is no
// room before the present request has ended: leave the bytes in the socket; ISERE_ERR_BUSY when the
// pool is empty: refuse with 503, or in USER wait likewise. isere_http_conn_feed must follow.
isere_err_t isere_http_conn_space(isere_http_conn_t *conn, char **out_ptr, size_t *out_len);

// `len` bytes have arrived in the space told, perhaps 0. The state tells what came of it.
void isere_http_conn_feed(isere_http_conn_t *conn, size_t len);

// The client has ended its sending side.
void isere_http_conn_feed_eof(isere_http_conn_t *conn);

// Answers the present request with an error of the server's own (`text` is static) and makes the
// connection close after it. In IDLE to READY. Without a block for the answer the connection goes
// to LINGER: returns false, and the owner may send an answer beforehand.
bool isere_http_conn_refuse(isere_http_conn_t *conn, int status, const char *text);

// READY -> USER.
void isere_http_conn_handed(isere_http_conn_t *conn);

// USER -> SEND: exchange->response is finished.
void isere_http_conn_answered(isere_http_conn_t *conn);

// Fills `out` with what is to be sent now, in order. Returns the count of spans, 0 when there is
// nothing.
size_t isere_http_conn_output(const isere_http_conn_t *conn, isere_span_t out[3]);

// `len` bytes of the output were sent. After a response's last byte its memory goes back, and the
// next request's bytes, when some arrived already, are parsed.
void isere_http_conn_sent(isere_http_conn_t *conn, size_t len);

// Gives all blocks back: -> CLOSED. A request at the user is let go of: returns it
// (isere_http_work_free when the user is done), else NULL.
isere_http_work_t *isere_http_conn_drop(isere_http_conn_t *conn);

// Releases the response's body and gives back all blocks of `work`, its own too.
void isere_http_work_free(isere_http_shared_t *shared, isere_http_work_t *work);

// ---- refusal.c ----

// Writes the answer of the server itself: a short JSON body with what was wrong, where, and what
// would be right. Begins and finishes `response`, whose fields are set as for
// isere_http_response_begin. `at` is the byte of the request, SIZE_MAX for none.
void isere_http_refusal_write(isere_http_response_t *response, isere_http_fault_t fault, size_t at,
                              isere_http_date_t *date, uint64_t now_unix_ms);
