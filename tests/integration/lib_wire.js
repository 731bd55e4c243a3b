// SPDX-License-Identifier: Apache-2.0
// A raw HTTP/1.1 client for tests: sends exactly the given bytes, and reads responses strictly (RFC 9112).
'use strict';

const net = require('node:net');
const { STATUS_CODES } = require('node:http');
const { within, tick } = require('./lib_time.js');

// The reason phrases of RFC 9110 where Node still has those of older documents.
const REASONS = { ...STATUS_CODES, 302: 'Found', 413: 'Content Too Large', 422: 'Unprocessable Content' };

const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/;
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

class WireError extends Error {
  get name() {
    return 'WireError';
  }
}

// A response as it came. Names keep their spelling in `fields`; get() and all() ignore case.
class Response {
  constructor(status, reason, fields) {
    this.status = status;
    this.reason = reason;
    this.fields = fields;
    this.body = Buffer.alloc(0);
    this.head = ''; // its exact bytes as Latin-1, without the empty line
  }

  all(name) {
    return this.fields.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
  }

  get(name) {
    return this.all(name)[0];
  }

  get text() {
    return this.body.toString('utf8');
  }

  get json() {
    return JSON.parse(this.text);
  }
}

// The head of a response, checked against the grammar: status line with its registered reason, fields, Date.
const parseHead = (text) => {
  const lines = text.split('\r\n');
  const status = /^HTTP\/1\.1 ([1-5]\d\d) ([\x21-\x7e][\x20-\x7e]*)$/.exec(lines[0]);
  if (!status) throw new WireError(`not a status line: ${JSON.stringify(lines[0])}`);
  const code = Number(status[1]);
  if (REASONS[code] && REASONS[code] !== status[2]) {
    throw new WireError(`status ${code} has the reason "${status[2]}", not "${REASONS[code]}"`);
  }
  const fields = lines.slice(1).map((line) => {
    const match = FIELD_LINE.exec(line);
    if (!match) throw new WireError(`not a field line: ${JSON.stringify(line)}`);
    return [match[1], match[2]];
  });
  const response = new Response(code, status[2], fields);
  response.head = text;
  if (code >= 200) {
    const dates = response.all('date');
    if (dates.length !== 1 || !DATE.test(dates[0])) {
      throw new WireError(`Date is ${JSON.stringify(dates)}: one IMF-fixdate is right`);
    }
  }
  return response;
};

// How the body of `response` is framed: {length} or {chunked}. Anything unclear is an error.
const framing = (response, method) => {
  const lengths = response.all('content-length');
  const codings = response.all('transfer-encoding');
  if (lengths.length + codings.length > 1) {
    throw new WireError(`two framings: ${JSON.stringify({ lengths, codings })}`);
  }
  if (lengths.length && !/^\d+$/.test(lengths[0])) {
    throw new WireError(`Content-Length is "${lengths[0]}"`);
  }
  if (codings.length && codings[0] !== 'chunked') {
    throw new WireError(`Transfer-Encoding is "${codings[0]}"`);
  }
  if (response.status < 200 || response.status === 204) {
    if (lengths.length + codings.length) {
      throw new WireError(`a ${response.status} response must not have framing fields`);
    }
    return { length: 0 };
  }
  if (response.status === 304 || method === 'HEAD') return { length: 0 };
  if (codings.length) return { chunked: true };
  if (!lengths.length) throw new WireError(`a ${response.status} response without framing`);
  return { length: Number(lengths[0]) };
};

// Takes a chunked body off `bytes`. Returns {body, used}, or null when it is not yet complete.
const takeChunked = (bytes) => {
  const parts = [];
  let at = 0;
  for (;;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol < 0) return null;
    const size = /^([0-9a-fA-F]+)$/.exec(bytes.toString('latin1', at, eol));
    if (!size) throw new WireError(`chunk size ${JSON.stringify(bytes.toString('latin1', at, eol))}`);
    const length = parseInt(size[1], 16);
    const end = eol + 2 + length;
    if (bytes.length < end + 2) return null;
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new WireError('no CRLF after a chunk');
    if (length === 0) return { body: Buffer.concat(parts), used: end + 2 };
    parts.push(bytes.subarray(eol + 2, end));
    at = end + 2;
  }
};

const toBytes = (piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);

