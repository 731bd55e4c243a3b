// SPDX-License-Identifier: Apache-2.0
// Tests of import resolution.
#include "functions/modules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

int isere_test_functions_modules(void);

static void resolves_relative_paths(void **state) {
  (void)state;
  static const struct {
    const char *referrer;
    const char *specifier;
    const char *path;
  } cases[] = {
      {"handler.js", "./a.js", "a.js"},
      {"js/handler.js", "./a.js", "js/a.js"},
      {"js/handler.js", "../a.js", "a.js"},
      {"js/handler.js", "../../a.js", "../a.js"},
      {"../js/h.js", "../../a.js", "../../a.js"},
      {"/srv/js/h.js", "./lib/../a.js", "/srv/js/a.js"},
      {"/srv/h.js", "../../../a.js", "/a.js"},
      {"/srv/h.js", "/etc/a.js", "/etc/a.js"},
      {"/srv/h.js", "file:///opt//a.js", "/opt/a.js"},
      {"/srv/h.js", "file:///opt/a%20b.js", "/opt/a b.js"},
      {"js/handler.js", "./././b/.//c.js", "js/b/c.js"},
      {"js/handler.js", "./..a.js", "js/..a.js"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char path[64];
    memset(path, 'x', sizeof(path)); // what stands behind the text is not looked at
    assert_int_equal(
        isere_module_resolve(cases[i].referrer, cases[i].specifier, path, sizeof(path)), ISERE_OK);
    assert_string_equal(path, cases[i].path);
  }
}

static void refuses_what_is_no_path(void **state) {
  (void)state;
  char path[64];
  assert_int_equal(isere_module_resolve("a.js", "lodash", path, sizeof(path)), ISERE_ERR_NOTFOUND);
  assert_int_equal(isere_module_resolve("a.js", "", path, sizeof(path)), ISERE_ERR_NOTFOUND);
  assert_int_equal(isere_module_resolve("a.js", ".a.js", path, sizeof(path)), ISERE_ERR_NOTFOUND);
  assert_int_equal(isere_module_resolve("a.js", "file://host/a.js", path, sizeof(path)),
                   ISERE_ERR_NOTFOUND);
  assert_int_equal(isere_module_resolve("a.js", "file:///0123456789", path, 18), ISERE_ERR_TOOBIG);
  assert_int_equal(isere_module_resolve("a.js", "./0123456789", path, 13), ISERE_ERR_TOOBIG);
  assert_int_equal(isere_module_resolve("a.js", "./0123456789", path, 14), ISERE_OK);
  assert_string_equal(path, "0123456789");
}

int isere_test_functions_modules(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(resolves_relative_paths),
      cmocka_unit_test(refuses_what_is_no_path),
  };
  return cmocka_run_group_tests_name("functions_modules", tests, NULL, NULL);
}
