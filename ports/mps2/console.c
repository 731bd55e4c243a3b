// SPDX-License-Identifier: Apache-2.0
// The console: a CMSDK UART (DDI 0479), polled, and log lines on it.
#include "console.h"

#include <FreeRTOS.h>
#include <semphr.h>
#include <stdio.h>
#include <task.h>

#include "board.h"
#include "port/clock.h"
#include "registers.h"

#define UART_DATA REGISTER(BOARD_UART_BASE)
#define UART_STATE REGISTER(BOARD_UART_BASE + 0x04u)
#define UART_CTRL REGISTER(BOARD_UART_BASE + 0x08u)
#define UART_BAUDDIV REGISTER(BOARD_UART_BASE + 0x10u)
#define STATE_TX_FULL 1u
#define CTRL_TX_ENABLE 1u
#define BAUD 115200u

static struct {
  SemaphoreHandle_t mutex;
  StaticSemaphore_t mutex_storage;
} console;

void isere_console_init(void) {
  UART_BAUDDIV = BOARD_CLOCK_HZ / BAUD; // at least 16
  UART_CTRL = CTRL_TX_ENABLE;
  console.mutex = xSemaphoreCreateMutexStatic(&console.mutex_storage);
}

static void put(char c) {
  while ((UART_STATE & STATE_TX_FULL) != 0) {}
  UART_DATA = (uint8_t)c;
}

static void put_span(isere_span_t text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\n') {
      put('\r');
    }
    put(text.ptr[i]);
  }
}

static bool lock(void) {
  return xTaskGetSchedulerState() == taskSCHEDULER_RUNNING &&
         xSemaphoreTake(console.mutex, portMAX_DELAY) == pdTRUE;
}

static void unlock(bool is_locked) {
  if (is_locked) {
    (void)xSemaphoreGive(console.mutex);
  }
}

void isere_console_write(isere_span_t text) {
  const bool is_locked = lock();
  put_span(text);
  unlock(is_locked);
}

void isere_console_write_now(const char *text) {
  put_span(isere_span_of(text));
}

// ---- Log ----

// Further lines of an event stand under its first; other control characters cannot reach the
// terminal.
static void put_event_text(isere_span_t text) {
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c == '\n') {
      put_span(ISERE_SPAN("\n    "));
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      char escaped[8];
      snprintf(escaped, sizeof(escaped), "\\x%02x", c);
      put_span(isere_span_of(escaped));
    } else {
      put((char)c);
    }
  }
}

static void write_event(void *arg, const isere_log_event_t *event) {
  static const char *const names[] = {"ERROR", "WARN ", "INFO ", "DEBUG"};
  (void)arg;
  char head[40];
  const uint64_t now_ms = isere_port_clock_now_ms(); // since the start
  snprintf(head, sizeof(head), "%6lu.%03u %s ", (unsigned long)(now_ms / 1000),
           (unsigned)(now_ms % 1000), names[event->level]);
  const bool is_locked = lock();
  put_span(isere_span_of(head));
  put_span(isere_span_of(event->tag));
  if (event->request_id.len > 0) {
    put_span(ISERE_SPAN(" ["));
    put_span(event->request_id);
    put_span(ISERE_SPAN("]"));
  }
  put(' ');
  put_event_text(event->text);
  put_span(ISERE_SPAN("\n"));
  unlock(is_locked);
}

void isere_console_log(isere_log_level_t level) {
  isere_log_init(write_event, NULL, level);
}
