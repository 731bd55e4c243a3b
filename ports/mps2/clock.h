// SPDX-License-Identifier: Apache-2.0
// The board's clocks.
#pragma once

// Starts them. Before anything asks for the time.
void isere_clock_init(void);
