// SPDX-License-Identifier: Apache-2.0
// QuickJS, as tools/cmake/third_party.cmake prepares it, and functions that need its internals: one
// unit of compilation, so that nothing of it is copied.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#undef CONFIG_VERSION
#define CONFIG_VERSION ISERE_QUICKJS_VERSION // from the build
#include <quickjs.h>
#include <stdbool.h>

#include "engine/quickjs/internals.h"

// The functions of fast_paths.h that the prepared QuickJS calls, and what they need of it.
typedef struct JSShape JSShape;
typedef struct {
  JSShape *shapes[ISERE_JS_SHAPES_KEPT];
  unsigned next;
  bool is_closed;
} isere_js_kept_t;
static void js_free_shape0(JSRuntime *rt, JSShape *sh);
static void isere_js_shape_grows(JSRuntime *runtime, JSShape *shape);
static bool isere_js_shape_rests(JSRuntime *runtime, JSShape *shape);
static void isere_js_shapes_release(JSRuntime *runtime);
static JSValue isere_js_new_promise(JSContext *context, JSValue *resolving_functions);
static bool isere_js_stringify(JSContext *context, JSValueConst value, JSValueConst replacer,
                               JSValueConst space, JSValue *result);

#include <quickjs_checked.c>
#include <setjmp.h>

#include "engine/quickjs/fast_paths.h"

const char isere_js_version[] = CONFIG_VERSION;

void isere_js_poll_after(JSContext *context, int calls) {
  context->interrupt_counter = calls;
}

// ---- Strings and kinds ----

JSValue isere_js_new_string_latin1(JSContext *context, const char *bytes, size_t len) {
  if (len > JS_STRING_LEN_MAX) {
    return JS_ThrowInternalError(context, "string too long");
  }
  return js_new_string8_len(context, bytes, (int)len);
}

isere_kind_t isere_js_object_kind(JSContext *context, JSValue value) {
  switch (JS_VALUE_GET_OBJ(value)->class_id) {
  case JS_CLASS_OBJECT:
    return ISERE_KIND_OBJECT;
  case JS_CLASS_ARRAY:
    return ISERE_KIND_ARRAY;
  case JS_CLASS_ERROR:
    return ISERE_KIND_ERROR;
  case JS_CLASS_PROMISE:
    return ISERE_KIND_PROMISE;
  case JS_CLASS_ARRAY_BUFFER:
  case JS_CLASS_SHARED_ARRAY_BUFFER:
  case JS_CLASS_UINT8C_ARRAY ... JS_CLASS_DATAVIEW:
    return ISERE_KIND_BYTES;
  default:
    break;
  }
  if (JS_IsFunction(context, value)) {
    return ISERE_KIND_FUNCTION;
  }
  const int is_array = JS_IsArray(context, value); // a Proxy may stand for an array
  if (is_array < 0) {
    JS_FreeValue(context, JS_GetException(context));
  }
  return is_array > 0 ? ISERE_KIND_ARRAY : ISERE_KIND_OBJECT;
}

bool isere_js_proxy_target(JSContext *context, JSValue value, JSValue *target) {
  const JSProxyData *proxy = JS_GetOpaque(value, JS_CLASS_PROXY);
  if (proxy == NULL) {
    return false;
  }
  *target = proxy->is_revoked ? JS_NULL : JS_DupValue(context, proxy->target);
  return true;
}

bool isere_js_bytes(JSContext *context, JSValue value, isere_span_t *out) {
  JSObject *object = JS_VALUE_GET_OBJ(value);
  size_t len;
  if (object->class_id == JS_CLASS_ARRAY_BUFFER ||
      object->class_id == JS_CLASS_SHARED_ARRAY_BUFFER) {
    const uint8_t *bytes = JS_GetArrayBuffer(context, &len, value);
    *out = isere_span((const char *)bytes, bytes == NULL ? 0 : len);
    return bytes != NULL || !JS_HasException(context);
  }
  const JSTypedArray *view = object->class_id == JS_CLASS_DATAVIEW ? object->u.typed_array
                                                                   : object->u.array.u1.typed_array;
  const uint8_t *bytes = JS_GetArrayBuffer(context, &len, JS_MKPTR(JS_TAG_OBJECT, view->buffer));
  *out = isere_span(NULL, 0);
  if (bytes == NULL) {
    return !JS_HasException(context);
  }
  if (view->offset <= len && view->length <= len - view->offset) {
    *out = isere_span((const char *)bytes + view->offset, view->length);
  }
  return true;
}

