// SPDX-License-Identifier: GPL-2.0-or-later
// Shared code of the Node corpus programs: variant, server, figures. Reads CORPUS_SERVER,
// WORKLOAD_TRUTH and the argument "advised"; prints "ready PID" and the figures.
'use strict';
const fs = require('fs');
const http = require('http');

const path = process.env.WORKLOAD_TRUTH;
const page = path ? fs.openSync(path, 'r+') : null;
const [host, port] = (process.env.CORPUS_SERVER || '127.0.0.1:0').split(':');
const rows = new Map();
const counts = new Map();

exports.advised = process.argv.includes('advised');

exports.put = (name, value) => {
  if (!rows.has(name)) rows.set(name, rows.size);
  const bytes = Buffer.alloc(32);
  bytes.write(name, 0, 'latin1');
  bytes.writeBigUInt64LE(BigInt(Math.round(value)), 24);
  if (page !== null) fs.writeSync(page, bytes, 0, 32, rows.get(name) * 32);
};

// Counts; written at most every 50 ms, so that a figure costs next to nothing.
let written = 0;
exports.add = (name, more = 1) => {
  counts.set(name, (counts.get(name) || 0) + more);
  const now = Date.now();
  if (now - written < 50) return;
  written = now;
  for (const [each, value] of counts) exports.put(each, value);
};

exports.ready = () => console.log('ready', process.pid);

exports.get = (waitMs, agent, size = 2) => new Promise((resolve, reject) => {
  http.get({host, port, path: `/wait/${waitMs}/${size}`, agent}, (response) => {
    response.on('data', () => {});
    response.on('end', resolve);
  }).on('error', reject);
});
