// SPDX-License-Identifier: Apache-2.0
// Making and reading values: texts, numbers, bytes and JSON.
#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"

static const char replacement[] = "\xEF\xBF\xBD"; // U+FFFD

isere_kind_t isere_quickjs_kind(isere_vm_t *vm, isere_value_t value) {
  const JSValue js = isere_quickjs_js(value);
  switch (JS_VALUE_GET_NORM_TAG(js)) {
  case JS_TAG_OBJECT:
    return isere_js_object_kind(isere_quickjs_context(vm), js);
  case JS_TAG_STRING:
  case JS_TAG_STRING_ROPE:
    return ISERE_KIND_STRING;
  case JS_TAG_INT:
  case JS_TAG_FLOAT64:
    return ISERE_KIND_NUMBER;
  case JS_TAG_BOOL:
    return ISERE_KIND_BOOLEAN;
  case JS_TAG_NULL:
    return ISERE_KIND_NULL;
  case JS_TAG_BIG_INT:
  case JS_TAG_SHORT_BIG_INT:
    return ISERE_KIND_BIGINT;
  case JS_TAG_SYMBOL:
    return ISERE_KIND_SYMBOL;
  default:
    return ISERE_KIND_UNDEFINED;
  }
}

// ---- Texts to strings ----

static bool is_ascii(isere_span_t bytes) {
  const char *p = bytes.ptr;
  size_t left = bytes.len;
  for (; left >= sizeof(uint64_t); left -= sizeof(uint64_t), p += sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    if ((word & UINT64_C(0x8080808080808080)) != 0) {
      return false;
    }
  }
  uint8_t rest = 0;
  for (; left > 0; left--) {
    rest |= (uint8_t)*p++;
  }
  return rest < 0x80;
}

// Measures what stands at the start of `bytes` (not empty): the length of a well-formed sequence,
// or of what one U+FFFD stands for (the maximal subpart of an ill-formed one, Encoding Standard
// section 8.1.1).
static size_t utf8_step(isere_span_t bytes, bool *is_well_formed) {
  const uint8_t *p = (const uint8_t *)bytes.ptr;
  *is_well_formed = true;
  if (p[0] < 0x80) {
    return 1;
  }
  size_t more = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (p[0] >= 0xC2 && p[0] <= 0xDF) {
    more = 1;
  } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    more = 2;
    low = p[0] == 0xE0 ? 0xA0 : low;
    high = p[0] == 0xED ? 0x9F : high;
  } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    more = 3;
    low = p[0] == 0xF0 ? 0x90 : low;
    high = p[0] == 0xF4 ? 0x8F : high;
  } else {
    *is_well_formed = false;
    return 1;
  }
  for (size_t i = 1; i <= more; i++) {
    if (i >= bytes.len || p[i] < low || p[i] > high) {
      *is_well_formed = false;
      return i;
    }
    low = 0x80;
    high = 0xBF;
  }
  return more + 1;
}

static JSValue string_of_utf8(JSContext *context, isere_span_t bytes) {
  size_t bad = 0;
  for (size_t i = 0; i < bytes.len;) {
    bool is_well_formed;
    i += utf8_step(isere_span(bytes.ptr + i, bytes.len - i), &is_well_formed);
    bad += !is_well_formed;
  }
  if (bad == 0) {
    return JS_NewStringLen(context, bytes.ptr, bytes.len);
  }
  char *repaired = js_malloc(context, bytes.len + bad * (sizeof(replacement) - 1));
  if (repaired == NULL) {
    return JS_EXCEPTION;
  }
  size_t len = 0;
  for (size_t i = 0; i < bytes.len;) {
    bool is_well_formed;
    const size_t step = utf8_step(isere_span(bytes.ptr + i, bytes.len - i), &is_well_formed);
    const size_t out = is_well_formed ? step : sizeof(replacement) - 1;
    memcpy(repaired + len, is_well_formed ? bytes.ptr + i : replacement, out);
    len += out;
    i += step;
  }
  const JSValue js = JS_NewStringLen(context, repaired, len);
  js_free(context, repaired);
  return js;
}

isere_value_t isere_quickjs_string(isere_vm_t *vm, isere_span_t bytes,
                                   isere_text_encoding_t encoding) {
  JSContext *context = isere_quickjs_context(vm);
  if (encoding == ISERE_TEXT_LATIN1 || is_ascii(bytes)) {
    return isere_quickjs_or_undefined(isere_js_new_string_latin1(context, bytes.ptr, bytes.len));
  }
  return isere_quickjs_or_undefined(string_of_utf8(context, bytes));
}

