// SPDX-License-Identifier: GPL-2.0-or-later
// A Node server whose loop is blocked: loop.js crypto|file|script. Truth: each stall by its own
// clock.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const what = process.argv[2];
const path = process.env.WORKLOAD_TRUTH;
const page = path ? fs.openSync(path, 'r+') : null;
let count = 0;

function put(row, name, value) {
  const bytes = Buffer.alloc(32);
  bytes.write(name, 0, 'latin1');
  bytes.writeBigUInt64LE(BigInt(Math.round(value)), 24);
  if (page !== null) fs.writeSync(page, bytes, 0, 32, row * 32);
}

function spin() {
  let total = 0;
  for (let i = 0; i < 2e7; i++) total += i % 7;
  return total;
}

function block() {
  if (what === 'script') spin();
  else if (what === 'crypto') crypto.pbkdf2Sync('a', 'b', 60000, 64, 'sha512');
  else for (let i = 0; i < 2; i++) fs.readFileSync('/proc/self/exe');
}

const server = http.createServer((request, response) => response.end('x'));
server.listen(0, '127.0.0.1', () => {
  console.log('ready', process.pid);
  setInterval(() => {}, 5);
  setInterval(() => {
    const begin = process.hrtime.bigint(), before = process.cpuUsage();
    block();
    const ns = Number(process.hrtime.bigint() - begin), used = process.cpuUsage(before);
    const at = count % 20;
    put(3 * at, 'stall' + at, ns);
    put(3 * at + 1, 'cpu' + at, (used.user + used.system) * 1000);
    put(3 * at + 2, 'end' + at, Date.now() * 1e6);
    count++;
  }, 200);
});
