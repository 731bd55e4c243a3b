// SPDX-License-Identifier: Apache-2.0
// The heap of one VM.
#include "engine/quickjs/heap.h"

#include <assert.h>
#include <string.h>

#include "port/memory.h"

#define PAGE_BYTES ISERE_HEAP_PAGE_BYTES
#define CLASS_STEP ((size_t)8)
#define CLASS_LINEAR_MAX ((size_t)128)
#define CLASS_BYTES_MAX (PAGE_BYTES / 4)
#define PEAK_STEP_BYTES ((size_t)1024)
#define CARVE_BYTES \
  ((size_t)2048) // how much of a page is made into free blocks at a time: the rest stays untouched
#define HEAD_BYTES ((sizeof(isere_heap_page_t) + 15) & ~(size_t)15)

enum {
  STATE_CURRENT,
  STATE_PARTIAL,
  STATE_FULL,
  STATE_LARGE, // this and what follows: one block
  STATE_MAPPED,
};

// 64 pages; its own head is in the first.
typedef struct isere_heap_piece {
  struct isere_heap_piece *next;
  uint64_t free_pages; // a bit for each
} piece_t;

#define PIECE_EMPTY (~(uint64_t)1)

_Static_assert(ISERE_HEAP_PIECE_PAGES == 64, "a bit for each page");
_Static_assert((PAGE_BYTES & (PAGE_BYTES - 1)) == 0, "pages are found by masking");
_Static_assert(sizeof(isere_heap_page_t) + CLASS_BYTES_MAX * 3 <= PAGE_BYTES,
               "three of the largest blocks fit a page");
_Static_assert(HEAD_BYTES % ISERE_HEAP_ALIGN == 0, "blocks are aligned");

// Where a class has no page: nothing is ever taken from it nor written to it.
static const isere_heap_page_t no_page = {.state = STATE_FULL};

static inline isere_heap_page_t *page_of(const void *block) {
  return (isere_heap_page_t *)((uintptr_t)block & ~(uintptr_t)(PAGE_BYTES - 1));
}

static inline unsigned class_of(size_t bytes) {
  if (bytes <= CLASS_LINEAR_MAX) {
    return (unsigned)((bytes + CLASS_STEP - 1) / CLASS_STEP) - 1;
  }
  // Four classes for each doubling: the two bits below the highest one tell which.
  const unsigned long last = (unsigned long)(bytes - 1);
  const unsigned high = (unsigned)(sizeof(last) * 8 - 1) - (unsigned)__builtin_clzl(last);
  return 16 + (high - 7) * 4 + (unsigned)((last >> (high - 2)) & 3);
}

static size_t class_bytes(unsigned class_index) {
  if (class_index < 16) {
    return (class_index + 1) * CLASS_STEP;
  }
  const unsigned high = (class_index - 16) / 4 + 7;
  return ((size_t)1 << high) + (((size_t)(class_index - 16) % 4 + 1) << (high - 2));
}

// ---- Lists of pages ----

static void list_push(isere_heap_page_t **list, isere_heap_page_t *page) {
  page->prev = NULL;
  page->next = *list;
  if (*list != NULL) {
    (*list)->prev = page;
  }
  *list = page;
}

static void list_remove(isere_heap_page_t **list, isere_heap_page_t *page) {
  if (page->prev != NULL) {
    page->prev->next = page->next;
  } else {
    *list = page->next;
  }
  if (page->next != NULL) {
    page->next->prev = page->prev;
  }
}

// ---- Pages ----

// The lowest run of `count` free pages in the set; -1 when there is none.
static int run_find(uint64_t free_pages, unsigned count) {
  uint64_t starts = free_pages;
  unsigned have = 1; // a bit of `starts` begins that many free pages
  while (have < count && starts != 0) {
    const unsigned step = count - have < have ? count - have : have;
    starts &= starts >> step;
    have += step;
  }
  return starts == 0 ? -1 : __builtin_ctzll(starts);
}

static uint64_t run_mask(unsigned first, unsigned count) {
  return ((((uint64_t)1 << (count - 1)) << 1) - 1) << first;
}

