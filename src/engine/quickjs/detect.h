// SPDX-License-Identifier: Apache-2.0
// Tells ES modules from CommonJS by their text.
#pragma once

#include <stdbool.h>

#include "base/span.h"

// True when `source` has an import or export statement, or import.meta, outside of any function,
// whether the rest is right or not.
bool isere_quickjs_detect_module(isere_span_t source);
