// SPDX-License-Identifier: Apache-2.0
// What a command says to the person at the terminal.
#pragma once

// Writes formatted text to the standard output.
void isere_cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Writes "isere: <text>" as a line to the standard error.
void isere_cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
