// SPDX-License-Identifier: Apache-2.0
// Writing a response's bytes.
#include "http/response.h"

#include <assert.h>

#include "base/limits.h"
#include "http/chars.h"

// Room that begin and field leave for what finish writes: Date, Connection, Content-Length, the
// empty line.
#define TAIL_BYTES 128

typedef enum { FIELD_SENT, FIELD_DROPPED, FIELD_CONNECTION, FIELD_DATE, FIELD_TYPE } field_kind_t;

static void put(isere_http_response_t *response, const char *bytes, size_t len) {
  assert(response->cap - response->len >= len);
  if (len > 0) {
    memcpy(response->buf + response->len, bytes, len);
    response->len += len;
  }
}

#define PUT(response, literal) put(response, literal, sizeof(literal) - 1)

static void put_number(isere_http_response_t *response, size_t number) {
  char digits[20];
  size_t at = sizeof(digits);
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put(response, digits + at, sizeof(digits) - at);
}

// The head's own limit, so that what fits does not depend on where the buffer stands.
static size_t head_room(const isere_http_response_t *response) {
  size_t cap = response->cap < ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX
                   ? response->cap
                   : ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX;
  cap -= TAIL_BYTES;
  return cap > response->len ? cap - response->len : 0;
}

void isere_http_response_begin(isere_http_response_t *response, int status) {
  assert(status >= 200 && status <= 599);
  assert(response->cap >= 2 * (size_t)TAIL_BYTES);
  const char *reason = isere_http_reason(status);
  const char code[] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10),
                       (char)('0' + status % 10), ' '};
  response->status = (uint16_t)status;
  response->len = 0;
  PUT(response, "HTTP/1.1 ");
  put(response, code, sizeof(code));
  put(response, reason, strlen(reason));
  PUT(response, "\r\n");
}

static field_kind_t kind_of(isere_span_t name) {
  switch (name.len) {
  case 2:
    return isere_span_equal_nocase(name, ISERE_SPAN("te")) ? FIELD_DROPPED : FIELD_SENT;
  case 4:
    return isere_span_equal_nocase(name, ISERE_SPAN("date")) ? FIELD_DATE : FIELD_SENT;
  case 7:
    return isere_span_equal_nocase(name, ISERE_SPAN("upgrade")) ||
                   isere_span_equal_nocase(name, ISERE_SPAN("trailer"))
               ? FIELD_DROPPED
               : FIELD_SENT;
  case 10:
    return isere_span_equal_nocase(name, ISERE_SPAN("connection"))   ? FIELD_CONNECTION
           : isere_span_equal_nocase(name, ISERE_SPAN("keep-alive")) ? FIELD_DROPPED
                                                                     : FIELD_SENT;
  case 12:
    return isere_span_equal_nocase(name, ISERE_SPAN("content-type")) ? FIELD_TYPE : FIELD_SENT;
  case 14:
    return isere_span_equal_nocase(name, ISERE_SPAN("content-length")) ? FIELD_DROPPED : FIELD_SENT;
  case 17:
    return isere_span_equal_nocase(name, ISERE_SPAN("transfer-encoding")) ? FIELD_DROPPED
                                                                          : FIELD_SENT;
  default:
    return FIELD_SENT;
  }
}

isere_err_t isere_http_response_field(isere_http_response_t *response, isere_span_t name,
                                      isere_span_t value) {
  value = isere_http_trim(value);
  if (name.len == 0 || isere_http_chars_span(name, ISERE_HTTP_CHAR_TOKEN) != name.len ||
      isere_http_chars_span(value, ISERE_HTTP_CHAR_VALUE) != value.len) {
    return ISERE_ERR_INVAL;
  }
  const field_kind_t kind = kind_of(name);
  if (kind == FIELD_CONNECTION && isere_http_list_has(value, ISERE_SPAN("close"))) {
    response->keep_alive = false;
  }
  if (kind == FIELD_DROPPED || kind == FIELD_CONNECTION) {
    return ISERE_OK;
  }
  const size_t room = head_room(response);
  if (name.len > room || value.len > room || name.len + value.len + 4 > room) {
    return ISERE_ERR_TOOBIG;
  }
  put(response, name.ptr, name.len);
  PUT(response, ": ");
  put(response, value.ptr, value.len);
  PUT(response, "\r\n");
  response->has_date |= kind == FIELD_DATE;
  response->has_type |= kind == FIELD_TYPE;
  return ISERE_OK;
}

static void put_two(char *out, unsigned number) {
  out[0] = (char)('0' + number / 10 % 10);
  out[1] = (char)('0' + number % 10);
}

// The civil date of a day count, in 400-year eras that begin with March: leap days are then at a
// year's end.
static void write_date(char *out, uint64_t unix_s) {
  static const char days[] = "ThuFriSatSunMonTueWed";
  static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
  const uint64_t day_count = unix_s / 86400;
  const unsigned second = (unsigned)(unix_s % 86400);
  const uint64_t shifted = day_count + 719468; // days from 0000-03-01 to 1970-01-01
  const unsigned day_of_era = (unsigned)(shifted % 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month = (5 * day_of_year + 2) / 153; // 0 is March
  const unsigned day = day_of_year - (153 * month + 2) / 5 + 1;
  const unsigned year = (unsigned)(shifted / 146097 * 400) + year_of_era + (month >= 10 ? 1 : 0);
  memcpy(out, "Www, DD Mmm YYYY HH:MM:SS GMT", ISERE_HTTP_DATE_CHARS);
  memcpy(out, days + 3 * (day_count % 7), 3);
  put_two(out + 5, day);
  memcpy(out + 8, months + 3 * (size_t)month, 3);
  put_two(out + 12, year / 100);
  put_two(out + 14, year);
  put_two(out + 17, second / 3600);
  put_two(out + 20, second / 60 % 60);
  put_two(out + 23, second % 60);
}

static void put_date(isere_http_response_t *response, isere_http_date_t *date, uint64_t unix_s) {
  if (date->unix_s != unix_s || date->text[0] == '\0') {
    write_date(date->text, unix_s);
    date->unix_s = unix_s;
  }
  PUT(response, "Date: ");
  put(response, date->text, ISERE_HTTP_DATE_CHARS);
  PUT(response, "\r\n");
}

isere_err_t isere_http_response_finish(isere_http_response_t *response, isere_span_t body,
                                       isere_http_date_t *date, uint64_t now_unix_ms) {
  const bool framed = response->status != 204 && response->status != 304;
  if (!framed || response->status == 205) {
    body.len = 0; // RFC 9110 sections 15.3.5, 15.3.6, 15.4.5
  }
  if (response->cap - response->len < TAIL_BYTES) {
    return ISERE_ERR_TOOBIG;
  }
  if (!response->has_date) {
    put_date(response, date, now_unix_ms / 1000);
  }
  if (!response->keep_alive) {
    PUT(response, "Connection: close\r\n");
  } else if (response->version_minor == 0) {
    PUT(response, "Connection: keep-alive\r\n");
  }
  if (framed) {
    PUT(response, "Content-Length: ");
    put_number(response, body.len);
    PUT(response, "\r\n");
  }
  PUT(response, "\r\n");
  response->body = isere_span(NULL, 0);
  if (response->head_only) {
    return ISERE_OK;
  }
  if (body.len <= response->cap - response->len) {
    put(response, body.ptr, body.len);
  } else {
    response->body = body;
  }
  return ISERE_OK;
}
