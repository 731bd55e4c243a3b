// SPDX-License-Identifier: Apache-2.0
// port/clock.h over the microsecond counter of the FPGA's I/O block (DAI 0385), 32 bits that the
// tick extends to 64.
#include "clock.h"

#include <FreeRTOS.h>
#include <task.h>

#include "board.h"
#include "port/clock.h"
#include "registers.h"
#include "semihosting.h"

#define FPGAIO_COUNTER REGISTER(BOARD_FPGAIO_BASE + 0x18u)
#define FPGAIO_PRESCALE REGISTER(BOARD_FPGAIO_BASE + 0x1cu)

// The board has no clock that keeps time when it is off. Until it is told the time, it counts from
// here.
#define UNIX_MS_UNKNOWN 0

static struct {
  uint32_t last;
  uint32_t wraps;
  uint64_t unix_start_ms; // at clock 0
} now;

volatile uint32_t isere_board_switched_in_us;
volatile uint32_t isere_board_before_us;

void isere_clock_init(void) {
  uint32_t seconds;
  FPGAIO_PRESCALE = BOARD_CLOCK_HZ / 1000000u - 1u;
  FPGAIO_COUNTER = 0;
  now.unix_start_ms =
      isere_semihosting_time(&seconds) ? (uint64_t)seconds * 1000u : UNIX_MS_UNKNOWN;
}

uint64_t isere_port_clock_now_us(void) {
  const uint32_t mask = portSET_INTERRUPT_MASK_FROM_ISR();
  const uint32_t low = FPGAIO_COUNTER;
  if (low < now.last) {
    now.wraps++;
  }
  now.last = low;
  const uint32_t high = now.wraps;
  portCLEAR_INTERRUPT_MASK_FROM_ISR(mask);
  return (uint64_t)high << 32 | low;
}

uint64_t isere_port_clock_now_ms(void) {
  return isere_port_clock_now_us() / 1000u;
}

uint64_t isere_port_clock_unix_ms(void) {
  return now.unix_start_ms + isere_port_clock_now_ms();
}

uint32_t isere_board_run_time_us(void) {
  return FPGAIO_COUNTER;
}

// The kernel counts a task's time in 32 bits, whose rounds the task keeps itself.
uint64_t isere_port_clock_task_us(void) {
  uint32_t switched_in_us;
  uint32_t used_us;
  do {
    switched_in_us = isere_board_switched_in_us;
    used_us = isere_board_before_us + (FPGAIO_COUNTER - switched_in_us);
  } while (switched_in_us != isere_board_switched_in_us); // another task ran in between
  uintptr_t rounds = (uintptr_t)pvTaskGetThreadLocalStoragePointer(NULL, 0);
  if (used_us < (uintptr_t)pvTaskGetThreadLocalStoragePointer(NULL, 1)) {
    vTaskSetThreadLocalStoragePointer(NULL, 0, (void *)++rounds);
  }
  vTaskSetThreadLocalStoragePointer(NULL, 1, (void *)(uintptr_t)used_us);
  return (uint64_t)rounds << 32 | used_us;
}

void vApplicationTickHook(void);
void vApplicationTickHook(void) {
  // Once in each of the counter's rounds of 71 minutes would do.
  if ((xTaskGetTickCountFromISR() & 0xffffu) == 0) {
    (void)isere_port_clock_now_us();
  }
}
