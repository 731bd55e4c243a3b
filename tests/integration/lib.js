// SPDX-License-Identifier: Apache-2.0
// What the integration tests stand on: a target to test, and what a test needs of it.
//
// The target is an isère that these tests start themselves (ISERE_BIN, by default build/linux/isere; ISERE_WRAP is put before it, such as
// "valgrind -q"), or one that already runs at ISERE_URL, a board for instance. A running target has less than an own one:
//   own       its process and handler are the tests' (flags, signals, /proc, log): never with ISERE_URL
//   echo      it serves handlers/echo.js: with ISERE_URL when ISERE_HAS="echo"
//   (nothing) any handler that answers 200 will do
// A test whose needs are not met is skipped by name, with the reason.
// ISERE_LIMITS=FILE names the target's limits_target.h; ISERE_SLOW=FACTOR stretches all times.
'use strict';

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { SLOW, ms, within, tick, until, elapse } = require('./lib_time.js');
const { Wire, WireError, exchange } = require('./lib_wire.js');

const ROOT = path.resolve(__dirname, '../..');
const BIN = path.resolve(process.env.ISERE_BIN ?? path.join(ROOT, 'build/linux/isere'));
const WRAP = (process.env.ISERE_WRAP ?? '').split(/\s+/).filter(Boolean);
const REMOTE = process.env.ISERE_URL ? new URL(process.env.ISERE_URL) : null;
const HAS = new Set((process.env.ISERE_HAS ?? '').split(/[\s,]+/).filter(Boolean));

const ECHO = fs.readFileSync(path.join(__dirname, 'handlers/echo.js'), 'utf8');

// What valgrind and the sanitizers write when they have found something.
const REPORTS = [
  /(ERROR|WARNING): (Address|Leak|Memory|Thread)Sanitizer/,
  /: runtime error: /,
  /^==\d+== (Invalid (read|write|free)|Conditional jump|Use of uninit|Syscall param|Mismatched free|Process terminating)/m,
  /^==\d+==.*(definitely|indirectly) lost(: [1-9]| in)/m,
  /ERROR SUMMARY: [1-9]/,
  /Assertion .* failed/,
];

// Measures of memory and speed mean nothing in these builds.
const INSTRUMENTED =
  SLOW > 1 || WRAP.length > 0 || (!REMOTE && fs.existsSync(BIN) && fs.readFileSync(BIN).includes('__asan_init'));

const folders = [];
const children = new Set();
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1));
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

// A new folder, removed in the end, with the given files ({name: text}).
const folder = (files = {}) => {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'isere-test-'));
  folders.push(made);
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(made, name)), { recursive: true });
    fs.writeFileSync(path.join(made, name), text);
  }
  return made;
};

// The value of a limit: of the target's file, else of base/limits.h.
const limit = (name) => {
  const files = [
    process.env.ISERE_LIMITS ?? path.join(ROOT, 'ports/linux/limits_target.h'),
    path.join(ROOT, 'src/base/limits.h'),
  ];
  for (const file of files) {
    const line = new RegExp(`^#define ${name} (.+?)(\\s*//.*)?$`, 'm').exec(fs.readFileSync(file, 'utf8'));
    if (!line) continue;
    const value = line[1].replace(/ISERE_\w+/g, (other) => String(limit(other)));
    if (!/^[\d\s()*+-]+$/.test(value)) throw new Error(`${name} is not a number: ${line[1]}`);
    return Number(Function(`return ${value}`)());
  }
  throw new Error(`no limit ${name} in ${files.join(', ')}`);
};

const checkReports = (text, what) => {
  for (const report of REPORTS) {
    const found = report.exec(text);
    if (found) throw new Error(`${what} reported:\n${text.slice(Math.max(0, found.index - 200)).slice(0, 6000)}`);
  }
};