// One connection. Strings are sent as Latin-1, so that '\x80' is that byte.
class Wire {
  constructor(socket) {
    this.socket = socket;
    this.chunks = [];
    this.size = 0;
    this.received = 0;
    this.ended = false; // the server has closed its side
    this.error = null;
    this.waiters = [];
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.chunks.push(bytes);
      this.size += bytes.length;
      this.received += bytes.length;
      this.wakeUp();
    });
    socket.on('end', () => {
      this.ended = true;
      this.wakeUp();
    });
    socket.on('error', (error) => {
      this.error = error;
      this.wakeUp();
    });
    socket.on('close', () => {
      this.ended = true;
      this.wakeUp();
    });
  }

  // Connects to `address` ({host, port}).
  static async connect(address) {
    const socket = net.connect({ host: address.host, port: address.port, allowHalfOpen: true });
    await within(
      new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      }),
      `connecting to ${address.host}:${address.port}`,
    );
    socket.removeAllListeners('error');
    return new Wire(socket);
  }

  wakeUp() {
    const waiters = this.waiters;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  changed() {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  get buffer() {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }

  drop(count) {
    this.chunks = [this.buffer.subarray(count)];
    this.size -= count;
  }

  // Sends each piece in a write of its own; the kernel has taken a piece before the next one goes. With `turns` the event loop goes
  // round that often between two pieces, so that the server most likely sees them one by one.
  async send(pieces, { turns = 0 } = {}) {
    for (const piece of Array.isArray(pieces) ? pieces : [pieces]) {
      const bytes = toBytes(piece);
      if (bytes.length === 0) continue;
      await within(
        new Promise((resolve, reject) =>
          this.socket.write(bytes, (error) => (error ? reject(error) : resolve())),
        ),
        'sending',
      );
      for (let i = 0; i < turns; i++) await tick();
    }
    return this;
  }

  // Closes the sending side: the server reads an end of file.
  finish() {
    this.socket.end();
    return this;
  }

  // The next response. `method` is that of the request. Interim (1xx) responses are returned like others.
  async response(method = 'GET', limit = undefined) {
    return within(this.nextResponse(method), `the response to ${method}`, limit);
  }

  async nextResponse(method) {
    let head;
    for (;;) {
      const end = this.buffer.indexOf('\r\n\r\n');
      if (end >= 0) {
        head = this.buffer.toString('latin1', 0, end);
        this.drop(end + 4);
        break;
      }
      await this.more('a response head');
    }
    const response = parseHead(head);
    const { length, chunked } = framing(response, method);
    for (;;) {
      if (chunked) {
        const taken = takeChunked(this.buffer);
        if (taken) {
          response.body = Buffer.from(taken.body);
          this.drop(taken.used);
          return response;
        }
      } else if (this.size >= length) {
        response.body = Buffer.from(this.buffer.subarray(0, length));
        this.drop(length);
        return response;
      }
      await this.more('a response body');
    }
  }

  async more(what) {
    if (this.error) throw new WireError(`${this.error.code} while waiting for ${what}`);
    if (this.ended) {
      const have = JSON.stringify(this.buffer.toString('latin1').slice(0, 200));
      throw new WireError(`the server closed instead of sending ${what}; so far: ${have}`);
    }
    await this.changed();
  }

  // Waits for the first byte that is not yet read.
  async anything(limit = undefined) {
    const wait = async () => {
      while (this.size === 0) await this.more('a byte');
    };
    return within(wait(), 'a byte', limit);
  }

  // Waits until the server has closed the connection. Returns what it sent and nobody read; a reset is fine only if `reset` is true.
  async closed({ reset = false, limit = undefined } = {}) {
    const wait = async () => {
      while (!this.ended && !this.error) await this.changed();
    };
    await within(wait(), 'the server to close', limit);
    if (this.error && !reset) throw new WireError(`${this.error.code} instead of an orderly close`);
    const rest = this.buffer;
    this.destroy();
    return rest;
  }

  // Asserts that the connection is closed now and that no byte followed the last response.
  async closedClean(options) {
    const rest = await this.closed(options);
    if (rest.length) {
      throw new WireError(`bytes after the last response: ${JSON.stringify(rest.toString('latin1'))}`);
    }
  }

  // Goes away without a word.
  destroy() {
    this.socket.destroy();
  }

  // Goes away with a reset.
  reset() {
    this.socket.resetAndDestroy ? this.socket.resetAndDestroy() : this.socket.destroy();
  }
}

// Sends `pieces` on a new connection and returns its one response.
const exchange = async (address, pieces, { method = 'GET', turns = 0 } = {}) => {
  const wire = await Wire.connect(address);
  try {
    await wire.send(pieces, { turns });
    return await wire.response(method);
  } finally {
    wire.destroy();
  }
};

module.exports = { Wire, WireError, Response, exchange, parseHead };