static unsigned page_index(const piece_t *piece, const isere_heap_page_t *page) {
  return (unsigned)(((uintptr_t)page - (uintptr_t)piece) / PAGE_BYTES);
}

// Bookkeeping of pages may exceed the limit of blocks by a quarter, and a page for each class.
static bool has_room(const isere_heap_t *heap, size_t run_bytes) {
  const size_t slack = heap->limit_bytes / 4 + ISERE_HEAP_CLASSES_MAX * PAGE_BYTES;
  const size_t room = heap->limit_bytes > SIZE_MAX - slack ? SIZE_MAX : heap->limit_bytes + slack;
  return run_bytes <= room && heap->page_bytes <= room - run_bytes;
}

static void page_account(isere_heap_t *heap, size_t run_bytes) {
  heap->page_bytes += run_bytes;
  if (heap->on_growth != NULL) {
    heap->on_growth(heap->growth_arg);
  }
}

static isere_heap_page_t *run_take(isere_heap_t *heap, unsigned count) {
  const size_t run_bytes = count * PAGE_BYTES;
  if (!has_room(heap, run_bytes)) {
    return NULL;
  }
  int first = -1;
  piece_t *piece = heap->pieces;
  for (; piece != NULL; piece = piece->next) {
    first = run_find(piece->free_pages, count);
    if (first >= 0) {
      break;
    }
  }
  if (piece == NULL) {
    piece = isere_port_memory_map(ISERE_HEAP_PIECE_BYTES, PAGE_BYTES);
    if (piece == NULL) {
      return NULL;
    }
    piece->free_pages = PIECE_EMPTY;
    // At the end: the first pieces stay the fullest, and later ones can become empty.
    piece_t **end = &heap->pieces;
    while (*end != NULL) {
      end = &(*end)->next;
    }
    piece->next = NULL;
    *end = piece;
    first = 1;
  }
  piece->free_pages &= ~run_mask((unsigned)first, count);
  isere_heap_page_t *page = (void *)((char *)piece + (size_t)first * PAGE_BYTES);
  page->piece = piece;
  page->run_bytes = run_bytes;
  page_account(heap, run_bytes);
  return page;
}

// Gives back an empty piece, unless it is the first, or the only empty one among several: it will
// likely be wanted again.
static void piece_trim(isere_heap_t *heap, const piece_t *emptied) {
  unsigned empty = 0;
  for (const piece_t *piece = heap->pieces; piece != NULL; piece = piece->next) {
    empty += piece->free_pages == PIECE_EMPTY;
  }
  if (empty < 2 || emptied == heap->pieces) {
    return;
  }
  piece_t **link = &heap->pieces;
  while (*link != emptied) {
    assert(*link != NULL);
    link = &(*link)->next;
  }
  piece_t *piece = *link;
  *link = piece->next;
  isere_port_memory_unmap(piece, ISERE_HEAP_PIECE_BYTES);
}

static void run_give(isere_heap_t *heap, isere_heap_page_t *page) {
  piece_t *piece = page->piece;
  heap->page_bytes -= page->run_bytes;
  piece->free_pages |= run_mask(page_index(piece, page), (unsigned)(page->run_bytes / PAGE_BYTES));
  if (piece->free_pages == PIECE_EMPTY) {
    piece_trim(heap, piece);
  }
}

// ---- Limit and peak ----

// What may be given now.
static size_t limit_now(const isere_heap_t *heap) {
  if (heap->is_refused) {
    return heap->limit_bytes;
  }
  return heap->limit_bytes > heap->reserve_bytes ? heap->limit_bytes - heap->reserve_bytes : 0;
}

// The next point at which growth is looked at.
static void mark_set(isere_heap_t *heap) {
  const size_t next = heap->peak_bytes + PEAK_STEP_BYTES;
  const size_t limit = limit_now(heap);
  heap->mark_bytes = next < limit ? next : limit;
}

