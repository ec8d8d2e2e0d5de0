// SPDX-License-Identifier: GPL-2.0-or-later
// A server that waits for a lock file with Atomics.wait, 40 ms at a time, on its one thread. Advised: a
// timer.
'use strict';
const corpus = require('corpus');

const cell = new Int32Array(new SharedArrayBuffer(4));
const sleepSync = (ms) => Atomics.wait(cell, 0, 0, ms);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const beat = () => {
  const due = performance.now() + 10;
  setTimeout(() => {
    corpus.add('late_ns', Math.max(0, performance.now() - due) * 1e6);
    corpus.add('beats');
    beat();
  }, 10);
};

const main = async () => {
  beat();
  corpus.ready();
  for (;;) {
    if (corpus.advised) await sleep(40);
    else sleepSync(40);
    await sleep(20);
    corpus.add('done');
  }
};
main();
