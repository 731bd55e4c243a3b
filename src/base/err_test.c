// SPDX-License-Identifier: Apache-2.0
// Errors have the values, names and texts that logs and telemetry rely on.
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// cmocka.h needs those above.
#include <cmocka.h>

int isere_test_base_err(void);

static const struct {
  isere_err_t err;
  const char *name;
} all[] = {
#define X(name, value, text) {ISERE_ERR_##name, #name},
    ISERE_ERR_MAP(X)
#undef X
};

enum { COUNT = sizeof(all) / sizeof(all[0]) };

static void test_values_are_unique_and_not_positive(void **state) {
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    assert_true(all[i].err <= 0);
    for (int k = 0; k < i; k++) {
      assert_int_not_equal(all[i].err, all[k].err);
      assert_string_not_equal(isere_err_text(all[i].err), isere_err_text(all[k].err));
    }
  }
}

// They travel: a change here breaks readers of old logs.
static void test_values_stay(void **state) {
  (void)state;
  assert_int_equal(ISERE_OK, 0);
  assert_int_equal(ISERE_ERR_NOMEM, -1);
  assert_int_equal(ISERE_ERR_TIMEOUT, -5);
  assert_int_equal(ISERE_ERR_BUSY, -11);
  assert_int_equal(ISERE_ERR_ACCES, -17);
}

static void test_names_and_texts(void **state) {
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    assert_string_equal(isere_err_name(all[i].err), all[i].name);
    assert_true(strlen(isere_err_text(all[i].err)) > 0);
    assert_string_not_equal(isere_err_text(all[i].err), "unknown error");
  }
}

static void test_unknown_values_have_a_text_too(void **state) {
  (void)state;
  // From int, as results arrive: a value outside the map.
  const int unknown[] = {1, -999};
  for (int i = 0; i < 2; i++) {
    assert_string_equal(isere_err_name((isere_err_t)unknown[i]), "UNKNOWN");
    assert_string_equal(isere_err_text((isere_err_t)unknown[i]), "unknown error");
  }
}

int isere_test_base_err(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values_are_unique_and_not_positive),
      cmocka_unit_test(test_values_stay),
      cmocka_unit_test(test_names_and_texts),
      cmocka_unit_test(test_unknown_values_have_a_text_too),
  };
  return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
