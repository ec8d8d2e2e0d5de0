// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway that computes, for each answer of its upstream, on the loop. Advised: in a worker.
'use strict';
const http = require('http');
const {Worker, isMainThread, parentPort} = require('worker_threads');

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const SIZE = 34;

if (!isMainThread) {
  parentPort.on('message', (n) => parentPort.postMessage(fib(n)));
} else {
  const corpus = require('corpus');
  const agent = new http.Agent({keepAlive: true});
  const worker = corpus.advised ? new Worker(__filename) : null;

  const compute = () => {
    if (!worker) return Promise.resolve(fib(SIZE));
    return new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(SIZE);
    });
  };

  // What else the loop should serve: how late is it?
  const beat = () => {
    const due = performance.now() + 10;
    setTimeout(() => {
      corpus.add('late_ns', Math.max(0, performance.now() - due) * 1e6); // timers may be early
      corpus.add('beats');
      beat();
    }, 10);
  };

  const serve = async () => {
    for (;;) {
      await corpus.get(50, agent);
      await compute();
      corpus.add('done');
    }
  };

  beat();
  serve();
  corpus.ready();
}
