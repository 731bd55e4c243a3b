// SPDX-License-Identifier: Apache-2.0
// The command line: run, exec, version, help, their options, signals, worker processes, the log.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { Program, WRAP, alone, assert, elapse, folder, missing, ms, run, test, until, within } = require('./lib.js');

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
const own = { skip: missing('own') };
const cli = (name, fn) => test(name, own, fn);
// The standard error without valgrind's own lines.
const errors = (result) => result.stderr.split('\n').filter((line) => !/^(==|--)\d+\1 /.test(line)).join('\n');

// ---- version, help, wrong use ----

cli('version', async () => {
  for (const args of [['version'], ['--version']]) {
    const result = await run(args);
    assert.equal(result.code, 0);
    assert.match(result.stdout, /^isere \S+ \(quickjs /);
    assert.equal(errors(result), '');
  }
});

cli('help: names every command', async () => {
  for (const args of [['help'], ['--help'], ['-h']]) {
    const result = await run(args);
    assert.equal(result.code, 0, args.join(' '));
    for (const command of ['run', 'exec', 'version', 'help']) assert.match(result.stdout, new RegExp(`\\b${command}\\b`));
    assert.equal(errors(result), '');
  }
});

cli('help run: names every option', async () => {
  const result = await run(['help', 'run']);
  assert.equal(result.code, 0);
  for (const option of ['--port', '--host', '--dev', '--fresh', '--env', '--memory', '--timeout', '--workers', '--log']) {
    assert.ok(result.stdout.includes(option), option);
  }
});

cli('help exec, help version, help help', async () => {
  for (const command of ['exec', 'version', 'help']) {
    const result = await run(['help', command]);
    assert.equal(result.code, 0);
    assert.ok(result.stdout.includes(command));
  }
});

const WRONG = {
  'an unknown option': [['run', '--no-such-option'], /--no-such-option/],
  'an unknown option without a command': [['--no-such-option'], /--no-such-option/],
  'an option without its value': [['run', '--port'], /--port/],
  'a port that is no number': [['run', '--port', 'abc'], /abc|--port/],
  'a port that is too large': [['run', '--port', '65536'], /65536|--port/],
  'a negative port': [['run', '--port', '-1'], /-1|--port/],
  'a memory size that is none': [['run', '--memory', 'lots'], /lots|--memory/],
  'a memory of zero': [['run', '--memory', '0'], /--memory/],
  'a timeout that is none': [['run', '--timeout', 'soon'], /soon|--timeout/],
  'a timeout of zero': [['run', '--timeout', '0'], /--timeout/],
  'no workers': [['run', '--workers', '0'], /--workers/],
  'too many workers': [['run', '--workers', '100000'], /--workers/],
  'an unknown log form': [['run', '--log', 'xml'], /xml|--log/],
  '--env without =': [['run', '--env', 'NAME'], /NAME|--env/],
  '--env without a name': [['run', '--env', '=x'], /=x|--env/],
  'help for an unknown command': [['help', 'no-such-command'], /no-such-command/],
  'exec without a file': [['exec'], /FILE|file/],
};
for (const [name, [args, message]] of Object.entries(WRONG)) {
  cli(`${name}: exit status 2 and a message`, async () => {
    const result = await run(args);
    assert.equal(result.code, 2, `${result.stdout}${result.stderr}`);
    assert.match(errors(result), message);
    assert.equal(result.stdout, '');
  });
}

cli('run: a file that is not there: exit status 1, with its name', async () => {
  const result = await run(['run', '/no/such/handler.js', '--port', '0']);
  assert.equal(result.code, 1);
  assert.match(errors(result), /\/no\/such\/handler\.js/);
});

cli('run: a folder is no file', async () => {
  const dir = folder();
  const result = await run(['run', dir, '--port', '0']);
  assert.equal(result.code, 1);
  assert.ok(errors(result).includes(dir), result.stderr);
});

cli('run: the port is in use: exit status 1, with the port', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await within(new Promise((resolve) => taken.once('listening', resolve)), 'a port');
  const { port } = taken.address();
  try {
    const result = await run(['run', '--host', '127.0.0.1', '--port', String(port)]);
    assert.equal(result.code, 1);
    assert.ok(errors(result).includes(String(port)), result.stderr);
  } finally {
    taken.close();
  }
});

