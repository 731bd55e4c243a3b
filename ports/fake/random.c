// SPDX-License-Identifier: Apache-2.0
// port/random.h: the same bytes in each run, different ones in each call. Nothing that must be
// secret may be made of them.
#include "port/random.h"

#include <stdint.h>

void isere_port_random_fill(void *out, size_t len) {
  static uint32_t state = 2463534242u;
  uint8_t *bytes = out;
  for (size_t i = 0; i < len; i++) {
    state ^= state << 13; // a xorshift generator
    state ^= state >> 17;
    state ^= state << 5;
    bytes[i] = (uint8_t)(state >> 24);
  }
}
