// SPDX-License-Identifier: Apache-2.0
// What an invocation knows of itself.
#include "functions/invocation.h"

#include <FreeRTOS.h>
#include <string.h>
#include <task.h>

#include "port/clock.h"
#include "port/random.h"

isere_span_t isere_invocation_request_id(isere_invocation_t *invocation) {
  static const char digits[] = "0123456789abcdef";
  if (!invocation->has_request_id) {
    unsigned char bytes[16];
    isere_port_random_fill(bytes, sizeof(bytes));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); // version 4
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); // variant
    char id[ISERE_REQUEST_ID_CHARS];
    char *out = id;
    for (size_t i = 0; i < sizeof(bytes); i++) {
      if (i == 4 || i == 6 || i == 8 || i == 10) {
        *out++ = '-';
      }
      *out++ = digits[bytes[i] >> 4];
      *out++ = digits[bytes[i] & 15];
    }
    // The io task may want it while the worker makes it: the first one made is the request's.
    taskENTER_CRITICAL();
    if (!invocation->has_request_id) {
      memcpy(invocation->request_id, id, sizeof(id));
      invocation->has_request_id = true;
    }
    taskEXIT_CRITICAL();
  }
  return isere_span(invocation->request_id, ISERE_REQUEST_ID_CHARS);
}

uint32_t isere_invocation_remaining_ms(const isere_invocation_t *invocation) {
  const uint64_t deadline_ms = invocation->start_ms + invocation->function->timeout_ms;
  const uint64_t now_ms = isere_port_clock_now_ms();
  return now_ms >= deadline_ms ? 0 : (uint32_t)(deadline_ms - now_ms);
}
