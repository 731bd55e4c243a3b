// SPDX-License-Identifier: Apache-2.0
// First frames of contexts for context.S; ucontext on processors that it does not know.
#include "context.h"

#include <stdint.h>

#if ISERE_FREERTOS_CONTEXT_ASM && defined(__x86_64__)

// The frame is the one that context.S pops.

void isere_freertos_context_init(isere_freertos_context_t *context, void *stack, size_t bytes,
                                 void (*entry)(void)) {
  // What the switch pops, then the entry as its return address, then the entry's own: 0 ends
  // backtraces. The ABI wants the stack pointer on 16 bytes before a call, so 8 beside it at the
  // entry.
  enum { WORD_FLOATING_POINT = 0, WORD_ENTRY = 7, WORD_RETURN = 8, WORDS = 9 };
  const uintptr_t top = ((uintptr_t)stack + bytes) & ~(uintptr_t)15;
  uint64_t *frame = (uint64_t *)(top - 8) - (WORDS - 1);
  for (int i = 0; i < WORDS; i++) {
    frame[i] = 0;
  }
  uint32_t mxcsr = 0;
  uint16_t x87_control = 0;
  __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(mxcsr), "=m"(x87_control));
  frame[WORD_FLOATING_POINT] = mxcsr | (uint64_t)x87_control << 32;
  frame[WORD_ENTRY] = (uint64_t)(uintptr_t)entry;
  frame[WORD_RETURN] = 0;
  context->sp = frame;
}

#elif ISERE_FREERTOS_CONTEXT_ASM

void isere_freertos_context_init(isere_freertos_context_t *context, void *stack, size_t bytes,
                                 void (*entry)(void)) {
  enum { WORD_LINK = 11, WORD_FPCR = 20, WORDS = 22 };
  const uintptr_t top = ((uintptr_t)stack + bytes) & ~(uintptr_t)15;
  uint64_t *frame = (uint64_t *)top - WORDS;
  for (int i = 0; i < WORDS; i++) {
    frame[i] = 0;
  }
  uint64_t fpcr = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  frame[WORD_LINK] = (uint64_t)(uintptr_t)entry;
  frame[WORD_FPCR] = fpcr;
  context->sp = frame;
}

#else

#include <assert.h>

void isere_freertos_context_init(isere_freertos_context_t *context, void *stack, size_t bytes,
                                 void (*entry)(void)) {
  const int result = getcontext(&context->uc);
  assert(result == 0);
  (void)result;
  context->uc.uc_stack.ss_sp = stack;
  context->uc.uc_stack.ss_size = bytes;
  context->uc.uc_link = NULL;
  makecontext(&context->uc, entry, 0);
}

void isere_freertos_context_switch(isere_freertos_context_t *from, isere_freertos_context_t *to) {
  const int result = swapcontext(&from->uc, &to->uc);
  assert(result == 0);
  (void)result;
}

#endif
