// SPDX-License-Identifier: Apache-2.0
// What Web APIs get from their host, and how they are put into a VM: a C half of natives, and a JS
// half that is run when code first uses one of its globals.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/log.h"
#include "engine/engine.h"
#include "loop/timers.h"

// Rows of the table in api.c.
#define ISERE_API_HALVES_MAX 8

typedef struct isere_api_host isere_api_host_t;
typedef struct isere_api_timer isere_api_timer_t;

// Whose timers they are: an invocation embeds one. A timer whose callback runs now counts, and an
// interval until it is cleared.
typedef struct {
  isere_list_t timers;
  uint32_t timer_count;
} isere_api_turn_t;

static inline void isere_api_turn_init(isere_api_turn_t *turn) {
  isere_list_init(&turn->timers);
  turn->timer_count = 0;
}

// What an instance offers to the APIs of its VM: vm->owner points to it. The functions layer embeds
// it as its first member. isere_api_install sets what stands below "Private to api/"; the rest is
// the functions layer's, zero where it has nothing.
struct isere_api_host {
  // A console line: a level and a text without its final line feed.
  void (*print)(isere_api_host_t *host, isere_log_level_t level, isere_span_t text);

  // process.stdout.write (fd 1) and process.stderr.write (fd 2): the text as it is. NULL: each
  // write becomes a print.
  void (*write)(isere_api_host_t *host, int fd, isere_span_t text);

  // process.exit: ends the process and does not return. NULL: process.exit throws.
  void (*exit)(isere_api_host_t *host, int code);

  // process.env and process.argv: NULL-terminated arrays of "NAME=value", and of arguments; may be
  // NULL. They outlive the VM.
  const char *const *env;
  const char *const *argv;

  // Whose code runs now: to it a new timer belongs. NULL: nobody's. Set it around each entry into
  // the VM, run_jobs included.
  isere_api_turn_t *turn;

  // The earliest timer may have changed (isere_timers_first(&host->timers)). Called from within the
  // VM's code; may be NULL.
  void (*on_timer_change)(isere_api_host_t *host);

  // Code has cleared the last timer of `turn`. Called from within the VM's code: only take note.
  // Not called by the functions of api/timers/timers.h, whose caller looks at the count itself. May
  // be NULL.
  void (*on_turn_idle)(isere_api_host_t *host, isere_api_turn_t *turn);

  // ---- Private to api/, but for reading `timers` and `timer_count` ----

  isere_timers_t timers;
  uint32_t timer_count;                       // of all turns and of nobody
  isere_list_t timers_unowned;                // those that belong to nobody
  isere_api_timer_t **timers_by_id;           // a hash table of chains, from the VM's heap
  uint32_t timers_by_id_count;                // its places: 0 or a power of two
  uint32_t timer_id;                          // the last one given
  isere_value_t promise_then;                 // the language's own Promise.prototype.then
  uint64_t start_us;                          // when the APIs were installed
  uint32_t halves_made;                       // bit n: halves[n] is there
  isere_value_t halves[ISERE_API_HALVES_MAX]; // the globals that row n's JS half gave
};

// An API: one row for each folder of src/api.
typedef struct {
  const char *name;    // of the folder
  const uint8_t *code; // the JS half: an expression that gives a function (native) => object of the
                       // globals; NULL: none
  const size_t *code_len;
  const isere_native_t *natives; // the C half, ends with {NULL}; given to the JS half as an object.
                                 // Without a JS half they are globals.
  const char *const *globals;    // names that the JS half defines, ends with NULL
} isere_api_t;

// Puts every API of this build into `vm`, whose owner is an isere_api_host_t. Costs little: the JS
// halves wait for their first use. Returns ISERE_ERR_THROWN or ISERE_ERR_NOMEM.
isere_err_t isere_api_install(isere_vm_t *vm);

static inline isere_api_host_t *isere_api_host(isere_vm_t *vm) {
  return (isere_api_host_t *)vm->owner;
}
