// SPDX-License-Identifier: Apache-2.0
// The io task, which is lwIP's own task, and the loop in it.
#pragma once

#include "loop/loop.h"

struct netif;

// Starts the kernel with the io task, which calls `start` first. Does not return. The board's
// network interface is brought up in it by isere_lwip_netif_init.
void isere_lwip_run(isere_loop_t *loop, void (*start)(void *arg), void *arg)
    __attribute__((noreturn));

// Around a batch of packets or other events of lwIP in the io task: at its end the loop gets its
// turn.
void isere_lwip_batch_begin(void);
void isere_lwip_batch_end(void);

// Something may have given the loop work; outside of a batch it will get its turn soon. From the io
// task.
void isere_lwip_touch(void);

// Tells the listeners' users that a batch has ended. Implemented by net.c.
void isere_lwip_net_batch_end(void);

// Brings the interface up: DHCP, or the static address of the build. Implemented by address.c; from
// the io task.
void isere_lwip_address_init(void);

// Adds and starts the board's network interface, without an address. Implemented by the board; from
// the io task.
struct netif *isere_board_netif_add(void);
