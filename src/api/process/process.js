// SPDX-License-Identifier: Apache-2.0
// The global `process`: the part of Node's that has a meaning here. nextTick queues a microtask: its callback comes in turn with the
// others, not before them.
(function (native) {
  'use strict';
  const { argv, env, exit, memory, microseconds, queueMicrotask, text, uptime, write } = native;
  const { BigInt, String, TypeError } = globalThis;
  const { apply } = Reflect;
  const { floor } = Math;

  const hrtime = (since) => {
    const now = microseconds();
    let seconds = floor(now / 1000000);
    let nanoseconds = (now % 1000000) * 1000;
    if (since !== undefined) {
      seconds -= since[0];
      nanoseconds -= since[1];
      if (nanoseconds < 0) {
        seconds--;
        nanoseconds += 1000000000;
      }
    }
    return [seconds, nanoseconds];
  };
  const thousand = BigInt(1000);
  const bigint = () => BigInt(microseconds()) * thousand;
  hrtime.bigint = bigint;

  const stream = (fd) => ({
    fd,
    isTTY: false,
    write(chunk) {
      write(fd, typeof chunk === 'string' ? chunk : String(chunk));
      return true;
    },
  });

  const process = {
    title: 'isere',
    version: 'v' + text('version'),
    versions: { isere: text('version'), [text('engine')]: text('engineVersion') },
    platform: text('platform'),
    argv: argv(),
    env: env(),
    stdout: stream(1),
    stderr: stream(2),
    uptime,
    hrtime,
    memoryUsage() {
      const [used, limit] = memory();
      return { rss: used, heapTotal: limit, heapUsed: used, external: 0, arrayBuffers: 0 };
    },
    nextTick(callback, ...args) {
      if (typeof callback !== 'function') {
        throw new TypeError('process.nextTick: the first argument must be a function');
      }
      queueMicrotask(() => {
        apply(callback, undefined, args);
      });
    },
    exit(code = 0) {
      exit(+code);
    },
  };
  Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true });
  return { process };
})