// Called when `used_bytes` would pass the mark. False: beyond the limit.
static bool mark_pass(isere_heap_t *heap, size_t used_bytes) {
  if (used_bytes > limit_now(heap)) {
    return false;
  }
  if (used_bytes > heap->peak_bytes) {
    heap->peak_bytes = used_bytes;
  }
  mark_set(heap);
  return true;
}

static bool use(isere_heap_t *heap, size_t bytes) {
  const size_t used_bytes = heap->used_bytes + bytes;
  if (used_bytes < bytes || (used_bytes > heap->mark_bytes && !mark_pass(heap, used_bytes))) {
    return false;
  }
  heap->used_bytes = used_bytes;
  return true;
}

static void *refuse(isere_heap_t *heap) {
  heap->is_refused = true;
  const size_t left =
      heap->used_bytes < heap->limit_bytes ? heap->limit_bytes - heap->used_bytes : 0;
  heap->is_exhausted = heap->is_exhausted || left < heap->reserve_bytes / 2;
  mark_set(heap);
  return NULL;
}

// The port has no more pages, or they are scattered.
static void *refuse_pages(isere_heap_t *heap) {
  heap->is_exhausted = true;
  return refuse(heap);
}

// ---- Large blocks ----

static void *large_alloc(isere_heap_t *heap, size_t bytes) {
  if (bytes > SIZE_MAX / 2) {
    return refuse(heap);
  }
  const size_t block_bytes = (bytes + 15) & ~(size_t)15;
  const size_t run_bytes = (HEAD_BYTES + block_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  if (!use(heap, block_bytes)) {
    return refuse(heap);
  }
  isere_heap_page_t *page = NULL;
  if (run_bytes < ISERE_HEAP_PIECE_BYTES) {
    page = run_take(heap, (unsigned)(run_bytes / PAGE_BYTES));
    if (page != NULL) {
      page->state = STATE_LARGE;
    }
  } else if (has_room(heap, run_bytes)) {
    page = isere_port_memory_map(run_bytes, PAGE_BYTES);
    if (page != NULL) {
      page->piece = NULL;
      page->run_bytes = run_bytes;
      page->state = STATE_MAPPED;
      list_push(&heap->mapped, page);
      page_account(heap, run_bytes);
    }
  }
  if (page == NULL) {
    heap->used_bytes -= block_bytes;
    return refuse(heap);
  }
  page->block_bytes = block_bytes;
  return (char *)page + HEAD_BYTES;
}

static void large_free(isere_heap_t *heap, isere_heap_page_t *page) {
  heap->used_bytes -= page->block_bytes;
  if (page->state == STATE_LARGE) {
    run_give(heap, page);
    return;
  }
  list_remove(&heap->mapped, page);
  heap->page_bytes -= page->run_bytes;
  isere_port_memory_unmap(page, page->run_bytes);
}

// The pages behind a run that it would need to grow; 0 when they are not all free.
static uint64_t run_more(const isere_heap_page_t *page, size_t run_bytes) {
  const unsigned first = page_index(page->piece, page);
  const unsigned have = (unsigned)(page->run_bytes / PAGE_BYTES);
  if (first + run_bytes / PAGE_BYTES > ISERE_HEAP_PIECE_PAGES) {
    return 0;
  }
  const uint64_t mask = run_mask(first + have, (unsigned)(run_bytes / PAGE_BYTES) - have);
  return (page->piece->free_pages & mask) == mask ? mask : 0;
}

static bool large_grow(isere_heap_t *heap, isere_heap_page_t *page, size_t block_bytes,
                       size_t run_bytes) {
  const size_t more_bytes = run_bytes - page->run_bytes;
  uint64_t more = 0;
  if (more_bytes > 0) {
    more = page->state == STATE_LARGE ? run_more(page, run_bytes) : 0;
    if (more == 0 || !has_room(heap, more_bytes)) {
      return false;
    }
  }
  if (!use(heap, block_bytes - page->block_bytes)) {
    return false;
  }
  page->block_bytes = block_bytes;
  if (more != 0) {
    page->piece->free_pages &= ~more;
    page->run_bytes = run_bytes;
    page_account(heap, more_bytes);
  }
  return true;
}

static void large_shrink(isere_heap_t *heap, isere_heap_page_t *page, size_t block_bytes,
                         size_t run_bytes) {
  heap->used_bytes -= page->block_bytes - block_bytes;
  page->block_bytes = block_bytes;
  if (page->state == STATE_LARGE && run_bytes < page->run_bytes) {
    const unsigned keep = (unsigned)(run_bytes / PAGE_BYTES);
    const unsigned have = (unsigned)(page->run_bytes / PAGE_BYTES);
    page->piece->free_pages |= run_mask(page_index(page->piece, page) + keep, have - keep);
    heap->page_bytes -= page->run_bytes - run_bytes;
    page->run_bytes = run_bytes;
  }
}

// Resizes a large block in place. False: it has to move.
static bool large_resize(isere_heap_t *heap, isere_heap_page_t *page, size_t bytes) {
  const size_t block_bytes = (bytes + 15) & ~(size_t)15;
  const size_t run_bytes = (HEAD_BYTES + block_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  if (block_bytes > page->block_bytes) {
    return large_grow(heap, page, block_bytes,
                      run_bytes < page->run_bytes ? page->run_bytes : run_bytes);
  }
  if (page->state == STATE_MAPPED && run_bytes < page->run_bytes / 2) {
    return false; // its mapping goes back as a whole
  }
  large_shrink(heap, page, block_bytes, run_bytes);
  return true;
}

// ---- Small blocks ----

// Makes the next part of a page that was never used into free blocks. False: there is no more.
static bool page_carve(isere_heap_page_t *page) {
  const size_t bytes = page->block_bytes;
  const size_t end = page->run_bytes - bytes; // the last offset where a block fits
  if (page->fresh > end) {
    return false;
  }
  size_t offset = page->fresh;
  const size_t stop = offset + CARVE_BYTES;
  void *first = (char *)page + offset;
  for (;;) {
    void *block = (char *)page + offset;
    offset += bytes;
    void *next = offset <= end && offset < stop ? (char *)page + offset : NULL;
    memcpy(block, &next, sizeof(next));
    if (next == NULL) {
      break;
    }
  }
  page->fresh = (uint32_t)offset;
  page->free = first;
  return true;
}

// Makes a page with free blocks the current one of its class. NULL: there is none to be had.
static isere_heap_page_t *page_find(isere_heap_t *heap, unsigned class_index) {
  isere_heap_page_t *page = heap->current[class_index];
  if (page != &no_page) {
    if (page_carve(page)) {
      return page;
    }
  }
  isere_heap_page_t *other = heap->partial[class_index];
  if (other != NULL) {
    list_remove(&heap->partial[class_index], other);
  } else {
    other = run_take(heap, 1);
    if (other == NULL) {
      return NULL;
    }
    other->block_bytes = class_bytes(class_index);
    other->class_index = (uint8_t)class_index;
    other->used = 0;
    other->free = NULL;
    other->fresh = (uint32_t)HEAD_BYTES;
    (void)page_carve(other);
  }
  if (page != &no_page) {
    page->state = STATE_FULL;
  }
  other->state = STATE_CURRENT;
  heap->current[class_index] = other;
  return other;
}

static __attribute__((noinline)) void *small_alloc_slow(isere_heap_t *heap, unsigned class_index) {
  isere_heap_page_t *page = heap->current[class_index];
  if (page->free == NULL) {
    page = page_find(heap, class_index);
    if (page == NULL) {
      return refuse_pages(heap);
    }
  }
  if (!use(heap, page->block_bytes)) {
    return refuse(heap);
  }
  void *block = page->free;
  assert(block != NULL);
  memcpy(&page->free, block, sizeof(page->free));
  page->used++;
  return block;
}

static __attribute__((noinline)) void small_free_slow(isere_heap_t *heap, isere_heap_page_t *page) {
  if (page->state == STATE_CURRENT) {
    return;
  }
  isere_heap_page_t **partial = &heap->partial[page->class_index];
  if (page->state == STATE_FULL) {
    page->state = STATE_PARTIAL;
    list_push(partial, page);
  }
  if (page->used == 0) {
    list_remove(partial, page);
    run_give(heap, page);
  }
}

// ---- The interface ----

void isere_heap_init(isere_heap_t *heap, size_t limit_bytes, size_t reserve_bytes) {
  memset(heap, 0, sizeof(*heap));
  for (unsigned i = 0; i < ISERE_HEAP_CLASSES_MAX; i++) {
    heap->current[i] = (isere_heap_page_t *)(uintptr_t)&no_page;
  }
  heap->limit_bytes = limit_bytes;
  heap->reserve_bytes = reserve_bytes;
  mark_set(heap);
}

void isere_heap_deinit(isere_heap_t *heap) {
  while (heap->mapped != NULL) {
    isere_heap_page_t *page = heap->mapped;
    heap->mapped = page->next;
    isere_port_memory_unmap(page, page->run_bytes);
  }
  while (heap->pieces != NULL) {
    piece_t *piece = heap->pieces;
    heap->pieces = piece->next;
    isere_port_memory_unmap(piece, ISERE_HEAP_PIECE_BYTES);
  }
}

void *isere_heap_alloc(isere_heap_t *heap, size_t bytes) {
  assert(bytes > 0);
  if (bytes > CLASS_BYTES_MAX) {
    return large_alloc(heap, bytes);
  }
  const unsigned class_index = class_of(bytes);
  isere_heap_page_t *page = heap->current[class_index];
  void *block = page->free;
  const size_t used_bytes = heap->used_bytes + page->block_bytes;
  if (__builtin_expect(block == NULL || used_bytes > heap->mark_bytes, 0)) {
    return small_alloc_slow(heap, class_index);
  }
  memcpy(&page->free, block, sizeof(page->free));
  page->used++;
  heap->used_bytes = used_bytes;
  return block;
}

void isere_heap_free(isere_heap_t *heap, void *block) {
  isere_heap_page_t *page = page_of(block);
  if (__builtin_expect(page->state >= STATE_LARGE, 0)) {
    large_free(heap, page);
    return;
  }
  memcpy(block, &page->free, sizeof(page->free));
  page->free = block;
  heap->used_bytes -= page->block_bytes;
  assert(page->used > 0);
  page->used--;
  if (__builtin_expect(page->used == 0 || page->state == STATE_FULL, 0)) {
    small_free_slow(heap, page);
  }
}

void *isere_heap_realloc(isere_heap_t *heap, void *block, size_t bytes) {
  assert(bytes > 0);
  isere_heap_page_t *page = page_of(block);
  const size_t old_bytes = page->block_bytes;
  if (page->state >= STATE_LARGE) {
    if (bytes > CLASS_BYTES_MAX && bytes <= SIZE_MAX / 2 && large_resize(heap, page, bytes)) {
      return block;
    }
  } else if (bytes <= old_bytes && (bytes > old_bytes / 2 || old_bytes <= 2 * CLASS_STEP)) {
    return block;
  }
  const bool was_refused = heap->is_refused;
  const bool was_exhausted = heap->is_exhausted;
  void *copy = isere_heap_alloc(heap, bytes);
  if (copy == NULL && bytes <= old_bytes) {
    // Making a block smaller always succeeds.
    heap->is_refused = was_refused;
    heap->is_exhausted = was_exhausted;
    mark_set(heap);
    return block;
  }
  if (copy == NULL) {
    return NULL;
  }
  memcpy(copy, block, bytes < old_bytes ? bytes : old_bytes);
  isere_heap_free(heap, block);
  return copy;
}

void isere_heap_set_limit(isere_heap_t *heap, size_t limit_bytes) {
  heap->limit_bytes = limit_bytes;
  mark_set(heap);
}

size_t isere_heap_peak(isere_heap_t *heap) {
  if (heap->used_bytes > heap->peak_bytes) {
    heap->peak_bytes = heap->used_bytes;
  }
  return heap->peak_bytes;
}
