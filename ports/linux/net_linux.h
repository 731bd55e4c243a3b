// SPDX-License-Identifier: Apache-2.0
// What the rest of the Linux port needs of its net port.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

// Reserves the connections. After isere_events_init, before the kernel starts.
isere_err_t isere_net_linux_init(void);

// Listeners opened from now on share their port with other processes (SO_REUSEPORT).
void isere_net_linux_share_port(bool share);

// Binds a socket without listening; *out_fd is the caller's to close.
isere_err_t isere_net_linux_bind(const char *host, uint16_t port, bool share, int *out_fd);

// The port number of a bound socket.
uint16_t isere_net_linux_port_of(int fd);
