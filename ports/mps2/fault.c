// SPDX-License-Identifier: Apache-2.0
// Faults of the processor: registers and stack go to the console, then the board restarts.
#include "fault.h"

#include <stdbool.h>
#include <stdio.h>

#include "console.h"
#include "registers.h"
#include "semihosting.h"

#define STACK_WORDS_SHOWN 32
#define RECORD_MAGIC 0x69736572u

// Survives the reset.
static struct {
  uint32_t magic;
  uint32_t reason;
  uint32_t count;
} record __attribute__((section(".noinit")));

extern uint8_t isere_main_stack_top[];
extern uint8_t isere_data_start[];

void isere_fault_restart(isere_reset_t reason) {
  record.count = record.magic == RECORD_MAGIC ? record.count + 1 : 1;
  record.magic = RECORD_MAGIC;
  record.reason = (uint32_t)reason;
  __asm volatile("dsb");
  SCB_AIRCR = AIRCR_RESET;
  __asm volatile("dsb");
  for (;;) {}
}

isere_reset_t isere_fault_take_reset(uint32_t *count) {
  isere_reset_t reason = ISERE_RESET_POWER;
  *count = 0;
  if (record.magic == RECORD_MAGIC && record.reason <= ISERE_RESET_STACK) {
    reason = (isere_reset_t)record.reason;
    *count = record.count;
  }
  record.reason = ISERE_RESET_POWER;
  if (reason == ISERE_RESET_POWER) {
    record.count = 0;
  }
  return reason;
}

const char *isere_fault_reset_text(isere_reset_t reset) {
  static const char *const texts[] = {"power on or reset", "fault", "failed assertion",
                                      "stack overflow"};
  return texts[reset];
}

// What the processor pushes: r0-r3, r12, lr, pc, xpsr.
typedef struct {
  uint32_t r[4];
  uint32_t r12;
  uint32_t lr;
  uint32_t pc;
  uint32_t xpsr;
} frame_t;

static bool is_in_ram(const uint32_t *word) {
  return (uintptr_t)word >= (uintptr_t)isere_data_start &&
         (uintptr_t)(word + 1) <= (uintptr_t)isere_main_stack_top;
}

// Called by isere_on_fault with the exception's frame, r4-r11, and EXC_RETURN.
void isere_fault_report(frame_t *frame, const uint32_t *high, uint32_t exc_return);
void isere_fault_report(frame_t *frame, const uint32_t *high, uint32_t exc_return) {
  char line[96];
  // Without an emulator behind it, a semihosting call faults: it counts as refused.
  if (is_in_ram((const uint32_t *)frame) && isere_semihosting_skip(&frame->pc, &frame->r[0])) {
    return;
  }
  snprintf(line, sizeof(line), "\nfault: cfsr %08lx hfsr %08lx mmfar %08lx bfar %08lx exc %08lx\n",
           SCB_CFSR, SCB_HFSR, SCB_MMFAR, SCB_BFAR, exc_return);
  isere_console_write_now(line);
  if (is_in_ram((const uint32_t *)frame)) {
    snprintf(line, sizeof(line), "pc %08lx lr %08lx xpsr %08lx r12 %08lx sp %p\n", frame->pc,
             frame->lr, frame->xpsr, frame->r12, (void *)(frame + 1));
    isere_console_write_now(line);
    snprintf(line, sizeof(line), "r0 %08lx r1 %08lx r2 %08lx r3 %08lx\n", frame->r[0], frame->r[1],
             frame->r[2], frame->r[3]);
    isere_console_write_now(line);
  }
  for (int i = 0; i < 8; i += 4) {
    snprintf(line, sizeof(line), "r%d %08lx %08lx %08lx %08lx\n", i + 4, high[i], high[i + 1],
             high[i + 2], high[i + 3]);
    isere_console_write_now(line);
  }
  const uint32_t *word = (const uint32_t *)(frame + 1);
  for (int i = 0; i < STACK_WORDS_SHOWN && is_in_ram(word); i++, word++) {
    snprintf(line, sizeof(line), "%s%08lx", i % 8 == 0 ? "\nstack " : " ", *word);
    isere_console_write_now(line);
  }
  isere_console_write_now("\nrestarting\n");
  isere_fault_restart(ISERE_RESET_FAULT);
}

void isere_on_fault(void) __attribute__((naked));
void isere_on_fault(void) {
  __asm volatile("tst lr, #4\n"
                 "ite eq\n"
                 "mrseq r0, msp\n"
                 "mrsne r0, psp\n"
                 "push {r4-r11}\n"
                 "mov r1, sp\n"
                 "mov r2, lr\n"
                 "push {r2, lr}\n"
                 "bl isere_fault_report\n"
                 "pop {r2, lr}\n"
                 "pop {r4-r11}\n"
                 "bx lr\n");
}
