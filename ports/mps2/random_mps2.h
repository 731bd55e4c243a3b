// SPDX-License-Identifier: Apache-2.0
// Seeding the generator of port/random.h.
#pragma once

// Before the kernel runs, after the clock and the log.
void isere_random_init(void);
