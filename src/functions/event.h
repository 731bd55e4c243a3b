// SPDX-License-Identifier: Apache-2.0
// The handler's event: AWS API Gateway's proxy event, payload version 1.0, plus `query`.
#pragma once

#include "functions/invocation.h"

// Makes invocation->event in the VM of invocation->instance; what few handlers read of it is made
// when it is first read. Returns ISERE_ERR_THROWN.
isere_err_t isere_event_make(isere_invocation_t *invocation);
