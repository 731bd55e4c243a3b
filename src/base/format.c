// SPDX-License-Identifier: Apache-2.0
// vsnprintf for integers and text.
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 22 // of 64 bits in octal

typedef struct {
  char *out;
  size_t cap;
  size_t len; // as if there were room for all
} sink_t;

// One conversion: "%-08.3lld".
typedef struct {
  bool is_left;
  bool is_zero;
  bool is_plus;
  bool is_space;
  bool is_alternate;
  bool has_precision;
  size_t width;
  size_t precision;
  int size; // of an integer, in bytes
} spec_t;

static void put(sink_t *sink, const char *bytes, size_t len) {
  if (sink->len < sink->cap) {
    const size_t room = sink->cap - sink->len;
    memcpy(sink->out + sink->len, bytes, len < room ? len : room);
  }
  sink->len += len;
}

static void fill(sink_t *sink, char c, size_t count) {
  for (; count > 0; count--) {
    put(sink, &c, 1);
  }
}

// Text, after padding on the left or before padding on the right.
static void put_padded(sink_t *sink, const spec_t *spec, const char *bytes, size_t len) {
  const size_t pad = spec->width > len ? spec->width - len : 0;
  if (!spec->is_left) {
    fill(sink, ' ', pad);
  }
  put(sink, bytes, len);
  if (spec->is_left) {
    fill(sink, ' ', pad);
  }
}

// A sign or "0x", zeros, digits.
static void put_number(sink_t *sink, const spec_t *spec, const char *prefix, uint64_t value,
                       unsigned base, const char *symbols) {
  char digits[DIGITS_MAX];
  size_t start = sizeof(digits);
  // Most numbers fit a word, whose division is quick everywhere.
  while (value > UINT32_MAX) {
    digits[--start] = symbols[value % base];
    value /= base;
  }
  for (uint32_t rest = (uint32_t)value; rest > 0; rest /= base) {
    digits[--start] = symbols[rest % base];
  }
  const size_t count = sizeof(digits) - start;
  const size_t prefix_len = strlen(prefix);
  size_t zeros = 0;
  if (spec->has_precision) {
    zeros = spec->precision > count ? spec->precision - count : 0;
  } else if (count == 0) {
    zeros = 1;
  }
  size_t len = prefix_len + zeros + count;
  if (spec->is_zero && !spec->is_left && !spec->has_precision && spec->width > len) {
    zeros += spec->width - len;
    len = spec->width;
  }
  const size_t pad = spec->width > len ? spec->width - len : 0;
  if (!spec->is_left) {
    fill(sink, ' ', pad);
  }
  put(sink, prefix, prefix_len);
  fill(sink, '0', zeros);
  put(sink, digits + start, count);
  if (spec->is_left) {
    fill(sink, ' ', pad);
  }
}

static int64_t sign_extended(uint64_t value, int size) {
  switch (size) {
  case 1:
    return (int8_t)value;
  case 2:
    return (int16_t)value;
  case 4:
    return (int32_t)value;
  default:
    return (int64_t)value;
  }
}

static void put_integer(sink_t *sink, const spec_t *spec, char conversion, uint64_t value) {
  static const char lower[] = "0123456789abcdef";
  static const char upper[] = "0123456789ABCDEF";
  const uint64_t mask = spec->size == 8 ? UINT64_MAX : ((uint64_t)1 << (spec->size * 8)) - 1;
  if (conversion == 'd' || conversion == 'i') {
    const int64_t number = sign_extended(value, spec->size);
    const char *sign = number < 0 ? "-" : spec->is_plus ? "+" : spec->is_space ? " " : "";
    put_number(sink, spec, sign, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10, lower);
  } else if (conversion == 'u') {
    put_number(sink, spec, "", value & mask, 10, lower);
  } else if (conversion == 'o') {
    put_number(sink, spec, spec->is_alternate ? "0" : "", value & mask, 8, lower);
  } else {
    const bool has_prefix = spec->is_alternate && (value & mask) != 0;
    const char *prefix = !has_prefix ? "" : conversion == 'X' ? "0X" : "0x";
    put_number(sink, spec, prefix, value & mask, 16, conversion == 'X' ? upper : lower);
  }
}

