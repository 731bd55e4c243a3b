// SPDX-License-Identifier: Apache-2.0
// The kernel's configuration on MPS2 boards: preemptive, with the ARM_CM3 port.
#pragma once

#include <stdint.h>

// ---- Scheduling ----
#define configUSE_PREEMPTION 1
#define configUSE_TIME_SLICING 1
#define configIDLE_SHOULD_YIELD 1
#define configUSE_PORT_OPTIMISED_TASK_SELECTION 1
#define configMAX_PRIORITIES 8
#define configMAX_TASK_NAME_LEN 12

// ---- Time. The boards' clocks differ, so the kernel asks for it. ----
extern const uint32_t isere_board_clock_hz;
#define configCPU_CLOCK_HZ isere_board_clock_hz
#define configTICK_RATE_HZ 1000
#define configUSE_16_BIT_TICKS 0
#define configUSE_TICKLESS_IDLE 1
#define configEXPECTED_IDLE_TIME_BEFORE_SLEEP 2
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 1

// ---- Interrupts: priorities stand in the upper bits, so these hold for any number of bits. ----
#define configKERNEL_INTERRUPT_PRIORITY 0xff
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x80
#define vPortSVCHandler isere_on_svcall
#define xPortPendSVHandler isere_on_pendsv
#define xPortSysTickHandler isere_on_systick

// ---- Memory; depths are in words ----
#define configSUPPORT_STATIC_ALLOCATION 1
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configTOTAL_HEAP_SIZE (20 * 1024)
#define configSTACK_DEPTH_TYPE uint16_t
#define configMINIMAL_STACK_SIZE 128
#define configUSE_MALLOC_FAILED_HOOK 0
#define configCHECK_FOR_STACK_OVERFLOW 2

// ---- What the kernel offers ----
#define configUSE_MUTEXES 1
#define configUSE_RECURSIVE_MUTEXES 1
#define configUSE_COUNTING_SEMAPHORES 1
#define configUSE_QUEUE_SETS 0
#define configQUEUE_REGISTRY_SIZE 0
#define configUSE_TASK_NOTIFICATIONS 1
#define configUSE_APPLICATION_TASK_TAG 0
#define configUSE_CO_ROUTINES 0
#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 2 // ports/mps2/clock.c
#define configUSE_NEWLIB_REENTRANT 0
#define configENABLE_BACKWARD_COMPATIBILITY 1 // for lwIP's sys_arch.c
#define configUSE_TIMERS 0

// ---- What it tells about itself ----
#define configUSE_TRACE_FACILITY 1
#define configUSE_STATS_FORMATTING_FUNCTIONS 0
#define configGENERATE_RUN_TIME_STATS 1
uint32_t isere_board_run_time_us(void);
extern volatile uint32_t isere_board_switched_in_us; // when the running task began to run
extern volatile uint32_t isere_board_before_us;      // its CPU time before that
#define portCONFIGURE_TIMER_FOR_RUN_TIME_STATS()
#define portGET_RUN_TIME_COUNTER_VALUE() isere_board_run_time_us()
#define traceTASK_SWITCHED_IN() \
  (isere_board_before_us = pxCurrentTCB->ulRunTimeCounter, \
   isere_board_switched_in_us = isere_board_run_time_us())

// Prints the condition and where it stands, and restarts the board.
void isere_board_assert_failed(const char *condition, const char *file, int line)
    __attribute__((noreturn));
#define configASSERT(condition) \
  ((condition) ? (void)0 : isere_board_assert_failed(#condition, __FILE__, __LINE__))

#define INCLUDE_eTaskGetState 0
#define INCLUDE_uxTaskGetStackHighWaterMark 1
#define INCLUDE_uxTaskPriorityGet 1
#define INCLUDE_vTaskDelay 1
#define INCLUDE_vTaskDelayUntil 0
#define INCLUDE_vTaskDelete 0
#define INCLUDE_vTaskPrioritySet 0
#define INCLUDE_vTaskSuspend 1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xTaskGetIdleTaskHandle 1
#define INCLUDE_xTaskGetSchedulerState 1
