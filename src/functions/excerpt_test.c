// SPDX-License-Identifier: Apache-2.0
// Tests of the line of code that is shown with an error.
#include "functions/excerpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

int isere_test_functions_excerpt(void);

static const char *excerpt(const char *stack, const char *source, size_t cap) {
  static char out[1024];
  isere_place_t place;
  const size_t room = cap > sizeof(out) - 1 ? sizeof(out) - 1 : cap;
  const size_t len = isere_excerpt_find(isere_span_of(stack), &place)
                         ? isere_excerpt_write(&place, isere_span_of(source), out, room)
                         : 0;
  out[len] = '\0';
  return out;
}

static void shows_the_line_and_the_column(void **state) {
  (void)state;
  assert_string_equal(excerpt("    at js/a.js:2:7\n", "one\nlet x y;\nthree", 1000),
                      "js/a.js:2:7\nlet x y;\n      ^\n");
  assert_string_equal(excerpt("    at map (native)\n    at g (js/a.js:1:1)\n", "one\r\ntwo", 1000),
                      "js/a.js:1:1\none\n^\n");
  assert_string_equal(excerpt("    at js/a.js:1\n", "one", 1000), "js/a.js:1:0\none\n^\n");
}

static void columns_count_characters_and_tabs_stay(void **state) {
  (void)state;
  assert_string_equal(excerpt("at js/a.js:1:4", "\té!x", 1000), "js/a.js:1:4\n\té!x\n\t  ^\n");
  assert_string_equal(excerpt("at js/a.js:1:99", "ab", 1000), "js/a.js:1:99\nab\n  ^\n");
}

static void cuts_a_long_line_around_the_place(void **state) {
  (void)state;
  char source[4001];
  for (size_t i = 0; i < 4000; i++) {
    source[i] = (char)('a' + i % 26);
  }
  source[4000] = '\0';
  const char *text = excerpt("at js/a.js:1:2001", source, 1000);
  assert_true(strlen(text) < 400);
  const char *line = strchr(text, '\n') + 1;
  const char *caret_line = strchr(line, '\n') + 1;
  assert_int_equal(line[strlen(caret_line) - 2], source[2000]);
}

static void says_nothing_where_it_knows_nothing(void **state) {
  (void)state;
  assert_string_equal(excerpt("at :1:1", "one", 1000), "");
  assert_string_equal(excerpt("TypeError: 12:30 is no time", "one", 1000), "");
  assert_string_equal(excerpt("", "one", 1000), "");
  assert_string_equal(excerpt("at js/a.js:7:1", "one\ntwo\n", 1000), "");
  assert_string_equal(excerpt("at js/a.js:x", "one", 1000), "");
  assert_string_equal(excerpt("at js/a.js", "one", 1000), "");
  assert_string_equal(excerpt("at js/a.js:1:3", "one", 17), ""); // no room for the caret
}

int isere_test_functions_excerpt(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shows_the_line_and_the_column),
      cmocka_unit_test(columns_count_characters_and_tabs_stay),
      cmocka_unit_test(cuts_a_long_line_around_the_place),
      cmocka_unit_test(says_nothing_where_it_knows_nothing),
  };
  return cmocka_run_group_tests_name("functions_excerpt", tests, NULL, NULL);
}
