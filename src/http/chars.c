// SPDX-License-Identifier: Apache-2.0
// The table of byte classes, and lists of tokens.
#include "http/chars.h"

#define ALNUM(c) \
  (((c) >= '0' && (c) <= '9') || ((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z'))
#define TOKEN(c)                                                                        \
  (ALNUM(c) || (c) == '!' || (c) == '#' || (c) == '$' || (c) == '%' || (c) == '&' ||    \
   (c) == '\'' || (c) == '*' || (c) == '+' || (c) == '-' || (c) == '.' || (c) == '^' || \
   (c) == '_' || (c) == '`' || (c) == '|' || (c) == '~')
#define VALUE(c) ((c) == '\t' || ((c) >= ' ' && (c) != 0x7f))
#define TARGET(c) ((c) > ' ' && (c) < 0x7f && (c) != '#')
#define HOST(c)                                                                                    \
  (ALNUM(c) || (c) == '-' || (c) == '.' || (c) == '_' || (c) == '~' || (c) == '%' || (c) == '!' || \
   (c) == '$' || (c) == '&' || (c) == '\'' || (c) == '(' || (c) == ')' || (c) == '*' ||            \
   (c) == '+' || (c) == ',' || (c) == ';' || (c) == '=' || (c) == ':')
#define IPV6(c) \
  (ALNUM(c) || (c) == ':' || (c) == '.' || (c) == '%' || (c) == '-' || (c) == '_' || (c) == '~')

#define C1(c)                                                                                 \
  (uint8_t)((TOKEN(c) ? ISERE_HTTP_CHAR_TOKEN : 0) | (VALUE(c) ? ISERE_HTTP_CHAR_VALUE : 0) | \
            (TARGET(c) ? ISERE_HTTP_CHAR_TARGET : 0) | (HOST(c) ? ISERE_HTTP_CHAR_HOST : 0) | \
            (IPV6(c) ? ISERE_HTTP_CHAR_IPV6 : 0))
#define C4(c) C1(c), C1((c) + 1), C1((c) + 2), C1((c) + 3)
#define C16(c) C4(c), C4((c) + 4), C4((c) + 8), C4((c) + 12)
#define C64(c) C16(c), C16((c) + 16), C16((c) + 32), C16((c) + 48)

const uint8_t isere_http_chars[256] = {C64(0), C64(64), C64(128), C64(192)};

bool isere_http_list_has(isere_span_t list, isere_span_t token) {
  while (list.len > 0) {
    const char *comma = memchr(list.ptr, ',', list.len);
    const size_t len = comma != NULL ? (size_t)(comma - list.ptr) : list.len;
    if (isere_span_equal_nocase(isere_http_trim(isere_span(list.ptr, len)), token)) {
      return true;
    }
    const size_t taken = comma != NULL ? len + 1 : len;
    list = isere_span(list.ptr + taken, list.len - taken);
  }
  return false;
}
