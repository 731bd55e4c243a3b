// SPDX-License-Identifier: Apache-2.0
// The errors of isère: one append-only map of name, value and text.
#pragma once

// A value, once given, never changes its meaning: it travels in logs and telemetry.
#define ISERE_ERR_MAP(X)                                            \
  X(OK, 0, "no error")                                              \
  X(NOMEM, -1, "out of memory")                                     \
  X(INVAL, -2, "invalid argument")                                  \
  X(AGAIN, -3, "nothing to do now, try again after the next event") \
  X(CLOSED, -4, "the peer has closed the connection")               \
  X(TIMEOUT, -5, "out of time")                                     \
  X(NOTSUP, -6, "not supported on this target")                     \
  X(TOOBIG, -7, "larger than the limit")                            \
  X(NOTFOUND, -8, "not found")                                      \
  X(EXISTS, -9, "exists already")                                   \
  X(IO, -10, "input/output error")                                  \
  X(BUSY, -11, "busy: a pool or queue is full")                     \
  X(SYNTAX, -12, "syntax error")                                    \
  X(THROWN, -13, "the function's code threw")                       \
  X(INTERRUPTED, -14, "the function's code was interrupted")        \
  X(CANCELLED, -15, "cancelled")                                    \
  X(ADDRINUSE, -16, "the address is in use")                        \
  X(ACCES, -17, "permission denied")

typedef enum {
#define X(name, value, text) ISERE_ERR_##name = (value),
  ISERE_ERR_MAP(X)
#undef X
      ISERE_OK = ISERE_ERR_OK,
} isere_err_t;

// Returns a static text for `err`; for an unknown value, a text that says so. Never NULL.
const char *isere_err_text(isere_err_t err);

// Returns the name of `err` without its prefix ("NOMEM"); "UNKNOWN" for an unknown value.
const char *isere_err_name(isere_err_t err);
