// SPDX-License-Identifier: Apache-2.0
// Random bytes. Implemented by the port; called from any task.
#pragma once

#include <stddef.h>

// Fills `out` with `len` bytes fit for keys and identifiers.
void isere_port_random_fill(void *out, size_t len);
