// SPDX-License-Identifier: Apache-2.0
// What the console prints as Node does: each text is a script, or an expression that is given to console.log.
'use strict';

module.exports = [
  // primitives
  `1`, `-0`, `0`, `1.5`, `1e21`, `NaN`, `Infinity`, `-Infinity`, `0n`, `-12345678901234567890n`, `true`, `false`, `null`, `undefined`, `'text'`, `''`,
  `Symbol('a')`, `Symbol()`, `Symbol.iterator`, `Symbol.for('x y')`, `'a', 'b'`, `1, 'a', null, undefined`, `'two\\nlines'`, ``, `'', ''`, `' '`,
  `[1, -0, 0, NaN]`, `[1n]`, `[true, null, undefined]`, `[Symbol('s')]`,

  // strings inside of others: quotes and escapes
  `['a']`, `["it's"]`, `['a"b']`, `["a\\"b'c"]`, "['`\"\\'']", "[\"'${x}\\\"\"]", `['\\n\\t\\r\\b\\f\\v\\0']`, `['\\x1b[31m']`, `['\\x7f\\x80\\x9f\\xa0']`,
  `['\\\\']`, `['\\ud800', '\\udc00x', '\\ud83d\\ude00']`, `['\\u2028\\u2029\\ufeff']`, `['é日本']`, `["'", '"', '\`']`, `[\`'"\\\`\`]`, `{ a: "it's" }`,
  `['x'.repeat(200)]`, `{ a: 'x'.repeat(10001) }`, `['x'.repeat(10002)]`, `'x'.repeat(10001).length`, `['line one is long enough\\nline two is long enough too\\nline three follows here\\nend']`,
  `{ text: 'line one is long enough\\nline two is long enough too\\nline three follows here\\n' }`, `['a\\nb']`, `{ k: { l: 'first line of some length\\nsecond line of some length\\nthird one' } }`,

  // arrays
  `[]`, `[1]`, `[1, 2, 3]`, `[[]]`, `[[[]]]`, `[[[[]]]]`, `[[[[1]]]]`, `[[[[[1]]]]]`, `[,]`, `[,,]`, `[1,,2]`, `[,1,,,2,]`, `new Array(3)`, `new Array(1)`, `new Array(1000000)`,
  `Object.assign(new Array(1000), { 500: 1 })`, `Object.assign(new Array(4e9), { 5: 1, 3999999999: 2 })`, `Object.assign([], { 4294967290: 1 })`,
  `Object.assign([1, 2], { a: 1 })`, `Object.assign([], { a: 1 })`, `Object.assign([1], { '-1': 1, '01': 2, '1.5': 3, [Symbol('s')]: 4 })`, `[undefined,,undefined]`,
  `Array.from({ length: 6 }, (_, i) => i)`, `Array.from({ length: 7 }, (_, i) => i)`, `Array.from({ length: 26 }, (_, i) => i)`, `Array.from({ length: 27 }, (_, i) => i)`,
  `Array.from({ length: 100 }, (_, i) => i)`, `Array.from({ length: 101 }, (_, i) => i)`, `Array.from({ length: 102 }, (_, i) => i)`, `Array.from({ length: 1000 }, (_, i) => i * 1000)`,
  `Array.from({ length: 20 }, (_, i) => 'item' + i)`, `Array.from({ length: 30 }, (_, i) => 'x'.repeat(i))`, `Array.from({ length: 10 }, (_, i) => 'x'.repeat(i * 10))`,
  `Array.from({ length: 10 }, (_, i) => i % 2 ? i : 's' + i)`, `Array.from({ length: 50 }, (_, i) => BigInt(i) ** 9n)`, `Array.from({ length: 12 }, (_, i) => ({ i }))`,
  `Array.from({ length: 12 }, (_, i) => [i, i])`, `Array.from({ length: 8 }, () => '日本語')`, `Array.from({ length: 8 }, (_, i) => 'e\\u0301'.repeat(i))`, `Array.from({ length: 8 }, (_, i) => '😀'.repeat(i))`, `{ a: Array.from({ length: 30 }, (_, i) => i) }`,
  `{ a: { b: Array.from({ length: 30 }, (_, i) => i / 7) } }`, `Object.assign(Array.from({ length: 10 }, (_, i) => i), { extra: 'key' })`, `Array.from({ length: 7 }, () => null)`, `Array.from({ length: 7 }, () => undefined)`,
  `[,,,,,,,1,2,3,4,5,6,7,8]`, `Array.from({ length: 120 }, (_, i) => 'abc')`, `[[1, 2, [3, 4, [5, [6]]]]]`, `[[1, 2], [3, 4]]`, `[{ a: 1 }, { b: 2 }]`, `['a', 1, { b: [1, 2, { c: 3 }] }]`,
  `[function f() {}, () => {}]`, `Array(101).fill('ab')`, `Array(7).fill('a'.repeat(70))`, `Array(7).fill('a\\nb')`, `Array.from('hello world, this is me')`, `[1.5, 2.25, 3.125, 4, 5, 6, 7]`, `[-1, -10, -100, 1, 10, 100, 1000]`,

  // plain objects
  `{}`, `{ a: 1 }`, `{ a: { b: { c: { d: 1 } } } }`, `{ a: { b: { c: {} } } }`, `{ a: { b: { c: [] } } }`, `{ a: { b: { c: [1] } } }`, `{ 'a-b': 1, 2: 3, $a: 4, _b: 5, 'é': 6, '': 7, ' ': 8, "it's": 9, 'a\\nb': 10 }`,
  `{ ['__proto__']: 1 }`, `{ [Symbol('a')]: 1, [Symbol()]: 2, [Symbol.iterator]: 3 }`, `{ get a() { return 1; } }`, `{ set a(v) {} }`, `{ get a() { return 1; }, set a(v) {} }`, `{ get a() { throw new Error('x'); } }`, `{ a: undefined, b: null }`,
  `{ a: 'x'.repeat(60), b: 1 }`, `{ a: 'x'.repeat(50), b: 'y'.repeat(10) }`, `{ aaaaaaaaaa: 'bbbbbbbbbb', cccccccccc: 'dddddddddd', eeeeeeeeee: 'ffffffffff' }`, `{ aaaaaaaaaa: 'bbbbbbbbbb', cccccccccc: 'dddddddddd', eeeeeeeeee: 'fffffffff', g: 1 }`,
  `{ a: 1, b: { c: 2, d: { e: 3, f: { g: 4 } } }, h: [1, 2, [3, [4, [5]]]] }`, `{ a: {}, b: [], c: () => {} }`, `Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['k' + i, i]))`, `{ a: { b: 1 }, c: { d: { e: 1 } } }`, `{ a: [{ b: { c: 1 } }] }`,
  `{ a: [{ b: 1 }, { c: 2 }], d: 'x' }`, `Object.freeze({ a: 1 })`, `Object.defineProperty({}, 'hidden', { value: 1 })`, `Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })`, `[[{ a: [{ b: [1] }] }]]`, `{ f() {}, g: async () => {}, *h() {}, async *i() {} }`,
  `{ a: { b: { c: new Map([[1, 2]]), d: new Set([1]), e: new Date(0), f: /x/, g() {}, h: Symbol('q'), i: 1n, j: new Set() } } }`, `{ constructor: 'mine' }`, `{ constructor: { name: 'Foo' } }`, `{ constructor: class Foo {} }`, `{ toString: () => 'x' }`,
  `{ status: 'ok', items: [{ id: 1, name: 'first' }, { id: 2, name: 'second' }], total: 2, next: null }`, `JSON.parse('{"a":[1,2,{"b":null}],"c":"d","e":{"f":{"g":{"h":1}}}}')`,
  `{ method: 'GET', url: '/', headers: { host: 'localhost:8080', 'user-agent': 'curl/7.88.1', accept: '*/*' }, body: null }`,

  // no prototype, odd prototypes
  `Object.create(null)`, `Object.assign(Object.create(null), { a: 1 })`, `{ a: Object.create(null) }`, `{ a: { b: { c: Object.assign(Object.create(null), { x: 1 }) } } }`, `Object.create({})`, `Object.create(Object.create(null))`, `Object.create({ a: 1 })`,
  `Object.create(Object.create(Object.create(null)))`, `Object.setPrototypeOf([1, 2], null)`, `Object.setPrototypeOf(new Map([[1, 2]]), null)`, `Object.setPrototypeOf(new Set([1]), null)`, `Object.setPrototypeOf(new Date(0), null)`, `Object.setPrototypeOf(/a/g, null)`,
  `Object.setPrototypeOf(function f() {}, null)`, `Object.setPrototypeOf(class A {}, null)`, `Object.setPrototypeOf(Promise.resolve(1), null)`, `Object.setPrototypeOf(new Uint8Array(2), null)`, `Object.setPrototypeOf(new Number(1), null)`, `Object.setPrototypeOf(new Map(), { x: 1 })`,
  `Object.create(Array.prototype)`, `Object.create(Map.prototype)`, `Object.create(Date.prototype)`, `Object.create(Error.prototype)`, `Object.setPrototypeOf({ a: 1 }, Map.prototype)`, `Object.create(Function.prototype)`, `({ __proto__: Array.prototype, length: 1 })`,
  `{ a: { b: { c: Object.setPrototypeOf([1, 2], null) } } }`, `{ a: { b: { c: Object.setPrototypeOf(new Map([[1, 2]]), null) } } }`, `{ a: { b: { c: Object.create(Object.create(null), { x: { value: 1, enumerable: true } }) } } }`,
  `Object.prototype`, `Map.prototype`, `Set.prototype`, `Date.prototype`, `RegExp.prototype`, `Promise.prototype`, `Error.prototype`, `Symbol.prototype`, `Array.prototype`, `Number.prototype`, `String.prototype`, `Boolean.prototype`, `WeakMap.prototype`, `BigInt.prototype`, `Function.prototype`, `(function* () {}).prototype`,

  // classes and instances
  `class A {}`, `class A extends Array {}`, `class {}`, `class extends Object {}`, `class A { static x = 1; static y() {} }`, `new (class Foo {})()`, `new (class Foo { a = 1; #p = 2; })()`, `new (class {})()`, `new (class { a = 1; })()`, `new (class A extends (class B { b = 1; }) { a = 2; })()`,
  `new (class Foo extends Map {})([[1, 2]])`, `new (class Foo extends Set {})([1])`, `new (class Foo extends Array {})(1, 2, 3)`, `new (class Foo extends Array {})()`, `new (class Foo extends Date {})(0)`, `new (class Foo extends RegExp {})('a', 'g')`, `new (class Foo extends Promise {})(() => {})`,
  `new (class Foo extends Uint8Array {})(2)`, `new (class Foo extends String {})('x')`, `new (class Foo extends Number {})(1)`, `new (class Foo extends Function {})()`, `new (class Foo extends Object {})()`, `new (class Foo extends null { constructor() { return Object.create(new.target.prototype); } })()`,
  `class A extends null {}`, `class A { static name = 'x' }`, `class A { static name() {} }`, `[class A {}, class B extends Array {}]`, `{ A: class {} }`, `{ a: { b: { c: new (class Foo { x = 1; })() } } }`, `{ a: { b: { c: new (class Foo extends Map {})([[1, 2]]) } } }`, `{ a: { b: { c: new (class Foo extends Array {})(1, 2) } } }`,
  `function Old() { this.a = 1; } console.log(new Old(), Old);`, `class A {} class B extends A { constructor() { super(); this.self = this; } } console.log(new B());`, `class Temp { get value() { return 1; } } console.log(new Temp());`, `class A { get [Symbol.toStringTag]() { return 'tagged'; } } console.log(new A());`,
  `Object.assign(class A {}, { x: 1 })`, `class Foo { static [Symbol.toStringTag] = 'st' } console.log(Foo);`, `class A { static #x = 1; static { this.y = 2; } } console.log(A);`,

  // functions
  `function f() {}`, `() => {}`, `async () => {}`, `async function g() {}`, `function* g() {}`, `async function* g() {}`, `Object.assign(() => {}, { a: 1 })`, `Object.assign(function f() {}, { a: { b: { c: { d: 1 } } } })`, `Math.max`, `Array`, `Object`, `Function`, `(function f() {}).bind(null)`, `[() => {}, function named() {}]`,
  `{ f: Object.assign(() => {}, { self: 1 }) }`, `Object.defineProperty(() => {}, 'name', { value: '' })`, `Object.defineProperty(() => {}, 'name', { value: 5 })`, `Object.assign(function f() {}, { [Symbol.toStringTag]: 'x' })`, `Object.defineProperty(function f() {}, Symbol.toStringTag, { value: 'x' })`, `function f() { 'class {}'; }`, `Promise.resolve`, `Proxy`, `Symbol`,
  `{ a: { b: { c: Object.assign(() => {}, { z: 1 }) } } }`, `new Function('a', 'return a')`, `Object.setPrototypeOf(() => {}, class A {})`, `{ 'my-key': () => {} }`, `parseInt`, `Object.getOwnPropertyDescriptor(Map.prototype, 'size').get`,

  // symbol tags
  `{ [Symbol.toStringTag]: 'tag' }`, `Object.defineProperty({}, Symbol.toStringTag, { value: 'tag' })`, `Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: 'tag' })`, `Object.create({ [Symbol.toStringTag]: 'tag' })`, `Object.create(null, { [Symbol.toStringTag]: { value: 'tag' } })`, `Object.create({}, { [Symbol.toStringTag]: { value: '' } })`,
  `Object.create({}, { [Symbol.toStringTag]: { value: 5 } })`, `Object.defineProperty([1], Symbol.toStringTag, { value: 'tag' })`, `Object.defineProperty(new Map(), Symbol.toStringTag, { value: 'tag' })`, `Object.defineProperty({}, Symbol.toStringTag, { value: 'Object' })`, `Object.defineProperty(/a/, Symbol.toStringTag, { value: 'tag' })`, `Math`, `JSON`, `Reflect`, `Atomics`,
  `{ a: { b: { c: Object.defineProperty({ x: 1 }, Symbol.toStringTag, { value: 'tag' }) } } }`,

  // Map, Set and their kin
  `new Map()`, `new Map([[1, 2]])`, `new Map([['a', { b: { c: { d: 1 } } }], [{ k: 1 }, [1, 2]]])`, `new Map([[new Map([[1, 2]]), new Set([1])]])`, `Object.assign(new Map([[1, 2]]), { extra: 1 })`, `Object.assign(new Map(), { extra: 1 })`, `new Map(Array.from({ length: 101 }, (_, i) => [i, i]))`, `new Map(Array.from({ length: 102 }, (_, i) => [i, i]))`,
  `new Set()`, `new Set([1])`, `new Set(['a', { b: 1 }, [1]])`, `new Set(Array.from({ length: 10 }, (_, i) => i))`, `new Set(Array.from({ length: 101 }, (_, i) => i))`, `Object.assign(new Set([1]), { x: 1 })`, `new Set([new Set([new Set([new Set([1])])])])`, `new WeakMap()`, `new WeakSet()`, `Object.assign(new WeakMap(), { a: 1 })`, `{ a: new Map([[{ b: 1 }, new Set([1, 2])]]) }`,
  `{ a: { b: { c: new Set([1]) } } }`, `new Map([['long key number one', 'long value number one'], ['long key number two', 'long value number two']])`, `new WeakRef({ a: 1 })`, `new FinalizationRegistry(() => {})`,

  // iterators and generators
  `(function* () {})()`, `(function* gen() { yield 1; })()`, `(async function* () {})()`, `[1].values()`, `[1][Symbol.iterator]()`, `'a'[Symbol.iterator]()`, `'a'.matchAll(/a/g)`, `Object.getPrototypeOf([][Symbol.iterator]())`, `Object.getPrototypeOf(function* () {})`, `(function () { return arguments; })(1, 2)`, `(function () { return arguments; })()`,
  `(function () { return [arguments]; })('a')`, `(() => { const it = { i: 0, next() { return { done: true }; }, [Symbol.iterator]() { return this; } }; return it; })()`,

  // dates, expressions, boxes
  `new Date(0)`, `new Date(NaN)`, `[new Date(86400000)]`, `Object.assign(new Date(0), { x: 1 })`, `new Date(8.64e15)`, `new Date(-1)`, `/a/`, `/a\\/b/gi`, `new RegExp('')`, `Object.assign(/a/, { x: 1 })`, `[/x/y]`, `new RegExp('\\n')`, `new Number(1)`, `new Number(-0)`, `new String('abc')`, `new String('')`, `new Boolean(true)`, `Object(1n)`, `Object(Symbol('s'))`, `Object.assign(new Number(1), { a: 1 })`,
  `Object.assign(new String('ab'), { a: 1 })`, `[new String("it's")]`, `[new Number(3), new String('x'), new Boolean(false)]`, `Object.assign(Object(Symbol('s')), { a: 1 })`, `{ a: { b: { c: new String('x'), d: new Date(0), e: Object.assign(new Date(0), { y: 1 }), f: Object.assign(/q/, { y: 1 }), g: Object.assign(new Number(3), { y: 1 }) } } }`,

  // bytes
  `new Uint8Array(0)`, `new Uint8Array([1, 2, 3])`, `new Int8Array([-1])`, `new Uint8ClampedArray([300])`, `new Int16Array([-1, 1])`, `new Uint16Array(3)`, `new Int32Array(2)`, `new Uint32Array(2)`, `new Float32Array([1.5, -0, NaN])`, `new Float64Array([0.1])`, `new BigInt64Array([1n, -1n])`, `new BigUint64Array(2)`, `new Uint8Array(7)`, `new Uint8Array(200)`, `new Uint8Array(101)`, `new Uint8Array(20000)`,
  `Object.assign(new Uint8Array(2), { x: 1 })`, `Object.assign(new Uint8Array(0), { x: 1 })`, `new ArrayBuffer(0)`, `new ArrayBuffer(4)`, `new Uint8Array([255, 16, 1]).buffer`, `new ArrayBuffer(51)`, `new ArrayBuffer(200)`, `new DataView(new ArrayBuffer(4), 1, 2)`, `new SharedArrayBuffer(2)`, `{ a: new ArrayBuffer(2) }`, `Object.assign(new ArrayBuffer(1), { x: 1 })`, `{ a: { b: { c: new Uint8Array(2), d: new ArrayBuffer(2) } } }`, `[new Uint8Array(3), new Uint8Array(10)]`,

  // promises
  `Promise.resolve()`, `Promise.resolve(1)`, `Promise.resolve({ a: { b: { c: { d: 1 } } } })`, `new Promise(() => {})`, `const p = Promise.reject(1); p.catch(() => {}); console.log(p);`, `Object.assign(Promise.resolve(1), { x: 1 })`, `[Promise.resolve('x')]`, `{ p: Promise.resolve([1, 2]) }`, `(async () => 1)()`, `{ a: { b: { c: Promise.resolve(1) } } }`, `const p = Promise.resolve(1); p.self = p; console.log(p);`,

  // circles
  `const a = {}; a.a = a; console.log(a);`, `const a = []; a.push(a); console.log(a);`, `const a = { b: {} }; a.b.a = a; a.b.b = a.b; console.log(a);`, `const m = new Map(); m.set(m, m); console.log(m);`, `const s = new Set(); s.add(s); console.log(s);`, `function f() {} f.f = f; console.log(f);`, `const a = { x: { y: {} } }; a.x.y.x = a.x; console.log([a, a]);`,
  `const a = {}; console.log({ b: a, c: a });`, `const a = {}; a.list = [a, a]; console.log(a, a);`, `const d = Object.assign(new Date(0), {}); d.d = d; console.log(d);`, `class N { constructor() { this.next = this; } } console.log(new N());`,

  // errors (their stacks are cut after the first line)
  `new Error('message')`, `new Error()`, `new TypeError('t')`, `new RangeError('r')`, `[new Error('in')]`, `{ e: new Error('in') }`, `new (class Foo extends Error {})('x')`, `new (class FooError extends Error {})('x')`, `new (class FooError extends TypeError {})('x')`, `new (class MyTypeError extends TypeError {})('x')`,
  `new (class Foo extends Error { constructor(m) { super(m); this.name = 'Foo'; } })('x')`, `new (class Foo extends Error { constructor(m) { super(m); this.name = 'FooError'; } })('x')`, `new (class Foo extends Error { get name() { return 'Named'; } })('x')`, `Object.assign(new Error('m'), { name: 'Custom' })`, `Object.assign(new Error('m'), { name: 'CustomError' })`,
  `Object.assign(new Error('m'), { code: 'ENOENT', errno: -2 })`, `Object.assign(new Error('m'), { message: 'changed' })`, `new Error('two\\nlines')`, `new Error('m', { cause: new Error('root') })`, `new Error('m', { cause: 'text' })`, `new Error('m', { cause: { a: 1 } })`, `new AggregateError([new Error('one'), 2], 'all')`, `new AggregateError([])`,
  `Object.assign(new Error('m'), { stack: 'weird' })`, `Object.assign(new Error('m'), { stack: undefined })`, `Object.assign(new Error('m'), { stack: '' })`, `const e = new Error('m'); e.self = e; console.log(e);`, `{ a: { b: { c: Object.assign(new Error('deep'), { x: 1 }) } } }`, `{ a: { b: { c: Object.assign(new Error('deep'), { stack: 'Error: deep' }) } } }`,
  `Object.setPrototypeOf(Object.assign(new Error('m'), { stack: 'Error: m' }), null)`, `Object.assign(new Error('m'), { stack: 'Error: m\\n  second' })`, `[Object.assign(new Error('m'), { stack: 'Error: m\\n  second' })]`, `try { null.x; } catch (e) { console.log(e instanceof TypeError); }`,

  // Proxies: their traps are not run
  `new Proxy({ a: 1 }, {})`, `new Proxy([1, 2], {})`, `new Proxy(function f() {}, {})`, `new Proxy(new Proxy({ a: 1 }, {}), {})`, `new Proxy({ a: 1 }, { get() { throw 1; }, ownKeys() { throw 2; }, getPrototypeOf() { throw 3; }, getOwnPropertyDescriptor() { throw 4; } })`, `new Proxy(new Map([[1, 2]]), {})`, `new Proxy(class A {}, {})`,
  `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); console.log(proxy, [proxy]);`, `{ p: new Proxy({ a: { b: { c: 1 } } }, {}) }`, `let n = 0; console.log(new Proxy({ a: 1 }, { get() { n++; }, ownKeys() { n++; return []; } })); console.log(n);`, `Object.create(new Proxy({ a: 1 }, {}))`,

  // what throws on being looked at
  `{ get [Symbol.iterator]() { return 1; } }`, `Object.defineProperty({}, 'constructor', { get() { throw 1; } })`, `{ a: 1, get b() { throw 1; } }`,

  // the object's own say
  `{ [Symbol.for('nodejs.util.inspect.custom')]() { return 'mine'; } }`, `[{ [Symbol.for('nodejs.util.inspect.custom')]() { return 'two\\nlines'; } }]`, `[{ [Symbol.for('nodejs.util.inspect.custom')]() { return { a: 1, b: { c: { d: 1 } } }; } }]`, `{ [Symbol.for('nodejs.util.inspect.custom')](depth) { return depth; } }`, `{ a: { [Symbol.for('nodejs.util.inspect.custom')](depth) { return 'd' + depth; } } }`,
  `{ [Symbol.for('nodejs.util.inspect.custom')]() { return this; }, x: 1 }`, `{ [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) { return inspect({ q: 1 }, options) + options.stylize('s', 'string'); } }`, `{ [Symbol.for('nodejs.util.inspect.custom')]: 5 }`, `{ a: { [Symbol.for('nodejs.util.inspect.custom')]() { return null; } } }`,

  // formats
  `'%s', 'x'`, `'%s %s', 'x'`, `'%s'`, `'%s', 1, 2`, `'%s', -0`, `'%s', 12n`, `'%s', Symbol('a')`, `'%s', null`, `'%s', undefined`, `'%s', true`, `'%s', {}`, `'%s', { a: { b: 1 } }`, `'%s', [1, [2, [3]]]`, `'%s', { toString() { return 'mine'; } }`, `'%s', { [Symbol.toPrimitive]() { return 'prim'; } }`, `'%s', Object.create({ toString() { return 'inherited'; } })`,
  `'%s', new (class X { toString() { return 'x!'; } })()`, `'%s', new Date(0)`, `'%s', new Error('e').message`, `'%s', function f() {}`, `'%s', class A {}`, `'%s', Object.create(null)`, `'%s', new String('x')`, `'%s', new Map([[1, { a: 1 }]])`, `'%s', new (class Foo { a = 1; })()`, `'%d', 42`, `'%d', '42'`, `'%d', 'x'`, `'%d', 12n`, `'%d', -0`, `'%d', {}`, `'%d', { valueOf() { return 7; } }`, `'%d', null`, `'%d', ''`,
  `'%d', Symbol('a')`, `'%d', new Date(5)`, `'%d', 1.5`, `'%i', 42.9`, `'%i', '42.9px'`, `'%i', 12n`, `'%i', {}`, `'%i', -0.5`, `'%i', Symbol('a')`, `'%i', '0x10'`, `'%f', '1.50x'`, `'%f', 'x'`, `'%f', Symbol('a')`, `'%f', -0`, `'%f', '-0'`, `'%f', 12n`, `'%j', { a: [1] }`, `'%j', 'text'`, `'%j', undefined`, `'%j', () => {}`, `'%j', { toJSON() { return 'j'; } }`,
  `const a = {}; a.a = a; console.log('%j', a);`, `'%o', { a: 1 }`, `'%o', [1, 2]`, `'%o', 'text'`, `'%o', 5`, `'%o', { a: { b: { c: { d: { e: { f: 1 } } } } } }`, `'%o', new Map([[1, 2]])`, `'%o', Object.defineProperty({}, 'hidden', { value: 1 })`, `'%O', { a: { b: { c: { d: { e: 1 } } } } }`, `'%O', 'text'`, `'%O', [1, [2, [3, [4]]]]`, `'%c', 'color: red'`, `'%cred%c', 'color: red', ''`, `'%%'`, `'%%', 1`, `'%% %s', 'x'`, `'%%s', 'x'`, `'100%', 'x'`, `'%', 'x'`, `'%x', 1`, `'%s%', 'a'`, `'a%sb%sc', 1, 2`, `'%s%s', 'a'`, `'%%%s%%', 'a'`,
  `'%s', 'a', 'b', { c: 1 }`, `'text', { a: 1 }, [1]`, `1, '%s', 'x'`, `{}, '%s', 1`, `'a\\nb', { c: 'd\\ne' }`, `'%S', 1`, `'% s', 1`, `'%s', '%s', 'x'`, `'%5d', 1`, `'%.2f', 1`, `'%s is %d years and %i days, %f%%', 'Ann', 42, 10.7, 99.5`,
];
