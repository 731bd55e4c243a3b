// SPDX-License-Identifier: Apache-2.0
// llhttp's callbacks, and the order in which a request's parts are judged: by position only,
// however the bytes were split.
#include "http/parser.h"

#include <assert.h>

#include "base/limits.h"
#include "http/chars.h"

// What may follow the target in a request line, " HTTP/1.1" and CR, is shorter than this.
#define LINE_REST_BYTES_MAX 16

static isere_http_parser_t *parser_of(llhttp_t *llhttp) {
  return llhttp->data;
}

static int fail(isere_http_parser_t *parser, uint16_t status, const char *text, const char *at) {
  parser->fault = (isere_http_fault_t){status, text};
  parser->fault_at = at != NULL ? (size_t)(at - parser->start) : SIZE_MAX;
  return -1;
}

// ---- What llhttp calls. -1 makes it stop. ----

static int on_method(llhttp_t *llhttp, const char *at, size_t len) {
  parser_of(llhttp)->request->method = isere_span(at, len);
  return 0;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len) {
  parser_of(llhttp)->request->target = isere_span(at, len);
  return 0;
}

static int on_trailer(isere_http_parser_t *parser, size_t len) {
  parser->trailer_bytes += len;
  if (parser->trailer_bytes > ISERE_HTTP_HEAD_BYTES_MAX) {
    return fail(parser, 431, "the trailers are longer than the limit of a head", NULL);
  }
  return 0;
}

static int on_field(llhttp_t *llhttp, const char *at, size_t len) {
  isere_http_parser_t *parser = parser_of(llhttp);
  isere_http_request_t *request = parser->request;
  if (parser->state == ISERE_HTTP_PARSER_BODY) {
    return on_trailer(parser, len);
  }
  const size_t count = request->field_count;
  if (count > 0) {
    isere_http_field_t *last = &request->fields[count - 1];
    if (last->name.ptr + last->name.len == at) {
      last->name.len += len;
      return 0;
    }
  }
  if (count == ISERE_HTTP_HEADERS_MAX) {
    return fail(parser, 431, "the request has more header fields than the limit", at);
  }
  if (count == ISERE_HTTP_FIELDS_INLINE) {
    memcpy(parser->more_fields, request->fields, count * sizeof(request->fields[0]));
    request->fields = parser->more_fields;
  }
  request->fields[count] = (isere_http_field_t){isere_span(at, len), isere_span(at + len, 0)};
  request->field_count++;
  return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t len) {
  isere_http_parser_t *parser = parser_of(llhttp);
  if (parser->state == ISERE_HTTP_PARSER_BODY) {
    return on_trailer(parser, len);
  }
  isere_http_field_t *last = &parser->request->fields[parser->request->field_count - 1];
  if (last->value.len > 0) {
    last->value.len += len;
  } else {
    last->value = isere_span(at, len);
  }
  return 0;
}

static int on_headers_complete(llhttp_t *llhttp) {
  isere_http_parser_t *parser = parser_of(llhttp);
  bool chunked = false;
  const isere_http_fault_t fault =
      isere_http_head_check(parser->request, &parser->expects_continue, &chunked);
  if (fault.status != 0) {
    return fail(parser, fault.status, fault.text, NULL);
  }
  if (chunked != ((llhttp->flags & F_CHUNKED) != 0)) {
    return fail(parser, 400, "Transfer-Encoding is malformed", NULL);
  }
  if ((llhttp->flags & F_CONTENT_LENGTH) != 0 &&
      llhttp->content_length > ISERE_HTTP_BODY_BYTES_MAX) {
    return fail(parser, 413, "the body is longer than the limit", NULL);
  }
  llhttp->upgrade =
      0; // no other protocol is spoken here: the request is served, RFC 9110 section 7.8
  parser->state = ISERE_HTTP_PARSER_BODY;
  return 0;
}

static int on_chunk_header(llhttp_t *llhttp) {
  isere_http_parser_t *parser = parser_of(llhttp);
  if (llhttp->content_length > ISERE_HTTP_BODY_BYTES_MAX - parser->request->body_bytes) {
    return fail(parser, 413, "the body is longer than the limit", NULL);
  }
  return 0;
}

static int on_extension(llhttp_t *llhttp, const char *at, size_t len) {
  (void)at;
  isere_http_parser_t *parser = parser_of(llhttp);
  parser->extension_bytes += len;
  if (parser->extension_bytes > ISERE_HTTP_EXTENSION_BYTES_MAX) {
    return fail(parser, 400, "the chunk extensions are longer than the limit", NULL);
  }
  return 0;
}

