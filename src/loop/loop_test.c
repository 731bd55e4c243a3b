// SPDX-License-Identifier: Apache-2.0
// The event loop: messages of several tasks, timers, the full mailbox, the end. Holds with a clock
// that stands still.
#include "loop/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// cmocka.h needs those above.
#include <cmocka.h>

#include "base/list.h"
#include "port/clock.h"

int isere_test_loop_loop(void);

enum { MESSAGES = 8, STEPS_MAX = 128 };

typedef struct {
  isere_loop_t loop;
  isere_message_t storage[MESSAGES];
  char steps[STEPS_MAX]; // a letter for each thing that was handled
  size_t count;
  uint64_t due_ms; // of all timers that are due: one value, also when the clock runs
  bool stop;
} fixture_t;

typedef struct {
  isere_timer_t timer;
  fixture_t *fixture;
  char letter;
  int again; // how often it starts itself anew
  isere_timer_t *stops;
} letter_timer_t;

typedef struct {
  fixture_t *fixture;
  char letter;
} letter_t;

static fixture_t fixture;

static int set_up(void **state) {
  memset(&fixture, 0, sizeof(fixture));
  isere_loop_init(&fixture.loop, fixture.storage, MESSAGES);
  fixture.due_ms = isere_port_clock_now_ms();
  *state = &fixture;
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  (void)ulTaskNotifyTake(pdTRUE, 0);
  return 0;
}

static void note(fixture_t *f, char letter) {
  assert_true(f->count < STEPS_MAX - 1);
  f->steps[f->count++] = letter;
}

static void on_letter(void *arg) {
  const letter_t *letter = arg;
  note(letter->fixture, letter->letter);
}

static void on_timer(isere_timer_t *timer) {
  letter_timer_t *self = ISERE_CONTAINER_OF(timer, letter_timer_t, timer);
  assert_false(isere_timer_running(timer));
  note(self->fixture, self->letter);
  if (self->again > 0) {
    self->again--;
    isere_timers_start(&self->fixture->loop.timers, timer, timer->due_ms);
  }
  if (self->stops != NULL) {
    isere_loop_timer_stop(&self->fixture->loop, self->stops);
  }
}

static letter_timer_t new_timer(fixture_t *f, char letter) {
  return (letter_timer_t){.timer.fn = on_timer, .fixture = f, .letter = letter};
}

static void start_due(letter_timer_t *timer) {
  isere_timers_start(&timer->fixture->loop.timers, &timer->timer, timer->fixture->due_ms);
}

static void on_stop(void *arg) {
  ((fixture_t *)arg)->stop = true;
}

static void test_messages_come_in_order(void **state) {
  fixture_t *f = *state;
  letter_t letters[] = {{f, 'a'}, {f, 'b'}, {f, 'c'}};
  isere_loop_bind(&f->loop);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(isere_loop_post(&f->loop, on_letter, &letters[i]), ISERE_OK);
  }
  assert_string_equal(f->steps, "");
  assert_int_equal(isere_loop_step(&f->loop), portMAX_DELAY);
  assert_string_equal(f->steps, "abc");
  assert_int_equal(isere_loop_step(&f->loop), portMAX_DELAY);
  assert_string_equal(f->steps, "abc");
}

static void test_full_mailbox_is_busy(void **state) {
  fixture_t *f = *state;
  letter_t letter = {f, 'a'};
  isere_loop_bind(&f->loop);
  for (int i = 0; i < MESSAGES; i++) {
    assert_int_equal(isere_loop_post(&f->loop, on_letter, &letter), ISERE_OK);
  }
  assert_int_equal(isere_loop_post(&f->loop, on_letter, &letter), ISERE_ERR_BUSY);
  (void)isere_loop_step(&f->loop);
  assert_int_equal(f->count, MESSAGES);
  assert_int_equal(isere_loop_post(&f->loop, on_letter, &letter), ISERE_OK);
}

