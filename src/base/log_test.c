// SPDX-License-Identifier: Apache-2.0
// Events reach the sink whole, below the level not at all, and long formatted texts are cut where a
// character ends.
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// cmocka.h needs those above.
#include <cmocka.h>

#include "base/limits.h"

int isere_test_base_log(void);

typedef struct {
  int events;
  isere_log_level_t level;
  const char *tag;
  char request_id[32];
  char text[2 * ISERE_LOG_TEXT_BYTES_MAX];
  size_t text_len;
} seen_t;

static seen_t seen;

static void sink(void *arg, const isere_log_event_t *event) {
  seen_t *to = arg;
  to->events++;
  to->level = event->level;
  to->tag = event->tag;
  assert_true(event->request_id.len < sizeof(to->request_id));
  if (event->request_id.len > 0) {
    memcpy(to->request_id, event->request_id.ptr, event->request_id.len);
  }
  to->request_id[event->request_id.len] = '\0';
  assert_true(event->text.len <= sizeof(to->text));
  memcpy(to->text, event->text.ptr, event->text.len);
  to->text_len = event->text.len;
}

static int set_up(void **state) {
  (void)state;
  memset(&seen, 0, sizeof(seen));
  isere_log_init(sink, &seen, ISERE_LOG_INFO);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  isere_log_init(NULL, NULL, ISERE_LOG_ERROR);
  return 0;
}

static void assert_text(const char *text) {
  assert_int_equal(seen.text_len, strlen(text));
  assert_memory_equal(seen.text, text, seen.text_len);
}

static void test_event_arrives_whole(void **state) {
  (void)state;
  isere_log_write(ISERE_LOG_WARN, "http", ISERE_SPAN("id-1"), ISERE_SPAN("a\nb\0c"));
  assert_int_equal(seen.events, 1);
  assert_int_equal(seen.level, ISERE_LOG_WARN);
  assert_string_equal(seen.tag, "http");
  assert_string_equal(seen.request_id, "id-1");
  assert_int_equal(seen.text_len, 5);
  assert_memory_equal(seen.text, "a\nb\0c", 5);
}

static void test_formatted_event(void **state) {
  (void)state;
  isere_log(ISERE_LOG_ERROR, "t", "%d of %s", 3, "four");
  assert_text("3 of four");
  assert_string_equal(seen.request_id, "");
}

static void test_level_and_missing_sink_drop_events(void **state) {
  (void)state;
  assert_true(isere_log_enabled(ISERE_LOG_INFO));
  assert_false(isere_log_enabled(ISERE_LOG_DEBUG));
  isere_log(ISERE_LOG_DEBUG, "t", "x");
  isere_log_write(ISERE_LOG_DEBUG, "t", ISERE_SPAN(""), ISERE_SPAN("x"));
  assert_int_equal(seen.events, 0);
  isere_log_init(NULL, NULL, ISERE_LOG_DEBUG);
  assert_false(isere_log_enabled(ISERE_LOG_ERROR));
  isere_log(ISERE_LOG_ERROR, "t", "x");
  assert_int_equal(seen.events, 0);
}

static void test_text_at_the_limit_is_not_cut(void **state) {
  (void)state;
  char text[ISERE_LOG_TEXT_BYTES_MAX];
  memset(text, 'a', sizeof(text) - 1);
  text[sizeof(text) - 1] = '\0';
  isere_log(ISERE_LOG_INFO, "t", "%s", text);
  assert_text(text);
}

static void test_longer_text_is_cut_and_marked(void **state) {
  (void)state;
  char text[2 * ISERE_LOG_TEXT_BYTES_MAX];
  memset(text, 'a', sizeof(text) - 1);
  text[sizeof(text) - 1] = '\0';
  isere_log(ISERE_LOG_INFO, "t", "%s", text);
  assert_true(seen.text_len < ISERE_LOG_TEXT_BYTES_MAX);
  assert_memory_equal(seen.text + seen.text_len - 3, "…", 3);
  for (size_t i = 0; i < seen.text_len - 3; i++) {
    assert_int_equal(seen.text[i], 'a');
  }
}

// Whatever the cut falls on, what is left is whole characters and the mark.
static void test_cut_does_not_split_a_character(void **state) {
  (void)state;
  for (size_t shift = 0; shift < 4; shift++) {
    char text[2 * ISERE_LOG_TEXT_BYTES_MAX] = "";
    memset(text, 'a', shift);
    for (size_t at = shift; at + 4 < sizeof(text); at += 4) {
      memcpy(text + at, "😀", 4);
    }
    isere_log(ISERE_LOG_INFO, "t", "%s", text);
    assert_memory_equal(seen.text + seen.text_len - 3, "…", 3);
    assert_int_equal((seen.text_len - 3 - shift) % 4, 0);
  }
}

static void test_long_text_passed_whole_is_not_cut(void **state) {
  (void)state;
  char text[2 * ISERE_LOG_TEXT_BYTES_MAX];
  memset(text, 'a', sizeof(text));
  isere_log_write(ISERE_LOG_INFO, "t", ISERE_SPAN(""), isere_span(text, sizeof(text)));
  assert_int_equal(seen.text_len, sizeof(text));
}

static void test_level_names(void **state) {
  (void)state;
  assert_string_equal(isere_log_level_name(ISERE_LOG_ERROR), "error");
  assert_string_equal(isere_log_level_name(ISERE_LOG_WARN), "warn");
  assert_string_equal(isere_log_level_name(ISERE_LOG_INFO), "info");
  assert_string_equal(isere_log_level_name(ISERE_LOG_DEBUG), "debug");
}

#define LOG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int isere_test_base_log(void) {
  const struct CMUnitTest tests[] = {
      LOG_TEST(test_event_arrives_whole),
      LOG_TEST(test_formatted_event),
      LOG_TEST(test_level_and_missing_sink_drop_events),
      LOG_TEST(test_text_at_the_limit_is_not_cut),
      LOG_TEST(test_longer_text_is_cut_and_marked),
      LOG_TEST(test_cut_does_not_split_a_character),
      LOG_TEST(test_long_text_passed_whole_is_not_cut),
      LOG_TEST(test_level_names),
  };
  return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
