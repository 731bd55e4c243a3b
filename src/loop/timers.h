// SPDX-License-Identifier: Apache-2.0
// Timers of one task: a pairing heap of nodes that stand in their owners. Starting is O(1),
// stopping and expiring O(log n) amortised.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct isere_timer isere_timer_t;

// Called when the timer is due, after it has stopped: it may be started again or freed from within.
typedef void isere_timer_fn(isere_timer_t *timer);

// Embed it, and find the owner with ISERE_CONTAINER_OF. Zero-initialised it is stopped. Private to
// timers.c but for `due_ms` and `fn`.
struct isere_timer {
  uint64_t due_ms; // on isere_port_clock_now_ms
  isere_timer_fn *fn;
  uint64_t order;       // among timers with the same due_ms the one started first comes first
  isere_timer_t *child; // first child
  isere_timer_t *next;  // next sibling
  isere_timer_t *prev;  // previous sibling, or the parent when first; itself at the root
};

typedef struct {
  isere_timer_t *root;
  uint64_t order;
} isere_timers_t;

// Starts `timer`, or starts it anew, to be due at `due_ms`; `fn` is set beforehand. The caller
// keeps `timer` until it has stopped.
void isere_timers_start(isere_timers_t *timers, isere_timer_t *timer, uint64_t due_ms);

// Stops `timer`; harmless when it is not running.
void isere_timers_stop(isere_timers_t *timers, isere_timer_t *timer);

bool isere_timer_running(const isere_timer_t *timer);

// The earliest timer; NULL when none is running.
isere_timer_t *isere_timers_first(const isere_timers_t *timers);

// Stops and returns the earliest timer that is due at `now_ms`; NULL when none is.
isere_timer_t *isere_timers_take_due(isere_timers_t *timers, uint64_t now_ms);
