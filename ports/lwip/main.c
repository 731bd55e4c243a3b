// SPDX-License-Identifier: Apache-2.0
// The firmware of a board: one function, embedded in the image, behind the HTTP server.
#include "firmware.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "build_config.h"
#include "functions/platform.h"
#include "lwip_io.h"

#define HTTP_PORT 8080

extern const uint8_t isere_js_handler[];
extern const size_t isere_js_handler_len;

static isere_function_t function = {
    .name = "handler",
    .path = "handler.js",
    .heap_bytes = ISERE_INSTANCE_HEAP_BYTES,
    .timeout_ms = ISERE_INVOCATION_MS_MAX,
    .cpu_ms = ISERE_INVOCATION_CPU_MS_MAX,
};

static isere_platform_t platform;

static void start(void *arg) {
  (void)arg;
  const isere_platform_config_t config = {.function = &function};
  isere_err_t err = isere_platform_open(&platform, &config);
  if (err == ISERE_OK) {
    err = isere_http_server_listen(platform.server, "0.0.0.0", HTTP_PORT);
  }
  if (err != ISERE_OK) {
    isere_log(ISERE_LOG_ERROR, "isere", "cannot start: %s", isere_err_text(err));
    assert(err == ISERE_OK); // the image does not fit its board: nothing else to do
  }
  isere_log(ISERE_LOG_INFO, "isere", "listening on port %d", HTTP_PORT);
}

void isere_firmware_run(void) {
  isere_log(ISERE_LOG_INFO, "isere", "isère %s on %s", ISERE_VERSION, ISERE_TARGET_PLATFORM);
  const isere_err_t err = isere_function_open(
      &function, isere_span((const char *)isere_js_handler, isere_js_handler_len));
  assert(err == ISERE_OK);
  (void)err;
  isere_platform_init(&platform);
  isere_lwip_run(&platform.loop, start, NULL);
}
