// SPDX-License-Identifier: Apache-2.0
// The kernel over the target's port does what FreeRTOS promises. The test runs in a task of
// priority 1.
#include <FreeRTOS.h>
#include <event_groups.h>
#include <fenv.h>
#include <math.h>
#include <queue.h>
#include <semphr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <task.h>
#include <timers.h>
// cmocka.h needs those above.
#include <cmocka.h>

#include "port/clock.h"

int isere_test_port_contract_kernel(void);

// What the tasks of a test share.
typedef struct {
  TaskHandle_t tester;
  QueueHandle_t queue;
  SemaphoreHandle_t mutex;
  char order[64]; // a letter for each step
  size_t steps;
  UBaseType_t priority_seen;
  uint32_t value;
  bool stop;
} shared_t;

typedef struct {
  shared_t *shared;
  char letter;
} actor_t;

static void step(shared_t *shared, char letter) {
  assert_true(shared->steps < sizeof(shared->order) - 1);
  shared->order[shared->steps++] = letter;
}

static shared_t new_shared(void) {
  return (shared_t){.tester = xTaskGetCurrentTaskHandle()};
}

static TaskHandle_t start(TaskFunction_t fn, UBaseType_t priority, void *arg) {
  TaskHandle_t task = NULL;
  assert_int_equal(xTaskCreate(fn, "actor", configMINIMAL_STACK_SIZE, arg, priority, &task),
                   pdPASS);
  return task;
}

static void burn_us(uint64_t us) {
  const uint64_t end = isere_port_clock_now_us() + us;
  while (isere_port_clock_now_us() < end) {}
}

// Lets all other tasks run until they block, and the idle task free what was deleted.
static void settle(void) {
  vTaskDelay(2);
}

// ---- Tasks ----

static void step_and_end(void *arg) {
  const actor_t *actor = arg;
  step(actor->shared, actor->letter);
  vTaskDelete(NULL);
}

static void test_highest_priority_runs_first(void **state) {
  (void)state;
  shared_t shared = new_shared();
  actor_t actors[] = {{&shared, 'a'}, {&shared, 'b'}, {&shared, 'c'}};
  const UBaseType_t tasks = uxTaskGetNumberOfTasks();
  (void)start(step_and_end, 2, &actors[0]);
  (void)start(step_and_end, 4, &actors[1]);
  (void)start(step_and_end, 3, &actors[2]);
  taskYIELD();
  assert_string_equal(shared.order, "bca");
  settle();
  assert_int_equal(uxTaskGetNumberOfTasks(), tasks);
}

static void step_three_times(void *arg) {
  const actor_t *actor = arg;
  for (int i = 0; i < 3; i++) {
    step(actor->shared, actor->letter);
    taskYIELD();
  }
  vTaskDelete(NULL);
}

static void test_equal_priorities_take_turns(void **state) {
  (void)state;
  shared_t shared = new_shared();
  actor_t actors[] = {{&shared, 'a'}, {&shared, 'b'}};
  (void)start(step_three_times, 2, &actors[0]);
  (void)start(step_three_times, 2, &actors[1]);
  settle();
  assert_string_equal(shared.order, "ababab");
}

static void wait_for_ever(void *arg) {
  (void)arg;
  for (;;) {
    (void)ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
  }
}

static void test_blocked_task_is_deleted(void **state) {
  (void)state;
  const UBaseType_t tasks = uxTaskGetNumberOfTasks();
  TaskHandle_t task = start(wait_for_ever, 2, NULL);
  settle();
  assert_true(eTaskGetState(task) == eBlocked || eTaskGetState(task) == eSuspended);
  vTaskDelete(task);
  settle();
  assert_int_equal(uxTaskGetNumberOfTasks(), tasks);
}

static void test_suspended_task_resumes(void **state) {
  (void)state;
  shared_t shared = new_shared();
  actor_t actor = {&shared, 'a'};
  TaskHandle_t task = start(step_and_end, 2, &actor);
  vTaskSuspend(task);
  settle();
  assert_string_equal(shared.order, "");
  vTaskResume(task);
  settle();
  assert_string_equal(shared.order, "a");
}

static void test_yield_waits_for_end_of_critical_section(void **state) {
  (void)state;
  shared_t shared = new_shared();
  actor_t actor = {&shared, 'a'};
  (void)start(step_and_end, 2, &actor);
  taskENTER_CRITICAL();
  taskENTER_CRITICAL();
  taskYIELD();
  assert_string_equal(shared.order, "");
  taskEXIT_CRITICAL();
  assert_string_equal(shared.order, "");
  taskEXIT_CRITICAL();
  assert_string_equal(shared.order, "a");
}

