// SPDX-License-Identifier: Apache-2.0
// isere exec: runs a script or module to its end, in the io task, with the globals that a function
// has.
#include <string.h>

#include "api/api.h"
#include "api/timers/timers.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "functions/excerpt.h"
#include "functions/modules.h"
#include "loop/loop.h"
#include "port/clock.h"
#include "port/host.h"

#define ARGUMENTS_MAX 256

typedef struct {
  isere_api_host_t host; // first: vm->owner points here
  isere_options_t *options;
  isere_span_t source;
  isere_vm_t *vm;
  isere_value_t exports;
  isere_value_t pending;
  isere_loop_t loop;
  isere_message_t messages[4];
  isere_timer_t timer;
  isere_value_t rejected[ISERE_INSTANCE_REJECTIONS_MAX];
  isere_value_t reasons[ISERE_INSTANCE_REJECTIONS_MAX];
  uint32_t rejected_count;
  const char *argv[ARGUMENTS_MAX + 3];
} exec_t;

// There is one.
static exec_t exec;

static void print(isere_api_host_t *host, isere_log_level_t level, isere_span_t text) {
  (void)host;
  const int fd = level <= ISERE_LOG_WARN ? 2 : 1;
  isere_port_host_write(fd, text);
  isere_port_host_write(fd, ISERE_SPAN("\n"));
}

static void write_raw(isere_api_host_t *host, int fd, isere_span_t text) {
  (void)host;
  isere_port_host_write(fd, text);
}

static void exit_now(isere_api_host_t *host, int code) {
  (void)host;
  isere_port_host_exit(code);
}

static isere_err_t read_module(isere_vm_t *vm, const char *referrer, const char *specifier,
                               char *path, size_t path_bytes, isere_span_t *text) {
  (void)vm;
  const isere_err_t err = isere_module_resolve(referrer, specifier, path, path_bytes);
  return err == ISERE_OK ? isere_port_file_read(path, text) : err;
}

static void release_module(isere_vm_t *vm, isere_span_t text) {
  (void)vm;
  isere_port_file_release(text);
}

static void on_rejection(isere_vm_t *vm, isere_value_t promise, isere_value_t reason,
                         bool handled) {
  const isere_engine_t *engine = vm->engine;
  if (!handled) {
    if (exec.rejected_count < ISERE_INSTANCE_REJECTIONS_MAX) {
      exec.rejected[exec.rejected_count] = engine->hold(vm, promise);
      exec.reasons[exec.rejected_count++] = engine->hold(vm, reason);
    }
    return;
  }
  for (uint32_t i = 0; i < exec.rejected_count; i++) {
    if (memcmp(&exec.rejected[i], &promise, sizeof(promise)) == 0) {
      engine->release(vm, exec.rejected[i]);
      engine->release(vm, exec.reasons[i]);
      exec.rejected_count--;
      exec.rejected[i] = exec.rejected[exec.rejected_count];
      exec.reasons[i] = exec.reasons[exec.rejected_count];
      return;
    }
  }
}

// ---- Errors ----

static bool property_text(isere_value_t object, isere_name_t name, isere_text_t *out) {
  const isere_engine_t *engine = exec.vm->engine;
  isere_value_t value;
  if (engine->get(exec.vm, object, name, &value) != ISERE_OK) {
    engine->release(exec.vm, engine->take_exception(exec.vm));
    return false;
  }
  const bool read = engine->kind(exec.vm, value) == ISERE_KIND_STRING &&
                    engine->to_text(exec.vm, value, out) == ISERE_OK;
  engine->release(exec.vm, value);
  return read;
}

// As Node shows an uncaught error: the line of code, the error, its stack.
static void report(isere_value_t error, const char *what) {
  const isere_engine_t *engine = exec.vm->engine;
  char excerpt[1024];
  isere_text_t stack = {.span = ISERE_SPAN("")};
  isere_text_t text = {.span = ISERE_SPAN("(an error that cannot be shown)")};
  const bool has_stack = engine->kind(exec.vm, error) == ISERE_KIND_ERROR &&
                         property_text(error, ISERE_NAME_stack, &stack);
  const size_t len =
      isere_excerpt_of(stack.span, exec.options->file, exec.source, excerpt, sizeof(excerpt));
  const bool has_text = engine->to_text(exec.vm, error, &text) == ISERE_OK;
  if (!has_text) {
    engine->release(exec.vm, engine->take_exception(exec.vm));
  }
  isere_port_host_write(2, isere_span(excerpt, len));
  isere_port_host_write(2, isere_span_of(what));
  isere_port_host_write(2, text.span);
  isere_port_host_write(2, ISERE_SPAN("\n"));
  isere_port_host_write(2, stack.span);
  if (has_text) {
    engine->text_release(exec.vm, &text);
  }
  if (has_stack) {
    engine->text_release(exec.vm, &stack);
  }
}

// ---- Turns ----

