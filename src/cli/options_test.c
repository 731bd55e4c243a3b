// SPDX-License-Identifier: Apache-2.0
// Tests of the command line's options.
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

int isere_test_cli_options(void);

#define ARGS_MAX 12

static bool read_words(isere_command_t command, const char *const *words, isere_options_t *options,
                       bool *help) {
  char *argv[ARGS_MAX + 1];
  int argc = 0;
  while (words[argc] != NULL) {
    argv[argc] = (char *)(uintptr_t)words[argc];
    argc++;
  }
  argv[argc] = NULL;
  return isere_options_read(command, argc, argv, options, help);
}

static void defaults_are_those_of_the_limits(void **state) {
  (void)state;
  isere_options_t options;
  bool help;
  const char *const words[] = {NULL};
  assert_true(read_words(ISERE_COMMAND_RUN, words, &options, &help));
  assert_false(help);
  assert_null(options.file);
  assert_string_equal(options.host, "localhost");
  assert_int_equal(options.port, 8080);
  assert_int_equal(options.workers, 1);
  assert_int_equal(options.heap_bytes, ISERE_INSTANCE_HEAP_BYTES);
  assert_int_equal(options.timeout_ms, ISERE_INVOCATION_MS_MAX);
  assert_false(options.dev || options.fresh || options.log_json || options.has_log_level);
}

static void options_are_read_in_both_forms(void **state) {
  (void)state;
  isere_options_t options;
  bool help;
  const char *const words[] = {"--port=0", "a.js",      "--dev", "--env", "A=b=c", "--memory",
                               "64M",      "--workers", "3",     "--log", "json",  NULL};
  assert_true(read_words(ISERE_COMMAND_RUN, words, &options, &help));
  assert_string_equal(options.file, "a.js");
  assert_int_equal(options.port, 0);
  assert_true(options.dev);
  assert_true(options.log_json);
  assert_int_equal(options.workers, 3);
  assert_int_equal(options.heap_bytes, 64u << 20);
  assert_int_equal(options.env_count, 1);
  assert_string_equal(options.env[0], "A=b=c");
  assert_null(options.env[1]);
}

static void exec_leaves_the_rest_to_the_script(void **state) {
  (void)state;
  isere_options_t options;
  bool help;
  const char *const words[] = {"--memory", "1G", "s.mjs", "--port", "x", NULL};
  assert_true(read_words(ISERE_COMMAND_EXEC, words, &options, &help));
  assert_string_equal(options.file, "s.mjs");
  assert_string_equal(options.arguments[0], "--port");
  assert_string_equal(options.arguments[1], "x");
  assert_null(options.arguments[2]);
  const char *const dashed[] = {"--", "--odd-name.js", NULL};
  assert_true(read_words(ISERE_COMMAND_EXEC, dashed, &options, &help));
  assert_string_equal(options.file, "--odd-name.js");
}

static void mistakes_are_refused(void **state) {
  (void)state;
  static const char *const mistakes[][4] = {
      {"--prot", "1"},
      {"--port"},
      {"--port", "65536"},
      {"--port", "-1"},
      {"--port", "8o"},
      {"--port", ""},
      {"--env", "NOVALUE"},
      {"--env", "=x"},
      {"--memory", "12X"},
      {"--memory", "1"},
      {"--memory", "999999G"},
      {"--timeout", "0"},
      {"--workers", "0"},
      {"--dev=yes"},
      {"a.js", "b.js"},
      {"--log", "xml"},
      {"--log-level", "loud"},
      {"--host", ""},
      {"--port", "99999999999999999999"},
  };
  for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
    isere_options_t options;
    bool help;
    assert_false(read_words(ISERE_COMMAND_RUN, mistakes[i], &options, &help));
  }
  const char *const for_run_only[] = {"--port", "1", "x.js", NULL};
  isere_options_t options;
  bool help;
  assert_false(read_words(ISERE_COMMAND_EXEC, for_run_only, &options, &help));
}

static void help_needs_nothing_else(void **state) {
  (void)state;
  isere_options_t options;
  bool help;
  const char *const words[] = {"a.js", "--help", "--nonsense", NULL};
  assert_true(read_words(ISERE_COMMAND_RUN, words, &options, &help));
  assert_true(help);
}

int isere_test_cli_options(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_those_of_the_limits),
      cmocka_unit_test(options_are_read_in_both_forms),
      cmocka_unit_test(exec_leaves_the_rest_to_the_script),
      cmocka_unit_test(mistakes_are_refused),
      cmocka_unit_test(help_needs_nothing_else),
  };
  return cmocka_run_group_tests_name("cli_options", tests, NULL, NULL);
}
