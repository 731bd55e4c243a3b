// SPDX-License-Identifier: Apache-2.0
// Puts the server and the dispatcher together, and takes them apart again.
#include "functions/platform.h"

void isere_platform_init(isere_platform_t *platform) {
  isere_loop_init(&platform->loop, platform->messages, ISERE_PLATFORM_MESSAGES_MAX);
}

isere_err_t isere_platform_open(isere_platform_t *platform, const isere_platform_config_t *config) {
  const isere_http_server_config_t server_config = {
      .arg = &platform->dispatcher,
      .on_request = isere_dispatcher_on_request,
      .on_cancel = isere_dispatcher_on_cancel,
      .conns_max = config->conns_max,
      .idle_ms = config->idle_ms,
      .head_ms = config->head_ms,
  };
  isere_err_t err = isere_http_server_open(&server_config, &platform->loop, &platform->server);
  if (err != ISERE_OK) {
    return err;
  }
  err = isere_dispatcher_init(&platform->dispatcher, &platform->loop, config->function,
                              config->invocations_max);
  if (err != ISERE_OK) {
    isere_http_server_close(platform->server);
    return err;
  }
  platform->dispatcher.server = platform->server;
  return ISERE_OK;
}

static void on_workers_stopped(void *arg) {
  isere_platform_t *platform = arg;
  isere_http_server_close(platform->server);
  platform->on_stopped(platform->on_stopped_arg);
}

static void on_drained(void *arg) {
  isere_platform_t *platform = arg;
  isere_dispatcher_stop(&platform->dispatcher, on_workers_stopped, platform);
}

void isere_platform_stop(isere_platform_t *platform, void (*on_stopped)(void *arg), void *arg) {
  platform->on_stopped = on_stopped;
  platform->on_stopped_arg = arg;
  isere_http_server_drain(platform->server, on_drained, platform);
}
