// SPDX-License-Identifier: Apache-2.0
// Finds the place of an error in a stack, and the line in the source.
#include "functions/excerpt.h"

#include <stdio.h>

#include "base/limits.h"
#include "port/host.h"

#define LINE_BYTES_MAX \
  160 // of a longer line, such as bundled code, a part around the place is shown

// Takes ":<number>" off the end of *text. Returns false when it does not end so.
static bool take_number(isere_span_t *text, size_t *out) {
  size_t start = text->len;
  while (start > 0 && text->ptr[start - 1] >= '0' && text->ptr[start - 1] <= '9') {
    start--;
  }
  const size_t digits = text->len - start;
  if (start == 0 || digits == 0 || digits > 9 || text->ptr[start - 1] != ':') {
    return false;
  }
  *out = 0;
  for (size_t i = start; i < text->len; i++) {
    *out = *out * 10 + (size_t)(text->ptr[i] - '0');
  }
  text->len = start - 1;
  return true;
}

// Reads "    at f (path:3:14)", "    at path:3:14" or "    at path:3".
static bool read_frame(isere_span_t line, isere_place_t *place) {
  static const char at[] = "at ";
  const char *start = NULL;
  for (size_t i = 0; i + 3 <= line.len && start == NULL; i++) {
    if (memcmp(line.ptr + i, at, 3) == 0) {
      start = line.ptr + i + 3;
    }
  }
  if (start == NULL) {
    return false;
  }
  isere_span_t rest = isere_span(start, (size_t)(line.ptr + line.len - start));
  const char *parenthesis = memchr(rest.ptr, '(', rest.len);
  if (parenthesis != NULL && rest.ptr[rest.len - 1] == ')') {
    rest = isere_span(parenthesis + 1, (size_t)(rest.ptr + rest.len - parenthesis) - 2);
  }
  size_t last;
  if (!take_number(&rest, &last)) {
    return false;
  }
  place->column = last;
  if (!take_number(&rest, &place->line)) {
    place->line = last;
    place->column = 0;
  }
  place->path = rest;
  return rest.len > 0 && place->line > 0;
}

bool isere_excerpt_find(isere_span_t stack, isere_place_t *place) {
  while (stack.len > 0) {
    const char *end = memchr(stack.ptr, '\n', stack.len);
    const size_t len = end == NULL ? stack.len : (size_t)(end - stack.ptr);
    if (read_frame(isere_span(stack.ptr, len), place)) {
      return true;
    }
    const size_t skip = end == NULL ? len : len + 1;
    stack = isere_span(stack.ptr + skip, stack.len - skip);
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
  size_t start =
      *at > LINE_BYTES_MAX / 2 && text.len > LINE_BYTES_MAX ? *at - LINE_BYTES_MAX / 2 : 0;
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

size_t isere_excerpt_write(const isere_place_t *place, isere_span_t source, char *out, size_t cap) {
  isere_span_t text;
  if (!find_line(source, place->line, &text)) {
    return 0;
  }
  // Columns count characters, from 1.
  size_t at = 0;
  for (size_t i = 1; i < place->column && at < text.len; i++) {
    for (at++; at < text.len && is_continuation(text.ptr[at]); at++) {}
  }
  const isere_span_t part = part_around(text, &at);
  const int head = snprintf(out, cap, "%.*s:%zu:%zu\n%.*s\n", (int)place->path.len, place->path.ptr,
                            place->line, place->column, (int)part.len, part.ptr);
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

size_t isere_excerpt_of(isere_span_t stack, const char *path, isere_span_t source, char *out,
                        size_t cap) {
  isere_place_t place;
  char other[ISERE_PATH_BYTES_MAX];
  isere_span_t text;
  if (!isere_excerpt_find(stack, &place)) {
    return 0;
  }
  if (isere_span_equal(place.path, isere_span_of(path))) {
    return isere_excerpt_write(&place, source, out, cap);
  }
  if (place.path.len >= sizeof(other)) {
    return 0;
  }
  memcpy(other, place.path.ptr, place.path.len);
  other[place.path.len] = '\0';
  if (isere_port_file_read(other, &text) != ISERE_OK) {
    return 0;
  }
  const size_t len = isere_excerpt_write(&place, text, out, cap);
  isere_port_file_release(text);
  return len;
}
