// SPDX-License-Identifier: Apache-2.0
// Every limit of isère. A target sets its own in ports/<target>/limits_target.h; what it does not
// set has the value here.
#pragma once

#include "limits_target.h"

// ---- HTTP ----

// A block of the server's one pool: it holds a request's head, a part of a body, or a response
// being sent.
#ifndef ISERE_HTTP_BLOCK_BYTES
#define ISERE_HTTP_BLOCK_BYTES 4096
#endif

// Blocks in the pool, for all connections together.
#ifndef ISERE_HTTP_BLOCKS_MAX
#define ISERE_HTTP_BLOCKS_MAX 32
#endif

// Request line and header section together; more is answered 431.
#ifndef ISERE_HTTP_HEAD_BYTES_MAX
#define ISERE_HTTP_HEAD_BYTES_MAX (ISERE_HTTP_BLOCK_BYTES - 1536)
#endif

// The request's method; more is answered 501.
#ifndef ISERE_HTTP_METHOD_BYTES_MAX
#define ISERE_HTTP_METHOD_BYTES_MAX 32
#endif

// The request target; more is answered 414.
#ifndef ISERE_HTTP_TARGET_BYTES_MAX
#define ISERE_HTTP_TARGET_BYTES_MAX 2048
#endif

// Header fields of a request; more is answered 431.
#ifndef ISERE_HTTP_HEADERS_MAX
#define ISERE_HTTP_HEADERS_MAX 48
#endif

// A request's body after its transfer coding is taken off; more is answered 413.
#ifndef ISERE_HTTP_BODY_BYTES_MAX
#define ISERE_HTTP_BODY_BYTES_MAX (32 * 1024)
#endif

// A response's status line and header section; more is ISERE_ERR_TOOBIG from
// isere_http_response_field.
#ifndef ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX
#define ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX (ISERE_HTTP_BLOCK_BYTES / 2)
#endif

// Names and values of chunk extensions, which are dropped, for a whole body; more is answered 400.
#ifndef ISERE_HTTP_EXTENSION_BYTES_MAX
#define ISERE_HTTP_EXTENSION_BYTES_MAX 1024
#endif

// Open client connections; with one more, the longest idle one gives way.
#ifndef ISERE_HTTP_CONNS_MAX
#define ISERE_HTTP_CONNS_MAX 16
#endif

// Requests of one connection that are parsed and answered before other connections get their turn.
// The rest waits in the receive buffer: requests of one connection are answered one after the
// other, in order.
#ifndef ISERE_HTTP_PIPELINED_REQUESTS_MAX
#define ISERE_HTTP_PIPELINED_REQUESTS_MAX 16
#endif

// A keep-alive connection without a request is closed after this time.
#ifndef ISERE_HTTP_IDLE_MS_MAX
#define ISERE_HTTP_IDLE_MS_MAX 60000
#endif

// From a request's first byte to the end of its head; then 408.
#ifndef ISERE_HTTP_HEAD_MS_MAX
#define ISERE_HTTP_HEAD_MS_MAX 15000
#endif

// Without a byte of the body for this time; then 408.
#ifndef ISERE_HTTP_BODY_MS_MAX
#define ISERE_HTTP_BODY_MS_MAX 15000
#endif

// Without the client taking a byte of the response for this time; then the connection is reset.
#ifndef ISERE_HTTP_SEND_MS_MAX
#define ISERE_HTTP_SEND_MS_MAX 30000
#endif

// How long a closing connection waits for the client's own close, so that the last response is not
// lost.
#ifndef ISERE_HTTP_LINGER_MS_MAX
#define ISERE_HTTP_LINGER_MS_MAX 1000
#endif

// ... and how much of what the client still sends it drops meanwhile; then it is reset.
#ifndef ISERE_HTTP_LINGER_BYTES_MAX
#define ISERE_HTTP_LINGER_BYTES_MAX (4 * 1024 * 1024)
#endif

// A client in the middle of a request that has been silent for this time gives way when another one
// needs its slot.
#ifndef ISERE_HTTP_GRACE_MS
#define ISERE_HTTP_GRACE_MS 1000
#endif

