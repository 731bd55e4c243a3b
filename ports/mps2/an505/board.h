// SPDX-License-Identifier: Apache-2.0
// mps2-an505: a Cortex-M33 at 20 MHz, in the secure state, with the devices' secure addresses.
#pragma once

#define BOARD_NAME "mps2-an505"
#define BOARD_CLOCK_HZ 20000000u
#define BOARD_UART_BASE 0x50200000u
#define BOARD_FPGAIO_BASE 0x50302000u
#define BOARD_LAN9118_BASE 0x52000000u
#define BOARD_LAN9118_IRQ 48
