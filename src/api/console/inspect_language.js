// SPDX-License-Identifier: Apache-2.0
// What the inspection uses of the language, taken before code can change it, and which built-in class a value is of.
(function (native) {
  'use strict';
  const { kind, promiseState, promiseResult, proxyTarget } = native;
  const { apply, getPrototypeOf, ownKeys, getOwnPropertyDescriptor: descriptorOf } = Reflect;
  const { keys: keysOf, isExtensible } = Object;
  const { isArray } = Array;
  const { floor, max, min, round, sqrt } = Math;
  const toJson = JSON.stringify;
  const { parseInt, parseFloat, isNaN, Number, String, Symbol, Uint8Array, SharedArrayBuffer } = globalThis;
  const CUSTOM = Symbol.for('nodejs.util.inspect.custom');
  const TAG = Symbol.toStringTag;
  const PRIMITIVE = Symbol.toPrimitive;

  // A method as a function of (self, ...args).
  const bind = Function.prototype.bind;
  const call = Function.prototype.call;
  const method = (fn) => apply(bind, call, [fn]);
  const getter = (object, name) => method(descriptorOf(object, name).get);

  const hasOwn = method(Object.prototype.hasOwnProperty);
  const isEnumerable = method(Object.prototype.propertyIsEnumerable);
  const objectText = method(Object.prototype.toString);
  const functionText = method(Function.prototype.toString);
  const codeAt = method(String.prototype.charCodeAt);
  const slice = method(String.prototype.slice);
  const find = method(String.prototype.indexOf);
  const repeat = method(String.prototype.repeat);
  const trimEnd = method(String.prototype.trimEnd);
  const trimStart = method(String.prototype.trimStart);
  const normalize = method(String.prototype.normalize);
  const exec = method(RegExp.prototype.exec);
  const toRadix = method(Number.prototype.toString);
  const sort = method(Array.prototype.sort);
  const isoDate = method(Date.prototype.toISOString);
  const dateText = method(Date.prototype.toString);
  const dateValue = method(Date.prototype.getTime);
  const regExpSource = getter(RegExp.prototype, 'source');
  const regExpFlags = [];
  for (const flag of ['hasIndices d', 'global g', 'ignoreCase i', 'multiline m', 'dotAll s', 'unicode u', 'unicodeSets v', 'sticky y']) {
    const [name, letter] = flag.split(' ');
    if (descriptorOf(RegExp.prototype, name) !== undefined) {
      regExpFlags.push([letter, getter(RegExp.prototype, name)]);
    }
  }
  const mapSize = getter(Map.prototype, 'size');
  const mapEntries = method(Map.prototype.entries);
  const mapNext = method(new Map().entries().next);
  const mapGet = method(Map.prototype.get);
  const mapSet = method(Map.prototype.set);
  const setSize = getter(Set.prototype, 'size');
  const setValues = method(Set.prototype.values);
  const setNext = method(new Set().values().next);
  const setHas = method(Set.prototype.has);
  const symbolText = method(Symbol.prototype.toString);
  const weakMapHas = method(WeakMap.prototype.has);
  const weakSetHas = method(WeakSet.prototype.has);
  const typedArrayProto = getPrototypeOf(Uint8Array.prototype);
  const typedArrayName = getter(typedArrayProto, TAG);
  const typedArrayLength = getter(typedArrayProto, 'length');
  const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');
  const sharedLength = getter(SharedArrayBuffer.prototype, 'byteLength');
  const viewLength = getter(DataView.prototype, 'byteLength');
  const bigIntValue = method(BigInt.prototype.valueOf);
  const booleanValue = method(Boolean.prototype.valueOf);
  const numberValue = method(Number.prototype.valueOf);
  const stringValue = method(String.prototype.valueOf);
  const symbolValue = method(Symbol.prototype.valueOf);
  const asyncFunctionProto = getPrototypeOf(async () => {});
  const generatorFunctionProto = getPrototypeOf(function* () {});
  const asyncGeneratorFunctionProto = getPrototypeOf(async function* () {});

  // isere_kind_t, as native.kind gives it.
  const KIND_PROMISE = 10;
  const KIND_BYTES = 11;
  const KIND_ERROR = 12;

  // Beyond these the output is cut, so that no value makes it endless.
  const CHARS_MAX = 4 * 1024 * 1024;
  const KEYS_MAX = 100000;
  const EXTRA_KEYS_LENGTH_MAX = 10000;
  const HOLES_STEPPED_MAX = 64;
  const PROTOTYPES_MAX = 1000;

  // ---- Which built-in class a value is of, whatever its prototype says ----

  const objectProto = Object.prototype;
  const errorProto = Error.prototype;
  const brands = [
    ['Map', Map.prototype, mapSize],
    ['Set', Set.prototype, setSize],
    ['Date', Date.prototype, dateValue],
    ['RegExp', RegExp.prototype, regExpSource],
    ['WeakMap', WeakMap.prototype, (v) => weakMapHas(v, v)],
    ['WeakSet', WeakSet.prototype, (v) => weakSetHas(v, v)],
    ['Number', Number.prototype, numberValue],
    ['String', String.prototype, stringValue],
    ['Boolean', Boolean.prototype, booleanValue],
    ['Symbol', Symbol.prototype, symbolValue],
    ['BigInt', BigInt.prototype, bigIntValue],
  ];
  const brandOfProto = new Map();
  for (let i = 0; i < brands.length; i++) {
    brandOfProto.set(brands[i][1], brands[i]);
  }
  const builtinProtos = new Set([objectProto, Array.prototype, Function.prototype, Error.prototype, Promise.prototype,
    typedArrayProto, ArrayBuffer.prototype, DataView.prototype, SharedArrayBuffer.prototype]);
  for (let i = 0; i < brands.length; i++) {
    builtinProtos.add(brands[i][1]);
  }

  const hasBrand = (brand, v) => {
    const check = brand[2];
    try {
      check(v);
      // A built-in prototype passes the check in some engines, but is shown as an ordinary object.
      return v !== brand[1];
    } catch {
      return false;
    }
  };

  const throws = (fn, v) => {
    try {
      fn(v);
      return false;
    } catch {
      return true;
    }
  };

  const protoOf = (v) => {
    try {
      return getPrototypeOf(v);
    } catch {
      return null;  // a Proxy's trap threw
    }
  };

  const isArguments = (v) => {
    const length = descriptorOf(v, 'length');
    return length !== undefined && !length.enumerable && hasOwn(v, Symbol.iterator) &&
      objectText(v) === '[object Arguments]';
  };

  const classOfBytes = (v) => {
    const name = typedArrayName(v);
    if (name !== undefined) {
      return 'TypedArray';
    }
    if (!throws(bufferLength, v)) {
      return 'ArrayBuffer';
    }
    return throws(viewLength, v) ? 'SharedArrayBuffer' : 'DataView';
  };

  const classOf = (v) => {
    if (typeof v === 'function') {
      return 'Function';
    }
    if (isArray(v)) {
      return 'Array';
    }
    switch (kind(v)) {
      case KIND_PROMISE:
        return 'Promise';
      case KIND_BYTES:
        return classOfBytes(v);
      case KIND_ERROR:
        return 'Error';
    }
    let proto = v;
    for (let i = 0; i < PROTOTYPES_MAX; i++) {
      const brand = mapGet(brandOfProto, proto);
      if (brand !== undefined && hasBrand(brand, v)) {
        return brand[0];
      }
      const next = protoOf(proto);
      if (next === errorProto) {
        return 'Error';
      }
      if (next === null) {
        break;
      }
      proto = next;
    }
    if (proto === objectProto) {
      return isArguments(v) ? 'Arguments' : 'Object';
    }
    for (let i = 0; i < brands.length; i++) {
      if (hasBrand(brands[i], v)) {
        return brands[i][0];
      }
    }
    if (!isExtensible(v)) {
      const tag = descriptorOf(v, TAG);
      if (tag !== undefined && tag.value === 'Module' && !tag.configurable && !tag.writable) {
        return 'Module';
      }
    }
    return 'Object';
  };

  const describe = (v, key) => {
    try {
      return descriptorOf(v, key);
    } catch {
      return null;
    }
  };

  return {
    CHARS_MAX, CUSTOM, EXTRA_KEYS_LENGTH_MAX, HOLES_STEPPED_MAX, KEYS_MAX, Number, PRIMITIVE, PROTOTYPES_MAX,
    String, TAG, Uint8Array, apply, asyncFunctionProto, asyncGeneratorFunctionProto, bigIntValue,
    booleanValue, bufferLength, builtinProtos, classOf, codeAt, dateText, dateValue, describe, descriptorOf,
    exec, find, floor, functionText, generatorFunctionProto, hasOwn, isArray, isEnumerable, isNaN, isoDate,
    keysOf, mapEntries, mapGet, mapNext, mapSet, mapSize, max, min, normalize, numberValue, ownKeys,
    parseFloat, parseInt, promiseResult, promiseState, protoOf, proxyTarget, regExpFlags, regExpSource,
    repeat, round, setHas, setNext, setSize, setValues, sharedLength, slice, sort, sqrt, stringValue,
    symbolText, symbolValue, toJson, toRadix, trimEnd, typedArrayLength, typedArrayName,
  };
})
