// SPDX-License-Identifier: Apache-2.0
// A function as it is deployed: its code and its limits. Instances are made from it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "port/host.h"

// One state of a function's code. Counted: an instance holds the one that it was made from.
typedef struct {
  isere_span_t text;
  uint32_t holds;
  bool from_file; // given back to the port when nobody holds it any more
} isere_source_t;

// A file that the code came from.
typedef struct {
  char *path;
  isere_file_stamp_t stamp;
} isere_watched_file_t;

typedef struct {
  // Set by the caller, who keeps what the pointers name, before isere_function_open.
  const char *name;       // "handler"
  const char *path;       // of the code; names it in errors; imports are relative to it
  const char *const *env; // "NAME=value", ends with NULL; may be NULL
  size_t heap_bytes;      // of an instance
  uint32_t timeout_ms;    // of an invocation, wall clock
  uint32_t cpu_ms;        // of an invocation, CPU
  bool dev;   // the code is read anew when one of its files has changed; errors carry a trace
  bool fresh; // every invocation gets an instance of its own

  // The functions layer's own.
  isere_source_t *source;
  isere_watched_file_t files[ISERE_FUNCTION_FILES_MAX]; // in dev mode
  size_t file_count;
} isere_function_t;

// Takes `text` (not copied; the caller keeps it) as the function's code, or reads it from
// function->path when text.ptr is NULL. Returns ISERE_ERR_NOTFOUND etc.
isere_err_t isere_function_open(isere_function_t *function, isere_span_t text);
void isere_function_close(isere_function_t *function);

// In dev mode: reads the code anew when one of its files has changed. Returns true when it has. A
// file that cannot be read now leaves the code as it is.
bool isere_function_refresh(isere_function_t *function);

// In dev mode: `path` belongs to the code from now on.
void isere_function_watch(isere_function_t *function, const char *path);

isere_source_t *isere_source_hold(isere_source_t *source);
void isere_source_release(isere_source_t *source);
