// SPDX-License-Identifier: Apache-2.0
// Shorter ways for what most handlers do, with the results of QuickJS's own. internals.c includes
// it behind QuickJS.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// ---- Shapes ----

// A shape lives as long as an object has it. An object literal that is made for each request would
// have its shapes made for each request, too: so the last small ones are kept.

static bool shape_is_small(const JSRuntime *runtime, const JSShape *shape) {
  return shape->is_hashed && !runtime->isere_kept.is_closed && shape->prop_count <= 8;
}

// Takes over one count of `shape`.
static void shape_store(JSRuntime *runtime, JSShape *shape) {
  isere_js_kept_t *kept = &runtime->isere_kept;
  JSShape *oldest = kept->shapes[kept->next];
  kept->shapes[kept->next] = shape;
  kept->next = (kept->next + 1) % ISERE_JS_SHAPES_KEPT;
  if (oldest != NULL && --oldest->header.ref_count <= 0) {
    js_free_shape0(runtime, oldest);
  }
}

// A property is about to be added to the only object that has `shape`: kept, it is not changed in
// place, and the next such object finds it.
static void isere_js_shape_grows(JSRuntime *runtime, JSShape *shape) {
  if (shape->header.ref_count == 1 && shape_is_small(runtime, shape)) {
    shape->header.ref_count++;
    shape_store(runtime, shape);
  }
}

// The last object that had `shape` lets go of it. Returns true when it is kept.
static bool isere_js_shape_rests(JSRuntime *runtime, JSShape *shape) {
  if (shape->header.ref_count != 1 || !shape_is_small(runtime, shape) ||
      runtime->gc_phase == JS_GC_PHASE_REMOVE_CYCLES) {
    return false;
  }
  shape_store(runtime, shape);
  return true;
}

// The runtime ends.
static void isere_js_shapes_release(JSRuntime *runtime) {
  isere_js_kept_t *kept = &runtime->isere_kept;
  kept->is_closed = true;
  for (unsigned i = 0; i < ISERE_JS_SHAPES_KEPT; i++) {
    if (kept->shapes[i] != NULL && --kept->shapes[i]->header.ref_count <= 0) {
      js_free_shape0(runtime, kept->shapes[i]);
    }
  }
}

// ---- Promises ----

// A promise of the language's own class and its resolving functions: what NewPromiseCapability
// gives for %Promise% (ECMA-262 section 27.2.1.5), without the executor that only passes them on.
static JSValue isere_js_new_promise(JSContext *context, JSValue *resolving_functions) {
  const JSValue promise = JS_NewObjectClass(context, JS_CLASS_PROMISE);
  if (JS_IsException(promise)) {
    return promise;
  }
  JSPromiseData *data = js_mallocz(context, sizeof(*data));
  if (data == NULL) {
    JS_FreeValue(context, promise);
    return JS_EXCEPTION;
  }
  data->promise_state = JS_PROMISE_PENDING;
  init_list_head(&data->promise_reactions[0]);
  init_list_head(&data->promise_reactions[1]);
  data->promise_result = JS_UNDEFINED;
  JS_SetOpaque(promise, data);
  JSValue functions[2];
  if (js_create_resolving_functions(context, functions, promise) != 0) {
    JS_FreeValue(context, promise);
    return JS_EXCEPTION; // and the caller's two stay as they are
  }
  resolving_functions[0] = functions[0];
  resolving_functions[1] = functions[1];
  return promise;
}

// ---- JSON.stringify ----

// Writes plain data: no getters, Proxies, toJSON, wrappers, characters beyond U+00FF, deep nesting.
// At anything else it gives up, without an effect, and QuickJS's own function begins anew.

#define STRINGIFY_DEPTH_MAX 16
#define STRINGIFY_BYTES_FIRST 1024

typedef struct {
  JSContext *context;
  uint8_t *out; // Latin-1
  size_t len;
  size_t cap;
  uint8_t first[STRINGIFY_BYTES_FIRST];
} stringify_t;

