// SPDX-License-Identifier: Apache-2.0
// js/handler.js as the build embedded it.
#pragma once

#include <stddef.h>
#include <stdint.h>

extern const uint8_t isere_js_handler[];
extern const size_t isere_js_handler_len;
