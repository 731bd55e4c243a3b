// SPDX-License-Identifier: Apache-2.0
// The one place for the tests' times: every wait has an end, and ISERE_SLOW=FACTOR stretches all of them;
// under valgrind it is 8 unless set.
'use strict';

const VALGRIND = (process.env.ISERE_WRAP ?? '').includes('valgrind');
const SLOW = Math.max(1, Number(process.env.ISERE_SLOW ?? (VALGRIND ? 8 : 1)) || 1);

// How long a wait for something that normally comes at once may take.
const WAIT_MS = 20000;

// A duration for this machine.
const ms = (duration) => Math.round(duration * SLOW);

// `promise`, or an error that names `what` did not come.
const within = (promise, what, limit = WAIT_MS) => {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: not within ${ms(limit)} ms`)),
      ms(limit),
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// One round of the event loop.
const tick = () => new Promise((resolve) => setImmediate(resolve));

// Waits for a state that sends no event (one in /proc, say): asks until `check` gives something true.
const until = async (check, what, limit = WAIT_MS) => {
  const end = Date.now() + ms(limit);
  for (;;) {
    const result = await check();
    if (result) return result;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms(limit)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

// Lets time go by; only where time itself is the subject.
const elapse = (duration) => new Promise((resolve) => setTimeout(resolve, ms(duration)));

module.exports = { SLOW, VALGRIND, ms, within, tick, until, elapse };
