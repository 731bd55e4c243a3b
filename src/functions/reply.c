// SPDX-License-Identifier: Apache-2.0
// Reads the handler's response object, or its error, and writes it as an HTTP response.
#include "functions/reply.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "functions/excerpt.h"
#include "functions/instance.h"
#include "port/clock.h"

#define INVALID "InvalidResponse"

// While a response is written: where, and what was wrong with it.
typedef struct {
  isere_invocation_t *invocation;
  isere_vm_t *vm;
  isere_http_response_t *response;
  isere_http_date_t *date;
  isere_err_t err; // ISERE_ERR_INVAL: `why` tells; ISERE_ERR_THROWN: the code threw
  char why[320];
  const char *source; // "headers" ...: whose fields are being added
} reply_t;

static isere_err_t refuse(reply_t *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static isere_err_t refuse(reply_t *reply, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(reply->why, sizeof(reply->why), format, args);
  va_end(args);
  reply->err = ISERE_ERR_INVAL;
  return ISERE_ERR_INVAL;
}

static const char *kind_name(isere_kind_t kind) {
  static const char *const names[] = {
      [ISERE_KIND_UNDEFINED] = "undefined", [ISERE_KIND_NULL] = "null",
      [ISERE_KIND_BOOLEAN] = "a boolean",   [ISERE_KIND_NUMBER] = "a number",
      [ISERE_KIND_BIGINT] = "a bigint",     [ISERE_KIND_STRING] = "a string",
      [ISERE_KIND_SYMBOL] = "a symbol",     [ISERE_KIND_OBJECT] = "an object",
      [ISERE_KIND_ARRAY] = "an array",      [ISERE_KIND_FUNCTION] = "a function",
      [ISERE_KIND_PROMISE] = "a promise",   [ISERE_KIND_BYTES] = "bytes",
      [ISERE_KIND_ERROR] = "an Error",
  };
  return names[kind];
}

// As `typeof` names it: what was thrown need not be an Error.
static const char *type_name(isere_kind_t kind) {
  const char *name = kind_name(kind);
  return kind == ISERE_KIND_NULL        ? "object"
         : strncmp(name, "a ", 2) == 0  ? name + 2
         : strncmp(name, "an ", 3) == 0 ? "object"
                                        : name;
}

static bool is_nullish(isere_vm_t *vm, isere_value_t value) {
  const isere_kind_t kind = vm->engine->kind(vm, value);
  return kind == ISERE_KIND_UNDEFINED || kind == ISERE_KIND_NULL;
}

// For a message: a key may hold anything.
static int shown(isere_span_t text) {
  size_t len = text.len > 64 ? 64 : text.len;
  while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
    len--; // not within a character
  }
  return (int)len;
}

// ---- Fields ----

static isere_err_t add_field_text(reply_t *reply, isere_span_t name, isere_span_t value) {
  char *memory = NULL;
  for (size_t i = 0; i < value.len; i++) {
    if ((unsigned char)value.ptr[i] < 0x80) {
      continue;
    }
    unsigned bad = 0;
    memory = reply->vm->engine->alloc(reply->vm, value.len);
    if (memory == NULL) {
      return refuse(reply, "out of memory for the header \"%.*s\"", shown(name), name.ptr);
    }
    if (!isere_utf8_to_latin1(value, memory, &value.len, &bad)) {
      reply->vm->engine->free(reply->vm, memory);
      return refuse(reply,
                    "the value of the header \"%.*s\" has the character U+%04X: a header holds "
                    "characters up to U+00FF",
                    shown(name), name.ptr, bad);
    }
    value.ptr = memory;
    break;
  }
  const isere_err_t err = isere_http_response_field(reply->response, name, value);
  if (memory != NULL) {
    reply->vm->engine->free(reply->vm, memory);
  }
  if (err == ISERE_ERR_TOOBIG) {
    return refuse(reply, "the response's headers are longer than %d bytes together",
                  ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX);
  }
  if (err != ISERE_OK) {
    return refuse(reply,
                  "the header \"%.*s\" cannot be sent: its name must be a token, and its value "
                  "must not hold CR, LF, NUL or other control characters",
                  shown(name), name.ptr);
  }
  return ISERE_OK;
}

