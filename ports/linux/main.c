// SPDX-License-Identifier: Apache-2.0
// The Linux program.
#include "cli/cli.h"

int main(int argc, char **argv) {
  return isere_cli_main(argc, argv);
}
