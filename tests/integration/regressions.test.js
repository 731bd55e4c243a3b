// SPDX-License-Identifier: Apache-2.0
// What broke the earlier isère: each item is a test of its own, under its own name.
'use strict';

const { ECHO, alone, assert, ms, suite } = require('./lib.js');

const H = 'Host: x\r\n';
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\n${H}${more}\r\n`;

suite('what broke the earlier isère: requests', { needs: 'echo', handler: ECHO }, (target, it) => {
  it('two pipelined requests in one write', async () => {
    const wire = await target.connect();
    await wire.send(get('/first') + get('/second'));
    assert.equal((await wire.response()).json.path, '/first');
    assert.equal((await wire.response()).json.path, '/second');
    wire.destroy();
  });

  it('CONNECT', async () => {
    const response = await target.exchange('CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n');
    assert.equal(response.status, 405);
    assert.ok(response.get('allow'));
    await target.serves();
  });

  it('an empty request header value does not shift the headers after it', async () => {
    const { headers } = (await target.exchange(get('/', 'A: 1\r\nEmpty:\r\nB: 2\r\nEmpty2: \r\nC: 3\r\n'))).json;
    assert.deepEqual(headers, { Host: 'x', A: '1', Empty: '', B: '2', Empty2: '', C: '3' });
  });

  it('request header values over 64 bytes', async () => {
    for (const length of [63, 64, 65, 66, 127, 128, 129, 1000]) {
      const value = 'v'.repeat(length);
      const { headers } = (await target.exchange(get('/', `X-Long: ${value}\r\nAfter: a\r\n`))).json;
      assert.deepEqual(headers, { Host: 'x', 'X-Long': value, After: 'a' });
    }
  });

  it('more than 16 request headers', async () => {
    for (const count of [15, 16, 17, 18, 40]) {
      const names = Array.from({ length: count }, (_, i) => `X-${i}`);
      const { headers } = (await target.exchange(get('/', names.map((n) => `${n}: ${n}\r\n`).join('')))).json;
      assert.deepEqual(headers, { Host: 'x', ...Object.fromEntries(names.map((n) => [n, n])) });
    }
  });

  it('request bodies over 511 bytes', async () => {
    for (const length of [510, 511, 512, 513, 1023, 1024, 1025, 10000]) {
      const body = 'b'.repeat(length);
      assert.equal((await target.request({ method: 'POST', body })).json.body, body);
    }
  });

  it('the target //', async () => {
    assert.equal((await target.exchange(get('//'))).json.path, '//');
    assert.equal((await target.exchange(get('//a'))).json.path, '//a');
  });

  it('the target *', async () => {
    const response = await target.exchange(`OPTIONS * HTTP/1.1\r\n${H}\r\n`);
    assert.equal(response.status, 200);
    assert.equal(response.json.path, '*');
  });

  it('an absolute target', async () => {
    const response = await target.exchange(get('http://example.com/path?q'));
    assert.equal(response.json.path, '/path');
  });

  it('12 silent clients', async () => {
    const wires = await Promise.all(Array.from({ length: 12 }, () => target.connect()));
    await target.serves();
    for (const wire of wires) wire.destroy();
  });
});

const HANDLER = `
const seen = {};
export const handler = async (event) => {
  switch (event.path) {
    case '/number-header': return { headers: { 'X-Number': 42 }, body: 'a' };
    case '/empty-header': return { headers: { 'X-Empty': '', 'X-After': 'after' }, body: 'a' };
    case '/long-header': return { headers: { 'X-Long': 'v'.repeat(1000), 'X-After': 'after' }, body: 'a' };
    case '/many-headers': return { headers: Object.fromEntries(Array.from({ length: 40 }, (_, i) => ['X-' + i, 'v' + i])), body: 'a' };
    case '/nul': return { body: 'before\\0after' };
    case '/long-body': return { body: 'b'.repeat(Number(event.query)) };
    case '/throws': throw new Error('thrown');
    case '/never': return new Promise(() => {});
    case '/timer': setTimeout(() => {}, 600000); return { body: 'a' };
    case '/slow': await new Promise((resolve) => setTimeout(resolve, Number(event.query))); return { body: 'slow' };
    case '/clear': {
      seen.cleared = 'not run';
      const id = setTimeout(() => { seen.cleared = 'run'; }, 1);
      clearTimeout(id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { body: seen.cleared };
    }
    case '/timers': {
      let count = 0;
      await Promise.all(Array.from({ length: 50 }, (_, i) => new Promise((resolve) => setTimeout(() => { count++; resolve(); }, i))));
      return { body: String(count) };
    }
    case '/literals': {
      class Counter { #n = 0; static made = 0; static { Counter.made = 1; } up() { return ++this.#n; } get [Symbol.toStringTag]() { return 'C'; } }
      const { groups } = /(?<year>\\d{4})-(?<month>\\d\\d)/u.exec('on 2024-05-06');
      const proxy = new Proxy({}, { get: (t, name) => 'got ' + String(name) });
      function* three() { yield* [1, 2, 3]; }
      return { body: {
        regexp: ['a-b-c'.replace(/-/g, '+'), groups.year, 'aBc'.match(/b/i)[0], /(?<=a)b/.test('ab'), [...'a1b2'.matchAll(/\\d/g)].length],
        bigint: [String(2n ** 100n), String(BigInt.asUintN(8, 257n)), typeof 1n],
        proxy: proxy.anything,
        map: [...new Map([[{}, 1], ['b', 2]]).values()],
        set: [...new Set([1, 1, 2])],
        weak: new WeakMap([[proxy, 1]]).has(proxy),
        typed: [...new Uint8Array([1, 2, 300])], floats: [...new Float64Array([0.5])], view: new DataView(new ArrayBuffer(8)).getInt16(0),
        counter: [new Counter().up(), Counter.made, String(new Counter())],
        template: \`\${1 + 1}\`, nullish: null ?? 'n', optional: undefined?.x === undefined, spread: [...three()], destructured: (({ a, ...rest }) => rest)({ a: 1, b: 2 }),
        es2023: [[3, 1, 2].toSorted(), [1, 2, 3].findLast((x) => x < 3), [1, 2].with(0, 9), [1, 2, 3].toReversed(), [1, 2, 3].at(-1), Object.groupBy ? 'more' : 'ok'].length,
        symbol: Symbol.for('s').description, date: new Date(0).toISOString(), json: JSON.stringify({ a: [1] }), error: new Error('e', { cause: 'c' }).cause,
        number: 1_000_000, exponent: 2 ** 10, async: await (async () => { let s = 0; for await (const x of [1, Promise.resolve(2)]) s += x; return s; })(),
        reflect: Reflect.ownKeys({ a: 1 }), atomics: typeof Atomics, padded: 'x'.padStart(3, '-'), normal: 'ä'.normalize('NFD').length,
      } };
    }
    default: return { body: 'ok' };
  }
};
`;

suite('what broke the earlier isère: functions', { needs: 'own', handler: HANDLER, options: ['--timeout', String(ms(2000))] }, (target, it) => {
  const ask = (path) => target.exchange(get(path));

  it('a response header value that is a number', async () => {
    assert.equal((await ask('/number-header')).get('x-number'), '42');
  });
  it('a response header value that is empty', async () => {
    const response = await ask('/empty-header');
    assert.equal(response.get('x-empty'), '');
    assert.equal(response.get('x-after'), 'after');
  });
  it('response header values over 64 bytes', async () => {
    const response = await ask('/long-header');
    assert.equal(response.get('x-long'), 'v'.repeat(1000));
    assert.equal(response.get('x-after'), 'after');
  });
  it('more than 16 response headers', async () => {
    const response = await ask('/many-headers');
    for (let i = 0; i < 40; i++) assert.equal(response.get(`x-${i}`), `v${i}`);
  });
  it('a NUL in a response body', async () => {
    const response = await ask('/nul');
    assert.equal(response.text, 'before\0after');
    assert.equal(response.get('content-length'), '12');
  });
  it('response bodies over 511 bytes', async () => {
    for (const length of [510, 511, 512, 513, 1024, 100000]) {
      assert.equal((await ask(`/long-body?${length}`)).text, 'b'.repeat(length));
    }
  });
  it('a handler that throws', async () => {
    const response = await ask('/throws');
    assert.equal(response.status, 500);
    assert.deepEqual(response.json, { errorType: 'Error', errorMessage: 'thrown' });
  });
  it('a handler that never settles', async () => {
    const response = await ask('/never');
    assert.equal(response.status, 504);
    assert.equal(response.json.errorType, 'Runtime.Timeout');
  });
  it('a pending timer that held up every other connection', async () => {
    const slow = await target.connect();
    await slow.send(get(`/slow?${ms(1000)}`));
    const begin = Date.now();
    for (let i = 0; i < 10; i++) await target.serves();
    assert.ok(Date.now() - begin < ms(900), `ten others took ${Date.now() - begin} ms`);
    assert.equal((await slow.response()).text, 'slow');
    slow.destroy();
    assert.equal((await ask('/timer')).text, 'a');
    await target.serves();
  });
  it('clearTimeout', async () => {
    assert.equal((await ask('/clear')).text, 'not run');
  });
  it('more than 5 timers', async () => {
    assert.equal((await ask('/timers')).text, '50');
  });
  it('literals of RegExp and BigInt, Proxy, Map, typed arrays', async () => {
    const response = await ask('/literals');
    assert.equal(response.status, 200, response.text);
    assert.deepEqual(response.json, {
      regexp: ['a+b+c', '2024', 'B', true, 2],
      bigint: ['1267650600228229401496703205376', '1', 'bigint'],
      proxy: 'got anything',
      map: [1, 2],
      set: [1, 2],
      weak: true,
      typed: [1, 2, 44],
      floats: [0.5],
      view: 0,
      counter: [1, 1, '[object C]'],
      template: '2',
      nullish: 'n',
      optional: true,
      spread: [1, 2, 3],
      destructured: { b: 2 },
      es2023: 6,
      symbol: 's',
      date: '1970-01-01T00:00:00.000Z',
      json: '{"a":[1]}',
      error: 'c',
      number: 1000000,
      exponent: 1024,
      async: 3,
      reflect: ['a'],
      atomics: 'object',
      padded: '--x',
      normal: 2,
    });
  });
});

alone('what broke the earlier isère: a handler with a syntax error (was an empty 200)', async (start) => {
  const target = await start({ handler: 'export const handler = async () => { return {{ } };' });
  const response = await target.exchange(get('/'));
  assert.equal(response.status, 500);
  assert.equal(response.json.errorType, 'SyntaxError');
});
