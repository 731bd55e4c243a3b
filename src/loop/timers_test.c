// SPDX-License-Identifier: Apache-2.0
// The pairing heap against a model that looks at every timer.
#include "loop/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
// cmocka.h needs those above.
#include <cmocka.h>

int isere_test_loop_timers(void);

static void no_fn(isere_timer_t *timer) {
  (void)timer;
}

// A small generator, so that a failure repeats (xorshift; any non-zero seed).
static uint32_t next_random(uint32_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

enum { TIMERS = 200 };

// What the heap should hold, in plain arrays.
typedef struct {
  isere_timers_t timers;
  isere_timer_t timer[TIMERS];
  bool running[TIMERS];
  uint64_t due_ms[TIMERS];
  uint64_t started[TIMERS]; // a count that grows with each start
  uint64_t starts;
} model_t;

// The index of the timer that should be first; -1: none runs.
static int model_first(const model_t *model) {
  int first = -1;
  for (int i = 0; i < TIMERS; i++) {
    if (!model->running[i]) {
      continue;
    }
    if (first < 0 || model->due_ms[i] < model->due_ms[first] ||
        (model->due_ms[i] == model->due_ms[first] && model->started[i] < model->started[first])) {
      first = i;
    }
  }
  return first;
}

static void model_start(model_t *model, int i, uint64_t due_ms) {
  isere_timers_start(&model->timers, &model->timer[i], due_ms);
  model->running[i] = true;
  model->due_ms[i] = due_ms;
  model->started[i] = model->starts++;
}

static void model_stop(model_t *model, int i) {
  isere_timers_stop(&model->timers, &model->timer[i]);
  model->running[i] = false;
}

static void model_check(const model_t *model) {
  const int first = model_first(model);
  const isere_timer_t *found = isere_timers_first(&model->timers);
  if (first < 0) {
    assert_null(found);
  } else {
    assert_ptr_equal(found, &model->timer[first]);
    assert_int_equal(found->due_ms, model->due_ms[first]);
  }
}

static void model_take_all_due(model_t *model, uint64_t now_ms) {
  for (;;) {
    const int first = model_first(model);
    isere_timer_t *taken = isere_timers_take_due(&model->timers, now_ms);
    if (first < 0 || model->due_ms[first] > now_ms) {
      assert_null(taken);
      return;
    }
    assert_ptr_equal(taken, &model->timer[first]);
    assert_false(isere_timer_running(taken));
    model->running[first] = false;
  }
}

static void random_operations(uint32_t seed, int operations, uint32_t spread_ms) {
  static model_t model;
  memset(&model, 0, sizeof(model));
  for (int i = 0; i < TIMERS; i++) {
    model.timer[i].fn = no_fn;
  }
  uint64_t now_ms = 0;
  for (int n = 0; n < operations; n++) {
    const uint32_t choice = next_random(&seed) % 16;
    const int i = (int)(next_random(&seed) % TIMERS);
    if (choice < 9) {
      model_start(&model, i, now_ms + next_random(&seed) % spread_ms);
    } else if (choice < 14) {
      model_stop(&model, i);
    } else {
      now_ms += next_random(&seed) % (spread_ms / 8 + 1);
      model_take_all_due(&model, now_ms);
    }
    assert_int_equal(isere_timer_running(&model.timer[i]), model.running[i]);
    model_check(&model);
  }
  model_take_all_due(&model, UINT64_MAX);
  assert_null(isere_timers_first(&model.timers));
}

static void test_random_operations_match_model(void **state) {
  (void)state;
  random_operations(1, 40000, 1000);
}

static void test_random_operations_with_many_equal_times(void **state) {
  (void)state;
  random_operations(2, 20000, 4);
}

static void test_equal_times_come_in_order_of_start(void **state) {
  (void)state;
  isere_timers_t timers = {0};
  isere_timer_t timer[10] = {0};
  for (int i = 0; i < 10; i++) {
    timer[i].fn = no_fn;
    isere_timers_start(&timers, &timer[i], 5);
  }
  isere_timers_start(&timers, &timer[3], 5); // anew: now it is the last
  const int order[] = {0, 1, 2, 4, 5, 6, 7, 8, 9, 3};
  for (int i = 0; i < 10; i++) {
    assert_ptr_equal(isere_timers_take_due(&timers, 5), &timer[order[i]]);
  }
  assert_null(isere_timers_take_due(&timers, 5));
}

static void test_stop_is_harmless_when_stopped(void **state) {
  (void)state;
  isere_timers_t timers = {0};
  isere_timer_t timer = {.fn = no_fn};
  isere_timers_stop(&timers, &timer);
  assert_false(isere_timer_running(&timer));
  isere_timers_start(&timers, &timer, 1);
  assert_true(isere_timer_running(&timer));
  isere_timers_stop(&timers, &timer);
  isere_timers_stop(&timers, &timer);
  assert_null(isere_timers_first(&timers));
}

static void test_not_due_is_not_taken(void **state) {
  (void)state;
  isere_timers_t timers = {0};
  isere_timer_t timer = {.fn = no_fn};
  isere_timers_start(&timers, &timer, 100);
  assert_null(isere_timers_take_due(&timers, 99));
  assert_true(isere_timer_running(&timer));
  assert_ptr_equal(isere_timers_take_due(&timers, 100), &timer);
}

static void test_restart_moves_both_ways(void **state) {
  (void)state;
  isere_timers_t timers = {0};
  isere_timer_t a = {.fn = no_fn};
  isere_timer_t b = {.fn = no_fn};
  isere_timers_start(&timers, &a, 10);
  isere_timers_start(&timers, &b, 20);
  isere_timers_start(&timers, &b, 5);
  assert_ptr_equal(isere_timers_first(&timers), &b);
  isere_timers_start(&timers, &b, 30);
  assert_ptr_equal(isere_timers_first(&timers), &a);
  isere_timers_start(&timers, &a, UINT64_MAX);
  assert_ptr_equal(isere_timers_first(&timers), &b);
}

// A heap whose siblings number a hundred thousand must not use up the stack.
static void test_many_siblings_are_melded_without_recursion(void **state) {
  (void)state;
  enum { MANY = 100000 };
  static isere_timer_t many[MANY];
  isere_timers_t timers = {0};
  for (int i = 0; i < MANY; i++) {
    many[i].fn = no_fn;
    isere_timers_start(&timers, &many[i], (uint64_t)i);
  }
  for (int i = 0; i < MANY; i++) {
    assert_ptr_equal(isere_timers_take_due(&timers, MANY), &many[i]);
  }
  // And a heap that is one long line of single children.
  for (int i = MANY; i-- > 0;) {
    isere_timers_start(&timers, &many[i], (uint64_t)i);
  }
  for (int i = 0; i < MANY; i++) {
    assert_ptr_equal(isere_timers_take_due(&timers, MANY), &many[i]);
  }
}

int isere_test_loop_timers(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_operations_match_model),
      cmocka_unit_test(test_random_operations_with_many_equal_times),
      cmocka_unit_test(test_equal_times_come_in_order_of_start),
      cmocka_unit_test(test_stop_is_harmless_when_stopped),
      cmocka_unit_test(test_not_due_is_not_taken),
      cmocka_unit_test(test_restart_moves_both_ways),
      cmocka_unit_test(test_many_siblings_are_melded_without_recursion),
  };
  return cmocka_run_group_tests_name("loop/timers", tests, NULL, NULL);
}
