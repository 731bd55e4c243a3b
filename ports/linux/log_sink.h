// SPDX-License-Identifier: Apache-2.0
// Log events as lines on the standard error.
#pragma once

#include <stdbool.h>

#include "base/log.h"

// Text: "12:34:56.789 INFO  tag [request id] text", coloured when the standard error is a terminal.
// JSON: an object a line.
void isere_log_sink_init(bool json, isere_log_level_t level);
