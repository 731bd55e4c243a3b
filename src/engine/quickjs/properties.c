// SPDX-License-Identifier: Apache-2.0
// Objects and their properties, lazy ones included.
#include <assert.h>

#include "engine/quickjs/internals.h"
#include "engine/quickjs/vm.h"

static JSAtom name_atom(isere_vm_t *vm, isere_name_t name) {
  return isere_quickjs_vm(vm)->names[name];
}

// ---- Plain properties ----

isere_value_t isere_quickjs_object(isere_vm_t *vm) {
  return isere_quickjs_or_undefined(JS_NewObject(isere_quickjs_context(vm)));
}

isere_value_t isere_quickjs_array(isere_vm_t *vm) {
  return isere_quickjs_or_undefined(JS_NewArray(isere_quickjs_context(vm)));
}

isere_err_t isere_quickjs_set(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                              isere_value_t value) {
  return isere_js_put(isere_quickjs_context(vm), isere_quickjs_js(object), name_atom(vm, name),
                      isere_quickjs_js(value))
             ? ISERE_OK
             : ISERE_ERR_THROWN;
}

isere_err_t isere_quickjs_set_text(isere_vm_t *vm, isere_value_t object, isere_span_t key,
                                   isere_value_t value) {
  JSContext *context = isere_quickjs_context(vm);
  const JSAtom atom = JS_NewAtomLen(context, key.ptr, key.len);
  if (atom == JS_ATOM_NULL) {
    JS_FreeValue(context, isere_quickjs_js(value));
    return ISERE_ERR_THROWN;
  }
  const bool is_put =
      isere_js_put(context, isere_quickjs_js(object), atom, isere_quickjs_js(value));
  JS_FreeAtom(context, atom);
  return is_put ? ISERE_OK : ISERE_ERR_THROWN;
}

isere_err_t isere_quickjs_set_index(isere_vm_t *vm, isere_value_t object, uint32_t index,
                                    isere_value_t value) {
  const int result =
      JS_DefinePropertyValueUint32(isere_quickjs_context(vm), isere_quickjs_js(object), index,
                                   isere_quickjs_js(value), JS_PROP_C_W_E | JS_PROP_THROW);
  return result < 0 ? ISERE_ERR_THROWN : ISERE_OK;
}

isere_err_t isere_quickjs_get(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                              isere_value_t *out) {
  return isere_quickjs_give(
      JS_GetProperty(isere_quickjs_context(vm), isere_quickjs_js(object), name_atom(vm, name)),
      out);
}

isere_err_t isere_quickjs_get_text(isere_vm_t *vm, isere_value_t object, isere_span_t key,
                                   isere_value_t *out) {
  JSContext *context = isere_quickjs_context(vm);
  const JSAtom atom = JS_NewAtomLen(context, key.ptr, key.len);
  if (atom == JS_ATOM_NULL) {
    return isere_quickjs_give(JS_EXCEPTION, out);
  }
  const JSValue js = JS_GetProperty(context, isere_quickjs_js(object), atom);
  JS_FreeAtom(context, atom);
  return isere_quickjs_give(js, out);
}

isere_err_t isere_quickjs_get_index(isere_vm_t *vm, isere_value_t object, uint32_t index,
                                    isere_value_t *out) {
  return isere_quickjs_give(
      JS_GetPropertyUint32(isere_quickjs_context(vm), isere_quickjs_js(object), index), out);
}

// ---- Visiting ----

// Shows the property `atom`. Returns false to end the visit.
static bool show(JSContext *context, JSValue object, JSAtom atom, isere_visit_fn_t *visit,
                 void *arg, isere_err_t *err) {
  const JSValue value = JS_GetProperty(context, object, atom);
  const JSValue name = JS_IsException(value) ? JS_EXCEPTION : JS_AtomToString(context, atom);
  size_t len = 0;
  const char *key = JS_IsException(name) ? NULL : JS_ToCStringLen(context, &len, name);
  bool more = false;
  if (key == NULL) {
    *err = ISERE_ERR_THROWN;
  } else {
    more = visit(arg, isere_span(key, len), isere_quickjs_value(value));
    JS_FreeCString(context, key);
  }
  JS_FreeValue(context, name);
  JS_FreeValue(context, value);
  return more;
}

