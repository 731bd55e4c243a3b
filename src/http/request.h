// SPDX-License-Identifier: Apache-2.0
// A request as it was received: spans into the connection's blocks, nothing decoded. RFC 9110, RFC
// 9112.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"

typedef struct {
  isere_span_t name;  // as sent; compare with isere_span_equal_nocase
  isere_span_t value; // without the white space around it; any byte of RFC 9110 section 5.5, so
                      // perhaps >= 0x80
} isere_http_field_t;

// A piece of the body. The first stands where it was received, behind the head; each further one in
// a block of its own.
typedef struct isere_http_chunk {
  struct isere_http_chunk *next;
  char *bytes;
  size_t len; // of `bytes`
} isere_http_chunk_t;

typedef struct {
  isere_span_t method; // "GET"
  isere_span_t target; // as sent
  isere_span_t path;   // of the target: "/a%20b"; of an absolute-form target its path ("/" when
                       // empty); "*" of the asterisk-form
  isere_span_t query;  // after the first "?", without it; see has_query
  isere_span_t
      host; // the Host field, or the authority of an absolute-form target (RFC 9112 section 3.2.2)
  bool has_query;
  bool keep_alive;       // the connection outlives this exchange as far as the client is concerned
  uint8_t version_minor; // of HTTP/1.x
  uint16_t field_count;
  isere_http_field_t *fields; // trailers are dropped
  size_t body_bytes;
  isere_http_chunk_t *body; // body_bytes in all; NULL when none
} isere_http_request_t;

// Returns the last field called `name` (any case); NULL when there is none.
const isere_http_field_t *isere_http_request_field(const isere_http_request_t *request,
                                                   isere_span_t name);
