// SPDX-License-Identifier: Apache-2.0
// What a request's head must be beyond llhttp's grammar, and which answer a faulty one gets.
#include "http/chars.h"
#include "http/parser.h"

#define FAULT(status, text) ((isere_http_fault_t){(status), (text)})
#define NO_FAULT ((isere_http_fault_t){0, NULL})

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

isere_http_fault_t isere_http_line_fault(isere_span_t line, bool method_known) {
  const char *space = memchr(line.ptr, ' ', line.len);
  const size_t method_len = space != NULL ? (size_t)(space - line.ptr) : line.len;
  const isere_span_t method = isere_span(line.ptr, method_len);
  const bool is_method =
      method_len > 0 && isere_http_chars_span(method, ISERE_HTTP_CHAR_TOKEN) == method_len;
  if (is_method && method_len > ISERE_HTTP_METHOD_BYTES_MAX) {
    return FAULT(501, "the method is not known: it is longer than any that is");
  }
  const size_t tail_len = sizeof(" HTTP/1.1") - 1;
  if (!is_method || space == NULL || line.len < method_len + 2 + tail_len) {
    return FAULT(
        400,
        "the request line is malformed: it is METHOD, target and HTTP/1.1, with one space between");
  }
  const char *version = line.ptr + line.len - tail_len;
  const isere_span_t target = isere_span(space + 1, (size_t)(version - space) - 1);
  if (memcmp(version, " HTTP/", 6) != 0 || !is_digit(version[6]) || version[7] != '.' ||
      !is_digit(version[8]) || memchr(target.ptr, ' ', target.len) != NULL) {
    return FAULT(
        400,
        "the request line is malformed: it is METHOD, target and HTTP/1.1, with one space between");
  }
  if (version[6] != '1') {
    return FAULT(505, "only HTTP/1.1 and HTTP/1.0 are served here");
  }
  if (!method_known) {
    return FAULT(501, "the method is not known");
  }
  if (isere_span_equal(method, ISERE_SPAN("CONNECT"))) {
    return FAULT(405, "the method is not allowed here");
  }
  if (isere_http_chars_span(target, ISERE_HTTP_CHAR_TARGET) != target.len) {
    return FAULT(400, "the request target has a byte that must be percent-encoded");
  }
  return FAULT(400, "the request target is malformed: it begins with / or with http://");
}

// An authority without user information: a name, an IPv4 or an [IPv6] address, and perhaps ":" and
// a port.
static bool is_authority(isere_span_t text, bool may_be_empty) {
  size_t at = 0;
  if (text.len > 0 && text.ptr[0] == '[') {
    const char *end = memchr(text.ptr, ']', text.len);
    if (end == NULL || end == text.ptr + 1) {
      return false;
    }
    at = (size_t)(end - text.ptr) + 1;
    if (isere_http_chars_span(isere_span(text.ptr + 1, at - 2), ISERE_HTTP_CHAR_IPV6) != at - 2) {
      return false;
    }
  } else {
    const char *colon = text.len > 0 ? memchr(text.ptr, ':', text.len) : NULL;
    at = colon != NULL ? (size_t)(colon - text.ptr) : text.len;
    if (isere_http_chars_span(isere_span(text.ptr, at), ISERE_HTTP_CHAR_HOST) != at) {
      return false;
    }
  }
  if (at == 0) {
    return may_be_empty && text.len == 0;
  }
  if (at == text.len) {
    return true;
  }
  if (text.ptr[at] != ':' || text.len - at > sizeof(":65535") - 1) {
    return false;
  }
  for (size_t i = at + 1; i < text.len; i++) {
    if (!is_digit(text.ptr[i])) {
      return false;
    }
  }
  return true;
}

static isere_span_t span_from(isere_span_t text, size_t at) {
  return isere_span(text.ptr + at, text.len - at);
}

