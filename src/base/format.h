// SPDX-License-Identifier: Apache-2.0
// Formatted text for targets whose C library has no full vsnprintf, or a large one.
#pragma once

#include <stdarg.h>
#include <stddef.h>

// What vsnprintf does (ISO C11 section 7.21.6.12), for the conversions d i u x X o c s p %, with
// the flags - 0 + space #, width, precision, and the lengths hh h l ll z t j. There are no
// floating-point numbers, no %n and no wide characters: such a conversion is written as it stands.
// From any task.
int isere_format(char *out, size_t cap, const char *format, va_list args);
