// SPDX-License-Identifier: Apache-2.0
// Requests that are wrong: each gets its status, the connection is closed where the table says so, and the next ordinary request
// succeeds. Each row is sent in one write and byte by byte.
'use strict';

const { assert, limit, ms, suite } = require('./lib.js');

const H = 'Host: x\r\n';
const get = (more) => `GET / HTTP/1.1\r\n${H}${more}\r\n`;
const post = (more, body) => `POST / HTTP/1.1\r\n${H}${more}\r\n${body}`;
const chunks = (body) => post('Transfer-Encoding: chunked\r\n', body);
const HEAD_MAX = limit('ISERE_HTTP_HEAD_BYTES_MAX');
const TARGET_MAX = limit('ISERE_HTTP_TARGET_BYTES_MAX');
const BODY_MAX = limit('ISERE_HTTP_BODY_BYTES_MAX');
const HEADERS_MAX = limit('ISERE_HTTP_HEADERS_MAX');

const MALFORMED = {
  'request line: a method alone': 'GET\r\n\r\n',
  'request line: no version (HTTP/0.9)': 'GET /\r\n\r\n',
  'request line: two spaces': `GET  / HTTP/1.1\r\n${H}\r\n`,
  'request line: a space before the version twice': `GET /  HTTP/1.1\r\n${H}\r\n`,
  'request line: a space in front': ` GET / HTTP/1.1\r\n${H}\r\n`,
  'request line: something after the version': `GET / HTTP/1.1 x\r\n${H}\r\n`,
  'request line: a tab instead of a space': `GET\t/ HTTP/1.1\r\n${H}\r\n`,
  'request line: a space in the target': `GET /a b HTTP/1.1\r\n${H}\r\n`,
  'request line: a target without a slash': `GET foo HTTP/1.1\r\n${H}\r\n`,
  'request line: a control character in the target': `GET /\x01 HTTP/1.1\r\n${H}\r\n`,
  'request line: NUL in the target': `GET /\0 HTTP/1.1\r\n${H}\r\n`,
  'request line: DEL in the target': `GET /\x7f HTTP/1.1\r\n${H}\r\n`,
  'request line: a bare CR in the target': `GET /\rx HTTP/1.1\r\n${H}\r\n`,
  'request line: a method that is no token': `G@T / HTTP/1.1\r\n${H}\r\n`,
  'request line: a version in lower case': `GET / http/1.1\r\n${H}\r\n`,
  'request line: another protocol': `GET / FTP/1.1\r\n${H}\r\n`,
  'request line: a version without a minor': `GET / HTTP/1\r\n${H}\r\n`,
  'request line: a version of three digits': `GET / HTTP/1.10\r\n${H}\r\n`,
  'request line: a version that is no number': `GET / HTTP/1.x\r\n${H}\r\n`,
  'a TLS greeting': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + '\x00\xa5'.repeat(40),
  'bytes at random': '\x00\x01\x02\xff\xfe\r\n\r\n',
  'header: NUL in a value': get('A: b\0c\r\n'),
  'header: NUL in a name': get('A\0b: c\r\n'),
  'header: a bare CR in a value': get('A: b\rc\r\n'),
  'header: a bare CR in a name': get('A\rB: c\r\n'),
  'header: a bare CR before the line end': get('A: b\r\r\n'),
  'header: a control character in a value': get('A: b\x01c\r\n'),
  'header: DEL in a value': get('A: b\x7fc\r\n'),
  'header: obs-fold with a space': get('A: b\r\n c\r\n'),
  'header: obs-fold with a tab': get('A: b\r\n\tc\r\n'),
  'header: obs-fold after the request line': `GET / HTTP/1.1\r\n ${H}\r\n`,
  'header: a space before the colon': get('A : b\r\n'),
  'header: a tab before the colon': get('A\t: b\r\n'),
  'header: no colon': get('Abc\r\n'),
  'header: an empty name': get(': b\r\n'),
  'header: a name that is no token': get('A(b): c\r\n'),
  'header: a name with a byte above 0x7f': get('A\xe4: c\r\n'),
  'chunk: a size that is no number': chunks('zz\r\n'),
  'chunk: a negative size': chunks('-1\r\n'),
  'chunk: a size with a sign': chunks('+5\r\nhello\r\n0\r\n\r\n'),
  'chunk: a size with 0x': chunks('0x5\r\nhello\r\n0\r\n\r\n'),
  'chunk: no size': chunks('\r\nhello\r\n0\r\n\r\n'),
  'chunk: longer than its size': chunks('5\r\nhello!\r\n0\r\n\r\n'),
  'chunk: no CRLF after it': chunks('5\r\nhello0\r\n\r\n'),
  'chunk: a bare CR in an extension': chunks('5;a\rb\r\nhello\r\n0\r\n\r\n'),
  'chunk: a bad trailer': chunks('0\r\nA : b\r\n\r\n'),
  'Content-Length: two that differ': post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!'),
  'Content-Length: a list that differs': post('Content-Length: 5, 6\r\n', 'hello!'),
  'Content-Length: with a plus': post('Content-Length: +5\r\n', 'hello'),
  'Content-Length: with a minus': post('Content-Length: -5\r\n', 'hello'),
  'Content-Length: not a number': post('Content-Length: 5x\r\n', 'hello'),
  'Content-Length: hexadecimal': post('Content-Length: 0x5\r\n', 'hello'),
  'Content-Length: empty': post('Content-Length:\r\n', 'hello'),
  'Content-Length: two numbers': post('Content-Length: 5 5\r\n', 'hello'),
  'Content-Length beside Transfer-Encoding': post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'Transfer-Encoding beside Content-Length': post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  'Host: missing in 1.1': 'GET / HTTP/1.1\r\nA: b\r\n\r\n',
  'Host: missing in 1.1, no header at all': 'GET / HTTP/1.1\r\n\r\n',
  'Host: missing beside an absolute target': 'GET http://x/ HTTP/1.1\r\nA: b\r\n\r\n',
  'Host: twice, the same': `GET / HTTP/1.1\r\n${H}${H}\r\n`,
  'Host: twice, different': `GET / HTTP/1.1\r\n${H}Host: y\r\n\r\n`,
  'Host: with a space': 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
  'Host: with a slash': 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
};

