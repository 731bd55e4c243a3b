// SPDX-License-Identifier: Apache-2.0
// Stacks for tasks, with a guard page below: an overflow ends the process at once, rather than
// changing other memory.
#pragma once

#include <FreeRTOS.h>
#include <stddef.h>

// Returns a new stack of `bytes` (a multiple of sizeof(StackType_t)) for xTaskCreateStatic, whose
// depth is bytes / sizeof(StackType_t); NULL when memory or mappings are short. Memory is used only
// for the pages that the task touches. From any task, or before the scheduler starts.
StackType_t *isere_freertos_stack_new(size_t bytes);

// Gives back a stack; `bytes` as it was made with. The task that ran on it has been deleted by
// another task, or it has deleted itself and the idle task has run since. NULL is harmless.
void isere_freertos_stack_free(StackType_t *stack, size_t bytes);