static isere_err_t add_field(reply_t *reply, isere_span_t name, isere_value_t value) {
  const isere_engine_t *engine = reply->vm->engine;
  const isere_kind_t kind = engine->kind(reply->vm, value);
  if (kind != ISERE_KIND_STRING && kind != ISERE_KIND_NUMBER && kind != ISERE_KIND_BOOLEAN) {
    return refuse(
        reply,
        "the value of the header \"%.*s\" is %s: it must be a string, a number or a boolean%s",
        shown(name), name.ptr, kind_name(kind),
        kind == ISERE_KIND_ARRAY ? "; several values go into multiValueHeaders" : "");
  }
  isere_text_t text;
  if (engine->to_text(reply->vm, value, &text) != ISERE_OK) {
    reply->err = ISERE_ERR_THROWN;
    return ISERE_ERR_THROWN;
  }
  const isere_err_t err = add_field_text(reply, name, text.span);
  engine->text_release(reply->vm, &text);
  return err;
}

static bool visit_header(void *arg, isere_span_t key, isere_value_t value) {
  return add_field(arg, key, value) == ISERE_OK;
}

typedef struct {
  reply_t *reply;
  isere_span_t name;
} multi_t;

static bool visit_multi_value(void *arg, isere_span_t key, isere_value_t value) {
  (void)key;
  const multi_t *multi = arg;
  return add_field(multi->reply, multi->name, value) == ISERE_OK;
}

static bool visit_multi_header(void *arg, isere_span_t key, isere_value_t value) {
  reply_t *reply = arg;
  multi_t multi = {reply, key};
  const isere_kind_t kind = reply->vm->engine->kind(reply->vm, value);
  if (kind != ISERE_KIND_ARRAY) {
    refuse(reply, "multiValueHeaders: the value of \"%.*s\" is %s: it must be an array", shown(key),
           key.ptr, kind_name(kind));
    return false;
  }
  if (reply->vm->engine->visit(reply->vm, value, visit_multi_value, &multi) != ISERE_OK) {
    reply->err = ISERE_ERR_THROWN;
  }
  return reply->err == ISERE_OK;
}

// Adds what stands in the property `name`, an object or array whose members `visit` takes.
static isere_err_t add_fields(reply_t *reply, isere_value_t object, isere_name_t name,
                              const char *text, isere_kind_t wanted, isere_visit_fn_t *visit,
                              void *arg) {
  const isere_engine_t *engine = reply->vm->engine;
  isere_value_t fields;
  if (engine->get(reply->vm, object, name, &fields) != ISERE_OK) {
    reply->err = ISERE_ERR_THROWN;
    return ISERE_ERR_THROWN;
  }
  const isere_kind_t kind = engine->kind(reply->vm, fields);
  if (kind == wanted) {
    if (engine->visit(reply->vm, fields, visit, arg) != ISERE_OK) {
      reply->err = ISERE_ERR_THROWN;
    }
  } else if (kind != ISERE_KIND_UNDEFINED && kind != ISERE_KIND_NULL) {
    refuse(reply, "%s is %s: it must be %s", text, kind_name(kind), kind_name(wanted));
  }
  engine->release(reply->vm, fields);
  return reply->err;
}

// ---- Status and body ----

