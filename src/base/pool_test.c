// SPDX-License-Identifier: Apache-2.0
// The pool gives each block once, the warm one first, and counts.
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// cmocka.h needs those above.
#include <cmocka.h>

int isere_test_base_pool(void);

enum { BLOCKS = 4, BLOCK_BYTES = 64 };

static _Alignas(max_align_t) uint8_t storage[BLOCKS * BLOCK_BYTES];

static void test_gives_each_block_once(void **state) {
  (void)state;
  isere_pool_t pool;
  isere_pool_init(&pool, storage, BLOCK_BYTES, BLOCKS);
  void *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    blocks[i] = isere_pool_take(&pool);
    assert_non_null(blocks[i]);
    assert_true((uint8_t *)blocks[i] >= storage);
    assert_true((uint8_t *)blocks[i] + BLOCK_BYTES <= storage + sizeof(storage));
    for (int k = 0; k < i; k++) {
      assert_ptr_not_equal(blocks[i], blocks[k]);
    }
    memset(blocks[i], i, BLOCK_BYTES); // all of it may be written
  }
  assert_null(isere_pool_take(&pool));
  assert_int_equal(pool.used, BLOCKS);
  for (int i = 0; i < BLOCKS; i++) {
    isere_pool_give(&pool, blocks[i]);
  }
  assert_int_equal(pool.used, 0);
  assert_int_equal(pool.used_max, BLOCKS);
}

static void test_last_freed_is_next_given(void **state) {
  (void)state;
  isere_pool_t pool;
  isere_pool_init(&pool, storage, BLOCK_BYTES, BLOCKS);
  void *a = isere_pool_take(&pool);
  void *b = isere_pool_take(&pool);
  isere_pool_give(&pool, a);
  isere_pool_give(&pool, b);
  assert_ptr_equal(isere_pool_take(&pool), b);
  assert_ptr_equal(isere_pool_take(&pool), a);
  assert_int_equal(pool.used_max, 2);
}

static void test_blocks_not_given_are_not_touched(void **state) {
  (void)state;
  memset(storage, 0x5a, sizeof(storage));
  isere_pool_t pool;
  isere_pool_init(&pool, storage, BLOCK_BYTES, BLOCKS);
  for (int i = 0; i < 10; i++) {
    isere_pool_give(&pool, isere_pool_take(&pool));
  }
  for (size_t i = BLOCK_BYTES; i < sizeof(storage); i++) {
    assert_int_equal(storage[i], 0x5a);
  }
}

static void test_empty_pool(void **state) {
  (void)state;
  isere_pool_t pool;
  isere_pool_init(&pool, storage, BLOCK_BYTES, 0);
  assert_null(isere_pool_take(&pool));
  assert_int_equal(pool.used, 0);
}

int isere_test_base_pool(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gives_each_block_once),
      cmocka_unit_test(test_last_freed_is_next_given),
      cmocka_unit_test(test_blocks_not_given_are_not_touched),
      cmocka_unit_test(test_empty_pool),
  };
  return cmocka_run_group_tests_name("base/pool", tests, NULL, NULL);
}
