// SPDX-License-Identifier: Apache-2.0
// The event loop over the target's clock and kernel: timers come in order and are never early.
#include "loop/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// cmocka.h needs those above.
#include <cmocka.h>

#include "base/list.h"
#include "port/clock.h"

int isere_test_port_contract_loop(void);

enum { TIMERS = 5 };

typedef struct {
  isere_loop_t loop;
  isere_message_t storage[2];
  char steps[TIMERS + 1];
  size_t count;
  bool early;
  bool stop;
} run_t;

typedef struct {
  isere_timer_t timer;
  run_t *run;
  uint64_t due_us;
  char letter;
} run_timer_t;

static void on_timer(isere_timer_t *timer) {
  run_timer_t *self = ISERE_CONTAINER_OF(timer, run_timer_t, timer);
  run_t *run = self->run;
  run->early = run->early || isere_port_clock_now_us() < self->due_us;
  run->steps[run->count++] = self->letter;
  run->stop = run->count == TIMERS;
}

static void test_timers_run_in_order_and_not_early(void **state) {
  (void)state;
  run_t run = {0};
  isere_loop_init(&run.loop, run.storage, 2);
  isere_loop_bind(&run.loop);
  const uint64_t delays_ms[TIMERS] = {9, 1, 6, 0, 3};
  run_timer_t timers[TIMERS];
  for (int i = 0; i < TIMERS; i++) {
    timers[i] = (run_timer_t){.timer.fn = on_timer, .run = &run, .letter = (char)('a' + i)};
    timers[i].due_us = isere_port_clock_now_us() + delays_ms[i] * 1000;
    isere_loop_timer_start(&run.loop, &timers[i].timer, delays_ms[i]);
  }
  isere_loop_run(&run.loop, &run.stop);
  assert_string_equal(run.steps, "dbeca");
  assert_false(run.early);
}

int isere_test_port_contract_loop(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_timers_run_in_order_and_not_early),
  };
  return cmocka_run_group_tests_name("port_contract/loop", tests, NULL, NULL);
}