static isere_err_t read_status(reply_t *reply, isere_value_t object, int *status) {
  const isere_engine_t *engine = reply->vm->engine;
  isere_value_t value;
  *status = 200;
  if (engine->get(reply->vm, object, ISERE_NAME_statusCode, &value) != ISERE_OK) {
    reply->err = ISERE_ERR_THROWN;
    return ISERE_ERR_THROWN;
  }
  const isere_kind_t kind = engine->kind(reply->vm, value);
  double number = 0;
  if (kind == ISERE_KIND_NUMBER || kind == ISERE_KIND_STRING) {
    (void)engine->to_number(reply->vm, value, &number); // neither runs code nor throws
    *status = number >= 200 && number <= 599 ? (int)number : 0;
    if (*status == 0 || *status != number) {
      isere_text_t text;
      if (engine->to_text(reply->vm, value, &text) == ISERE_OK) {
        refuse(reply, "statusCode is %.*s: it must be an integer from 200 to 599", shown(text.span),
               text.span.ptr);
        engine->text_release(reply->vm, &text);
      } else {
        reply->err = ISERE_ERR_THROWN;
      }
    }
  } else if (kind != ISERE_KIND_UNDEFINED) {
    refuse(reply, "statusCode is %s: it must be an integer from 200 to 599", kind_name(kind));
  }
  engine->release(reply->vm, value);
  return reply->err;
}

// The body's bytes, pinned in the invocation, and the type to send when the handler gives none.
static isere_err_t read_body(reply_t *reply, isere_value_t body, bool is_base64, isere_span_t *out,
                             const char **type) {
  const isere_engine_t *engine = reply->vm->engine;
  isere_invocation_t *invocation = reply->invocation;
  const isere_kind_t kind = engine->kind(reply->vm, body);
  *type = "text/plain; charset=utf-8";
  *out = isere_span("", 0);
  if (kind == ISERE_KIND_UNDEFINED || kind == ISERE_KIND_NULL) {
    *type = NULL;
    return ISERE_OK;
  }
  if (kind == ISERE_KIND_BYTES) {
    isere_span_t bytes;
    *type = "application/octet-stream";
    if (engine->to_bytes(reply->vm, body, &bytes) != ISERE_OK) {
      reply->err = ISERE_ERR_THROWN;
      return ISERE_ERR_THROWN;
    }
    // Copied: the code may change or detach its buffer while the response is being sent.
    invocation->body_bytes = engine->alloc(reply->vm, bytes.len + 1);
    if (invocation->body_bytes == NULL) {
      return refuse(reply, "out of memory for the body (%zu bytes)", bytes.len);
    }
    if (bytes.len > 0) {
      memcpy(invocation->body_bytes, bytes.ptr, bytes.len);
    }
    *out = isere_span(invocation->body_bytes, bytes.len);
    return ISERE_OK;
  }
  isere_err_t err;
  if (kind == ISERE_KIND_STRING) {
    err = engine->to_text(reply->vm, body, &invocation->body_text);
  } else {
    *type = "application/json";
    err = engine->to_json(reply->vm, body, &invocation->body_text);
    if (err == ISERE_OK && invocation->body_text.span.ptr == NULL) {
      return refuse(reply, "body is %s, which JSON cannot hold", kind_name(kind));
    }
  }
  if (err != ISERE_OK) {
    reply->err = ISERE_ERR_THROWN;
    return ISERE_ERR_THROWN;
  }
  invocation->body_pinned = true;
  *out = invocation->body_text.span;
  if (is_base64) {
    *type = "application/octet-stream";
    invocation->body_bytes = engine->alloc(reply->vm, out->len / 4 * 3 + 3);
    if (invocation->body_bytes == NULL) {
      return refuse(reply, "out of memory for the decoded body");
    }
    size_t len;
    if (!isere_base64_decode(*out, invocation->body_bytes, &len)) {
      return refuse(reply, "isBase64Encoded is true, but body is not base64");
    }
    *out = isere_span(invocation->body_bytes, len);
  }
  return ISERE_OK;
}

static void reset(isere_http_response_t *response) {
  response->len = 0;
  response->body = isere_span(NULL, 0);
  response->has_date = false;
  response->has_type = false;
}

static isere_err_t read_response_body(reply_t *reply, isere_value_t object, isere_span_t *body,
                                      const char **type) {
  const isere_engine_t *engine = reply->vm->engine;
  isere_value_t value;
  isere_value_t flag;
  if (engine->get(reply->vm, object, ISERE_NAME_isBase64Encoded, &flag) != ISERE_OK ||
      engine->get(reply->vm, object, ISERE_NAME_body, &value) != ISERE_OK) {
    reply->err = ISERE_ERR_THROWN;
    return ISERE_ERR_THROWN;
  }
  const bool is_base64 = engine->to_boolean(reply->vm, flag);
  engine->release(reply->vm, flag);
  (void)read_body(reply, value, is_base64, body, type);
  engine->release(reply->vm, value);
  return reply->err;
}

