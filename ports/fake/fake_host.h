// SPDX-License-Identifier: Apache-2.0
// The fake port's files, output and log, for the tests of what stands above the network.
#pragma once

#include <stddef.h>

#include "base/span.h"

// A file that isere_port_file_read finds; `text` NULL removes it. The texts are the caller's. Each
// call makes a new stamp.
void isere_fake_file_set(const char *path, const char *text);

// What was written to the standard output or error, or logged (lines "level tag text"), since the
// last forget; NUL-terminated.
const char *isere_fake_output(void);
void isere_fake_output_forget(void);