isere_http_fault_t isere_http_target_split(isere_http_request_t *request) {
  static const isere_span_t schemes[] = {{"http://", 7}, {"https://", 8}};
  const isere_span_t target = request->target;
  isere_span_t rest = target;
  if (isere_http_chars_span(target, ISERE_HTTP_CHAR_TARGET) != target.len) {
    return FAULT(400, "the request target has a byte that must be percent-encoded");
  }
  if (target.len == 1 && target.ptr[0] == '*') {
    request->path = target;
    return isere_span_equal(request->method, ISERE_SPAN("OPTIONS"))
               ? NO_FAULT
               : FAULT(400, "the target * is for OPTIONS only");
  }
  for (size_t i = 0; i < 2 && target.ptr[0] != '/'; i++) {
    const isere_span_t scheme = schemes[i];
    if (target.len >= scheme.len &&
        isere_span_equal_nocase(isere_span(target.ptr, scheme.len), scheme)) {
      rest = span_from(target, scheme.len);
      size_t len = 0;
      while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?') {
        len++;
      }
      request->host = isere_span(rest.ptr, len);
      rest = span_from(rest, len);
      if (!is_authority(request->host, false)) {
        return FAULT(400, "the host in the request target is malformed");
      }
    }
  }
  if (rest.ptr == target.ptr && target.ptr[0] != '/') {
    return FAULT(400, "the request target is malformed: it begins with / or with http://");
  }
  const char *mark = rest.len > 0 ? memchr(rest.ptr, '?', rest.len) : NULL;
  const size_t path_len = mark != NULL ? (size_t)(mark - rest.ptr) : rest.len;
  request->path = path_len > 0 ? isere_span(rest.ptr, path_len) : ISERE_SPAN("/");
  if (mark != NULL) {
    request->has_query = true;
    request->query = span_from(rest, path_len + 1);
  }
  return NO_FAULT;
}

// What the fields that concern the server say, gathered before any of it is judged.
typedef struct {
  unsigned hosts;
  unsigned lengths;
  unsigned codings;
  isere_span_t host;
  isere_span_t coding;
  bool close;
  bool keep_alive;
  bool expects_continue;
  bool expects_other;
} head_t;

static void read_field(head_t *head, const isere_http_field_t *field) {
  switch (field->name.len) {
  case 4:
    if (isere_span_equal_nocase(field->name, ISERE_SPAN("host"))) {
      head->hosts++;
      head->host = field->value;
    }
    break;
  case 6:
    if (isere_span_equal_nocase(field->name, ISERE_SPAN("expect"))) {
      if (isere_span_equal_nocase(field->value, ISERE_SPAN("100-continue"))) {
        head->expects_continue = true;
      } else {
        head->expects_other = true;
      }
    }
    break;
  case 10:
    if (isere_span_equal_nocase(field->name, ISERE_SPAN("connection"))) {
      head->close |= isere_http_list_has(field->value, ISERE_SPAN("close"));
      head->keep_alive |= isere_http_list_has(field->value, ISERE_SPAN("keep-alive"));
    }
    break;
  case 14:
    head->lengths += isere_span_equal_nocase(field->name, ISERE_SPAN("content-length")) ? 1 : 0;
    break;
  case 17:
    if (isere_span_equal_nocase(field->name, ISERE_SPAN("transfer-encoding"))) {
      head->codings++;
      head->coding = field->value;
    }
    break;
  default:
    break;
  }
}

static isere_http_fault_t check_framing(const head_t *head, uint8_t version_minor) {
  if (head->codings == 0) {
    return NO_FAULT;
  }
  if (head->lengths > 0) {
    return FAULT(400, "Content-Length and Transfer-Encoding exclude each other");
  }
  if (version_minor == 0) {
    return FAULT(400, "HTTP/1.0 has no Transfer-Encoding");
  }
  if (!isere_span_equal_nocase(head->coding, ISERE_SPAN("chunked"))) {
    return FAULT(501, "the transfer coding is not known: only chunked is");
  }
  if (head->codings > 1) {
    return FAULT(400, "Transfer-Encoding is repeated");
  }
  return NO_FAULT;
}

isere_http_fault_t isere_http_head_check(isere_http_request_t *request, bool *out_expects_continue,
                                         bool *out_chunked) {
  head_t head = {0};
  for (size_t i = 0; i < request->field_count; i++) {
    isere_http_field_t *field = &request->fields[i];
    field->value = isere_http_trim(field->value);
    read_field(&head, field);
  }
  request->keep_alive = !head.close && (request->version_minor > 0 || head.keep_alive);
  *out_chunked = head.codings > 0;
  *out_expects_continue = head.expects_continue && request->version_minor > 0;
  if (head.hosts != 1 && (request->version_minor > 0 || head.hosts > 1)) {
    return head.hosts == 0 ? FAULT(400, "Host is missing: HTTP/1.1 asks for one")
                           : FAULT(400, "Host is repeated: there is one for a request");
  }
  if (head.hosts == 1 && !is_authority(head.host, true)) {
    return FAULT(400, "Host is malformed: it is a name or an address, and perhaps a port");
  }
  if (request->host.ptr == NULL) {
    request->host = head.host;
  }
  const isere_http_fault_t framing = check_framing(&head, request->version_minor);
  if (framing.status != 0) {
    return framing;
  }
  if (head.expects_other && request->version_minor > 0) {
    return FAULT(417, "the expectation is not known: only 100-continue is");
  }
  return NO_FAULT;
}
