// SPDX-License-Identifier: Apache-2.0
// The clocks. Implemented by the port; called from any task.
#pragma once

#include <stdint.h>

// Milliseconds since some fixed point; never goes back. Cheap: it may be read for each request.
uint64_t isere_port_clock_now_ms(void);

// Microseconds of the same clock.
uint64_t isere_port_clock_now_us(void);

// Microseconds of CPU time that the calling task has had; only differences mean something. Where tasks are not
// preempted it may go on while other tasks run: a task then leaves out the time of its own pauses.
uint64_t isere_port_clock_task_us(void);

// Milliseconds since 1970-01-01T00:00:00Z without leap seconds. May jump when the clock is set.
uint64_t isere_port_clock_unix_ms(void);
