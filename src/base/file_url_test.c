// SPDX-License-Identifier: Apache-2.0
// Tests of paths as file: URLs.
#include "base/file_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

int isere_test_base_file_url(void);

static void writes_urls(void **state) {
  (void)state;
  static const struct {
    const char *folder;
    const char *path;
    const char *url;
  } rows[] = {
      {"/srv", "handler.js", "file:///srv/handler.js"},
      {"/srv/js", "./../lib/a.js", "file:///srv/lib/a.js"},
      {"/srv", "js//./handler.js", "file:///srv/js/handler.js"},
      {"/srv", "../../../a.js", "file:///a.js"},
      {"/", "a.js", "file:///a.js"},
      {"/srv", "/opt/../a.js", "file:///a.js"},
      {"/srv", "/", "file:///"},
      {"/srv", "..", "file:///"},
      {"/srv", "..a/b..", "file:///srv/..a/b.."},
      {"/a b", "100%?#.js", "file:///a%20b/100%25%3F%23.js"},
      {"/é", "\x01\x7f\xff", "file:///%C3%A9/%01%7F%FF"},
      {"/", "-._~!$&'()*+,;=:@", "file:///-._~!$&'()*+,;=:@"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char out[128];
    isere_file_url_write(rows[i].folder, rows[i].path, out);
    assert_string_equal(out, rows[i].url);
  }
}

// The room that is promised to be enough is used to its last byte.
static void takes_no_more_room_than_said(void **state) {
  (void)state;
  static const char folder[] = "/\xff\xff";
  static const char path[] = "\xff\xff\xff\xff";
  char out[ISERE_FILE_URL_BYTES(sizeof(folder) - 1, sizeof(path) - 1) + 1];
  memset(out, 'x', sizeof(out));
  isere_file_url_write(folder, path, out);
  assert_string_equal(out, "file:///%FF%FF/%FF%FF%FF%FF");
  assert_true(strlen(out) < sizeof(out) - 1);
  assert_int_equal(out[sizeof(out) - 1], 'x');
}

static void reads_urls(void **state) {
  (void)state;
  static const struct {
    const char *url;
    const char *path; // NULL: it is none
  } rows[] = {
      {"file:///srv/a.js", "/srv/a.js"},
      {"file:///", "/"},
      {"file:///a%20b/%c3%A9%25.js", "/a b/é%.js"},
      {"file:///a%2", "/a%2"},
      {"file:///a%zz%", "/a%zz%"},
      {"file:///a+b", "/a+b"},
      {"file://host/a.js", NULL},
      {"file://", NULL},
      {"/srv/a.js", NULL},
      {"", NULL},
      {"file:///a%00.js", NULL},
      {"file:///a%2fb.js", NULL},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char out[64];
    assert_int_equal(isere_file_url_read(rows[i].url, out), rows[i].path != NULL);
    if (rows[i].path != NULL) {
      assert_string_equal(out, rows[i].path);
    }
  }
}

int isere_test_base_file_url(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_urls),
      cmocka_unit_test(takes_no_more_room_than_said),
      cmocka_unit_test(reads_urls),
  };
  return cmocka_run_group_tests_name("base_file_url", tests, NULL, NULL);
}
