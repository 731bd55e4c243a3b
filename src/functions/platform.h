// SPDX-License-Identifier: Apache-2.0
// A function behind an HTTP server: what every program of isère puts together, on a host and on a
// board.
#pragma once

#include <stdint.h>

#include "base/limits.h"
#include "functions/dispatcher.h"
#include "functions/function.h"
#include "http/server.h"
#include "loop/loop.h"

// Each invocation may have two messages on their way, and some are the server's own.
#define ISERE_PLATFORM_MESSAGES_MAX (2 * ISERE_INVOCATIONS_MAX + 64)

// 0 means the limit of base/limits.h.
typedef struct {
  isere_function_t *function; // opened; the caller keeps it
  uint32_t conns_max;
  uint32_t idle_ms;
  uint32_t head_ms;
  uint32_t invocations_max;
} isere_platform_config_t;

// The caller's storage; `loop` and `server` are public.
typedef struct {
  isere_loop_t loop; // the io task's
  isere_message_t messages[ISERE_PLATFORM_MESSAGES_MAX];
  isere_http_server_t *server;
  isere_dispatcher_t dispatcher;
  void (*on_stopped)(void *arg);
  void *on_stopped_arg;
} isere_platform_t;

// Makes the loop. Before the kernel runs.
void isere_platform_init(isere_platform_t *platform);

// Makes the server, which does not listen yet, and the dispatcher with its first worker. From the
// io task. Returns ISERE_ERR_NOMEM.
isere_err_t isere_platform_open(isere_platform_t *platform, const isere_platform_config_t *config);

// Stops listening, lets the requests in flight finish, ends the workers, closes the server; then
// calls `on_stopped` in the io task. From the io task.
void isere_platform_stop(isere_platform_t *platform, void (*on_stopped)(void *arg), void *arg);
