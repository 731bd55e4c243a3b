// SPDX-License-Identifier: Apache-2.0
// Boots a firmware in QEMU and runs the integration tests against it: node tests/firmware/run.js BOARD ELF [FILE ...]
// The firmware serves tests/integration/handlers/echo.js. Tests that need what a board lacks are skipped by name. The last line
// holds the counts: "BOARD: N passed, N failed, N skipped".
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');
const BOOT_MS_MAX = 20000;
const GUEST_BOOT_S_MAX = 0.3; // from reset to listening, on the guest's clock
const TEST_MS_MAX = 600000;
// What runs `isere exec`, which a board does not have.
const HOST_ONLY = ['console.test.js'];

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// Starts QEMU. Resolves once the firmware has an address; `output` is its console.
const boot = async (board, elf) => {
  const port = await freePort();
  const child = spawn('qemu-system-arm', [
    '-M', `mps2-${board}`, '-kernel', elf, '-display', 'none', '-serial', 'stdio', '-monitor', 'none',
    '-semihosting-config', 'enable=on,target=native',
    '-nic', `user,model=lan9118,hostfwd=tcp:127.0.0.1:${port}-:8080`,
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  const machine = { port, child, output: '' };
  process.on('exit', () => child.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${board} did not boot:\n${machine.output}`)), BOOT_MS_MAX);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`QEMU ended with ${code}:\n${machine.output}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      machine.output += text;
      if (/ address [0-9.]+/.test(machine.output) && /listening on port/.test(machine.output)) {
        clearTimeout(timer);
        resolve();
      }
    });
  });
  child.removeAllListeners('exit');
  child.on('exit', () => { machine.ended = true; });
  return machine;
};

const runTests = (file, port) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', file], {
      env: {
        ...process.env,
        ISERE_URL: `http://127.0.0.1:${port}`,
        ISERE_HAS: 'echo',
        ISERE_LIMITS: path.join(ROOT, 'ports/mps2/limits_target.h'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: TEST_MS_MAX,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more) => { text += more; });
    child.on('close', (code) => {
      const count = (what) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
      const result = { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
      if (code !== 0 && result.failed === 0) result.failed = 1;
      if (result.failed > 0) console.log(text);
      resolve(result);
    });
  });

const main = async () => {
  const [board, elf, ...names] = process.argv.slice(2);
  if (!elf) throw new Error('usage: node tests/firmware/run.js BOARD ELF [FILE ...]');
  const folder = path.join(ROOT, 'tests/integration');
  const files = names.length > 0 ? names : fs.readdirSync(folder).filter((name) => name.endsWith('.test.js') && !HOST_ONLY.includes(name)).sort();
  const machine = await boot(board, elf);
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const check = (ok, what) => {
    sum[ok ? 'passed' : 'failed']++;
    if (!ok) console.log(`not ok - ${what}\n${machine.output}`);
  };
  const bootSeconds = Number(/^\s*([\d.]+) INFO {2}isere listening/m.exec(machine.output)?.[1] ?? NaN);
  check(bootSeconds <= GUEST_BOOT_S_MAX, `listening ${GUEST_BOOT_S_MAX} s after the reset, not ${bootSeconds}`);
  for (const name of files) {
    const result = await runTests(path.join(folder, name), machine.port);
    for (const key of Object.keys(sum)) sum[key] += result[key];
    if (result.failed > 0) console.log(`the console so far:\n${machine.output.slice(-4000)}`);
    console.log(`${board} ${name}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
  }
  check(!machine.ended, 'QEMU still runs');
  check(!/fault:|assertion failed|stack overflow in task|restarting/.test(machine.output), 'no fault on the console');
  machine.child.kill('SIGTERM');
  console.log(`${board}: ${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  process.exitCode = sum.failed === 0 ? 0 : 1;
};

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
