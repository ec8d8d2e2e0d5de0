// SPDX-License-Identifier: GPL-2.0-or-later
// A pool of worker_threads, one for each core, computes what the main thread gives it.
'use strict';
const os = require('os');
const {Worker, isMainThread, parentPort} = require('worker_threads');

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

if (!isMainThread) {
  parentPort.on('message', (n) => parentPort.postMessage(fib(n)));
} else {
  const corpus = require('corpus');
  os.cpus().forEach(() => {
    const worker = new Worker(__filename);
    worker.on('message', () => {
      corpus.add('done');
      worker.postMessage(33);
    });
    for (let i = 0; i < 4; i++) worker.postMessage(33);
  });
  setTimeout(corpus.ready, 500);
}
