// SPDX-License-Identifier: Apache-2.0
// From reset to main(), and the vector table.
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "lan9118.h"
#include "registers.h"

#define IRQS 64

extern uint8_t isere_main_stack_top[];
extern uint8_t isere_data_start[];
extern uint8_t isere_data_end[];
extern const uint8_t isere_data_load[];
extern uint8_t isere_bss_start[];
extern uint8_t isere_bss_end[];

int main(void);
void isere_reset(void) __attribute__((noreturn));
void isere_on_fault(void);
void isere_on_svcall(void);
void isere_on_pendsv(void);
void isere_on_systick(void);

typedef void handler_t(void);

typedef struct {
  const void *stack;
  handler_t *exceptions[15];
  handler_t *irqs[IRQS];
} vectors_t;

_Static_assert(BOARD_LAN9118_IRQ < IRQS, "the table holds it");

// Aligned to its size rounded up to a power of two, as VTOR wants it.
__attribute__((section(".vectors"), used, aligned(512))) static const vectors_t vectors = {
    .stack = isere_main_stack_top,
    .exceptions =
        {
            isere_reset,
            isere_on_fault, // NMI
            isere_on_fault, // HardFault
            isere_on_fault, // MemManage
            isere_on_fault, // BusFault
            isere_on_fault, // UsageFault
            isere_on_fault, // SecureFault
            NULL,
            NULL,
            NULL,
            isere_on_svcall,
            isere_on_fault, // DebugMonitor
            NULL,
            isere_on_pendsv,
            isere_on_systick,
        },
    .irqs =
        {
            [0 ... BOARD_LAN9118_IRQ - 1] = isere_on_fault,
            [BOARD_LAN9118_IRQ] = isere_lan9118_on_interrupt,
            [BOARD_LAN9118_IRQ + 1 ... IRQS - 1] = isere_on_fault,
        },
};

void isere_reset(void) {
  SCB_VTOR = (uint32_t)(uintptr_t)&vectors;
  memcpy(isere_data_start, isere_data_load, (size_t)(isere_data_end - isere_data_start));
  memset(isere_bss_start, 0, (size_t)(isere_bss_end - isere_bss_start));
  (void)main();
  for (;;) {}
}
