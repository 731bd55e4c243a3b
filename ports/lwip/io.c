// SPDX-License-Identifier: Apache-2.0
// Drives the loop from lwIP's task: a callback message wakes it, one of lwIP's timeouts is its next
// timer.
#include "lwip_io.h"

#include <FreeRTOS.h>
#include <assert.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>
#include <stdio.h>
#include <task.h>

#include "port/clock.h"
#include "port/random.h"

_Static_assert(TCPIP_THREAD_PRIO == configMAX_PRIORITIES - 1,
               "above the workers: a function that computes keeps no client waiting");

static struct {
  isere_loop_t *loop;
  void (*start)(void *arg);
  void *start_arg;
  struct tcpip_callback_msg *wake_message;
  bool is_waking; // the message is on its way
  bool in_batch;
  bool is_armed;
  uint64_t armed_ms; // when the timeout is due
} io;

u32_t sys_now(void) {
  return (u32_t)isere_port_clock_now_ms();
}

uint32_t isere_lwip_random(void) {
  uint32_t value;
  isere_port_random_fill(&value, sizeof(value));
  return value;
}

static void step(void);

static void on_timeout(void *arg) {
  (void)arg;
  io.is_armed = false;
  isere_lwip_batch_begin();
  isere_lwip_batch_end();
}

// An earlier timeout than needed does no harm: it only looks.
static void arm(uint32_t wait_ms) {
  if (wait_ms == portMAX_DELAY) {
    return;
  }
  const uint64_t due_ms = isere_port_clock_now_ms() + wait_ms;
  if (io.is_armed && io.armed_ms <= due_ms) {
    return;
  }
  if (io.is_armed) {
    sys_untimeout(on_timeout, NULL);
  }
  io.is_armed = true;
  io.armed_ms = due_ms;
  sys_timeout(wait_ms, on_timeout, NULL);
}

static void step(void) {
  arm(isere_loop_step(io.loop));
}

static void on_wake(void *arg) {
  (void)arg;
  __atomic_store_n(&io.is_waking, false, __ATOMIC_SEQ_CST);
  isere_lwip_batch_begin();
  isere_lwip_batch_end();
}

static void wake(isere_loop_t *loop) {
  (void)loop;
  if (!__atomic_exchange_n(&io.is_waking, true, __ATOMIC_SEQ_CST)) {
    const err_t err = tcpip_callbackmsg_trycallback(io.wake_message);
    assert(err == ERR_OK); // the mailbox has room for each source's one message
    (void)err;
  }
}

void isere_lwip_batch_begin(void) {
  io.in_batch = true;
}

void isere_lwip_batch_end(void) {
  isere_lwip_net_batch_end();
  step();
  io.in_batch = false;
}

void isere_lwip_touch(void) {
  if (!io.in_batch) {
    wake(io.loop);
  }
}

static void on_started(void *arg) {
  (void)arg;
  isere_loop_bind(io.loop);
  isere_lwip_batch_begin();
  isere_lwip_address_init();
  io.start(io.start_arg);
  isere_lwip_batch_end();
}

void isere_lwip_run(isere_loop_t *loop, void (*start)(void *arg), void *arg) {
  io.loop = loop;
  io.start = start;
  io.start_arg = arg;
  loop->wake = wake;
  tcpip_init(on_started, NULL);
  io.wake_message = tcpip_callbackmsg_new(on_wake, NULL);
  assert(io.wake_message != NULL);
  vTaskStartScheduler();
  abort(); // no memory for the idle task
}