cli('run: a host that is not this machine\'s: exit status 1, with the host', async () => {
  const result = await run(['run', '--host', '192.0.2.1', '--port', '0']);
  assert.equal(result.code, 1);
  assert.match(errors(result), /192\.0\.2\.1/);
});

// ---- run ----

const HANDLER = "export const handler = () => ({ body: 'ok' });";
const SLOW = `export const handler = (event) => event.path === '/never' ? new Promise(() => {})
  : event.path === '/spin' ? (() => { for (;;) {} })()
  : new Promise((r) => setTimeout(r, Number(event.query || 0), { body: 'slow' }));`;

alone('run without the word: isere FILE', async () => {
  const dir = folder({ 'handler.js': HANDLER });
  const program = new Program([path.join(dir, 'handler.js'), '--port', '0', '--log', 'json']);
  await program.seen(() => program.stderr.includes('listening on http://'), 'the start');
  program.kill('SIGTERM');
  assert.equal((await program.exit()).code, 0);
});

alone('options may stand before the file, and as --name=value', async () => {
  const dir = folder({ 'handler.js': HANDLER });
  const program = new Program(['run', '--port=0', '--log=json', path.join(dir, 'handler.js')]);
  await program.seen(() => program.stderr.includes('listening on http://'), 'the start');
  program.kill('SIGTERM');
  assert.equal((await program.exit()).code, 0);
});