static bool stringify_reserve(stringify_t *s, size_t more) {
  if (s->cap - s->len >= more) {
    return true;
  }
  const size_t cap = (s->len + more) * 2;
  if (cap > JS_STRING_LEN_MAX) {
    return false;
  }
  uint8_t *out = s->out == s->first ? js_malloc_rt(s->context->rt, cap)
                                    : js_realloc_rt(s->context->rt, s->out, cap);
  if (out == NULL) {
    return false;
  }
  if (s->out == s->first) {
    memcpy(out, s->first, s->len);
  }
  s->out = out;
  s->cap = cap;
  return true;
}

static bool stringify_put(stringify_t *s, const char *text, size_t len) {
  if (!stringify_reserve(s, len)) {
    return false;
  }
  memcpy(s->out + s->len, text, len);
  s->len += len;
  return true;
}

// QuoteJSONString, ECMA-262 section 25.5.2.3.
static bool stringify_quote(stringify_t *s, const JSString *string) {
  static const char escapes[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
  static const char digits[] = "0123456789abcdef";
  if (string->is_wide_char || !stringify_reserve(s, (size_t)string->len * 6 + 2)) {
    return false;
  }
  uint8_t *out = s->out + s->len;
  *out++ = '"';
  for (uint32_t i = 0; i < string->len; i++) {
    const uint8_t c = string->u.str8[i];
    if (c >= 0x20 && c != '"' && c != '\\') {
      *out++ = c;
    } else if (c >= 0x20) {
      *out++ = '\\';
      *out++ = c;
    } else {
      *out++ = '\\';
      *out++ = (uint8_t)escapes[c];
      if (escapes[c] == 'u') {
        *out++ = '0';
        *out++ = '0';
        *out++ = (uint8_t)digits[c >> 4];
        *out++ = (uint8_t)digits[c & 15];
      }
    }
  }
  *out++ = '"';
  s->len = (size_t)(out - s->out);
  return true;
}

static bool stringify_integer(stringify_t *s, int32_t value) {
  char text[12];
  size_t at = sizeof(text);
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  do {
    text[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) {
    text[--at] = '-';
  }
  return stringify_put(s, text + at, sizeof(text) - at);
}

static bool stringify_double(stringify_t *s, JSValue value) {
  if (!isfinite(JS_VALUE_GET_FLOAT64(value))) {
    return stringify_put(s, "null", 4);
  }
  const JSValue text = JS_ToString(s->context, value);
  if (JS_IsException(text)) {
    JS_FreeValue(s->context, JS_GetException(s->context));
    return false;
  }
  const JSString *string = JS_VALUE_GET_STRING(text);
  const bool put = stringify_put(s, (const char *)string->u.str8, string->len);
  JS_FreeValue(s->context, text);
  return put;
}

// Whether a property with this value is left out (of an array: null).
static bool stringify_omits(JSContext *context, JSValue value) {
  return JS_IsUndefined(value) || JS_IsSymbol(value) || JS_IsFunction(context, value);
}

// An object of the class's own prototype that nothing stands in the way of.
static bool stringify_is_plain(JSContext *context, JSObject *object, int class_id) {
  return object->class_id == class_id &&
         object->shape->proto == JS_VALUE_GET_OBJ(context->class_proto[class_id]);
}

static bool stringify_value(stringify_t *s, JSValue value, int depth);

static bool stringify_array(stringify_t *s, JSObject *array, int depth) {
  const bool has_own = array->shape->prop_count > 1; // more than `length`
  if (!array->fast_array || has_own || JS_VALUE_GET_TAG(array->prop[0].u.value) != JS_TAG_INT ||
      JS_VALUE_GET_INT(array->prop[0].u.value) != (int)array->u.array.count ||
      !stringify_put(s, "[", 1)) {
    return false;
  }
  for (uint32_t i = 0; i < array->u.array.count; i++) {
    const JSValue value = array->u.array.u.values[i];
    if (i > 0 && !stringify_put(s, ",", 1)) {
      return false;
    }
    if (stringify_omits(s->context, value) ? !stringify_put(s, "null", 4)
                                           : !stringify_value(s, value, depth)) {
      return false;
    }
  }
  return stringify_put(s, "]", 1);
}

static bool stringify_object(stringify_t *s, JSObject *object, int depth) {
  const JSShape *shape = object->shape;
  const JSAtomStruct *const *atoms = (const JSAtomStruct *const *)s->context->rt->atom_array;
  bool has_content = false;
  if (object->is_exotic || !stringify_put(s, "{", 1)) {
    return false;
  }
  for (int i = 0; i < shape->prop_count; i++) {
    const JSAtom atom = shape->prop[i].atom;
    const int flags = shape->prop[i].flags;
    if (atom == JS_ATOM_NULL) {
      continue;
    }
    // Numbers come first, in their order; a Symbol is no key; toJSON may be a function.
    if (__JS_AtomIsTaggedInt(atom) || atom == JS_ATOM_toJSON ||
        atoms[atom]->atom_type != JS_ATOM_TYPE_STRING ||
        (flags & JS_PROP_TMASK) != JS_PROP_NORMAL) {
      return false;
    }
    const JSValue value = object->prop[i].u.value;
    if ((flags & JS_PROP_ENUMERABLE) == 0 || stringify_omits(s->context, value)) {
      continue;
    }
    if ((has_content && !stringify_put(s, ",", 1)) || !stringify_quote(s, atoms[atom]) ||
        !stringify_put(s, ":", 1) || !stringify_value(s, value, depth)) {
      return false;
    }
    has_content = true;
  }
  return stringify_put(s, "}", 1);
}

// Recursion ends at STRINGIFY_DEPTH_MAX, so a cycle ends, too.
static bool stringify_value(stringify_t *s, JSValue value, int depth) {
  switch (JS_VALUE_GET_NORM_TAG(value)) {
  case JS_TAG_STRING:
    return stringify_quote(s, JS_VALUE_GET_STRING(value));
  case JS_TAG_INT:
    return stringify_integer(s, JS_VALUE_GET_INT(value));
  case JS_TAG_FLOAT64:
    return stringify_double(s, value);
  case JS_TAG_BOOL:
    return JS_VALUE_GET_BOOL(value) ? stringify_put(s, "true", 4) : stringify_put(s, "false", 5);
  case JS_TAG_NULL:
    return stringify_put(s, "null", 4);
  case JS_TAG_OBJECT:
    if (depth == STRINGIFY_DEPTH_MAX) {
      return false;
    }
    if (stringify_is_plain(s->context, JS_VALUE_GET_OBJ(value), JS_CLASS_OBJECT)) {
      return stringify_object(s, JS_VALUE_GET_OBJ(value), depth + 1);
    }
    return stringify_is_plain(s->context, JS_VALUE_GET_OBJ(value), JS_CLASS_ARRAY) &&
           stringify_array(s, JS_VALUE_GET_OBJ(value), depth + 1);
  default:
    return false;
  }
}

// Whether an object of this class inherits no toJSON.
static bool stringify_proto_is_plain(JSContext *context, int class_id, JSObject *parent) {
  JSProperty *property;
  JSObject *proto = JS_VALUE_GET_OBJ(context->class_proto[class_id]);
  return proto->shape->proto == parent &&
         find_own_property(&property, proto, JS_ATOM_toJSON) == NULL;
}

// JSON.stringify(value), ECMA-262 section 25.5.2, when it is that simple. Returns false when it is
// not.
static bool isere_js_stringify(JSContext *context, JSValueConst value, JSValueConst replacer,
                               JSValueConst space, JSValue *result) {
  if (!JS_IsUndefined(replacer) || !JS_IsUndefined(space) || !JS_IsObject(value) ||
      !stringify_proto_is_plain(context, JS_CLASS_OBJECT, NULL) ||
      !stringify_proto_is_plain(context, JS_CLASS_ARRAY,
                                JS_VALUE_GET_OBJ(context->class_proto[JS_CLASS_OBJECT]))) {
    return false;
  }
  stringify_t s;
  s.context = context;
  s.out = s.first;
  s.len = 0;
  s.cap = sizeof(s.first);
  const bool done = stringify_value(&s, value, 0);
  if (done) {
    *result = js_new_string8_len(context, (const char *)s.out, (int)s.len);
  }
  if (s.out != s.first) {
    js_free_rt(context->rt, s.out);
  }
  return done;
}
