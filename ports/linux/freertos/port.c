// SPDX-License-Identifier: Apache-2.0
// The scheduler's side of the FreeRTOS port: tasks, yields, critical sections, the tick and the
// idle sleep.
#include <FreeRTOS.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <task.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "port_sanitize.h"
#include "port_wait.h"

// Stands at the top of each task's stack; the kernel knows it as pxTopOfStack.
typedef struct {
  isere_freertos_context_t context;
  isere_freertos_stack_mark_t mark;
  TaskFunction_t code;
  void *parameters;
} port_task_t;

// From this size on, what the kernel fills to measure a stack's use is given back to the system,
// but for the lowest page.
enum { STACK_LAZY_BYTES_MIN = 64 * 1024 };

static struct {
  bool running;
  bool yield_pending; // a yield came in a critical section
  bool poll_soon;
  UBaseType_t critical_nesting;
  unsigned idle_passes; // of the idle task, since it last slept or switched
  uint64_t now_us;      // CLOCK_MONOTONIC at the last look
  uint64_t tick_ms;     // CLOCK_MONOTONIC up to which ticks are counted
  uint64_t poll_ms;     // tick_ms at the last poll
  // The processor's cycle counter tells cheaply that tick_ms cannot be stale.
  uint64_t look_cycles;   // at the last look
  uint64_t fresh_cycles;  // how long from then on tick_ms is right
  uint64_t cycles_per_us; // rounded down; 0: not known (yet)
  uint64_t start_us;      // with start_cycles: what cycles_per_us is measured from
  uint64_t start_cycles;
  isere_freertos_wait_fn *wait;
  void *wait_arg;
  port_task_t main; // the context that started the scheduler
} port;

// The kernel's. Its first member is pxTopOfStack.
extern void *volatile pxCurrentTCB;

static port_task_t *current_task(void) {
  return *(port_task_t *volatile *)pxCurrentTCB;
}

void isere_freertos_assert_failed(const char *condition, const char *file, int line) {
  (void)fprintf(stderr, "%s:%d: FreeRTOS: assertion failed: %s\n", file, line, condition);
  abort();
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name) {
  (void)task;
  (void)fprintf(stderr, "FreeRTOS: the stack of task %s has overflowed\n", name);
  abort();
}

// ---- Time ----

static uint64_t read_cycles(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t cycles;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(cycles));
  return cycles;
#else
  return 0;
#endif
}

static uint64_t read_us(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

// Measures the cycle counter against the clock, over 2 ms or more. All errors are on the side of a
// rate too low, which only costs looks at the clock: the first pair is read clock first, the second
// counter first, and a sixteenth is left. A rate that no processor has is not taken.
static void measure_cycles(void) {
  const uint64_t us = port.now_us - port.start_us;
  const uint64_t cycles = port.look_cycles - port.start_cycles;
  if (us >= 2000 && cycles / us < 20000) {
    port.cycles_per_us = cycles / us - cycles / us / 16;
  }
}

static void look_at_clock(void) {
  port.look_cycles = read_cycles();
  port.now_us = read_us();
  if (port.cycles_per_us == 0) {
    measure_cycles();
  }
}

// Brings the tick count up to port.now_us. Ticks are whole milliseconds of CLOCK_MONOTONIC, so that
// other users of that clock agree with the kernel on when a time has come.
static void count_ticks(void) {
  const uint64_t now_ms = port.now_us / 1000;
  while (port.tick_ms < now_ms) {
    port.tick_ms++;
    (void)xTaskIncrementTick();
  }
  port.fresh_cycles = ((port.tick_ms + 1) * 1000 - port.now_us) * port.cycles_per_us;
}

static bool tick_is_fresh(void) {
  return read_cycles() - port.look_cycles < port.fresh_cycles;
}

void isere_freertos_refresh_delay(void) {
  if (tick_is_fresh()) {
    return;
  }
  // vTaskDelay has just suspended the scheduler, and in it ticks are only put off.
  (void)xTaskResumeAll();
  look_at_clock();
  count_ticks();
  vTaskSuspendAll();
}

uint64_t isere_freertos_run_time_us(void) {
  return port.now_us;
}

// ---- Waiting for I/O ----

static void wait_without_io(int64_t timeout_us) {
  if (timeout_us < 0) {
    (void)pause();
  } else if (timeout_us > 0) {
    const struct timespec timeout = {
        .tv_sec = timeout_us / 1000000,
        .tv_nsec = timeout_us % 1000000 * 1000,
    };
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &timeout, NULL);
  }
}

static void wait_for_io(int64_t timeout_us) {
  port.poll_soon = false;
  if (port.wait != NULL) {
    port.wait(port.wait_arg, timeout_us);
  } else {
    wait_without_io(timeout_us);
  }
}

void isere_freertos_set_wait(isere_freertos_wait_fn *wait, void *arg) {
  port.wait = wait;
  port.wait_arg = arg;
}

void isere_freertos_poll_soon(void) {
  port.poll_soon = true;
}

// ---- Yields and critical sections ----

// False where nobody asks.
static bool is_deleted(TaskHandle_t task) {
  return ISERE_FREERTOS_MARKS && eTaskGetState(task) == eDeleted;
}

static void switch_tasks(port_task_t *from, port_task_t *to, bool from_ends) {
  isere_freertos_mark_leave(&from->mark, &to->mark, from_ends);
  isere_freertos_context_switch(&from->context, &to->context);
  isere_freertos_mark_enter(&from->mark, NULL);
}