static void finish(int status) {
  const isere_engine_t *engine = exec.vm->engine;
  while (exec.rejected_count > 0) {
    exec.rejected_count--;
    engine->release(exec.vm, exec.rejected[exec.rejected_count]);
    engine->release(exec.vm, exec.reasons[exec.rejected_count]);
  }
  isere_loop_timer_stop(&exec.loop, &exec.timer);
  isere_api_timers_clear(exec.vm);
  engine->release(exec.vm, exec.exports);
  engine->release(exec.vm, exec.pending);
  engine->close(exec.vm);
  isere_port_host_end(status);
}

static void turn_end(isere_err_t err) {
  isere_vm_t *vm = exec.vm;
  const isere_engine_t *engine = vm->engine;
  if (err == ISERE_OK) {
    err = engine->run_jobs(vm);
  }
  if (err != ISERE_OK) {
    const isere_value_t error = engine->take_exception(vm);
    report(error, "");
    engine->release(vm, error);
    finish(1);
    return;
  }
  // A module that was rejected by its own code: its promise has no other reader than us.
  const bool is_module = engine->promise_state(vm, exec.pending) == ISERE_PROMISE_REJECTED;
  if (is_module || exec.rejected_count > 0) {
    const isere_value_t reason =
        is_module ? engine->promise_result(vm, exec.pending) : engine->hold(vm, exec.reasons[0]);
    report(reason, is_module ? "" : "Unhandled rejection: ");
    engine->release(vm, reason);
    finish(1);
    return;
  }
  const isere_timer_t *first = isere_timers_first(&exec.host.timers);
  if (first != NULL) {
    isere_timers_start(&exec.loop.timers, &exec.timer, first->due_ms);
  } else if (engine->promise_state(vm, exec.pending) == ISERE_PROMISE_PENDING) {
    isere_cli_error("%s: its top-level await never ends, and nothing is left to wait for",
                    exec.options->file);
    finish(13);
  } else {
    finish(0);
  }
}

static void on_timer(isere_timer_t *timer) {
  (void)timer;
  isere_api_turn_t *turn;
  const isere_err_t err = isere_api_timers_run(exec.vm, isere_port_clock_now_ms(), &turn);
  turn_end(err == ISERE_ERR_AGAIN ? ISERE_OK : err);
}

static bool ends_with(const char *text, const char *end) {
  const size_t len = strlen(text);
  const size_t end_len = strlen(end);
  return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void start(void *arg) {
  (void)arg;
  const isere_vm_config_t config = {
      .heap_bytes = exec.options->heap_bytes,
      .stack_bytes = ISERE_WORKER_STACK_BYTES - ISERE_WORKER_STACK_SLACK_BYTES,
      .owner = &exec,
      .folder = isere_port_host_folder(),
      .on_rejection = on_rejection,
      .read_module = read_module,
      .release_module = release_module,
  };
  const isere_err_t opened = isere_engine_quickjs.open(&config, &exec.vm);
  if (opened != ISERE_OK) {
    isere_cli_error("cannot start the engine: %s", isere_err_text(opened));
    isere_port_host_end(1);
    return;
  }
  const isere_engine_t *engine = exec.vm->engine;
  exec.exports = engine->undefined();
  exec.pending = engine->undefined();
  isere_err_t err = isere_api_install(exec.vm);
  if (err == ISERE_OK) {
    const char *file = exec.options->file;
    const isere_source_kind_t kind = ends_with(file, ".mjs")   ? ISERE_SOURCE_MODULE
                                     : ends_with(file, ".cjs") ? ISERE_SOURCE_COMMONJS
                                                               : ISERE_SOURCE_AUTO;
    err = engine->load(exec.vm, exec.source, file, kind, &exec.exports, &exec.pending);
  }
  turn_end(err);
}

int isere_cli_exec(isere_options_t *options) {
  if (options->file == NULL) {
    isere_cli_error("exec needs a file: isere exec FILE [ARG ...]");
    return 2;
  }
  exec.options = options;
  exec.timer.fn = on_timer;
  exec.host = (isere_api_host_t){
      .print = print,
      .write = write_raw,
      .exit = exit_now,
      .env = isere_port_host_environment(),
      .argv = exec.argv,
  };
  exec.argv[0] = "isere";
  exec.argv[1] = options->file;
  for (size_t i = 0; options->arguments[i] != NULL; i++) {
    if (i == ARGUMENTS_MAX) {
      isere_cli_error("more than %d arguments", ARGUMENTS_MAX);
      return 2;
    }
    exec.argv[i + 2] = options->arguments[i];
  }
  if (options->env_count > 0) {
    exec.host.env = options->env;
  }
  const isere_err_t err = isere_port_file_read(options->file, &exec.source);
  if (err != ISERE_OK) {
    isere_cli_error("cannot read %s: %s", options->file, isere_err_text(err));
    return 1;
  }
  isere_loop_init(&exec.loop, exec.messages, sizeof(exec.messages) / sizeof(exec.messages[0]));
  const int status = isere_port_host_run(&exec.loop, start, NULL);
  isere_port_file_release(exec.source);
  return status;
}
