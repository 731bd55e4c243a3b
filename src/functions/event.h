// SPDX-License-Identifier: Apache-2.0
// The handler's event: AWS API Gateway's proxy event, payload version 1.0, plus `query`.
#pragma once

#include "functions/invocation.h"

// Makes the event of invocation->exchange in the VM of invocation->instance. Its parts that few handlers read are made when they are first read;
// invocation->lazies holds them. *event is owned. Returns ISERE_ERR_THROWN.
isere_err_t isere_event_make(isere_invocation_t *invocation, isere_value_t *event);
