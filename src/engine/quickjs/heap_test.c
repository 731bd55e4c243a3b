// SPDX-License-Identifier: Apache-2.0
// Tests of the heap: random use against a model, limits, alignment, and that everything goes back.
#include "engine/quickjs/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOTS 2000

typedef struct {
  uint8_t *block;
  size_t bytes;
  uint8_t fill;
} slot_t;

static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525U + 1013904223U;
  return *seed >> 8;
}

// Mostly small, sometimes large, seldom with a mapping of its own.
static size_t random_bytes(uint32_t *seed) {
  const uint32_t kind = next_random(seed) % 1000;
  if (kind < 900) {
    return next_random(seed) % 300 + 1;
  }
  if (kind < 990) {
    return next_random(seed) % 9000 + 1;
  }
  return next_random(seed) % (kind < 999 ? 100000 : 1500000) + 1;
}

static void check(const slot_t *slot) {
  for (size_t i = 0; i < slot->bytes; i++) {
    if (slot->block[i] != slot->fill) {
      fail_msg("byte %zu of a block of %zu bytes has changed", i, slot->bytes);
    }
  }
}

static void fill(slot_t *slot, uint32_t *seed) {
  assert_int_equal((uintptr_t)slot->block % ISERE_HEAP_ALIGN, 0);
  assert_true(isere_heap_usable_size(slot->block) >= slot->bytes);
  slot->bytes = isere_heap_usable_size(slot->block); // all of it may be used
  slot->fill = (uint8_t)next_random(seed);
  memset(slot->block, slot->fill, slot->bytes);
}

static size_t model_used(const slot_t *slots) {
  size_t used = 0;
  for (int i = 0; i < SLOTS; i++) {
    used += slots[i].block == NULL ? 0 : isere_heap_usable_size(slots[i].block);
  }
  return used;
}

static void random_use(void **state) {
  (void)state;
  isere_heap_t heap;
  isere_heap_init(&heap, SIZE_MAX / 2, 0);
  slot_t *slots = calloc(SLOTS, sizeof(*slots));
  assert_non_null(slots);
  uint32_t seed = 1;
  for (int step = 0; step < 60000; step++) {
    slot_t *slot = &slots[next_random(&seed) % (step < 30000 ? SLOTS : SLOTS / 10)];
    const size_t bytes = random_bytes(&seed);
    if (slot->block == NULL) {
      slot->block = isere_heap_alloc(&heap, bytes);
      slot->bytes = bytes;
      assert_non_null(slot->block);
      fill(slot, &seed);
    } else if (next_random(&seed) % 4 == 0) {
      slot_t moved = *slot;
      moved.block = isere_heap_realloc(&heap, slot->block, bytes);
      assert_non_null(moved.block);
      moved.bytes = bytes < slot->bytes ? bytes : slot->bytes;
      check(&moved);
      moved.bytes = bytes;
      *slot = moved;
      fill(slot, &seed);
    } else {
      check(slot);
      isere_heap_free(&heap, slot->block);
      slot->block = NULL;
    }
    if (step % 10000 == 0) {
      assert_int_equal(heap.used_bytes, model_used(slots));
      assert_true(isere_heap_peak(&heap) >= heap.used_bytes);
    }
  }
  for (int i = 0; i < SLOTS; i++) {
    if (slots[i].block != NULL) {
      check(&slots[i]);
      isere_heap_free(&heap, slots[i].block);
    }
  }
  assert_int_equal(heap.used_bytes, 0);
  assert_null(heap.mapped);
  assert_false(heap.is_refused);
  // At most one page for each class is kept.
  assert_true(heap.page_bytes <= ISERE_HEAP_CLASSES_MAX * ISERE_HEAP_PAGE_BYTES);
  isere_heap_deinit(&heap);
  free(slots);
}

// Every size class, to the byte: neighbours do not overlap.
static void every_size(void **state) {
  (void)state;
  isere_heap_t heap;
  isere_heap_init(&heap, SIZE_MAX / 2, 0);
  for (size_t bytes = 1; bytes <= ISERE_HEAP_PAGE_BYTES * 2; bytes += bytes < 300 ? 1 : 37) {
    uint8_t *blocks[3];
    for (int i = 0; i < 3; i++) {
      blocks[i] = isere_heap_alloc(&heap, bytes);
      assert_non_null(blocks[i]);
      assert_int_equal((uintptr_t)blocks[i] % ISERE_HEAP_ALIGN, 0);
      const size_t usable = isere_heap_usable_size(blocks[i]);
      assert_in_range(usable, bytes, bytes + 8 + bytes / 4);
      memset(blocks[i], i + 1, usable);
    }
    for (int i = 0; i < 3; i++) {
      const slot_t slot = {blocks[i], isere_heap_usable_size(blocks[i]), (uint8_t)(i + 1)};
      check(&slot);
    }
    for (int i = 0; i < 3; i++) {
      isere_heap_free(&heap, blocks[i]);
    }
  }
  assert_int_equal(heap.used_bytes, 0);
  isere_heap_deinit(&heap);
}

