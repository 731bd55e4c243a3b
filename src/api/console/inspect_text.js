// SPDX-License-Identifier: Apache-2.0
// Strings, names and lists as the inspection prints them, and how the parts of an object are set in lines and columns.
(function (language) {
  'use strict';
  const { codeAt, exec, find, floor, max, min, normalize, repeat, round, slice, sqrt, symbolText, toRadix } = language;

  // ---- Strings ----

  const HEX = '0123456789ABCDEF';

  const isSurrogate = (code) => (code & 0xf800) === 0xd800;

  const escapeOf = (code, quote) => {
    switch (code) {
      case 8: return '\\b';
      case 9: return '\\t';
      case 10: return '\\n';
      case 11: return '\\x0B';
      case 12: return '\\f';
      case 13: return '\\r';
      case 39: return quote === "'" ? "\\'" : "'";
      case 92: return '\\\\';
    }
    return '\\x' + HEX[code >> 4] + HEX[code & 15];
  };

  const toEscape = /[\x00-\x1f\x27\x5c\x7f-\x9f\ud800-\udfff]/;

  // The inside of a quoted string.
  const escapeText = (text, quote) => {
    let out = '';
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const code = codeAt(text, i);
      let escaped;
      if (code < 32 || (code >= 127 && code < 160) || code === 92 || (code === 39 && quote === "'")) {
        escaped = escapeOf(code, quote);
      } else if (!isSurrogate(code)) {
        continue;
      } else if (code < 0xdc00 && i + 1 < text.length && (codeAt(text, i + 1) & 0xfc00) === 0xdc00) {
        i++;
        continue;
      } else {
        escaped = '\\u' + toRadix(code, 16);
      }
      out += slice(text, from, i) + escaped;
      from = i + 1;
    }
    return out + slice(text, from);
  };

  const quoted = (text) => {
    if (exec(toEscape, text) === null) {
      return "'" + text + "'";
    }
    let quote = "'";
    if (find(text, "'") !== -1) {
      if (find(text, '"') === -1) {
        quote = '"';
      } else if (find(text, '`') === -1 && find(text, '${') === -1) {
        quote = '`';
      }
    }
    return quote + escapeText(text, quote) + quote;
  };

  // Text with each line but the first begun by `indent` spaces.
  const indented = (text, indent) => {
    let at = find(text, '\n');
    if (indent === 0 || at === -1) {
      return text;
    }
    const pad = repeat(' ', indent);
    let out = '';
    let from = 0;
    for (; at !== -1; at = find(text, '\n', from)) {
      out += slice(text, from, at + 1) + pad;
      from = at + 1;
    }
    return out + slice(text, from);
  };

  const stringText = (c, text) => {
    let rest = '';
    if (text.length > c.maxStringLength) {
      const count = text.length - c.maxStringLength;
      text = slice(text, 0, c.maxStringLength);
      rest = '... ' + count + ' more character' + (count > 1 ? 's' : '');
    }
    if (text.length <= 16 || text.length <= c.breakLength - c.indent - 4 ||
        find(text, '\n') === -1) {
      return quoted(text) + rest;
    }
    // A long text with line feeds: one quoted piece for each line.
    let out = '';
    let from = 0;
    while (from < text.length) {
      const at = find(text, '\n', from);
      const to = at === -1 ? text.length : at + 1;
      out += (from === 0 ? '' : ' +\n' + repeat(' ', c.indent + 2)) + quoted(slice(text, from, to));
      from = to;
    }
    return out + rest;
  };

  const numberText = (n) => (n === 0 && 1 / n < 0 ? '-0' : '' + n);

  const primitiveText = (c, v) => {
    switch (typeof v) {
      case 'string':
        return stringText(c, v);
      case 'number':
        return numberText(v);
      case 'bigint':
        return '' + v + 'n';
      case 'symbol':
        return symbolText(v);
    }
    return '' + v;
  };

  // Columns that a character takes on a terminal.
  const isWide = (p) => p >= 0x1100 && (p <= 0x115f || (p >= 0x2e80 && p <= 0x303e) || (p >= 0x3041 && p <= 0xa4cf) ||
    (p >= 0xa960 && p <= 0xa97c) || (p >= 0xac00 && p <= 0xd7a3) || (p >= 0xf900 && p <= 0xfaff) ||
    (p >= 0xfe30 && p <= 0xfe6f) || (p >= 0xff01 && p <= 0xff60) || (p >= 0xffe0 && p <= 0xffe6) ||
    (p >= 0x1f300 && p <= 0x1f64f) || (p >= 0x1f680 && p <= 0x1f6ff) || (p >= 0x1f900 && p <= 0x1f9ff) ||
    (p >= 0x20000 && p <= 0x3fffd));
  const isZeroWidth = (p) => p < 32 || (p >= 0x7f && p < 0xa0) || (p >= 0x300 && p <= 0x36f) ||
    (p >= 0x200b && p <= 0x200f) || (p >= 0x20d0 && p <= 0x20ff) || (p >= 0xfe00 && p <= 0xfe0f) ||
    (p >= 0xfe20 && p <= 0xfe2f) || (p >= 0xe0100 && p <= 0xe01ef);
  const notAscii = /[^ -~]/;

  const widthOf = (text) => {
    if (exec(notAscii, text) === null) {
      return text.length;
    }
    text = normalize(text, 'NFC');
    let width = 0;
    for (let i = 0; i < text.length; i++) {
      let point = codeAt(text, i);
      if (point >= 0xd800 && point < 0xdc00 && i + 1 < text.length) {
        point = ((point - 0xd800) << 10) + codeAt(text, ++i) - 0xdc00 + 0x10000;
      }
      width += isWide(point) ? 2 : isZeroWidth(point) ? 0 : 1;
    }
    return width;
  };

  // ---- Names and lists ----

  // What stands before the brace, with a space at its end: "Foo(2) [tag] ".
  const prefixOf = (constructor, tag, fallback, size) => {
    if (constructor === null) {
      const name = '[' + fallback + size + ': null prototype] ';
      return tag !== '' && fallback !== tag ? name + '[' + tag + '] ' : name;
    }
    return tag !== '' && constructor !== tag ? constructor + size + ' [' + tag + '] ' : constructor + size + ' ';
  };

  const keyText = (key) => {
    if (typeof key === 'symbol') {
      return '[' + escapeText(symbolText(key), '') + ']';
    }
    if (key === '__proto__') {
      return "['__proto__']";
    }
    return exec(/^[a-zA-Z_][a-zA-Z_0-9]*$/, key) !== null ? key : quoted(key);
  };

  const remove = (keys, key) => {
    const out = [];
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] !== key) {
        out[out.length] = keys[i];
      }
    }
    return out;
  };

  const includes = (list, item) => {
    for (let i = 0; i < list.length; i++) {
      if (list[i] === item) {
        return true;
      }
    }
    return false;
  };

  const moreItems = (count) => '... ' + count + ' more item' + (count > 1 ? 's' : '');

  // ---- Layout ----

  // Puts the elements of a long array in columns.
  const inColumns = (c, out, v) => {
    const count = c.maxArrayLength < out.length ? out.length - 1 : out.length;  // without "... more items"
    const widths = [];
    let total = 0;
    let widest = 0;
    for (let i = 0; i < count; i++) {
      const width = widthOf(out[i]);
      widths[i] = width;
      total += width + 2;
      widest = max(widest, width);
    }
    const cell = widest + 2;
    if (cell * 3 + c.indent >= c.breakLength || (total / cell <= 5 && widest > 6)) {
      return out;
    }
    const bias = sqrt(cell - total / out.length);
    const biased = max(cell - 3 - bias, 1);
    const columns = min(round(sqrt(2.5 * biased * count) / biased), floor((c.breakLength - c.indent) / cell),
      c.compact * 4, 15);
    if (columns <= 1) {
      return out;
    }
    const columnWidths = [];
    for (let i = 0; i < columns; i++) {
      let width = 0;
      for (let j = i; j < count; j += columns) {
        width = max(width, widths[j]);
      }
      columnWidths[i] = width + 2;
    }
    let right = v !== undefined;
    for (let i = 0; right && i < out.length; i++) {
      right = typeof v[i] === 'number' || typeof v[i] === 'bigint';
    }
    const rows = [];
    for (let i = 0; i < count; i += columns) {
      const end = min(i + columns, count);
      let row = '';
      for (let j = i; j < end; j++) {
        const last = j === end - 1;
        const text = last ? out[j] : out[j] + ', ';
        const pad = repeat(' ', max(0, columnWidths[j - i] - widths[j] - 2));
        row += right ? pad + text : last ? text : text + pad;
      }
      rows[rows.length] = row;
    }
    if (count < out.length) {
      rows[rows.length] = out[count];
    }
    return rows;
  };

  const fitsOneLine = (c, out, start, base) => {
    let total = out.length + start;
    if (total + out.length > c.breakLength) {
      return false;
    }
    for (let i = 0; i < out.length; i++) {
      total += out[i].length;
      if (total > c.breakLength) {
        return false;
      }
    }
    return base === '' || find(base, '\n') === -1;
  };

  const joined = (list, between) => {
    let text = list.length > 0 ? list[0] : '';
    for (let i = 1; i < list.length; i++) {
      text += between + list[i];
    }
    return text;
  };

  const layOut = (c, out, base, open, close, isList, level, v) => {
    if (c.compact > 0) {
      const entries = out.length;
      if (isList && entries > 6) {
        out = inColumns(c, out, v);
      }
      if (c.currentDepth - level < c.compact && entries === out.length) {
        const start = out.length + c.indent + open.length + base.length + 10;
        if (fitsOneLine(c, out, start, base)) {
          const line = joined(out, ', ');
          if (find(line, '\n') === -1) {
            return (base === '' ? '' : base + ' ') + open + ' ' + line + ' ' + close;
          }
        }
      }
    }
    const margin = '\n' + repeat(' ', c.indent);
    return (base === '' ? '' : base + ' ') + open + margin + '  ' + joined(out, ',' + margin + '  ') + margin + close;
  };

  return {
    includes, indented, keyText, layOut, moreItems, numberText, prefixOf, primitiveText, quoted, remove,
    widthOf,
  };
})
