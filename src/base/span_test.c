// SPDX-License-Identifier: Apache-2.0
// Spans compare by their bytes, NUL and all.
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs those above.
#include <cmocka.h>

int isere_test_base_span(void);

static void test_literal_has_no_terminator(void **state) {
  (void)state;
  assert_int_equal(ISERE_SPAN("").len, 0);
  assert_int_equal(ISERE_SPAN("abc").len, 3);
  assert_int_equal(ISERE_SPAN("a\0b").len, 3);
  assert_int_equal(isere_span_of("a\0b").len, 1);
}

static void test_equal(void **state) {
  (void)state;
  assert_true(isere_span_equal(ISERE_SPAN("abc"), isere_span("abcd", 3)));
  assert_false(isere_span_equal(ISERE_SPAN("abc"), ISERE_SPAN("abd")));
  assert_false(isere_span_equal(ISERE_SPAN("abc"), ISERE_SPAN("ab")));
  assert_false(isere_span_equal(ISERE_SPAN("a\0b"), ISERE_SPAN("a\0c")));
  assert_false(isere_span_equal(ISERE_SPAN("abc"), ISERE_SPAN("ABC")));
  assert_true(isere_span_equal(isere_span(NULL, 0), ISERE_SPAN("")));
}

static void test_equal_without_case_is_for_ascii_letters_only(void **state) {
  (void)state;
  assert_true(isere_span_equal_nocase(ISERE_SPAN("Content-LENGTH"), ISERE_SPAN("content-length")));
  assert_false(isere_span_equal_nocase(ISERE_SPAN("content"), ISERE_SPAN("content-length")));
  assert_true(isere_span_equal_nocase(isere_span(NULL, 0), ISERE_SPAN("")));
  // Pairs that differ in the bit of case, but are no letters.
  const char *pairs[] = {"@`", "[{", "\\|", "]}", "^~", "_\x7f", "\xc0\xe0"};
  for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
    assert_false(isere_span_equal_nocase(isere_span(pairs[i], 1), isere_span(pairs[i] + 1, 1)));
  }
  for (int c = 0; c < 256; c++) {
    const char lower = isere_ascii_lower((char)c);
    assert_int_equal((unsigned char)lower, c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
}

static void test_starts_with(void **state) {
  (void)state;
  assert_true(isere_span_starts_with(ISERE_SPAN("http://a"), ISERE_SPAN("http://")));
  assert_true(isere_span_starts_with(ISERE_SPAN("a"), ISERE_SPAN("a")));
  assert_true(isere_span_starts_with(ISERE_SPAN("a"), ISERE_SPAN("")));
  assert_true(isere_span_starts_with(isere_span(NULL, 0), isere_span(NULL, 0)));
  assert_false(isere_span_starts_with(ISERE_SPAN("a"), ISERE_SPAN("ab")));
  assert_false(isere_span_starts_with(ISERE_SPAN("ba"), ISERE_SPAN("a")));
}

int isere_test_base_span(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_literal_has_no_terminator),
      cmocka_unit_test(test_equal),
      cmocka_unit_test(test_equal_without_case_is_for_ascii_letters_only),
      cmocka_unit_test(test_starts_with),
  };
  return cmocka_run_group_tests_name("base/span", tests, NULL, NULL);
}