const OTHERS = {
  'body: Content-Length one above the limit': [413, post(`Content-Length: ${BODY_MAX + 1}\r\n`, '')],
  'body: Content-Length far above the limit': [413, post('Content-Length: 9223372036854775807\r\n', '')],
  'body: Content-Length beyond 64 bits': [[400, 413], post('Content-Length: 18446744073709551621\r\n', 'hello')],
  'body: a chunk above the limit': [413, chunks(`${(BODY_MAX + 1).toString(16)}\r\n`)],
  'body: a chunk size beyond 64 bits': [413, chunks('10000000000000005\r\nhello\r\n0\r\n\r\n')],
  'target: one above the limit': [414, `GET /${'a'.repeat(TARGET_MAX)} HTTP/1.1\r\n${H}\r\n`],
  'target: a line that never ends': [414, `GET /${'a'.repeat(HEAD_MAX + 100)}`],
  'target: a query above the limit': [414, `GET /?${'a'.repeat(TARGET_MAX)} HTTP/1.1\r\n${H}\r\n`],
  'headers: one too many': [431, get(Array.from({ length: HEADERS_MAX }, (_, i) => `X-${i}: v\r\n`).join(''))],
  'headers: a value too long': [431, get(`X: ${'v'.repeat(HEAD_MAX)}\r\n`)],
  'headers: a name too long': [431, get(`${'X'.repeat(HEAD_MAX)}: v\r\n`)],
  'headers: too long together': [431, get(Array.from({ length: 40 }, (_, i) => `X-${i}: ${'v'.repeat(Math.ceil(HEAD_MAX / 40))}\r\n`).join(''))],
  'headers: one that never ends': [431, `GET / HTTP/1.1\r\n${H}X: ${'v'.repeat(HEAD_MAX)}`],
  'transfer coding: gzip': [501, post('Transfer-Encoding: gzip\r\n', '')],
  'transfer coding: gzip, chunked': [501, post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
  'transfer coding: in two fields': [[400, 501], post('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  'transfer coding: xchunked': [501, post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
  'version: HTTP/2.0': [505, `GET / HTTP/2.0\r\n${H}\r\n`],
  'version: HTTP/3.0': [505, `GET / HTTP/3.0\r\n${H}\r\n`],
  'version: HTTP/0.9': [505, `GET / HTTP/0.9\r\n${H}\r\n`],
  'version: the HTTP/2 preface': [505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
};

// The server's own answers tell in JSON what was wrong.
const checkBody = (response) => {
  assert.equal(response.get('content-type')?.split(';')[0], 'application/json');
  const { errorType, errorMessage } = response.json;
  assert.ok(typeof errorType === 'string' && errorType.length > 0, response.text);
  assert.ok(typeof errorMessage === 'string' && errorMessage.length > 0, response.text);
};

const refused = async (target, status, bytes, pieces) => {
  const wire = await target.connect();
  try {
    await wire.send(pieces, { turns: pieces.length > 1 ? 1 : 0 });
  } catch (error) {
    if (pieces.length === 1) throw error; // the rest of the bytes may come after the close
  }
  const response = await wire.response(bytes.split(' ')[0] === 'HEAD' ? 'HEAD' : 'POST');
  assert.ok([].concat(status).includes(response.status), `${response.status} ${response.text}`);
  assert.equal(response.get('connection')?.toLowerCase(), 'close');
  checkBody(response);
  wire.finish();
  await wire.closedClean({ reset: pieces.length > 1 });
};

suite('malformed: 400, then close', {}, (target, it) => {
  for (const [name, bytes] of Object.entries(MALFORMED)) {
    it(name, async () => {
      await refused(target, 400, bytes, [bytes]);
      await refused(target, 400, bytes, [...bytes]);
      await target.serves();
    });
  }

  it('each after a good request on the same connection: the first is answered, then 400', async () => {
    for (const [name, bytes] of Object.entries(MALFORMED)) {
      const wire = await target.connect();
      await wire.send(get('') + bytes);
      assert.equal((await wire.response()).status, 200, name);
      const response = await wire.response('POST');
      assert.equal(response.status, 400, name);
      wire.finish();
      await wire.closedClean();
    }
    await target.serves();
  });
});

suite('too much, or not spoken: 413, 414, 431, 501, 505, then close', {}, (target, it) => {
  for (const [name, [status, bytes]] of Object.entries(OTHERS)) {
    it(`${[].concat(status).join(' or ')}: ${name}`, async () => {
      await refused(target, status, bytes, [bytes]);
      const half = Math.floor(bytes.length / 2);
      await refused(target, status, bytes, [bytes.slice(0, half), bytes.slice(half)]);
      await target.serves();
    });
  }

  it('413: chunks that together exceed the limit', async () => {
    const wire = await target.connect();
    const part = Buffer.alloc(64 * 1024, 'x');
    await wire.send(post('Transfer-Encoding: chunked\r\n', ''));
    for (let sent = 0; sent <= BODY_MAX && wire.received === 0; sent += part.length) {
      await wire.send([`${part.length.toString(16)}\r\n`, part, '\r\n']);
    }
    const response = await wire.response('POST');
    assert.equal(response.status, 413);
    checkBody(response);
    wire.finish();
    await wire.closedClean();
    await target.serves();
  });

  it('413 comes instead of 100 Continue', async () => {
    const bytes = post(`Content-Length: ${BODY_MAX + 1}\r\nExpect: 100-continue\r\n`, '');
    await refused(target, 413, bytes, [bytes]);
    await target.serves();
  });

  it('413 reaches a client that goes on sending its body', async () => {
    const wire = await target.connect();
    const body = Buffer.alloc(1024 * 1024, 'x');
    const sending = wire.send([post(`Content-Length: ${BODY_MAX + body.length}\r\n`, ''), body]).catch(() => {});
    assert.equal((await wire.response('POST')).status, 413);
    wire.destroy();
    await sending;
    await target.serves();
  });

  it('431: trailers too long', async () => {
    const bytes = chunks(`0\r\nX: ${'v'.repeat(HEAD_MAX)}\r\n\r\n`);
    await refused(target, [400, 431], bytes, [bytes]);
    await target.serves();
  });

  it('a chunk extension too long', async () => {
    const bytes = chunks(`5;${'x'.repeat(4 * HEAD_MAX)}\r\nhello\r\n0\r\n\r\n`);
    await refused(target, [400, 413, 431], bytes, [bytes]);
    await target.serves();
  });

  it('417: an expectation that is not known', async () => {
    const response = await target.exchange(post('Expect: the-unexpected\r\nContent-Length: 2\r\n', 'hi'), { method: 'POST' });
    assert.equal(response.status, 417);
    checkBody(response);
    await target.serves();
  });
});

suite('methods that are not for handlers', {}, (target, it) => {
  it('405 with Allow: CONNECT', async () => {
    const response = await target.exchange('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    assert.equal(response.status, 405);
    const allowed = response.get('allow').split(/\s*,\s*/);
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      assert.ok(allowed.includes(method), response.get('allow'));
    }
    assert.ok(!allowed.includes('CONNECT') && !allowed.includes('TRACE'), response.get('allow'));
    checkBody(response);
    await target.serves();
  });

  it('405 with Allow: TRACE', async () => {
    const response = await target.exchange(`TRACE / HTTP/1.1\r\n${H}\r\n`);
    assert.equal(response.status, 405);
    assert.ok(response.get('allow').includes('GET'));
    await target.serves();
  });

  it('what follows CONNECT is never taken for a tunnel', async () => {
    const wire = await target.connect();
    await wire.send('CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n\x00\x01\x02binary');
    assert.equal((await wire.response()).status, 405);
    wire.finish();
    const rest = (await wire.closed({ reset: true })).toString('latin1');
    assert.ok(rest === '' || rest.startsWith('HTTP/1.1 400 '), JSON.stringify(rest));
    await target.serves();
  });

  it('501: an unknown method', async () => {
    for (const method of ['FOO', 'get', 'GETX', 'X'.repeat(100), "!#$%&'*+-.^_`|~"]) {
      const response = await target.exchange(`${method} / HTTP/1.1\r\n${H}\r\n`);
      assert.equal(response.status, 501, method);
      checkBody(response);
      await target.serves();
    }
  });
});

suite('not complete in time: 408, then close', { needs: 'own', options: ['--head-timeout', String(ms(300))] }, (target, it) => {
  const late = async (bytes) => {
    const wire = await target.connect();
    await wire.send(bytes);
    const response = await wire.response('POST');
    assert.equal(response.status, 408, response.text);
    assert.equal(response.get('connection').toLowerCase(), 'close');
    checkBody(response);
    wire.finish();
    await wire.closedClean();
    await target.serves();
  };
  it('half a request line', () => late('GET / HT'));
  it('a head without its end', () => late(`GET / HTTP/1.1\r\n${H}A: b\r\n`));
  it('a good request, then half a one', async () => {
    const wire = await target.connect();
    await wire.send(get('') + 'GET / HTTP/1.1\r\nHo');
    assert.equal((await wire.response()).status, 200);
    assert.equal((await wire.response()).status, 408);
    wire.finish();
    await wire.closedClean();
    await target.serves();
  });
  it('a head that trickles in, a byte now and then, does not hold on for ever', async () => {
    const wire = await target.connect();
    await wire.send(`GET / HTTP/1.1\r\n${H}X: `);
    const trickle = setInterval(() => wire.socket.write('x'), ms(50));
    try {
      assert.equal((await wire.response()).status, 408);
    } finally {
      clearInterval(trickle);
      wire.destroy();
    }
    await target.serves();
  });
});

suite('a body not complete in time: 408, then close', { needs: 'own', options: ['--head-timeout', String(ms(300))] }, (target, it) => {
  const bodies = {
    'none of it': post('Content-Length: 5\r\n', ''),
    'part of it': post('Content-Length: 5\r\n', 'he'),
    'a chunk without the last one': chunks('5\r\nhello\r\n'),
    'none after 100 Continue': post('Content-Length: 5\r\nExpect: 100-continue\r\n', ''),
  };
  for (const [name, bytes] of Object.entries(bodies)) {
    it(name, async () => {
      const wire = await target.connect();
      await wire.send(bytes);
      let response = await wire.response('POST');
      if (response.status === 100) response = await wire.response('POST');
      assert.equal(response.status, 408, response.text);
      checkBody(response);
      wire.finish();
      await wire.closedClean();
      await target.serves();
    });
  }
});
