// SPDX-License-Identifier: Apache-2.0
// Parses one request: llhttp for the grammar, and above it what RFC 9112 asks of a server. No I/O,
// no allocation. The bytes stay where they are and the request's spans point there; a body's
// framing is taken out in place.
#pragma once

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request.h"

// The first table of fields; most requests need no more.
#define ISERE_HTTP_FIELDS_INLINE 16

// What is wrong with a request, and its answer. No fault: status 0.
typedef struct {
  uint16_t status;
  const char *text; // static: what is wrong, and what would be right
} isere_http_fault_t;

typedef enum {
  ISERE_HTTP_PARSER_LINE,   // in the request line
  ISERE_HTTP_PARSER_FIELDS, // in the header section
  ISERE_HTTP_PARSER_BODY,   // in the body, its framing or its trailers
  ISERE_HTTP_PARSER_DONE,   // the request is complete
  ISERE_HTTP_PARSER_FAULT,  // see `fault`
} isere_http_parser_state_t;

// Fields are private to parser.c but where it says so.
typedef struct {
  llhttp_t llhttp;
  isere_http_request_t *request;
  isere_http_chunk_t *tail; // of the body: what arrives goes to its end. Set by the caller after
                            // init and for each further block.
  isere_http_field_t *more_fields; // the table to move to when the first one is full
  const char *start;               // the request's first byte
  size_t scanned;                  // bytes of the request line known to hold no line feed
  size_t trailer_bytes;
  size_t extension_bytes;
  isere_http_fault_t fault; // public
  size_t fault_at; // public: byte of the request where the fault is, from 0; SIZE_MAX when it has
                   // no one place
  isere_http_parser_state_t state; // public
  bool expects_continue; // public once past the fields: the client waits for "100 Continue"
} isere_http_parser_t;

// Prepares for a request whose first byte will be at `start`. The table of fields is
// request->fields, with room for `ISERE_HTTP_FIELDS_INLINE`; when these do not suffice they move to
// `more_fields`, with room for ISERE_HTTP_HEADERS_MAX.
void isere_http_parser_init(isere_http_parser_t *parser, isere_http_request_t *request,
                            isere_http_field_t *fields, isere_http_field_t *more_fields,
                            const char *start);

// Parses the head: the bytes of the request that are there are [start, end). Called again when more
// have arrived, from `at`: where the last call stopped, `start` at first. Parses on into the body
// when the head is complete. Returns where it stopped: at the first byte after the request when it
// is DONE, else before `end` only in the request line.
const char *isere_http_parser_feed(isere_http_parser_t *parser, const char *at, const char *end);

// ---- head.c ----

// Says why `line`, a request line without its line ending that llhttp refuses or a part of one too
// long, is wrong. `method_known`: llhttp knows the method.
isere_http_fault_t isere_http_line_fault(isere_span_t line, bool method_known);

// Splits the target into path, query and, in the absolute-form, host; says what is wrong with it.
// RFC 9112 section 3.2.
isere_http_fault_t isere_http_target_split(isere_http_request_t *request);

// Looks at the header section as a whole: Host, framing, Connection, Expect. Sets host and
// keep_alive. RFC 9112 sections 3.2, 6 and 9.3, RFC 9110 section 10.1.1.
isere_http_fault_t isere_http_head_check(isere_http_request_t *request, bool *out_expects_continue,
                                         bool *out_chunked);
