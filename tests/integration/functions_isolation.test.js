// SPDX-License-Identifier: Apache-2.0
// Functions that misbehave: each harms only its own invocation, within its limit, while others are served.
'use strict';

const { alone, assert, ms, suite } = require('./lib.js');
const { SLOW, VALGRIND } = require('./lib_time.js');

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;

// What uses up the memory; code so slow may run out of time first.
const FULL = SLOW > 1 ? [500, 504] : [500];

// name: [code of the case, statuses that are right, spins: it is at work until its limit, replaced: its instance is not used again]
const CASES = {
  'for (;;) {}': ['() => { for (;;) {} }', [504], true],
  'a loop after an await': ['async () => { await 0; for (;;) {} }', [504], true],
  'a loop in a timer': ['async () => { setTimeout(() => { for (;;) {} }, 1); await new Promise(() => {}); }', [504], true],
  'a loop that catches everything': ['() => { for (;;) { try { for (;;) {} } catch {} finally { continue; } } }', [504], true],
  'a microtask loop': ['async () => { const next = () => Promise.resolve().then(next); next(); await new Promise(() => {}); }', [500, 504], false],
  'an async loop': ['async () => { for (;;) await 0; }', [504], true],
  'a queueMicrotask loop': ['() => { const next = () => queueMicrotask(next); next(); return new Promise(() => {}); }', [504], true],
  'a catastrophic regular expression': ['() => ({ body: String(/^(a+)+$/.test("a".repeat(50) + "b")) })', [500, 504], true],
  'a catastrophic regular expression with a back reference': ['() => ({ body: String(/^(a|aa|\\1)*$/.test("a".repeat(60) + "b")) })', [500, 504], true],
  'a generator without end': ['() => { function* all() { for (;;) yield 1; } return [...(function* () { for (const x of all()) if (x < 0) yield x; })()]; }', [504], true],
  'a sort whose comparison never ends': ['() => { [3, 1, 2].sort(() => { for (;;) {} }); }', [504], true],
  'a getter of the response that loops': ['async () => ({ get body() { for (;;) {} } })', [500, 502, 504], true],
  'a toJSON that loops': ['async () => ({ body: { toJSON() { for (;;) {} } } })', [500, 502, 504], true],
  'a Proxy as response whose traps loop': ['async () => new Proxy({}, { get() { for (;;) {} } })', [500, 502, 504], true],
  'a thrown error whose message loops': ['async () => { throw { get message() { for (;;) {} } }; }', [500, 504], true],
  'a thenable that loops': ['() => ({ get then() { for (;;) {} } })', [500, 504], true],
  'Atomics.wait': ['() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return {}; }', [500, 504], false, false],
  'a promise that never settles': ['async () => new Promise(() => {})', [504], false, false],
  'unbounded recursion': ['() => { const f = (n) => f(n + 1) + 1; return { body: f(0) }; }', [500], false, false],
  'unbounded recursion through getters': ['() => { const o = { get a() { return this.a; } }; return { body: o.a }; }', [500], false, false],
  'unbounded recursion in toString': ['() => { const o = { toString() { return "" + this; } }; return { body: "" + o }; }', [500], false, false],
  'unbounded recursion through Proxies': ['() => { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return { body: String(p.a) }; }', [500], false, false],
  'JSON.parse of a million brackets': ['() => ({ body: JSON.parse("[".repeat(1e6) + "]".repeat(1e6)) })', [500], false, false],
  'JSON.stringify of a deep object': ['() => { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return { body: o }; }', [500, 502], false, false],
  'a deep regular expression': ['() => ({ body: String(new RegExp("(".repeat(1e5) + ")".repeat(1e5))) })', [500], false, false],
  'a deep program text': ['() => ({ body: String(eval("(".repeat(1e6) + "1" + ")".repeat(1e6))) })', [500], false, false],
  'unbounded allocation: arrays': ['() => { const all = []; for (;;) all.push(new Array(1000).fill(0)); }', [500], false],
  'unbounded allocation: strings': ['() => { const all = []; for (let i = 0; ; i++) all.push(("x".repeat(1000) + i).split("").reverse().join("")); }', [500, 504], false],
  'unbounded allocation: one string that doubles': ['() => { let s = "0123456789"; for (;;) s += s; }', [500], false, false],
  'unbounded allocation: objects in a list': ['() => { let list = null; for (;;) list = { list, more: {} }; }', [500], false],
  'unbounded allocation: a Map': ['() => { const map = new Map(); for (let i = 0; ; i++) map.set(i, { i }); }', [500], false],
  'unbounded allocation: closures and promises': ['async () => { const all = []; for (;;) all.push(new Promise(() => all)); }', FULL, false],
  'unbounded allocation: one huge buffer': ['() => ({ body: String(new Uint8Array(2 ** 31).length) })', [500], false, false],
  'unbounded allocation: a huge array': ['() => ({ body: String(new Array(1e9).fill(0).length) })', [500, 504], false, false],
  'unbounded allocation: a BigInt': ['() => { let n = 3n; for (;;) n *= n; }', [500, 504], false, false],
  'unbounded allocation that is caught again and again': ['() => { const all = []; for (;;) { try { for (;;) all.push(new Array(1000).fill(0)); } catch {} } }', [500, 504], false],
  'unbounded allocation in microtasks': ['async () => { const all = []; for (;;) { all.push(new Array(1000).fill(0)); await 0; } }', FULL, false],
  'a million timers': ['async () => { for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e9); await new Promise(() => {}); }', FULL, false],
  'a million pending promises': ['async () => { const all = []; for (let i = 0; i < 1e6; i++) all.push((async () => { await new Promise(() => {}); })()); await Promise.all(all); }', FULL, false],
  'a response larger than the heap': ['() => ({ body: "x".repeat(2 ** 29) })', [500, 502], false, false],
  'console.log of something huge': ['() => { const o = {}; for (let i = 0; i < 1e5; i++) o["k" + i] = { i }; console.log("%s", "done"); return { body: String(Object.keys(o).length).length }; }', [200, 500, 502], false, false],
};
const HANDLER = `
const id = Math.random().toString(36).slice(2);
const cases = [${Object.values(CASES).map(([code]) => code).join(',\n')}];
export const handler = (event, context, done) => {
  if (event.path === '/id') return { body: id };
  if (event.path === '/') return { body: 'ok' };
  console.log('case ' + event.path.slice(1) + ' on ' + id + ' of ' + event.query);
  return cases[Number(event.path.slice(1))](event, context, done);
};
`;

