// SPDX-License-Identifier: Apache-2.0
// What newlib asks of a system. There is no heap for it, no file and no time zone.
#define __TM_GMTOFF tm_gmtoff // as the engine is built with
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#include "base/format.h"
#include "console.h"
#include "port/clock.h"

void *_sbrk(intptr_t bytes);
void *_sbrk(intptr_t bytes) {
  (void)bytes;
  errno = ENOMEM;
  return (void *)-1;
}

// What the engine prints for itself, such as its statistics.
int _write(int fd, const char *bytes, int len);
int _write(int fd, const char *bytes, int len) {
  (void)fd;
  isere_console_write(isere_span(bytes, (size_t)len));
  return len;
}

static int no_file(void) {
  errno = EBADF;
  return -1;
}

int _read(int fd, char *bytes, int len);
int _read(int fd, char *bytes, int len) {
  (void)fd;
  (void)bytes;
  (void)len;
  return no_file();
}

int _close(int fd);
int _close(int fd) {
  (void)fd;
  return no_file();
}

int _lseek(int fd, int offset, int whence);
int _lseek(int fd, int offset, int whence) {
  (void)fd;
  (void)offset;
  (void)whence;
  return no_file();
}

int _fstat(int fd, struct stat *out);
int _fstat(int fd, struct stat *out) {
  (void)fd;
  out->st_mode = S_IFCHR;
  return 0;
}

int _isatty(int fd);
int _isatty(int fd) {
  (void)fd;
  return 1;
}

int _gettimeofday(struct timeval *out, void *zone);
int _gettimeofday(struct timeval *out, void *zone) {
  (void)zone;
  const uint64_t now_ms = isere_port_clock_unix_ms();
  out->tv_sec = (time_t)(now_ms / 1000u);
  out->tv_usec = (suseconds_t)(now_ms % 1000u * 1000u);
  return 0;
}

// Replace newlib's, which know no %z, are large, and want a heap.
int vsnprintf(char *out, size_t cap, const char *format, va_list args) {
  return isere_format(out, cap, format, args);
}

int snprintf(char *out, size_t cap, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const int len = isere_format(out, cap, format, args);
  va_end(args);
  return len;
}

// Replaces newlib's, which knows nothing of tm_gmtoff.
struct tm *localtime_r(const time_t *seconds, struct tm *out) {
  (void)gmtime_r(seconds, out);
  out->tm_gmtoff = 0;
  return out;
}
