// SPDX-License-Identifier: Apache-2.0
// From a file to a function: modules and CommonJS, imports, what cannot be loaded, and --dev.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Program, alone, assert, ms, until } = require('./lib.js');

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;

// A test that serves `handler` and looks at responses.
const loads = (name, handler, body, need = {}) =>
  alone(name, async (start) => {
    const target = await start({ handler, ...need });
    const response = await target.exchange(get('/'));
    assert.equal(response.status, 200, response.text);
    assert.equal(response.text, body);
  });

loads('an ES module', 'export const handler = async () => ({ body: "esm" });', 'esm');
loads('an ES module with a function declaration', 'export function handler() { return { body: "decl" }; }', 'decl');
loads('an ES module that exports from a list', 'const h = () => ({ body: "list" });\nexport { h as handler };', 'list');
loads('CommonJS: exports.handler', 'exports.handler = async () => ({ body: "cjs" });', 'cjs');
loads('CommonJS: module.exports', 'module.exports = { handler: () => ({ body: "module" }) };', 'module');
loads('CommonJS: module.exports.handler', 'module.exports.handler = () => ({ body: "both" });', 'both');
loads('CommonJS: .cjs', 'exports.handler = () => ({ body: "cjs file" });', 'cjs file', { file: 'handler.cjs' });
loads('CommonJS: __filename and __dirname', 'exports.handler = () => ({ body: String(__filename.startsWith(__dirname) && __filename.endsWith("handler.js")) });', 'true');
loads('CommonJS is sloppy mode, `this` of a function is there', 'exports.handler = () => ({ body: typeof (function () { return this; })() });', 'object');
loads('.mjs', 'export const handler = () => ({ body: "mjs" });', 'mjs', { file: 'handler.mjs' });
loads('a first line with #!', '#!/usr/bin/env isere\nexport const handler = () => ({ body: "bang" });', 'bang');
loads('a byte order mark', '\ufeffexport const handler = () => ({ body: "bom" });', 'bom');
loads('CR LF lines', 'export const handler = () => {\r\n  return { body: "crlf" };\r\n};\r\n', 'crlf');
loads('words import and export in comments and strings of CommonJS', '// export const x = 1\nconst s = "import x from y";\n/* export default */\nexports.handler = () => ({ body: s.length + `export` });', '15export');
loads('names beyond ASCII', 'const größe = "ä你";\nexport const handler = () => ({ body: größe });', 'ä你');
loads('top-level await', 'const v = await new Promise((r) => setTimeout(r, 20, "awaited"));\nexport const handler = () => ({ body: v });', 'awaited');
loads('import.meta.url', 'export const handler = () => ({ body: String(import.meta.url.startsWith("file:///") && import.meta.url.endsWith("/handler.js")) });', 'true');
loads('a megabyte of source', `export const handler = () => ({ body: "big" });\n${'// some words to fill the file with\n'.repeat(30000)}`, 'big');
loads('import of a file', 'import { a } from "./lib/a.js";\nexport const handler = () => ({ body: a });', 'from a and b', {
  files: { 'lib/a.js': 'import b from "./b.js";\nexport const a = "from a and " + b;', 'lib/b.js': 'export default "b";' },
});
loads('import of a file above', 'import { a } from "../a.js";\nexport const handler = () => ({ body: a });', 'above', {
  file: 'deep/handler.js',
  files: { 'a.js': 'export const a = "above";' },
});
loads('imports that go in a circle', 'import { b } from "./b.js";\nexport const a = "a";\nexport const handler = () => ({ body: b() });', 'a', {
  files: { 'b.js': 'import { a } from "./handler.js";\nexport const b = () => a;' },
});
loads('dynamic import', 'export const handler = async () => ({ body: (await import("./late.js")).default });', 'late', {
  files: { 'late.js': 'export default "late";' },
});
loads('require of .js, .cjs and .json', 'const a = require("./a.js"), b = require("./b.cjs"), c = require("./c.json");\nexports.handler = () => ({ body: a.x + b.x + c.x });', 'abc', {
  files: { 'a.js': 'exports.x = "a";', 'b.cjs': 'exports.x = "b";', 'c.json': '{"x":"c"}' },
});
loads('require gives the same object again', 'exports.handler = () => ({ body: String(require("./a.js") === require("./a.js")) });', 'true', {
  files: { 'a.js': 'exports.x = {};' },
});