// A client that has closed its sending side gets its response only within this time; then it counts
// as gone.
#ifndef ISERE_HTTP_HALF_CLOSED_MS_MAX
#define ISERE_HTTP_HALF_CLOSED_MS_MAX 2000
#endif

// ---- Functions ----

// Invocations waiting or running, for all functions together; more is answered 503.
#ifndef ISERE_INVOCATIONS_MAX
#define ISERE_INVOCATIONS_MAX 16
#endif

// Worker tasks. One serves all requests; others start only while a function's code occupies it for
// long.
#ifndef ISERE_WORKERS_MAX
#define ISERE_WORKERS_MAX 2
#endif

// The C stack of a worker task, of which the engine may use all but ISERE_WORKER_STACK_SLACK_BYTES.
#ifndef ISERE_WORKER_STACK_BYTES
#define ISERE_WORKER_STACK_BYTES (20 * 1024)
#endif
#ifndef ISERE_WORKER_STACK_SLACK_BYTES
#define ISERE_WORKER_STACK_SLACK_BYTES (4 * 1024)
#endif

// The heap of an instance, unless the function sets its own.
#ifndef ISERE_INSTANCE_HEAP_BYTES
#define ISERE_INSTANCE_HEAP_BYTES (128 * 1024)
#endif

// Wall-clock time of an invocation, unless the function sets its own; then 504.
#ifndef ISERE_INVOCATION_MS_MAX
#define ISERE_INVOCATION_MS_MAX 30000
#endif

// CPU time of an invocation.
#ifndef ISERE_INVOCATION_CPU_MS_MAX
#define ISERE_INVOCATION_CPU_MS_MAX 10000
#endif

// A piece of a function's code that runs longer than this without a pause makes another worker take
// over the queue.
#ifndef ISERE_WORKER_SLICE_MS
#define ISERE_WORKER_SLICE_MS 5
#endif

// A source file.
#ifndef ISERE_SOURCE_BYTES_MAX
#define ISERE_SOURCE_BYTES_MAX (256 * 1024)
#endif

// Files of one function that are watched for changes in dev mode.
#ifndef ISERE_FUNCTION_FILES_MAX
#define ISERE_FUNCTION_FILES_MAX 4
#endif

// A path, NUL included.
#ifndef ISERE_PATH_BYTES_MAX
#define ISERE_PATH_BYTES_MAX 256
#endif

// An instance of a further worker that has nothing to do is closed after this time.
#ifndef ISERE_INSTANCE_IDLE_MS_MAX
#define ISERE_INSTANCE_IDLE_MS_MAX 10000
#endif

// Promises of one instance that are rejected and without a handler, between two looks at them.
#ifndef ISERE_INSTANCE_REJECTIONS_MAX
#define ISERE_INSTANCE_REJECTIONS_MAX 8
#endif

// ---- Log ----

// A formatted event's text; a text that is passed whole has no such limit.
#ifndef ISERE_LOG_TEXT_BYTES_MAX
#define ISERE_LOG_TEXT_BYTES_MAX 512
#endif

_Static_assert(ISERE_HTTP_HEAD_BYTES_MAX < ISERE_HTTP_BLOCK_BYTES, "a head fits one block");
_Static_assert(ISERE_HTTP_METHOD_BYTES_MAX + ISERE_HTTP_TARGET_BYTES_MAX + 64 <
                   ISERE_HTTP_HEAD_BYTES_MAX,
               "a request line fits a head");
_Static_assert(2 * ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX <= ISERE_HTTP_BLOCK_BYTES,
               "a response's head fits what it gets");
_Static_assert(ISERE_HTTP_BLOCKS_MAX >= 2, "one request and its response at least");
_Static_assert(ISERE_WORKER_STACK_SLACK_BYTES < ISERE_WORKER_STACK_BYTES / 2,
               "the engine gets most of the stack");
_Static_assert(ISERE_INVOCATION_CPU_MS_MAX <= ISERE_INVOCATION_MS_MAX,
               "CPU time is part of the wall-clock time");
