// SPDX-License-Identifier: Apache-2.0
// port/memory.h and port/stack.h: pieces of the RAM that static data leaves, in pages of 1 KB, the
// lowest fit first.
#include "port/memory.h"

#include <FreeRTOS.h>
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <task.h>

#include "memory_mps2.h"
#include "port/stack.h"

#define PAGE_BYTES ((size_t)1024)
#define PAGES_MAX 520

extern uint8_t isere_arena_start[];
extern uint8_t isere_arena_end[];

static struct {
  uint8_t taken[PAGES_MAX];
  isere_memory_stats_t stats;
} arena;

static size_t page_count(void) {
  const size_t count = (size_t)(isere_arena_end - isere_arena_start) / PAGE_BYTES;
  return count < PAGES_MAX ? count : PAGES_MAX;
}

static uint8_t *page_at(size_t index) {
  return isere_arena_start + index * PAGE_BYTES;
}

// The first page of the lowest free run of `count` pages whose address is a multiple of `align`;
// PAGES_MAX when there is none.
static size_t find_run(size_t count, size_t align) {
  const size_t end = page_count();
  size_t first = 0;
  size_t i = 0;
  while (first + count <= end) {
    if ((uintptr_t)page_at(first) % align != 0) {
      first++;
      i = first;
    } else if (arena.taken[i] != 0) {
      first = i + 1;
      i = first;
    } else if (++i == first + count) {
      return first;
    }
  }
  return PAGES_MAX;
}

void *isere_port_memory_map(size_t bytes, size_t align) {
  assert(bytes > 0 && (align & (align - 1)) == 0);
  const size_t count = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
  vTaskSuspendAll();
  const size_t first = find_run(count, align);
  if (first < PAGES_MAX) {
    memset(&arena.taken[first], 1, count);
    arena.stats.used_bytes += count * PAGE_BYTES;
    if (arena.stats.used_bytes > arena.stats.peak_bytes) {
      arena.stats.peak_bytes = arena.stats.used_bytes;
    }
  } else {
    arena.stats.refused++;
  }
  (void)xTaskResumeAll();
  return first < PAGES_MAX ? memset(page_at(first), 0, count * PAGE_BYTES) : NULL;
}

void isere_port_memory_unmap(void *memory, size_t bytes) {
  const size_t count = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
  const size_t first = (size_t)((uint8_t *)memory - isere_arena_start) / PAGE_BYTES;
  vTaskSuspendAll();
  assert(first + count <= page_count() && arena.taken[first] != 0);
  memset(&arena.taken[first], 0, count);
  arena.stats.used_bytes -= count * PAGE_BYTES;
  (void)xTaskResumeAll();
}

void *isere_port_stack_new(size_t bytes) {
  // The kernel checks the end of each stack when it switches tasks.
  return isere_port_memory_map(bytes, PAGE_BYTES);
}

void isere_memory_stats(isere_memory_stats_t *out) {
  *out = arena.stats;
  out->total_bytes = page_count() * PAGE_BYTES;
}
