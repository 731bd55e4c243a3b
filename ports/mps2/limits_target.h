// SPDX-License-Identifier: Apache-2.0
// The limits of the MPS2 boards that differ from base/limits.h: those of a Pico 2, of 520 KB of
// RAM.
#pragma once

#define ISERE_WORKERS_MAX 2
#define ISERE_SOURCE_BYTES_MAX (64 * 1024)
#define ISERE_FUNCTION_FILES_MAX 1
