// SPDX-License-Identifier: Apache-2.0
// Registers of the processor and of the board that more than one file needs.
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

// ---- Armv7-M and Armv8-M system control (DDI 0403, DDI 0553) ----
#define NVIC_ISER(irq) REGISTER(0xe000e100u + 4u * ((irq) / 32u))
#define NVIC_IPR(irq) (*(volatile uint8_t *)(uintptr_t)(0xe000e400u + (irq)))
#define SCB_VTOR REGISTER(0xe000ed08u)
#define SCB_AIRCR REGISTER(0xe000ed0cu)
#define SCB_SHCSR REGISTER(0xe000ed24u)
#define SCB_CFSR REGISTER(0xe000ed28u)
#define SCB_HFSR REGISTER(0xe000ed2cu)
#define SCB_MMFAR REGISTER(0xe000ed34u)
#define SCB_BFAR REGISTER(0xe000ed38u)
#define AIRCR_RESET 0x05fa0004u

// Of devices: below what the kernel masks, so their handlers may call it.
#define IRQ_PRIORITY 0xc0
