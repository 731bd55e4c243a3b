// SPDX-License-Identifier: Apache-2.0
// The line of code where an error arose, with a caret below: what a person wants to see first.
#pragma once

#include <stddef.h>

#include "base/span.h"

// Finds the first place of `path` ("path:3:14") in `stack`, and writes "path:3:14\n<that line of source>\n<spaces>^\n" to `out`, at most `cap` bytes.
// Returns the length; 0 when the stack names no place in `path`, or there is no room.
size_t isere_excerpt_write(isere_span_t stack, const char *path, isere_span_t source, char *out,
                           size_t cap);