// A started program with its output, line by line.
class Program {
  constructor(args, { cwd = undefined, env = {}, wrap = true } = {}) {
    const command = [...(wrap ? WRAP : []), BIN, ...args];
    this.command = command.join(' ');
    this.stdout = '';
    this.stderr = '';
    this.waiters = [];
    this.child = spawn(command[0], command.slice(1), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.add(this.child);
    for (const name of ['stdout', 'stderr']) {
      this.child[name].setEncoding('utf8').on('data', (text) => {
        this[name] += text;
        this.wakeUp();
      });
    }
    this.child.stdin.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', (error) => {
        children.delete(this.child);
        reject(new Error(`cannot start ${this.command}: ${error.message}`));
      });
      this.child.on('close', (code, signal) => {
        children.delete(this.child);
        this.result = { code, signal };
        this.wakeUp();
        resolve(this.result);
      });
    });
    this.exited.catch(() => {});
  }

  get pid() {
    return this.child.pid;
  }

  get output() {
    return `--- stdout\n${this.stdout.slice(-4000)}\n--- stderr\n${this.stderr.slice(-4000)}`;
  }

  wakeUp() {
    const waiters = this.waiters;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  // Waits until `check(this)` gives something true; asked again after each piece of output.
  async seen(check, what, limitMs = undefined) {
    const wait = async () => {
      for (;;) {
        const found = check(this);
        if (found) return found;
        if (this.result) throw new Error(`${what} did not come: it ended with ${JSON.stringify(this.result)}\n${this.output}`);
        await Promise.race([new Promise((resolve) => this.waiters.push(resolve)), this.exited]);
      }
    };
    return within(wait(), what, limitMs).catch((error) => {
      if (/not within/.test(error.message)) error.message += `\n${this.output}`;
      throw error;
    });
  }

  async exit(limitMs = undefined) {
    const result = await within(this.exited, `the end of ${this.command}`, limitMs);
    checkReports(this.stderr, this.command);
    return result;
  }

  kill(signal) {
    this.child.kill(signal);
  }
}

// Runs the binary to its end. Returns {code, signal, stdout, stderr}.
const run = async (args, { cwd, env, input = '', wrap = true, limitMs } = {}) => {
  const program = new Program(args, { cwd, env, wrap });
  program.child.stdin.end(input);
  const result = await program.exit(limitMs);
  return { ...result, stdout: program.stdout, stderr: program.stderr };
};

const parseLine = (line) => {
  try {
    const event = JSON.parse(line);
    return event && typeof event === 'object' ? event : null;
  } catch {
    return null;
  }
};

// Something that serves: own or running.
class Target {
  // need: {handler: source, file: name of its file, files: more files, options: [...], env: {...}}
  constructor(need = {}) {
    this.need = need;
    this.address = null;
  }

  async start() {
    if (REMOTE) {
      this.address = { host: REMOTE.hostname, port: Number(REMOTE.port || 80) };
      return this;
    }
    const { handler = ECHO, file = 'handler.js', files = {}, options = [], env } = this.need;
    this.folder = folder({ [file]: handler, ...files });
    this.file = path.join(this.folder, file);
    const args = ['run', this.file, '--port', '0', '--log', 'json', ...options];
    this.program = new Program(args, { env, cwd: this.folder });
    const message = await this.program.seen(
      () => this.events.map((e) => /^listening on http:\/\/(\S+):(\d+)/.exec(e.message ?? '')).find(Boolean),
      'the log line "listening on ..."',
    );
    this.address = { host: message[1].replace(/^\[|\]$/g, ''), port: Number(message[2]) };
    return this;
  }

  // The log's events so far.
  get events() {
    const lines = `${this.program.stdout}\n${this.program.stderr}`.split('\n');
    return lines.map(parseLine).filter(Boolean);
  }

  // Waits for an event of the log whose message contains or matches `text`.
  async logged(text, what = `the log event ${text}`) {
    const matches = (e) => {
      const message = e.message ?? '';
      return text instanceof RegExp ? text.test(message) : message.includes(text);
    };
    return this.program.seen(() => this.events.find(matches), what);
  }

  // Ends it with SIGTERM, and fails when it did not end well or something was reported.
  async stop() {
    if (REMOTE || !this.program) return;
    const { program } = this;
    if (program.result) {
      throw new Error(`the server ended by itself: ${JSON.stringify(program.result)}\n${program.output}`);
    }
    program.kill('SIGTERM');
    const result = await program.exit();
    if (result.code !== 0) throw new Error(`after SIGTERM: ${JSON.stringify(result)}\n${program.output}`);
  }

