// SPDX-License-Identifier: Apache-2.0
// What the emulator offers beyond the board (Arm's semihosting): ending it, its time, its random
// bytes. On hardware without a debugger each call is refused.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Ends the emulator with `status`; returns when there is none.
void isere_semihosting_exit(int status);

// Seconds since 1970; false when there is none to ask.
bool isere_semihosting_time(uint32_t *out);

// Reads the start of a file of the machine that runs the emulator. Returns false when that fails.
bool isere_semihosting_read(const char *path, void *out, size_t len);

// Makes a semihosting call that has faulted return -1. False: *pc stands at no such call.
bool isere_semihosting_skip(uint32_t *pc, uint32_t *r0);
