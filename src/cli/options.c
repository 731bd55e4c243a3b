// SPDX-License-Identifier: Apache-2.0
// One table of options: reading, checking and help come from it.
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/output.h"

typedef struct {
  const char *name;
  const char *value; // what it takes, for the help; NULL: nothing
  int commands;      // isere_command_t, or-ed
  bool (*read)(isere_options_t *options, const char *value);
  const char *wanted; // what a right value is
  const char *help;
} option_t;

static bool read_number(const char *text, uint64_t min, uint64_t max, uint64_t *out) {
  char *end;
  errno = 0;
  *out = 0;
  if (*text < '0' || *text > '9') {
    return false;
  }
  const unsigned long long value = strtoull(text, &end, 10);
  *out = value;
  return errno == 0 && *end == '\0' && value >= min && value <= max;
}

static bool read_u32(const char *text, uint32_t min, uint32_t max, uint32_t *out) {
  uint64_t value;
  if (!read_number(text, min, max, &value)) {
    return false;
  }
  *out = (uint32_t)value;
  return true;
}

static bool set_port(isere_options_t *options, const char *value) {
  uint32_t port = 0;
  const bool read = read_u32(value, 0, UINT16_MAX, &port);
  options->port = (uint16_t)port;
  return read;
}

static bool set_host(isere_options_t *options, const char *value) {
  options->host = value;
  return *value != '\0';
}

static bool set_dev(isere_options_t *options, const char *value) {
  (void)value;
  options->dev = true;
  return true;
}

static bool set_fresh(isere_options_t *options, const char *value) {
  (void)value;
  options->fresh = true;
  return true;
}

static bool set_env(isere_options_t *options, const char *value) {
  const char *equals = strchr(value, '=');
  if (equals == NULL || equals == value || options->env_count == ISERE_CLI_ENV_MAX) {
    return false;
  }
  options->env[options->env_count++] = value;
  return true;
}

// "64M", "512K", "1G", or bytes.
static bool set_memory(isere_options_t *options, const char *value) {
  char digits[24];
  size_t len = strlen(value);
  unsigned shift = 0;
  if (len == 0 || len >= sizeof(digits)) {
    return false;
  }
  const char unit = isere_ascii_lower(value[len - 1]);
  if (unit == 'k' || unit == 'm' || unit == 'g') {
    shift = unit == 'k' ? 10 : unit == 'm' ? 20 : 30;
    len--;
  }
  memcpy(digits, value, len);
  digits[len] = '\0';
  uint64_t number;
  if (!read_number(digits, 1, (uint64_t)1 << 40, &number)) {
    return false;
  }
  const uint64_t bytes = number << shift;
  options->heap_bytes = (size_t)bytes;
  return bytes >= 256u << 10 && bytes <= (uint64_t)64 << 30;
}

static bool set_timeout(isere_options_t *options, const char *value) {
  return read_u32(value, 1, 24u * 60 * 60 * 1000, &options->timeout_ms);
}

static bool set_cpu(isere_options_t *options, const char *value) {
  return read_u32(value, 1, 24u * 60 * 60 * 1000, &options->cpu_ms);
}

static bool set_workers(isere_options_t *options, const char *value) {
  uint32_t workers;
  if (!read_u32(value, 1, 256, &workers)) {
    return false;
  }
  options->workers = (int)workers;
  return true;
}

static bool set_idle(isere_options_t *options, const char *value) {
  return read_u32(value, 1, 24u * 60 * 60 * 1000, &options->idle_ms);
}

static bool set_head(isere_options_t *options, const char *value) {
  return read_u32(value, 1, 24u * 60 * 60 * 1000, &options->head_ms);
}

static bool set_conns(isere_options_t *options, const char *value) {
  return read_u32(value, 1, ISERE_HTTP_CONNS_MAX, &options->conns_max);
}

static bool set_queue(isere_options_t *options, const char *value) {
  return read_u32(value, 1, ISERE_INVOCATIONS_MAX, &options->invocations_max);
}

static bool set_log(isere_options_t *options, const char *value) {
  options->log_json = strcmp(value, "json") == 0;
  return options->log_json || strcmp(value, "text") == 0;
}

static bool set_log_level(isere_options_t *options, const char *value) {
  for (int level = ISERE_LOG_ERROR; level <= ISERE_LOG_DEBUG; level++) {
    if (strcmp(value, isere_log_level_name((isere_log_level_t)level)) == 0) {
      options->log_level = (isere_log_level_t)level;
      options->has_log_level = true;
      return true;
    }
  }
  return false;
}

#define RUN ISERE_COMMAND_RUN
#define BOTH (ISERE_COMMAND_RUN | ISERE_COMMAND_EXEC)
#define TEXT_OF(number) TEXT(number)
#define TEXT(number) #number

