// SPDX-License-Identifier: Apache-2.0
// isere run: one function behind an HTTP server, until the process is asked to stop.
#include <string.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/default_handler.h"
#include "cli/output.h"
#include "functions/platform.h"
#include "port/host.h"

#define DEFAULT_FILE "js/handler.js"

typedef struct {
  isere_options_t *options;
  isere_function_t function;
  isere_platform_t platform;
  int worker; // number of this process
} run_t;

// Too large for a stack; there is one.
static run_t run;

// "handler" of "js/handler.js".
static const char *name_of(const char *path, char *out, size_t cap) {
  const char *slash = strrchr(path, '/');
  const char *start = slash == NULL ? path : slash + 1;
  const char *dot = strrchr(start, '.');
  size_t len = dot == NULL || dot == start ? strlen(start) : (size_t)(dot - start);
  len = len >= cap ? cap - 1 : len;
  memcpy(out, start, len);
  out[len] = '\0';
  return out;
}

static bool open_function(void) {
  static char name[64];
  isere_options_t *options = run.options;
  isere_span_t text = {0};
  isere_file_stamp_t stamp;
  if (options->file == NULL) {
    options->file = DEFAULT_FILE;
    if (isere_port_file_stamp(DEFAULT_FILE, &stamp) == ISERE_ERR_NOTFOUND) {
      text = isere_span((const char *)isere_js_handler, isere_js_handler_len);
    }
  }
  run.function = (isere_function_t){
      .name = name_of(options->file, name, sizeof(name)),
      .path = options->file,
      .env = options->env,
      .heap_bytes = options->heap_bytes,
      .timeout_ms = options->timeout_ms,
      .cpu_ms = options->cpu_ms,
      .dev = options->dev,
      .fresh = options->fresh,
  };
  const isere_err_t err = isere_function_open(&run.function, text);
  if (err != ISERE_OK) {
    isere_cli_error("cannot read %s: %s", options->file, isere_err_text(err));
    return false;
  }
  return true;
}

static void explain_listen(isere_err_t err) {
  const isere_options_t *options = run.options;
  const char *advice = err == ISERE_ERR_ADDRINUSE
                           ? "; another process listens there: choose another with --port"
                       : err == ISERE_ERR_ACCES ? "; ports below 1024 need a privilege"
                       : err == ISERE_ERR_INVAL ? "; --host takes an address of this machine"
                                                : "";
  isere_cli_error("cannot listen on %s port %u: %s%s", options->host, options->port,
                  isere_err_text(err), advice);
}

// "localhost" is both 127.0.0.1 and ::1, where the machine has IPv6.
static isere_err_t listen_on(const char *host, uint16_t port) {
  if (strcmp(host, "localhost") != 0) {
    return isere_http_server_listen(run.platform.server, host, port);
  }
  const isere_err_t err = isere_http_server_listen(run.platform.server, "127.0.0.1", port);
  if (err == ISERE_OK) {
    (void)isere_http_server_listen(run.platform.server, "::1",
                                   isere_http_server_port(run.platform.server));
  }
  return err;
}

static void on_stopped(void *arg) {
  (void)arg;
  isere_log(ISERE_LOG_INFO, "isere", "stopped");
  isere_port_host_end(0);
}

static void on_stop(void *arg, int count) {
  (void)arg;
  if (count == 1) {
    isere_log(ISERE_LOG_INFO, "isere", "stopping: requests in flight may finish");
    isere_platform_stop(&run.platform, on_stopped, NULL);
  } else {
    isere_log(ISERE_LOG_WARN, "isere", "stopping at once");
    isere_port_host_exit(130);
  }
}

static void start(void *arg) {
  (void)arg;
  const isere_options_t *options = run.options;
  const isere_platform_config_t config = {
      .function = &run.function,
      .conns_max = options->conns_max,
      .idle_ms = options->idle_ms,
      .head_ms = options->head_ms,
      .invocations_max = options->invocations_max,
  };
  isere_err_t err = isere_platform_open(&run.platform, &config);
  if (err != ISERE_OK) {
    isere_cli_error("cannot start: %s", isere_err_text(err));
    isere_port_host_end(1);
    return;
  }
  err = listen_on(options->host, options->port);
  if (err != ISERE_OK) {
    explain_listen(err);
    isere_port_host_end(1);
    return;
  }
  const bool is_v6 = strchr(options->host, ':') != NULL;
  isere_log(ISERE_LOG_INFO, "isere", "listening on http://%s%s%s:%u", is_v6 ? "[" : "",
            options->host, is_v6 ? "]" : "", isere_http_server_port(run.platform.server));
}

int isere_cli_run(isere_options_t *options) {
  run.options = options;
  const isere_log_level_t dev_level = options->dev ? ISERE_LOG_DEBUG : ISERE_LOG_INFO;
  isere_port_host_log(options->log_json, options->has_log_level ? options->log_level : dev_level);
  if (!open_function()) {
    return 1;
  }
  if (options->workers > 1) {
    const isere_err_t err =
        isere_port_host_split(options->workers, options->host, &options->port, &run.worker);
    if (err != ISERE_OK) {
      explain_listen(err);
      return 1;
    }
  }
  isere_port_host_on_stop(on_stop, NULL);
  isere_platform_init(&run.platform);
  const int status = isere_port_host_run(&run.platform.loop, start, NULL);
  isere_function_close(&run.function);
  return status;
}
