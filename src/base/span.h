// SPDX-License-Identifier: Apache-2.0
// A span: borrowed bytes with a length. It may hold NUL and is not terminated by one.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
  const char *ptr; // never NULL when len > 0
  size_t len;      // bytes
} isere_span_t;

// A span over a string literal (or a char array that ends with one NUL).
#define ISERE_SPAN(literal) ((isere_span_t){(literal), sizeof(literal) - 1})

static inline isere_span_t isere_span(const char *ptr, size_t len) {
  return (isere_span_t){ptr, len};
}

static inline isere_span_t isere_span_of(const char *text) {
  return (isere_span_t){text, strlen(text)};
}

static inline bool isere_span_equal(isere_span_t a, isere_span_t b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline char isere_ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

// Equal when ASCII letters differ in case only (field names, RFC 9110 section 5.1; codings,
// tokens).
static inline bool isere_span_equal_nocase(isere_span_t a, isere_span_t b) {
  if (a.len != b.len) {
    return false;
  }
  for (size_t i = 0; i < a.len; i++) {
    if (isere_ascii_lower(a.ptr[i]) != isere_ascii_lower(b.ptr[i])) {
      return false;
    }
  }
  return true;
}

static inline bool isere_span_starts_with(isere_span_t text, isere_span_t prefix) {
  return text.len >= prefix.len &&
         (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}
