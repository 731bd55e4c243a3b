// SPDX-License-Identifier: Apache-2.0
// What a byte may be part of, by RFC 9110 and RFC 3986: one table look-up for each byte.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

typedef enum {
  ISERE_HTTP_CHAR_TOKEN = 1, // field names and methods, RFC 9110 section 5.6.2
  ISERE_HTTP_CHAR_VALUE = 2, // field values, RFC 9110 section 5.5
  ISERE_HTTP_CHAR_TARGET =
      4,                    // visible ASCII but "#": more than RFC 3986 allows, as browsers send it
  ISERE_HTTP_CHAR_HOST = 8, // a registered name, RFC 3986 section 3.2.2, and ":"
  ISERE_HTTP_CHAR_IPV6 = 16, // between "[" and "]", with a zone perhaps, RFC 6874
} isere_http_char_t;

// The isere_http_char_t flags of each byte.
extern const uint8_t isere_http_chars[256];

// Returns the index of the first byte of `text` that is not of the class `flag`; text.len when all
// are.
static inline size_t isere_http_chars_span(isere_span_t text, isere_http_char_t flag) {
  size_t i = 0;
  while (i < text.len && (isere_http_chars[(uint8_t)text.ptr[i]] & flag) != 0) {
    i++;
  }
  return i;
}

// Returns `text` without the spaces and tabs around it.
static inline isere_span_t isere_http_trim(isere_span_t text) {
  while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
    text.ptr++;
    text.len--;
  }
  while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
    text.len--;
  }
  return text;
}

// True when the comma-separated list `list` has the element `token`, in any case (RFC 9110
// section 5.6.1).
bool isere_http_list_has(isere_span_t list, isere_span_t token);
