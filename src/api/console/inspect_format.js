// SPDX-License-Identifier: Apache-2.0
// Texts of formats, as Node's util.format gives them, and of tables.
(function (language, texts, inspect) {
  'use strict';
  const { KEYS_MAX, Number, PRIMITIVE, PROTOTYPES_MAX, String, builtinProtos, classOf, describe, find, hasOwn,
    isArray, keysOf, mapEntries, mapGet, mapNext, mapSet, max, parseFloat, parseInt, protoOf, repeat, setHas,
    setNext, setValues, slice, toJson } = language;
  const { includes, numberText, widthOf } = texts;

  // ---- Formats ----

  const hasOwnText = (v) => {
    for (let object = v, i = 0; object !== null && i < PROTOTYPES_MAX; object = protoOf(object), i++) {
      if (hasOwn(object, 'toString') || hasOwn(object, PRIMITIVE)) {
        return !setHas(builtinProtos, object);
      }
    }
    return false;
  };

  const asText = (v) => {
    switch (typeof v) {
      case 'number':
        return numberText(v);
      case 'bigint':
        return '' + v + 'n';
      case 'object':
        return v !== null && !hasOwnText(v) ? inspect(v, { depth: 0 }) : String(v);
    }
    return String(v);
  };

  const asNumber = (v, convert) => {
    if (typeof v === 'bigint' && convert !== parseFloat) {
      return '' + v + 'n';
    }
    return typeof v === 'symbol' ? 'NaN' : numberText(convert(v));
  };

  const asJson = (v) => {
    try {
      return String(toJson(v));
    } catch (error) {
      if (isCircular(v)) {
        return '[Circular]';
      }
      throw error;
    }
  };

  // Whether following own enumerable properties leads back to an object on the way.
  const isCircular = (root) => {
    const path = [root];
    const pending = [objectChildren(root)];
    let steps = 0;
    while (path.length > 0 && steps++ < KEYS_MAX) {
      const list = pending[pending.length - 1];
      if (list.length === 0) {
        path.length--;
        pending.length--;
        continue;
      }
      const child = list[list.length - 1];
      list.length--;
      if (includes(path, child)) {
        return true;
      }
      path[path.length] = child;
      pending[pending.length] = objectChildren(child);
    }
    return false;
  };

  const objectChildren = (v) => {
    const out = [];
    const keys = keysOf(v);
    for (let i = 0; i < keys.length; i++) {
      const slot = describe(v, keys[i]);
      if (slot && typeof slot.value === 'object' && slot.value !== null) {
        out[out.length] = slot.value;
      }
    }
    return out;
  };

  // The text for the directive `letter`; undefined when it is none.
  const directiveText = (letter, v) => {
    switch (letter) {
      case 's': return asText(v);
      case 'd': return typeof v === 'object' && v !== null ? numberText(Number(v)) : asNumber(v, Number);
      case 'i': return typeof v === 'object' && v !== null ? numberText(parseInt(v)) : asNumber(v, parseInt);
      case 'f': return asNumber(v, parseFloat);
      case 'j': return asJson(v);
      case 'o': return inspect(v, { showHidden: true, depth: 4 });
      case 'O': return inspect(v);
      case 'c': return '';
    }
    return undefined;
  };

  // The text of console.log(...args), as util.format gives it.
  const format = (args) => {
    let out = '';
    let next = 0;
    if (args.length > 0 && typeof args[0] === 'string') {
      const pattern = args[0];
      next = 1;
      let from = 0;
      for (let at = args.length > 1 ? find(pattern, '%') : -1; at !== -1 && at + 1 < pattern.length; at = find(pattern, '%', at)) {
        const letter = pattern[at + 1];
        if (letter === '%') {
          out += slice(pattern, from, at + 1);
        } else {
          const text = next < args.length ? directiveText(letter, args[next]) : undefined;
          if (text === undefined) {
            at++;
            continue;
          }
          out += slice(pattern, from, at) + text;
          next++;
        }
        from = at += 2;
      }
      out += slice(pattern, from);
    }
    for (; next < args.length; next++) {
      const arg = args[next];
      out += (next > 0 ? ' ' : '') + (typeof arg === 'string' ? arg : inspect(arg));
    }
    return out;
  };

  // ---- Tables ----

  const cellText = (v) => {
    const wide = typeof v === 'object' && v !== null && !isArray(v) && keysOf(v).length > 2;
    return inspect(v, { depth: wide ? -1 : 0, maxArrayLength: 3, breakLength: Infinity });
  };

  const rule = (left, between, right, widths) => {
    let text = left;
    for (let i = 0; i < widths.length; i++) {
      text += (i === 0 ? '' : between) + repeat('─', widths[i]);
    }
    return text + right;
  };

  const rowText = (cells, widths) => {
    let text = '│';
    for (let i = 0; i < cells.length; i++) {
      text += ' ' + cells[i] + repeat(' ', widths[i] - 1 - widthOf(cells[i])) + '│';
    }
    return text;
  };

  // `columns` are lists of texts, their first the heading; short ones are filled with empty cells.
  const drawn = (columns) => {
    const widths = [];
    let rows = 0;
    for (let i = 0; i < columns.length; i++) {
      rows = max(rows, columns[i].length);
      widths[i] = 0;
      for (let j = 0; j < columns[i].length; j++) {
        widths[i] = max(widths[i], widthOf(columns[i][j] || '') + 2);
      }
    }
    let out = rule('┌', '┬', '┐', widths);
    for (let j = 0; j < rows; j++) {
      const cells = [];
      for (let i = 0; i < columns.length; i++) {
        cells[i] = columns[i][j] || '';
      }
      out += '\n' + rowText(cells, widths);
      if (j === 0) {
        out += '\n' + rule('├', '┼', '┤', widths);
      }
    }
    return out + '\n' + rule('└', '┴', '┘', widths);
  };

  const tableOfMap = (map) => {
    const columns = [['(iteration index)'], ['Key'], ['Values']];
    const iterator = mapEntries(map);
    for (let step = mapNext(iterator), i = 0; !step.done; step = mapNext(iterator), i++) {
      columns[0][i + 1] = '' + i;
      columns[1][i + 1] = cellText(step.value[0]);
      columns[2][i + 1] = cellText(step.value[1]);
    }
    return drawn(columns);
  };

  const tableOfSet = (set) => {
    const columns = [['(iteration index)'], ['Values']];
    const iterator = setValues(set);
    for (let step = setNext(iterator), i = 0; !step.done; step = setNext(iterator), i++) {
      columns[0][i + 1] = '' + i;
      columns[1][i + 1] = cellText(step.value);
    }
    return drawn(columns);
  };

  // The text of console.table(data, filter); `data` is an object.
  const table = (data, filter) => {
    const cls = classOf(data);
    if (cls === 'Map') {
      return tableOfMap(data);
    }
    if (cls === 'Set') {
      return tableOfSet(data);
    }
    const index = ['(index)'];
    const values = ['Values'];
    const named = new Map();
    const columns = [index];
    let hasValues = false;
    const rows = keysOf(data);
    for (let i = 0; i < rows.length; i++) {
      index[i + 1] = rows[i];
      const row = data[rows[i]];
      const isPrimitive = row === null || (typeof row !== 'object' && typeof row !== 'function');
      if (isPrimitive && filter === undefined) {
        hasValues = true;
        values[i + 1] = cellText(row);
        continue;
      }
      const keys = filter === undefined ? keysOf(row) : filter;
      for (let j = 0; j < keys.length; j++) {
        const key = String(keys[j]);
        let column = mapGet(named, key);
        if (column === undefined) {
          column = [key];
          mapSet(named, key, column);
          columns[columns.length] = column;
        }
        column[i + 1] = !isPrimitive && hasOwn(row, key) ? cellText(row[key]) : '';
      }
    }
    if (hasValues) {
      columns[columns.length] = values;
    }
    return drawn(columns);
  };

  return { format, table };
})
