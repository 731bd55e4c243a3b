// SPDX-License-Identifier: Apache-2.0
// The C half of the console: print, a clock, and what the language does not let code see of a
// value.
#pragma once

#include "engine/engine.h"

extern const isere_native_t isere_api_console_natives[];
