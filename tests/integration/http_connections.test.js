// SPDX-License-Identifier: Apache-2.0
// Connections: idle, silent, half closed, gone, slow, too many.
'use strict';

const { REMOTE, SLOW, Wire, alone, assert, elapse, limit, ms, suite, tick, until } = require('./lib.js');

const H = 'Host: x\r\n';
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\n${H}${more}\r\n`;

// Paths of a handler that takes its time.
const SLOW_HANDLER = `
const big = 'isere 0123456789'.repeat(320 * 1024);  // 5 MB
export const handler = (event) => {
  switch (event.path) {
    case '/never': return new Promise(() => {});
    case '/spin': for (;;) {}
    case '/big': return { body: big };
    case '/later': return new Promise((resolve) => setTimeout(resolve, Number(event.query), { body: 'later' }));
    case '/tell': return new Promise((resolve) => setTimeout(() => { console.log('told ' + event.query); resolve({}); }, ${ms(500)}));
    default: return { body: 'ok' };
  }
};
`;
const BIG = Buffer.from('isere 0123456789'.repeat(320 * 1024));

suite('silent clients', {}, (target, it) => {
  const silent = async (count) => {
    const wires = [];
    try {
      for (let i = 0; i < count; i++) wires.push(await target.connect());
      for (let i = 0; i < 20; i++) await target.serves();
    } finally {
      for (const wire of wires) wire.destroy();
    }
    await target.serves();
  };

  it('12 silent clients do not lock others out', () => silent(12));
  it('as many silent clients as there are slots, and more', async (t) => {
    if (limit('ISERE_HTTP_CONNS_MAX') > 1000) return t.skip('the target has many slots: 5000 are tried below');
    await silent(limit('ISERE_HTTP_CONNS_MAX') * 2);
  });
  it('12 clients that sent half a request do not lock others out', async () => {
    const wires = await Promise.all(Array.from({ length: 12 }, () => target.connect()));
    for (const wire of wires) await wire.send('GET / HT');
    for (let i = 0; i < 20; i++) await target.serves();
    for (const wire of wires) wire.destroy();
    await target.serves();
  });
});

suite('5000 silent clients', { needs: 'own' }, (target, it) => {
  it('more than there are slots: others are served all the time', async () => {
    const count = SLOW > 1 ? 4300 : 5000;
    assert.ok(count > limit('ISERE_HTTP_CONNS_MAX'));
    const wires = [];
    try {
      for (let i = 0; i < count; i++) {
        wires.push(await target.connect());
        if (i % 500 === 0) await target.serves();
      }
      for (let i = 0; i < 10; i++) await target.serves();
      const open = wires.filter((wire) => !wire.ended).length;
      assert.ok(open <= limit('ISERE_HTTP_CONNS_MAX'), `${open} are still open`);
      assert.ok(open > limit('ISERE_HTTP_CONNS_MAX') / 2, `only ${open} are still open`);
    } finally {
      for (const wire of wires) wire.destroy();
    }
    const before = 12; // listener, epoll's own and the like
    await until(() => target.sockets() < before, 'the end of the 5000 sockets');
    await target.serves();
  });
});

suite('idle connections', { needs: 'own', options: ['--idle-timeout', String(ms(300))] }, (target, it) => {
  it('one without any request is closed silently after the idle timeout', async () => {
    const wire = await target.connect();
    const start = Date.now();
    const rest = await wire.closed();
    assert.equal(rest.length, 0, rest.toString('latin1'));
    assert.ok(Date.now() - start >= ms(300) - 20, `closed after ${Date.now() - start} ms`);
  });
  it('one after a request is closed silently after the idle timeout', async () => {
    const wire = await target.connect();
    await wire.send(get('/'));
    assert.equal((await wire.response()).status, 200);
    const start = Date.now();
    await wire.closedClean();
    assert.ok(Date.now() - start >= ms(300) - 20, `closed after ${Date.now() - start} ms`);
  });
  it('each request starts the time anew', async () => {
    const wire = await target.connect();
    for (let i = 0; i < 4; i++) {
      await elapse(150);
      await wire.send(get('/'));
      assert.equal((await wire.response()).status, 200);
    }
    await wire.closedClean();
  });
});

suite('an invocation longer than the idle timeout', { needs: 'own', handler: SLOW_HANDLER, options: ['--idle-timeout', String(ms(100))] }, (target, it) => {
  it('is no idleness', async () => {
    const response = await target.exchange(get(`/later?${ms(400)}`));
    assert.equal(response.text, 'later');
  });
});

suite('few slots', { needs: 'own', handler: SLOW_HANDLER, options: ['--conns', '4', '--head-timeout', String(ms(500))] }, (target, it) => {
  const used = async () => {
    const wire = await target.connect();
    await wire.send(get('/'));
    assert.equal((await wire.response()).status, 200);
    return wire;
  };

  it('12 silent clients on 4 slots do not lock others out', async () => {
    const wires = [];
    for (let i = 0; i < 12; i++) wires.push(await target.connect());
    for (let i = 0; i < 5; i++) await target.serves();
    for (const wire of wires) wire.destroy();
  });

  it('the longest idle connection gives way to a new one, the others stay', async () => {
    const wires = [];
    for (let i = 0; i < 4; i++) wires.push(await used());
    await wires[0].send(get('/')); // now the second one is the longest idle
    assert.equal((await wires[0].response()).status, 200);
    const fresh = await used();
    await wires[1].closedClean({ reset: true });
    for (const wire of [wires[0], wires[2], wires[3], fresh]) {
      await wire.send(get('/'));
      assert.equal((await wire.response()).status, 200);
      wire.destroy();
    }
  });

  it('a connection with a request in work is never evicted', async () => {
    const busy = [];
    for (let i = 0; i < 3; i++) {
      const wire = await target.connect();
      await wire.send(get(`/later?${ms(300)}`));
      busy.push(wire);
    }
    for (let i = 0; i < 10; i++) await target.serves();
    for (const wire of busy) {
      assert.equal((await wire.response()).text, 'later');
      wire.destroy();
    }
  });

  it('slots held by half requests come back after the head timeout', async () => {
    const wires = [];
    for (let i = 0; i < 4; i++) {
      const wire = await target.connect();
      await wire.send('GET / HTTP/1.1\r\nHo');
      wires.push(wire);
    }
    const served = async () => {
      try {
        return (await target.exchange(get('/'))).status === 200;
      } catch {
        return false; // refused while all slots are held
      }
    };
    await until(served, 'an answer while half requests hold the slots');
    for (const wire of wires) wire.destroy();
  });
});

suite('half-closed clients', { needs: 'own', handler: SLOW_HANDLER }, (target, it) => {
  it('a client that closes its sending side at once gets its response, then the end', async () => {
    const wire = await target.connect();
    await wire.send(get('/'));
    wire.finish();
    assert.equal((await wire.response()).text, 'ok');
    await wire.closedClean();
  });
  it('all of its pipelined responses', async () => {
    const wire = await target.connect();
    await wire.send(get('/').repeat(5));
    wire.finish();
    for (let i = 0; i < 5; i++) assert.equal((await wire.response()).text, 'ok');
    await wire.closedClean();
  });
  it('a response that takes a while', async () => {
    const wire = await target.connect();
    await wire.send(get('/later?200'));
    wire.finish();
    assert.equal((await wire.response()).text, 'later');
    await wire.closedClean();
  });
  it('a big response', async () => {
    const wire = await target.connect();
    await wire.send(get('/big'));
    wire.finish();
    const response = await wire.response();
    assert.ok(response.body.equals(BIG));
    await wire.closedClean();
  });
  it('in the middle of a request: closed without an answer or with 400', async () => {
    const wire = await target.connect();
    await wire.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab');
    wire.finish();
    const rest = (await wire.closed({ reset: true })).toString('latin1');
    assert.ok(rest === '' || rest.startsWith('HTTP/1.1 400 '), rest);
    await target.serves();
  });
  it('a client that waits in vain is given up', async () => {
    const wire = await target.connect();
    await wire.send(get('/never'));
    wire.finish();
    await wire.closed({ reset: true });
    await target.serves();
  });
});

suite('clients that go away', { needs: 'own', handler: SLOW_HANDLER, options: ['--queue', '1', '--timeout', '600000'] }, (target, it) => {
  // With room for one invocation, the next request is only served when the one before was given up.
  const servedAgain = () =>
    until(async () => (await target.exchange(get('/'))).status === 200, 'the queue to be free again');

  for (const way of ['reset', 'destroy']) {
    it(`mid-invocation, ${way}: a promise that never settles is given up`, async () => {
      const wire = await target.connect();
      await wire.send(get('/never'));
      await until(async () => (await target.exchange(get('/'))).status === 503, 'the queue to be full');
      wire[way]();
      await servedAgain();
    });
  }

  it('mid-invocation: a loop that never ends is interrupted', async () => {
    const wire = await target.connect();
    await wire.send(get('/spin'));
    await until(async () => (await target.exchange(get('/'))).status === 503, 'the queue to be full');
    wire.reset();
    await servedAgain();
  });

  it('mid-invocation: its timers do not go off any more', async () => {
    const wire = await target.connect();
    await wire.send(get('/tell?gone'));
    await until(async () => (await target.exchange(get('/'))).status === 503, 'the queue to be full');
    wire.reset();
    await servedAgain();
    assert.equal((await target.exchange(get('/tell?stayed'))).status, 200);
    await target.logged('told stayed');
    assert.ok(!target.events.some((e) => (e.message ?? '').includes('told gone')));
  });

  it('mid-request, at every byte', async () => {
    const bytes = `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
    for (let cut = 0; cut < bytes.length; cut++) {
      const wire = await target.connect();
      await wire.send(bytes.slice(0, cut));
      if (cut % 2) wire.reset();
      else wire.destroy();
    }
    await servedAgain();
    await until(() => target.sockets() < 12, 'the end of their sockets');
  });
});

