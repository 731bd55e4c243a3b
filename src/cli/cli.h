// SPDX-License-Identifier: Apache-2.0
// The command line: isere run, exec, version, help.
#pragma once

// Does what the arguments say. Returns the process's exit status: 0; 1 after a failure; 2 when the
// arguments are wrong.
int isere_cli_main(int argc, char **argv);
