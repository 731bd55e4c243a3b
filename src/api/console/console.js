// SPDX-License-Identifier: Apache-2.0
// The global `console` (Console Standard), its texts as Node prints them without colours. A call gives one print.
(function (native) {
  'use strict';
  const { print, now, load } = native;
  const { Error, Number, String, TypeError } = globalThis;
  const { isArray } = Array;
  const { floor } = Math;
  const { apply } = Reflect;
  const toFixed = Number.prototype.toFixed;
  const find = String.prototype.indexOf;
  const slice = String.prototype.slice;

  // isere_log_level_t
  const ERROR = 0;
  const WARN = 1;
  const INFO = 2;
  const DEBUG = 3;

  let inspection;
  let indent = '';
  const counts = { __proto__: null };
  const starts = { __proto__: null };

  // The part that looks into values is run when it is first needed.
  const formatter = () => (inspection ??= load('inspect')(native));

  // ToString of the language; a Symbol throws. Not `${value}`: engines may call String.prototype.concat for that.
  const textOf = (value) => (typeof value === 'symbol' ? '' + value : String(value));

  const write = (level, text) => {
    if (indent !== '') {
      let at = apply(find, text, ['\n']);
      let out = indent;
      let from = 0;
      for (; at !== -1; at = apply(find, text, ['\n', from])) {
        out += apply(slice, text, [from, at + 1]) + indent;
        from = at + 1;
      }
      text = out + apply(slice, text, [from]);
    }
    print(level, text);
  };

  const writeAll = (level, args) => {
    if (args.length === 1 && typeof args[0] === 'string') {
      return write(level, args[0]);
    }
    let text = '';
    for (let i = 0; i < args.length; i++) {
      if (typeof args[i] !== 'string' || (i === 0 && apply(find, args[0], ['%']) !== -1)) {
        return write(level, formatter().format(args));
      }
      text += i === 0 ? args[i] : ' ' + args[i];
    }
    write(level, text);
  };

  const fixed = (value, digits) => apply(toFixed, value, [digits]);
  const twoDigits = (value) => (value < 10 ? '0' : '') + value;

  const timeText = (ms) => {
    if (ms < 1000) {
      return Number(fixed(ms, 3)) + 'ms';
    }
    if (ms < 60000) {
      return fixed(ms / 1000, 3) + 's';
    }
    const minutes = floor(ms / 60000);
    const rest = ms % 60000;
    const seconds = (rest < 10000 ? '0' : '') + fixed(rest / 1000, 3);
    if (minutes < 60) {
      return minutes + ':' + seconds + ' (m:ss.mmm)';
    }
    return floor(minutes / 60) + ':' + twoDigits(minutes % 60) + ':' + seconds + ' (h:mm:ss.mmm)';
  };

  // Prints the time since console.time(label); returns whether there was one.
  const printTime = (method, label, data) => {
    const start = starts[label];
    if (start === undefined) {
      write(WARN, "Warning: No such label '" + label + "' for console." + method + '()');
      return false;
    }
    const args = ['%s: %s', label, timeText(now() - start)];
    for (let i = 0; i < data.length; i++) {
      args[i + 3] = data[i];
    }
    if (data.length === 0) {
      write(INFO, label + ': ' + args[2]);
    } else {
      write(INFO, formatter().format(args));
    }
    return true;
  };

  const console = {
    log(...args) {
      writeAll(INFO, args);
    },
    debug(...args) {
      writeAll(DEBUG, args);
    },
    info(...args) {
      writeAll(INFO, args);
    },
    warn(...args) {
      writeAll(WARN, args);
    },
    error(...args) {
      writeAll(ERROR, args);
    },
    dir(value, options) {
      write(INFO, formatter().inspect(value, { customInspect: false, ...options }));
    },
    dirxml(...args) {
      writeAll(INFO, args);
    },
    table(data, properties) {
      if (properties !== undefined && !isArray(properties)) {
        throw new TypeError('console.table: properties must be an array');
      }
      if (typeof data !== 'object' || data === null) {
        writeAll(INFO, [data]);
      } else {
        write(INFO, formatter().table(data, properties));
      }
    },
    assert(condition, ...args) {
      if (!condition) {
        args[0] = args.length === 0 ? 'Assertion failed' : 'Assertion failed: ' + textOf(args[0]);
        writeAll(WARN, args);
      }
    },
    trace(...args) {
      const stack = textOf(new Error().stack);
      const frames = apply(slice, stack, [apply(find, stack, ['\n']) + 1]);  // without this function's own
      const end = frames.length > 0 && frames[frames.length - 1] === '\n' ? -1 : undefined;
      const head = args.length === 0 ? 'Trace' : 'Trace: ' + formatter().format(args);
      write(ERROR, frames === '' ? head : head + '\n' + apply(slice, frames, [0, end]));
    },
    count(label = 'default') {
      label = textOf(label);
      counts[label] = (counts[label] ?? 0) + 1;
      write(INFO, label + ': ' + counts[label]);
    },
    countReset(label = 'default') {
      label = textOf(label);
      if (counts[label] === undefined) {
        write(WARN, "Warning: Count for '" + label + "' does not exist");
      }
      delete counts[label];
    },
    time(label = 'default') {
      label = textOf(label);
      if (starts[label] !== undefined) {
        write(WARN, "Warning: Label '" + label + "' already exists for console.time()");
        return;
      }
      starts[label] = now();
    },
    timeLog(label = 'default', ...data) {
      printTime('timeLog', textOf(label), data);
    },
    timeEnd(label = 'default') {
      label = textOf(label);
      if (printTime('timeEnd', label, [])) {
        delete starts[label];
      }
    },
    group(...args) {
      if (args.length > 0) {
        writeAll(INFO, args);
      }
      indent += '  ';
    },
    groupCollapsed(...args) {
      if (args.length > 0) {
        writeAll(INFO, args);
      }
      indent += '  ';
    },
    groupEnd() {
      indent = apply(slice, indent, [2]);
    },
    clear() {},
  };
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  return { console };
})