alone('process.env of --env and of nothing else that was not given', async (start) => {
  const target = await start({
    handler: 'export const handler = () => ({ body: { a: process.env.A, b: process.env.B_C, e: process.env.EMPTY, none: typeof process.env.NONE } });',
    options: ['--env', 'A=1', '--env', 'B_C=x=y z', '--env', 'EMPTY='],
  });
  assert.deepEqual((await target.exchange(get('/'))).json, { a: '1', b: 'x=y z', e: '', none: 'undefined' });
});

// ---- What cannot be loaded: the server runs, each request gets 500, the log tells where ----

const broken = (name, handler, { type, message, logged, need = {}, statuses = [500], limitMs = 20000 }) =>
  alone(`${name}: ${statuses.join(' or ')} on each request`, async (start) => {
    const target = await start({ handler, ...need });
    for (let i = 0; i < 3; i++) {
      const begin = Date.now();
      const response = await target.exchange(get('/'));
      assert.ok(statuses.includes(response.status), `${response.status} ${response.text}`);
      assert.ok(Date.now() - begin < ms(limitMs), `it took ${Date.now() - begin} ms`);
      if (type) assert.equal(response.json.errorType, type, response.text);
      if (message) assert.match(response.json.errorMessage, message);
    }
    for (const text of [].concat(logged ?? [])) {
      const event = await target.logged(text);
      assert.equal(event.level, 'error');
    }
  });

