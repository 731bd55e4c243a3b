// SPDX-License-Identifier: Apache-2.0
// Memory for the stacks of tasks. Implemented by the port; from any task.
#pragma once

#include <stddef.h>

// Returns a stack of `bytes` for xTaskCreateStatic, NULL when memory is short. Where the target
// can, an overflow ends the program at once rather than changing other memory.
void *isere_port_stack_new(size_t bytes);
