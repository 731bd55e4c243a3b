// SPDX-License-Identifier: Apache-2.0
// Large pieces of memory, from which the heaps of engines are made. Implemented by the port; called
// from any task.
#pragma once

#include <stddef.h>

// Returns `bytes` of zeroed memory whose address is a multiple of `align` (a power of two, at least
// the alignment of any type); NULL when there is none left. Where the target has virtual memory,
// what is not touched costs nothing.
void *isere_port_memory_map(size_t bytes, size_t align);

// Gives back, whole, what isere_port_memory_map returned for the same `bytes`.
void isere_port_memory_unmap(void *memory, size_t bytes);