suite('misbehaving functions', { needs: 'own', handler: HANDLER, options: ['--timeout', String(ms(1000)), '--memory', '24M'] }, (target, it) => {
  Object.entries(CASES).forEach(([name, [, statuses, spins, replaced = true]], index) => {
    if (spins && VALGRIND) return; // it takes all of its limit, in the same few lines: the other runs do it
    it(name, async () => {
      const wire = await target.connect();
      const start = Date.now();
      await wire.send(get(`/${index}?run`));
      let ended = false;
      const offender = wire.response().finally(() => (ended = true));
      offender.catch(() => {});
      const logged = await target.logged(new RegExp(`^case ${index} on \\w+ of run`));

      for (let i = 0; i < 5; i++) await target.serves();
      if (spins) assert.equal(ended, false, 'others are served while it is at work');

      const response = await offender;
      assert.ok(statuses.includes(response.status), `${response.status} ${response.text.slice(0, 300)}`);
      assert.ok(Date.now() - start < ms(1000) + ms(5000), `it took ${Date.now() - start} ms`);
      if (response.status === 504) assert.equal(response.json.errorType, 'Runtime.Timeout');
      wire.destroy();

      for (let i = 0; i < 5; i++) await target.serves();
      if (replaced && response.status >= 500) {
        const id = /on (\w+) of/.exec(logged.message)[1];
        for (let i = 0; i < 5; i++) {
          const now = await target.exchange(get('/id'));
          assert.notEqual(now.text, id, 'the instance was replaced');
        }
      }
    });
  });

  it('ten loops at once, while others are served', async () => {
    const wires = await Promise.all(Array.from({ length: 10 }, () => target.connect()));
    for (const wire of wires) await wire.send(get('/0?many'));
    for (let i = 0; i < 10; i++) await target.serves();
    for (const wire of wires) {
      assert.equal((await wire.response()).status, 504);
      wire.destroy();
    }
    await target.serves();
  });

  it('out of memory again and again leaves the process no larger', async () => {
    const index = Object.keys(CASES).indexOf('unbounded allocation: arrays');
    for (let i = 0; i < 3; i++) await target.exchange(get(`/${index}?again`));
    await target.serves();
    const before = target.rss();
    for (let i = 0; i < 10; i++) assert.equal((await target.exchange(get(`/${index}?again`))).status, 500);
    await target.serves();
    assert.ok(target.rss() < before + 24 * 1024 + 4096, `${before} KB, then ${target.rss()} KB`);
  });
});

suite('memory limit', { needs: 'own', options: ['--memory', '32M', '--timeout', String(ms(20000))], handler: `
export const handler = async (event) => {
  const all = [];
  for (let i = 0; i < Number(event.query); i++) all.push(new Uint8Array(1024 * 1024).fill(i));
  return { body: String(all.length) };
};` }, (target, it) => {
  it('below it: fine, again and again', async () => {
    for (let i = 0; i < 5; i++) assert.equal((await target.exchange(get('/?20'))).text, '20');
  });
  it('above it: 500 Runtime.OutOfMemory, then fine', async () => {
    for (let i = 0; i < 3; i++) {
      const response = await target.exchange(get('/?64'));
      assert.equal(response.status, 500);
      assert.equal(response.json.errorType, 'Runtime.OutOfMemory');
      assert.equal((await target.exchange(get('/?20'))).text, '20');
    }
  });
});

