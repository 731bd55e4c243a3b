// SPDX-License-Identifier: Apache-2.0
// port/random.h over getrandom(2).
#include "port/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

void isere_port_random_fill(void *out, size_t len) {
  char *next = out;
  while (len > 0) {
    const ssize_t count = getrandom(next, len, 0);
    if (count < 0 && errno != EINTR) {
      abort(); // without randomness nothing that follows would be safe
    }
    if (count > 0) {
      next += count;
      len -= (size_t)count;
    }
  }
}
