// SPDX-License-Identifier: Apache-2.0
// port/random.h: ChaCha20 (RFC 8439) as a generator, whose key is replaced by its own output after
// each call. The board has no source of randomness. Under the emulator the seed is 32 bytes of the
// host's /dev/urandom; on hardware without it the seed is only the jitter between two of its
// clocks: a warning tells that, and what is made then is fit for identifiers, not for keys.
#include "port/random.h"

#include <FreeRTOS.h>
#include <string.h>
#include <task.h>

#include "base/log.h"
#include "port/clock.h"
#include "random_mps2.h"
#include "registers.h"
#include "semihosting.h"

#define KEY_WORDS 8
#define BLOCK_WORDS 16
#define SYST_CVR REGISTER(0xe000e018u)
#define JITTER_ROUNDS 4096

static struct {
  uint32_t key[KEY_WORDS];
  uint32_t counter;
} generator;

static uint32_t rotate(uint32_t value, unsigned bits) {
  return value << bits | value >> (32 - bits);
}

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d) {
  *a += *b;
  *d = rotate(*d ^ *a, 16);
  *c += *d;
  *b = rotate(*b ^ *c, 12);
  *a += *b;
  *d = rotate(*d ^ *a, 8);
  *c += *d;
  *b = rotate(*b ^ *c, 7);
}

// RFC 8439 section 2.3, with a nonce of zeros: the key is used for one call only.
static void make_block(uint32_t out[BLOCK_WORDS]) {
  uint32_t state[BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  memcpy(state + 4, generator.key, sizeof(generator.key));
  state[12] = generator.counter++;
  memcpy(out, state, sizeof(state));
  for (int i = 0; i < 10; i++) {
    quarter(&out[0], &out[4], &out[8], &out[12]);
    quarter(&out[1], &out[5], &out[9], &out[13]);
    quarter(&out[2], &out[6], &out[10], &out[14]);
    quarter(&out[3], &out[7], &out[11], &out[15]);
    quarter(&out[0], &out[5], &out[10], &out[15]);
    quarter(&out[1], &out[6], &out[11], &out[12]);
    quarter(&out[2], &out[7], &out[8], &out[13]);
    quarter(&out[3], &out[4], &out[9], &out[14]);
  }
  for (int i = 0; i < BLOCK_WORDS; i++) {
    out[i] += state[i];
  }
}

// The generator forgets what it has given.
static void rekey(void) {
  uint32_t block[BLOCK_WORDS];
  make_block(block);
  memcpy(generator.key, block, sizeof(generator.key));
  generator.counter = 0;
}

static void stir(uint32_t value) {
  generator.key[0] ^= value;
  rekey();
}

void isere_random_init(void) {
  if (isere_semihosting_read("/dev/urandom", generator.key, sizeof(generator.key))) {
    return;
  }
  isere_log(ISERE_LOG_WARN, "random", "no source of randomness: identifiers only, no keys");
  for (uint32_t i = 0; i < JITTER_ROUNDS; i++) {
    stir((uint32_t)isere_port_clock_now_us() << 16 ^ SYST_CVR ^ i);
  }
}

void isere_port_random_fill(void *out, size_t len) {
  uint8_t *next = out;
  vTaskSuspendAll();
  while (len > 0) {
    uint32_t block[BLOCK_WORDS];
    make_block(block);
    const size_t part = len < sizeof(block) ? len : sizeof(block);
    memcpy(next, block, part);
    next += part;
    len -= part;
  }
  rekey();
  (void)xTaskResumeAll();
}