// Frees what holds the body when it was copied, or keeps it until the response is sent.
static void settle_body(reply_t *reply) {
  isere_invocation_t *invocation = reply->invocation;
  if (reply->err != ISERE_OK || reply->response->body.len == 0) {
    isere_reply_release(invocation);
  }
}

static isere_err_t write_response(reply_t *reply, isere_value_t object) {
  const isere_kind_t kind = reply->vm->engine->kind(reply->vm, object);
  if (kind != ISERE_KIND_OBJECT) {
    return refuse(
        reply,
        "the handler's response is %s: it must be an object like {statusCode, headers, body}",
        kind_name(kind));
  }
  int status;
  if (read_status(reply, object, &status) != ISERE_OK) {
    return reply->err;
  }
  isere_http_response_begin(reply->response, status);
  multi_t cookies = {reply, ISERE_SPAN("Set-Cookie")};
  if (add_fields(reply, object, ISERE_NAME_headers, "headers", ISERE_KIND_OBJECT, visit_header,
                 reply) != ISERE_OK ||
      add_fields(reply, object, ISERE_NAME_multiValueHeaders, "multiValueHeaders",
                 ISERE_KIND_OBJECT, visit_multi_header, reply) != ISERE_OK ||
      add_fields(reply, object, ISERE_NAME_cookies, "cookies", ISERE_KIND_ARRAY, visit_multi_value,
                 &cookies) != ISERE_OK) {
    return reply->err;
  }
  isere_span_t body;
  const char *type;
  if (read_response_body(reply, object, &body, &type) != ISERE_OK) {
    return reply->err;
  }
  if (type != NULL && !reply->response->has_type &&
      add_field_text(reply, ISERE_SPAN("Content-Type"), isere_span_of(type)) != ISERE_OK) {
    return reply->err;
  }
  if (isere_http_response_finish(reply->response, body, reply->date, isere_port_clock_unix_ms()) !=
      ISERE_OK) {
    return refuse(reply, "the response's headers are longer than %d bytes together",
                  ISERE_HTTP_RESPONSE_HEAD_BYTES_MAX);
  }
  return ISERE_OK;
}

// ---- Errors ----

typedef struct {
  char *text;
  size_t len;
  size_t cap;
} json_t;

static void json_add(json_t *json, const char *bytes, size_t len) {
  if (json->cap - json->len >= len) {
    memcpy(json->text + json->len, bytes, len);
    json->len += len;
  }
}

// A JSON string, cut (at a character) where it would leave less room than the rest needs. RFC 8259
// section 7.
static void json_add_string(json_t *json, isere_span_t text) {
  static const size_t reserve = 64;
  json_add(json, "\"", 1);
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (json->cap - json->len < reserve && (c & 0xc0) != 0x80) {
      break;
    }
    char escaped[8];
    if (c == '"' || c == '\\') {
      const char pair[2] = {'\\', (char)c};
      json_add(json, pair, 2);
    } else if (c == '\n') {
      json_add(json, "\\n", 2);
    } else if (c < 0x20) {
      json_add(json, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", c));
    } else {
      json_add(json, (const char *)&c, 1);
    }
  }
  json_add(json, "\"", 1);
}

#define ERROR_BODY_BYTES_MAX 2048

static void json_begin(json_t *json, isere_span_t type, isere_span_t message) {
  static const char first[] = "{\"errorType\":";
  static const char second[] = ",\"errorMessage\":";
  json_add(json, first, sizeof(first) - 1);
  json_add_string(json, type);
  json_add(json, second, sizeof(second) - 1);
  json_add_string(json, message);
}

