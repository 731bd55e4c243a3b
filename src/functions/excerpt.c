// SPDX-License-Identifier: Apache-2.0
// Finds the place of an error in a stack, and the line in the source.
#include "functions/excerpt.h"

#include <stdbool.h>
#include <stdio.h>

#define LINE_BYTES_MAX 160  // of a longer line, such as bundled code, a part around the place is shown

// Reads ":<number>" at *at and moves on. Returns 0 when there is none.
static size_t read_number(isere_span_t text, size_t *at) {
  size_t value = 0;
  size_t i = *at;
  if (i >= text.len || text.ptr[i] != ':') {
    return 0;
  }
  for (i++; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9' && value < 100000000; i++) {
    value = value * 10 + (size_t)(text.ptr[i] - '0');
  }
  *at = i;
  return value;
}

static bool find_place(isere_span_t stack, isere_span_t path, size_t *line, size_t *column) {
  for (size_t i = 0; i + path.len < stack.len; i++) {
    if (memcmp(stack.ptr + i, path.ptr, path.len) != 0) {
      continue;
    }
    size_t at = i + path.len;
    *line = read_number(stack, &at);
    *column = read_number(stack, &at);
    if (*line > 0) {
      return true;
    }
  }
  return false;
}

static bool find_line(isere_span_t source, size_t line, isere_span_t *out) {
  const char *at = source.ptr;
  const char *end = source.ptr + source.len;
  while (at < end) {
    const char *next = memchr(at, '\n', (size_t)(end - at));
    if (--line == 0) {
      *out = isere_span(at, (size_t)((next == NULL ? end : next) - at));
      if (out->len > 0 && out->ptr[out->len - 1] == '\r') {
        out->len--;
      }
      return true;
    }
    at = next == NULL ? end : next + 1;
  }
  return false;
}

static bool is_continuation(char c) {
  return ((unsigned char)c & 0xc0) == 0x80;
}

// Cuts `text` to a part around byte `at`, at whole characters; *at is then within the part.
static isere_span_t part_around(isere_span_t text, size_t *at) {
  if (*at > text.len) {
    *at = text.len;
  }
  size_t start = *at > LINE_BYTES_MAX / 2 && text.len > LINE_BYTES_MAX ? *at - LINE_BYTES_MAX / 2 : 0;
  size_t end = text.len - start > LINE_BYTES_MAX ? start + LINE_BYTES_MAX : text.len;
  while (start > 0 && is_continuation(text.ptr[start])) {
    start--;
  }
  while (end < text.len && is_continuation(text.ptr[end])) {
    end++;
  }
  *at -= start;
  return isere_span(text.ptr + start, end - start);
}

size_t isere_excerpt_write(isere_span_t stack, const char *path, isere_span_t source, char *out,
                           size_t cap) {
  size_t line;
  size_t column;
  isere_span_t text;
  if (!find_place(stack, isere_span_of(path), &line, &column) || !find_line(source, line, &text)) {
    return 0;
  }
  // Columns count characters, from 1.
  size_t at = 0;
  for (size_t i = 1; i < column && at < text.len; i++) {
    for (at++; at < text.len && is_continuation(text.ptr[at]); at++) {
    }
  }
  const isere_span_t part = part_around(text, &at);
  const int head = snprintf(out, cap, "%s:%zu:%zu\n%.*s\n", path, line, column, (int)part.len,
                            part.ptr);
  if (head < 0 || (size_t)head + at + 2 > cap) {
    return 0;
  }
  size_t len = (size_t)head;
  for (size_t i = 0; i < at; i++) {
    if (!is_continuation(part.ptr[i])) {
      out[len++] = part.ptr[i] == '\t' ? '\t' : ' ';
    }
  }
  out[len++] = '^';
  out[len++] = '\n';
  return len;
}
