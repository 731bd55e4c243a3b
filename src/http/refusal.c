// SPDX-License-Identifier: Apache-2.0
// The answers that the server gives itself.
#include <assert.h>
#include <stdio.h>

#include "http/conn.h"

static const char *error_type(int status) {
  switch (status) {
  case 405:
    return "MethodNotAllowed";
  case 408:
    return "RequestTimeout";
  case 413:
    return "ContentTooLarge";
  case 414:
    return "UriTooLong";
  case 417:
    return "ExpectationFailed";
  case 431:
    return "RequestHeaderFieldsTooLarge";
  case 501:
    return "NotImplemented";
  case 503:
    return "ServiceUnavailable";
  case 505:
    return "HttpVersionNotSupported";
  default:
    return "BadRequest";
  }
}

void isere_http_refusal_write(isere_http_response_t *response, isere_http_fault_t fault, size_t at,
                              isere_http_date_t *date, uint64_t now_unix_ms) {
  char place[48] = "";
  char body[256];
  if (at != SIZE_MAX) {
    snprintf(place, sizeof(place), " (at byte %zu of the request)", at + 1);
  }
  const int len = snprintf(body, sizeof(body), "{\"errorType\":\"%s\",\"errorMessage\":\"%s%s\"}\n",
                           error_type(fault.status), fault.text, place);
  assert(len > 0 && (size_t)len < sizeof(body));
  isere_http_response_begin(response, fault.status);
  isere_err_t err = isere_http_response_field(response, ISERE_SPAN("Content-Type"),
                                              ISERE_SPAN("application/json"));
  if (err == ISERE_OK && fault.status == 405) {
    err = isere_http_response_field(response, ISERE_SPAN("Allow"),
                                    ISERE_SPAN("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
  }
  if (err == ISERE_OK && fault.status == 503) {
    err = isere_http_response_field(response, ISERE_SPAN("Retry-After"), ISERE_SPAN("1"));
  }
  if (err == ISERE_OK) {
    err = isere_http_response_finish(response, isere_span(body, (size_t)len), date, now_unix_ms);
  }
  assert(err == ISERE_OK && response->body.len == 0);
  (void)err;
}