alone('--port: that port, --host: only that address', async (start) => {
  const first = await start({ handler: HANDLER, options: ['--host', '127.0.0.1'] });
  const { port } = first.address;
  first.program.kill('SIGTERM');
  await first.program.exit();
  first.ended = true;
  const again = await start({ handler: HANDLER, options: ['--host', '127.0.0.1', '--port', String(port)] });
  assert.equal(again.address.port, port, 'the port is free at once, and the last --port counts');
  await again.serves();
  const listening = fs
    .readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`));
  assert.equal(listening.length, 1);
  assert.match(listening[0], /0100007F:/);
});

alone('--host ::1', async (start, t) => {
  if (!fs.existsSync('/proc/net/if_inet6') || !fs.readFileSync('/proc/net/if_inet6', 'utf8').includes(' lo')) {
    return t.skip('no IPv6 here');
  }
  const target = await start({ handler: HANDLER, options: ['--host', '::1'] });
  assert.equal(target.address.host, '::1');
  await target.serves();
});

alone('SIGTERM: what is in flight is finished, then exit 0', async (start) => {
  const target = await start({ handler: SLOW });
  const busy = await target.connect();
  const idle = await target.connect();
  await idle.send(get('/'));
  await idle.response();
  await busy.send(get(`/?${ms(300)}`));
  await target.serves();
  target.program.kill('SIGTERM');
  await idle.closedClean();
  const response = await busy.response();
  assert.equal(response.text, 'slow');
  assert.equal(response.get('connection').toLowerCase(), 'close');
  await busy.closedClean();
  assert.deepEqual(await target.program.exit(), { code: 0, signal: null });
  target.ended = true;
});

alone('SIGINT does the same', async (start) => {
  const target = await start({ handler: SLOW });
  const busy = await target.connect();
  await busy.send(get(`/?${ms(200)}`));
  await target.serves();
  target.program.kill('SIGINT');
  assert.equal((await busy.response()).text, 'slow');
  assert.deepEqual(await target.program.exit(), { code: 0, signal: null });
  target.ended = true;
});

for (const [first, second] of [['SIGINT', 'SIGINT'], ['SIGTERM', 'SIGTERM'], ['SIGTERM', 'SIGINT']]) {
  for (const what of ['never', 'spin']) {
    alone(`a second signal exits at once: ${first}, ${second}, while ${what === 'spin' ? 'a loop runs' : 'something waits'}`, async (start) => {
      const target = await start({ handler: SLOW, options: ['--timeout', '600000'] });
      const busy = await target.connect();
      await busy.send(get(`/${what}`));
      await target.serves();
      target.program.kill(first);
      // It drains now: new clients are refused.
      const drains = async () => {
        try {
          (await target.connect()).destroy();
          return false;
        } catch {
          return true;
        }
      };
      await until(drains, 'the drain');
      assert.equal(target.program.result, undefined);
      target.program.kill(second);
      const begin = Date.now();
      const result = await target.program.exit();
      assert.ok(Date.now() - begin < ms(3000));
      assert.ok(result.code !== 0 || result.signal, JSON.stringify(result));
      target.ended = true;
      busy.destroy();
    });
  }
}

alone('--log json: every line is an object with time, level, tag and message', async (start) => {
  const target = await start({
    handler: 'export const handler = (e) => { console.log("a \\"quoted\\"\\nline", { e: 1 }); console.error("\\u0001\\x7f\\u001b[31m ä"); console.warn("w"); console.debug("d"); if (e.path === "/x") throw new Error("boom\\n"); return {}; };',
  });
  await target.exchange(get('/'));
  assert.equal((await target.exchange(get('/x'))).status, 500);
  await target.logged('boom');
  const lines = target.program.stderr.split('\n').filter((line) => line && !/^(==|--)\d+\1 /.test(line));
  for (const line of lines) {
    const event = JSON.parse(line);
    assert.ok(!Number.isNaN(Date.parse(event.time)), line);
    assert.ok(['error', 'warn', 'info', 'debug'].includes(event.level), line);
    assert.equal(typeof event.tag, 'string', line);
    assert.equal(typeof event.message, 'string', line);
  }
  const quoted = target.events.find((e) => e.message.startsWith('a "quoted"'));
  assert.equal(quoted.message, 'a "quoted"\nline { e: 1 }');
  assert.equal(quoted.level, 'info');
  assert.match(quoted.requestId, /^[0-9a-f-]{36}$/);
  assert.equal(target.events.find((e) => e.message.includes('[31m')).level, 'error');
  assert.equal(target.events.find((e) => e.message === 'w').level, 'warn');
});

alone('the log for people: one line an event, no colours in a file, no control characters', async (start) => {
  const dir = folder({ 'handler.js': 'export const handler = () => { console.log("said \\u001b[31mred\\u0007"); return {}; };' });
  const program = new Program(['run', path.join(dir, 'handler.js'), '--port', '0']);
  const port = await program.seen(() => /listening on http:\/\/\S*?:(\d+)/.exec(program.stderr)?.[1], 'the start');
  await fetch(`http://127.0.0.1:${port}/`);
  const line = await program.seen(() => /^.*said .*$/m.exec(program.stderr)?.[0], 'the line');
  assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} INFO /);
  assert.match(line, /\[[0-9a-f-]{36}\]/);
  program.kill('SIGTERM');
  assert.equal((await program.exit()).code, 0);
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f]/.test(program.stderr), JSON.stringify(program.stderr));
  assert.equal(program.stdout, '');
});

// ---- --workers ----

const WHO = 'const id = Math.random(); let n = 0; export const handler = (e) => { if (e.path === "/big") return { body: "x" }; return { body: { id, n: ++n } }; };';

alone('--workers 2: connections are spread over two processes', async (start) => {
  const target = await start({ handler: WHO, options: ['--workers', '2'] });
  await until(() => target.pids().length >= 3 - (WRAP.length ? 1 : 0), 'every process');
  const seen = new Map();
  await until(async () => {
    const { id } = (await target.exchange(get('/'))).json;
    seen.set(id, (seen.get(id) ?? 0) + 1);
    return seen.size >= 2;
  }, 'both workers to answer');
});

alone('--workers 2: a worker that was killed is started again, others serve meanwhile', async (start) => {
  const target = await start({ handler: WHO, options: ['--workers', '2'] });
  const workers = target.pids().filter((pid) => pid !== target.pid);
  assert.equal(workers.length, 2, `${workers}`);
  process.kill(workers[0], 'SIGKILL');
  await until(() => {
    const now = target.pids().filter((pid) => pid !== target.pid);
    return now.length === 2 && !now.includes(workers[0]) && now.includes(workers[1]);
  }, 'a new worker');
  const ids = new Set();
  await until(async () => {
    try {
      ids.add((await target.exchange(get('/'))).json.id);
    } catch {
      // a connection that was waiting at the killed one
    }
    return ids.size >= 2;
  }, 'both workers to answer');
  for (let i = 0; i < 20; i++) await target.serves('/big');
});