suite('big responses', { needs: 'own', handler: SLOW_HANDLER }, (target, it) => {
  it('a slow reader gets every byte, and holds up nobody', async () => {
    const wire = await target.connect();
    wire.socket.pause();
    await wire.send(get('/big'));
    for (let i = 0; i < 20; i++) await target.serves();
    const reading = wire.response();
    const slowly = setInterval(() => {
      wire.socket.resume();
      setImmediate(() => wire.socket.pause());
    }, 1);
    try {
      const response = await reading;
      assert.ok(response.body.equals(BIG), `${response.body.length} bytes`);
    } finally {
      clearInterval(slowly);
      wire.destroy();
    }
  });

  it('several big responses at once', async () => {
    const one = async () => {
      const response = await target.exchange(get('/big'));
      assert.ok(response.body.equals(BIG));
    };
    await Promise.all(Array.from({ length: 8 }, one));
  });

  it('a big response, then the next request on the same connection', async () => {
    const wire = await target.connect();
    await wire.send(get('/big') + get('/') + get('/big') + get('/'));
    for (let i = 0; i < 2; i++) {
      assert.ok((await wire.response()).body.equals(BIG));
      assert.equal((await wire.response()).text, 'ok');
    }
    wire.destroy();
  });

  it('a client that goes away in the middle of it: sockets come back, others are served', async () => {
    for (let i = 0; i < 40; i++) {
      const wire = await target.connect();
      await wire.send(get('/big'));
      await wire.anything();
      if (i % 2) wire.reset();
      else wire.destroy();
    }
    await until(() => target.sockets() < 12, 'the end of their sockets');
    await target.serves();
  });

  it('a client that never reads is given up after the send timeout', async () => {
    const wire = await target.connect();
    await wire.send(get('/'));
    await wire.response();
    wire.socket.pause();
    const before = target.sockets();
    await wire.send(get('/big'));
    await until(() => target.sockets() < before, 'the end of its socket', limit('ISERE_HTTP_SEND_MS_MAX') + 15000);
    wire.destroy();
    await target.serves();
  });
});

