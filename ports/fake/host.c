// SPDX-License-Identifier: Apache-2.0
// Files in a table, output in a buffer; stacks from the C library.
#include "port/host.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include "port/stack.h"

#define FILES_MAX 8
#define OUTPUT_BYTES_MAX 65536

static struct {
  const char *path;
  const char *text;
  uint64_t stamp;
} files[FILES_MAX];

static uint64_t last_stamp;
static char output[OUTPUT_BYTES_MAX];
static size_t output_len;

static size_t find(const char *path) {
  size_t i = 0;
  while (i < FILES_MAX && (files[i].path == NULL || strcmp(files[i].path, path) != 0)) {
    i++;
  }
  return i;
}

void isere_fake_file_set(const char *path, const char *text) {
  size_t at = find(path);
  for (size_t i = 0; at == FILES_MAX && i < FILES_MAX; i++) {
    at = files[i].path == NULL ? i : at;
  }
  assert(at < FILES_MAX);
  files[at].path = text == NULL ? NULL : path;
  files[at].text = text;
  files[at].stamp = ++last_stamp;
}

isere_err_t isere_port_file_read(const char *path, isere_span_t *out) {
  const size_t at = find(path);
  if (at == FILES_MAX) {
    return ISERE_ERR_NOTFOUND;
  }
  const size_t len = strlen(files[at].text);
  char *copy = malloc(len + 1);
  if (copy == NULL) {
    return ISERE_ERR_NOMEM;
  }
  memcpy(copy, files[at].text, len + 1);
  *out = isere_span(copy, len);
  return ISERE_OK;
}

void isere_port_file_release(isere_span_t text) {
  free((void *)(uintptr_t)text.ptr);
}

isere_err_t isere_port_file_stamp(const char *path, isere_file_stamp_t *out) {
  const size_t at = find(path);
  if (at == FILES_MAX) {
    return ISERE_ERR_NOTFOUND;
  }
  *out = (isere_file_stamp_t){{files[at].stamp}};
  return ISERE_OK;
}

void isere_port_host_write(int fd, isere_span_t text) {
  (void)fd;
  const size_t room = OUTPUT_BYTES_MAX - 1 - output_len;
  const size_t len = text.len < room ? text.len : room;
  if (len > 0) {
    memcpy(output + output_len, text.ptr, len);
  }
  output_len += len;
  output[output_len] = '\0';
}

static void write_event(void *arg, const isere_log_event_t *event) {
  (void)arg;
  isere_port_host_write(2, isere_span_of(isere_log_level_name(event->level)));
  isere_port_host_write(2, ISERE_SPAN(" "));
  isere_port_host_write(2, isere_span_of(event->tag));
  isere_port_host_write(2, ISERE_SPAN(" "));
  isere_port_host_write(2, event->text);
  isere_port_host_write(2, ISERE_SPAN("\n"));
}

void isere_port_host_log(bool json, isere_log_level_t level) {
  (void)json;
  isere_log_init(write_event, NULL, level);
}

const char *isere_fake_output(void) {
  return output;
}

void isere_fake_output_forget(void) {
  output_len = 0;
  output[0] = '\0';
}

const char *const *isere_port_host_environment(void) {
  static const char *const none[] = {NULL};
  return none;
}

const char *isere_port_host_folder(void) {
  return "/fake";
}

void *isere_port_stack_new(size_t bytes) {
  return malloc(bytes);
}

// What follows belongs to whole programs: a unit test that gets here is wrong.

void isere_port_host_on_stop(void (*fn)(void *arg, int count), void *arg) {
  (void)fn;
  (void)arg;
  abort();
}

void isere_port_host_exit(int status) {
  (void)status;
  abort();
}

isere_err_t isere_port_host_split(int count, const char *host, uint16_t *port, int *worker) {
  (void)count;
  (void)host;
  (void)port;
  (void)worker;
  return ISERE_ERR_NOTSUP;
}

int isere_port_host_run(struct isere_loop *loop, void (*start)(void *arg), void *arg) {
  (void)loop;
  (void)start;
  (void)arg;
  abort();
}

void isere_port_host_end(int status) {
  (void)status;
  abort();
}