// ---- Properties ----

static bool is_plain(const JSObject *object) {
  return object->class_id == JS_CLASS_OBJECT && !object->is_exotic;
}

bool isere_js_put(JSContext *context, JSValue value, JSAtom name, JSValue property) {
  if (JS_IsObject(value)) {
    JSObject *object = JS_VALUE_GET_OBJ(value);
    if (is_plain(object) && object->extensible && find_own_property1(object, name) == NULL) {
      JSProperty *slot = add_property(context, object, name, JS_PROP_C_W_E);
      if (slot == NULL) {
        JS_FreeValue(context, property);
        return false;
      }
      slot->u.value = property;
      return true;
    }
  }
  return JS_DefinePropertyValue(context, value, name, property, JS_PROP_C_W_E | JS_PROP_THROW) >= 0;
}

// The engine's own lazy properties (methods of its classes) and ours share one way; ours are marked
// in the lowest bit.
static isere_js_make_fn_t *lazy_make;

static JSValue instantiate(JSContext *context, JSObject *object, JSAtom name, void *opaque) {
  if (((uintptr_t)opaque & 1) == 0) {
    return JS_InstantiateFunctionListItem2(context, object, name, opaque);
  }
  const void *lazy = (const void *)((uintptr_t)opaque & ~(uintptr_t)1);
  return lazy_make(context, JS_MKPTR(JS_TAG_OBJECT, object), lazy);
}

void isere_js_set_make(isere_js_make_fn_t *make) {
  lazy_make = make;
  js_autoinit_func_table[JS_AUTOINIT_ID_PROP] = instantiate;
}

bool isere_js_put_lazy(JSContext *context, JSValue object, JSAtom name, const void *lazy) {
  assert(((uintptr_t)lazy & 1) == 0);
  if (!is_plain(JS_VALUE_GET_OBJ(object)) ||
      find_own_property1(JS_VALUE_GET_OBJ(object), name) != NULL) {
    JS_ThrowTypeError(context, "a lazy property needs a plain object without it");
    return false;
  }
  void *opaque = (void *)((uintptr_t)lazy | 1);
  return JS_DefineAutoInitProperty(context, object, name, JS_AUTOINIT_ID_PROP, opaque,
                                   JS_PROP_C_W_E) >= 0;
}

