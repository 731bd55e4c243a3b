// SPDX-License-Identifier: Apache-2.0
// port/stack.h over the kernel port's stacks with guard pages.
#include "port/stack.h"

#include "freertos/port_stack.h"

void *isere_port_stack_new(size_t bytes) {
  return isere_freertos_stack_new(bytes);
}
