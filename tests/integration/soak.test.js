// SPDX-License-Identifier: Apache-2.0
// Many requests of all kinds leave memory and sockets as they were: 20,000, or 100,000 with ISERE_SOAK=1.
'use strict';

const { INSTRUMENTED, Target, assert, missing, test, until } = require('./lib.js');

const COUNT = INSTRUMENTED ? 2000 : process.env.ISERE_SOAK === '1' ? 100000 : 20000;
const GROWTH_KB_MAX = 256;

const HANDLER = `
let n = 0;
export const handler = async (event, context) => {
  n++;
  switch (event.path) {
    case '/throw': throw new Error('number ' + n);
    case '/timer': await new Promise((resolve) => setTimeout(resolve, 1)); return { body: 'timed' };
    case '/left': setTimeout(() => {}, 5); return { body: 'left a timer' };
    case '/echo': return { headers: { 'X-Length': event.body.length }, body: event.body };
    case '/event': return { body: event };
    case '/invalid': return { headers: { 'X-Bad': '\\n' } };
    case '/nothing': return;
    default: return { body: { message: 'Hello', n: n % 10, at: event.headers.Host, q: event.queryStringParameters } };
  }
};
`;
const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\nUser-Agent: soak\r\n\r\n`;
const post = (body) => `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
// A mix: what is sent, and the statuses of its responses.
const MIX = [
  [get('/?a=1&b=2').repeat(10), Array(10).fill(200)],
  [post('x'.repeat(100)), [200]],
  [post('y'.repeat(30000)), [200]],
  ['POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', [200]],
  [get('/event?x=1'), [200]],
  [get('/throw'), [500]],
  [get('/invalid'), [502]],
  [get('/nothing'), [502]],
  [get('/timer'), [200]],
  [get('/left'), [200]],
  [get('/').replace('GET', 'FOO'), [501]],
];
const PER_ROUND = MIX.reduce((sum, [, statuses]) => sum + statuses.length, 0) + 3;

const round = async (target, wire) => {
  for (const [bytes, statuses] of MIX) {
    if (wire.ended) break;
    await wire.send(bytes);
    for (const status of statuses) assert.equal((await wire.response()).status, status, bytes.slice(0, 40));
  }
  // A new connection, one that sends nonsense, one that goes away.
  await target.serves();
  assert.equal((await target.exchange('nonsense\r\n\r\n')).status, 400);
  const gone = await target.connect();
  await gone.send(get('/timer'));
  gone.reset();
};

test(`${COUNT} requests leave RSS flat`, { skip: missing('own') }, async (t) => {
  const target = new Target({ handler: HANDLER, env: {} });
  await target.start();
  const sockets = target.sockets();
  const rounds = async (count) => {
    for (let i = 0; i < count; i++) {
      if (i % 50 === 0) {
        target.program.stderr = target.program.stderr.slice(-10000); // the log is not the subject
      }
      const wire = await target.connect();
      await round(target, wire);
      wire.destroy();
    }
  };
  const settled = () => until(() => target.sockets() <= sockets, 'the end of all sockets');

  await rounds(Math.ceil(COUNT / PER_ROUND / 10));
  await settled();
  const before = target.rss();
  await rounds(Math.ceil(COUNT / PER_ROUND));
  await settled();
  const after = target.rss();
  t.diagnostic(`RSS ${before} KB after ${Math.ceil(COUNT / 10)} requests, ${after} KB after ${COUNT} more`);
  if (!INSTRUMENTED) {
    assert.ok(after <= before + GROWTH_KB_MAX, `RSS grew from ${before} KB to ${after} KB`);
  }
  await target.stop();
});