isere_err_t isere_quickjs_visit(isere_vm_t *vm, isere_value_t object, isere_visit_fn_t *visit,
                                void *arg) {
  JSContext *context = isere_quickjs_context(vm);
  JSValue js = isere_quickjs_js(object);
  if (!JS_IsObject(js)) {
    return isere_quickjs_throw_type_error(vm, "not an object");
  }
  isere_err_t err = ISERE_OK;
  if (isere_js_visit_plain(context, js, visit, arg, &err)) {
    return err;
  }
  JSPropertyEnum *names;
  uint32_t count;
  if (JS_GetOwnPropertyNames(context, &names, &count, js, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
      0) {
    return ISERE_ERR_THROWN;
  }
  JS_DupValue(context, js);
  for (uint32_t i = 0; i < count && show(context, js, names[i].atom, visit, arg, &err); i++) {}
  JS_FreeValue(context, js);
  for (uint32_t i = 0; i < count; i++) {
    JS_FreeAtom(context, names[i].atom);
  }
  js_free(context, names);
  return err;
}

// ---- Accessors ----

isere_err_t isere_quickjs_set_accessor(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                                       isere_native_fn_t *get, isere_native_fn_t *set,
                                       uint64_t data) {
  static const char *const texts[] = {
#define X(name) #name,
      ISERE_NAME_MAP(X)
#undef X
  };
  JSContext *context = isere_quickjs_context(vm);
  const JSValue getter = isere_quickjs_native(isere_quickjs_vm(vm), texts[name], get, 0, data);
  JSValue setter = JS_UNDEFINED;
  if (!JS_IsException(getter) && set != NULL) {
    setter = isere_quickjs_native(isere_quickjs_vm(vm), texts[name], set, 1, data);
  }
  if (JS_IsException(getter) || JS_IsException(setter)) {
    JS_FreeValue(context, getter);
    return ISERE_ERR_THROWN;
  }
  const int result =
      JS_DefinePropertyGetSet(context, isere_quickjs_js(object), name_atom(vm, name), getter,
                              setter, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE | JS_PROP_THROW);
  return result < 0 ? ISERE_ERR_THROWN : ISERE_OK;
}

// ---- Lazy properties ----

static JSValue lazy_make(JSContext *context, JSValue object, const void *arg) {
  const isere_lazy_t *lazy = arg;
  return isere_quickjs_make(JS_GetContextOpaque(context), lazy->make, lazy->data, object);
}

isere_err_t isere_quickjs_set_lazy(isere_vm_t *vm, isere_value_t object, isere_name_t name,
                                   const isere_lazy_t *lazy) {
  isere_js_set_make(lazy_make);
  return isere_js_put_lazy(isere_quickjs_context(vm), isere_quickjs_js(object), name_atom(vm, name),
                           lazy)
             ? ISERE_OK
             : ISERE_ERR_THROWN;
}

// ---- Objects made at once ----

// Makes an object with the properties of `layout`, one by one: the others are made like it.
static JSValue layout_model(isere_quickjs_vm_t *vm, const isere_quickjs_layout_t *layout) {
  static const isere_lazy_t no_lazy = {NULL, 0}; // never made: the model is not looked at
  isere_js_set_make(lazy_make);
  const JSValue model = JS_NewObject(vm->context);
  bool is_whole = !JS_IsException(model);
  for (int i = 0; is_whole && i < layout->count; i++) {
    const JSAtom name = vm->names[layout->names[i]];
    is_whole = (layout->lazies >> i & 1) != 0
                   ? isere_js_put_lazy(vm->context, model, name, &no_lazy)
                   : isere_js_put(vm->context, model, name, JS_UNDEFINED);
  }
  if (!is_whole) {
    JS_FreeValue(vm->context, model);
    return JS_EXCEPTION;
  }
  return model;
}

// The remembered layout, or a new one in place of the oldest. NULL with an exception when out of
// memory.
static const isere_quickjs_layout_t *layout_find(isere_quickjs_vm_t *vm,
                                                 const isere_quickjs_layout_t *wanted) {
  for (int i = 0; i < ISERE_QUICKJS_LAYOUTS_MAX; i++) {
    const isere_quickjs_layout_t *layout = &vm->layouts[i];
    if (layout->names == wanted->names && layout->lazies == wanted->lazies &&
        layout->count == wanted->count) {
      return layout;
    }
  }
  const JSValue model = layout_model(vm, wanted);
  if (JS_IsException(model)) {
    return NULL;
  }
  isere_quickjs_layout_t *layout = &vm->layouts[vm->layout_turn++ % ISERE_QUICKJS_LAYOUTS_MAX];
  if (layout->names != NULL) {
    JS_FreeValue(vm->context, layout->model);
  }
  *layout = *wanted;
  layout->model = model;
  return layout;
}

isere_value_t isere_quickjs_object_of(isere_vm_t *base, int count, const isere_name_t *names,
                                      const isere_value_t *values,
                                      const isere_lazy_t *const *lazies) {
  isere_quickjs_vm_t *vm = isere_quickjs_vm(base);
  assert(count >= 0 && count <= 64);
  isere_quickjs_layout_t wanted = {.names = names, .count = count};
  for (int i = 0; lazies != NULL && i < count; i++) {
    wanted.lazies |= (uint64_t)(lazies[i] != NULL) << i;
  }
  const isere_quickjs_layout_t *layout = layout_find(vm, &wanted);
  const JSValue *js = (const JSValue *)values;
  if (layout == NULL) {
    for (int i = 0; i < count; i++) {
      JS_FreeValue(vm->context, js[i]);
    }
    return isere_quickjs_value(JS_UNDEFINED);
  }
  return isere_quickjs_or_undefined(isere_js_new_like(vm->context, layout->model, js, lazies));
}

void isere_quickjs_lazy_end(isere_vm_t *vm, isere_value_t object) {
  JSContext *context = isere_quickjs_context(vm);
  const JSValue js = isere_quickjs_js(object);
  if (!JS_IsObject(js)) {
    return;
  }
  const JSRefCountHeader *header = JS_VALUE_GET_PTR(js);
  if (header->ref_count > 1) {
    isere_js_make_all(context, js);
  }
  JS_FreeValue(context, js);
}

// ---- Globals ----

isere_value_t isere_quickjs_global(isere_vm_t *vm) {
  return isere_quickjs_value(JS_GetGlobalObject(isere_quickjs_context(vm)));
}

// A global that waits: an accessor, as making it may run code that defines other globals, for which
// a lazy property is not made.
typedef struct {
  isere_native_fn_t *make;
  uint64_t data;
  JSAtom name;
} waiting_t;

static isere_err_t waiting_define(isere_vm_t *vm, JSAtom name, JSValue value) {
  JSContext *context = isere_quickjs_context(vm);
  const JSValue global = JS_GetGlobalObject(context);
  const int result = JS_DefinePropertyValue(
      context, global, name, value, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE | JS_PROP_THROW);
  JS_FreeValue(context, global);
  return result < 0 ? ISERE_ERR_THROWN : ISERE_OK;
}

static isere_err_t waiting_get(isere_call_t *call) {
  const waiting_t *waiting = (const waiting_t *)(uintptr_t)call->data;
  const JSValue value = isere_quickjs_make(isere_quickjs_vm(call->vm), waiting->make, waiting->data,
                                           isere_quickjs_js(call->self));
  if (JS_IsException(value)) {
    return ISERE_ERR_THROWN;
  }
  const isere_err_t err =
      waiting_define(call->vm, waiting->name, JS_DupValue(isere_quickjs_context(call->vm), value));
  call->result = isere_quickjs_value(value);
  return err;
}

static isere_err_t waiting_set(isere_call_t *call) {
  const waiting_t *waiting = (const waiting_t *)(uintptr_t)call->data;
  const JSValue value = call->arg_count > 0 ? isere_quickjs_js(call->args[0]) : JS_UNDEFINED;
  return waiting_define(call->vm, waiting->name,
                        JS_DupValue(isere_quickjs_context(call->vm), value));
}

isere_err_t isere_quickjs_global_lazy(isere_vm_t *vm, const char *name, isere_native_fn_t *make,
                                      uint64_t data) {
  JSContext *context = isere_quickjs_context(vm);
  // Lives as long as the VM: code may keep the getter.
  waiting_t *waiting = js_malloc(context, sizeof(*waiting));
  if (waiting == NULL) {
    return ISERE_ERR_THROWN;
  }
  *waiting = (waiting_t){.make = make, .data = data, .name = JS_NewAtom(context, name)};
  const uint64_t word = (uint64_t)(uintptr_t)waiting;
  const JSValue getter = isere_quickjs_native(isere_quickjs_vm(vm), name, waiting_get, 0, word);
  const JSValue setter = isere_quickjs_native(isere_quickjs_vm(vm), name, waiting_set, 1, word);
  if (waiting->name == JS_ATOM_NULL || JS_IsException(getter) || JS_IsException(setter)) {
    JS_FreeValue(context, getter);
    JS_FreeValue(context, setter);
    JS_FreeAtom(context, waiting->name);
    js_free(context, waiting);
    return ISERE_ERR_THROWN;
  }
  const JSValue global = JS_GetGlobalObject(context);
  const int result = JS_DefinePropertyGetSet(context, global, waiting->name, getter, setter,
                                             JS_PROP_CONFIGURABLE | JS_PROP_THROW);
  JS_FreeValue(context, global);
  return result < 0 ? ISERE_ERR_THROWN : ISERE_OK;
}
