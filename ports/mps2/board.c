// SPDX-License-Identifier: Apache-2.0
// What the kernel asks of the board: its clock rate, and what happens when something is badly
// wrong.
#include "board.h"

#include <FreeRTOS.h>
#include <arch/cc.h>
#include <stdio.h>
#include <stdlib.h>
#include <task.h>

#include "console.h"
#include "fault.h"

const uint32_t isere_board_clock_hz = BOARD_CLOCK_HZ;

void isere_board_assert_failed(const char *condition, const char *file, int line) {
  char text[160];
  snprintf(text, sizeof(text), "\nassertion failed: %s, %s:%d\n", condition, file, line);
  isere_console_write_now(text);
  isere_fault_restart(ISERE_RESET_ASSERTION);
}

void isere_lwip_failed(const char *text, const char *file, int line) {
  isere_board_assert_failed(text, file, line);
}

void abort(void) {
  isere_board_assert_failed("abort()", "?", 0);
}

// newlib's assert().
void __assert_func(const char *file, int line, const char *function, const char *condition);
void __assert_func(const char *file, int line, const char *function, const char *condition) {
  (void)function;
  isere_board_assert_failed(condition, file, line);
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name) {
  (void)task;
  isere_console_write_now("\nstack overflow in task ");
  isere_console_write_now(name);
  isere_console_write_now("\n");
  isere_fault_restart(ISERE_RESET_STACK);
}

void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *depth);
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *depth) {
  static StaticTask_t idle_task;
  static StackType_t idle_stack[configMINIMAL_STACK_SIZE];
  *task = &idle_task;
  *stack = idle_stack;
  *depth = configMINIMAL_STACK_SIZE;
}