alone('--workers 3: SIGTERM ends all of them, in-flight requests finished', async (start) => {
  const target = await start({ handler: SLOW, options: ['--workers', '3'] });
  const pids = target.pids();
  const busy = await Promise.all(Array.from({ length: 9 }, () => target.connect()));
  for (const wire of busy) await wire.send(get(`/?${ms(300)}`));
  await elapse(100); // all have arrived: nothing tells
  target.program.kill('SIGTERM');
  for (const wire of busy) assert.equal((await wire.response()).text, 'slow');
  assert.deepEqual(await target.program.exit(), { code: 0, signal: null });
  target.ended = true;
  await until(() => pids.every((pid) => !fs.existsSync(`/proc/${pid}`)), 'the end of every worker');
});

// ---- exec ----

const exec = async (files, args = [], options = {}) => {
  const dir = folder(typeof files === 'string' ? { 'script.js': files } : files);
  const name = typeof files === 'string' ? 'script.js' : Object.keys(files)[0];
  return run(['exec', path.join(dir, name), ...args], { cwd: dir, ...options });
};
const EXEC = {
  'prints and exits 0': ['console.log("hello"); console.info("i");', { stdout: 'hello\ni\n' }],
  'an empty file': ['', { stdout: '' }],
  'errors and warnings go to the standard error': ['console.error("e"); console.warn("w"); console.log("o");', { stdout: 'o\n', stderr: /^e\nw\n$/ }],
  'arguments in process.argv': ['console.log(JSON.stringify(process.argv.slice(2)), process.argv.length, process.argv[1].endsWith("script.js"));', { args: ['a', '--port', '-x', 'b c', ''], stdout: '["a","--port","-x","b c",""] 7 true\n' }],
  'waits for timers': ['setTimeout(() => console.log("timer"), 10); console.log("first");', { stdout: 'first\ntimer\n' }],
  'waits for intervals until they are cleared': ['let n = 0; const id = setInterval(() => { console.log(++n); if (n === 3) clearInterval(id); }, 2);', { stdout: '1\n2\n3\n' }],
  'microtasks before timers': ['setTimeout(() => console.log(3), 0); Promise.resolve().then(() => console.log(2)); console.log(1);', { stdout: '1\n2\n3\n' }],
  'a promise that never settles ends it when nothing is left': ['new Promise(() => {}); console.log("end");', { stdout: 'end\n' }],
  'require': [{ 'script.js': 'console.log(require("./a.js").a);', 'a.js': 'exports.a = "required";' }, { stdout: 'required\n' }],
  'a module, by its import': [{ 'script.js': 'import { a } from "./a.js"; console.log(a);', 'a.js': 'export const a = "imported";' }, { stdout: 'imported\n' }],
  'a module, by its name .mjs': [{ 'script.mjs': 'console.log(typeof require, this === undefined);' }, { stdout: 'undefined true\n' }],
  'top-level await': [{ 'script.mjs': 'const v = await new Promise((r) => setTimeout(r, 10, "waited")); console.log(v);' }, { stdout: 'waited\n' }],
  'dynamic import': [{ 'script.js': 'import("./a.mjs").then((m) => console.log(m.default));', 'a.mjs': 'export default "dynamic";' }, { stdout: 'dynamic\n' }],
  'a first line with #!': ['#!/usr/bin/env -S isere exec\nconsole.log("bang");', { stdout: 'bang\n' }],
  'a throw: 1, with the error and its place': ['function inside() {\n  throw new RangeError("thrown");\n}\ninside();', { code: 1, stderr: /RangeError: thrown[^]*script\.js:2/ }],
  'a throw of text: 1': ['throw "text";', { code: 1, stderr: /text/ }],
  'what was printed before a throw is there': ['console.log("before"); throw new Error("x");', { code: 1, stdout: 'before\n' }],
  'a throw in a timer: 1': ['setTimeout(() => { throw new TypeError("in a timer"); }, 1);', { code: 1, stderr: /TypeError: in a timer/ }],
  'an unhandled rejection: 1': ['Promise.reject(new TypeError("nobody"));', { code: 1, stderr: /TypeError: nobody/ }],
  'a rejected top-level await: 1': [{ 'script.mjs': 'await Promise.reject(new TypeError("top"));' }, { code: 1, stderr: /TypeError: top/ }],
  'a syntax error: 1, with line and caret': ['const a = 1;\nconst b = ;\n', { code: 1, stderr: /script\.js:2[^]*\n\s*\^/ }],
  'a syntax error in an import: 1': [{ 'script.mjs': 'import "./bad.js";', 'bad.js': '\n\nlet 5;' }, { code: 1, stderr: /bad\.js:3/ }],
  'an import that is not there: 1': [{ 'script.mjs': 'import "./nowhere.js";' }, { code: 1, stderr: /nowhere\.js/ }],
  'unbounded recursion: 1': ['const f = () => f() + 1; f();', { code: 1, stderr: /stack|recursion|RangeError|InternalError/i }],
  'a rejection that is handled is none': ['const p = Promise.reject(new Error("x")); p.catch(() => console.log("caught"));', { stdout: 'caught\n' }],
  'process.exit': ['console.log("a"); setTimeout(() => {}, 1e6); process.exit(3);', { code: 3, stdout: 'a\n' }],
  'process.env': ['console.log(process.env.ISERE_TEST_VALUE);', { env: { ISERE_TEST_VALUE: 'given' }, stdout: 'given\n' }],
  'text beyond ASCII': ['console.log("ä你\\u{1f600}", [..."ä"].length);', { stdout: 'ä你\u{1f600} 1\n' }],
};
for (const [name, [files, expected]] of Object.entries(EXEC)) {
  cli(`exec: ${name}`, async () => {
    const result = await exec(files, expected.args, { env: expected.env });
    assert.equal(result.code, expected.code ?? 0, `${result.stdout}${result.stderr}`);
    if (expected.stdout !== undefined) assert.equal(result.stdout, expected.stdout);
    if (expected.stderr) assert.match(errors(result), expected.stderr);
    if (!expected.code && !expected.stderr) assert.equal(errors(result), '');
  });
}