static void test_no_switch_while_scheduler_is_suspended(void **state) {
  (void)state;
  shared_t shared = new_shared();
  actor_t actor = {&shared, 'a'};
  (void)start(step_and_end, 2, &actor);
  vTaskSuspendAll();
  taskYIELD();
  assert_string_equal(shared.order, "");
  (void)xTaskResumeAll();
  taskYIELD();
  assert_string_equal(shared.order, "a");
}

// By the unit that computes, which need not be the one that fegetround asks.
static bool rounds_upward(void) {
  volatile double number = 1.25;
  return lrint(number) == 2;
}

static void round_upward(void *arg) {
  shared_t *shared = arg;
  shared->value = fesetround(FE_UPWARD) == 0 && rounds_upward();
  taskYIELD();
  shared->value = shared->value && fegetround() == FE_UPWARD && rounds_upward();
  vTaskDelete(NULL);
}

static void test_rounding_mode_belongs_to_its_task(void **state) {
  (void)state;
  shared_t shared = new_shared();
  (void)start(round_upward, 1, &shared);
  taskYIELD();
  assert_int_equal(fegetround(), FE_TONEAREST);
  assert_false(rounds_upward());
  settle();
  assert_true(shared.value);
}

// ---- Queues and semaphores ----

static void receive_all(void *arg) {
  shared_t *shared = arg;
  for (;;) {
    char letter = 0;
    if (xQueueReceive(shared->queue, &letter, portMAX_DELAY) == pdTRUE) {
      step(shared, letter);
    }
  }
}

static void test_receiver_blocks_until_sent(void **state) {
  (void)state;
  shared_t shared = new_shared();
  shared.queue = xQueueCreate(2, sizeof(char));
  TaskHandle_t receiver = start(receive_all, 2, &shared);
  settle();
  assert_string_equal(shared.order, "");
  for (const char *letter = "xyz"; *letter != '\0'; letter++) {
    assert_int_equal(xQueueSendToBack(shared.queue, letter, portMAX_DELAY), pdTRUE);
  }
  settle();
  assert_string_equal(shared.order, "xyz");
  vTaskDelete(receiver);
  vQueueDelete(shared.queue);
}

static void test_sender_blocks_while_full(void **state) {
  (void)state;
  shared_t shared = new_shared();
  shared.queue = xQueueCreate(1, sizeof(char));
  assert_int_equal(xQueueSendToBack(shared.queue, "p", 0), pdTRUE);
  assert_int_equal(xQueueSendToBack(shared.queue, "q", 0), errQUEUE_FULL);
  // The receiver has the lower priority: the sender has to wait for it.
  TaskHandle_t receiver = start(receive_all, 0, &shared);
  assert_int_equal(xQueueSendToBack(shared.queue, "q", portMAX_DELAY), pdTRUE);
  assert_string_equal(shared.order, "p");
  settle();
  assert_string_equal(shared.order, "pq");
  vTaskDelete(receiver);
  vQueueDelete(shared.queue);
}

typedef struct {
  TickType_t ticks;
  uint64_t ms;
} moment_t;

static moment_t moment_now(void) {
  return (moment_t){xTaskGetTickCount(), isere_port_clock_now_ms()};
}

// Ticks are whole milliseconds of the same clock, so both counts must have grown by the delay.
static void assert_passed(moment_t from, TickType_t ticks) {
  assert_true(xTaskGetTickCount() - from.ticks >= ticks);
  assert_true(isere_port_clock_now_ms() - from.ms >= ticks);
}

static void test_queue_timeouts_are_not_early(void **state) {
  (void)state;
  QueueHandle_t queue = xQueueCreate(1, sizeof(char));
  char letter = 0;
  for (TickType_t ticks = 1; ticks <= 4; ticks++) {
    burn_us(2300); // so the tick count has to be caught up
    const moment_t from = moment_now();
    assert_int_equal(xQueueReceive(queue, &letter, ticks), pdFALSE);
    assert_passed(from, ticks);
  }
  assert_int_equal(xQueueSendToBack(queue, "a", 0), pdTRUE);
  burn_us(2300);
  const moment_t from = moment_now();
  assert_int_equal(xQueueSendToBack(queue, "b", 3), errQUEUE_FULL);
  assert_passed(from, 3);
  vQueueDelete(queue);
}

