// SPDX-License-Identifier: Apache-2.0
// The console on UART 0.
#pragma once

#include "base/log.h"
#include "base/span.h"

void isere_console_init(void);

// Writes a text, each "\n" as "\r\n"; texts of several tasks do not mix. From any task, and before
// the kernel runs.
void isere_console_write(isere_span_t text);

// Writes a text at once, from anywhere: faults, assertions.
void isere_console_write_now(const char *text);

// Sends log events of `level` and above it to the console, a line each.
void isere_console_log(isere_log_level_t level);
