// SPDX-License-Identifier: Apache-2.0
// One call of a function: from a complete request to a response.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api.h"
#include "base/list.h"
#include "base/span.h"
#include "engine/engine.h"
#include "functions/function.h"
#include "http/server.h"

// Values of the event and the context that are made only when the code reads them.
#define ISERE_EVENT_LAZIES 5
#define ISERE_CONTEXT_LAZIES 11

#define ISERE_REQUEST_ID_CHARS 36 // a UUID, RFC 9562

// Who may touch it: the io task while QUEUED, the worker while RUNNING. It goes from one to the
// other through queues.
typedef enum {
  ISERE_INVOCATION_QUEUED,
  ISERE_INVOCATION_RUNNING,
  ISERE_INVOCATION_ENDED, // while it still stood in the queue: nobody runs it
} isere_invocation_phase_t;

// Why an invocation has to stop. Set once by the io task, read by the worker.
typedef enum {
  ISERE_STOP_NONE,
  ISERE_STOP_TIMEOUT,
  ISERE_STOP_CLIENT_GONE,
} isere_stop_t;

typedef enum {
  ISERE_OUTCOME_NONE,
  ISERE_OUTCOME_RESPONSE, // `value` is what the handler gave as its response
  ISERE_OUTCOME_ERROR,    // `value` was thrown
  ISERE_OUTCOME_FAILED,   // `failure` tells; there is no value
} isere_outcome_t;

// A failure that is not the handler's own error.
typedef struct {
  int status;       // 500, 502, 504
  const char *type; // errorType
  const char *text; // errorMessage
} isere_failure_t;

// The failures that more than one place knows.
extern const isere_failure_t isere_failure_cpu;
extern const isere_failure_t isere_failure_nomem;
extern const isere_failure_t isere_failure_timeout;
extern const isere_failure_t isere_failure_no_response;
extern const isere_failure_t isere_failure_no_handler;

struct isere_instance;
struct isere_worker;

typedef struct isere_invocation {
  isere_function_t *function;
  isere_http_exchange_t *exchange;
  uint64_t start_ms; // of the monotonic clock
  uint32_t serial;   // tells this use of the slot from earlier ones
  volatile isere_invocation_phase_t phase;
  volatile isere_stop_t stop;
  char request_id[ISERE_REQUEST_ID_CHARS]; // made when first asked for
  bool has_request_id;

  // The io task's.
  isere_list_t by_deadline;

  // The worker's.
  isere_list_t link; // in instance->active
  struct isere_worker *worker;
  struct isere_instance *instance;
  isere_api_turn_t turn;
  uint64_t cpu_us;
  bool waits_for_empty; // the outcome came through done(), which waits for the code's timers
  isere_outcome_t outcome;
  isere_value_t value;   // of the outcome
  isere_value_t promise; // what the handler returned, while it is pending
  isere_failure_t failure;
  const char *error_type; // of an ERROR; NULL: the error's own name
  isere_value_t event;    // held while its lazy values read the request
  isere_value_t context;  // likewise
  isere_lazy_t event_lazies[ISERE_EVENT_LAZIES];
  isere_lazy_t context_lazies[ISERE_CONTEXT_LAZIES];
  isere_text_t body_text; // pinned until the response is sent
  void *body_bytes;       // a decoded body, likewise
  bool body_pinned;
  bool has_response;
} isere_invocation_t;

// The request's id; the same for each call.
isere_span_t isere_invocation_request_id(isere_invocation_t *invocation);

// Milliseconds of wall-clock time that are left, never negative.
uint32_t isere_invocation_remaining_ms(const isere_invocation_t *invocation);
