// SPDX-License-Identifier: Apache-2.0
// The options of all commands, and how they are read.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

#define ISERE_CLI_ENV_MAX 64

typedef struct {
  const char *file; // NULL: none given
  const char *host;
  uint16_t port;
  bool dev;
  bool fresh;
  bool log_json;
  isere_log_level_t log_level;
  bool has_log_level;
  size_t heap_bytes;
  uint32_t timeout_ms;
  uint32_t cpu_ms;
  uint32_t idle_ms; // 0: as base/limits.h has it; likewise below
  uint32_t head_ms;
  uint32_t conns_max;
  uint32_t invocations_max;
  int workers;
  const char *env[ISERE_CLI_ENV_MAX + 1];
  size_t env_count;
  char **arguments; // of the script: the rest of the command line, ends with NULL
} isere_options_t;

// The commands that take options: which of them an option belongs to.
typedef enum { ISERE_COMMAND_RUN = 1, ISERE_COMMAND_EXEC = 2 } isere_command_t;

// Reads argv[0 .. argc) of `command` into *options. On a mistake it writes what is wrong, and what
// would be right, to the standard error, and returns false. With --help it sets *help.
bool isere_options_read(isere_command_t command, int argc, char **argv, isere_options_t *options,
                        bool *help);

// Writes the options of `command`, a line each, to the standard output.
void isere_options_help(isere_command_t command);
