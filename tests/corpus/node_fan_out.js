// SPDX-License-Identifier: GPL-2.0-or-later
// Two hundred requests in flight at a slow server, all on one loop.
'use strict';
const http = require('http');
const corpus = require('corpus');

const agent = new http.Agent({keepAlive: true, maxSockets: Infinity});

const fetch = async () => {
  for (;;) {
    await corpus.get(600 + Math.floor(Math.random() * 800), agent);
    corpus.add('done');
  }
};

for (let i = 0; i < 200; i++) setTimeout(fetch, i * 5);
setTimeout(corpus.ready, 1500);
