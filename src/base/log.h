// SPDX-License-Identifier: Apache-2.0
// Log events: one line each, with level, tag and, where there is one, request id. The sink formats
// and writes.
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "base/span.h"

typedef enum {
  ISERE_LOG_ERROR,
  ISERE_LOG_WARN,
  ISERE_LOG_INFO,
  ISERE_LOG_DEBUG,
} isere_log_level_t;

typedef struct {
  isere_log_level_t level;
  const char
      *tag; // what speaks: "http", "functions", a function's name; static or outlives the call
  isere_span_t request_id; // empty where there is none
  isere_span_t text;       // may hold line feeds (a stack); the sink indents or escapes them
} isere_log_event_t;

// Where events go. Called from any task, one event at a time for each task; must not block for
// long.
typedef void isere_log_sink_fn(void *arg, const isere_log_event_t *event);

// Sets the sink and the most detailed level that reaches it. Before the first call events are
// dropped. Call it before the tasks start.
void isere_log_init(isere_log_sink_fn *sink, void *arg, isere_log_level_t level);

// True when an event of `level` would reach the sink: ask before costly preparation.
bool isere_log_enabled(isere_log_level_t level);

// Sends a text as it is, of any length.
void isere_log_write(isere_log_level_t level, const char *tag, isere_span_t request_id,
                     isere_span_t text);

// Sends a formatted text; what exceeds ISERE_LOG_TEXT_BYTES_MAX is cut and marked with "…".
void isere_log(isere_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// "error", "warn", "info", "debug".
const char *isere_log_level_name(isere_log_level_t level);
