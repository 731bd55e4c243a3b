// SPDX-License-Identifier: Apache-2.0
// The pairing heap: a root that is due first, and below each node a list of children that are due
// after it.
#include "loop/timers.h"

#include <assert.h>
#include <stddef.h>

static bool before(const isere_timer_t *a, const isere_timer_t *b) {
  return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

// Makes one heap of two; their roots' `next` and `prev` mean nothing before, nor for the new root
// after.
static isere_timer_t *meld(isere_timer_t *a, isere_timer_t *b) {
  if (before(b, a)) {
    isere_timer_t *other = a;
    a = b;
    b = other;
  }
  b->next = a->child;
  if (b->next != NULL) {
    b->next->prev = b;
  }
  b->prev = a;
  a->child = b;
  return a;
}

// Makes one heap of a list of siblings: melds pairs from the first to the last, then the pairs from
// the last to the first, which is what keeps the heap flat.
static isere_timer_t *meld_siblings(isere_timer_t *first) {
  isere_timer_t *pairs = NULL; // last pair first, linked through `next`
  while (first != NULL) {
    isere_timer_t *pair = first;
    isere_timer_t *second = first->next;
    first = second == NULL ? NULL : second->next;
    if (second != NULL) {
      pair = meld(pair, second);
    }
    pair->next = pairs;
    pairs = pair;
  }
  isere_timer_t *heap = pairs;
  if (heap != NULL) {
    pairs = heap->next;
  }
  while (pairs != NULL) {
    isere_timer_t *pair = pairs;
    pairs = pair->next;
    heap = meld(heap, pair);
  }
  return heap;
}

static void set_root(isere_timers_t *timers, isere_timer_t *root) {
  timers->root = root;
  if (root != NULL) {
    root->next = NULL;
    root->prev = root;
  }
}

bool isere_timer_running(const isere_timer_t *timer) {
  return timer->prev != NULL;
}

void isere_timers_start(isere_timers_t *timers, isere_timer_t *timer, uint64_t due_ms) {
  assert(timer->fn != NULL);
  isere_timers_stop(timers, timer);
  timer->due_ms = due_ms;
  timer->order = timers->order++;
  set_root(timers, timers->root == NULL ? timer : meld(timers->root, timer));
}

void isere_timers_stop(isere_timers_t *timers, isere_timer_t *timer) {
  if (!isere_timer_running(timer)) {
    return;
  }
  isere_timer_t *below = meld_siblings(timer->child);
  if (timer == timers->root) {
    set_root(timers, below);
  } else {
    if (timer->prev->child == timer) {
      timer->prev->child = timer->next;
    } else {
      timer->prev->next = timer->next;
    }
    if (timer->next != NULL) {
      timer->next->prev = timer->prev;
    }
    if (below != NULL) {
      set_root(timers, meld(timers->root, below));
    }
  }
  timer->child = NULL;
  timer->next = NULL;
  timer->prev = NULL;
}

isere_timer_t *isere_timers_first(const isere_timers_t *timers) {
  return timers->root;
}

isere_timer_t *isere_timers_take_due(isere_timers_t *timers, uint64_t now_ms) {
  isere_timer_t *first = timers->root;
  if (first == NULL || first->due_ms > now_ms) {
    return NULL;
  }
  isere_timers_stop(timers, first);
  return first;
}