// The stack's lines as an array, as Lambda shows them.
static void json_add_trace(json_t *json, isere_span_t stack) {
  static const char name[] = ",\"trace\":[";
  json_add(json, name, sizeof(name) - 1);
  const char *separator = "";
  while (stack.len > 0 && json->cap - json->len > 256) {
    const char *end = memchr(stack.ptr, '\n', stack.len);
    const size_t len = end == NULL ? stack.len : (size_t)(end - stack.ptr);
    isere_span_t line = isere_span(stack.ptr, len);
    while (line.len > 0 && *line.ptr == ' ') {
      line = isere_span(line.ptr + 1, line.len - 1);
    }
    if (line.len > 0) {
      json_add(json, separator, strlen(separator));
      json_add_string(json, line);
      separator = ",";
    }
    stack = isere_span(stack.ptr + len, stack.len - len);
    if (stack.len > 0) {
      stack = isere_span(stack.ptr + 1, stack.len - 1);
    }
  }
  json_add(json, "]", 1);
}

static void write_json(isere_http_response_t *response, int status, const json_t *json,
                       isere_http_date_t *date) {
  reset(response);
  isere_http_response_begin(response, status);
  (void)isere_http_response_field(response, ISERE_SPAN("Content-Type"),
                                  ISERE_SPAN("application/json"));
  if (status == 503) {
    (void)isere_http_response_field(response, ISERE_SPAN("Retry-After"), ISERE_SPAN("1"));
  }
  const isere_err_t err = isere_http_response_finish(response, isere_span(json->text, json->len),
                                                     date, isere_port_clock_unix_ms());
  assert(err == ISERE_OK && response->body.len == 0); // a block holds it
  (void)err;
}

void isere_reply_write_failure(isere_http_exchange_t *exchange, const isere_failure_t *failure,
                               isere_http_date_t *date) {
  char text[ERROR_BODY_BYTES_MAX];
  json_t json = {.text = text, .cap = sizeof(text)};
  json_begin(&json, isere_span_of(failure->type), isere_span_of(failure->text));
  json_add(&json, "}", 1);
  write_json(&exchange->response, failure->status, &json, date);
}

// Reads a property as text; what cannot be had is empty.
static bool property_text(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                          isere_text_t *out) {
  isere_value_t value;
  if (vm->engine->get(vm, object, name, &value) != ISERE_OK) {
    vm->engine->release(vm, vm->engine->take_exception(vm));
    return false;
  }
  bool read = !is_nullish(vm, value);
  if (read && vm->engine->to_text(vm, value, out) != ISERE_OK) {
    vm->engine->release(vm, vm->engine->take_exception(vm));
    read = false;
  }
  vm->engine->release(vm, value);
  return read;
}

// What a person looks for: where, the line of code, what, and the way there.
static void log_error(isere_invocation_t *invocation, isere_span_t type, isere_span_t message,
                      isere_span_t stack) {
  char text[ISERE_LOG_TEXT_BYTES_MAX];
  const isere_function_t *function = invocation->function;
  size_t len = isere_excerpt_of(stack, function->path, invocation->instance->source->text, text,
                                sizeof(text));
  const int more = snprintf(text + len, sizeof(text) - len, "%.*s%s%.*s\n%.*s", (int)type.len,
                            type.ptr, message.len > 0 ? ": " : "", (int)message.len, message.ptr,
                            (int)stack.len, stack.ptr);
  len += more < 0 ? 0 : (size_t)more;
  len = len >= sizeof(text) ? sizeof(text) - 1 : len;
  while (len > 0 && text[len - 1] == '\n') {
    len--;
  }
  isere_log_write(ISERE_LOG_ERROR, function->name, isere_invocation_request_id(invocation),
                  isere_span(text, len));
}

