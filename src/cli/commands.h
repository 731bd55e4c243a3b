// SPDX-License-Identifier: Apache-2.0
// The commands that do more than print.
#pragma once

#include "cli/options.h"

// Each returns the process's exit status.
int isere_cli_run(isere_options_t *options);
int isere_cli_exec(isere_options_t *options);
