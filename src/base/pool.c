// SPDX-License-Identifier: Apache-2.0
// The pool: a free list, and behind it the blocks that were never given.
#include "base/pool.h"

#include <assert.h>
#include <string.h>

void isere_pool_init(isere_pool_t *pool, void *storage, size_t block_bytes, size_t block_count) {
  assert(block_bytes >= sizeof(void *) && block_bytes % sizeof(void *) == 0);
  *pool = (isere_pool_t){
      .storage = storage,
      .block_bytes = block_bytes,
      .block_count = block_count,
  };
}

void *isere_pool_take(isere_pool_t *pool) {
  void *block = pool->free;
  if (block != NULL) {
    memcpy(&pool->free, block, sizeof(pool->free));
  } else if (pool->fresh < pool->block_count) {
    block = pool->storage + pool->fresh * pool->block_bytes;
    pool->fresh++;
  } else {
    return NULL;
  }
  pool->used++;
  if (pool->used > pool->used_max) {
    pool->used_max = pool->used;
  }
  return block;
}

void isere_pool_give(isere_pool_t *pool, void *block) {
  assert(pool->used > 0);
  assert((uint8_t *)block >= pool->storage);
  assert(((size_t)((uint8_t *)block - pool->storage)) % pool->block_bytes == 0);
  assert(((size_t)((uint8_t *)block - pool->storage)) / pool->block_bytes < pool->fresh);
  memcpy(block, &pool->free, sizeof(pool->free));
  pool->free = block;
  pool->used--;
}
