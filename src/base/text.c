// SPDX-License-Identifier: Apache-2.0
// UTF-8, Latin-1, percent-encoding and base64.
#include "base/text.h"

#include <stdint.h>

bool isere_utf8_valid(isere_span_t text) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  const unsigned char *end = p + text.len;
  while (p < end) {
    uint64_t word;
    while (end - p >= 8 && (memcpy(&word, p, 8), (word & 0x8080808080808080u) == 0)) {
      p += 8;
    }
    if (p == end) {
      break;
    }
    const unsigned char lead = *p++;
    if (lead < 0x80) {
      continue;
    }
    size_t more;
    unsigned char low = 0x80;
    unsigned char high = 0xbf; // of the second byte
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      low = lead == 0xe0 ? 0xa0 : 0x80;
      high = lead == 0xed ? 0x9f : 0xbf;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      low = lead == 0xf0 ? 0x90 : 0x80;
      high = lead == 0xf4 ? 0x8f : 0xbf;
    } else {
      return false;
    }
    if ((size_t)(end - p) < more || *p < low || *p > high) {
      return false;
    }
    for (size_t i = 1; i < more; i++) {
      if ((p[i] & 0xc0) != 0x80) {
        return false;
      }
    }
    p += more;
  }
  return true;
}

// The code point that begins at text.ptr[at], for a message; the text is well-formed.
static unsigned code_point_at(isere_span_t text, size_t at) {
  const unsigned char *p = (const unsigned char *)text.ptr + at;
  if (p[0] < 0xe0) {
    return (unsigned)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
  }
  if (p[0] < 0xf0) {
    return (unsigned)(p[0] & 0x0f) << 12 | (unsigned)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
  }
  return (unsigned)(p[0] & 0x07) << 18 | (unsigned)(p[1] & 0x3f) << 12 |
         (unsigned)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

bool isere_utf8_to_latin1(isere_span_t text, char *out, size_t *out_len, unsigned *bad) {
  size_t len = 0;
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c < 0x80) {
      out[len++] = (char)c;
    } else if (c <= 0xc3 && i + 1 < text.len) {
      out[len++] = (char)((c & 0x03) << 6 | (text.ptr[i + 1] & 0x3f));
      i++;
    } else {
      *bad = code_point_at(text, i);
      return false;
    }
  }
  *out_len = len;
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = isere_ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int isere_percent_decode(const char *text) {
  const int high = text[0] == '%' ? hex_digit(text[1]) : -1;
  const int low = high >= 0 ? hex_digit(text[2]) : -1;
  return low >= 0 ? high << 4 | low : -1;
}

size_t isere_query_decode(isere_span_t text, char *out) {
  size_t len = 0;
  for (size_t i = 0; i < text.len; i++) {
    const char c = text.ptr[i];
    if (c == '+') {
      out[len++] = ' ';
    } else if (c == '%' && text.len - i > 2 && hex_digit(text.ptr[i + 1]) >= 0 &&
               hex_digit(text.ptr[i + 2]) >= 0) {
      out[len++] = (char)(hex_digit(text.ptr[i + 1]) << 4 | hex_digit(text.ptr[i + 2]));
      i += 2;
    } else {
      out[len++] = c;
    }
  }
  return len;
}

void isere_base64_encode(isere_span_t bytes, char *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *in = (const unsigned char *)bytes.ptr;
  size_t left = bytes.len;
  for (; left >= 3; left -= 3, in += 3) {
    *out++ = digits[in[0] >> 2];
    *out++ = digits[(in[0] & 3) << 4 | in[1] >> 4];
    *out++ = digits[(in[1] & 15) << 2 | in[2] >> 6];
    *out++ = digits[in[2] & 63];
  }
  if (left > 0) {
    const unsigned second = left == 2 ? in[1] : 0;
    *out++ = digits[in[0] >> 2];
    *out++ = digits[(in[0] & 3u) << 4 | second >> 4];
    *out++ = left == 2 ? digits[(second & 15) << 2] : '=';
    *out++ = '=';
  }
}

static int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  if (c == '+' || c == '-') {
    return 62;
  }
  return c == '/' || c == '_' ? 63 : -1;
}

bool isere_base64_decode(isere_span_t text, char *out, size_t *out_len) {
  size_t len = 0;
  size_t digits = 0;
  size_t padding = 0;
  unsigned bits = 0;
  for (size_t i = 0; i < text.len; i++) {
    const char c = text.ptr[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f') {
      continue;
    }
    if (c == '=') {
      padding++;
      continue;
    }
    const int digit = base64_digit(c);
    if (digit < 0 || padding > 0) {
      return false;
    }
    bits = bits << 6 | (unsigned)digit;
    digits++;
    if (digits % 4 == 0) {
      out[len++] = (char)(bits >> 16);
      out[len++] = (char)(bits >> 8);
      out[len++] = (char)bits;
      bits = 0;
    }
  }
  const size_t rest = digits % 4;
  if (rest == 1 || padding > 2 || (padding > 0 && (rest + padding) != 4)) {
    return false;
  }
  if (rest == 2) {
    out[len++] = (char)(bits >> 4);
  } else if (rest == 3) {
    out[len++] = (char)(bits >> 10);
    out[len++] = (char)(bits >> 2);
  }
  *out_len = len;
  return true;
}
