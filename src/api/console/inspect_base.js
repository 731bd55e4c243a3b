// SPDX-License-Identifier: Apache-2.0
// Functions, errors, regular expressions and boxed primitives: what has a text of its own, before its properties.
(function (language, texts) {
  'use strict';
  const { PROTOTYPES_MAX, String, asyncFunctionProto, asyncGeneratorFunctionProto, bigIntValue, booleanValue,
    describe, exec, find, functionText, generatorFunctionProto, hasOwn, isArray, numberValue, protoOf,
    regExpFlags, regExpSource, slice, stringValue, symbolValue, trimEnd } = language;
  const { includes, indented, prefixOf, primitiveText, quoted, remove } = texts;

  const functionBase = (v, constructor, tag) => {
    let source = '';
    try {
      source = functionText(v);
    } catch {
      // not a function of this language
    }
    const suffix = tag !== '' && constructor !== tag ? ' [' + tag + ']' : '';
    if (slice(source, 0, 5) === 'class' && source[source.length - 1] === '}') {
      const name = (hasOwn(v, 'name') && v.name) || '(anonymous)';
      let text = '[class ' + String(name);
      if (constructor !== 'Function' && constructor !== null) {
        text += ' [' + constructor + ']';
      }
      text += suffix;
      if (constructor === null) {
        return text + ' extends [null prototype]]';
      }
      const parent = protoOf(v);
      const parentName = parent === null ? '' : parent.name;
      return text + (parentName ? ' extends ' + String(parentName) : '') + ']';
    }
    let type = 'Function';
    for (let proto = protoOf(v), i = 0; proto !== null && i < PROTOTYPES_MAX; proto = protoOf(proto), i++) {
      if (proto === asyncFunctionProto) {
        type = 'AsyncFunction';
      } else if (proto === generatorFunctionProto) {
        type = 'GeneratorFunction';
      } else if (proto === asyncGeneratorFunctionProto) {
        type = 'AsyncGeneratorFunction';
      }
    }
    const name = v.name;
    let text = '[' + type + (constructor === null ? ' (null prototype)' : '') +
      (name === '' ? ' (anonymous)' : ': ' + String(name)) + ']';
    if (constructor !== type && constructor !== null) {
      text += ' ' + constructor;
    }
    return text + suffix;
  };

  // "Name: message", as Error.prototype.toString gives it.
  const errorHead = (v) => {
    let name = v.name;
    name = name === undefined ? 'Error' : String(name);
    const message = v.message === undefined ? '' : String(v.message);
    return name === '' ? message : message === '' ? name : name + ': ' + message;
  };

  const framesOnly = /^\s*at /;

  // The error's stack with its first line, which some engines leave out of `stack`.
  const stackText = (v) => {
    let head = '';
    try {
      head = errorHead(v);
    } catch {
      head = 'Error';
    }
    let stack;
    try {
      stack = v.stack;
    } catch {
      return head;
    }
    if (stack === undefined || stack === null || stack === '') {
      return head;
    }
    stack = trimEnd(String(stack));
    return exec(framesOnly, stack) !== null ? head + '\n' + stack : stack;
  };

  // The first line names the class too, where it says less than the constructor's name.
  const withClass = (stack, v, constructor, tag) => {
    let name;
    try {
      name = v.name === undefined || v.name === null ? 'Error' : String(v.name);
    } catch {
      name = 'Error';
    }
    const next = stack[name.length];
    if (constructor === null) {
      const head = exec(/^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/, stack) || exec(/^([a-z_A-Z0-9-]*Error)$/, stack);
      const word = head === null ? '' : head[1];
      return trimEnd(prefixOf(null, tag, word || 'Error', '')) + slice(stack, word.length);
    }
    const endsWithError = name.length >= 5 && slice(name, -5) === 'Error';
    if (!endsWithError || slice(stack, 0, name.length) !== name ||
        (next !== undefined && next !== ':' && next !== '\n')) {
      return stack;
    }
    const full = trimEnd(prefixOf(constructor, tag, 'Error', ''));
    if (full === name) {
      return stack;
    }
    return (find(full, name) !== -1 ? full : full + ' [' + name + ']') + slice(stack, name.length);
  };

  const errorBase = (c, v, constructor, tag, keys) => {
    let stack = stackText(v);
    for (const names = ['name', 'message', 'stack'], end = names.length; end > keys.at; keys.at++) {
      const name = names[keys.at];
      const slot = describe(v, name);
      if (includes(keys.list, name) && slot && typeof slot.value === 'string' && find(stack, slot.value) !== -1) {
        keys.list = remove(keys.list, name);
      }
    }
    if ('cause' in v && !includes(keys.list, 'cause')) {
      keys.list[keys.list.length] = 'cause';
    }
    const errors = describe(v, 'errors');
    if (errors && isArray(errors.value) && !includes(keys.list, 'errors')) {
      keys.list[keys.list.length] = 'errors';
    }
    stack = withClass(stack, v, constructor, tag);
    const message = describe(v, 'message');
    const skipped = message && typeof message.value === 'string' ? find(stack, message.value) : -1;
    const framesFrom = skipped === -1 ? 0 : skipped + message.value.length;
    if (find(stack, '\n    at', framesFrom) === -1) {
      stack = '[' + stack + ']';
    }
    return indented(stack, c.indent);
  };

  const regExpTextOf = (v) => {
    let flags = '';
    for (let i = 0; i < regExpFlags.length; i++) {
      flags += regExpFlags[i][1](v) ? regExpFlags[i][0] : '';
    }
    return '/' + regExpSource(v) + '/' + flags;
  };

  const boxedBase = (c, v, cls, constructor, tag) => {
    let value;
    switch (cls) {
      case 'Number': value = numberValue(v); break;
      case 'String': value = stringValue(v); break;
      case 'Boolean': value = booleanValue(v); break;
      case 'BigInt': value = bigIntValue(v); break;
      default: value = symbolValue(v);
    }
    let text = '[' + cls;
    if (cls !== constructor) {
      text += constructor === null ? ' (null prototype)' : ' (' + constructor + ')';
    }
    text += ': ' + (cls === 'String' ? quoted(value) : primitiveText(c, value)) + ']';
    return tag !== '' && tag !== constructor ? text + ' [' + tag + ']' : text;
  };

  return {
    boxedBase, errorBase, functionBase, regExpTextOf,
  };
})
