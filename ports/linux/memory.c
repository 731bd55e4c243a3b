// SPDX-License-Identifier: Apache-2.0
// Memory pieces on Linux: anonymous mappings, whose pages exist once they are touched.
#include "port/memory.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

static void *map(size_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void *isere_port_memory_map(size_t bytes, size_t align) {
  assert(bytes > 0 && (align & (align - 1)) == 0);
  void *memory = map(bytes);
  if (memory == NULL || (uintptr_t)memory % align == 0) {
    return memory;
  }
  // The kernel puts mappings side by side, so this is needed once or twice: map more, and give back
  // both ends.
  munmap(memory, bytes);
  if (bytes > SIZE_MAX - align) {
    return NULL;
  }
  memory = map(bytes + align);
  if (memory == NULL) {
    return NULL;
  }
  const uintptr_t start = (uintptr_t)memory;
  const uintptr_t aligned = (start + align - 1) & ~(uintptr_t)(align - 1);
  const size_t before = aligned - start;
  const size_t after = align - before;
  if (before > 0) {
    munmap(memory, before);
  }
  if (after > 0) {
    munmap((void *)(aligned + bytes), after);
  }
  return (void *)aligned;
}

void isere_port_memory_unmap(void *memory, size_t bytes) {
  munmap(memory, bytes);
}
