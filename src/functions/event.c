// SPDX-License-Identifier: Apache-2.0
// Builds the handler's event. What is cheap is made at once; the objects for fields, query and
// context when they are first read.
#include "functions/event.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "functions/instance.h"
#include "port/clock.h"

// A query string's parameters, decoded; the names' hash table tells repeated ones.
typedef struct {
  isere_span_t name;
  isere_span_t value;
  uint32_t next;  // index + 1 of the next parameter with the same hash
  uint32_t twin;  // index + 1 of the next parameter with the same name
  bool is_repeat; // an earlier parameter has the same name
} parameter_t;

typedef struct {
  parameter_t *items;
  size_t count;
  void *memory;
} parameters_t;

static isere_value_t text_of(isere_vm_t *vm, isere_span_t text) {
  return vm->engine->string(vm, text, ISERE_TEXT_UTF8);
}

// Whose value is being made.
static isere_invocation_t *invocation_of(const isere_call_t *call) {
  return (isere_invocation_t *)(uintptr_t)call->data;
}

// ---- Header fields ----

static bool is_repeat(const isere_http_request_t *request, uint16_t index) {
  for (uint16_t i = 0; i < index; i++) {
    if (isere_span_equal_nocase(request->fields[i].name, request->fields[index].name)) {
      return true;
    }
  }
  return false;
}

static isere_err_t make_headers(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  const isere_http_request_t *request = &invocation_of(call)->exchange->request;
  const isere_value_t object = vm->engine->object(vm);
  call->result = object;
  for (uint16_t i = 0; i < request->field_count; i++) {
    const isere_http_field_t *field = &request->fields[i];
    if (is_repeat(request, i)) {
      continue;
    }
    const isere_http_field_t *last = isere_http_request_field(request, field->name);
    const isere_value_t value = vm->engine->string(vm, last->value, ISERE_TEXT_LATIN1);
    if (vm->engine->set_text(vm, object, field->name, value) != ISERE_OK) {
      return ISERE_ERR_THROWN;
    }
  }
  return ISERE_OK;
}

static isere_err_t make_multi_headers(isere_call_t *call) {
  isere_vm_t *vm = call->vm;
  const isere_http_request_t *request = &invocation_of(call)->exchange->request;
  const isere_value_t object = vm->engine->object(vm);
  call->result = object;
  for (uint16_t i = 0; i < request->field_count; i++) {
    if (is_repeat(request, i)) {
      continue;
    }
    const isere_value_t values = vm->engine->array(vm);
    uint32_t count = 0;
    for (uint16_t j = i; j < request->field_count; j++) {
      const isere_http_field_t *field = &request->fields[j];
      if (isere_span_equal_nocase(field->name, request->fields[i].name)) {
        (void)vm->engine->set_index(vm, values, count++,
                                    vm->engine->string(vm, field->value, ISERE_TEXT_LATIN1));
      }
    }
    if (vm->engine->set_text(vm, object, request->fields[i].name, values) != ISERE_OK) {
      return ISERE_ERR_THROWN;
    }
  }
  return ISERE_OK;
}

// ---- Query ----

static uint32_t hash_of(isere_span_t text) {
  uint32_t hash = 2166136261u; // FNV-1a
  for (size_t i = 0; i < text.len; i++) {
    hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
  }
  return hash;
}

static size_t count_of(isere_span_t text, char c) {
  size_t count = 0;
  for (size_t i = 0; i < text.len; i++) {
    count += text.ptr[i] == c;
  }
  return count;
}

// Links the parameters that have the same name.
static void parameters_link(parameters_t *parameters, uint32_t *buckets, size_t bucket_count) {
  memset(buckets, 0, bucket_count * sizeof(*buckets));
  for (size_t i = 0; i < parameters->count; i++) {
    parameter_t *item = &parameters->items[i];
    uint32_t *bucket = &buckets[hash_of(item->name) % bucket_count];
    uint32_t at = *bucket;
    while (at != 0 && !isere_span_equal(parameters->items[at - 1].name, item->name)) {
      at = parameters->items[at - 1].next;
    }
    if (at == 0) {
      item->next = *bucket;
      *bucket = (uint32_t)i + 1;
      continue;
    }
    item->is_repeat = true;
    while (parameters->items[at - 1].twin != 0) {
      at = parameters->items[at - 1].twin;
    }
    parameters->items[at - 1].twin = (uint32_t)i + 1;
  }
}

