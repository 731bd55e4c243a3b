// SPDX-License-Identifier: Apache-2.0
// Memory pieces for unit tests, from the C library, so that its checkers see every leak and
// overrun.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "port/memory.h"

void *isere_port_memory_map(size_t bytes, size_t align) {
  assert(bytes > 0 && (align & (align - 1)) == 0);
  void *memory = aligned_alloc(align, (bytes + align - 1) & ~(align - 1));
  if (memory != NULL) {
    memset(memory, 0, bytes);
  }
  return memory;
}

void isere_port_memory_unmap(void *memory, size_t bytes) {
  (void)bytes;
  free(memory);
}