  get pid() {
    return this.program.pid;
  }

  get url() {
    return `http://${this.address.host}:${this.address.port}`;
  }

  connect() {
    return Wire.connect(this.address);
  }

  // Sends bytes on a new connection; returns the one response.
  exchange(pieces, options) {
    return exchange(this.address, pieces, options);
  }

  // A request by Node's client. Returns {status, reason, headers, rawHeaders, body, text, json}.
  request({ method = 'GET', path: target = '/', headers = {}, body = undefined, agent = false, limitMs } = {}) {
    const sent = new Promise((resolve, reject) => {
      const options = { ...this.address, method, path: target, headers, agent };
      const request = http.request(options, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          resolve({
            status: response.statusCode,
            reason: response.statusMessage,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            body: bytes,
            get text() {
              return bytes.toString('utf8');
            },
            get json() {
              return JSON.parse(bytes.toString('utf8'));
            },
          });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
    return within(sent, `the response to ${method} ${target.slice(0, 80)}`, limitMs);
  }

  get(target = '/', headers = {}) {
    return this.request({ path: target, headers });
  }

  // Asserts that it serves: a new connection, an ordinary request, 200.
  async serves(target = '/') {
    const response = await this.exchange(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.equal(response.status, 200, `the next ordinary request got ${response.status} ${response.text}`);
  }

  // ---- Of an own target only: what /proc says ----

  // The process and its children: ids. `wrap` programs such as valgrind are the process itself.
  pids() {
    const parents = new Map();
    for (const name of fs.readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      } catch {
        // gone meanwhile
      }
    }
    const found = [this.pid];
    for (let i = 0; i < found.length; i++) {
      for (const [pid, parent] of parents) if (parent === found[i]) found.push(pid);
    }
    return found;
  }

  // Open sockets of the process.
  sockets() {
    const dir = `/proc/${this.pid}/fd`;
    return fs.readdirSync(dir).filter((fd) => {
      try {
        return fs.readlinkSync(`${dir}/${fd}`).startsWith('socket:');
      } catch {
        return false;
      }
    }).length;
  }

  // Resident memory of the process in KB.
  rss() {
    return Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]);
  }
}

// Why a test with `needs` cannot run here, or false.
const missing = (needs) => {
  if (!REMOTE) return false;
  if (needs === 'own') return 'needs its own process and handler; ISERE_URL names a running target';
  if (needs === 'echo' && !HAS.has('echo')) return 'needs handlers/echo.js to be served; see ISERE_HAS';
  return false;
};

// A group of tests on one target. need.needs is 'own', 'echo' or undefined; the rest of `need` is Target's.
// body(target, it): it(name, fn) is a test, run when the target is up.
const suite = (name, need, body, options = {}) => {
  const skip = missing(need.needs);
  describe(name, { concurrency: options.concurrency ?? false }, () => {
    const target = new Target(need);
    if (!skip) {
      before(() => target.start());
      after(() => target.stop());
    }
    body(target, (title, fn) => test(title, { skip }, fn));
  });
};

// A test that starts targets of its own: fn receives a function start(need) => Target; they are stopped and checked at the end.
const alone = (name, fn) => {
  test(name, { skip: missing('own') }, async (t) => {
    const targets = [];
    const start = async (need = {}) => {
      const target = new Target(need);
      targets.push(target);
      return target.start();
    };
    let failed = true;
    try {
      await fn(start, t);
      failed = false;
    } finally {
      for (const target of targets) {
        try {
          if (!target.ended) await target.stop(); // its end may have been the subject
        } catch (error) {
          if (!failed) throw error;
          t.diagnostic(error.message);
        }
      }
    }
  });
};

module.exports = {
  BIN,
  ECHO,
  INSTRUMENTED,
  Program,
  REMOTE,
  ROOT,
  SLOW,
  Target,
  WRAP,
  Wire,
  WireError,
  alone,
  assert,
  checkReports,
  elapse,
  exchange,
  folder,
  limit,
  missing,
  ms,
  run,
  spawnSync,
  suite,
  test,
  tick,
  until,
  within,
};
