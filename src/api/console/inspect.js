// SPDX-License-Identifier: Apache-2.0
// Text for any value, as Node's util.inspect gives it without colours. Run when the console first meets more than strings.
(function (native) {
  'use strict';
  const language = native.load('inspect_language')(native);
  const texts = native.load('inspect_text')(language);
  const bases = native.load('inspect_base')(language, texts);
  const { CHARS_MAX, CUSTOM, EXTRA_KEYS_LENGTH_MAX, HOLES_STEPPED_MAX, KEYS_MAX, PROTOTYPES_MAX, String, TAG,
    Uint8Array, apply, bufferLength, classOf, codeAt, dateText, dateValue, describe, descriptorOf, hasOwn,
    isEnumerable, isNaN, isoDate, keysOf, mapEntries, mapGet, mapNext, mapSet, mapSize, max, min, ownKeys,
    promiseResult, promiseState, protoOf, proxyTarget, setNext, setSize, setValues, sharedLength, sort,
    stringValue, toRadix, trimEnd, typedArrayLength, typedArrayName } = language;
  const { includes, indented, keyText, layOut, moreItems, prefixOf, primitiveText, remove } = texts;
  const { boxedBase, errorBase, functionBase, regExpTextOf } = bases;

  // ---- Names ----

  const className = (v, cls) => (cls === 'TypedArray' ? typedArrayName(v) : cls === 'Module' ? 'Object' : cls);

  // The name of the constructor that `v` is an instance of; null where its prototype chain has none and is empty.
  const constructorName = (c, v, cls, level) => {
    let object = v;
    const first = protoOf(v);
    for (let i = 0; object !== null && i < PROTOTYPES_MAX; i++) {
      try {
        const constructor = descriptorOf(object, 'constructor');
        if (constructor !== undefined && typeof constructor.value === 'function' && constructor.value.name !== '' &&
            v instanceof constructor.value) {
          return String(constructor.value.name);
        }
      } catch {
        // A trap or Symbol.hasInstance threw: go on as if it had said no.
      }
      object = protoOf(object);
    }
    if (first === null) {
      return null;
    }
    const name = className(v, cls);
    if (level > c.depth) {
      return name + ' <Complex prototype>';
    }
    const parent = constructorName(c, first, classOf(first), level + 1);
    if (parent !== null) {
      return name + ' <' + parent + '>';
    }
    return name + ' <' + inspect(first, { depth: -1, customInspect: false }) + '>';
  };

  const tagOf = (v) => {
    try {
      const tag = v[TAG];
      if (typeof tag !== 'string' || tag === '' || (hasOwn(v, TAG) && isEnumerable(v, TAG))) {
        return '';
      }
      return tag;
    } catch {
      return '';  // a getter threw
    }
  };

  // ---- Keys ----

  const isIndex = (key, length) => {
    if (typeof key !== 'string' || key.length === 0 || key.length > 10) {
      return false;
    }
    for (let i = 0; i < key.length; i++) {
      const code = codeAt(key, i);
      if (code < 48 || code > 57) {
        return false;
      }
    }
    return (key === '0' || codeAt(key, 0) !== 48) && +key < length;
  };

  // The keys to show; of `length` > 0 without the indexes below it.
  const visibleKeys = (c, v, length) => {
    const out = [];
    if (length > EXTRA_KEYS_LENGTH_MAX) {
      return out;
    }
    let all;
    try {
      all = ownKeys(v);
    } catch {
      return out;
    }
    for (let i = 0; i < all.length; i++) {
      const key = all[i];
      if (length > 0 && isIndex(key, length)) {
        continue;
      }
      let visible;
      try {
        visible = c.showHidden || isEnumerable(v, key);
      } catch {
        visible = true;  // a module's binding without a value
      }
      if (visible) {
        out[out.length] = key;
      }
    }
    return out;
  };

  // ---- Properties and elements ----

  const childText = (c, v, level) => {
    c.indent += 2;
    const text = valueText(c, v, level);
    c.indent -= 2;
    return text;
  };

  const getterText = (c, v, key, label, level) => {
    if (c.getters === false || (c.getters === 'get' && label !== 'Getter') || (c.getters === 'set' && label === 'Getter')) {
      return '[' + label + ']';
    }
    try {
      const value = v[key];
      c.indent += 2;
      let text;
      if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
        text = '[' + label + ': ' + primitiveText(c, value) + ']';
      } else {
        text = '[' + label + '] ' + valueText(c, value, level);
      }
      c.indent -= 2;
      return text;
    } catch (error) {
      let message = '';
      try {
        message = '' + error.message;
      } catch {
        // nothing to be told
      }
      return '[' + label + ': <Inspection threw (' + message + ')>]';
    }
  };

  // A property that `v` does not own: an error's inherited cause.
  const inheritedText = (c, v, key, level) => {
    try {
      return childText(c, v[key], level);
    } catch {
      return 'undefined';
    }
  };

  const slotText = (c, v, key, level) => {
    const slot = describe(v, key);
    if (slot === null) {
      return '<uninitialized>';
    }
    if (slot === undefined) {
      return inheritedText(c, v, key, level);
    }
    if (slot.get !== undefined) {
      return getterText(c, v, key, slot.set !== undefined ? 'Getter/Setter' : 'Getter', level);
    }
    if (slot.set !== undefined) {
      return '[Setter]';
    }
    if (slot.value === undefined) {
      return 'undefined';
    }
    return childText(c, slot.value, level);
  };

  const propertyText = (c, v, key, level) => {
    const text = slotText(c, v, key, level);
    const slot = describe(v, key);
    const hidden = slot && !slot.enumerable;
    return (hidden && typeof key === 'string' ? '[' + key + ']' : keyText(key)) + ': ' + text;
  };

  const sparseElements = (c, v, out, from, level) => {
    const keys = keysOf(v);
    let index = from;
    for (let i = 0; i < keys.length && out.length < c.maxArrayLength && isIndex(keys[i], v.length); i++) {
      const at = +keys[i];
      if (at < from) {
        continue;
      }
      if (at > index) {
        out[out.length] = '<' + (at - index) + ' empty item' + (at - index > 1 ? 's' : '') + '>';
        index = at;
        if (out.length >= c.maxArrayLength) {
          break;
        }
      }
      out[out.length] = slotText(c, v, keys[i], level);
      index = at + 1;
    }
    if (index < v.length && out.length < c.maxArrayLength) {
      const holes = v.length - index;
      out[out.length] = '<' + holes + ' empty item' + (holes > 1 ? 's' : '') + '>';
      index = v.length;
    }
    return index;
  };

  const arrayElements = (c, v, level) => {
    const out = [];
    const length = v.length;
    let index = 0;
    while (index < length && out.length < c.maxArrayLength) {
      if (hasOwn(v, index)) {
        out[out.length] = slotText(c, v, index++, level);
        continue;
      }
      let end = index + 1;
      while (end < length && end - index < HOLES_STEPPED_MAX && !hasOwn(v, end)) {
        end++;
      }
      if (end < length && end - index === HOLES_STEPPED_MAX) {
        index = sparseElements(c, v, out, index, level);
        break;
      }
      out[out.length] = '<' + (end - index) + ' empty item' + (end - index > 1 ? 's' : '') + '>';
      index = end;
    }
    if (index < length) {
      out[out.length] = moreItems(length - index);
    }
    return out;
  };

  const typedElements = (c, v, level) => {
    const out = [];
    const length = typedArrayLength(v);
    const shown = min(c.maxArrayLength, length);
    for (let i = 0; i < shown; i++) {
      out[i] = primitiveText(c, v[i]);
    }
    if (shown < length) {
      out[out.length] = moreItems(length - shown);
    }
    if (c.showHidden) {
      const names = ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer'];
      c.indent += 2;
      for (let i = 0; i < names.length; i++) {
        out[out.length] = '[' + names[i] + ']: ' + valueText(c, v[names[i]], level);
      }
      c.indent -= 2;
    }
    return out;
  };

  const setElements = (c, v, level) => {
    const out = [];
    const size = setSize(v);
    const iterator = setValues(v);
    c.indent += 2;
    while (out.length < c.maxArrayLength) {
      const step = setNext(iterator);
      if (step.done) {
        break;
      }
      out[out.length] = valueText(c, step.value, level);
    }
    if (size > out.length) {
      out[out.length] = moreItems(size - out.length);
    }
    c.indent -= 2;
    return out;
  };

  const mapElements = (c, v, level) => {
    const out = [];
    const size = mapSize(v);
    const iterator = mapEntries(v);
    c.indent += 2;
    while (out.length < c.maxArrayLength) {
      const step = mapNext(iterator);
      if (step.done) {
        break;
      }
      out[out.length] = valueText(c, step.value[0], level) + ' => ' + valueText(c, step.value[1], level);
    }
    if (size > out.length) {
      out[out.length] = moreItems(size - out.length);
    }
    c.indent -= 2;
    return out;
  };

  const bufferElements = (c, v, shared) => {
    const length = shared ? sharedLength(v) : bufferLength(v);
    let bytes;
    try {
      bytes = new Uint8Array(v);
    } catch {
      return ['(detached)', 'byteLength: 0'];
    }
    const shown = min(max(0, c.maxArrayLength), length);
    let text = '';
    for (let i = 0; i < shown; i++) {
      text += (i === 0 ? '' : ' ') + (bytes[i] < 16 ? '0' : '') + toRadix(bytes[i], 16);
    }
    if (shown < length) {
      text += ' ... ' + (length - shown) + ' more byte' + (length - shown > 1 ? 's' : '');
    }
    return ['[Uint8Contents]: <' + text + '>', 'byteLength: ' + length];
  };

  const viewElements = (c, v, level) => {
    return ['byteLength: ' + v.byteLength, 'byteOffset: ' + v.byteOffset, 'buffer: ' + childText(c, v.buffer, level)];
  };

  const promiseElements = (c, v, level) => {
    const state = promiseState(v);
    if (state === 'pending') {
      return ['<pending>'];
    }
    const text = childText(c, promiseResult(v), level);
    return [state === 'rejected' ? '<rejected> ' + text : text];
  };

  // ---- Objects ----

  // How a value is shown: `empty` is its whole text when it has no keys (undefined: it goes on), `elements` what stands before the keys.
  const shapeOf = (c, v, cls, constructor, tag, level) => {
    const shape = { base: '', open: '{', close: '}', isList: false, elements: null, keys: undefined, empty: undefined };
    let length = 0;
    switch (cls) {
      case 'Array':
        shape.open = (constructor !== 'Array' || tag !== '' ? prefixOf(constructor, tag, 'Array', '(' + v.length + ')') : '') + '[';
        shape.close = ']';
        shape.isList = true;
        shape.elements = arrayElements;
        length = v.length;
        shape.keys = visibleKeys(c, v, length);
        shape.empty = length === 0 ? shape.open + ']' : undefined;
        return shape;
      case 'TypedArray':
        length = typedArrayLength(v);
        shape.open = prefixOf(constructor, tag, typedArrayName(v), '(' + length + ')') + '[';
        shape.close = ']';
        shape.isList = true;
        shape.elements = typedElements;
        shape.keys = visibleKeys(c, v, length);
        shape.empty = length === 0 && !c.showHidden ? shape.open + ']' : undefined;
        return shape;
      case 'Set':
        length = setSize(v);
        shape.open = prefixOf(constructor, tag, 'Set', '(' + length + ')') + '{';
        shape.elements = setElements;
        shape.empty = length === 0 ? shape.open + '}' : undefined;
        break;
      case 'Map':
        length = mapSize(v);
        shape.open = prefixOf(constructor, tag, 'Map', '(' + length + ')') + '{';
        shape.elements = mapElements;
        shape.empty = length === 0 ? shape.open + '}' : undefined;
        break;
      case 'Arguments':
        shape.open = '[Arguments] {';
        shape.empty = '[Arguments] {}';
        break;
      case 'Function':
        shape.base = functionBase(v, constructor, tag);
        shape.empty = shape.base;
        break;
      case 'RegExp':
        shape.base = (constructor !== 'RegExp' || tag !== '' ? prefixOf(constructor, tag, 'RegExp', '') : '') + regExpTextOf(v);
        shape.empty = shape.base;
        break;
      case 'Date':
        shape.base = (constructor !== 'Date' || tag !== '' ? prefixOf(constructor, tag, 'Date', '') : '') +
          (isNaN(dateValue(v)) ? dateText(v) : isoDate(v));
        shape.empty = shape.base;
        break;
      case 'Error': {
        const keys = { at: 0, list: visibleKeys(c, v, 0) };
        shape.base = errorBase(c, v, constructor, tag, keys);
        shape.keys = keys.list;
        shape.empty = shape.base;
        return shape;
      }
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        shape.open = prefixOf(constructor, tag, cls, '') + '{';
        shape.elements = (c, v) => bufferElements(c, v, cls === 'SharedArrayBuffer');
        break;
      case 'DataView':
        shape.open = prefixOf(constructor, tag, 'DataView', '') + '{';
        shape.elements = viewElements;
        break;
      case 'Promise':
        shape.open = prefixOf(constructor, tag, 'Promise', '') + '{';
        shape.elements = promiseElements;
        break;
      case 'WeakMap':
      case 'WeakSet':
        shape.open = prefixOf(constructor, tag, cls, '') + '{';
        shape.elements = () => ['<items unknown>'];
        break;
      case 'Module':
        shape.keys = remove(visibleKeys(c, v, 0), TAG);
        shape.open = '[Module: null prototype] {';
        shape.empty = shape.open + '}';
        return shape;
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'Symbol':
      case 'BigInt':
        shape.base = boxedBase(c, v, cls, constructor, tag);
        shape.keys = visibleKeys(c, v, cls === 'String' ? stringValue(v).length : 0);
        shape.empty = shape.base;
        return shape;
      default:
        shape.open = constructor === 'Object' && tag === '' ? '{' : prefixOf(constructor, tag, 'Object', '') + '{';
        shape.empty = shape.open + '}';
    }
    shape.keys = visibleKeys(c, v, 0);
    return shape;
  };

  const contents = (c, v, shape, level) => {
    const out = shape.elements === null ? [] : shape.elements(c, v, level);
    let chars = 0;
    for (let i = 0; i < shape.keys.length; i++) {
      if (i >= KEYS_MAX || chars > CHARS_MAX) {
        out[out.length] = '... ' + (shape.keys.length - i) + ' more properties';
        break;
      }
      const key = shape.keys[i];
      const text = propertyText(c, v, key, level);
      chars += text.length;
      out[out.length] = text;
    }
    return out;
  };

  const objectTextOf = (c, v, level) => {
    const cls = classOf(v);
    const constructor = constructorName(c, v, cls, level);
    let tag = tagOf(v);
    const shape = shapeOf(c, v, cls, constructor, tag, level);
    if (shape.keys.length === 0 && shape.empty !== undefined) {
      return shape.empty;
    }
    if (level > c.depth) {
      if (cls === 'RegExp') {
        return shape.base;
      }
      const name = trimEnd(prefixOf(constructor, tag, className(v, cls), ''));
      return constructor === null ? name : '[' + name + ']';
    }
    level++;
    c.seen[c.seen.length] = v;
    c.currentDepth = level;
    let out;
    try {
      out = contents(c, v, shape, level);
    } finally {
      c.seen.length--;
    }
    if (c.circular !== null) {
      const number = mapGet(c.circular, v);
      if (number !== undefined) {
        const mark = '<ref *' + number + '>';
        shape.base = shape.base === '' ? mark : mark + ' ' + shape.base;
      }
    }
    if (c.sorted) {
      const extras = shape.isList ? out.length - shape.keys.length : 0;
      const tail = [];
      for (let i = extras; i < out.length; i++) {
        tail[tail.length] = out[i];
      }
      sort(tail, typeof c.sorted === 'function' ? c.sorted : undefined);
      for (let i = 0; i < tail.length; i++) {
        out[extras + i] = tail[i];
      }
    }
    const text = layOut(c, out, shape.base, shape.open, shape.close, shape.isList, level, v);
    c.chars += text.length;
    if (c.chars > CHARS_MAX) {
      c.depth = -1;
    }
    return text;
  };

  const circularText = (c, v) => {
    if (c.circular === null) {
      c.circular = new Map();
      c.circularCount = 0;
    }
    let number = mapGet(c.circular, v);
    if (number === undefined) {
      number = ++c.circularCount;
      mapSet(c.circular, v, number);
    }
    return '[Circular *' + number + ']';
  };

  const customText = (c, v, self, level) => {
    if (!c.customInspect) {
      return undefined;
    }
    const custom = v[CUSTOM];
    if (typeof custom !== 'function' || custom === inspect) {
      return undefined;
    }
    const depth = c.depth - level;
    const options = { ...publicOptions(c), depth, stylize: (text) => '' + text };
    const result = apply(custom, self, [depth, options, inspect]);
    if (result === self) {
      return undefined;
    }
    return indented(typeof result === 'object' ? valueText(c, result, level) : '' + result, c.indent);
  };

  const valueText = (c, v, level) => {
    if (v === null || (typeof v !== 'object' && typeof v !== 'function')) {
      return primitiveText(c, v);
    }
    const self = v;
    for (let target = proxyTarget(v); target !== undefined; target = proxyTarget(v)) {
      if (target === null) {
        return '<Revoked Proxy>';
      }
      v = target;
    }
    const custom = customText(c, v, self, level);
    if (custom !== undefined) {
      return custom;
    }
    if (includes(c.seen, v)) {
      return circularText(c, v);
    }
    return objectTextOf(c, v, level);
  };

  // ---- Options ----

  const publicOptions = (c) => ({
    showHidden: c.showHidden, depth: c.depth, colors: false, customInspect: c.customInspect, showProxy: false,
    maxArrayLength: c.maxArrayLength, maxStringLength: c.maxStringLength, breakLength: c.breakLength,
    compact: c.compact, sorted: c.sorted, getters: c.getters,
  });

  const orInfinity = (value, fallback) => (value === undefined ? fallback : value === null ? Infinity : value);

  const contextOf = (options) => ({
    showHidden: !!options.showHidden,
    depth: orInfinity(options.depth, 2),
    customInspect: options.customInspect !== false,
    maxArrayLength: max(0, orInfinity(options.maxArrayLength, 100)),
    maxStringLength: max(0, orInfinity(options.maxStringLength, 10000)),
    breakLength: orInfinity(options.breakLength, 80),
    compact: options.compact === false ? 0 : typeof options.compact === 'number' ? options.compact : 3,
    sorted: options.sorted || false,
    getters: options.getters || false,
    indent: 0,
    currentDepth: 0,
    chars: 0,
    seen: [],
    circular: null,
    circularCount: 0,
  });

  // The text of `v`; `options` as util.inspect takes them, but for colours, showProxy and `compact: true`.
  const inspect = (v, options) => {
    const c = contextOf(typeof options === 'object' && options !== null ? options : {});
    return valueText(c, v, 0);
  };

  const { format, table } = native.load('inspect_format')(language, texts, inspect);
  return { inspect, format, table };
})