suite('CPU limit', { needs: 'own', handler: "export const handler = (event) => { if (event.path === '/spin') for (;;) {} return { body: 'ok' }; };", options: ['--timeout', '600000', '--cpu', String(ms(500))] }, (target, it) => {
  it('a loop is interrupted: 500 Runtime.CpuLimitExceeded, while others are served', async () => {
    const wire = await target.connect();
    await wire.send(get('/spin'));
    for (let i = 0; i < 20; i++) await target.serves();
    const response = await wire.response();
    assert.equal(response.status, 500, response.text);
    assert.equal(response.json.errorType, 'Runtime.CpuLimitExceeded');
    wire.destroy();
    await target.serves();
  });
});

const COUNTING = `
let count = 0;
globalThis.loads = (globalThis.loads ?? 0) + 1;
console.log('module evaluated');
export const handler = async () => ({ body: { count: ++count, loads } });
`;

suite('warm instances', { needs: 'own', handler: COUNTING }, (target, it) => {
  it('the module is evaluated once per instance, not per request', async () => {
    const seen = [];
    for (let i = 0; i < 20; i++) seen.push((await target.exchange(get('/'))).json);
    assert.deepEqual(seen.map((s) => s.loads), Array(20).fill(1));
    assert.deepEqual(seen.map((s) => s.count), Array.from({ length: 20 }, (_, i) => seen[0].count + i));
    const lines = target.events.filter((e) => e.message === 'module evaluated');
    assert.equal(lines.length, 1);
  });
});

suite('--fresh', { needs: 'own', handler: COUNTING, options: ['--fresh'] }, (target, it) => {
  it('a new instance for every request', async () => {
    for (let i = 0; i < 20; i++) assert.deepEqual((await target.exchange(get('/'))).json, { count: 1, loads: 1 });
  });
  it('also on one connection, pipelined', async () => {
    const wire = await target.connect();
    await wire.send(get('/').repeat(10));
    for (let i = 0; i < 10; i++) assert.deepEqual((await wire.response()).json, { count: 1, loads: 1 });
    wire.destroy();
  });
  it('nothing of it is left', async () => {
    for (let i = 0; i < 50; i++) await target.serves();
    const before = target.rss();
    for (let i = 0; i < 300; i++) await target.serves();
    assert.ok(target.rss() < before + 2048, `${before} KB, then ${target.rss()} KB`);
  });
});

alone('invocations that wait overlap: fifty that wait do not take fifty times as long', async (start) => {
  const target = await start({ handler: 'export const handler = async () => { await new Promise((r) => setTimeout(r, 200)); return { body: "ok" }; };' });
  const begin = Date.now();
  await Promise.all(Array.from({ length: 50 }, () => target.serves()));
  assert.ok(Date.now() - begin < 50 * 200 / 3 + ms(500), `${Date.now() - begin} ms`);
});

// No code of the function runs in such a loop, so nothing of the engine's own looks at the limits.
for (const [name, code] of Object.entries(VALGRIND ? {} : {
  'indexOf over a huge length': 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'join of a huge sparse array': 'new Array(2 ** 32 - 1).join("")',
  'Array.from of a huge length': 'Array.from({ length: 2 ** 32 - 1 })',
  'sorting many numbers again and again': '(() => { const a = Float64Array.from({ length: 1e5 }, Math.random); for (;;) a.slice().sort(); })()',
  'replaceAll on a long text': '"a".repeat(1e5).split("").map((_, i, all) => all.join("").replaceAll("a", "b").length)',
})) {
  alone(`a long loop inside a built-in: ${name}`, async (start) => {
    const target = await start({
      handler: `export const handler = (event) => event.path === '/long' ? (console.log('begun'), { body: String(${code}) }) : { body: 'ok' };`,
      options: ['--timeout', String(ms(1000)), '--memory', '24M'],
    });
    const wire = await target.connect();
    await wire.send(get('/long'));
    await target.logged('begun');
    try {
      for (let i = 0; i < 3; i++) await target.serves();
      const response = await wire.response();
      assert.ok([500, 504].includes(response.status), `${response.status} ${response.text}`);
      await target.serves();
    } catch (error) {
      target.program.kill('SIGKILL'); // it does not listen to SIGTERM either
      target.ended = true;
      throw error;
    } finally {
      wire.destroy();
    }
  });
}
