// SPDX-License-Identifier: Apache-2.0
// The handler's context object and its callback `done`, as AWS Lambda has them.
#pragma once

#include "functions/invocation.h"

// Makes invocation->context, and the callback *done (owned). Both are harmless once the invocation
// has ended. Returns ISERE_ERR_THROWN.
isere_err_t isere_context_make(isere_invocation_t *invocation, isere_value_t *done);

// Reads the context's callbackWaitsForEmptyEventLoop; anything but a false value counts as true.
// May run the code's getter.
bool isere_context_waits(isere_invocation_t *invocation);