isere_value_t isere_quickjs_bytes(isere_vm_t *vm, isere_span_t bytes) {
  JSContext *context = isere_quickjs_context(vm);
  JSValue buffer = JS_NewArrayBufferCopy(context, (const uint8_t *)bytes.ptr, bytes.len);
  if (JS_IsException(buffer)) {
    return isere_quickjs_value(JS_UNDEFINED);
  }
  JSValue args[3] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
  const JSValue array = JS_NewTypedArray(context, 3, args, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(context, buffer);
  return isere_quickjs_or_undefined(array);
}

// ---- Reading ----

bool isere_quickjs_to_boolean(isere_vm_t *vm, isere_value_t value) {
  return JS_ToBool(isere_quickjs_context(vm), isere_quickjs_js(value)) > 0;
}

isere_err_t isere_quickjs_to_number(isere_vm_t *vm, isere_value_t value, double *out) {
  *out = 0;
  return JS_ToFloat64(isere_quickjs_context(vm), out, isere_quickjs_js(value)) < 0
             ? ISERE_ERR_THROWN
             : ISERE_OK;
}

// Writes U+FFFD over lone surrogates, which QuickJS writes as if they were code points. Both take
// three bytes.
static void replace_surrogates(char *text, size_t len) {
  char *end = text + len;
  for (char *p = memchr(text, 0xED, len); p != NULL; p = memchr(p, 0xED, (size_t)(end - p))) {
    if ((uint8_t)p[1] >= 0xA0) {
      memcpy(p, replacement, sizeof(replacement) - 1);
    }
    p += 3;
  }
}

isere_err_t isere_quickjs_to_text(isere_vm_t *vm, isere_value_t value, isere_text_t *out) {
  size_t len;
  const char *text = JS_ToCStringLen(isere_quickjs_context(vm), &len, isere_quickjs_js(value));
  *out = (isere_text_t){.span = {text, len}};
  if (text == NULL) {
    return ISERE_ERR_THROWN;
  }
  // ASCII text is the string itself; any other is a copy of ours, which may be changed.
  replace_surrogates((char *)(uintptr_t)text, len);
  out->pin[0] = (uintptr_t)text;
  return ISERE_OK;
}

void isere_quickjs_text_release(isere_vm_t *vm, isere_text_t *text) {
  JS_FreeCString(isere_quickjs_context(vm), (const char *)text->pin[0]);
  *text = (isere_text_t){.span = {NULL, 0}};
}

isere_err_t isere_quickjs_to_bytes(isere_vm_t *vm, isere_value_t value, isere_span_t *out) {
  *out = isere_span(NULL, 0);
  if (isere_quickjs_kind(vm, value) != ISERE_KIND_BYTES) {
    return isere_quickjs_throw_type_error(vm, "not a buffer");
  }
  return isere_js_bytes(isere_quickjs_context(vm), isere_quickjs_js(value), out) ? ISERE_OK
                                                                                 : ISERE_ERR_THROWN;
}

isere_err_t isere_quickjs_to_json(isere_vm_t *vm, isere_value_t value, isere_text_t *out) {
  JSContext *context = isere_quickjs_context(vm);
  *out = (isere_text_t){.span = {NULL, 0}};
  const JSValue json =
      JS_JSONStringify(context, isere_quickjs_js(value), JS_UNDEFINED, JS_UNDEFINED);
  if (JS_IsException(json)) {
    return ISERE_ERR_THROWN;
  }
  if (JS_IsUndefined(json)) {
    return ISERE_OK;
  }
  const isere_err_t err = isere_quickjs_to_text(vm, isere_quickjs_value(json), out);
  JS_FreeValue(context, json);
  return err;
}

isere_err_t isere_quickjs_from_json(isere_vm_t *vm, isere_span_t json, isere_value_t *out) {
  JSContext *context = isere_quickjs_context(vm);
  *out = isere_quickjs_value(JS_UNDEFINED);
  char *text = js_malloc(context, json.len + 1); // the parser wants a NUL behind it
  if (text == NULL) {
    return ISERE_ERR_THROWN;
  }
  if (json.len > 0) {
    memcpy(text, json.ptr, json.len);
  }
  text[json.len] = '\0';
  const JSValue js = JS_ParseJSON(context, text, json.len, "<json>");
  js_free(context, text);
  return isere_quickjs_give(js, out);
}

bool isere_quickjs_proxy_target(isere_vm_t *vm, isere_value_t value, isere_value_t *target) {
  JSValue js;
  if (!isere_js_proxy_target(isere_quickjs_context(vm), isere_quickjs_js(value), &js)) {
    return false;
  }
  *target = isere_quickjs_value(js);
  return true;
}
