// SPDX-License-Identifier: Apache-2.0
// What the kernel asks of a port: types, critical sections, yields, and the places where it hears
// of the time.
#pragma once

#include <stddef.h>
#include <stdint.h>

// ---- Types ----

typedef unsigned long StackType_t;
typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;

#define portSTACK_TYPE StackType_t
#define portBASE_TYPE BaseType_t
#define portPOINTER_SIZE_TYPE uintptr_t
#define portMAX_DELAY ((TickType_t)0xffffffffUL)
#define portTICK_PERIOD_MS ((TickType_t)1000 / configTICK_RATE_HZ)
#define portSTACK_GROWTH (-1)
#define portBYTE_ALIGNMENT 16

// ---- Yields and critical sections. There are no interrupts: a critical section only holds back
// yields, and its start is where the tick count catches up, so that time-outs count from now. So
// xTaskGetTickCount takes one too, and portTICK_TYPE_IS_ATOMIC stays undefined. ----

void vPortYield(void);
void vPortEnterCritical(void);
void vPortExitCritical(void);

#define portYIELD() vPortYield()
#define portENTER_CRITICAL() vPortEnterCritical()
#define portEXIT_CRITICAL() vPortExitCritical()
#define portDISABLE_INTERRUPTS()
#define portENABLE_INTERRUPTS()
#define portSET_INTERRUPT_MASK_FROM_ISR() 0
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(mask) ((void)(mask))

// The wait hook is the only "interrupt", and a switch follows it in any case.
#define portEND_SWITCHING_ISR(woken) ((void)(woken))
#define portYIELD_FROM_ISR(woken) portEND_SWITCHING_ISR(woken)

// ---- Task selection: a bit for each priority that has a ready task ----

#if configMAX_PRIORITIES > 32
#error "at most 32 priorities"
#endif
#define portRECORD_READY_PRIORITY(priority, ready) ((ready) |= 1UL << (priority))
#define portRESET_READY_PRIORITY(priority, ready) ((ready) &= ~(1UL << (priority)))
#define portGET_HIGHEST_PRIORITY(top, ready) \
  ((top) = (UBaseType_t)(31 - __builtin_clz((unsigned int)(ready))))

// ---- Time ----

void vPortSuppressTicksAndSleep(TickType_t expected_idle);
#define portSUPPRESS_TICKS_AND_SLEEP(expected_idle) vPortSuppressTicksAndSleep(expected_idle)

// vTaskDelay takes no critical section before it reads the tick count: it catches up here.
void isere_freertos_refresh_delay(void);
#define traceTASK_DELAY() isere_freertos_refresh_delay()

// Microseconds on CLOCK_MONOTONIC as of the last yield.
uint64_t isere_freertos_run_time_us(void);

// ---- Tasks: the kernel expands these where it can see its own task structure ----

void isere_freertos_task_set_up(StackType_t *top, StackType_t *bottom);
void isere_freertos_task_clean_up(StackType_t *top);
#define portSETUP_TCB(task) \
  isere_freertos_task_set_up((StackType_t *)(task)->pxTopOfStack, (task)->pxStack)
#define portCLEAN_UP_TCB(task) isere_freertos_task_clean_up((StackType_t *)(task)->pxTopOfStack)

#define portTASK_FUNCTION_PROTO(function, parameters) void function(void *parameters)
#define portTASK_FUNCTION(function, parameters) void function(void *parameters)
#define portNOP()
