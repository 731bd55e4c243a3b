// SPDX-License-Identifier: Apache-2.0
// port/clock.h: a clock that stands still until a test moves it.
#include "port/clock.h"

#include "fake.h"

static uint64_t now_ms = 1000;
static uint64_t unix_ms = 784111777000; // Sun, 06 Nov 1994 08:49:37 GMT

void isere_fake_clock_set_unix_ms(uint64_t ms) {
  unix_ms = ms;
}

void isere_fake_clock_advance_ms(uint64_t ms) {
  now_ms += ms;
  unix_ms += ms;
}

uint64_t isere_port_clock_now_ms(void) {
  return now_ms;
}

uint64_t isere_port_clock_now_us(void) {
  return now_ms * 1000;
}

uint64_t isere_port_clock_task_us(void) {
  return isere_port_clock_now_us();
}

uint64_t isere_port_clock_unix_ms(void) {
  return unix_ms;
}