// Splits and decodes (URL Standard section 5.1: application/x-www-form-urlencoded). The caller
// frees parameters->memory.
static isere_err_t parameters_parse(isere_vm_t *vm, isere_span_t query, parameters_t *parameters) {
  const size_t max = count_of(query, '&') + 1;
  const size_t buckets = max | 1;
  const size_t bytes = max * sizeof(parameter_t) + buckets * sizeof(uint32_t) + query.len;
  parameters->memory = vm->engine->alloc(vm, bytes);
  if (parameters->memory == NULL) {
    return vm->engine->throw_range_error(vm, "out of memory for the query's parameters");
  }
  parameters->items = parameters->memory;
  parameters->count = 0;
  uint32_t *table = (uint32_t *)(void *)(parameters->items + max);
  char *room = (char *)(table + buckets);
  size_t at = 0;
  while (at <= query.len) {
    const char *end = at < query.len ? memchr(query.ptr + at, '&', query.len - at) : NULL;
    const size_t len = end == NULL ? query.len - at : (size_t)(end - (query.ptr + at));
    const isere_span_t piece = isere_span(query.ptr + at, len);
    at += len + 1;
    if (len == 0) {
      continue;
    }
    const char *equals = memchr(piece.ptr, '=', len);
    const size_t name_len = equals == NULL ? len : (size_t)(equals - piece.ptr);
    parameter_t *item = &parameters->items[parameters->count++];
    *item = (parameter_t){0};
    item->name = isere_span(room, isere_query_decode(isere_span(piece.ptr, name_len), room));
    room += item->name.len;
    if (equals != NULL) {
      const isere_span_t raw = isere_span(equals + 1, len - name_len - 1);
      item->value = isere_span(room, isere_query_decode(raw, room));
      room += item->value.len;
    }
  }
  parameters_link(parameters, table, buckets);
  return ISERE_OK;
}

static isere_err_t set_parameter(isere_vm_t *vm, isere_value_t object,
                                 const parameters_t *parameters, const parameter_t *item,
                                 bool multi) {
  if (multi) {
    const isere_value_t values = vm->engine->array(vm);
    uint32_t count = 0;
    for (const parameter_t *each = item; each != NULL;
         each = each->twin == 0 ? NULL : &parameters->items[each->twin - 1]) {
      (void)vm->engine->set_index(vm, values, count++, text_of(vm, each->value));
    }
    return vm->engine->set_text(vm, object, item->name, values);
  }
  const parameter_t *last = item;
  while (last->twin != 0) {
    last = &parameters->items[last->twin - 1];
  }
  return vm->engine->set_text(vm, object, item->name, text_of(vm, last->value));
}

static isere_err_t make_parameters(isere_call_t *call, bool multi) {
  isere_vm_t *vm = call->vm;
  parameters_t parameters = {0};
  isere_err_t err = parameters_parse(vm, invocation_of(call)->exchange->request.query, &parameters);
  if (err != ISERE_OK) {
    return err;
  }
  const isere_value_t object = vm->engine->object(vm);
  call->result = object;
  for (size_t i = 0; i < parameters.count && err == ISERE_OK; i++) {
    if (!parameters.items[i].is_repeat) {
      err = set_parameter(vm, object, &parameters, &parameters.items[i], multi);
    }
  }
  vm->engine->free(vm, parameters.memory);
  return err;
}

static isere_err_t make_query(isere_call_t *call) {
  return make_parameters(call, false);
}

static isere_err_t make_multi_query(isere_call_t *call) {
  return make_parameters(call, true);
}

// "a=1" and "=1" have a parameter, "" and "&&" have none.
static bool has_parameters(isere_span_t query) {
  return count_of(query, '&') < query.len;
}

// ---- requestContext ----

