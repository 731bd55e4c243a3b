// SPDX-License-Identifier: Apache-2.0
// From what a handler gave to the bytes of a response.
#pragma once

#include "functions/invocation.h"
#include "http/response.h"

// Writes the response that invocation->outcome asks for into exchange->response. May run the
// function's code (getters, toJSON).
void isere_reply_write(isere_invocation_t *invocation, isere_http_date_t *date);

// Writes {"errorType","errorMessage"} with `failure`'s status; needs no VM. From any task that owns
// the exchange.
void isere_reply_write_failure(isere_http_exchange_t *exchange, const isere_failure_t *failure,
                               isere_http_date_t *date);

// True while the response reads the instance's heap: when it is sent, isere_reply_release must
// follow in the worker.
bool isere_reply_is_pinned(const isere_invocation_t *invocation);

// Releases what the sent response had pinned.
void isere_reply_release(isere_invocation_t *invocation);
