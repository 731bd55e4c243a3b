// SPDX-License-Identifier: Apache-2.0
// The heap of one VM: blocks of size classes out of pages, pages out of pieces that the port maps.
// No locks: one task uses it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

// A page holds blocks of one class; a piece holds 64 pages.
#ifndef ISERE_HEAP_PAGE_BYTES
#if UINTPTR_MAX > UINT32_MAX
#define ISERE_HEAP_PAGE_BYTES ((size_t)16 * 1024)
#else
#define ISERE_HEAP_PAGE_BYTES ((size_t)1024)
#endif
#endif
#define ISERE_HEAP_PIECE_PAGES 64
#define ISERE_HEAP_PIECE_BYTES (ISERE_HEAP_PIECE_PAGES * ISERE_HEAP_PAGE_BYTES)

// Every block's address is a multiple of this.
#define ISERE_HEAP_ALIGN 8

// Classes: multiples of 8 to 128 bytes, then four for each doubling, to a quarter of a page.
#define ISERE_HEAP_CLASSES_MAX 48

// The head of a page, or of a run of pages that is one large block. Private to heap.c and the
// inline functions below.
typedef struct isere_heap_page {
  void *free; // freed blocks, linked through their first word
  struct isere_heap_page
      *next; // in the list of its class, or of large blocks with their own mapping
  struct isere_heap_page *prev;
  struct isere_heap_piece *piece; // NULL: has its own mapping
  size_t block_bytes;             // the size of a block, as it counts
  size_t run_bytes;               // of the page or run, this head included
  uint32_t used;                  // blocks given
  uint32_t fresh;                 // offset of the first block that was never given
  uint8_t class_index;
  uint8_t state;
} isere_heap_page_t;

typedef struct {
  size_t used_bytes; // of all blocks given, as isere_heap_usable_size tells them
  size_t mark_bytes; // used_bytes beyond this takes the slow path: a new peak, or the limit
  size_t peak_bytes;
  size_t limit_bytes;
  size_t reserve_bytes; // of the limit, kept until an allocation was refused: so that the error can
                        // be made and handled
  size_t page_bytes; // of all pages given out, which the limit bounds too, so that scattered blocks
                     // do not exceed it by much
  bool is_refused;   // an allocation was refused
  bool is_exhausted; // of the reserve, too, less than half was left when an allocation was refused
  isere_heap_page_t *current[ISERE_HEAP_CLASSES_MAX]; // of each class, where blocks come from
  isere_heap_page_t *partial[ISERE_HEAP_CLASSES_MAX]; // others with free blocks
  isere_heap_page_t *mapped;                          // large blocks with their own mapping
  struct isere_heap_piece *pieces;
  void (*on_growth)(void *arg); // a page was taken; may be NULL
  void *growth_arg;
} isere_heap_t;

// Makes an empty heap that gives at most `limit_bytes` (heads of pages are not counted), the last
// `reserve_bytes` of them only after it has refused an allocation.
void isere_heap_init(isere_heap_t *heap, size_t limit_bytes, size_t reserve_bytes);

// Gives everything back to the port, whatever is still in use.
void isere_heap_deinit(isere_heap_t *heap);

// Returns `bytes` (more than 0) of undefined memory; NULL when that would exceed the limit or the
// port has none.
void *isere_heap_alloc(isere_heap_t *heap, size_t bytes);

// Frees `block`, which is not NULL.
void isere_heap_free(isere_heap_t *heap, void *block);

// Changes the size of `block` (not NULL) to `bytes` (more than 0), and maybe its place. NULL: it is
// unchanged.
void *isere_heap_realloc(isere_heap_t *heap, void *block, size_t bytes);

// Moves the limit; blocks that are in use beyond a lower one stay.
void isere_heap_set_limit(isere_heap_t *heap, size_t limit_bytes);

// The most bytes that were in use, to a KB.
size_t isere_heap_peak(isere_heap_t *heap);

// How many bytes of `block` may be used: at least what was asked for.
static inline size_t isere_heap_usable_size(const void *block) {
  const uintptr_t page = (uintptr_t)block & ~(uintptr_t)(ISERE_HEAP_PAGE_BYTES - 1);
  return ((const isere_heap_page_t *)page)->block_bytes;
}
