// SPDX-License-Identifier: Apache-2.0
// Restarting the board, and what it was restarted for.
#pragma once

#include <stdint.h>

typedef enum {
  ISERE_RESET_POWER, // switched on, or reset from outside
  ISERE_RESET_FAULT,
  ISERE_RESET_ASSERTION,
  ISERE_RESET_STACK,
} isere_reset_t;

// Restarts the board; the next start knows why. From anywhere.
void isere_fault_restart(isere_reset_t reason) __attribute__((noreturn));

// Why this start happened; forgets it. *count is how many starts in a row were for a fault.
isere_reset_t isere_fault_take_reset(uint32_t *count);

// "fault" and so on; static.
const char *isere_fault_reset_text(isere_reset_t reset);