void vPortYield(void) {
  if (port.critical_nesting > 0) {
    port.yield_pending = true;
    return;
  }
  configASSERT(port.running);
  look_at_clock();
  count_ticks();
  if (port.poll_ms != port.tick_ms || port.poll_soon) {
    port.poll_ms = port.tick_ms;
    wait_for_io(0);
  }
  const TaskHandle_t from_handle = xTaskGetCurrentTaskHandle();
  port_task_t *from = current_task();
  vTaskSwitchContext();
  port_task_t *to = current_task();
  if (to == from) {
    return;
  }
  port.idle_passes = 0;
  switch_tasks(from, to, is_deleted(from_handle));
}

void vPortEnterCritical(void) {
  port.critical_nesting++;
  if (port.critical_nesting == 1 && port.running && !tick_is_fresh() &&
      xTaskGetSchedulerState() == taskSCHEDULER_RUNNING) {
    look_at_clock();
    count_ticks();
  }
}

void vPortExitCritical(void) {
  configASSERT(port.critical_nesting > 0);
  port.critical_nesting--;
  if (port.critical_nesting == 0 && port.yield_pending) {
    port.yield_pending = false;
    vPortYield();
  }
}

// ---- Idle ----

// Called by the idle task with the scheduler suspended, when nothing is due for `expected_idle`
// ticks (2 at least).
void vPortSuppressTicksAndSleep(TickType_t expected_idle) {
  const eSleepModeStatus status = eTaskConfirmSleepModeStatus();
  if (status == eAbortSleep) {
    return;
  }
  int64_t timeout_us = -1;
  look_at_clock();
  if (status != eNoTasksWaitingTimeout) {
    const uint64_t due_us = (port.tick_ms + expected_idle) * 1000;
    timeout_us = due_us > port.now_us ? (int64_t)(due_us - port.now_us) : 0;
  }
  wait_for_io(timeout_us);
  look_at_clock();
  // Steps to just before what is due; the ticks from there on are counted one by one, when the
  // scheduler resumes.
  const uint64_t elapsed = port.now_us / 1000 - port.tick_ms;
  const TickType_t step = elapsed < expected_idle ? (TickType_t)elapsed : expected_idle - 1;
  if (step > 0) {
    vTaskStepTick(step);
    port.tick_ms += step;
  }
  count_ticks();
  port.poll_ms = port.tick_ms;
  port.idle_passes = 0;
}

// Called in each pass of the idle task, after its yield and before it would sleep. A pass that
// neither switched nor slept means that something is due too soon for tickless idle, and that no
// other task is ready: sleep to the next tick.
void vApplicationIdleHook(void);
void vApplicationIdleHook(void) {
  if (port.idle_passes++ == 0) {
    return;
  }
  look_at_clock();
  const uint64_t due_us = (port.tick_ms + 1) * 1000;
  if (due_us > port.now_us) {
    wait_for_io((int64_t)(due_us - port.now_us));
    port.poll_ms = port.tick_ms + 1;
  }
  port.idle_passes = 0;
}

// ---- Tasks ----

// Where a task starts, on its own stack.
static void run_task(void) {
  const port_task_t *task = current_task();
  isere_freertos_mark_enter(&task->mark, &port.main.mark);
  task->code(task->parameters);
  isere_freertos_assert_failed("a task's function does not return", __FILE__, __LINE__);
}

StackType_t *pxPortInitialiseStack(StackType_t *top, TaskFunction_t code, void *parameters) {
  const uintptr_t end = (uintptr_t)(top + 1) & ~(uintptr_t)portBYTE_ALIGNMENT_MASK;
  port_task_t *task =
      (port_task_t *)((end - sizeof(port_task_t)) & ~(uintptr_t)portBYTE_ALIGNMENT_MASK);
  task->code = code;
  task->parameters = parameters;
  return (StackType_t *)task;
}

// Gives back the pages that the kernel has filled with a pattern. The lowest stays, so the overflow
// check works, and uxTaskGetStackHighWaterMark is exact when less than that page is left, and says
// a page (or little more) when there is more.
static void release_fill(char *bottom, const char *end) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t from = ((uintptr_t)bottom + page + page - 1) & ~(page - 1);
  const uintptr_t to = (uintptr_t)end & ~(page - 1);
  if (end - bottom >= STACK_LAZY_BYTES_MIN && from < to) {
    (void)madvise(bottom + (from - (uintptr_t)bottom), to - from, MADV_DONTNEED);
  }
}

void isere_freertos_task_set_up(StackType_t *top, StackType_t *bottom) {
  port_task_t *task = (port_task_t *)top;
  const size_t bytes = (size_t)((char *)top - (char *)bottom);
  release_fill((char *)bottom, (const char *)top);
  isere_freertos_mark_init(&task->mark, bottom, bytes);
  isere_freertos_context_init(&task->context, bottom, bytes, run_task);
}

void isere_freertos_task_clean_up(StackType_t *top) {
  isere_freertos_mark_deinit(&((port_task_t *)top)->mark);
}

// ---- The scheduler ----

BaseType_t xPortStartScheduler(void) {
  port.start_us = read_us();
  port.start_cycles = read_cycles();
  look_at_clock();
  port.tick_ms = port.now_us / 1000;
  port.poll_ms = port.tick_ms;
  port.fresh_cycles = 0;
  port.running = true;
  switch_tasks(&port.main, current_task(), false);
  return pdFALSE;
}

void vPortEndScheduler(void) {
  port.running = false;
  port.critical_nesting = 0;
  port.yield_pending = false;
  switch_tasks(current_task(), &port.main, false);
}