broken('a syntax error', 'export const handler = async () => {\n  return { body: "a" ;\n};\n', {
  type: 'SyntaxError',
  logged: [/handler\.js:2\b/, /return \{ body: "a" ;\n\s*\^/],
});
broken('a syntax error in CommonJS', 'exports.handler = 1;\n\nlet let = 5 5;\n', { type: 'SyntaxError', logged: [/handler\.js:3\b/, /\n\s*\^/] });
broken('a syntax error in an import', 'import "./bad.js";\nexport const handler = () => ({});', {
  type: 'SyntaxError',
  logged: [/bad\.js:2\b/, /const = 1\n?[^\n]*\n\s*\^|const = 1;\n\s*\^/],
  need: { files: { 'bad.js': '// line 1\nconst = 1;\n' } },
});
broken('a throw at load', 'const a = 1;\nfunction setUp() {\n  throw new RangeError("at load");\n}\nsetUp();\nexport const handler = () => ({});', {
  type: 'RangeError',
  message: /at load/,
  logged: [/at load/, /handler\.js:3\b/],
});
broken('a rejected top-level await', 'await Promise.reject(new TypeError("rejected at load"));\nexport const handler = () => ({});', { type: 'TypeError', message: /rejected at load/ });
broken('a throw of text at load', 'throw "just text";\nexport const handler = () => ({});', { message: /just text/ });
broken('no handler', 'export const other = 1;', { message: /handler/ });
broken('no handler in CommonJS', 'exports.other = 1;', { message: /handler/ });
broken('a handler that is no function', 'export const handler = { };', { message: /handler/ });
broken('an empty file', '', { message: /handler/ });
broken('an import that is not there', 'import "./nowhere.js";\nexport const handler = () => ({});', { message: /nowhere\.js/ });
broken('a bare import', 'import fs from "no-such-package";\nexport const handler = () => ({});', { message: /no-such-package/ });
broken('a require that is not there', 'const a = require("./nowhere");\nexports.handler = () => ({});', { message: /nowhere/ });
broken('a name that the import does not have', 'import { b } from "./a.js";\nexport const handler = () => ({ body: b });', {
  type: 'SyntaxError',
  message: /b/,
  need: { files: { 'a.js': 'export const a = 1;' } },
});
broken('a loop at load', 'for (;;) {}\nexport const handler = () => ({});', { statuses: [500, 504], limitMs: 3000, need: { options: ['--timeout', String(ms(300))] } });
broken('a top-level await that never ends', 'await new Promise(() => {});\nexport const handler = () => ({});', { statuses: [500, 504], limitMs: 3000, need: { options: ['--timeout', String(ms(300))] } });
broken('out of memory at load', 'const all = [];\nfor (;;) all.push(new Array(1000).fill(0));\nexport const handler = () => ({});', {
  type: 'Runtime.OutOfMemory',
  need: { options: ['--memory', '16M', '--timeout', String(ms(20000))] },
});

alone('a throw at load is tried again with the next request', async (start) => {
  const target = await start({ handler: 'if (Math.random() < 0.7) throw new Error("unlucky");\nexport const handler = () => ({ body: "lucky" });' });
  await until(async () => (await target.exchange(get('/'))).status === 200, 'a load that succeeds');
});

// ---- --dev ----

const write = (target, text, name = 'handler.js') => fs.writeFileSync(path.join(target.folder, name), text);
const body = async (target) => (await target.exchange(get('/'))).text;

alone('--dev: the next save is picked up, module state is new', async (start) => {
  const target = await start({ handler: 'let n = 0; export const handler = () => ({ body: "one" + ++n });', options: ['--dev'] });
  assert.deepEqual([await body(target), await body(target)], ['one1', 'one2']);
  write(target, 'let n = 0; export const handler = () => ({ body: "second" + ++n });');
  assert.equal(await body(target), 'second1');
  write(target, 'let n = 0; export const handler = () => ({ body: "third" + ++n });');
  assert.equal(await body(target), 'third1');
});

alone('--dev: a save of the same length within the same second is picked up', async (start) => {
  const target = await start({ handler: 'export const handler = () => ({ body: "0" });', options: ['--dev'] });
  for (let i = 1; i <= 9; i++) {
    write(target, `export const handler = () => ({ body: "${i}" });`);
    assert.equal(await body(target), String(i));
  }
});

alone('--dev: a save by renaming, as editors do it', async (start) => {
  const target = await start({ handler: 'export const handler = () => ({ body: "old" });', options: ['--dev'] });
  assert.equal(await body(target), 'old');
  write(target, 'export const handler = () => ({ body: "new" });', 'temporary');
  fs.renameSync(path.join(target.folder, 'temporary'), target.file);
  assert.equal(await body(target), 'new');
});

alone('--dev: a syntax error, then its repair', async (start) => {
  const target = await start({ handler: 'export const handler = () => ({ body: "good" });', options: ['--dev'] });
  assert.equal(await body(target), 'good');
  write(target, 'export const handler = () => ({ body: ;');
  const response = await target.exchange(get('/'));
  assert.equal(response.status, 500);
  assert.equal(response.json.errorType, 'SyntaxError');
  write(target, 'export const handler = () => ({ body: "good again" });');
  assert.equal(await body(target), 'good again');
});

alone('--dev: starts with a syntax error, which is repaired', async (start) => {
  const target = await start({ handler: 'export const = ;', options: ['--dev'] });
  assert.equal((await target.exchange(get('/'))).status, 500);
  write(target, 'export const handler = () => ({ body: "repaired" });');
  assert.equal(await body(target), 'repaired');
});

alone('--dev: an imported file that is saved', async (start) => {
  const target = await start({
    handler: 'import { a } from "./a.js";\nexport const handler = () => ({ body: a });',
    files: { 'a.js': 'export const a = "first";' },
    options: ['--dev'],
  });
  assert.equal(await body(target), 'first');
  write(target, 'export const a = "second";', 'a.js');
  assert.equal(await body(target), 'second');
});

alone('--dev: a file that is missing for a while', async (start) => {
  const target = await start({ handler: 'export const handler = () => ({ body: "there" });', options: ['--dev'] });
  assert.equal(await body(target), 'there');
  fs.rmSync(target.file);
  assert.ok([200, 500].includes((await target.exchange(get('/'))).status));
  write(target, 'export const handler = () => ({ body: "back" });');
  assert.equal(await body(target), 'back');
});

alone('without --dev a save is not picked up', async (start) => {
  const target = await start({ handler: 'export const handler = () => ({ body: "first" });' });
  assert.equal(await body(target), 'first');
  write(target, 'export const handler = () => ({ body: "second" });');
  assert.equal(await body(target), 'first');
});

// ---- The default ----

alone('without a file js/handler.js is served, also from elsewhere', async () => {
  const program = new Program(['run', '--port', '0', '--log', 'json'], { cwd: '/' });
  try {
    const port = await program.seen(() => /listening on http:\/\/[^"]*:(\d+)/.exec(program.stderr)?.[1], 'the start');
    const response = await fetch(`http://127.0.0.1:${port}/a?name=Ada`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { message: 'Hello, Ada!', method: 'GET', path: '/a' });
  } finally {
    program.kill('SIGTERM');
  }
  assert.equal((await program.exit()).code, 0);
});
