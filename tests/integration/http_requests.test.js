// SPDX-License-Identifier: Apache-2.0
// Requests that are right: each way of HTTP/1.1 to say something, and that the handler sees it as it was said.
'use strict';

const http = require('node:http');
const { assert, limit, suite, within } = require('./lib.js');

const H = 'Host: x\r\n';
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\n${H}${more}\r\n`;
const post = (body, more = '', target = '/') =>
  `POST ${target} HTTP/1.1\r\n${H}${more}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
const chunked = (...pieces) =>
  `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n` +
  pieces.map((p) => `${p.length.toString(16)}\r\n${p}\r\n`).join('') +
  '0\r\n\r\n';

// What the echo handler got, as bytes.
const bodyOf = (event) => Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');

suite('any handler: connections and framing', {}, (target, it) => {
  it('keep-alive: many requests on one connection', async () => {
    const wire = await target.connect();
    for (let i = 0; i < 50; i++) {
      await wire.send(get(`/?n=${i}`));
      const response = await wire.response();
      assert.equal(response.status, 200);
      assert.notEqual(response.get('connection')?.toLowerCase(), 'close');
    }
    wire.destroy();
  });

  it('Connection: close is answered, then closed', async () => {
    const wire = await target.connect();
    await wire.send(get('/', 'Connection: close\r\n'));
    const response = await wire.response();
    assert.equal(response.status, 200);
    assert.equal(response.get('connection').toLowerCase(), 'close');
    await wire.closedClean();
  });

  it('Connection: close among other options, in any case', async () => {
    const wire = await target.connect();
    await wire.send(get('/', 'Connection: foo, CLOSE\r\n'));
    assert.equal((await wire.response()).get('connection').toLowerCase(), 'close');
    await wire.closedClean();
  });

  it('nothing of what follows a request with Connection: close is answered', async () => {
    const wire = await target.connect();
    await wire.send(get('/', 'Connection: close\r\n') + get('/second'));
    assert.equal((await wire.response()).status, 200);
    await wire.closedClean({ reset: true });
  });

  it('HTTP/1.0: answered and closed', async () => {
    const wire = await target.connect();
    await wire.send('GET / HTTP/1.0\r\n\r\n');
    const response = await wire.response();
    assert.equal(response.status, 200);
    assert.deepEqual(response.all('transfer-encoding'), []);
    await wire.closedClean();
  });

  it('HTTP/1.0 with Connection: keep-alive: kept, and said so', async () => {
    const wire = await target.connect();
    for (let i = 0; i < 3; i++) {
      await wire.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
      const response = await wire.response();
      assert.equal(response.status, 200);
      assert.equal(response.get('connection').toLowerCase(), 'keep-alive');
    }
    wire.destroy();
  });

  it('a later minor version is served as 1.1', async () => {
    const response = await target.exchange(`GET / HTTP/1.2\r\n${H}\r\n`);
    assert.equal(response.status, 200);
  });

  it('HEAD: the fields of GET, without the body', async () => {
    const wire = await target.connect();
    await wire.send(get('/'));
    const full = await wire.response();
    await wire.send(`HEAD / HTTP/1.1\r\n${H}\r\n`);
    const head = await wire.response('HEAD');
    assert.equal(head.status, 200);
    assert.match(head.get('content-length'), /^\d+$/);
    assert.equal(head.get('content-type'), full.get('content-type'));
    await wire.send(get('/'));
    assert.equal((await wire.response()).status, 200, 'the connection is in step after HEAD');
    wire.destroy();
  });

  it('empty lines before a request line are skipped', async () => {
    const response = await target.exchange(`\r\n\r\n${get('/')}`);
    assert.equal(response.status, 200);
  });

  it('Host in 1.0 may be missing', async () => {
    assert.equal((await target.exchange('GET / HTTP/1.0\r\nA: b\r\n\r\n')).status, 200);
  });

  it('Host may be empty, have a port, or be an IPv6 address', async () => {
    for (const host of ['', 'example.com', 'example.com:8080', '[::1]:8080', '127.0.0.1']) {
      const response = await target.exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.equal(response.status, 200, `Host: ${host}`);
    }
  });

  it('Expect: 100-continue: first 100, after the body the response', async () => {
    const wire = await target.connect();
    await wire.send(`POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
    const interim = await wire.response('POST');
    assert.equal(interim.status, 100);
    assert.equal(interim.reason, 'Continue');
    await wire.send('hello');
    assert.equal((await wire.response('POST')).status, 200);
    wire.destroy();
  });

  it('Expect: 100-continue in another case, and with a chunked body', async () => {
    const wire = await target.connect();
    await wire.send(`POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n`);
    assert.equal((await wire.response('POST')).status, 100);
    await wire.send('5\r\nhello\r\n0\r\n\r\n');
    assert.equal((await wire.response('POST')).status, 200);
    wire.destroy();
  });

  it('Expect: 100-continue without a body: no 100', async () => {
    const response = await target.exchange(get('/', 'Expect: 100-continue\r\n'));
    assert.equal(response.status, 200);
  });

  it('Expect: 100-continue in HTTP/1.0 is ignored', async () => {
    const wire = await target.connect();
    await wire.send('POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi');
    assert.equal((await wire.response('POST')).status, 200);
    await wire.closedClean();
  });

  it("Node's client does its 100-continue", async () => {
    const { host, port } = target.address;
    const options = { host, port, method: 'POST', headers: { expect: '100-continue', 'content-length': 3 } };
    const status = await within(
      new Promise((resolve, reject) => {
        const request = http.request(options, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        });
        request.on('continue', () => request.end('abc'));
        request.on('error', reject);
        request.flushHeaders();
      }),
      'a response after 100-continue',
    );
    assert.equal(status, 200);
  });

  it('Upgrade to a protocol that is not spoken is ignored', async () => {
    const upgrades = [
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    ];
    for (const upgrade of upgrades) {
      const wire = await target.connect();
      await wire.send(get('/', upgrade));
      assert.equal((await wire.response()).status, 200);
      await wire.send(post('body', upgrade));
      assert.equal((await wire.response('POST')).status, 200);
      await wire.send(get('/'));
      assert.equal((await wire.response()).status, 200, 'the connection still speaks HTTP/1.1');
      wire.destroy();
    }
  });

  it('a response has one Date, a reason phrase and one framing, byte-exact', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const response = await target.exchange(get('/')); // the reader checks the grammar
    assert.equal(response.reason, 'OK');
    const date = Date.parse(response.get('date'));
    if (Math.abs(date - before) > 86400000) return; // a board without a clock
    assert.ok(date >= before - 1000 && date <= Date.now() + 1000, response.get('date'));
  });
});

suite('echo: what the handler sees', { needs: 'echo' }, (target, it) => {
  const event = async (bytes, options) => {
    const response = await target.exchange(bytes, options);
    assert.equal(response.status, 200, response.text);
    return response.json;
  };

  it('pipelining: answered one by one, in order', async () => {
    const wire = await target.connect();
    const count = 3 * 16 + 1;
    await wire.send(Array.from({ length: count }, (_, i) => get(`/${i}`)).join(''));
    for (let i = 0; i < count; i++) assert.equal((await wire.response()).json.path, `/${i}`);
    wire.destroy();
  });

  it('pipelining: bodies, chunked bodies, HEAD and 1.0 mixed in one write', async () => {
    const wire = await target.connect();
    await wire.send(
      post('one', '', '/1') +
        chunked('t', 'wo').replace('POST / ', 'POST /2 ') +
        `HEAD /3 HTTP/1.1\r\n${H}\r\n` +
        get('/4') +
        'GET /5 HTTP/1.0\r\n\r\n',
    );
    const first = (await wire.response('POST')).json;
    assert.deepEqual([first.path, first.body], ['/1', 'one']);
    const second = (await wire.response('POST')).json;
    assert.deepEqual([second.path, second.body], ['/2', 'two']);
    assert.equal((await wire.response('HEAD')).status, 200);
    assert.equal((await wire.response()).json.path, '/4');
    assert.equal((await wire.response()).json.path, '/5');
    await wire.closedClean();
  });

  it('pipelining: a thousand requests at once, while reading', async () => {
    const wire = await target.connect();
    const sending = wire.send(Array.from({ length: 1000 }, (_, i) => post(`body ${i}`, '', `/${i}`)).join(''));
    for (let i = 0; i < 1000; i++) {
      const echoed = (await wire.response('POST')).json;
      assert.deepEqual([echoed.path, echoed.body], [`/${i}`, `body ${i}`]);
    }
    await sending;
    wire.destroy();
  });

  it('chunked: pieces, extensions, upper-case sizes, leading zeros, trailers', async () => {
    const start = `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n`;
    const bodies = [
      ['0\r\n\r\n', null],
      ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
      ['1\r\nh\r\n4\r\nello\r\n0\r\n\r\n', 'hello'],
      ['005\r\nhello\r\n000\r\n\r\n', 'hello'],
      ['A\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
      ['a;name=value;b="c d"\r\n0123456789\r\n0;x\r\n\r\n', '0123456789'],
      ['5\r\nhello\r\n0\r\nTrailer: value\r\nAnother: one\r\n\r\n', 'hello'],
    ];
    const wire = await target.connect();
    for (const [body, expected] of bodies) {
      await wire.send(start + body);
      const echoed = (await wire.response('POST')).json;
      assert.equal(echoed.body, expected, JSON.stringify(body));
      assert.equal(echoed.headers.Trailer, undefined, 'a trailer is no header');
    }
    wire.destroy();
  });

  it('chunked: the coding in another case', async () => {
    const bytes = chunked('abc').replace(': chunked', ': Chunked');
    assert.equal((await event(bytes, { method: 'POST' })).body, 'abc');
  });

  it('the same request, cut at every byte, is the same request', async () => {
    const requests = [
      get('/a%20b?x=1&x=2', 'X-One: 1\r\nX-Empty:\r\nX-Two: two words\r\n'),
      post('\0body\r\n\r\n', 'Content-Type: text/plain\r\n'),
      chunked('first', 'second, longer') + '',
    ];
    const plain = ({ requestContext, ...rest }) => rest;
    for (const request of requests) {
      const method = request.split(' ')[0];
      const expected = plain(await event(request, { method }));
      const wire = await target.connect();
      for (let cut = 1; cut < request.length; cut++) {
        await wire.send([request.slice(0, cut), request.slice(cut)], { turns: 1 });
        assert.deepEqual(plain((await wire.response(method)).json), expected, `cut at ${cut}`);
      }
      wire.destroy();
    }
  });

  it('a request sent byte by byte', async () => {
    const request = post('hello', 'X-Header: value\r\n', '/byte?by=byte');
    const echoed = await event([...request], { method: 'POST', turns: 1 });
    assert.equal(echoed.body, 'hello');
    assert.equal(echoed.path, '/byte');
    assert.equal(echoed.headers['X-Header'], 'value');
  });

  it('two pipelined requests, cut at every byte', async () => {
    const both = post('one', '', '/1') + chunked('two').replace('POST / ', 'POST /2 ');
    const wire = await target.connect();
    for (let cut = 1; cut < both.length; cut++) {
      await wire.send([both.slice(0, cut), both.slice(cut)], { turns: 1 });
      assert.equal((await wire.response('POST')).json.body, 'one', `cut at ${cut}`);
      assert.equal((await wire.response('POST')).json.body, 'two', `cut at ${cut}`);
    }
    wire.destroy();
  });

  it('targets: percent-encoding, double slashes, dots and odd characters pass through as they are', async () => {
    const targets = ['/', '//', '//a//b', '/a%20b', '/%2F%2e%2E/..', '/./a/../b', "/!$&'()*+,;=:@-._~", '/%e4%bd%a0', '/%', '/%zz', '/a;b=c'];
    for (const path of targets) {
      const echoed = await event(get(path));
      assert.equal(echoed.path, path);
      assert.equal(echoed.queryStringParameters, null);
    }
  });

  it('queries pass through as they are', async () => {
    const queries = ['', 'a', 'a=', '=', '&&', 'a=b&a=c', 'a=b=c', 'a?b', '%', '%41=%zz', 'q=//x/?y', '+', "!$'()*,;:@/?"];
    for (const query of queries) {
      const echoed = await event(get(`/p?${query}`));
      assert.equal(echoed.path, '/p');
      assert.equal(echoed.query, query);
    }
  });

  it('absolute-form: path and query of the target, its authority before Host', async () => {
    const echoed = await event('GET http://example.com:81/a/b?c=d HTTP/1.1\r\nHost: other\r\n\r\n');
    assert.equal(echoed.path, '/a/b');
    assert.equal(echoed.query, 'c=d');
    assert.equal(echoed.requestContext.domainName.replace(/:\d+$/, ''), 'example.com');
  });

  it('absolute-form without a path is "/"', async () => {
    assert.equal((await event(`GET http://example.com HTTP/1.1\r\n${H}\r\n`)).path, '/');
    const echoed = await event(`GET http://example.com?a=b HTTP/1.1\r\n${H}\r\n`);
    assert.deepEqual([echoed.path, echoed.query], ['/', 'a=b']);
  });

  it('OPTIONS * is "*"', async () => {
    const echoed = await event(`OPTIONS * HTTP/1.1\r\n${H}\r\n`, { method: 'OPTIONS' });
    assert.deepEqual([echoed.httpMethod, echoed.path], ['OPTIONS', '*']);
  });

  it('every method but CONNECT and TRACE reaches the handler', async () => {
    const methods = (
      'GET POST PUT DELETE PATCH OPTIONS PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT MERGE ' +
      'CHECKOUT MKACTIVITY BIND REBIND UNBIND ACL LINK UNLINK PURGE MKCALENDAR SUBSCRIBE UNSUBSCRIBE NOTIFY'
    ).split(' ');
    const wire = await target.connect();
    for (const method of methods) {
      await wire.send(`${method} /m HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\nhi`);
      const response = await wire.response(method);
      assert.equal(response.status, 200, `${method}: ${response.text}`);
      assert.deepEqual([response.json.httpMethod, response.json.body], [method, 'hi']);
    }
    wire.destroy();
  });

  it('HEAD reaches the handler as HEAD, and Content-Length is that of its body', async () => {
    const wire = await target.connect();
    await wire.send(`HEAD /h HTTP/1.1\r\n${H}\r\n`);
    const head = await wire.response('HEAD');
    await wire.send(get('/h'));
    const full = await wire.response();
    const difference = Number(head.get('content-length')) - full.body.length;
    assert.ok(Math.abs(difference) < 40, `HEAD says ${head.get('content-length')}, GET had ${full.body.length}`);
    wire.destroy();
  });

  it('white space around a field value goes, inside it stays', async () => {
    const echoed = await event(get('/', 'A:b\r\nB: \t c  d\t \r\nC:\t\r\n'));
    assert.equal(echoed.headers.A, 'b');
    assert.equal(echoed.headers.B, 'c  d');
    assert.equal(echoed.headers.C, '');
  });

  it('a field value may hold every byte of its grammar', async () => {
    let value = 'x';
    for (let byte = 0x20; byte <= 0xff; byte++) if (byte !== 0x7f) value += String.fromCharCode(byte);
    value += '\tx';
    const echoed = await event(get('/', `X-All: ${value}\r\n`));
    assert.equal(echoed.headers['X-All'], value);
  });

  it('a field name may hold every character of a token', async () => {
    const name = "!#$%&'*+-.^_`|~09azAZ";
    assert.equal((await event(get('/', `${name}: v\r\n`))).headers[name], 'v');
  });

  it('names like __proto__ and constructor are ordinary fields', async () => {
    const response = await target.exchange(get('/?__proto__=q&toString=t', '__proto__: a\r\nconstructor: b\r\n'));
    assert.equal(response.status, 200);
    assert.ok(response.text.includes('"__proto__":"a"'), response.text);
    assert.ok(response.text.includes('"__proto__":"q"'), response.text);
    assert.ok(response.text.includes('"constructor":"b"'), response.text);
  });

  it('bodies hold any byte, NUL included', async () => {
    const all = Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 0xff));
    for (const body of [Buffer.from('a\0b\0'), Buffer.from('\0'), all, Buffer.from([0xff]), Buffer.from('\r\n\r\n0\r\n\r\n')]) {
      const echoed = (await target.request({ method: 'POST', body })).json;
      assert.deepEqual(bodyOf(echoed), body);
    }
  });

  it('isBase64Encoded: exactly when the body is not UTF-8 text', async () => {
    const text = ['a', 'ä', '\u{1f600}', '\ufeffx', 'a\0b', '\ud7ff\ue000\uffff', '\u{10ffff}'].map((t) => Buffer.from(t));
    const binary = ['ff', 'c0af', 'eda080', 'f4908080', 'e282', '61c3', 'c3c3', '80', 'f8888080', 'f0808080'].map((h) => Buffer.from(h, 'hex'));
    for (const body of text) {
      const echoed = (await target.request({ method: 'POST', body })).json;
      assert.equal(echoed.isBase64Encoded, false, body.toString('hex'));
      assert.equal(echoed.body, body.toString('utf8'));
    }
    for (const body of binary) {
      const echoed = (await target.request({ method: 'POST', body })).json;
      assert.equal(echoed.isBase64Encoded, true, body.toString('hex'));
      assert.equal(echoed.body, body.toString('base64'));
    }
  });

  it('bodies of every size around the block sizes', async () => {
    const sizes = [1, 2, 3, 510, 511, 512, 513, 4095, 4096, 4097, 16383, 16384, 16385, 20479, 20480, 20481, 65535, 65536, 65537, 131072];
    const wire = await target.connect();
    for (const size of sizes.filter((s) => s <= limit('ISERE_HTTP_BODY_BYTES_MAX'))) {
      const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz0123456789');
      await wire.send([`POST / HTTP/1.1\r\n${H}Content-Length: ${size}\r\n\r\n`, body]);
      assert.equal((await wire.response('POST')).json.body, body.toString(), `${size} bytes`);
    }
    wire.destroy();
  });

  it('a body as large as the limit, plain and chunked, binary too', async () => {
    const size = limit('ISERE_HTTP_BODY_BYTES_MAX');
    const body = Buffer.alloc(size, 'isere 0123456789\n');
    const plain = await target.request({ method: 'POST', body });
    assert.equal(plain.status, 200, plain.text.slice(0, 200));
    assert.ok(plain.json.body === body.toString(), 'the body came back as it was');
    const parts = [`POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n`];
    for (let at = 0; at < size; at += 60000) {
      const part = body.subarray(at, at + 60000);
      parts.push(`${part.length.toString(16)}\r\n`, part, '\r\n');
    }
    parts.push('0\r\n\r\n');
    const response = await target.exchange(parts, { method: 'POST' });
    assert.ok(response.json.body === body.toString(), 'the chunked body came back as it was');
    body[size - 1] = 0xff;
    const echoed = (await target.request({ method: 'POST', body })).json;
    assert.equal(echoed.isBase64Encoded, true);
    assert.ok(bodyOf(echoed).equals(body), 'the binary body came back as it was');
  });

  it('GET and DELETE may have bodies', async () => {
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      const echoed = (await target.request({ method, headers: { 'content-length': 3 }, body: 'abc' })).json;
      assert.equal(echoed.body, 'abc');
    }
  });

  it('Content-Length: 0 and no body at all are both null', async () => {
    assert.equal((await event(post(''), { method: 'POST' })).body, null);
    assert.equal((await event(`POST / HTTP/1.1\r\n${H}\r\n`, { method: 'POST' })).body, null);
  });

  it('target, header count and header bytes up to their limits', async () => {
    const path = `/${'a'.repeat(limit('ISERE_HTTP_TARGET_BYTES_MAX') - 1)}`;
    assert.equal((await event(get(path))).path, path);

    const count = limit('ISERE_HTTP_HEADERS_MAX') - 1; // and Host
    const names = Array.from({ length: count }, (_, i) => `X-${i}`);
    const many = await event(get('/', names.map((n) => `${n}: v${n}\r\n`).join('')));
    for (const name of names) assert.equal(many.headers[name], `v${name}`);

    const base = get('/', 'X-Long: \r\n').length;
    const value = 'v'.repeat(limit('ISERE_HTTP_HEAD_BYTES_MAX') - base - 8);
    assert.equal((await event(get('/', `X-Long: ${value}\r\n`))).headers['X-Long'], value);
  });

  it('many connections at once, each with its own answers', async () => {
    const one = async (id) => {
      const wire = await target.connect();
      for (let i = 0; i < 20; i++) {
        await wire.send(post(`${id}:${i}`, '', `/${id}`));
        assert.equal((await wire.response('POST')).json.body, `${id}:${i}`);
      }
      wire.destroy();
    };
    const count = Math.min(100, Math.floor(limit('ISERE_HTTP_CONNS_MAX') / 2));
    await Promise.all(Array.from({ length: count }, (_, id) => one(id)));
  });
});
