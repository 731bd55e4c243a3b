// SPDX-License-Identifier: Apache-2.0
// Log events as lines on the standard error: for people, or as JSON for machines. One write(2) for
// each event, so that the lines of several processes do not mix.
#include "log_sink.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/host.h"

typedef struct {
  char *text;
  size_t len;
  size_t cap;
} line_t;

static struct {
  bool json;
  bool colour;
  line_t line; // kept: grows to the longest event
} sink;

static bool line_reserve(line_t *line, size_t more) {
  if (line->cap - line->len >= more) {
    return true;
  }
  const size_t cap = (line->len + more) * 2;
  char *text = realloc(line->text, cap);
  if (text == NULL) {
    return false;
  }
  line->text = text;
  line->cap = cap;
  return true;
}

static void line_add(line_t *line, const char *bytes, size_t len) {
  if (len > 0 && line_reserve(line, len)) {
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
  }
}

static void line_add_text(line_t *line, const char *text) {
  line_add(line, text, strlen(text));
}

// RFC 8259 section 7. The text is UTF-8 already.
static void line_add_json(line_t *line, isere_span_t text) {
  line_add(line, "\"", 1);
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\') {
      const char escaped[2] = {'\\', (char)c};
      line_add(line, escaped, sizeof(escaped));
    } else if (c == '\n') {
      line_add(line, "\\n", 2);
    } else if (c < 0x20 || c == 0x7f) {
      char escaped[8];
      line_add(line, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", c));
    } else {
      line_add(line, (const char *)&c, 1);
    }
  }
  line_add(line, "\"", 1);
}

// Further lines of an event stand under its first; other control characters cannot reach the
// terminal.
static void line_add_plain(line_t *line, isere_span_t text) {
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c == '\n') {
      line_add_text(line, "\n    ");
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      char escaped[8];
      line_add(line, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\x%02x", c));
    } else {
      line_add(line, (const char *)&c, 1);
    }
  }
}

static void write_json(line_t *line, const isere_log_event_t *event, const struct tm *utc,
                       unsigned ms) {
  char time[64];
  const size_t len = strftime(time, sizeof(time), "{\"time\":\"%Y-%m-%dT%H:%M:%S", utc);
  line_add(line, time, len);
  char rest[48];
  line_add(line, rest,
           (size_t)snprintf(rest, sizeof(rest), ".%03uZ\",\"level\":\"%s\",\"tag\":", ms,
                            isere_log_level_name(event->level)));
  line_add_json(line, isere_span_of(event->tag));
  if (event->request_id.len > 0) {
    line_add_text(line, ",\"requestId\":");
    line_add_json(line, event->request_id);
  }
  line_add_text(line, ",\"message\":");
  line_add_json(line, event->text);
  line_add_text(line, "}\n");
}

static void write_plain(line_t *line, const isere_log_event_t *event, const struct tm *local,
                        unsigned ms) {
  static const char *const names[] = {"ERROR", "WARN ", "INFO ", "DEBUG"};
  static const char *const colours[] = {"\033[31m", "\033[33m", "\033[32m", "\033[2m"};
  char head[160];
  const int len =
      sink.colour ? snprintf(head, sizeof(head), "\033[2m%02d:%02d:%02d.%03u\033[0m %s%s\033[0m ",
                             local->tm_hour, local->tm_min, local->tm_sec, ms,
                             colours[event->level], names[event->level])
                  : snprintf(head, sizeof(head), "%02d:%02d:%02d.%03u %s ", local->tm_hour,
                             local->tm_min, local->tm_sec, ms, names[event->level]);
  line_add(line, head, (size_t)len);
  line_add_text(line, event->tag);
  if (event->request_id.len > 0) {
    line_add_text(line, " [");
    line_add(line, event->request_id.ptr, event->request_id.len);
    line_add_text(line, "]");
  }
  line_add_text(line, " ");
  line_add_plain(line, event->text);
  line_add_text(line, "\n");
}

static void write_event(void *arg, const isere_log_event_t *event) {
  (void)arg;
  const uint64_t now_ms = isere_port_clock_unix_ms();
  const time_t now_s = (time_t)(now_ms / 1000);
  const unsigned ms = (unsigned)(now_ms % 1000);
  struct tm parts;
  line_t *line = &sink.line;
  line->len = 0;
  if (sink.json) {
    write_json(line, event, gmtime_r(&now_s, &parts), ms);
  } else {
    write_plain(line, event, localtime_r(&now_s, &parts), ms);
  }
  isere_port_host_write(STDERR_FILENO, isere_span(line->text, line->len));
}

void isere_log_sink_init(bool json, isere_log_level_t level) {
  sink.json = json;
  sink.colour = !json && isatty(STDERR_FILENO) != 0;
  isere_log_init(write_event, NULL, level);
}