static isere_value_t identity_of(isere_vm_t *vm, const isere_http_exchange_t *exchange) {
  // What AWS fills from its own accounts is null here.
  static const char *const nulls[] = {
      "accessKey",
      "accountId",
      "apiKey",
      "apiKeyId",
      "caller",
      "clientCert",
      "cognitoAuthenticationProvider",
      "cognitoAuthenticationType",
      "cognitoIdentityId",
      "cognitoIdentityPoolId",
      "principalOrgId",
  };
  const isere_engine_t *engine = vm->engine;
  const isere_value_t identity = engine->object(vm);
  for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
    (void)engine->set_text(vm, identity, isere_span_of(nulls[i]), engine->null());
  }
  (void)engine->set(vm, identity, ISERE_NAME_sourceIp, text_of(vm, isere_span_of(exchange->peer)));
  (void)engine->set_text(vm, identity, ISERE_SPAN("user"), engine->null());
  const isere_http_field_t *agent =
      isere_http_request_field(&exchange->request, ISERE_SPAN("user-agent"));
  (void)engine->set(vm, identity, ISERE_NAME_userAgent,
                    agent == NULL ? engine->null()
                                  : engine->string(vm, agent->value, ISERE_TEXT_LATIN1));
  (void)engine->set_text(vm, identity, ISERE_SPAN("userArn"), engine->null());
  return identity;
}

static isere_value_t request_time(isere_vm_t *vm, uint64_t unix_ms) {
  static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = (time_t)(unix_ms / 1000);
  struct tm utc;
  char text[48];
  char tail[32];
  gmtime_r(&seconds, &utc);
  size_t len = strftime(text, sizeof(text), "%d/", &utc);
  memcpy(text + len, months[utc.tm_mon], 3); // not %b: that follows the locale
  len += 3;
  const size_t tail_len = strftime(tail, sizeof(tail), "/%Y:%H:%M:%S +0000", &utc);
  memcpy(text + len, tail, tail_len);
  return text_of(vm, isere_span(text, len + tail_len));
}

