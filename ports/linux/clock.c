// SPDX-License-Identifier: Apache-2.0
// port/clock.h over clock_gettime(2), which on Linux needs no system call.
#include "port/clock.h"

#include <time.h>

static uint64_t now_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t isere_port_clock_now_ms(void) {
  return now_ns(CLOCK_MONOTONIC) / 1000000u;
}

uint64_t isere_port_clock_now_us(void) {
  return now_ns(CLOCK_MONOTONIC) / 1000u;
}

uint64_t isere_port_clock_task_us(void) {
  return isere_port_clock_now_us();  // the kernel is cooperative
}

uint64_t isere_port_clock_unix_ms(void) {
  return now_ns(CLOCK_REALTIME) / 1000000u;
}
