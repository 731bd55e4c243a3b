// SPDX-License-Identifier: Apache-2.0
// The console's output, compared with that of the node which runs this test: the same script is run by both.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, describe, test } = require('node:test');

const BIN = path.resolve(process.env.ISERE_BIN ?? path.join(__dirname, '../../build/linux/isere'));
const WRAP = (process.env.ISERE_WRAP ?? '').split(/\s+/).filter(Boolean);
const cases = require('./console_cases.js');
const calls = require('./console_calls.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isere-console-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const MARK = '=====';

// A script that runs each text in a function of its own. What one throws is named, without the engine's words for it.
const scriptOf = (texts) =>
  texts
    .map((text) => {
      const body = /\bconsole\.|^try /.test(text) ? text : `console.log(${text});`;
      return `console.log('${MARK}');\ntry { (function () { ${body}\n })(); } catch (e) { console.log('threw ' + (e && e.name)); }\n`;
    })
    .join('');

const run = (command, args) => {
  const [program, ...rest] = [...command, ...args];
  const result = spawnSync(program, rest, { encoding: 'utf8', maxBuffer: 1 << 28, env: { PATH: process.env.PATH } });
  assert.equal(result.error, undefined);
  return result;
};

// Stacks differ by engine: only an error's first line is compared, and how what follows them is set.
const withoutStacks = (text) =>
  text.replace(/(\n +at .*)+/g, '\n AT').replace(/(\n +\.\.\. \d+ lines matching cause stack trace \.\.\.(\n AT)?)/g, '');

const partsOf = (text) => withoutStacks(text).split(`${MARK}\n`).slice(1);

const compare = (name, texts) => {
  describe(name, () => {
    const file = path.join(folder, `${name.replace(/\W/g, '_')}.js`);
    fs.writeFileSync(file, scriptOf(texts));
    const expected = run([process.execPath], [file]);
    const actual = run([...WRAP, BIN, 'exec'], [file]);
    const expectedParts = partsOf(expected.stdout);
    const actualParts = partsOf(actual.stdout);
    test('the script runs to its end', () => {
      assert.equal(actual.status, 0, actual.stderr);
      assert.equal(expectedParts.length, texts.length);
      assert.equal(actualParts.length, texts.length);
    });
    texts.forEach((text, i) => {
      test(text.length > 100 ? `${text.slice(0, 100)}…` : text || '(no argument)', () => {
        assert.equal(actualParts[i], expectedParts[i]);
      });
    });
  });
};

compare('console.log prints what node prints', cases);
compare('the other calls print what node prints', calls);

// The one form that is isère's own: the engine does not show what an iterator still holds, and looking would consume it.
describe('values that cannot be looked into', () => {
  const forms = {
    'new Map([[1, 2]]).entries()': 'Object [Map Iterator] {}\n',
    'new Set([1]).values()': 'Object [Set Iterator] {}\n',
  };
  const file = path.join(folder, 'forms.js');
  fs.writeFileSync(file, scriptOf(Object.keys(forms)));
  const parts = partsOf(run([...WRAP, BIN, 'exec'], [file]).stdout);
  Object.keys(forms).forEach((text, i) => {
    test(text, () => assert.equal(parts[i], forms[text]));
  });
});

describe('streams and hostile code', () => {
  const exec = (text) => {
    const file = path.join(folder, 'one.js');
    fs.writeFileSync(file, text);
    return run([...WRAP, BIN, 'exec'], [file]);
  };

  test('warn, error, trace and assert go to stderr, the others to stdout', () => {
    const { stdout, stderr } = exec(`console.log('1'); console.info('2'); console.debug('3'); console.dir('4');
      console.warn('a %s', 'b'); console.error({ c: 1 }); console.assert(false, 'd'); console.trace('e');`);
    assert.equal(stdout, "1\n2\n3\n'4'\n");
    assert.match(stderr, /^a b\n\{ c: 1 \}\nAssertion failed: d\nTrace: e\n {4}at /);
  });

  test('labels that are not known are told on stderr', () => {
    const { stderr } = exec(`console.timeEnd('x'); console.timeLog('y'); console.countReset('z'); console.time('t'); console.time('t');`);
    assert.equal(stderr, `Warning: No such label 'x' for console.timeEnd()\nWarning: No such label 'y' for console.timeLog()\nWarning: Count for 'z' does not exist\nWarning: Label 't' already exists for console.time()\n`);
  });

  test('time, timeLog and timeEnd tell milliseconds', () => {
    const { stdout } = exec(`console.time(); console.timeLog('default', { a: 1 }, 'x'); console.timeEnd(); console.time('l'); console.timeEnd('l');`);
    assert.match(stdout, /^default: [\d.]+ms \{ a: 1 \} x\ndefault: [\d.]+ms\nl: [\d.]+ms\n$/);
  });

  test('changed globals do not change the console', () => {
    const { status, stdout, stderr } = exec(`console.log({});
      const map = new Map([['k', { a: 2 }]]);
      const boom = () => { throw new Error('patched'); };
      const { defineProperty, ownKeys } = Reflect;
      const describe = Object.getOwnPropertyDescriptor;
      const iterate = Symbol.iterator;
      for (const proto of [Array, String, Map, Set, RegExp, Function, Object, Number, Date, Error].map((each) => each.prototype)) {
        for (const key of ownKeys(proto)) {
          if (key !== 'constructor' && key !== iterate && typeof describe(proto, key).value === 'function') {
            defineProperty(proto, key, { value: boom });
          }
        }
      }
      Array.prototype[iterate] = boom;
      Reflect.ownKeys = Reflect.apply = Object.keys = Array.isArray = JSON.stringify = Math.max = boom;
      console.log('%s %d %j', 'a', 1, [2], { a: [1, 2, { b: 'x' }] }, [1, 2, 3, 4, 5, 6, 7], map, /x/g, ["it's"], new Date(0));
      console.group('g');
      console.log('two\\nlines');
      console.groupEnd();
      console.table([{ a: 1 }]);
      console.count();
      console.error(new Error('e'));`);
    assert.equal(stderr.split('\n')[0], 'Error: e');
    assert.equal(status, 0);
    assert.equal(stdout, `{}
a 1 [2] { a: [ 1, 2, { b: 'x' } ] } [
  1, 2, 3, 4,
  5, 6, 7
] Map(1) { 'k' => { a: 2 } } /x/g [ "it's" ] 1970-01-01T00:00:00.000Z
g
  two
  lines
┌─────────┬───┐
│ (index) │ a │
├─────────┼───┤
│ 0       │ 1 │
└─────────┴───┘
default: 1
`);
  });

  test('what throws when it is looked at does not make the console throw', () => {
    const { status, stdout } = exec(`console.log({ get [Symbol.toStringTag]() { throw 1; } });
      console.log(Object.create({ get constructor() { throw 1; } }));
      console.log({ get a() { throw 1; } });
      const bad = new Error('m'); Object.defineProperty(bad, 'stack', { get() { throw 1; } }); console.log(bad);
      console.log('end');`);
    assert.equal(status, 0);
    assert.match(stdout, /end\n$/);
  });

  test('deep and wide values are cut', () => {
    const { status, stdout } = exec(`let deep = {}; for (let i = 0; i < 100000; i++) { deep = { deep }; } console.log(deep);
      console.log(new Array(1e6).fill(7)); console.log(new Uint8Array(1e6)); console.log(new Map(Array.from({ length: 1e4 }, (_, i) => [i, i])).size);
      try { console.dir(deep, { depth: null }); } catch (e) { console.log('cut'); } console.log('end');`);
    assert.equal(status, 0);
    assert.match(stdout, /^\{ deep: \{ deep: \{ deep: \[Object\] \} \} \}\n/);
    assert.match(stdout, /\.\.\. 999900 more items/);
    assert.match(stdout, /end\n$/);
    assert.ok(stdout.length < 100000);
  });
});
