// SPDX-License-Identifier: Apache-2.0
// What a handler may give back, in which ways, and what becomes of errors, of nothing, and of pending timers.
'use strict';

const { assert, elapse, ms, suite } = require('./lib.js');

const get = (target, more = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

// A handler with a case for each path: {name: code of a function (event, context, done)}.
const handlerOf = (cases, prelude = '') => `${prelude}
const cases = {${Object.entries(cases)
  .map(([name, code]) => `${JSON.stringify(name)}: ${code}`)
  .join(',\n')}};
export const handler = (event, context, done) => cases[event.path.slice(1)](event, context, done);
`;

// A table of {name: [code, check(response)]} becomes a suite.
const table = (title, rows, options = {}) => {
  const cases = Object.fromEntries(Object.entries(rows).map(([name, [code]], i) => [`c${i}`, code]));
  suite(title, { needs: 'own', handler: handlerOf({ ...cases, '': '() => ({})' }, options.prelude), options: options.options }, (target, it) => {
    Object.entries(rows).forEach(([name, [, check]], i) => {
      it(name, async () => {
        const response = await target.exchange(get(`/c${i}`));
        await check(response, target);
        await target.serves();
      });
    });
  });
};

const ok = (body) => (response) => {
  assert.equal(response.status, 200, response.text);
  assert.equal(response.text, body);
};
const failed = (status, errorType, errorMessage) => (response) => {
  assert.equal(response.status, status, response.text);
  assert.equal(response.get('content-type').split(';')[0], 'application/json');
  const got = response.json;
  if (errorType) assert.equal(got.errorType, errorType, response.text);
  if (errorMessage instanceof RegExp) assert.match(got.errorMessage, errorMessage);
  else if (errorMessage !== undefined) assert.equal(got.errorMessage, errorMessage);
  assert.equal(got.trace, undefined, 'a trace is only for --dev');
};
const invalid = (message) => failed(502, 'InvalidResponse', message);

table('responses', {
  'statusCode is 200 when absent': ['async () => ({ body: "a" })', ok('a')],
  'an empty object': ['async () => ({})', ok('')],
  'a statusCode': ['async () => ({ statusCode: 418 })', (r) => assert.equal(r.status, 418)],
  'a statusCode as a string of digits': ['async () => ({ statusCode: "201", body: "x" })', (r) => assert.equal(r.status, 201)],
  'a statusCode without a registered reason': ['async () => ({ statusCode: 299, body: "x" })', (r) => assert.equal(r.status, 299)],
  'statusCode 204 has no body and no Content-Length': ['async () => ({ statusCode: 204, body: "x" })', (r) => assert.equal(r.status, 204)],
  'statusCode 304 has no body': ['async () => ({ statusCode: 304, body: "x" })', (r) => assert.equal(r.status, 304)],
  'a body of text is UTF-8': ['async () => ({ body: "ä你\\u{1f600}" })', ok('ä你\u{1f600}')],
  'a lone surrogate in a body is U+FFFD': ['async () => ({ body: "a\\ud800b" })', ok('a\ufffdb')],
  'an empty body': ['async () => ({ body: "" })', (r) => assert.equal(r.get('content-length'), '0')],
  'a null body': ['async () => ({ body: null })', ok('')],
  'a body with NUL': ['async () => ({ body: "a\\0b" })', ok('a\0b')],
  'an object as body is JSON with its type': [
    'async () => ({ body: { a: [1, "ä"], b: null } })',
    (r) => {
      ok('{"a":[1,"ä"],"b":null}')(r);
      assert.equal(r.get('content-type').split(';')[0], 'application/json');
    },
  ],
  'an array as body is JSON': ['async () => ({ body: [1, 2] })', ok('[1,2]')],
  'an object as body keeps a type that is given': [
    'async () => ({ headers: { "Content-Type": "application/problem+json" }, body: { a: 1 } })',
    (r) => {
      ok('{"a":1}')(r);
      assert.deepEqual(r.all('content-type'), ['application/problem+json']);
    },
  ],
  'an object with toJSON': ['async () => ({ body: { toJSON: () => ({ made: 1 }) } })', ok('{"made":1}')],
  'an object that cannot be JSON is an error': [
    'async () => { const a = {}; a.a = a; return { body: a }; }',
    (r) => assert.ok([500, 502].includes(r.status), r.text),
  ],
  'a getter that throws is an error': [
    'async () => ({ get body() { throw new RangeError("from a getter"); } })',
    (r) => {
      assert.ok([500, 502].includes(r.status), r.text);
      assert.match(r.json.errorMessage, /from a getter/);
    },
  ],
  'isBase64Encoded': ['async () => ({ isBase64Encoded: true, body: "AAH/gA==" })', (r) => assert.deepEqual([...r.body], [0, 1, 255, 128])],
  'isBase64Encoded without padding': ['async () => ({ isBase64Encoded: true, body: "AAH/gA" })', (r) => assert.ok(r.status === 502 || r.body.equals(Buffer.from([0, 1, 255, 128])))],
  'isBase64Encoded that is not Base64': ['async () => ({ isBase64Encoded: true, body: "@@@" })', invalid(/base64/i)],
  'every byte through isBase64Encoded': [
    `async () => ({ isBase64Encoded: true, body: ${JSON.stringify(Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64'))} })`,
    (r) => assert.deepEqual([...r.body], Array.from({ length: 256 }, (_, i) => i)),
  ],
  'bytes as body (Uint8Array)': ['async () => ({ body: new Uint8Array([0, 255, 13, 10]) })', (r) => assert.deepEqual([...r.body], [0, 255, 13, 10])],
  'bytes as body (a part of a buffer)': ['async () => ({ body: new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4) })', (r) => assert.deepEqual([...r.body], [2, 3, 4])],
  'a body of 1 MB': ['async () => ({ body: "0123456789abcdef".repeat(65536) })', (r) => assert.ok(r.body.equals(Buffer.from('0123456789abcdef'.repeat(65536))))],
  'a header that is a string': ['async () => ({ headers: { "X-A": "b c" } })', (r) => assert.equal(r.get('x-a'), 'b c')],
  'a header name keeps its spelling': ['async () => ({ headers: { "x-MiXed": "v" } })', (r) => assert.ok(r.fields.some(([n]) => n === 'x-MiXed'))],
  'a header that is a number': ['async () => ({ headers: { "X-A": 42, "X-B": 1.5, "X-C": 0, "X-D": -1 } })', (r) => assert.deepEqual(['x-a', 'x-b', 'x-c', 'x-d'].map((n) => r.get(n)), ['42', '1.5', '0', '-1'])],
  'a header that is a boolean': ['async () => ({ headers: { "X-A": true, "X-B": false } })', (r) => assert.deepEqual([r.get('x-a'), r.get('x-b')], ['true', 'false'])],
  'a header that is empty': ['async () => ({ headers: { "X-A": "", "X-B": "b" } })', (r) => assert.deepEqual([r.get('x-a'), r.get('x-b')], ['', 'b'])],
  'a header in Latin-1': ['async () => ({ headers: { "X-A": "\\xe4\\xff" } })', (r) => assert.equal(r.get('x-a'), 'ä\xff')],
  'a header of 10,000 bytes': ['async () => ({ headers: { "X-A": "v".repeat(10000) }, body: "b" })', (r) => assert.equal(r.get('x-a'), 'v'.repeat(10000))],
  'headers of 100 names, in order': [
    'async () => ({ headers: Object.fromEntries(Array.from({ length: 100 }, (_, i) => ["X-" + i, i])) })',
    (r) => assert.deepEqual(r.fields.filter(([n]) => /^X-\d/.test(n)), Array.from({ length: 100 }, (_, i) => [`X-${i}`, String(i)])),
  ],
  'headers null': ['async () => ({ headers: null, multiValueHeaders: null, body: "a" })', ok('a')],
  'a Date of its own is the only one': ['async () => ({ headers: { Date: "Sun, 06 Nov 1994 08:49:37 GMT" } })', (r) => assert.deepEqual(r.all('date'), ['Sun, 06 Nov 1994 08:49:37 GMT'])],
  'framing is the server\'s': [
    'async () => ({ headers: { "Content-Length": 3, "Transfer-Encoding": "chunked", "X-A": "b" }, body: "longer than three" })',
    (r) => {
      ok('longer than three')(r);
      assert.equal(r.get('x-a'), 'b');
    },
  ],
  'Connection: close from the handler': ['async () => ({ headers: { Connection: "close" }, body: "a" })', (r) => assert.equal(r.get('connection').toLowerCase(), 'close')],
  'multiValueHeaders': ['async () => ({ multiValueHeaders: { "X-A": ["1", 2, true], "X-B": ["b"] } })', (r) => assert.deepEqual([r.all('x-a'), r.all('x-b')], [['1', '2', 'true'], ['b']])],
  'headers and multiValueHeaders together': ['async () => ({ headers: { "X-A": "a" }, multiValueHeaders: { "X-B": ["b", "c"] } })', (r) => assert.deepEqual([r.all('x-a'), r.all('x-b')], [['a'], ['b', 'c']])],
  'cookies: each a Set-Cookie': ['async () => ({ cookies: ["a=1; Path=/", "b=2"] })', (r) => assert.deepEqual(r.all('set-cookie'), ['a=1; Path=/', 'b=2'])],
  'cookies empty': ['async () => ({ cookies: [], body: "a" })', ok('a')],
  'a response with a null prototype': ['async () => Object.assign(Object.create(null), { body: "a" })', ok('a')],
  'a response from a class': ['async () => new (class { get body() { return "from a class"; } })()', ok('from a class')],
  'a frozen response used again and again': ['async () => frozen', ok('frozen')],
}, { prelude: 'const frozen = Object.freeze({ statusCode: 200, headers: Object.freeze({ a: "b" }), body: "frozen" });' });

table('not a valid response: 502', {
  'undefined from an async handler': ['async () => {}', invalid()],
  'null': ['async () => null', invalid()],
  'a string': ['async () => "text"', invalid()],
  'a number': ['async () => 5', invalid()],
  'true': ['async () => true', invalid()],
  'a symbol': ['async () => Symbol("s")', invalid()],
  'a function': ['async () => () => {}', (r) => assert.ok([200, 502].includes(r.status))],
  'an array': ['async () => [1]', invalid()],
  'a sync handler that returns nothing': ['() => {}', invalid()],
  'done() with nothing': ['(e, c, done) => done()', invalid()],
  'done(null, null)': ['(e, c, done) => done(null, null)', invalid()],
  'succeed() with nothing': ['(e, c) => c.succeed()', invalid()],
  'a statusCode of 0': ['async () => ({ statusCode: 0 })', invalid(/statusCode/)],
  'a statusCode of 99': ['async () => ({ statusCode: 99 })', invalid(/statusCode/)],
  'a statusCode of 100': ['async () => ({ statusCode: 100 })', invalid(/statusCode/)],
  'a statusCode of 101': ['async () => ({ statusCode: 101 })', invalid(/statusCode/)],
  'a statusCode of 600': ['async () => ({ statusCode: 600 })', invalid(/statusCode/)],
  'a statusCode of 200.5': ['async () => ({ statusCode: 200.5 })', invalid(/statusCode/)],
  'a statusCode of NaN': ['async () => ({ statusCode: NaN })', invalid(/statusCode/)],
  'a statusCode that is text': ['async () => ({ statusCode: "ok" })', invalid(/statusCode/)],
  'a statusCode that is null': ['async () => ({ statusCode: null })', (r) => assert.ok([200, 502].includes(r.status))],
  'a statusCode that is an object': ['async () => ({ statusCode: {} })', invalid(/statusCode/)],
  'a header value with CR LF': ['async () => ({ headers: { "X-Bad": "a\\r\\nX-Injected: b" } })', invalid(/X-Bad/)],
  'a header value with LF': ['async () => ({ headers: { "X-Bad": "a\\nb" } })', invalid(/X-Bad/)],
  'a header value with NUL': ['async () => ({ headers: { "X-Bad": "a\\0b" } })', invalid(/X-Bad/)],
  'a header value with a control character': ['async () => ({ headers: { "X-Bad": "a\\x01b" } })', invalid(/X-Bad/)],
  'a header value beyond Latin-1': ['async () => ({ headers: { "X-Bad": "你" } })', invalid(/X-Bad/)],
  'a header name with a space': ['async () => ({ headers: { "X Bad": "v" } })', invalid(/X Bad/)],
  'a header name with a colon': ['async () => ({ headers: { "X-Bad:": "v" } })', invalid(/X-Bad:/)],
  'a header name with CR LF': ['async () => ({ headers: { "X-Bad\\r\\nX-Injected": "v" } })', invalid(/X-Bad/)],
  'an empty header name': ['async () => ({ headers: { "": "v" } })', invalid(/header/i)],
  'a header name beyond ASCII': ['async () => ({ headers: { "X-Bäd": "v" } })', invalid(/X-B/)],
  'a header value that is null': ['async () => ({ headers: { "X-Bad": null } })', invalid(/X-Bad/)],
  'a header value that is undefined': ['async () => ({ headers: { "X-Bad": undefined } })', invalid(/X-Bad/)],
  'a header value that is an object': ['async () => ({ headers: { "X-Bad": {} } })', invalid(/X-Bad/)],
  'a header value that is an array': ['async () => ({ headers: { "X-Bad": ["a"] } })', invalid(/X-Bad[^]*multiValueHeaders/)],
  'a value of multiValueHeaders that is no array': ['async () => ({ multiValueHeaders: { "X-Bad": {} } })', invalid(/X-Bad/)],
  'a bad value in multiValueHeaders': ['async () => ({ multiValueHeaders: { "X-Bad": ["ok", "a\\nb"] } })', invalid(/X-Bad/)],
  'a bad cookie': ['async () => ({ cookies: ["a=b\\r\\nX-Injected: c"] })', invalid(/cookie/i)],
  'more headers than the limit': ['async () => ({ headers: Object.fromEntries(Array.from({ length: 100000 }, (_, i) => ["X-" + i, i])) })', invalid()],
  'a header larger than any buffer': ['async () => ({ headers: { "X-Bad": "v".repeat(1000000) } })', invalid()],
});

table('ways to end', {
  'a returned value of a sync handler': ['() => ({ body: "sync" })', ok('sync')],
  'a returned promise': ['() => Promise.resolve({ body: "promise" })', ok('promise')],
  'a thenable': ['() => ({ then(resolve) { resolve({ body: "thenable" }); } })', ok('thenable')],
  'a thenable that rejects': ['() => ({ then(_, reject) { reject(new TypeError("no")); } })', failed(500, 'TypeError', 'no')],
  'a promise of a promise': ['async () => Promise.resolve(Promise.resolve({ body: "deep" }))', ok('deep')],
  'done(response)': ['(e, c, done) => { done({ body: "done" }); }', ok('done')],
  'done(error)': ['(e, c, done) => { done(new RangeError("from done")); }', failed(500, 'RangeError', 'from done')],
  'callback(null, response)': ['(e, c, callback) => { callback(null, { body: "callback" }); }', ok('callback')],
  'callback(undefined, response)': ['(e, c, callback) => { callback(undefined, { body: "callback" }); }', ok('callback')],
  'callback(error)': ['(e, c, callback) => { callback(new TypeError("from callback")); }', failed(500, 'TypeError', 'from callback')],
  'callback(error, response)': ['(e, c, callback) => { callback(new TypeError("error first"), { body: "no" }); }', failed(500, 'TypeError', 'error first')],
  'callback("text", response)': ['(e, c, callback) => { callback("text", { body: "no" }); }', failed(500, 'string', 'text')],
  'context.succeed': ['(e, c) => { c.succeed({ body: "succeed" }); }', ok('succeed')],
  'context.fail': ['(e, c) => { c.fail(new EvalError("fail")); }', failed(500, 'EvalError', 'fail')],
  'context.fail with text': ['(e, c) => { c.fail("just text"); }', failed(500, 'string', 'just text')],
  'context.done(null, response)': ['(e, c) => { c.done(null, { body: "context.done" }); }', ok('context.done')],
  'context.done(error)': ['(e, c) => { c.done(new URIError("context")); }', failed(500, 'URIError', 'context')],
  'methods of the context without their object': ['(e, { succeed }) => { succeed({ body: "free" }); }', ok('free')],
  'done later, from a timer': ['(e, c, done) => { setTimeout(() => done({ body: "later" }), 5); }', ok('later')],
  'done from a microtask': ['(e, c, done) => { Promise.resolve().then(() => done({ body: "micro" })); }', ok('micro')],
  'the first wins: done, then return': ['(e, c, done) => { done({ body: "first" }); return { body: "second" }; }', ok('first')],
  'the first wins: done twice': ['(e, c, done) => { done({ body: "first" }); done({ body: "second" }); }', ok('first')],
  'the first wins: done, then throw': ['(e, c, done) => { done({ body: "first" }); throw new Error("second"); }', ok('first')],
  'the first wins: done in an async handler': ['async (e, c, done) => { done({ body: "first" }); return { body: "second" }; }', ok('first')],
  'the first wins: succeed, then fail': ['(e, c) => { c.succeed({ body: "first" }); c.fail(new Error("second")); }', ok('first')],
  'the first wins: done(error), then done(response)': ['(e, c, done) => { done(new Error("first")); done({ body: "second" }); }', failed(500, 'Error', 'first')],
  'the first wins: done long before the promise': ['async (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; done({ body: "first" }); await new Promise(() => {}); }', ok('first')],
  'an async handler that awaits timers': ['async () => { for (let i = 0; i < 5; i++) await new Promise((r) => setTimeout(r, 1)); return { body: "awaited" }; }', ok('awaited')],
});

table('errors: 500', {
  'a throw': ['() => { throw new Error("thrown"); }', failed(500, 'Error', 'thrown')],
  'a rejection': ['async () => { throw new TypeError("rejected"); }', failed(500, 'TypeError', 'rejected')],
  'an error of an own class': ['async () => { class MyError extends Error { get name() { return "MyError"; } } throw new MyError("mine"); }', failed(500, 'MyError', 'mine')],
  'an error of the engine': ['async () => null.property', failed(500, 'TypeError')],
  'a reference to nothing': ['async () => nothing', failed(500, 'ReferenceError', /nothing/)],
  'an empty message': ['async () => { throw new Error(); }', failed(500, 'Error', '')],
  'a message with quotes, line feeds and bytes beyond ASCII': ['async () => { throw new Error("a\\"b\\nc\\\\ä你\\u0001"); }', failed(500, 'Error', 'a"b\nc\\ä你\u0001')],
  'a thrown string': ['async () => { throw "text"; }', failed(500, 'string', 'text')],
  'a thrown number': ['async () => { throw 42; }', failed(500, 'number', '42')],
  'a thrown undefined': ['async () => { throw undefined; }', failed(500, 'undefined', 'undefined')],
  'a thrown null': ['async () => { throw null; }', (r) => assert.equal(r.status, 500)],
  'a thrown object': ['async () => { throw { name: "N", message: "m" }; }', (r) => assert.equal(r.status, 500)],
  'a thrown object that throws when it is read': ['async () => { throw { get name() { throw 1; }, get message() { throw 2; }, toString() { throw 3; } }; }', (r) => assert.equal(r.status, 500)],
  'a thrown Proxy that throws': ['async () => { throw new Proxy({}, { get() { throw 1; } }); }', (r) => assert.equal(r.status, 500)],
  'a thrown symbol': ['async () => { throw Symbol("s"); }', (r) => assert.equal(r.status, 500)],
  'an aggregate error': ['async () => { throw new AggregateError([new Error("a")], "all"); }', failed(500, 'AggregateError', 'all')],
  'a throw in a timer callback': ['(e, c, done) => { setTimeout(() => { throw new RangeError("in a timer"); }, 1); }', failed(500, 'RangeError', 'in a timer')],
  'a throw in a timer while a promise is awaited': ['async () => { setTimeout(() => { throw new RangeError("in a timer"); }, 1); await new Promise(() => {}); }', failed(500, 'RangeError', 'in a timer')],
  'an unhandled rejection of another promise': ['async () => { Promise.reject(new Error("nobody")); await new Promise((r) => setTimeout(r, 10000)); return {}; }', failed(500, 'Runtime.UnhandledPromiseRejection', /nobody/)],
  'a rejection that is handled in time is none': ['async () => { const p = Promise.reject(new Error("somebody")); await p.catch(() => {}); return { body: "fine" }; }', ok('fine')],
});

table('errors are logged with their stack', {
  'a throw': [
    'function deepInside() { throw new Error("to be logged") }',
    async (r, target) => {
      assert.equal(r.status, 500);
      const logged = await target.logged('to be logged');
      assert.equal(logged.level, 'error');
      assert.match(logged.message, /deepInside/);
      assert.match(logged.message, /handler\.js:\d+/);
      assert.match(logged.requestId ?? '', /^[0-9a-f-]{36}$/);
    },
  ],
});

suite('no answer in time: 504', {
  needs: 'own',
  options: ['--timeout', String(ms(300))],
  handler: handlerOf({
    never: 'async () => new Promise(() => {})',
    interval: '(e, c, done) => { setInterval(() => {}, 10); }',
    held: '(e, c, done) => { setInterval(() => {}, 10); done({ body: "held back" }); }',
    long: 'async () => { await new Promise((r) => setTimeout(r, 600000)); return {}; }',
    '': '() => ({})',
  }),
}, (target, it) => {
  for (const [name, what] of Object.entries({
    never: 'a promise that never settles',
    interval: 'done never called while an interval goes on',
    held: 'callbackWaitsForEmptyEventLoop with an interval that never ends',
    long: 'a timer beyond the limit',
  })) {
    it(what, async () => {
      const start = Date.now();
      const response = await target.exchange(get(`/${name}`));
      failed(504, 'Runtime.Timeout')(response);
      assert.ok(Date.now() - start >= ms(300) - 20);
      await target.serves();
    });
  }
  it('ten at once, each in its time', async () => {
    const start = Date.now();
    const responses = await Promise.all(Array.from({ length: 10 }, () => target.exchange(get('/never'))));
    for (const response of responses) assert.equal(response.status, 504);
    assert.ok(Date.now() - start < ms(300) * 5, `${Date.now() - start} ms for ten that wait at once`);
    await target.serves();
  });
});

// Whether a response waits is not measured by the clock: what must be waited for leaves a mark that the next request reads; what must
// not be waited for would take ten minutes.
const LONG = 600000;
suite("pending timers: Lambda's rules", {
  needs: 'own',
  handler: handlerOf({
    'callback-waits': '(e, c, done) => { marks.callback = false; setTimeout(() => { marks.callback = true; }, 100); done(null, { body: "a" }); }',
    'callback-waits-chain': '(e, c, done) => { marks.chain = 0; const next = () => { if (++marks.chain < 5) setTimeout(next, 10); }; setTimeout(next, 10); done(null, { body: "a" }); }',
    'callback-waits-interval': '(e, c, done) => { marks.interval = 0; const id = setInterval(() => { if (++marks.interval === 5) clearInterval(id); }, 5); done(null, { body: "a" }); }',
    'callback-no-wait': `(e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, ${LONG}); done(null, { body: "a" }); }`,
    'callback-no-wait-set-later': `(e, c, done) => { setTimeout(() => { c.callbackWaitsForEmptyEventLoop = false; done(null, { body: "a" }); }, 5); setTimeout(() => {}, ${LONG}); }`,
    'promise-no-wait': `async () => { setTimeout(() => {}, ${LONG}); return { body: "a" }; }`,
    'value-no-wait': `() => { setTimeout(() => {}, ${LONG}); return { body: "a" }; }`,
    'succeed-no-wait': `(e, c) => { setTimeout(() => {}, ${LONG}); c.succeed({ body: "a" }); }`,
    'fail-no-wait': `(e, c) => { setTimeout(() => {}, ${LONG}); c.fail(new Error("a")); }`,
    'context-done-no-wait': `(e, c) => { setTimeout(() => {}, ${LONG}); c.done(null, { body: "a" }); }`,
    'cleared': `(e, c, done) => { const id = setTimeout(() => {}, ${LONG}); done(null, { body: "a" }); clearTimeout(id); }`,
    'never-called': '() => { setTimeout(() => { marks.last = true; }, 20); }',
    'arm': 'async () => { setTimeout(() => { marks.thawedAt = Date.now(); }, 10); return {}; }',
    'thaw': 'async (e) => { await new Promise((r) => setTimeout(r, 50)); return { body: { at: marks.thawedAt, start: e.requestContext.requestTimeEpoch } }; }',
    'fail-armed': 'async () => { setTimeout(() => { marks.afterFailure = true; }, 10); throw new Error("armed"); }',
    'wait': 'async () => { await new Promise((r) => setTimeout(r, 60)); return { body: marks }; }',
    'marks': 'async () => ({ body: marks })',
    '': '() => ({})',
  }, 'const marks = {};'),
}, (target, it) => {
  const ask = (path) => target.exchange(get(`/${path}`));
  const marks = async () => (await ask('marks')).json;

  it('callback waits for a timer', async () => {
    ok('a')(await ask('callback-waits'));
    assert.equal((await marks()).callback, true);
  });
  it('callback waits for timers that timers set', async () => {
    ok('a')(await ask('callback-waits-chain'));
    assert.equal((await marks()).chain, 5);
  });
  it('callback waits for an interval until it is cleared', async () => {
    ok('a')(await ask('callback-waits-interval'));
    assert.equal((await marks()).interval, 5);
  });
  it('callbackWaitsForEmptyEventLoop = false: at once', async () => ok('a')(await ask('callback-no-wait')));
  it('callbackWaitsForEmptyEventLoop = false, set late', async () => ok('a')(await ask('callback-no-wait-set-later')));
  it('a promise does not wait', async () => ok('a')(await ask('promise-no-wait')));
  it('a returned value does not wait', async () => ok('a')(await ask('value-no-wait')));
  it('context.succeed does not wait', async () => ok('a')(await ask('succeed-no-wait')));
  it('context.fail does not wait', async () => failed(500, 'Error', 'a')(await ask('fail-no-wait')));
  it('context.done does not wait', async () => ok('a')(await ask('context-done-no-wait')));
  it('a cleared timer is not waited for', async () => ok('a')(await ask('cleared')));
  it('done never called: 502 once the last timer has ended', async () => {
    const response = await ask('never-called');
    invalid()(response);
    assert.equal((await marks()).last, true);
  });
  it('after the response timers are frozen, and go on with the next invocation', async () => {
    assert.equal((await ask('arm')).status, 200);
    await elapse(200);
    const { at, start } = (await ask('thaw')).json;
    assert.ok(at >= start, `it went off ${start - at} ms before the next invocation began`);
  });
  it('timers of a failed invocation are cancelled', async () => {
    failed(500, 'Error', 'armed')(await ask('fail-armed'));
    assert.equal((await ask('wait')).json.afterFailure, undefined);
  });
});

table('timers', {
  'arguments are passed on': ['async () => ({ body: await new Promise((r) => setTimeout((...a) => r(a), 1, 1, "b", null)) })', ok('[1,"b",null]')],
  'in the order of their times, then of their making': [
    'async () => { const seen = []; for (const [id, t] of [["c", 20], ["a", 1], ["d", 20], ["b", 5]]) setTimeout(() => seen.push(id), t); await new Promise((r) => setTimeout(r, 40)); return { body: seen.join("") }; }',
    ok('abcd'),
  ],
  'a hundred timers': ['async () => { let n = 0; await Promise.all(Array.from({ length: 100 }, (_, i) => new Promise((r) => setTimeout(() => { n++; r(); }, i % 7)))); return { body: String(n) }; }', ok('100')],
  'clearTimeout': ['async () => { let hit = false; const id = setTimeout(() => { hit = true; }, 1); clearTimeout(id); await new Promise((r) => setTimeout(r, 20)); return { body: String(hit) }; }', ok('false')],
  'clearTimeout of anything is harmless': ['async () => { for (const v of [undefined, null, NaN, -1, 0, 1e9, "x", {}, [], () => {}]) { clearTimeout(v); clearInterval(v); } return { body: "fine" }; }', ok('fine')],
  'setInterval until cleared': ['async () => { let n = 0; await new Promise((r) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); r(); } }, 1); }); return { body: String(n) }; }', ok('3')],
  'queueMicrotask before timers': ['async () => { const s = []; setTimeout(() => s.push("timer"), 0); queueMicrotask(() => s.push("micro")); s.push("sync"); await new Promise((r) => setTimeout(r, 10)); return { body: s.join() }; }', ok('sync,micro,timer')],
  'a timer is never early': ['async () => { const t = Date.now(); await new Promise((r) => setTimeout(r, 50)); return { body: String(Date.now() - t >= 49) }; }', ok('true')],
  'a string is no callback': ['async () => { try { setTimeout("1", 1); return { body: "ran" }; } catch (e) { return { body: e.name }; } }', ok('TypeError')],
});

suite('--dev adds the trace', { needs: 'own', options: ['--dev'], handler: handlerOf({ throw: 'async function inTheMiddle() { throw new Error("traced"); }', text: 'async () => { throw "text"; }' }) }, (target, it) => {
  it('of an error', async () => {
    const response = await target.exchange(get('/throw'));
    assert.equal(response.status, 500);
    const { errorType, errorMessage, trace } = response.json;
    assert.deepEqual([errorType, errorMessage], ['Error', 'traced']);
    assert.ok(Array.isArray(trace) && trace.length > 0, response.text);
    assert.match(trace.join('\n'), /inTheMiddle/);
    assert.match(trace.join('\n'), /handler\.js:\d+/);
  });
  it('of a thrown string: none or empty', async () => {
    const response = await target.exchange(get('/text'));
    assert.equal(response.json.errorMessage, 'text');
  });
});
