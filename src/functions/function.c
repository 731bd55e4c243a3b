// SPDX-License-Identifier: Apache-2.0
// A function's code: read, watched and read anew.
#include "functions/function.h"

#include <FreeRTOS.h>
#include <assert.h>
#include <string.h>
#include <task.h>

#include "base/log.h"

static isere_source_t *source_new(isere_span_t text, bool from_file) {
  isere_source_t *source = pvPortMalloc(sizeof(*source));
  if (source != NULL) {
    *source = (isere_source_t){.text = text, .holds = 1, .from_file = from_file};
  }
  return source;
}

isere_source_t *isere_source_hold(isere_source_t *source) {
  taskENTER_CRITICAL();
  source->holds++;
  taskEXIT_CRITICAL();
  return source;
}

void isere_source_release(isere_source_t *source) {
  taskENTER_CRITICAL();
  const bool last = --source->holds == 0;
  taskEXIT_CRITICAL();
  if (!last) {
    return;
  }
  if (source->from_file) {
    isere_port_file_release(source->text);
  }
  vPortFree(source);
}

static void unwatch_all(isere_function_t *function) {
  for (size_t i = 0; i < function->file_count; i++) {
    vPortFree(function->files[i].path);
  }
  function->file_count = 0;
}

// Stamps the file before it is read: a change in between is then seen as one.
static isere_err_t source_read(isere_function_t *function, isere_source_t **out) {
  isere_file_stamp_t stamp;
  isere_err_t err = isere_port_file_stamp(function->path, &stamp);
  if (err != ISERE_OK) {
    return err;
  }
  isere_span_t text;
  err = isere_port_file_read(function->path, &text);
  if (err != ISERE_OK) {
    return err;
  }
  isere_source_t *source = source_new(text, true);
  if (source == NULL) {
    isere_port_file_release(text);
    return ISERE_ERR_NOMEM;
  }
  unwatch_all(function);
  isere_function_watch(function, function->path);
  if (function->file_count > 0) {
    function->files[0].stamp = stamp;
  }
  *out = source;
  return ISERE_OK;
}

isere_err_t isere_function_open(isere_function_t *function, isere_span_t text) {
  if (text.ptr == NULL) {
    return source_read(function, &function->source);
  }
  function->source = source_new(text, false);
  return function->source == NULL ? ISERE_ERR_NOMEM : ISERE_OK;
}

void isere_function_close(isere_function_t *function) {
  if (function->source != NULL) {
    isere_source_release(function->source);
    function->source = NULL;
  }
  unwatch_all(function);
}

void isere_function_watch(isere_function_t *function, const char *path) {
  if (!function->dev) {
    return;
  }
  for (size_t i = 0; i < function->file_count; i++) {
    if (strcmp(function->files[i].path, path) == 0) {
      return;
    }
  }
  if (function->file_count == ISERE_FUNCTION_FILES_MAX) {
    return;
  }
  isere_watched_file_t *file = &function->files[function->file_count];
  if (isere_port_file_stamp(path, &file->stamp) != ISERE_OK) {
    return;
  }
  const size_t bytes = strlen(path) + 1;
  file->path = pvPortMalloc(bytes);
  if (file->path != NULL) {
    memcpy(file->path, path, bytes);
    function->file_count++;
  }
}

static bool changed(const isere_function_t *function) {
  for (size_t i = 0; i < function->file_count; i++) {
    isere_file_stamp_t now;
    if (isere_port_file_stamp(function->files[i].path, &now) == ISERE_OK &&
        memcmp(&now, &function->files[i].stamp, sizeof(now)) != 0) {
      return true;
    }
  }
  return false;
}

bool isere_function_refresh(isere_function_t *function) {
  isere_source_t *fresh = NULL;
  if (!function->dev || !changed(function) || source_read(function, &fresh) != ISERE_OK) {
    return false;
  }
  isere_source_release(function->source);
  function->source = fresh;
  isere_log(ISERE_LOG_INFO, function->name, "%s has changed: loading it anew", function->path);
  return true;
}
