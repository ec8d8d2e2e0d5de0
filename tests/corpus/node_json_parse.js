// SPDX-License-Identifier: GPL-2.0-or-later
// Parses a document of some megabytes on the loop, ten times a second. Advised: in a worker.
'use strict';
const {Worker, isMainThread, parentPort} = require('worker_threads');

const count = (text) => JSON.parse(text).filter((row) => row.active).length;

if (!isMainThread) {
  parentPort.on('message', (text) => parentPort.postMessage(count(text)));
} else {
  const corpus = require('corpus');
  const worker = corpus.advised ? new Worker(__filename) : null;
  const rows = [];
  for (let i = 0; i < 120000; i++) {
    rows.push({id: i, name: `customer number ${i}`, active: i % 3 === 0, tags: ['a', 'b', i]});
  }
  const text = JSON.stringify(rows);
  rows.length = 0;

  // What else the loop should serve: how late is it?
  const beat = () => {
    const due = performance.now() + 10;
    setTimeout(() => {
      corpus.add('late_ns', Math.max(0, performance.now() - due) * 1e6); // timers may be early
      corpus.add('beats');
      beat();
    }, 10);
  };

  setInterval(() => {
    if (worker) worker.postMessage(text);
    else corpus.add('done', count(text) > 0 ? 1 : 0);
  }, 100);
  beat();
  corpus.ready();
}
