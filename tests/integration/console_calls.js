// SPDX-License-Identifier: Apache-2.0
// Calls of the console besides log: scripts whose output is that of Node.
'use strict';

module.exports = [
  // table
  `console.table([{ a: 1, b: 'x' }, { a: 2, c: { d: 1 } }]);`, `console.table([1, 2, 3]);`, `console.table([[1, 2], [3, 4]]);`, `console.table('text');`, `console.table({ x: { v: 1 }, y: { v: 2 } });`, `console.table(new Map([['a', 1], ['b', { c: 2 }]]));`,
  `console.table(new Set([1, 'x']));`, `console.table([{ a: 1, b: 2 }], ['b']);`, `console.table([{ a: 1, b: 2 }], ['b', 'a', 'z']);`, `console.table([]);`, `console.table({});`, `console.table([{}, 5, 'x', null, undefined, () => 1]);`, `console.table([{ a: { b: { c: 1 } }, l: [1, [2]] }]);`,
  `console.table([{ a: '日本' }, { a: 'é' }]);`, `console.table(null);`, `console.table(5);`, `console.table();`, `console.table([1], []);`, `console.table([1, 2], ['a']);`, `console.table(new Map([[{ a: 1 }, { b: 2 }]]));`, `console.table([[1, 2, 3, 4, 5]]);`, `console.table([{ a: [1, 2, 3, 4, 5] }]);`,
  `console.table([{ x: { a: 1, b: 2, c: 3 } }]);`, `console.table([Symbol('a'), 1n, -0]);`, `console.table([new Map([[1, 2]]), new Date(0)]);`, `console.table({ a: 1, b: 2 });`, `console.table([{ a: 1 }, 2]);`, `console.table(new Uint8Array(3));`, `console.table([{ __proto__: { inherited: 1 }, own: 2 }]);`, `console.table([,1]);`,
  `console.table([{ a: 1 }], 'x');`, `console.table([{ name: 'Ann', age: 42 }, { name: 'Bob', age: 7 }], ['name']);`,

  // group
  `console.group('G1'); console.log('a\\nb'); console.group(); console.log({ a: 1, b: { c: 1 } }); console.table([1]); console.groupEnd(); console.log('x'); console.groupEnd(); console.groupEnd(); console.log('y');`,
  `console.groupCollapsed('C', { a: 1 }); console.log(); console.log(''); console.log('\\n'); console.dir({ a: 1 }); console.count('in'); console.groupEnd();`, `console.group('%s!', 'fmt'); console.info('x'); console.groupEnd();`,
  `console.group(); console.log(Array.from({ length: 30 }, (_, i) => i)); console.log({ a: 'x'.repeat(50), b: 'y'.repeat(15) }); console.groupEnd();`,

  // count
  `console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.countReset();`, `console.count(undefined); console.count(null); console.count({}); console.count(1); console.count('__proto__'); console.count('__proto__');`, `console.count(Symbol('a'));`,

  // dir
  `console.dir({ a: { b: { c: { d: 1 } } } });`, `console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });`, `console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null });`, `console.dir({ a: { b: { c: { d: 1 } } } }, { depth: Infinity });`, `console.dir('text');`, `console.dir('a', 'b');`, `console.dir([1], { showHidden: true });`,
  `console.dir({ a: 'x'.repeat(50) }, { maxStringLength: 5 });`, `console.dir([1, 2, 3], { maxArrayLength: 1 });`, `console.dir([1, 2, 3], { maxArrayLength: 0 });`, `console.dir([1, 2, 3], { maxArrayLength: null });`, `console.dir({ b: 1, a: 2 }, { sorted: true });`, `console.dir({ get a() { return 5; }, get o() { return { x: 1 }; } }, { getters: true });`, `console.dir({ get a() { throw new Error('no'); } }, { getters: true });`, `console.dir({ get a() { return 1; }, set b(v) {}, get c() { return 2; }, set c(v) {} }, { getters: 'get' });`,
  `console.dir({ a: { b: 1 } }, { compact: false });`, `console.dir({ a: { b: { c: { d: {} } } } }, { compact: 1 });`, `console.dir({ a: 'x'.repeat(50), b: 'y'.repeat(50) }, { breakLength: 200 });`, `console.dir({ a: 1, b: 2 }, { breakLength: 3 });`, `console.dir({ [Symbol.for('nodejs.util.inspect.custom')]() { return 'mine'; } });`, `console.dir();`, `console.dir(null);`, `console.dir(new Map([['a', { b: { c: {} } }]]), { depth: 1 });`,
  `console.dir(Object.defineProperty({}, 'h', { value: 1 }), { showHidden: true });`, `console.dir(new Set([[1], [2]]), { depth: 0 });`, `console.dir({ b: { d: 1, c: 2 }, a: [3, 1] }, { sorted: true });`, `console.dir({ a: 1, b: 2, c: 3 }, { sorted: (x, y) => (x < y ? 1 : -1) });`,

  // the others that print as log does
  `console.info('%s i', 'x');`, `console.debug('d', [1]);`, `console.dirxml({ a: 1 }, 'x');`, `console.log.call(null, 'unbound'); const { log } = console; log('also');`, `[1, 2].forEach(console.log);`, `console.log(typeof console[Symbol.toStringTag], Object.prototype.toString.call(console));`,
  `console.log(console.log.name, console.log.length, typeof console.clear);`, `console.assert(true, 'not printed'); console.log('after');`, `console.log(Object.keys(console).includes('table'));`,
];
