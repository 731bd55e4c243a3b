// SPDX-License-Identifier: Apache-2.0
// How much of the RAM that static data leaves is in use.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
  size_t total_bytes;
  size_t used_bytes;
  size_t peak_bytes;
  uint32_t refused;
} isere_memory_stats_t;

void isere_memory_stats(isere_memory_stats_t *out);
