// SPDX-License-Identifier: Apache-2.0
// Semihosting calls: BKPT 0xAB with the operation in r0 and its argument in r1.
#include "semihosting.h"

#include <string.h>

#define SYS_OPEN 0x01
#define SYS_CLOSE 0x02
#define SYS_READ 0x06
#define SYS_TIME 0x11
#define SYS_EXIT_EXTENDED 0x20
#define OPEN_READ_BINARY 1
#define STOPPED_APPLICATION_EXIT 0x20026u
#define BKPT_SEMIHOSTING 0xbeabu
#define CALL_BYTES_MAX 16 // of the function below

static __attribute__((noinline)) int32_t call(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return (int32_t)r0;
}

void isere_semihosting_exit(int status) {
  const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, (uint32_t)status};
  (void)call(SYS_EXIT_EXTENDED, block);
}

bool isere_semihosting_time(uint32_t *out) {
  const int32_t seconds = call(SYS_TIME, NULL);
  *out = (uint32_t)seconds;
  return seconds != -1;
}

bool isere_semihosting_read(const char *path, void *out, size_t len) {
  const uintptr_t open[3] = {(uintptr_t)path, OPEN_READ_BINARY, strlen(path)};
  const int32_t handle = call(SYS_OPEN, open);
  if (handle == -1) {
    return false;
  }
  const uintptr_t read[3] = {(uintptr_t)handle, (uintptr_t)out, len};
  const bool is_read = call(SYS_READ, read) == 0; // tells how many bytes are missing
  const uintptr_t close[1] = {(uintptr_t)handle};
  (void)call(SYS_CLOSE, close);
  return is_read;
}

bool isere_semihosting_skip(uint32_t *pc, uint32_t *r0) {
  const uintptr_t begin = (uintptr_t)&call & ~(uintptr_t)1;
  if (*pc < begin || *pc >= begin + CALL_BYTES_MAX ||
      *(const uint16_t *)(uintptr_t)*pc != BKPT_SEMIHOSTING) {
    return false;
  }
  *pc += 2;
  *r0 = UINT32_MAX;
  return true;
}