static const option_t table[] = {
    {"--port", "N", RUN, set_port, "a number from 0 (any free port) to 65535",
     "listen on this port (8080)"},
    {"--host", "A", RUN, set_host, "an address or name of this machine",
     "listen on this address (localhost)"},
    {"--dev", NULL, RUN, set_dev, NULL,
     "load the file anew when it is saved; show traces to clients"},
    {"--fresh", NULL, RUN, set_fresh, NULL, "make a new instance for each request"},
    {"--env", "K=V", BOTH, set_env, "NAME=value, at most " TEXT_OF(ISERE_CLI_ENV_MAX) " times",
     "set process.env.K; repeatable"},
    {"--memory", "SIZE", BOTH, set_memory, "bytes, or a number with K, M or G, from 256K to 64G",
     "heap limit of an instance (128M)"},
    {"--timeout", "MS", RUN, set_timeout, "milliseconds, from 1 to 86400000",
     "time limit of an invocation (30000)"},
    {"--cpu", "MS", RUN, set_cpu, "milliseconds, from 1 to 86400000",
     "CPU time limit of an invocation (10000)"},
    {"--workers", "N", RUN, set_workers, "a number from 1 to 256",
     "processes that share the port (1)"},
    {"--conns", "N", RUN, set_conns, "a number from 1 to " TEXT_OF(ISERE_HTTP_CONNS_MAX),
     "open connections at most (" TEXT_OF(ISERE_HTTP_CONNS_MAX) ")"},
    {"--queue", "N", RUN, set_queue, "a number from 1 to " TEXT_OF(ISERE_INVOCATIONS_MAX),
     "invocations at once at most (" TEXT_OF(ISERE_INVOCATIONS_MAX) ")"},
    {"--idle-timeout", "MS", RUN, set_idle, "milliseconds, from 1 to 86400000",
     "close a connection without a request after this time (60000)"},
    {"--head-timeout", "MS", RUN, set_head, "milliseconds, from 1 to 86400000",
     "time for a request's head, and between pieces of its body (15000)"},
    {"--log", "FORMAT", RUN, set_log, "\"text\" or \"json\"", "format of log lines (text)"},
    {"--log-level", "LEVEL", RUN, set_log_level, "error, warn, info or debug",
     "the most detailed events to log (info; with --dev: debug)"},
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

static const option_t *find(isere_command_t command, const char *text, size_t len) {
  for (size_t i = 0; i < TABLE_COUNT; i++) {
    if ((table[i].commands & (int)command) != 0 && strlen(table[i].name) == len &&
        memcmp(table[i].name, text, len) == 0) {
      return &table[i];
    }
  }
  return NULL;
}

static const char *command_name(isere_command_t command) {
  return command == ISERE_COMMAND_RUN ? "run" : "exec";
}

// Reads the option at argv[*at], and its value, which may stand behind "=".
static bool read_option(isere_command_t command, int argc, char **argv, int *at,
                        isere_options_t *options) {
  const char *text = argv[*at];
  const char *equals = strchr(text, '=');
  const size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
  const option_t *option = find(command, text, len);
  if (option == NULL) {
    isere_cli_error("unknown option \"%.*s\": \"isere help %s\" lists the options", (int)len, text,
                    command_name(command));
    return false;
  }
  const char *value = equals == NULL ? NULL : equals + 1;
  if (option->value == NULL && value != NULL) {
    isere_cli_error("%s takes no value", option->name);
    return false;
  }
  if (option->value != NULL && value == NULL) {
    if (*at + 1 >= argc) {
      isere_cli_error("%s needs a value: %s", option->name, option->wanted);
      return false;
    }
    value = argv[++*at];
  }
  if (!option->read(options, value)) {
    isere_cli_error("%s \"%s\" is not right: it takes %s", option->name, value, option->wanted);
    return false;
  }
  return true;
}

bool isere_options_read(isere_command_t command, int argc, char **argv, isere_options_t *options,
                        bool *help) {
  *options = (isere_options_t){
      .host = "localhost",
      .port = 8080,
      .heap_bytes = ISERE_INSTANCE_HEAP_BYTES,
      .timeout_ms = ISERE_INVOCATION_MS_MAX,
      .cpu_ms = ISERE_INVOCATION_CPU_MS_MAX,
      .workers = 1,
  };
  *help = false;
  bool only_files = false;
  for (int i = 0; i < argc; i++) {
    const char *text = argv[i];
    if (!only_files && strcmp(text, "--") == 0) {
      only_files = true;
    } else if (!only_files && (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)) {
      *help = true;
      return true;
    } else if (!only_files && text[0] == '-' && text[1] != '\0') {
      if (!read_option(command, argc, argv, &i, options)) {
        return false;
      }
    } else if (options->file == NULL) {
      options->file = text;
      if (command == ISERE_COMMAND_EXEC) {
        options->arguments = argv + i + 1;
        return true; // what follows is the script's
      }
    } else {
      isere_cli_error("\"%s\" is one file too many: isere run serves one", text);
      return false;
    }
  }
  return true;
}

void isere_options_help(isere_command_t command) {
  isere_cli_print("Options:\n");
  for (size_t i = 0; i < TABLE_COUNT; i++) {
    if ((table[i].commands & (int)command) != 0) {
      char left[32];
      snprintf(left, sizeof(left), "%s %s", table[i].name,
               table[i].value == NULL ? "" : table[i].value);
      isere_cli_print("  %-20s %s\n", left, table[i].help);
    }
  }
}
