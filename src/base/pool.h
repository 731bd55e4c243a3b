// SPDX-License-Identifier: Apache-2.0
// A pool of blocks of one size: O(1), no fragmentation. The last block freed is the next one given,
// so its memory is warm.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

// One owner task; a pool takes no lock. Fields are private to pool.c but for the statistics.
typedef struct {
  uint8_t *storage;
  size_t block_bytes;
  size_t block_count;
  void *free;      // freed blocks, linked through their first word
  size_t fresh;    // blocks [fresh, block_count) were never given: their memory was never touched
  size_t used;     // blocks given now
  size_t used_max; // most blocks ever given at once
} isere_pool_t;

// Makes a pool over `storage`, which the caller owns and keeps: block_count * block_bytes bytes,
// aligned for any type. block_bytes is a multiple of sizeof(void *). Touches no block.
void isere_pool_init(isere_pool_t *pool, void *storage, size_t block_bytes, size_t block_count);

// Returns a block, its content undefined; NULL when all are given.
void *isere_pool_take(isere_pool_t *pool);

// Gives back a block that came from this pool.
void isere_pool_give(isere_pool_t *pool, void *block);
