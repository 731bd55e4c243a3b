// SPDX-License-Identifier: Apache-2.0
// Finds the command, reads its options, and calls it.
#include "cli/cli.h"

#include <stdbool.h>
#include <string.h>

#include "build_config.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "engine/engine.h"

static int help_main(void) {
  isere_cli_print(
      "isère runs functions in JavaScript and answers HTTP requests with them.\n"
      "\n"
      "Usage: isere [run] [FILE] [OPTIONS]\n"
      "       isere COMMAND [ARGUMENTS]\n"
      "\n"
      "Commands:\n"
      "  run [FILE]           serve the function in FILE (js/handler.js, or the built-in example)\n"
      "  exec FILE [ARG ...]  run a script or module to its end\n"
      "  version              print the version\n"
      "  help [COMMAND]       print this, or the help of a command\n"
      "\n"
      "Example: isere run hello.js --port 8080 --dev\n");
  return 0;
}

static int help_run(void) {
  isere_cli_print("Usage: isere [run] [FILE] [OPTIONS]\n"
                  "\n"
                  "Serves the function in FILE over HTTP: an ES module with `export const handler "
                  "= async (event,\n"
                  "context, done) => …`, or CommonJS with `exports.handler = …`. Without FILE: "
                  "js/handler.js where it\n"
                  "exists, else the built-in example. SIGINT or SIGTERM let requests in flight "
                  "finish; a second one ends\n"
                  "at once.\n"
                  "\n");
  isere_options_help(ISERE_COMMAND_RUN);
  return 0;
}

static int help_exec(void) {
  isere_cli_print("Usage: isere exec [OPTIONS] FILE [ARG ...]\n"
                  "\n"
                  "Runs FILE to its end, with the globals that a function has. The arguments are "
                  "in process.argv from index 2\n"
                  "on. A file that ends in .mjs, or that has `import` or `export`, is a module; "
                  "else it is CommonJS. Exit\n"
                  "status: 0; 1 after an error, which goes to the standard error; or what "
                  "process.exit was given.\n"
                  "\n");
  isere_options_help(ISERE_COMMAND_EXEC);
  return 0;
}

static int help_version(void) {
  isere_cli_print("Usage: isere version\n\nPrints the version of isère and of its engine.\n");
  return 0;
}

static int help(int argc, char **argv) {
  if (argc == 0 || strcmp(argv[0], "help") == 0) {
    return help_main();
  }
  if (strcmp(argv[0], "run") == 0) {
    return help_run();
  }
  if (strcmp(argv[0], "exec") == 0) {
    return help_exec();
  }
  if (strcmp(argv[0], "version") == 0) {
    return help_version();
  }
  isere_cli_error("no command \"%s\": there are run, exec, version and help", argv[0]);
  return 2;
}

static int version(int argc, char **argv) {
  if (argc > 0) {
    return strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0
               ? help_version()
               : (isere_cli_error("version takes no arguments"), 2);
  }
  isere_cli_print("isere %s (%s %s, %s)\n", ISERE_VERSION, isere_engine_quickjs.name,
                  isere_engine_quickjs.version, ISERE_TARGET_PLATFORM);
  return 0;
}

static int run_command(isere_command_t command, int argc, char **argv) {
  isere_options_t options;
  bool wants_help;
  if (!isere_options_read(command, argc, argv, &options, &wants_help)) {
    return 2;
  }
  if (wants_help) {
    return command == ISERE_COMMAND_RUN ? help_run() : help_exec();
  }
  return command == ISERE_COMMAND_RUN ? isere_cli_run(&options) : isere_cli_exec(&options);
}

int isere_cli_main(int argc, char **argv) {
  const char *first = argc > 1 ? argv[1] : "run";
  if (strcmp(first, "help") == 0 || strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
    return help(argc - 2, argv + 2);
  }
  if (strcmp(first, "version") == 0 || strcmp(first, "--version") == 0) {
    return version(argc - 2, argv + 2);
  }
  if (strcmp(first, "exec") == 0) {
    return run_command(ISERE_COMMAND_EXEC, argc - 2, argv + 2);
  }
  const bool is_named = argc > 1 && strcmp(first, "run") == 0;
  const int skip = argc == 0 ? 0 : is_named ? 2 : 1;
  return run_command(ISERE_COMMAND_RUN, argc - skip, argv + skip);
}
