// SPDX-License-Identifier: Apache-2.0
// The C half of the global `process`.
#pragma once

#include "engine/engine.h"

extern const isere_native_t isere_api_process_natives[];
