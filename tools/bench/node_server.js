// SPDX-License-Identifier: Apache-2.0
// Node's http server with the reply of js/handler.js: the bench's measure. It does no more than the reply needs.
'use strict';

const http = require('node:http');

const server = http.createServer((request, response) => {
  const [path, query] = request.url.split('?', 2);
  const name = (query && new URLSearchParams(query).get('name')) ?? 'world';
  const body = JSON.stringify({ message: `Hello, ${name}!`, method: request.method, path });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
