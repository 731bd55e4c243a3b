// SPDX-License-Identifier: Apache-2.0
// Writes a response's bytes, RFC 9112 section 4: status line, fields, framing and, where it fits,
// the body, into one buffer. No I/O; from any task.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define ISERE_HTTP_DATE_CHARS 29 // "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 section 5.6.7

// The last date that was written: most responses reuse it. Zero-initialise; one for each task.
typedef struct {
  uint64_t unix_s;
  char text[ISERE_HTTP_DATE_CHARS];
} isere_http_date_t;

typedef struct {
  char *buf;         // the caller's
  size_t cap;        // bytes
  size_t len;        // bytes written: head and, when it was copied, body
  isere_span_t body; // what follows buf[0, len): a body too long to be copied, borrowed until
                     // `release` is called
  void (*release)(void *arg); // called once in the io task when `body` is no longer needed, sent or
                              // not; may be NULL
  void *release_arg;
  uint16_t status;
  uint8_t version_minor; // of the request
  bool head_only;        // the request was HEAD: framing fields without a body
  bool keep_alive;       // the connection may be used again; finish writes Connection accordingly
  bool has_date;         // Date was among the fields
  bool has_type;         // ... Content-Type
} isere_http_response_t;

// Begins a response in `buf`: the status line with its reason phrase (a registered one, or
// "Unknown"). `status` is 200 to 599. The caller has zeroed *response but for buf, cap,
// version_minor, head_only, keep_alive. A response that was begun may be begun anew: then zero
// has_date and has_type.
void isere_http_response_begin(isere_http_response_t *response, int status);

// Adds a field. Returns ISERE_ERR_INVAL when the name is not a token or the value has a byte that a
// value cannot have (RFC 9110 section 5.5: CR, LF, NUL, other controls but HTAB); white space
// around the value is dropped. Returns ISERE_ERR_TOOBIG when the head would exceed
// ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX or the buffer. After an error the response is as before the
// call. Framing is the server's own: Content-Length, Transfer-Encoding, Keep-Alive, Upgrade,
// Trailer and TE are dropped; "Connection: close" clears keep_alive, any other Connection is
// dropped.
isere_err_t isere_http_response_field(isere_http_response_t *response, isere_span_t name,
                                      isere_span_t value);

// Ends the head (Date, Connection where needed, Content-Length, empty line) and adds the body:
// copied into the buffer when it fits there, else response->body borrows it. 204 and 304 get no
// body and no Content-Length, 205 an empty body. `now_unix_ms` is the time for Date. Returns
// ISERE_ERR_TOOBIG; never after begin and field on the same buffer.
isere_err_t isere_http_response_finish(isere_http_response_t *response, isere_span_t body,
                                       isere_http_date_t *date, uint64_t now_unix_ms);

// "OK" for 200; "Unknown" for a status without a registered reason phrase.
const char *isere_http_reason(int status);
