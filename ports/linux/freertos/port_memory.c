// SPDX-License-Identifier: Apache-2.0
// The kernel's memory: its heap is malloc, and stacks are mapped with a guard page below.
#include <FreeRTOS.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <task.h>
#include <unistd.h>

#include "port_sanitize.h"
#include "port_stack.h"

#if ISERE_FREERTOS_MARKS
#include <sanitizer/lsan_interface.h>
#endif

void vApplicationMallocFailedHook(void);
void vApplicationGetIdleTaskMemory(StaticTask_t **tcb, StackType_t **stack,
                                   configSTACK_DEPTH_TYPE *depth);
void vApplicationGetTimerTaskMemory(StaticTask_t **tcb, StackType_t **stack,
                                    configSTACK_DEPTH_TYPE *depth);

// A program that wants to hear of it defines its own. The function that asked for the memory
// reports the failure in any case.
__attribute__((weak)) void vApplicationMallocFailedHook(void) {}

// Not plain malloc, which aligns to 8 bytes on some 32-bit processors. No object is larger than
// PTRDIFF_MAX: such a size is a sum that has overflowed.
void *pvPortMalloc(size_t bytes) {
  void *memory = NULL;
  if (bytes > PTRDIFF_MAX || posix_memalign(&memory, portBYTE_ALIGNMENT, bytes) != 0) {
    vApplicationMallocFailedHook();
    return NULL;
  }
  return memory;
}

void vPortFree(void *memory) {
  free(memory);
}

static size_t round_to_pages(size_t bytes, size_t page) {
  return (bytes + page - 1) / page * page;
}

StackType_t *isere_freertos_stack_new(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (bytes == 0 || bytes > SIZE_MAX / 2) {
    return NULL;
  }
  const size_t mapped = page + round_to_pages(bytes, page);
  char *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) {
    return NULL;
  }
  if (mprotect(memory, page, PROT_NONE) != 0) {
    (void)munmap(memory, mapped);
    return NULL;
  }
#if ISERE_FREERTOS_MARKS
  __lsan_register_root_region(memory + page, mapped - page);
#endif
  return (StackType_t *)(void *)(memory + page);
}

void isere_freertos_stack_free(StackType_t *stack, size_t bytes) {
  if (stack == NULL) {
    return;
  }
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t mapped = page + round_to_pages(bytes, page);
#if ISERE_FREERTOS_MARKS
  __lsan_unregister_root_region(stack, mapped - page);
#endif
  (void)munmap((char *)stack - page, mapped);
}

// Once for each, when the scheduler starts. Without memory for them nothing can run.
static StackType_t *system_stack_new(configSTACK_DEPTH_TYPE *out_depth) {
  StackType_t *stack = isere_freertos_stack_new(configMINIMAL_STACK_SIZE * sizeof(StackType_t));
  configASSERT(stack != NULL);
  *out_depth = configMINIMAL_STACK_SIZE;
  return stack;
}

void vApplicationGetIdleTaskMemory(StaticTask_t **tcb, StackType_t **stack,
                                   configSTACK_DEPTH_TYPE *depth) {
  static StaticTask_t idle;
  *tcb = &idle;
  *stack = system_stack_new(depth);
}

void vApplicationGetTimerTaskMemory(StaticTask_t **tcb, StackType_t **stack,
                                    configSTACK_DEPTH_TYPE *depth) {
  static StaticTask_t timer;
  *tcb = &timer;
  *stack = system_stack_new(depth);
}
