// SPDX-License-Identifier: Apache-2.0
// Tells AddressSanitizer and valgrind which stack the program runs on. Without them it does
// nothing.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define ISERE_FREERTOS_MARKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ISERE_FREERTOS_MARKS 1
#endif
#endif
#ifndef ISERE_FREERTOS_MARKS
#define ISERE_FREERTOS_MARKS 0
#endif

#if ISERE_FREERTOS_MARKS
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define ISERE_FREERTOS_VALGRIND 1
#endif
#endif
#ifndef ISERE_FREERTOS_VALGRIND
#define ISERE_FREERTOS_VALGRIND 0
#endif

// What the tools have to know of a stack.
typedef struct {
  const void *bottom;
  size_t bytes;
  void *fake_stack; // AddressSanitizer's, while the stack does not run
  unsigned valgrind_id;
} isere_freertos_stack_mark_t;

static inline void isere_freertos_mark_init(isere_freertos_stack_mark_t *mark, void *bottom,
                                            size_t bytes) {
  *mark = (isere_freertos_stack_mark_t){.bottom = bottom, .bytes = bytes};
#if ISERE_FREERTOS_VALGRIND
  mark->valgrind_id = VALGRIND_STACK_REGISTER(bottom, (char *)bottom + bytes);
#endif
}

// The stack is not used any more: its memory may be used for anything.
static inline void isere_freertos_mark_deinit(const isere_freertos_stack_mark_t *mark) {
#if ISERE_FREERTOS_VALGRIND
  VALGRIND_STACK_DEREGISTER(mark->valgrind_id);
#endif
#if ISERE_FREERTOS_MARKS
  ASAN_UNPOISON_MEMORY_REGION(mark->bottom, mark->bytes);
#endif
  (void)mark;
}

// Before a switch. `from_ends`: the stack is left for ever.
static inline void isere_freertos_mark_leave(isere_freertos_stack_mark_t *from,
                                             const isere_freertos_stack_mark_t *to,
                                             bool from_ends) {
#if ISERE_FREERTOS_MARKS
  __sanitizer_start_switch_fiber(from_ends ? NULL : &from->fake_stack, to->bottom, to->bytes);
#endif
  (void)from;
  (void)to;
  (void)from_ends;
}

// After a switch, on the stack of `mark`. `left` gets the bounds of the stack that was left, where
// they are not known; NULL: they are.
static inline void isere_freertos_mark_enter(const isere_freertos_stack_mark_t *mark,
                                             isere_freertos_stack_mark_t *left) {
#if ISERE_FREERTOS_MARKS
  const void *bottom = NULL;
  size_t bytes = 0;
  __sanitizer_finish_switch_fiber(mark->fake_stack, &bottom, &bytes);
  if (left != NULL && left->bottom == NULL) {
    left->bottom = bottom;
    left->bytes = bytes;
  }
#endif
  (void)mark;
  (void)left;
}
