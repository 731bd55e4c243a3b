// SPDX-License-Identifier: Apache-2.0
// The machine context of a task, and the switch from one to another.
#pragma once

#include <stddef.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(ISERE_FREERTOS_UCONTEXT)
#define ISERE_FREERTOS_CONTEXT_ASM 1
#else
#define ISERE_FREERTOS_CONTEXT_ASM 0
#include <ucontext.h>
#endif

typedef struct {
#if ISERE_FREERTOS_CONTEXT_ASM
  void *sp; // first: the assembly finds it there
#else
  ucontext_t uc;
#endif
} isere_freertos_context_t;

// Makes `context` start `entry` on the stack of `bytes` from `stack`, at the first switch to it.
// `entry` never returns.
void isere_freertos_context_init(isere_freertos_context_t *context, void *stack, size_t bytes,
                                 void (*entry)(void));

// Keeps the running context in `from` and goes on with `to`. Returns when something switches to
// `from` again.
void isere_freertos_context_switch(isere_freertos_context_t *from, isere_freertos_context_t *to);