static void hold_mutex(void *arg) {
  shared_t *shared = arg;
  assert_int_equal(xSemaphoreTake(shared->mutex, portMAX_DELAY), pdTRUE);
  step(shared, 'l');
  while (!shared->stop) {
    taskYIELD();
  }
  shared->priority_seen = uxTaskPriorityGet(NULL);
  (void)xSemaphoreGive(shared->mutex);
  taskYIELD();
  step(shared, 'e');
  vTaskDelete(NULL);
}

static void want_mutex(void *arg) {
  shared_t *shared = arg;
  step(shared, 'w');
  assert_int_equal(xSemaphoreTake(shared->mutex, portMAX_DELAY), pdTRUE);
  step(shared, 'h');
  (void)xSemaphoreGive(shared->mutex);
  vTaskDelete(NULL);
}

static void test_mutex_holder_inherits_priority(void **state) {
  (void)state;
  shared_t shared = new_shared();
  shared.mutex = xSemaphoreCreateMutex();
  vTaskPrioritySet(NULL, 5); // above both: it only looks on
  TaskHandle_t low = start(hold_mutex, 2, &shared);
  settle();
  assert_string_equal(shared.order, "l");
  (void)start(want_mutex, 4, &shared);
  settle();
  assert_string_equal(shared.order, "lw");
  assert_int_equal(uxTaskPriorityGet(low), 4);
  shared.stop = true;
  settle();
  assert_int_equal(shared.priority_seen, 4);
  assert_string_equal(shared.order, "lwhe");
  vTaskPrioritySet(NULL, 1);
  vSemaphoreDelete(shared.mutex);
}

static void test_semaphores_count(void **state) {
  (void)state;
  SemaphoreHandle_t counting = xSemaphoreCreateCounting(2, 0);
  assert_int_equal(xSemaphoreTake(counting, 0), pdFALSE);
  assert_int_equal(xSemaphoreGive(counting), pdTRUE);
  assert_int_equal(xSemaphoreGive(counting), pdTRUE);
  assert_int_equal(xSemaphoreGive(counting), pdFALSE);
  assert_int_equal(xSemaphoreTake(counting, 0), pdTRUE);
  assert_int_equal(uxSemaphoreGetCount(counting), 1);
  vSemaphoreDelete(counting);

  SemaphoreHandle_t recursive = xSemaphoreCreateRecursiveMutex();
  assert_int_equal(xSemaphoreTakeRecursive(recursive, 0), pdTRUE);
  assert_int_equal(xSemaphoreTakeRecursive(recursive, 0), pdTRUE);
  assert_ptr_equal(xSemaphoreGetMutexHolder(recursive), xTaskGetCurrentTaskHandle());
  assert_int_equal(xSemaphoreGiveRecursive(recursive), pdTRUE);
  assert_int_equal(xSemaphoreGiveRecursive(recursive), pdTRUE);
  assert_int_equal(xSemaphoreGiveRecursive(recursive), pdFALSE);
  vSemaphoreDelete(recursive);
}

static void test_queue_set_tells_its_member(void **state) {
  (void)state;
  QueueSetHandle_t set = xQueueCreateSet(2);
  QueueHandle_t a = xQueueCreate(1, sizeof(char));
  QueueHandle_t b = xQueueCreate(1, sizeof(char));
  assert_int_equal(xQueueAddToSet(a, set), pdPASS);
  assert_int_equal(xQueueAddToSet(b, set), pdPASS);
  assert_null(xQueueSelectFromSet(set, 0));
  assert_int_equal(xQueueSendToBack(b, "b", 0), pdTRUE);
  assert_ptr_equal(xQueueSelectFromSet(set, portMAX_DELAY), b);
  char letter = 0;
  assert_int_equal(xQueueReceive(b, &letter, 0), pdTRUE);
  assert_int_equal(xQueueRemoveFromSet(a, set), pdPASS);
  assert_int_equal(xQueueRemoveFromSet(b, set), pdPASS);
  vQueueDelete(a);
  vQueueDelete(b);
  vQueueDelete(set);
}

// ---- Notifications and event groups ----

static void notify_tester(void *arg) {
  const shared_t *shared = arg;
  (void)xTaskNotify(shared->tester, 0x5u, eSetBits);
  vTaskDelete(NULL);
}

