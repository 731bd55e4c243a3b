// SPDX-License-Identifier: Apache-2.0
// The handler's arguments: the event, field by field, and the context. The event cannot be told from a plain object.
'use strict';

const { ECHO, assert, limit, suite } = require('./lib.js');

const get = (target, more = '') => `GET ${target} HTTP/1.1\r\nHost: example.com:8080\r\n${more}\r\n`;

suite('event', { needs: 'echo', handler: ECHO }, (target, it) => {
  const event = async (bytes, options) => {
    const response = await target.exchange(bytes, options);
    assert.equal(response.status, 200, response.text);
    return response.json;
  };

  it('has the fields of the proxy event 1.0, and query', async () => {
    const keys = Object.keys(await event(get('/a?b=c')));
    for (const key of (
      'resource path httpMethod headers multiValueHeaders queryStringParameters multiValueQueryStringParameters ' +
      'pathParameters stageVariables requestContext body isBase64Encoded query'
    ).split(' ')) {
      assert.ok(keys.includes(key), `${key} in ${keys}`);
    }
  });

  it('resource, path, httpMethod', async () => {
    const got = await event(get('/a/b%20c?d=e'));
    assert.equal(got.resource, '/{proxy+}');
    assert.equal(got.path, '/a/b%20c');
    assert.equal(got.httpMethod, 'GET');
  });

  it('pathParameters is an object or null, stageVariables is null or an object', async () => {
    const got = await event(get('/a/b'));
    assert.equal(typeof got.pathParameters, 'object');
    assert.equal(typeof got.stageVariables, 'object');
    if (got.pathParameters?.proxy !== undefined) assert.equal(got.pathParameters.proxy, 'a/b');
  });

  it('headers keep the spelling of the client', async () => {
    const { headers, multiValueHeaders } = await event(get('/', 'X-mIxEd: V\r\nlower: l\r\nUPPER: U\r\n'));
    assert.deepEqual(headers, { Host: 'example.com:8080', 'X-mIxEd': 'V', lower: 'l', UPPER: 'U' });
    assert.deepEqual(multiValueHeaders, { Host: ['example.com:8080'], 'X-mIxEd': ['V'], lower: ['l'], UPPER: ['U'] });
  });

  it('headers keep their order', async () => {
    const { headers } = await event(get('/', 'B: 1\r\nA: 2\r\nC: 3\r\n'));
    assert.deepEqual(Object.keys(headers), ['Host', 'B', 'A', 'C']);
  });

  it('a header that comes again, in whatever case: the first spelling, the last value, all in multiValueHeaders', async () => {
    const got = await event(get('/', 'X-A: 1\r\nOther: o\r\nx-a: 2\r\nX-a: 3\r\n'));
    assert.deepEqual(got.headers, { Host: 'example.com:8080', 'X-A': '3', Other: 'o' });
    assert.deepEqual(got.multiValueHeaders['X-A'], ['1', '2', '3']);
    assert.deepEqual(Object.keys(got.multiValueHeaders), ['Host', 'X-A', 'Other']);
  });

  it('empty header values are empty strings', async () => {
    const got = await event(get('/', 'A:\r\nB: \r\nC: c\r\n'));
    assert.deepEqual([got.headers.A, got.headers.B, got.headers.C], ['', '', 'c']);
    assert.deepEqual(got.multiValueHeaders.A, ['']);
  });

  it('header values are Latin-1', async () => {
    assert.equal((await event(get('/', 'A: \xe4\xc3\xa4\r\n'))).headers.A, 'ä\u00c3\u00a4');
  });

  const queries = {
    'a=1&b=2': { a: ['1'], b: ['2'] },
    'a=1&a=2&b=3&a=4': { a: ['1', '2', '4'], b: ['3'] },
    'a=&b': { a: [''], b: [''] },
    'a=b=c': { a: ['b=c'] },
    '=v': { '': ['v'] },
    'a=%20+%2B': { a: ['  +'] },
    'a+b=c%3Dd': { 'a b': ['c=d'] },
    'x=%E4%BD%A0&%C3%A4=%c3%a4': { x: ['你'], ä: ['ä'] },
    'a=%&b=%4&c=%zz&d=%4g': { a: ['%'], b: ['%4'], c: ['%zz'], d: ['%4g'] },
    'a=%ff&b=%c3': { a: ['\ufffd'], b: ['\ufffd'] },
    'a=%00': { a: ['\0'] },
    'a=%26%3D': { a: ['&='] },
    'a;b=c': { 'a;b': ['c'] },
    'a=/?x': { a: ['/?x'] },
    '10=x&2=y': { 2: ['y'], 10: ['x'] },
  };
  for (const [query, expected] of Object.entries(queries)) {
    it(`query ${query}`, async () => {
      const got = await event(get(`/?${query}`));
      assert.equal(got.query, query);
      assert.deepEqual(got.multiValueQueryStringParameters, expected);
      const last = Object.fromEntries(Object.entries(expected).map(([k, v]) => [k, v.at(-1)]));
      assert.deepEqual(got.queryStringParameters, last);
    });
  }

  it('no query: null, and query is ""', async () => {
    for (const path of ['/', '/?']) {
      const got = await event(get(path));
      assert.equal(got.queryStringParameters, null, path);
      assert.equal(got.multiValueQueryStringParameters, null, path);
      assert.equal(got.query, '', path);
    }
  });

  it('body is a string, never parsed', async () => {
    const got = (await target.request({ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' })).json;
    assert.equal(got.body, '{"a":1}');
    assert.equal(got.isBase64Encoded, false);
  });

  it('no body: null, isBase64Encoded false', async () => {
    const got = await event(get('/'));
    assert.equal(got.body, null);
    assert.equal(got.isBase64Encoded, false);
  });

  it('requestContext', async () => {
    const before = Date.now();
    const { requestContext: got } = await event(get('/a/b?c', 'User-Agent: tester/1.0\r\n'));
    for (const key of ['accountId', 'apiId', 'domainName', 'extendedRequestId', 'httpMethod', 'identity', 'path', 'protocol', 'requestId', 'requestTime', 'requestTimeEpoch', 'resourceId', 'resourcePath', 'stage']) {
      assert.ok(key in got, `${key} in ${Object.keys(got)}`);
    }
    assert.equal(got.httpMethod, 'GET');
    assert.equal(got.path, '/a/b');
    assert.equal(got.protocol, 'HTTP/1.1');
    assert.equal(got.stage, '$default');
    assert.equal(got.resourcePath, '/{proxy+}');
    assert.equal(got.domainName.replace(/:\d+$/, ''), 'example.com');
    assert.match(got.requestId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(typeof got.requestTimeEpoch, 'number');
    const time = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) \+0000$/.exec(got.requestTime);
    assert.ok(time, got.requestTime);
    const parsed = Date.parse(`${time[1]} ${time[2]} ${time[3]} ${time[4]} GMT`);
    assert.equal(parsed, Math.floor(got.requestTimeEpoch / 1000) * 1000);
    if (before - got.requestTimeEpoch < 86400000) {
      assert.ok(got.requestTimeEpoch >= before - 1000 && got.requestTimeEpoch <= Date.now() + 1000);
    }
  });

  it('requestContext.identity: sourceIp, userAgent, the rest null', async () => {
    const { identity } = (await event(get('/', 'User-Agent: tester/1.0\r\n'))).requestContext;
    assert.match(identity.sourceIp, /^(\d+\.\d+\.\d+\.\d+|[0-9a-f:]+)$/);
    assert.equal(identity.userAgent, 'tester/1.0');
    for (const [key, value] of Object.entries(identity)) {
      if (!['sourceIp', 'userAgent'].includes(key)) assert.equal(value, null, key);
    }
    for (const key of ['accountId', 'apiKey', 'caller', 'cognitoIdentityId', 'user', 'userArn']) assert.ok(key in identity, key);
  });

  it('requestContext.identity.userAgent is null when none was sent', async () => {
    assert.equal((await event(get('/'))).requestContext.identity.userAgent, null);
  });

  it('requestContext.protocol of HTTP/1.0', async () => {
    assert.equal((await event('GET / HTTP/1.0\r\n\r\n')).requestContext.protocol, 'HTTP/1.0');
  });

  it('requestId differs from request to request', async () => {
    const ids = new Set();
    const wire = await target.connect();
    for (let i = 0; i < 200; i++) {
      await wire.send(get('/'));
      ids.add((await wire.response()).json.requestContext.requestId);
    }
    wire.destroy();
    assert.equal(ids.size, 200);
  });

  it('100 headers of long names and values, or up to the limits, each in its place', async () => {
    const count_max = Math.min(100, limit('ISERE_HTTP_HEADERS_MAX') - 2);
    const fields = [];
    let bytes = 200; // the rest of the head
    for (let i = 0; i < count_max; i++) {
      const field = `X-Name-${i}-${'n'.repeat(i % 50)}: ${'v'.repeat(i % 64)}${i}\r\n`;
      bytes += field.length;
      if (bytes > limit('ISERE_HTTP_HEAD_BYTES_MAX')) break;
      fields.push(field);
    }
    const count = fields.length;
    const { headers } = await event(get('/', fields.join('')));
    for (let i = 0; i < count; i++) {
      assert.equal(headers[`X-Name-${i}-${'n'.repeat(i % 50)}`], `${'v'.repeat(i % 64)}${i}`);
    }
  });
});

// Each expression is evaluated on an event that nobody has touched, and on a plain copy of one. `e` is the event or one of its objects.
const PROBES = [
  'JSON.stringify(e)',
  'JSON.stringify(e, null, 2)',
  'JSON.stringify({ nested: [e] })',
  "JSON.stringify(e, ['path', 'headers', 'Host', 'a'])",
  'JSON.stringify(e, (k, v) => (typeof v === "string" ? v.length : v))',
  'Object.keys(e)',
  'Object.values(e).length',
  'Object.entries(e)',
  'Object.getOwnPropertyNames(e)',
  'Object.getOwnPropertySymbols(e)',
  'Reflect.ownKeys(e)',
  'Object.getOwnPropertyDescriptors(e)',
  'Object.getOwnPropertyDescriptor(e, Object.keys(e)[0])',
  'Object.getOwnPropertyDescriptor(e, "nothing")',
  '({ ...e })',
  'Object.assign({}, e)',
  'Object.assign(e, { added: 1 })',
  'Object.fromEntries(Object.entries(e))',
  '(() => { const keys = []; for (const key in e) keys.push(key); return keys; })()',
  '(() => { const { a, path, ...rest } = e; return [a, path, rest]; })()',
  'Object.getPrototypeOf(e) === Object.prototype',
  'Object.setPrototypeOf(e, { inherited: 1 }).inherited',
  'e.__proto__ === Object.prototype',
  'e instanceof Object',
  'e.constructor === Object',
  'typeof e',
  'String(e)',
  'Object.prototype.toString.call(e)',
  'e.toString === Object.prototype.toString',
  'e.hasOwnProperty(Object.keys(e)[0])',
  'Object.hasOwn(e, "path")',
  'Object.hasOwn(e, "a")',
  '"path" in e',
  '"Host" in e',
  '"toString" in e',
  '"nothing" in e',
  'e.nothing',
  'e[Symbol.toStringTag]',
  'e[Symbol.iterator]',
  'e.propertyIsEnumerable(Object.keys(e)[0])',
  'Object.isExtensible(e)',
  'Object.isFrozen(e)',
  'Object.isSealed(e)',
  '[Object.isFrozen(Object.freeze(e)), Object.keys(e).length]',
  '[Object.isSealed(Object.seal(e)), Object.keys(e).length]',
  '(() => { Object.preventExtensions(e); try { "use strict"; e.added = 1; } catch (error) { return error.name; } return [e.added, Object.keys(e)]; })()',
  '(() => { "use strict"; Object.freeze(e); try { e[Object.keys(e)[0]] = 1; } catch (error) { return error.name; } return e; })()',
  '(() => { e.added = 1; return e; })()',
  '(() => { e.path = 1; return e; })()',
  '(() => { const key = Object.keys(e)[0]; e[key] = "changed"; return e; })()',
  '(() => { const key = Object.keys(e)[0]; return [delete e[key], key in e, e]; })()',
  '(() => { delete e.nothing; return e; })()',
  '(() => { Object.defineProperty(e, "hidden", { value: 1 }); return [Object.keys(e), e.hidden]; })()',
  '(() => { Object.defineProperty(e, "got", { get() { return 7; }, enumerable: true }); return e; })()',
  '(() => { Reflect.set(e, "path", 5); return e; })()',
  'Reflect.has(e, "path")',
  'Reflect.get(e, "path")',
  '(() => { const made = Object.create(e); return [made.path, Object.keys(made), made.a]; })()',
  '(() => { const made = Object.create(e); made.path = 1; return [made, Object.hasOwn(e, "path")]; })()',
  'new Proxy(e, {}).path',
  'Object.keys(new Proxy(e, {}))',
  'JSON.stringify(new Proxy(e, {}))',
  '(() => { const map = new Map([[e, 1]]); return map.get(e); })()',
  '(() => { const set = new WeakSet([e]); return set.has(e); })()',
  'e === e && e == e',
  'Array.isArray(e)',
  '(() => { try { return [...e]; } catch (error) { return error.name; } })()',
  '(() => { try { return e(); } catch (error) { return error.name; } })()',
  '(() => { try { return e + 1; } catch (error) { return error.name; } })()',
  '(() => { const { path, httpMethod } = e; return [path, httpMethod]; })()',
  '(() => { e.self = e; try { JSON.stringify(e); } catch (error) { return error.name; } finally { delete e.self; } })()',
  'Object.entries(e).map(([key, value]) => [key, typeof value, Array.isArray(value)])',
];
const PARTS = {
  event: 'e',
  headers: 'e.headers',
  multiValueHeaders: 'e.multiValueHeaders',
  queryStringParameters: 'e.queryStringParameters',
  multiValueQueryStringParameters: 'e.multiValueQueryStringParameters',
  requestContext: 'e.requestContext',
  identity: 'e.requestContext.identity',
};
const PROBING = `
const probes = [${PROBES.map((probe) => `(e) => (${probe})`).join(',\n')}];
const parts = {${Object.entries(PARTS).map(([name, path]) => `${name}: (e) => ${path}`).join(', ')}};
const isPlain = (v) => v === null || typeof v !== 'object';
const show = (v, depth = 0) => {
  if (typeof v === 'function') return 'function ' + v.name;
  if (typeof v === 'symbol' || typeof v === 'undefined') return String(v);
  if (isPlain(v)) return JSON.stringify(v);
  if (depth > 6) return '...';
  const open = Array.isArray(v) ? '[' : Object.getPrototypeOf(v) === Object.prototype ? '{' : 'odd{';
  return open + Reflect.ownKeys(v).map((k) => String(k) + ': ' + show(v[k], depth + 1)).join(', ') + '}';
};
export const handler = async (event) => {
  const [twin, part, index] = event.path.slice(1).split('/');
  const root = twin === 'twin' ? JSON.parse(JSON.stringify(event)) : event;
  const value = probes[Number(index)](parts[part](root));
  return { headers: { 'content-type': 'text/plain' }, body: show(value) };
};
`;

suite('event: not to be told from a plain object', { needs: 'own', handler: PROBING }, (target, it) => {
  // What differs from one request to the next.
  const mask = (text) =>
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
      .replace(/\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000/g, 'TIME')
      .replace(/\b1\d{12}\b/g, 'MS')
      .replace(/\/(lazy|twin)\//g, '/either/');
  const fields = 'User-Agent: tester\r\nX-A: 1\r\nx-a: 2\r\nX-B: ä\r\n';

  for (const part of Object.keys(PARTS)) {
    it(`${part}: ${PROBES.length} probes`, async () => {
      const wire = await target.connect();
      for (let i = 0; i < PROBES.length; i++) {
        const seen = [];
        for (const twin of ['lazy', 'twin']) {
          await wire.send(get(`/${twin}/${part}/${i}?a=1&b=%20&a=2`, fields));
          const response = await wire.response();
          assert.equal(response.status, 200, `${PROBES[i]}: ${response.text}`);
          seen.push(mask(response.text));
        }
        assert.equal(seen[0], seen[1], PROBES[i]);
      }
      wire.destroy();
    });
  }
});

const KEEPING = `
const kept = [];
export const handler = async (event, context) => {
  switch (event.path) {
    case '/keep': kept.push(event); return {};
    case '/keep-part': kept.push(event.headers, event.requestContext); return {};
    case '/keep-touched': event.added = { a: 1 }; kept.push(event); return {};
    case '/keep-sync': kept.push(event.requestContext.identity, event.queryStringParameters); return {};
    case '/kept': return { body: kept.splice(0) };
    case '/mutate':
      event.headers.added = 'x';
      event.path = '/other';
      delete event.body;
      event.requestContext.stage = 5;
      event.multiValueHeaders.Host.push('again');
      return { body: event };
    case '/same': return { body: [event.headers === event.headers, event.requestContext.identity === event.requestContext.identity, event.multiValueHeaders.Host === event.multiValueHeaders.Host] };
    default: return { body: {} };
  }
};
`;
suite('event: kept and changed', { needs: 'own', handler: KEEPING }, (target, it) => {
  const ask = async (path, more = '') => {
    const response = await target.exchange(get(path, more));
    assert.equal(response.status, 200, response.text);
    return response;
  };

  for (const [way, check] of Object.entries({
    keep: ([event]) => {
      assert.equal(event.path, '/keep');
      assert.equal(event.headers['X-Kept'], 'value');
      assert.deepEqual(event.multiValueHeaders['X-Kept'], ['value']);
      assert.deepEqual(event.queryStringParameters, { a: 'b' });
      assert.match(event.requestContext.requestId, /^[0-9a-f-]{36}$/);
      assert.equal(event.requestContext.identity.userAgent, 'keeper');
    },
    'keep-part': ([headers, requestContext]) => {
      assert.equal(headers['X-Kept'], 'value');
      assert.equal(requestContext.path, '/keep-part');
    },
    'keep-touched': ([event]) => {
      assert.deepEqual(event.added, { a: 1 });
      assert.equal(event.headers['X-Kept'], 'value');
    },
    'keep-sync': ([identity, query]) => {
      assert.equal(identity.userAgent, 'keeper');
      assert.deepEqual(query, { a: 'b' });
    },
  })) {
    it(`/${way}: still what it was after the response, and after other requests`, async () => {
      await ask(`/${way}?a=b`, 'X-Kept: value\r\nUser-Agent: keeper\r\n');
      for (let i = 0; i < 20; i++) await ask(`/other?x=${'y'.repeat(200)}`, `X-Kept: other${i}\r\nX: ${'z'.repeat(3000)}\r\n`);
      check((await ask('/kept')).json);
    });
  }

  it('changes are the handler\'s own: they show, and the next event is fresh', async () => {
    const got = (await ask('/mutate')).json;
    assert.equal(got.headers.added, 'x');
    assert.equal(got.path, '/other');
    assert.ok(!('body' in got));
    assert.equal(got.requestContext.stage, 5);
    assert.deepEqual(got.multiValueHeaders.Host, ['example.com:8080', 'again']);
    const next = (await ask('/mutate')).json;
    assert.deepEqual(next.multiValueHeaders.Host, ['example.com:8080', 'again']);
  });

  it('its parts are the same objects each time they are read', async () => {
    assert.deepEqual((await ask('/same')).json, [true, true, true]);
  });
});

const CONTEXT = `
let kept;
export const handler = async (event, context, done) => {
  if (event.path === '/kept') return { body: { same: kept.awsRequestId !== context.awsRequestId, ms: typeof kept.getRemainingTimeInMillis() } };
  kept = context;
  const first = context.getRemainingTimeInMillis();
  await new Promise((resolve) => setTimeout(resolve, 30));
  return { body: {
    ...context, keys: Object.keys(context), types: Object.fromEntries(Object.entries(context).map(([k, v]) => [k, typeof v])),
    first, second: context.getRemainingTimeInMillis(), done: typeof done, requestId: event.requestContext.requestId,
    waits: context.callbackWaitsForEmptyEventLoop, arguments: handler.length,
    methods: ['getRemainingTimeInMillis', 'succeed', 'fail', 'done'].map((name) => typeof context[name]),
  } };
};
`;
suite('context', { needs: 'own', handler: CONTEXT, options: ['--timeout', '20000', '--memory', '64M'] }, (target, it) => {
  it('has what Lambda gives', async () => {
    const got = (await target.exchange(get('/'))).json;
    for (const name of ['functionName', 'functionVersion', 'memoryLimitInMB', 'awsRequestId', 'invokedFunctionArn', 'logGroupName', 'logStreamName']) {
      assert.equal(typeof got[name], 'string', name);
      assert.ok(got[name].length > 0, name);
    }
    assert.equal(got.memoryLimitInMB, '64');
    assert.equal(got.awsRequestId, got.requestId);
    assert.match(got.invokedFunctionArn, /^arn:/);
    assert.equal(got.waits, true);
    assert.equal(got.done, 'function');
    assert.deepEqual(got.methods, ['function', 'function', 'function', 'function']);
  });
  it('getRemainingTimeInMillis counts down from the limit', async () => {
    const got = (await target.exchange(get('/'))).json;
    assert.ok(got.first <= 20000 && got.first > 10000, String(got.first));
    assert.ok(got.second <= got.first - 25, `${got.first} then ${got.second}`);
  });
  it('kept after the response it is harmless', async () => {
    await target.exchange(get('/'));
    assert.deepEqual((await target.exchange(get('/kept'))).json, { same: true, ms: 'number' });
  });
});
