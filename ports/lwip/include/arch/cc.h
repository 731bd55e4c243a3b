// SPDX-License-Identifier: Apache-2.0
// What lwIP wants to know of the compiler and the system.
#pragma once

#include <stdint.h>
#include <stdlib.h>

uint32_t isere_lwip_random(void);
#define LWIP_RAND() isere_lwip_random()

void isere_lwip_failed(const char *text, const char *file, int line) __attribute__((noreturn));
#define LWIP_PLATFORM_ASSERT(text) isere_lwip_failed(text, __FILE__, __LINE__)
#define LWIP_PLATFORM_DIAG(arguments) (void)0