static void test_notification_wakes(void **state) {
  (void)state;
  shared_t shared = new_shared();
  (void)start(notify_tester, 0, &shared);
  uint32_t value = 0;
  assert_int_equal(xTaskNotifyWait(UINT32_MAX, UINT32_MAX, &value, portMAX_DELAY), pdTRUE);
  assert_int_equal(value, 0x5);

  assert_int_equal(xTaskNotifyGive(shared.tester), pdPASS);
  assert_int_equal(xTaskNotifyGive(shared.tester), pdPASS);
  assert_int_equal(ulTaskNotifyTake(pdTRUE, 0), 2);
  assert_int_equal(ulTaskNotifyTake(pdTRUE, 0), 0);
}

static void test_notification_timeout_is_not_early(void **state) {
  (void)state;
  for (TickType_t ticks = 1; ticks <= 4; ticks++) {
    burn_us(2300);
    const moment_t from = moment_now();
    assert_int_equal(ulTaskNotifyTake(pdTRUE, ticks), 0);
    assert_passed(from, ticks);
  }
}

static void set_event_bit(void *arg) {
  (void)xEventGroupSetBits((EventGroupHandle_t)arg, 2);
  vTaskDelete(NULL);
}

static void test_event_group_waits_for_all_bits(void **state) {
  (void)state;
  EventGroupHandle_t group = xEventGroupCreate();
  (void)xEventGroupSetBits(group, 1);
  assert_int_equal(xEventGroupWaitBits(group, 3, pdFALSE, pdTRUE, 1), 1);
  (void)start(set_event_bit, 0, group);
  assert_int_equal(xEventGroupWaitBits(group, 3, pdTRUE, pdTRUE, portMAX_DELAY), 3);
  assert_int_equal(xEventGroupGetBits(group), 0);
  settle();
  vEventGroupDelete(group);
}

// ---- Time ----

static void test_delays_are_not_early(void **state) {
  (void)state;
  for (TickType_t ticks = 1; ticks <= 6; ticks++) {
    const moment_t from = moment_now();
    vTaskDelay(ticks);
    assert_passed(from, ticks);
  }
}

static void test_delay_counts_from_the_call(void **state) {
  (void)state;
  for (TickType_t ticks = 1; ticks <= 4; ticks++) {
    taskYIELD();
    burn_us(3300); // no kernel call in between: vTaskDelay itself has to look at the clock
    const uint64_t from_ms = isere_port_clock_now_ms();
    vTaskDelay(ticks);
    assert_true(isere_port_clock_now_ms() - from_ms >= ticks);
  }
}

// Both counts, read within one millisecond.
static moment_t moment_exact(void) {
  for (;;) {
    const moment_t moment = moment_now();
    const uint64_t ms = isere_port_clock_now_ms();
    if (moment.ms == ms && xTaskGetTickCount() == moment.ticks) {
      return moment;
    }
  }
}

static void test_tick_count_follows_the_clock(void **state) {
  (void)state;
  const moment_t from = moment_exact();
  burn_us(7000);
  const moment_t burnt = moment_exact();
  assert_int_equal(burnt.ticks - from.ticks, burnt.ms - from.ms);
  vTaskDelay(5);
  const moment_t delayed = moment_exact();
  assert_int_equal(delayed.ticks - from.ticks, delayed.ms - from.ms);
}

static void test_delay_until_keeps_the_period(void **state) {
  (void)state;
  const TickType_t first = xTaskGetTickCount();
  TickType_t last = first;
  for (int i = 0; i < 4; i++) {
    burn_us(700);
    vTaskDelayUntil(&last, 3);
  }
  assert_int_equal(last - first, 12);
  assert_true(xTaskGetTickCount() - first >= 12);
}

// ---- Software timers ----

static void timer_notifies(TimerHandle_t timer) {
  (void)xTaskNotifyGive((TaskHandle_t)pvTimerGetTimerID(timer));
}

static void test_one_shot_timer_fires_once(void **state) {
  (void)state;
  TimerHandle_t timer =
      xTimerCreate("once", 3, pdFALSE, xTaskGetCurrentTaskHandle(), timer_notifies);
  burn_us(2300);
  const moment_t from = moment_now();
  assert_int_equal(xTimerStart(timer, portMAX_DELAY), pdPASS);
  assert_int_equal(ulTaskNotifyTake(pdTRUE, portMAX_DELAY), 1);
  assert_passed(from, 3);
  assert_false(xTimerIsTimerActive(timer));
  assert_int_equal(ulTaskNotifyTake(pdTRUE, 8), 0);
  assert_int_equal(xTimerDelete(timer, portMAX_DELAY), pdPASS);
}

