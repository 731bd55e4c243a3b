// SPDX-License-Identifier: Apache-2.0
// mps2-an385: a Cortex-M3 at 25 MHz.
#pragma once

#define BOARD_NAME "mps2-an385"
#define BOARD_CLOCK_HZ 25000000u
#define BOARD_UART_BASE 0x40004000u
#define BOARD_FPGAIO_BASE 0x40028000u
#define BOARD_LAN9118_BASE 0x40200000u
#define BOARD_LAN9118_IRQ 13
