// SPDX-License-Identifier: Apache-2.0
// What a board's main() ends in.
#pragma once

// Serves the function that is embedded in the image. The console, the log, the clock and the random
// numbers are ready.
void isere_firmware_run(void) __attribute__((noreturn));