static void count_wake(isere_loop_t *loop) {
  fixture_t *f = ISERE_CONTAINER_OF(loop, fixture_t, loop);
  note(f, '!');
}

static void test_wake_is_called_for_each_accepted_post(void **state) {
  fixture_t *f = *state;
  letter_t letter = {f, 'a'};
  f->loop.wake = count_wake;
  for (int i = 0; i < MESSAGES + 1; i++) {
    (void)isere_loop_post(&f->loop, on_letter, &letter);
  }
  assert_string_equal(f->steps, "!!!!!!!!");
}

static void post_again(void *arg) {
  letter_t *letter = arg;
  note(letter->fixture, letter->letter);
  assert_int_equal(isere_loop_post(&letter->fixture->loop, post_again, letter), ISERE_OK);
}

static void test_message_that_posts_itself_does_not_hold_the_step(void **state) {
  fixture_t *f = *state;
  letter_t letter = {f, 'p'};
  letter_timer_t timer = new_timer(f, 't');
  isere_loop_bind(&f->loop);
  assert_int_equal(isere_loop_post(&f->loop, post_again, &letter), ISERE_OK);
  start_due(&timer);
  (void)isere_loop_step(&f->loop);
  assert_string_equal(f->steps, "pt");
  (void)isere_loop_step(&f->loop);
  assert_string_equal(f->steps, "ptp");
}

static void test_step_tells_time_to_next_timer(void **state) {
  fixture_t *f = *state;
  letter_timer_t near = new_timer(f, 'n');
  letter_timer_t far = new_timer(f, 'f');
  const uint64_t now_ms = isere_port_clock_now_ms();
  isere_timers_start(&f->loop.timers, &far.timer, UINT64_MAX);
  assert_int_equal(isere_loop_step(&f->loop), portMAX_DELAY - 1);
  isere_timers_start(&f->loop.timers, &near.timer, now_ms + 1000000);
  const uint64_t wait_ms = isere_loop_step(&f->loop);
  assert_true(wait_ms <= 1000000);
  assert_true(wait_ms + isere_port_clock_now_ms() >= now_ms + 1000000);
  assert_string_equal(f->steps, "");
}

static void test_timer_is_due_no_earlier_than_asked(void **state) {
  fixture_t *f = *state;
  letter_timer_t timer = new_timer(f, 't');
  const uint64_t before_us = isere_port_clock_now_us();
  isere_loop_timer_start(&f->loop, &timer.timer, 70);
  const uint64_t after_us = isere_port_clock_now_us();
  assert_true(timer.timer.due_ms * 1000 >= before_us + 70000);
  assert_true(timer.timer.due_ms * 1000 < after_us + 71000);
  isere_loop_timer_start(&f->loop, &timer.timer, UINT64_MAX); // no overflow
  assert_true(timer.timer.due_ms == UINT64_MAX);
}

static void test_timers_start_and_stop_from_within(void **state) {
  fixture_t *f = *state;
  letter_timer_t again = new_timer(f, 'a');
  letter_timer_t stopper = new_timer(f, 's');
  letter_timer_t victim = new_timer(f, 'v');
  again.again = 2;
  stopper.stops = &victim.timer;
  start_due(&again);
  start_due(&stopper);
  start_due(&victim);
  assert_int_equal(isere_loop_step(&f->loop), 0); // `again` is due at once
  assert_string_equal(f->steps, "as");
  assert_false(isere_timer_running(&victim.timer));
  assert_int_equal(isere_loop_step(&f->loop), 0);
  assert_int_equal(isere_loop_step(&f->loop), portMAX_DELAY);
  assert_string_equal(f->steps, "asaa");
}

// ---- With tasks ----

static void run_loop(void *arg) {
  fixture_t *f = arg;
  isere_loop_bind(&f->loop);
  isere_loop_run(&f->loop, &f->stop);
  note(f, '.');
  vTaskDelete(NULL);
}