JSValue isere_js_new_like(JSContext *context, JSValue model, const JSValue *values,
                          const isere_lazy_t *const *lazies) {
  JSShape *shape = JS_VALUE_GET_OBJ(model)->shape;
  JSValue value = JS_NewObjectFromShape(context, js_dup_shape(shape), JS_CLASS_OBJECT);
  if (JS_IsException(value)) {
    for (int i = 0; i < shape->prop_count; i++) {
      JS_FreeValue(context, values[i]);
    }
    return value;
  }
  JSProperty *properties = JS_VALUE_GET_OBJ(value)->prop;
  const JSShapeProperty *shapes = get_shape_prop(shape);
  for (int i = 0; i < shape->prop_count; i++) {
    if ((shapes[i].flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT) {
      properties[i].u.init.realm_and_id =
          (uintptr_t)JS_DupContext(context) | (uintptr_t)JS_AUTOINIT_ID_PROP;
      properties[i].u.init.opaque = (void *)((uintptr_t)lazies[i] | 1);
    } else {
      properties[i].u.value = values[i];
    }
  }
  return value;
}

void isere_js_make_all(JSContext *context, JSValue value) {
  JSObject *object = JS_VALUE_GET_OBJ(value);
  for (int i = 0; i < object->shape->prop_count; i++) {
    JSShapeProperty *shape = &get_shape_prop(object->shape)[i];
    if (shape->atom == JS_ATOM_NULL || (shape->flags & JS_PROP_TMASK) != JS_PROP_AUTOINIT ||
        ((uintptr_t)object->prop[i].u.init.opaque & 1) == 0) {
      continue;
    }
    if (JS_AutoInitProperty(context, object, shape->atom, &object->prop[i], shape) < 0) {
      JS_FreeValue(context, JS_GetException(context));
    }
  }
}

// All enumerable properties are data with names that are no array indices, and nothing is hooked.
static bool is_visitable(JSContext *context, const JSObject *object) {
  if (!is_plain(object)) {
    return false;
  }
  const JSShapeProperty *shape = get_shape_prop(object->shape);
  for (int i = 0; i < object->shape->prop_count; i++, shape++) {
    uint32_t index;
    if (shape->atom != JS_ATOM_NULL && ((shape->flags & JS_PROP_TMASK) != JS_PROP_NORMAL ||
                                        JS_AtomIsArrayIndex(context, &index, shape->atom))) {
      return false;
    }
  }
  return true;
}

bool isere_js_visit_plain(JSContext *context, JSValue value, isere_visit_fn_t *visit, void *arg,
                          isere_err_t *err) {
  JSObject *object = JS_VALUE_GET_OBJ(value);
  if (!is_visitable(context, object)) {
    return false;
  }
  *err = ISERE_OK;
  // The visitor may run code: the shape may change, and the object may lose its other holders.
  JS_DupValue(context, value);
  for (int i = 0; i < object->shape->prop_count; i++) {
    const JSShapeProperty *shape = &get_shape_prop(object->shape)[i];
    if (shape->atom == JS_ATOM_NULL || (shape->flags & JS_PROP_TMASK) != JS_PROP_NORMAL ||
        (shape->flags & JS_PROP_ENUMERABLE) == 0 ||
        JS_AtomGetKind(context, shape->atom) != JS_ATOM_KIND_STRING) {
      continue;
    }
    JSValue name = JS_AtomToString(context, shape->atom);
    JSValue property = JS_DupValue(context, object->prop[i].u.value);
    size_t len;
    const char *key = JS_ToCStringLen(context, &len, name);
    bool more = false;
    if (key == NULL) {
      *err = ISERE_ERR_THROWN;
    } else {
      isere_value_t shown;
      memset(&shown, 0, sizeof(shown));
      memcpy(&shown, &property, sizeof(property));
      more = visit(arg, isere_span(key, len), shown);
      JS_FreeCString(context, key);
    }
    JS_FreeValue(context, name);
    JS_FreeValue(context, property);
    if (!more) {
      break;
    }
  }
  JS_FreeValue(context, value);
  return true;
}

// ---- Functions ----

void isere_js_set_function_class(JSContext *context, JSClassID function_class) {
  JS_SetClassProto(context, function_class, JS_DupValue(context, context->function_proto));
}

bool isere_js_is_stack_used_up(JSContext *context) {
  if (!js_check_stack_overflow(context->rt, 0)) {
    return false;
  }
  JS_ThrowStackOverflow(context);
  return true;
}

void isere_js_set_words(JSValue object, void *first, uint64_t second) {
  JSObject *p = JS_VALUE_GET_OBJ(object);
  _Static_assert(sizeof(p->u) >= sizeof(void *) + sizeof(uint64_t),
                 "an object has room for two words");
  memcpy(&p->u, &first, sizeof(first));
  memcpy((char *)&p->u + sizeof(first), &second, sizeof(second));
}

void isere_js_get_words(JSValue object, void **first, uint64_t *second) {
  const JSObject *p = JS_VALUE_GET_OBJ(object);
  memcpy(first, &p->u, sizeof(*first));
  memcpy(second, (const char *)&p->u + sizeof(*first), sizeof(*second));
}

void isere_js_set_function_name(JSContext *context, JSValue function, const char *name,
                                int arg_count) {
  const JSAtom atom = JS_NewAtom(context, name);
  js_function_set_properties(context, function, atom, arg_count);
  JS_FreeAtom(context, atom);
}

// ---- Code ----

// The compiler does not bear a refused allocation everywhere: some only end in an assertion. So it
// is left at once, and what it had made so far stays behind in the heap, which goes as a whole when
// the VM, now at fault, is closed.
typedef struct compilation {
  jmp_buf refused;
  const JSStackFrame *frame; // code that runs, runs above this one
  struct compilation *outer;
} compilation_t;

static void compilation_begin(JSContext *context, compilation_t *compilation) {
  compilation->frame = context->rt->current_stack_frame;
  compilation->outer = JS_GetRuntimeOpaque(context->rt);
  JS_SetRuntimeOpaque(context->rt, compilation);
}

static void compilation_end(JSContext *context, const compilation_t *compilation) {
  JS_SetRuntimeOpaque(context->rt, compilation->outer);
}

static JSValue compilation_refused(JSContext *context, const compilation_t *compilation) {
  compilation_end(context, compilation);
  if (!JS_HasException(context)) {
    JS_ThrowOutOfMemory(context);
  }
  return JS_EXCEPTION;
}

void *isere_js_leave_compiler(JSContext *context) {
  void *compilation = JS_GetRuntimeOpaque(context->rt);
  JS_SetRuntimeOpaque(context->rt, NULL);
  return compilation;
}

void isere_js_reenter_compiler(JSContext *context, void *compilation) {
  JS_SetRuntimeOpaque(context->rt, compilation);
}

static JSValue guarded_eval(JSContext *context, JSValueConst self, const char *text, size_t len,
                            const char *path, int flags, int scope) {
  compilation_t compilation;
  compilation_begin(context, &compilation);
  if (setjmp(compilation.refused) != 0) {
    return compilation_refused(context, &compilation);
  }
  JSValue result = __JS_EvalInternal(context, self, text, len, path, flags, scope);
  compilation_end(context, &compilation);
  return result;
}

void isere_js_guard_compiler(JSContext *context) {
  context->eval_internal = guarded_eval;
}

// Compiles as JS_Eval would, but for the line it begins at.
static JSValue compile_from_line_0(JSContext *context, const char *text, size_t len,
                                   const char *path) {
  JSParseState state;
  js_parse_init(context, &state, text, len, path);
  state.get_line_col_cache.line_num = -1;
  JSFunctionDef *script = js_new_function_def(context, NULL, true, false, path, state.buf_start,
                                              &state.get_line_col_cache);
  if (script == NULL) {
    return JS_EXCEPTION;
  }
  state.cur_func = script;
  state.allow_html_comments = true;
  script->eval_type = JS_EVAL_TYPE_GLOBAL;
  script->has_this_binding = true;
  script->arguments_allowed = true;
  script->func_name = JS_DupAtom(context, JS_ATOM__eval_);
  push_scope(&state);
  script->body_scope = script->scope_level;
  if (js_parse_program(&state) != 0) {
    free_token(&state, &state.token);
    js_free_function_def(context, script);
    return JS_EXCEPTION;
  }
  return js_create_function(context, script);
}

JSValue isere_js_eval_from_line_0(JSContext *context, const char *text, size_t len,
                                  const char *path) {
  compilation_t compilation;
  compilation_begin(context, &compilation);
  if (setjmp(compilation.refused) != 0) {
    return compilation_refused(context, &compilation);
  }
  JSValue function = compile_from_line_0(context, text, len, path);
  compilation_end(context, &compilation);
  return JS_IsException(function) ? function : JS_EvalFunction(context, function);
}

// ---- Promises ----

bool isere_js_promise_then(JSContext *context, JSValue promise, JSValue on_settled) {
  JSValue handlers[2] = {on_settled, on_settled};
  JSValue no_result[2] = {JS_UNDEFINED, JS_UNDEFINED};
  return perform_promise_then(context, promise, handlers, no_result) == 0;
}

JSValue isere_js_promise_of(JSContext *context, JSValue value) {
  return js_promise_resolve(context, context->promise_ctor, 1, &value, 0);
}

bool isere_js_is_module_rejection(JSContext *context) {
  if (context->rt->current_stack_frame != NULL) {
    return false;
  }
  struct list_head *entry;
  list_for_each(entry, &context->loaded_modules) {
    const JSModuleDef *module = list_entry(entry, JSModuleDef, link);
    if (module->status == JS_MODULE_STATUS_EVALUATING) {
      return true;
    }
  }
  return false;
}

// ---- Memory ----

void isere_js_refused(JSRuntime *runtime, bool is_exhausted) {
  if (is_exhausted) {
    runtime->in_out_of_memory = true;
    if (JS_IsUninitialized(runtime->current_exception)) {
      runtime->current_exception = JS_NULL;
    }
  }
  compilation_t *compilation = JS_GetRuntimeOpaque(runtime);
  // Not while the error is made that tells of another refusal.
  if (compilation != NULL && compilation->frame == runtime->current_stack_frame) {
    longjmp(compilation->refused, 1);
  }
}

size_t isere_js_gc_threshold(JSRuntime *runtime) {
  return runtime->malloc_gc_threshold;
}
