// SPDX-License-Identifier: GPL-2.0-or-later
// An HTTP server without clients; twice a second it looks after its sessions.
'use strict';
const http = require('http');
const corpus = require('corpus');

const server = http.createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => {
  setInterval(() => corpus.add('done'), 500);
  corpus.ready();
});