// 500 with the error's name and message; what was thrown need not be an Error.
static void write_error(reply_t *reply, isere_value_t error) {
  isere_invocation_t *invocation = reply->invocation;
  isere_vm_t *vm = reply->vm;
  const isere_kind_t kind = vm->engine->kind(vm, error);
  const bool is_error = kind == ISERE_KIND_ERROR;
  isere_text_t type = {.span = ISERE_SPAN("Error")};
  isere_text_t message = {.span = ISERE_SPAN("")};
  isere_text_t stack = {.span = ISERE_SPAN("")};
  bool has_type = false;
  bool has_message = false;
  bool has_stack = false;
  if (is_error || kind == ISERE_KIND_OBJECT) {
    has_type = property_text(vm, error, ISERE_NAME_name, &type);
    has_message = property_text(vm, error, ISERE_NAME_message, &message);
    has_stack = property_text(vm, error, ISERE_NAME_stack, &stack);
  } else {
    type.span = isere_span_of(type_name(kind));
  }
  if (invocation->error_type != NULL) {
    if (has_type) {
      vm->engine->text_release(vm, &type);
      has_type = false;
    }
    type.span = isere_span_of(invocation->error_type);
  }
  if (kind == ISERE_KIND_SYMBOL) { // which has no implicit conversion to a string
    has_message = property_text(vm, error, ISERE_NAME_description, &message);
  } else if (!has_message && !is_error) {
    has_message = vm->engine->to_text(vm, error, &message) == ISERE_OK;
    if (!has_message) {
      vm->engine->release(vm, vm->engine->take_exception(vm));
    }
  }
  log_error(invocation, type.span, message.span, stack.span);
  char text[ERROR_BODY_BYTES_MAX];
  json_t json = {.text = text, .cap = sizeof(text)};
  json_begin(&json, type.span, message.span);
  if (invocation->function->dev && has_stack) {
    json_add_trace(&json, stack.span);
  }
  json_add(&json, "}", 1);
  write_json(reply->response, 500, &json, reply->date);
  if (has_type) {
    vm->engine->text_release(vm, &type);
  }
  if (has_message) {
    vm->engine->text_release(vm, &message);
  }
  if (has_stack) {
    vm->engine->text_release(vm, &stack);
  }
}

void isere_reply_write(isere_invocation_t *invocation, isere_http_date_t *date) {
  reply_t reply = {
      .invocation = invocation,
      .vm = invocation->instance->vm,
      .response = &invocation->exchange->response,
      .date = date,
  };
  if (invocation->outcome == ISERE_OUTCOME_RESPONSE) {
    (void)write_response(&reply, invocation->value);
    settle_body(&reply);
    if (reply.err == ISERE_OK) {
      return;
    }
    if (reply.err == ISERE_ERR_INVAL) {
      invocation->outcome = ISERE_OUTCOME_FAILED;
      invocation->failure = (isere_failure_t){502, INVALID, reply.why};
    } else {
      invocation->outcome = ISERE_OUTCOME_ERROR;
      reply.vm->engine->release(reply.vm, invocation->value);
      invocation->value = reply.vm->engine->take_exception(reply.vm);
      if (isere_instance_failure(invocation->instance, &invocation->failure)) {
        invocation->outcome = ISERE_OUTCOME_FAILED;
      }
    }
  }
  if (invocation->outcome == ISERE_OUTCOME_ERROR) {
    write_error(&reply, invocation->value);
    return;
  }
  isere_log_write(ISERE_LOG_ERROR, invocation->function->name,
                  isere_invocation_request_id(invocation), isere_span_of(invocation->failure.text));
  isere_reply_write_failure(invocation->exchange, &invocation->failure, date);
}

bool isere_reply_is_pinned(const isere_invocation_t *invocation) {
  return invocation->body_pinned || invocation->body_bytes != NULL;
}

void isere_reply_release(isere_invocation_t *invocation) {
  if (invocation->body_pinned) {
    isere_vm_t *vm = invocation->instance->vm;
    vm->engine->text_release(vm, &invocation->body_text);
    invocation->body_pinned = false;
  }
  if (invocation->body_bytes != NULL) {
    isere_vm_t *vm = invocation->instance->vm;
    vm->engine->free(vm, invocation->body_bytes);
    invocation->body_bytes = NULL;
  }
}
