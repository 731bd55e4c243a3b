// SPDX-License-Identifier: Apache-2.0
// base/format: what it writes is what the C library writes.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
// cmocka's header needs those above.
#include <limits.h>
#include <setjmp.h>
#include <cmocka.h>

int isere_test_base_format(void);

static int format(char *out, size_t cap, const char *text, ...) {
  va_list args;
  va_start(args, text);
  const int len = isere_format(out, cap, text, args);
  va_end(args);
  return len;
}

// Both must agree, in length and bytes, with room and without.
#define SAME(...)                                                  \
  do {                                                             \
    for (size_t cap = 0; cap <= 64; cap += cap < 8 ? 1 : 14) {     \
      char wanted[80];                                             \
      char got[80];                                                \
      memset(wanted, '~', sizeof(wanted));                         \
      memset(got, '~', sizeof(got));                               \
      const int wanted_len = snprintf(wanted, cap, __VA_ARGS__);   \
      assert_int_equal(format(got, cap, __VA_ARGS__), wanted_len); \
      assert_memory_equal(got, wanted, sizeof(got));               \
    }                                                              \
  } while (0)

static void writes_integers_of_every_length(void **state) {
  (void)state;
  SAME("%d %i %u", 0, -1, 4294967295u);
  SAME("%d %d", INT_MIN, INT_MAX);
  SAME("%lld %llu %llx", (long long)INT64_MIN, (unsigned long long)UINT64_MAX, 1ull << 40);
  SAME("%ld %lu %lx", -5l, 6ul, 7ul);
  SAME("%zu %zx", SIZE_MAX, (size_t)255);
  SAME("%jd", (intmax_t)-9);
  SAME("%hhd %hhu %hd %hu", (signed char)-1, (unsigned char)200, (short)-2, (unsigned short)60000);
  SAME("%x %X %o %#x %#X %#x", 0xbeefu, 0xbeefu, 8u, 255u, 255u, 0u);
}

static void pads_and_cuts(void **state) {
  (void)state;
  SAME("[%5d][%-5d][%05d][%+d][% d]", 42, 42, -42, 42, 42);
  SAME("[%.3d][%8.3d][%-8.3d]", 5, -5, 5);
  SAME("[%*d][%-*d][%*d]", 6, 1, 6, 2, -6, 3);
  SAME("[%s][%10s][%-10s][%.2s]", "abc", "abc", "abc", "abc");
  SAME("[%.*s][%.*s][%5c]", 2, "abc", 0, "abc", 'x');
  SAME("100%% %c%c", 'o', 'k');
  SAME("%s", "");
  SAME("%02x%02x:%08lx", 1, 255, 0x1234ul);
}

static void reads_no_further_than_the_precision(void **state) {
  (void)state;
  const char text[3] = {'a', 'b', 'c'}; // no NUL
  char out[8];
  assert_int_equal(format(out, sizeof(out), "%.*s", 3, text), 3);
  assert_string_equal(out, "abc");
}

static void writes_what_it_does_not_know_as_it_stands(void **state) {
  (void)state;
  char out[32];
  (void)format(out, sizeof(out), "a %5.1f b");
  assert_string_equal(out, "a %5.1f b");
  (void)format(out, sizeof(out), "%s 50%", "at");
  assert_string_equal(out, "at 50%");
  (void)format(out, sizeof(out), "%s", (const char *)NULL);
  assert_string_equal(out, "(null)");
}

int isere_test_base_format(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_integers_of_every_length),
      cmocka_unit_test(pads_and_cuts),
      cmocka_unit_test(reads_no_further_than_the_precision),
      cmocka_unit_test(writes_what_it_does_not_know_as_it_stands),
  };
  return cmocka_run_group_tests_name("base/format", tests, NULL, NULL);
}
