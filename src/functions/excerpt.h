// SPDX-License-Identifier: Apache-2.0
// The line of code where an error arose, with a caret below: what a person wants to see first.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

// A place in a source file. Lines and columns count from 1; column 0: unknown.
typedef struct {
  isere_span_t path;
  size_t line;
  size_t column;
} isere_place_t;

// Finds the first place that `stack` names: "at f (path:3:14)" or "at path:3:14". place->path
// points into `stack`. Returns false when there is none.
bool isere_excerpt_find(isere_span_t stack, isere_place_t *place);

// Writes "path:3:14\n<that line of source>\n<spaces>^\n" to `out`, at most `cap` bytes. Returns the
// length; 0 when `source` has no such line, or there is no room.
size_t isere_excerpt_write(const isere_place_t *place, isere_span_t source, char *out, size_t cap);

// Both: the excerpt of the first place in `stack`. The text of the file `path` is `source`; other
// files are read. Returns the length, 0 when there is none.
size_t isere_excerpt_of(isere_span_t stack, const char *path, isere_span_t source, char *out,
                        size_t cap);