// The bytes move over the framing that stood before them; in a body with Content-Length they are in
// place.
static int on_body(llhttp_t *llhttp, const char *at, size_t len) {
  isere_http_parser_t *parser = parser_of(llhttp);
  isere_http_chunk_t *tail = parser->tail;
  if (tail->bytes == NULL) {
    tail->bytes = (char *)(uintptr_t)at;
  }
  char *end = tail->bytes + tail->len;
  if (end != at) {
    memmove(end, at, len);
  }
  tail->len += len;
  parser->request->body_bytes += len;
  return 0;
}

static int on_message_complete(llhttp_t *llhttp) {
  parser_of(llhttp)->state = ISERE_HTTP_PARSER_DONE;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_method = on_method,
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void isere_http_parser_init(isere_http_parser_t *parser, isere_http_request_t *request,
                            isere_http_field_t *fields, isere_http_field_t *more_fields,
                            const char *start) {
  *request = (isere_http_request_t){.fields = fields};
  *parser = (isere_http_parser_t){
      .request = request,
      .more_fields = more_fields,
      .start = start,
      .fault_at = SIZE_MAX,
  };
  llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
  parser->llhttp.data = parser;
  // Version and transfer coding are judged here, with other answers than llhttp's one.
  llhttp_set_lenient_version(&parser->llhttp, 1);
  llhttp_set_lenient_transfer_encoding(&parser->llhttp, 1);
}

// ---- Faults that llhttp finds ----

static isere_http_fault_t llhttp_fault(const llhttp_t *llhttp, llhttp_errno_t error) {
  // A number that overflows is too long, not malformed.
  if ((error == HPE_INVALID_CONTENT_LENGTH && llhttp->content_length > UINT64_MAX / 10) ||
      (error == HPE_INVALID_CHUNK_SIZE && llhttp->content_length > UINT64_MAX / 16)) {
    return (isere_http_fault_t){413, "the body is longer than the limit"};
  }
  switch (error) {
  case HPE_INVALID_CONTENT_LENGTH:
    return (isere_http_fault_t){400,
                                "Content-Length is malformed: it is one decimal number, without "
                                "Transfer-Encoding"};
  case HPE_UNEXPECTED_CONTENT_LENGTH:
    return (isere_http_fault_t){400, "Content-Length is repeated: there is one for a request"};
  case HPE_INVALID_TRANSFER_ENCODING:
    return (isere_http_fault_t){400,
                                "Transfer-Encoding is malformed, or stands beside Content-Length"};
  case HPE_INVALID_CHUNK_SIZE:
    return (isere_http_fault_t){400, "a chunk's size is malformed: it is a hexadecimal number"};
  case HPE_CR_EXPECTED:
  case HPE_LF_EXPECTED:
    return (isere_http_fault_t){400, "a line does not end with CR LF"};
  case HPE_STRICT:
    return (isere_http_fault_t){400, "a line or a chunk does not end with CR LF where it must"};
  case HPE_UNEXPECTED_SPACE:
    return (isere_http_fault_t){400, "white space stands where a field name is to begin"};
  case HPE_INVALID_HEADER_TOKEN:
    return (isere_http_fault_t){
        400, "a header field is malformed: it is NAME:VALUE in one line, without "
             "control characters"};
  default:
    return (isere_http_fault_t){400, "the request is malformed"};
  }
}

static void set_llhttp_fault(isere_http_parser_t *parser, llhttp_errno_t error) {
  // Framing in a body is taken out as it arrives, so that its place is not known.
  const bool in_head = parser->state == ISERE_HTTP_PARSER_FIELDS;
  parser->state = ISERE_HTTP_PARSER_FAULT;
  if (parser->fault.status == 0) {
    const isere_http_fault_t fault = llhttp_fault(&parser->llhttp, error);
    fail(parser, fault.status, fault.text, in_head ? llhttp_get_error_pos(&parser->llhttp) : NULL);
  }
}

// ---- The request line ----

static const char *line_fails(isere_http_parser_t *parser, isere_http_fault_t fault,
                              const char *end) {
  fail(parser, fault.status, fault.text, NULL);
  parser->state = ISERE_HTTP_PARSER_FAULT;
  return end;
}

// Judges the lengths of the parts of a request line, complete or not.
static isere_http_fault_t check_line_lengths(isere_span_t line) {
  const char *space = memchr(line.ptr, ' ', line.len);
  const size_t method_len = space != NULL ? (size_t)(space - line.ptr) : line.len;
  if (method_len > ISERE_HTTP_METHOD_BYTES_MAX) {
    return isere_http_line_fault(isere_span(line.ptr, ISERE_HTTP_METHOD_BYTES_MAX + 1), false);
  }
  if (space == NULL) {
    return (isere_http_fault_t){0, NULL};
  }
  const isere_span_t rest = isere_span(space + 1, line.len - method_len - 1);
  const char *target_end = rest.len > 0 ? memchr(rest.ptr, ' ', rest.len) : NULL;
  const size_t target_len = target_end != NULL ? (size_t)(target_end - rest.ptr) : rest.len;
  if (target_len > ISERE_HTTP_TARGET_BYTES_MAX) {
    return (isere_http_fault_t){414, "the request target is longer than the limit"};
  }
  if (rest.len - target_len > LINE_REST_BYTES_MAX) {
    return (isere_http_fault_t){400, "the request line is malformed: too much follows its target"};
  }
  return (isere_http_fault_t){0, NULL};
}

static isere_http_fault_t check_line(isere_http_parser_t *parser) {
  isere_http_request_t *request = parser->request;
  if (isere_span_equal(request->method, ISERE_SPAN("CONNECT")) ||
      isere_span_equal(request->method, ISERE_SPAN("TRACE"))) {
    return (isere_http_fault_t){405, "the method is not allowed here"};
  }
  request->version_minor = parser->llhttp.http_minor;
  return isere_http_target_split(request);
}

// llhttp also takes lines without a version, of other versions, and with more spaces.
static bool is_line(const isere_http_request_t *request, isere_span_t line) {
  const size_t tail_len = sizeof(" HTTP/1.1") - 1;
  return line.len == request->method.len + 1 + request->target.len + tail_len &&
         memcmp(line.ptr + line.len - tail_len, " HTTP/1.", tail_len - 1) == 0;
}

// Waits for the whole line, so that its fault does not depend on how it arrived. Returns where the
// header section begins.
static const char *feed_line(isere_http_parser_t *parser, const char *end) {
  const char *start = parser->start;
  const char *from = start + parser->scanned;
  const char *feed = from < end ? memchr(from, '\n', (size_t)(end - from)) : NULL;
  const size_t len = (size_t)((feed != NULL ? feed : end) - start);
  parser->scanned = len;
  const isere_http_fault_t too_long = len > ISERE_HTTP_METHOD_BYTES_MAX
                                          ? check_line_lengths(isere_span(start, len))
                                          : (isere_http_fault_t){0, NULL};
  if (too_long.status != 0) {
    return line_fails(parser, too_long, end);
  }
  if (feed == NULL) {
    return start;
  }
  const llhttp_errno_t error = llhttp_execute(&parser->llhttp, start, len + 1);
  const isere_span_t line = isere_span(start, len > 0 && feed[-1] == '\r' ? len - 1 : len);
  const bool is_preface = parser->llhttp.method == HTTP_PRI; // of HTTP/2
  if (error != HPE_OK || line.len == len || is_preface || !is_line(parser->request, line)) {
    const bool method_known =
        error != HPE_INVALID_METHOD && error != HPE_INVALID_CONSTANT && !is_preface;
    return line_fails(parser, isere_http_line_fault(line, method_known), end);
  }
  const isere_http_fault_t fault = check_line(parser);
  if (fault.status != 0) {
    return line_fails(parser, fault, end);
  }
  parser->state = ISERE_HTTP_PARSER_FIELDS;
  return feed + 1;
}

const char *isere_http_parser_feed(isere_http_parser_t *parser, const char *at, const char *end) {
  if (parser->state == ISERE_HTTP_PARSER_LINE) {
    at = feed_line(parser, end);
  }
  while (at < end &&
         (parser->state == ISERE_HTTP_PARSER_FIELDS || parser->state == ISERE_HTTP_PARSER_BODY)) {
    // No byte beyond the limit is looked at while the head is incomplete.
    const char *stop = end;
    if (parser->state == ISERE_HTTP_PARSER_FIELDS) {
      const char *limit = parser->start + ISERE_HTTP_HEAD_BYTES_MAX;
      stop = end < limit ? end : limit;
    }
    const llhttp_errno_t error = llhttp_execute(&parser->llhttp, at, (size_t)(stop - at));
    if (parser->state == ISERE_HTTP_PARSER_DONE) {
      return llhttp_get_error_pos(&parser->llhttp);
    }
    if (error != HPE_OK) {
      set_llhttp_fault(parser, error);
      return end;
    }
    at = stop;
    if (parser->state == ISERE_HTTP_PARSER_FIELDS &&
        (size_t)(at - parser->start) >= ISERE_HTTP_HEAD_BYTES_MAX) {
      fail(parser, 431, "the header section is longer than the limit", NULL);
      parser->state = ISERE_HTTP_PARSER_FAULT;
      return end;
    }
  }
  return at;
}
