// SPDX-License-Identifier: Apache-2.0
// The kernel's configuration on Linux; for FreeRTOS V9, V10 and V11.
#pragma once

#include <stdint.h>

// ---- Scheduling: cooperative, so no code is interrupted and malloc, valgrind and the sanitizers
// work ----
#define configUSE_PREEMPTION 0
#define configUSE_TIME_SLICING 0
#define configIDLE_SHOULD_YIELD 1
#define configUSE_PORT_OPTIMISED_TASK_SELECTION 1
#define configNUMBER_OF_CORES 1
#define configMAX_PRIORITIES 8
#define configMAX_TASK_NAME_LEN 16

// ---- Time ----
#define configCPU_CLOCK_HZ 1000000
#define configTICK_RATE_HZ 1000
// V11 takes this in place of configTICK_TYPE_WIDTH_IN_BITS, and refuses both together.
#define configUSE_16_BIT_TICKS 0
#define configUSE_TICKLESS_IDLE 1
#define configEXPECTED_IDLE_TIME_BEFORE_SLEEP 2
#define configUSE_IDLE_HOOK 1 // the port's: it sleeps where tickless idle does not
#define configUSE_TICK_HOOK 0

// ---- Memory; depths are in words of StackType_t ----
#define configSUPPORT_STATIC_ALLOCATION 1
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configSTACK_DEPTH_TYPE uint32_t
#define configMINIMAL_STACK_SIZE (64 * 1024 / 8)
#define configUSE_MALLOC_FAILED_HOOK 1
#define configCHECK_FOR_STACK_OVERFLOW 2

// ---- What the kernel offers ----
#define configUSE_MUTEXES 1
#define configUSE_RECURSIVE_MUTEXES 1
#define configUSE_COUNTING_SEMAPHORES 1
#define configUSE_QUEUE_SETS 1
#define configQUEUE_REGISTRY_SIZE 8
#define configUSE_TASK_NOTIFICATIONS 1
#define configUSE_APPLICATION_TASK_TAG 0
#define configUSE_CO_ROUTINES 0
#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 2
#define configUSE_NEWLIB_REENTRANT 0
#define configENABLE_BACKWARD_COMPATIBILITY 0

#define configUSE_TIMERS 1
#define configTIMER_TASK_PRIORITY (configMAX_PRIORITIES - 1)
#define configTIMER_QUEUE_LENGTH 16
#define configTIMER_TASK_STACK_DEPTH configMINIMAL_STACK_SIZE

// ---- What it tells about itself ----
#define configUSE_TRACE_FACILITY 1
#define configUSE_STATS_FORMATTING_FUNCTIONS 1
#define configGENERATE_RUN_TIME_STATS 1
#define configRUN_TIME_COUNTER_TYPE uint64_t // V9 counts in 32 bits all the same
#define portCONFIGURE_TIMER_FOR_RUN_TIME_STATS()
#define portGET_RUN_TIME_COUNTER_VALUE() isere_freertos_run_time_us()

// Prints the condition and where it stands, and aborts.
void isere_freertos_assert_failed(const char *condition, const char *file, int line)
    __attribute__((noreturn));
#define configASSERT(condition) \
  ((condition) ? (void)0 : isere_freertos_assert_failed(#condition, __FILE__, __LINE__))

#define INCLUDE_eTaskGetState 1
#define INCLUDE_uxTaskGetStackHighWaterMark 1
#define INCLUDE_uxTaskPriorityGet 1
#define INCLUDE_vTaskDelay 1
#define INCLUDE_vTaskDelayUntil 1
#define INCLUDE_vTaskDelete 1
#define INCLUDE_vTaskPrioritySet 1
#define INCLUDE_vTaskSuspend 1
#define INCLUDE_xEventGroupSetBitFromISR 1
#define INCLUDE_xQueueGetMutexHolder 1
#define INCLUDE_xSemaphoreGetMutexHolder 1
#define INCLUDE_xTaskAbortDelay 1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xTaskGetHandle 1
#define INCLUDE_xTaskGetIdleTaskHandle 1
#define INCLUDE_xTaskGetSchedulerState 1
#define INCLUDE_xTaskResumeFromISR 1
#define INCLUDE_xTimerPendFunctionCall 1