static void test_auto_reload_timer_fires_until_stopped(void **state) {
  (void)state;
  TimerHandle_t timer =
      xTimerCreate("again", 2, pdTRUE, xTaskGetCurrentTaskHandle(), timer_notifies);
  const moment_t from = moment_now();
  assert_int_equal(xTimerStart(timer, portMAX_DELAY), pdPASS);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(ulTaskNotifyTake(pdFALSE, portMAX_DELAY) > 0, 1);
  }
  assert_passed(from, 8);
  assert_int_equal(xTimerStop(timer, portMAX_DELAY), pdPASS);
  settle();
  (void)ulTaskNotifyTake(pdTRUE, 0); // one may have fired before the stop
  assert_int_equal(ulTaskNotifyTake(pdTRUE, 6), 0);
  assert_int_equal(xTimerDelete(timer, portMAX_DELAY), pdPASS);
}

static void pended_call(void *shared, uint32_t value) {
  ((shared_t *)shared)->value = value;
}

static void test_call_is_pended_to_timer_task(void **state) {
  (void)state;
  shared_t shared = new_shared();
  assert_int_equal(xTimerPendFunctionCall(pended_call, &shared, 7, portMAX_DELAY), pdPASS);
  settle();
  assert_int_equal(shared.value, 7);
}

// ---- Statistics ----

static void burn_and_wait(void *arg) {
  const shared_t *shared = arg;
  burn_us(20000);
  (void)xTaskNotifyGive(shared->tester);
  wait_for_ever(NULL);
}

// The microseconds that vTaskGetRunTimeStats tells of a task; -1 when it is not there.
static long run_time_us(const char *stats, const char *name) {
  for (const char *line = stats; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
    line += strspn(line, "\r\n");
    const size_t len = strlen(name);
    if (strncmp(line, name, len) == 0 && (line[len] == ' ' || line[len] == '\t')) {
      return strtol(line + len, NULL, 10);
    }
  }
  return -1;
}

static void test_run_time_goes_to_the_task_that_ran(void **state) {
  (void)state;
  shared_t shared = new_shared();
  TaskHandle_t burner = start(burn_and_wait, 2, &shared);
  const uint64_t from_us = isere_port_clock_now_us();
  assert_int_equal(ulTaskNotifyTake(pdTRUE, portMAX_DELAY), 1);
  settle();
  const uint64_t passed_us = isere_port_clock_now_us() - from_us;
  char stats[1024];
  assert_true(uxTaskGetNumberOfTasks() <= 16);
  vTaskGetRunTimeStats(stats);
  const long burner_us = run_time_us(stats, "actor");
  assert_true(burner_us >= 20000 - 1000);
  assert_true((uint64_t)burner_us <= passed_us + 1000);
  assert_true(run_time_us(stats, "IDLE") >= 0);
  assert_int_equal(run_time_us(stats, "nobody"), -1);
  vTaskDelete(burner);
}

int isere_test_port_contract_kernel(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_highest_priority_runs_first),
      cmocka_unit_test(test_equal_priorities_take_turns),
      cmocka_unit_test(test_blocked_task_is_deleted),
      cmocka_unit_test(test_suspended_task_resumes),
      cmocka_unit_test(test_yield_waits_for_end_of_critical_section),
      cmocka_unit_test(test_no_switch_while_scheduler_is_suspended),
      cmocka_unit_test(test_rounding_mode_belongs_to_its_task),
      cmocka_unit_test(test_receiver_blocks_until_sent),
      cmocka_unit_test(test_sender_blocks_while_full),
      cmocka_unit_test(test_queue_timeouts_are_not_early),
      cmocka_unit_test(test_mutex_holder_inherits_priority),
      cmocka_unit_test(test_semaphores_count),
      cmocka_unit_test(test_queue_set_tells_its_member),
      cmocka_unit_test(test_notification_wakes),
      cmocka_unit_test(test_notification_timeout_is_not_early),
      cmocka_unit_test(test_event_group_waits_for_all_bits),
      cmocka_unit_test(test_delays_are_not_early),
      cmocka_unit_test(test_delay_counts_from_the_call),
      cmocka_unit_test(test_tick_count_follows_the_clock),
      cmocka_unit_test(test_delay_until_keeps_the_period),
      cmocka_unit_test(test_one_shot_timer_fires_once),
      cmocka_unit_test(test_auto_reload_timer_fires_until_stopped),
      cmocka_unit_test(test_call_is_pended_to_timer_task),
      cmocka_unit_test(test_run_time_goes_to_the_task_that_ran),
  };
  return cmocka_run_group_tests_name("port_contract/kernel", tests, NULL, NULL);
}
