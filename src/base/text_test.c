// SPDX-License-Identifier: Apache-2.0
// Tests of text conversions.
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

int isere_test_base_text(void);

static void utf8_knows_what_is_well_formed(void **state) {
  (void)state;
  static const struct {
    isere_span_t text;
    bool valid;
  } cases[] = {
      {ISERE_SPAN(""), true},
      {ISERE_SPAN("plain ASCII of more than eight bytes"), true},
      {ISERE_SPAN("a\0b"), true},
      {ISERE_SPAN("\xc3\xa9"), true},
      {ISERE_SPAN("\xe2\x82\xac and \xf0\x9f\x98\x80"), true},
      {ISERE_SPAN("\xf4\x8f\xbf\xbf"), true},
      {ISERE_SPAN("\xed\x9f\xbf\xee\x80\x80"), true},
      {ISERE_SPAN("\x80"), false},             // a continuation alone
      {ISERE_SPAN("\xc3"), false},             // cut off
      {ISERE_SPAN("12345678\xe2\x82"), false}, // cut off behind a word of ASCII
      {ISERE_SPAN("\xc0\xaf"), false},         // overlong
      {ISERE_SPAN("\xe0\x9f\xbf"), false},     // overlong
      {ISERE_SPAN("\xf0\x8f\xbf\xbf"), false}, // overlong
      {ISERE_SPAN("\xed\xa0\x80"), false},     // a surrogate
      {ISERE_SPAN("\xf4\x90\x80\x80"), false}, // beyond U+10FFFF
      {ISERE_SPAN("\xff"), false},
      {ISERE_SPAN("\xe2\x28\xa1"), false},
      {ISERE_SPAN("\xf0\x9f\x98\x28"), false},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    assert_int_equal(isere_utf8_valid(cases[i].text), cases[i].valid);
  }
}

static void latin1_takes_what_fits_a_byte(void **state) {
  (void)state;
  char out[32];
  size_t len;
  unsigned bad;
  assert_true(isere_utf8_to_latin1(ISERE_SPAN("caf\xc3\xa9 \xc2\x80\xc3\xbf"), out, &len, &bad));
  assert_int_equal(len, 7);
  assert_memory_equal(out, "caf\xe9 \x80\xff", 7);
  assert_false(isere_utf8_to_latin1(ISERE_SPAN("a\xc4\x80"), out, &len, &bad));
  assert_int_equal(bad, 0x100);
  assert_false(isere_utf8_to_latin1(ISERE_SPAN("\xe2\x82\xac"), out, &len, &bad));
  assert_int_equal(bad, 0x20ac);
  assert_false(isere_utf8_to_latin1(ISERE_SPAN("\xf0\x9f\x98\x80"), out, &len, &bad));
  assert_int_equal(bad, 0x1f600);
}

static void query_decodes_escapes_and_leaves_the_rest(void **state) {
  (void)state;
  static const struct {
    const char *text;
    isere_span_t decoded;
  } cases[] = {
      {"", ISERE_SPAN("")},         {"a+b", ISERE_SPAN("a b")},   {"%41%6a%6A", ISERE_SPAN("Ajj")},
      {"%", ISERE_SPAN("%")},       {"%4", ISERE_SPAN("%4")},     {"%4g%zz", ISERE_SPAN("%4g%zz")},
      {"%00x", ISERE_SPAN("\0x")},  {"%2B%25", ISERE_SPAN("+%")}, {"%%41", ISERE_SPAN("%A")},
      {"100%", ISERE_SPAN("100%")},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char out[32];
    const size_t len = isere_query_decode(isere_span_of(cases[i].text), out);
    assert_int_equal(len, cases[i].decoded.len);
    assert_memory_equal(out, cases[i].decoded.ptr, len);
  }
}

static void base64_keeps_the_vectors_of_rfc_4648(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char out[16];
    size_t len;
    isere_base64_encode(isere_span_of(cases[i][0]), out);
    assert_memory_equal(out, cases[i][1], strlen(cases[i][1]));
    assert_true(isere_base64_decode(isere_span_of(cases[i][1]), out, &len));
    assert_int_equal(len, strlen(cases[i][0]));
    assert_memory_equal(out, cases[i][0], len);
  }
}

static void base64_takes_its_variants_and_refuses_the_rest(void **state) {
  (void)state;
  char out[16];
  size_t len;
  assert_true(isere_base64_decode(ISERE_SPAN("-_-_"), out, &len));
  assert_memory_equal(out, "\xfb\xff\xbf", 3);
  assert_true(isere_base64_decode(ISERE_SPAN("Z g\r\n= ="), out, &len));
  assert_int_equal(len, 1);
  assert_true(isere_base64_decode(ISERE_SPAN("Zg"), out, &len));
  assert_int_equal(len, 1);
  static const char *const bad[] = {"Z", "Zg=", "Zg===", "Zm9v=", "Zm=9", "Zm9v!", "=", "Zm8=Zm8="};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_false(isere_base64_decode(isere_span_of(bad[i]), out, &len));
  }
}

static void base64_returns_every_byte(void **state) {
  (void)state;
  for (size_t size = 0; size < 260; size++) {
    char *bytes = malloc(size + 1);
    char *text = malloc(ISERE_BASE64_CHARS(size) + 1);
    char *back = malloc(ISERE_BASE64_CHARS(size) / 4 * 3 + 3);
    size_t len;
    for (size_t i = 0; i < size; i++) {
      bytes[i] = (char)(i * 7 + size);
    }
    isere_base64_encode(isere_span(bytes, size), text);
    assert_true(isere_base64_decode(isere_span(text, ISERE_BASE64_CHARS(size)), back, &len));
    assert_int_equal(len, size);
    assert_memory_equal(back, bytes, size);
    free(bytes);
    free(text);
    free(back);
  }
}

int isere_test_base_text(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(utf8_knows_what_is_well_formed),
      cmocka_unit_test(latin1_takes_what_fits_a_byte),
      cmocka_unit_test(query_decodes_escapes_and_leaves_the_rest),
      cmocka_unit_test(base64_keeps_the_vectors_of_rfc_4648),
      cmocka_unit_test(base64_takes_its_variants_and_refuses_the_rest),
      cmocka_unit_test(base64_returns_every_byte),
  };
  return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