static const char *read_count(const char *at, size_t *out) {
  for (*out = 0; *at >= '0' && *at <= '9'; at++) {
    *out = *out * 10 + (size_t)(*at - '0');
  }
  return at;
}

static const char *read_flags(const char *at, spec_t *spec) {
  for (;; at++) {
    switch (*at) {
    case '-':
      spec->is_left = true;
      break;
    case '0':
      spec->is_zero = true;
      break;
    case '+':
      spec->is_plus = true;
      break;
    case ' ':
      spec->is_space = true;
      break;
    case '#':
      spec->is_alternate = true;
      break;
    default:
      return at;
    }
  }
}

static const char *read_length(const char *at, spec_t *spec) {
  spec->size = (int)sizeof(int);
  if (at[0] == 'h') {
    spec->size = at[1] == 'h' ? 1 : 2;
    return at[1] == 'h' ? at + 2 : at + 1;
  }
  if (at[0] == 'l') {
    spec->size = at[1] == 'l' ? (int)sizeof(long long) : (int)sizeof(long);
    return at[1] == 'l' ? at + 2 : at + 1;
  }
  if (*at == 'z' || *at == 't') {
    spec->size = (int)sizeof(size_t);
    return at + 1;
  }
  if (*at == 'j') {
    spec->size = (int)sizeof(intmax_t);
    return at + 1;
  }
  return at;
}

static void put_text(sink_t *sink, const spec_t *spec, const char *text) {
  text = text == NULL ? "(null)" : text;
  size_t len = 0;
  while ((!spec->has_precision || len < spec->precision) && text[len] != '\0') {
    len++;
  }
  put_padded(sink, spec, text, len);
}

int isere_format(char *out, size_t cap, const char *format, va_list args) {
  sink_t sink = {.out = out, .cap = cap > 0 ? cap - 1 : 0};
  const char *at = format;
  while (*at != '\0') {
    const char *percent = strchr(at, '%');
    const size_t plain = percent == NULL ? strlen(at) : (size_t)(percent - at);
    put(&sink, at, plain);
    at += plain;
    if (percent == NULL) {
      break;
    }
    spec_t spec = {0};
    at = read_flags(at + 1, &spec);
    if (*at == '*') {
      const int width = va_arg(args, int);
      spec.is_left = spec.is_left || width < 0;
      spec.width = width < 0 ? (size_t)0 - (size_t)width : (size_t)width;
      at++;
    } else {
      at = read_count(at, &spec.width);
    }
    if (*at == '.') {
      spec.has_precision = true;
      if (at[1] == '*') {
        const int precision = va_arg(args, int);
        spec.has_precision = precision >= 0;
        spec.precision = precision >= 0 ? (size_t)precision : 0;
        at += 2;
      } else {
        at = read_count(at + 1, &spec.precision);
      }
    }
    at = read_length(at, &spec);
    const char conversion = *at;
    if (conversion != '\0') {
      at++;
    }
    if (conversion != '\0' && strchr("diuxXo", conversion) != NULL) {
      const uint64_t value =
          spec.size > (int)sizeof(int) ? va_arg(args, unsigned long long) : va_arg(args, unsigned);
      put_integer(&sink, &spec, conversion, value);
    } else if (conversion == 's') {
      put_text(&sink, &spec, va_arg(args, const char *));
    } else if (conversion == 'c') {
      const char c = (char)va_arg(args, int);
      put_padded(&sink, &spec, &c, 1);
    } else if (conversion == 'p') {
      spec.is_alternate = true;
      spec.size = (int)sizeof(void *);
      put_integer(&sink, &spec, 'x', (uintptr_t)va_arg(args, void *));
    } else if (conversion == '%') {
      put(&sink, "%", 1);
    } else {
      put(&sink, percent, (size_t)(at - percent));
    }
  }
  if (cap > 0) {
    out[sink.len < sink.cap ? sink.len : sink.cap] = '\0';
  }
  return (int)sink.len;
}
