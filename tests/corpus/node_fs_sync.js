// SPDX-License-Identifier: GPL-2.0-or-later
// A server that takes down batches of records with fs.writeSync and fs.fsyncSync, on the loop.
// Advised: with fs.promises.
'use strict';
const fs = require('fs');
const corpus = require('corpus');

const TMPFS = 0x01021994;
if (fs.statfsSync('.').type === TMPFS) {
  console.error('the temporary directory is in memory: fsync waits for nothing');
  process.exit(77);
}
const RECORD = Buffer.alloc(4096, 'x');
const BATCH = 400;
const at = (i) => (i % 256) * RECORD.length;

const storeSync = (fd) => {
  for (let i = 0; i < BATCH; i++) {
    fs.writeSync(fd, RECORD, 0, RECORD.length, at(i));
    fs.fsyncSync(fd);
  }
};

const store = async (file) => {
  for (let i = 0; i < BATCH; i++) {
    await file.write(RECORD, 0, RECORD.length, at(i));
    await file.sync();
  }
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

const main = async () => {
  const file = await fs.promises.open('journal', 'w');
  beat();
  corpus.ready();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (corpus.advised) await store(file);
    else storeSync(file.fd);
    corpus.add('done');
  }
};
main();
