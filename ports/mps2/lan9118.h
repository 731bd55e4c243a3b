// SPDX-License-Identifier: Apache-2.0
// The Ethernet controller's interrupt.
#pragma once

void isere_lan9118_on_interrupt(void);
