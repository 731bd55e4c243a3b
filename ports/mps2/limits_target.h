// SPDX-License-Identifier: Apache-2.0
// The limits of the MPS2 boards that differ from base/limits.h: those of a Pico 2, of 520 KB of
// RAM.
#pragma once

// A body, its text, and what a handler makes of it share an instance's 128 KB.
#define ISERE_HTTP_BODY_BYTES_MAX (16 * 1024)

// Eight requests of 8 KB at once, with their responses.
#define ISERE_HTTP_BLOCKS_MAX 24

#define ISERE_WORKERS_MAX 2
// Loading a function takes some 50 ms at 25 MHz: no reason to make a second instance.
#define ISERE_WORKER_SLICE_MS 100
#define ISERE_SOURCE_BYTES_MAX (64 * 1024)
#define ISERE_FUNCTION_FILES_MAX 1