suite('more work than the queue holds', { needs: 'own', handler: SLOW_HANDLER, options: ['--queue', '3', '--timeout', String(ms(1000))] }, (target, it) => {
  it('503 with Retry-After, at once; afterwards requests are served', async () => {
    const wires = await Promise.all(Array.from({ length: 10 }, () => target.connect()));
    for (const wire of wires) await wire.send(get('/never'));
    const responses = await Promise.all(wires.map((wire) => wire.response()));
    const full = responses.filter((r) => r.status === 503);
    assert.deepEqual(responses.map((r) => r.status).sort(), [...Array(7).fill(503), ...Array(3).fill(504)]);
    for (const response of full) {
      assert.match(response.get('retry-after'), /^[1-9]\d*$/);
      assert.equal(response.json.errorType, 'ServiceUnavailable');
    }
    for (const wire of wires) {
      await wire.send(get('/'));
      const next = await wire.response();
      assert.equal(next.status, 200, 'the same connection goes on');
      wire.destroy();
    }
    await target.serves();
  });
});

suite('connections in general', {}, (target, it) => {
  it('a thousand connections one after the other', async () => {
    for (let i = 0; i < (REMOTE || SLOW > 1 ? 100 : 1000); i++) await target.serves();
  });
  it('connections that are opened and closed at once', async () => {
    for (let i = 0; i < 200; i++) {
      const wire = await Wire.connect(target.address);
      if (i % 2) wire.reset();
      else wire.destroy();
    }
    await tick();
    await target.serves();
  });
});

alone('a client that connects while the server drains is not left hanging', async (start) => {
  const target = await start({ handler: SLOW_HANDLER });
  const busy = await target.connect();
  await busy.send(get(`/later?${ms(500)}`));
  await target.serves();
  target.program.kill('SIGTERM');
  const refusedOrClosed = async () => {
    try {
      const wire = await Wire.connect(target.address);
      await wire.send(get('/')).catch(() => {});
      await wire.closed({ reset: true });
      return false;
    } catch (error) {
      return error.code === 'ECONNREFUSED';
    }
  };
  await until(refusedOrClosed, 'connections to be refused');
  assert.equal((await busy.response()).text, 'later');
  assert.deepEqual(await target.program.exit(), { code: 0, signal: null });
  target.ended = true;
});