cli('exec: import.meta.url is an absolute URL, by which the file can be imported', async () => {
  const dir = folder({
    'a b/script.mjs': 'import { url } from "../ü.mjs"; console.log(import.meta.url); console.log(url); console.log((await import(url)).url === url);',
    'ü.mjs': 'export const { url } = import.meta;',
  });
  const url = (name) => pathToFileURL(path.join(fs.realpathSync(dir), name)).href;
  for (const name of ['a b/script.mjs', './a b/../a b/script.mjs', path.join(fs.realpathSync(dir), 'a b/script.mjs')]) {
    const result = await run(['exec', name], { cwd: dir });
    assert.equal(result.stdout, `${url('a b/script.mjs')}\n${url('ü.mjs')}\ntrue\n`, errors(result));
  }
});

cli('exec: a file that is not there: 1, with its name', async () => {
  const result = await run(['exec', '/no/such/file.js']);
  assert.equal(result.code, 1);
  assert.match(errors(result), /\/no\/such\/file\.js/);
});

cli('exec: output into a pipe that was closed ends it', async () => {
  const dir = folder({ 'script.js': 'for (let i = 0; ; i++) console.log("line " + i);' });
  const program = new Program(['exec', path.join(dir, 'script.js')]);
  await program.seen(() => program.stdout.includes('line 10'), 'its output');
  program.child.stdout.destroy();
  const result = await program.exit();
  assert.ok(result.code !== 0 || result.signal === 'SIGPIPE', JSON.stringify(result));
});

cli('exec: SIGINT ends a loop', async () => {
  const dir = folder({ 'script.js': 'console.log("go"); for (;;) {}' });
  const program = new Program(['exec', path.join(dir, 'script.js')]);
  await program.seen(() => program.stdout.includes('go'), 'its start');
  program.kill('SIGINT');
  const result = await program.exit();
  assert.ok(result.code !== 0 || result.signal, JSON.stringify(result));
});