static isere_err_t make_request_context(isere_call_t *call) {
  static const isere_name_t names[] = {
      ISERE_NAME_accountId,
      ISERE_NAME_apiId,
      ISERE_NAME_domainName,
      ISERE_NAME_extendedRequestId,
      ISERE_NAME_httpMethod,
      ISERE_NAME_identity,
      ISERE_NAME_path,
      ISERE_NAME_protocol,
      ISERE_NAME_requestId,
      ISERE_NAME_requestTime,
      ISERE_NAME_requestTimeEpoch,
      ISERE_NAME_resourceId,
      ISERE_NAME_resourcePath,
      ISERE_NAME_stage,
  };
  isere_vm_t *vm = call->vm;
  isere_invocation_t *invocation = invocation_of(call);
  const isere_http_exchange_t *exchange = invocation->exchange;
  const isere_http_request_t *request = &exchange->request;
  const isere_span_t id = isere_invocation_request_id(invocation);
  const uint64_t age_ms = isere_port_clock_now_ms() - invocation->start_ms;
  const uint64_t start_unix_ms = isere_port_clock_unix_ms() - age_ms;
  const isere_value_t values[] = {
      text_of(vm, ISERE_SPAN("000000000000")),
      text_of(vm, ISERE_SPAN("isere")),
      text_of(vm, request->host),
      text_of(vm, id),
      text_of(vm, request->method),
      identity_of(vm, exchange),
      text_of(vm, request->path),
      text_of(vm, request->version_minor == 0 ? ISERE_SPAN("HTTP/1.0") : ISERE_SPAN("HTTP/1.1")),
      text_of(vm, id),
      request_time(vm, start_unix_ms),
      vm->engine->number((double)start_unix_ms),
      text_of(vm, ISERE_SPAN("proxy")),
      text_of(vm, ISERE_SPAN("/{proxy+}")),
      text_of(vm, ISERE_SPAN("$default")),
  };
  _Static_assert(sizeof(values) / sizeof(values[0]) == sizeof(names) / sizeof(names[0]),
                 "a name for each value");
  call->result = vm->engine->object_of(vm, sizeof(names) / sizeof(names[0]), names, values, NULL);
  return vm->engine->is_thrown(vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

// ---- Body ----

// The body in one piece: itself, or a copy in *memory, which the caller frees.
static isere_err_t body_join(isere_vm_t *vm, const isere_http_request_t *request, char **memory,
                             isere_span_t *out) {
  *memory = NULL;
  if (request->body->next == NULL) {
    *out = isere_span(request->body->bytes, request->body_bytes);
    return ISERE_OK;
  }
  char *bytes = vm->engine->alloc(vm, request->body_bytes);
  if (bytes == NULL) {
    return vm->engine->throw_range_error(vm, "out of memory for the request's body (%zu bytes)",
                                         request->body_bytes);
  }
  size_t len = 0;
  for (const isere_http_chunk_t *chunk = request->body; chunk != NULL; chunk = chunk->next) {
    memcpy(bytes + len, chunk->bytes, chunk->len);
    len += chunk->len;
  }
  assert(len == request->body_bytes);
  *memory = bytes;
  *out = isere_span(bytes, len);
  return ISERE_OK;
}

static isere_err_t body_value(isere_vm_t *vm, const isere_http_request_t *request,
                              isere_value_t *value, bool *is_base64) {
  *is_base64 = false;
  if (request->body_bytes == 0) {
    *value = vm->engine->null();
    return ISERE_OK;
  }
  char *memory = NULL;
  isere_span_t body = isere_span(NULL, 0);
  isere_err_t err = body_join(vm, request, &memory, &body);
  if (err != ISERE_OK) {
    return err;
  }
  if (isere_utf8_valid(body)) {
    *value = text_of(vm, body);
  } else {
    *is_base64 = true;
    const size_t chars = ISERE_BASE64_CHARS(body.len);
    char *text = vm->engine->alloc(vm, chars);
    if (text == NULL) {
      err = vm->engine->throw_range_error(vm, "out of memory for the request's body in base64");
    } else {
      isere_base64_encode(body, text);
      *value = text_of(vm, isere_span(text, chars));
      vm->engine->free(vm, text);
    }
  }
  vm->engine->free(vm, memory);
  return err != ISERE_OK || vm->engine->is_thrown(vm) ? ISERE_ERR_THROWN : ISERE_OK;
}

// ---- The event ----

isere_err_t isere_event_make(isere_invocation_t *invocation) {
  static const isere_name_t names[] = {
      ISERE_NAME_resource,
      ISERE_NAME_path,
      ISERE_NAME_httpMethod,
      ISERE_NAME_headers,
      ISERE_NAME_multiValueHeaders,
      ISERE_NAME_queryStringParameters,
      ISERE_NAME_multiValueQueryStringParameters,
      ISERE_NAME_pathParameters,
      ISERE_NAME_stageVariables,
      ISERE_NAME_requestContext,
      ISERE_NAME_body,
      ISERE_NAME_isBase64Encoded,
      ISERE_NAME_query,
  };
  static isere_native_fn_t *const makers[ISERE_EVENT_LAZIES] = {
      make_headers, make_multi_headers, make_request_context, make_query, make_multi_query,
  };
  isere_vm_t *vm = invocation->instance->vm;
  const isere_engine_t *engine = vm->engine;
  const isere_http_request_t *request = &invocation->exchange->request;
  isere_value_t body;
  bool is_base64;
  if (body_value(vm, request, &body, &is_base64) != ISERE_OK) {
    return ISERE_ERR_THROWN;
  }
  isere_lazy_t *lazy = invocation->event_lazies;
  for (size_t i = 0; i < ISERE_EVENT_LAZIES; i++) {
    lazy[i] = (isere_lazy_t){makers[i], (uintptr_t)invocation};
  }
  const bool has_query = has_parameters(request->query);
  const isere_value_t none = engine->undefined();
  const isere_value_t null = engine->null();
  const isere_value_t values[] = {
      text_of(vm, ISERE_SPAN("/{proxy+}")),
      text_of(vm, request->path),
      text_of(vm, request->method),
      none,
      none,
      has_query ? none : null,
      has_query ? none : null,
      null,
      null,
      none,
      body,
      engine->boolean(is_base64),
      text_of(vm, request->query),
  };
  const isere_lazy_t *const lazies[] = {
      NULL,
      NULL,
      NULL,
      &lazy[0],
      &lazy[1],
      has_query ? &lazy[3] : NULL,
      has_query ? &lazy[4] : NULL,
      NULL,
      NULL,
      &lazy[2],
      NULL,
      NULL,
      NULL,
  };
  _Static_assert(sizeof(values) / sizeof(values[0]) == sizeof(names) / sizeof(names[0]) &&
                     sizeof(lazies) / sizeof(lazies[0]) == sizeof(names) / sizeof(names[0]),
                 "a value for each name");
  invocation->event =
      engine->object_of(vm, sizeof(names) / sizeof(names[0]), names, values, lazies);
  return engine->is_thrown(vm) ? ISERE_ERR_THROWN : ISERE_OK;
}
