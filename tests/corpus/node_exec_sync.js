// SPDX-License-Identifier: GPL-2.0-or-later
// A server that starts a slow tool with execSync, on the loop, some times a second.
// Advised: with exec.
'use strict';
const {exec, execSync} = require('child_process');
const {promisify} = require('util');
const corpus = require('corpus');

const TOOL = 'sleep 0.1';

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
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (corpus.advised) await promisify(exec)(TOOL);
    else execSync(TOOL);
    corpus.add('done');
  }
};
beat();
main();
corpus.ready();
