// SPDX-License-Identifier: Apache-2.0
// Formats for the terminal; the port writes.
#include "cli/output.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "port/host.h"

static void write_formatted(int fd, const char *before, const char *format, va_list args,
                            const char *after) {
  char text[ISERE_LOG_TEXT_BYTES_MAX];
  const int len = vsnprintf(text, sizeof(text), format, args);
  const size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
  isere_port_host_write(fd, isere_span_of(before));
  isere_port_host_write(fd, isere_span(text, kept));
  isere_port_host_write(fd, isere_span_of(after));
}

void isere_cli_print(const char *format, ...) {
  va_list args;
  va_start(args, format);
  write_formatted(1, "", format, args, "");
  va_end(args);
}

void isere_cli_error(const char *format, ...) {
  va_list args;
  va_start(args, format);
  write_formatted(2, "isere: ", format, args, "\n");
  va_end(args);
}