static void limit(void **state) {
  (void)state;
  isere_heap_t heap;
  const size_t limit_bytes = 300000;
  isere_heap_init(&heap, limit_bytes, 0);
  assert_null(isere_heap_alloc(&heap, limit_bytes + 1));
  assert_true(heap.is_refused);
  assert_null(isere_heap_alloc(&heap, SIZE_MAX));
  assert_null(isere_heap_alloc(&heap, SIZE_MAX - 100));
  assert_null(isere_heap_alloc(&heap, SIZE_MAX / 2 + 1));
  assert_int_equal(heap.used_bytes, 0);
  heap.is_refused = false;
  static const size_t sizes[] = {8, 24, 72, 500, 4000, 5000, 70000};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    void *last = NULL;
    size_t usable = 0;
    for (void *block; (block = isere_heap_alloc(&heap, sizes[i])) != NULL; last = block) {
      usable = isere_heap_usable_size(block);
      memcpy(block, &last, sizeof(last));
      assert_true(heap.used_bytes <= limit_bytes);
    }
    assert_non_null(last);
    // Refused only when it was full but for less than one more block.
    assert_true(heap.used_bytes + usable > limit_bytes);
    assert_true(heap.is_refused);
    // A block that cannot grow stays as it is; one that shrinks always can.
    assert_null(isere_heap_realloc(&heap, last, limit_bytes));
    heap.is_refused = false;
    assert_non_null(isere_heap_realloc(&heap, last, sizes[i]));
    while (last != NULL) {
      void *before;
      memcpy(&before, last, sizeof(before));
      isere_heap_free(&heap, last);
      last = before;
    }
    assert_int_equal(heap.used_bytes, 0);
  }
  isere_heap_deinit(&heap);
}

static void reserve(void **state) {
  (void)state;
  isere_heap_t heap;
  isere_heap_init(&heap, 100000, 8000);
  assert_null(isere_heap_alloc(&heap, 95000));
  assert_true(heap.is_refused);
  assert_false(heap.is_exhausted); // there is plenty for the error
  isere_heap_deinit(&heap);
  isere_heap_init(&heap, 100000, 8000);
  for (size_t used = 0; used + 1000 <= 92000; used += 1024) {
    assert_non_null(isere_heap_alloc(&heap, 1000));
  }
  assert_false(heap.is_refused);
  assert_null(isere_heap_alloc(&heap, 1000));
  assert_true(heap.is_refused);
  assert_false(heap.is_exhausted);
  int more = 0;
  while (isere_heap_alloc(&heap, 100) != NULL) {
    more++;
  }
  assert_in_range(more, 8000 / 104 - 10, 9000 / 104);
  assert_true(heap.is_exhausted);
  assert_true(heap.used_bytes <= 100000);
  isere_heap_deinit(&heap);
}

static void limit_moves(void **state) {
  (void)state;
  isere_heap_t heap;
  isere_heap_init(&heap, 100000, 0);
  void *block = isere_heap_alloc(&heap, 60000);
  assert_non_null(block);
  isere_heap_set_limit(&heap, 10000);
  assert_null(isere_heap_alloc(&heap, 8));
  block = isere_heap_realloc(&heap, block, 5000);
  assert_non_null(block);
  void *small = isere_heap_alloc(&heap, 8);
  assert_non_null(small);
  isere_heap_set_limit(&heap, 200000);
  void *large = isere_heap_alloc(&heap, 150000);
  assert_non_null(large);
  assert_true(isere_heap_peak(&heap) >= 155008);
  isere_heap_deinit(&heap); // with blocks in use
}

// Growing block by block stays in place while the pages behind it are free.
static void growth_in_place(void **state) {
  (void)state;
  isere_heap_t heap;
  isere_heap_init(&heap, SIZE_MAX / 2, 0);
  uint8_t *block = isere_heap_alloc(&heap, ISERE_HEAP_PAGE_BYTES);
  assert_non_null(block);
  memset(block, 7, ISERE_HEAP_PAGE_BYTES);
  for (size_t pages = 2; pages < 60; pages++) {
    assert_ptr_equal(isere_heap_realloc(&heap, block, pages * ISERE_HEAP_PAGE_BYTES), block);
    assert_int_equal(heap.used_bytes, pages * ISERE_HEAP_PAGE_BYTES);
  }
  uint8_t *moved = isere_heap_realloc(&heap, block, 80 * ISERE_HEAP_PAGE_BYTES);
  assert_non_null(moved);
  const slot_t slot = {moved, ISERE_HEAP_PAGE_BYTES, 7};
  check(&slot);
  isere_heap_free(&heap, moved);
  assert_int_equal(heap.used_bytes, 0);
  assert_int_equal(heap.page_bytes, 0);
  isere_heap_deinit(&heap);
}

static void count_growth(void *arg) {
  (*(int *)arg)++;
}

static void growth_is_told(void **state) {
  (void)state;
  isere_heap_t heap;
  int grown = 0;
  isere_heap_init(&heap, SIZE_MAX / 2, 0);
  heap.on_growth = count_growth;
  heap.growth_arg = &grown;
  void *first = isere_heap_alloc(&heap, 100);
  assert_int_equal(grown, 1);
  void *second = isere_heap_alloc(&heap, 100);
  assert_int_equal(grown, 1);
  void *large = isere_heap_alloc(&heap, ISERE_HEAP_PIECE_BYTES * 2);
  assert_int_equal(grown, 2);
  isere_heap_free(&heap, large);
  isere_heap_free(&heap, second);
  isere_heap_free(&heap, first);
  isere_heap_deinit(&heap);
}

int isere_test_engine_quickjs_heap(void);

int isere_test_engine_quickjs_heap(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_use),     cmocka_unit_test(every_size),
      cmocka_unit_test(limit),          cmocka_unit_test(reserve),
      cmocka_unit_test(limit_moves),    cmocka_unit_test(growth_in_place),
      cmocka_unit_test(growth_is_told),
  };
  return cmocka_run_group_tests_name("engine/quickjs/heap", tests, NULL, NULL);
}
