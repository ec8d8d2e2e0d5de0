// SPDX-License-Identifier: GPL-2.0-or-later
// Awaits one request after the other. Advised: eight at once.
'use strict';
const http = require('http');
const corpus = require('corpus');

const WAIT_MS = 20;
const agent = new http.Agent({keepAlive: true, maxSockets: Infinity});
const atOnce = corpus.advised ? 8 : 1;

const main = async () => {
  for (;;) {
    await Promise.all(Array.from({length: atOnce}, () => corpus.get(WAIT_MS, agent)));
    corpus.add('done', atOnce);
  }
};
main();
corpus.ready();
