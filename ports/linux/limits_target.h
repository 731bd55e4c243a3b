// SPDX-License-Identifier: Apache-2.0
// The limits of the Linux target that differ from base/limits.h. Memory is reserved, and used only
// when touched.
#pragma once

#define ISERE_HTTP_BLOCK_BYTES (24 * 1024)
#define ISERE_HTTP_BLOCKS_MAX 16384
#define ISERE_HTTP_HEAD_BYTES_MAX (16 * 1024)
#define ISERE_HTTP_TARGET_BYTES_MAX (8 * 1024)
#define ISERE_HTTP_HEADERS_MAX 128
#define ISERE_HTTP_BODY_BYTES_MAX (6 * 1024 * 1024)
#define ISERE_HTTP_CONNS_MAX 4096

#define ISERE_INVOCATIONS_MAX 1024
#define ISERE_WORKERS_MAX 16
#define ISERE_WORKER_STACK_BYTES (1024 * 1024)
#define ISERE_WORKER_STACK_SLACK_BYTES (64 * 1024)
#define ISERE_INSTANCE_HEAP_BYTES (128 * 1024 * 1024)
#define ISERE_SOURCE_BYTES_MAX (64 * 1024 * 1024)
#define ISERE_FUNCTION_FILES_MAX 256
#define ISERE_PATH_BYTES_MAX 4096

#define ISERE_LOG_TEXT_BYTES_MAX 4096
