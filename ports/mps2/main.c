// SPDX-License-Identifier: Apache-2.0
// The firmware's start on an MPS2 board.
#include "board.h"
#include "clock.h"
#include "console.h"
#include "fault.h"
#include "firmware.h"
#include "random_mps2.h"

int main(void);
int main(void) {
  isere_clock_init();
  isere_console_init();
  isere_console_log(ISERE_LOG_INFO);
  uint32_t count;
  const isere_reset_t reset = isere_fault_take_reset(&count);
  isere_log(ISERE_LOG_INFO, "board", BOARD_NAME ", started after: %s",
            isere_fault_reset_text(reset));
  isere_random_init();
  isere_firmware_run();
}
