// SPDX-License-Identifier: Apache-2.0
// What a host system has and a board may lack: files, a terminal, signals, worker processes.
// Implemented by the port.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/span.h"

// ---- Files; from any task ----

// What tells one state of a file from another: compare for equality only.
typedef struct {
  uint64_t words[4];
} isere_file_stamp_t;

// Reads a whole file; *out is given back with isere_port_file_release. Returns ISERE_ERR_NOTFOUND,
// ISERE_ERR_ACCES, ISERE_ERR_TOOBIG (beyond ISERE_SOURCE_BYTES_MAX), ISERE_ERR_NOMEM, ISERE_ERR_IO
// (a folder, for example).
isere_err_t isere_port_file_read(const char *path, isere_span_t *out);
void isere_port_file_release(isere_span_t text);

// Returns ISERE_ERR_NOTFOUND etc.
isere_err_t isere_port_file_stamp(const char *path, isere_file_stamp_t *out);

// ---- Process; before and after the tasks run, unless said otherwise ----

// Writes to the standard output (1) or the standard error (2); from any task.
void isere_port_host_write(int fd, isere_span_t text);

// The folder that relative paths are in: absolute, for ever valid.
const char *isere_port_host_folder(void);

// Sends log events to the standard error: lines for people, coloured on a terminal, or JSON
// objects.
void isere_port_host_log(bool json, isere_log_level_t level);

// The process's environment: "NAME=value", ends with NULL.
const char *const *isere_port_host_environment(void);

// Calls `fn` in the io task when the process is asked to stop (SIGINT, SIGTERM); `count` is 1 at
// first, then 2, ...
void isere_port_host_on_stop(void (*fn)(void *arg, int count), void *arg);

// Ends the process at once, with nothing more run.
void isere_port_host_exit(int status) __attribute__((noreturn));

// Splits the process into `count` workers that share `port` of `host` (0: one free port is chosen
// and written back). Returns ISERE_OK in each worker, its number (from 0) in *worker. The first
// process stays as their supervisor and does not return: it starts workers that crash anew, passes
// on signals, and exits when all have. Returns an error, in the first process, when the address
// cannot be had.
isere_err_t isere_port_host_split(int count, const char *host, uint16_t *port, int *worker);

// Begins the kernel with the io task, which calls `start` first and then serves network events and
// `loop` until isere_port_host_end. Returns the status given there.
struct isere_loop;
int isere_port_host_run(struct isere_loop *loop, void (*start)(void *arg), void *arg);

// Ends isere_port_host_run with `status`; from the io task.
void isere_port_host_end(int status);
