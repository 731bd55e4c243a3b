// SPDX-License-Identifier: Apache-2.0
// The handler's context object and its callback `done`, as AWS Lambda has them.
#pragma once

#include "functions/invocation.h"

// Makes the context and the callback; both are owned. Both are harmless once the invocation has ended. Returns ISERE_ERR_THROWN.
isere_err_t isere_context_make(isere_invocation_t *invocation, isere_value_t *context,
                               isere_value_t *done);