static void start_loop(fixture_t *f) {
  assert_int_equal(xTaskCreate(run_loop, "loop", configMINIMAL_STACK_SIZE, f, 3, NULL), pdPASS);
  taskYIELD();
}

static void test_loop_handles_what_was_posted_before_it_ran(void **state) {
  fixture_t *f = *state;
  letter_t letter = {f, 'a'};
  letter_timer_t timer = new_timer(f, 't');
  assert_int_equal(isere_loop_post(&f->loop, on_letter, &letter), ISERE_OK);
  start_due(&timer);
  start_loop(f);
  assert_string_equal(f->steps, "at");
  assert_int_equal(isere_loop_post(&f->loop, on_stop, f), ISERE_OK);
  taskYIELD();
  assert_string_equal(f->steps, "at.");
}

enum { POSTERS = 3, POSTS = 10 };

typedef struct {
  letter_t letter;
  TaskHandle_t tester;
} poster_t;

static void post_ten_times(void *arg) {
  poster_t *poster = arg;
  for (int i = 0; i < POSTS; i++) {
    // The mailbox is smaller than all posts together, so some have to be tried again.
    while (isere_loop_post(&poster->letter.fixture->loop, on_letter, &poster->letter) != ISERE_OK) {
      taskYIELD();
    }
    taskYIELD();
  }
  (void)xTaskNotifyGive(poster->tester);
  vTaskDelete(NULL);
}

static void test_posts_of_several_tasks_all_arrive(void **state) {
  fixture_t *f = *state;
  poster_t posters[POSTERS];
  start_loop(f);
  for (int i = 0; i < POSTERS; i++) {
    posters[i] = (poster_t){{f, (char)('a' + i)}, xTaskGetCurrentTaskHandle()};
    assert_int_equal(
        xTaskCreate(post_ten_times, "poster", configMINIMAL_STACK_SIZE, &posters[i], 2, NULL),
        pdPASS);
  }
  for (int i = 0; i < POSTERS; i++) {
    assert_int_equal(ulTaskNotifyTake(pdFALSE, portMAX_DELAY) > 0, 1);
  }
  assert_int_equal(isere_loop_post(&f->loop, on_stop, f), ISERE_OK);
  taskYIELD();
  int seen[POSTERS] = {0};
  for (size_t i = 0; i + 1 < f->count; i++) {
    seen[f->steps[i] - 'a']++;
  }
  for (int i = 0; i < POSTERS; i++) {
    assert_int_equal(seen[i], POSTS);
  }
  assert_int_equal(f->steps[f->count - 1], '.');
}

static void test_loop_that_is_stopped_does_not_step(void **state) {
  fixture_t *f = *state;
  letter_timer_t timer = new_timer(f, 't');
  start_due(&timer);
  f->stop = true; // set before it runs: it does not even step
  start_loop(f);
  assert_string_equal(f->steps, ".");
}

#define LOOP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int isere_test_loop_loop(void) {
  const struct CMUnitTest tests[] = {
      LOOP_TEST(test_messages_come_in_order),
      LOOP_TEST(test_full_mailbox_is_busy),
      LOOP_TEST(test_wake_is_called_for_each_accepted_post),
      LOOP_TEST(test_message_that_posts_itself_does_not_hold_the_step),
      LOOP_TEST(test_step_tells_time_to_next_timer),
      LOOP_TEST(test_timer_is_due_no_earlier_than_asked),
      LOOP_TEST(test_timers_start_and_stop_from_within),
      LOOP_TEST(test_loop_handles_what_was_posted_before_it_ran),
      LOOP_TEST(test_posts_of_several_tasks_all_arrive),
      LOOP_TEST(test_loop_that_is_stopped_does_not_step),
  };
  return cmocka_run_group_tests_name("loop/loop", tests, NULL, NULL);
}
