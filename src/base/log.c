// SPDX-License-Identifier: Apache-2.0
// The way of an event from its caller to the one sink.
#include "base/log.h"

#include <stdio.h>

#include "base/limits.h"

static struct {
  isere_log_sink_fn *sink;
  void *arg;
  isere_log_level_t level;
} logger;

void isere_log_init(isere_log_sink_fn *sink, void *arg, isere_log_level_t level) {
  logger.sink = sink;
  logger.arg = arg;
  logger.level = level;
}

bool isere_log_enabled(isere_log_level_t level) {
  return logger.sink != NULL && level <= logger.level;
}

void isere_log_write(isere_log_level_t level, const char *tag, isere_span_t request_id,
                     isere_span_t text) {
  if (!isere_log_enabled(level)) {
    return;
  }
  const isere_log_event_t event = {
      .level = level,
      .tag = tag,
      .request_id = request_id,
      .text = text,
  };
  logger.sink(logger.arg, &event);
}

void isere_log(isere_log_level_t level, const char *tag, const char *format, ...) {
  static const char cut[] = "…";
  if (!isere_log_enabled(level)) {
    return;
  }
  char text[ISERE_LOG_TEXT_BYTES_MAX];
  va_list args;
  va_start(args, format);
  const int wanted = vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  if (wanted < 0) {
    return;
  }
  size_t len = (size_t)wanted;
  if (len >= sizeof(text)) {
    size_t end = sizeof(text) - sizeof(cut);
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80) {
      end--; // not within a character: its later bytes are 10xxxxxx
    }
    memcpy(text + end, cut, sizeof(cut) - 1);
    len = end + sizeof(cut) - 1;
  }
  isere_log_write(level, tag, isere_span(NULL, 0), isere_span(text, len));
}

const char *isere_log_level_name(isere_log_level_t level) {
  static const char *const names[] = {"error", "warn", "info", "debug"};
  return names[level];
}
