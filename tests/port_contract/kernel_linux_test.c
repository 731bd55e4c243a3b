// SPDX-License-Identifier: Apache-2.0
// The Linux port's own side of the kernel: the hook that waits for I/O, the idle sleep, and stacks
// with guard pages.
#include <FreeRTOS.h>
#include <queue.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <task.h>
#include <time.h>
#include <unistd.h>
// cmocka.h needs those above.
#include <cmocka.h>

#include "port/clock.h"
#include "port_stack.h"
#include "port_wait.h"

int isere_test_port_contract_kernel_linux(void);

enum { CALLS_MAX = 64 };

// A hook that notes what it is asked for. It sleeps for time-outs, and for a wait for ever it does
// `act`.
typedef struct fake_io fake_io_t;
struct fake_io {
  TaskHandle_t tester;
  QueueHandle_t queue;
  int polls;
  int waits;
  int64_t timeouts_us[CALLS_MAX]; // of the waits
  int act_on_wait;                // which wait (from 1) calls `act`, instead of sleeping
  void (*act)(fake_io_t *io);
};

static void sleep_us(int64_t us) {
  const struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
  (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void fake_wait(void *arg, int64_t timeout_us) {
  fake_io_t *io = arg;
  if (timeout_us == 0) {
    io->polls++;
    return;
  }
  if (io->waits < CALLS_MAX) {
    io->timeouts_us[io->waits] = timeout_us;
  }
  io->waits++;
  if (io->waits == io->act_on_wait) {
    io->act(io);
  } else if (timeout_us > 0) {
    sleep_us(timeout_us);
  }
  // A wait for ever that is not acted on returns at once, as after a signal.
}

static fake_io_t new_io(int act_on_wait, void (*act)(fake_io_t *io)) {
  return (fake_io_t){
      .tester = xTaskGetCurrentTaskHandle(),
      .act_on_wait = act_on_wait,
      .act = act,
  };
}

// Idle tasks' clean-up of earlier tests is over, and no notification is left.
static int set_up(void **state) {
  (void)state;
  vTaskDelay(3);
  (void)ulTaskNotifyTake(pdTRUE, 0);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  isere_freertos_set_wait(NULL, NULL);
  return 0;
}

static void give(fake_io_t *io) {
  vTaskNotifyGiveFromISR(io->tester, NULL);
}

static void give_after_30_ms(fake_io_t *io) {
  sleep_us(30000);
  give(io);
}

static void test_idle_process_is_never_woken(void **state) {
  (void)state;
  fake_io_t io = new_io(1, give_after_30_ms);
  isere_freertos_set_wait(fake_wait, &io);
  const uint64_t from_ms = isere_port_clock_now_ms();
  const TickType_t from = xTaskGetTickCount();
  assert_int_equal(ulTaskNotifyTake(pdTRUE, portMAX_DELAY), 1);
  assert_int_equal(io.waits, 1); // one call for all the time
  assert_int_equal(io.timeouts_us[0], -1);
  assert_true(isere_port_clock_now_ms() - from_ms >= 30);
  assert_true(xTaskGetTickCount() - from >= 30); // the ticks slept through are counted
}

static void test_idle_waits_again_when_woken_for_nothing(void **state) {
  (void)state;
  fake_io_t io = new_io(5, give);
  isere_freertos_set_wait(fake_wait, &io);
  assert_int_equal(ulTaskNotifyTake(pdTRUE, portMAX_DELAY), 1);
  assert_int_equal(io.waits, 5);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(io.timeouts_us[i], -1);
  }
}

static void test_idle_sleeps_once_until_what_is_due(void **state) {
  (void)state;
  fake_io_t io = new_io(0, NULL);
  isere_freertos_set_wait(fake_wait, &io);
  const uint64_t from_ms = isere_port_clock_now_ms();
  vTaskDelay(40);
  assert_true(isere_port_clock_now_ms() - from_ms >= 40);
  assert_int_equal(io.waits, 1);
  assert_in_range(io.timeouts_us[0], 1, 40000);
}

static void test_idle_sleeps_when_next_tick_is_due(void **state) {
  (void)state;
  fake_io_t io = new_io(0, NULL);
  isere_freertos_set_wait(fake_wait, &io);
  for (int i = 0; i < 10; i++) {
    vTaskDelay(1);
  }
  assert_in_range(io.waits, 1, 20); // of 10 delays some may be over before the idle task runs
  for (int i = 0; i < io.waits; i++) {
    assert_in_range(io.timeouts_us[i], 1, 1000);
  }
}

static void test_hook_wakes_task_that_waits_with_timeout(void **state) {
  (void)state;
  fake_io_t io = new_io(1, give);
  isere_freertos_set_wait(fake_wait, &io);
  const uint64_t from_ms = isere_port_clock_now_ms();
  assert_int_equal(ulTaskNotifyTake(pdTRUE, 60000), 1);
  assert_true(isere_port_clock_now_ms() - from_ms < 60000);
  assert_int_equal(io.waits, 1);
  assert_true(io.timeouts_us[0] > 59000000);
  // Nothing of the time-out is left behind.
  io.act_on_wait = 2;
  assert_int_equal(ulTaskNotifyTake(pdTRUE, portMAX_DELAY), 1);
  assert_int_equal(io.waits, 2);
  assert_int_equal(io.timeouts_us[1], -1);
}

static void send(fake_io_t *io) {
  (void)xQueueSendFromISR(io->queue, "s", NULL);
}

static void test_hook_sends_to_queue(void **state) {
  (void)state;
  fake_io_t io = new_io(1, send);
  io.queue = xQueueCreate(1, sizeof(char));
  isere_freertos_set_wait(fake_wait, &io);
  char letter = 0;
  assert_int_equal(xQueueReceive(io.queue, &letter, portMAX_DELAY), pdTRUE);
  assert_int_equal(letter, 's');
  assert_int_equal(io.waits, 1);
  vQueueDelete(io.queue);
}

static void test_running_tasks_poll_each_millisecond(void **state) {
  (void)state;
  fake_io_t io = new_io(0, NULL);
  isere_freertos_set_wait(fake_wait, &io);
  const uint64_t from_ms = isere_port_clock_now_ms();
  while (isere_port_clock_now_ms() - from_ms < 5) {
    for (int i = 0; i < 100; i++) {
      taskYIELD();
    }
  }
  const uint64_t passed_ms = isere_port_clock_now_ms() - from_ms;
  assert_in_range(io.polls, 1, passed_ms + 1);
  assert_int_equal(io.waits, 0);
}

static void test_poll_soon_polls_at_next_yield(void **state) {
  (void)state;
  fake_io_t io = new_io(0, NULL);
  isere_freertos_set_wait(fake_wait, &io);
  for (int i = 0; i < 10; i++) {
    const int polls = io.polls;
    isere_freertos_poll_soon();
    assert_int_equal(io.polls, polls);
    taskYIELD();
    assert_int_equal(io.polls, polls + 1);
  }
}

static void give_in_poll(void *arg, int64_t timeout_us) {
  fake_io_t *io = arg;
  assert_int_equal(timeout_us, 0);
  io->polls++;
  give(io);
}

static void yield_for_ever(void *arg) {
  (void)arg;
  for (;;) {
    taskYIELD();
  }
}

static void test_poll_wakes_task_while_another_spins(void **state) {
  (void)state;
  fake_io_t io = new_io(0, NULL);
  TaskHandle_t spinner = NULL;
  assert_int_equal(
      xTaskCreate(yield_for_ever, "spinner", configMINIMAL_STACK_SIZE, NULL, 0, &spinner), pdPASS);
  isere_freertos_set_wait(give_in_poll, &io);
  assert_true(ulTaskNotifyTake(pdTRUE, portMAX_DELAY) >= 1);
  isere_freertos_set_wait(NULL, NULL);
  vTaskDelete(spinner);
  assert_true(io.polls >= 1);
}

// ---- Stacks ----

// The rights, as in "rw-p", of the mapping that holds `address`.
static bool mapping_rights(const void *address, char out_rights[5]) {
  FILE *maps = fopen("/proc/self/maps", "r");
  assert_non_null(maps);
  char line[512];
  bool found = false;
  while (!found && fgets(line, sizeof(line), maps) != NULL) {
    char *at = line; // "FROM-TO RIGHTS ..."
    const uintptr_t from = strtoull(at, &at, 16);
    assert_int_equal(*at, '-');
    const uintptr_t to = strtoull(at + 1, &at, 16);
    assert_int_equal(*at, ' ');
    snprintf(out_rights, 5, "%s", at + 1);
    found = (uintptr_t)address >= from && (uintptr_t)address < to;
  }
  (void)fclose(maps);
  return found;
}

static void test_stack_has_guard_page(void **state) {
  (void)state;
  enum { BYTES = 20000 }; // no whole number of pages
  StackType_t *stack = isere_freertos_stack_new(BYTES);
  assert_non_null(stack);
  char rights[5] = "";
  assert_true(mapping_rights((const char *)stack - 1, rights));
  assert_string_equal(rights, "---p");
  assert_true(mapping_rights((const char *)stack + BYTES - 1, rights));
  assert_string_equal(rights, "rw-p");
  memset(stack, 1, BYTES);
  isere_freertos_stack_free(stack, BYTES);
  isere_freertos_stack_free(NULL, BYTES);
  assert_null(isere_freertos_stack_new(0));
  assert_null(isere_freertos_stack_new(SIZE_MAX - 1));
}

static void give_and_wait(void *arg) {
  (void)xTaskNotifyGive((TaskHandle_t)arg);
  for (;;) {
    (void)ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
  }
}

static void test_task_uses_only_the_pages_it_touches(void **state) {
  (void)state;
  enum { BYTES = 1024 * 1024, PAGES_MAX = BYTES / 4096 };
  static StaticTask_t tcb;
  StackType_t *stack = isere_freertos_stack_new(BYTES);
  assert_non_null(stack);
  TaskHandle_t task = xTaskCreateStatic(give_and_wait, "large", BYTES / sizeof(StackType_t),
                                        xTaskGetCurrentTaskHandle(), 2, stack, &tcb);
  assert_int_equal(ulTaskNotifyTake(pdTRUE, portMAX_DELAY), 1);
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char resident[PAGES_MAX];
  assert_int_equal(mincore(stack, BYTES, resident), 0);
  size_t touched = 0;
  for (size_t i = 0; i < BYTES / page; i++) {
    touched += resident[i] & 1;
  }
  assert_in_range(touched, 2, 16);
  assert_true(uxTaskGetStackHighWaterMark(task) >= page / sizeof(StackType_t));
  vTaskDelete(task);
  isere_freertos_stack_free(stack, BYTES);
}

static void test_heap_is_aligned_and_reports_failure(void **state) {
  (void)state;
  for (size_t bytes = 1; bytes < 64; bytes++) {
    void *memory = pvPortMalloc(bytes);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % portBYTE_ALIGNMENT, 0);
    vPortFree(memory);
  }
  assert_null(pvPortMalloc(SIZE_MAX));
  vPortFree(NULL);
}

int isere_test_port_contract_kernel_linux(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_idle_process_is_never_woken, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_idle_waits_again_when_woken_for_nothing, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(test_idle_sleeps_once_until_what_is_due, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_idle_sleeps_when_next_tick_is_due, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_hook_wakes_task_that_waits_with_timeout, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(test_hook_sends_to_queue, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_running_tasks_poll_each_millisecond, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_poll_soon_polls_at_next_yield, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_poll_wakes_task_while_another_spins, set_up, tear_down),
      cmocka_unit_test(test_stack_has_guard_page),
      cmocka_unit_test(test_task_uses_only_the_pages_it_touches),
      cmocka_unit_test(test_heap_is_aligned_and_reports_failure),
  };
  return cmocka_run_group_tests_name("port_contract/kernel_linux", tests, NULL, NULL);
}
