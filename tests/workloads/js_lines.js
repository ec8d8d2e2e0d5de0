// SPDX-License-Identifier: GPL-2.0-or-later
// A loop that functions of every kind block in turn. Truth: a line that one may stand in ends with
// the function's name.
'use strict';
const crypto = require('crypto');

const never = new Int32Array(new SharedArrayBuffer(4));
const text = `[${'1,'.repeat(1000000)}1]`;
const kinds = [];
let turn = 0;

function wait(ms) {
  Atomics.wait(never, 0, 0, ms); // in wait
}

kinds.push(function parse() {
  JSON.parse(text); // in parse
});

kinds.push(function search() {
  /^(a+)+$/.test(`${'a'.repeat(22)}b`); // in search
});

kinds.push(function derive() {
  crypto.pbkdf2Sync('a', 'b', 40000, 64, 'sha512'); // in derive
});

const arrow = (ms) => {
  wait(ms); // in arrow
};
kinds.push(() => {
  arrow(40); // in (anonymous)
});

function recurse(depth) {
  if (depth) recurse(depth - 1); // in recurse
  else wait(40); // in recurse
}
kinds.push(function outer() {
  recurse(5); // in outer
});

class Shop {
  #close(ms) {
    wait(ms); // in #close
  }

  open() {
    this.#close(40); // in open
  }
}
kinds.push(function visit() {
  new Shop().open(); // in visit
});

async function later() {
  await null;
  wait(40); // in later
}
kinds.push(function begin() {
  later();
});

kinds.push(function each() {
  [40].forEach((ms) => { // in each
    wait(ms); // in (anonymous)
  });
  [40].forEach(wait); // in each
});

function warm(ms) { // inlined, or compiled at least
  if (ms) wait(ms); // in warm
  return turn;
}
kinds.push(function hot() {
  let sum = 0;
  for (let i = 0; i < 200000; i++) sum += warm(0); // in hot
  sum += warm(40); // in hot
  return sum;
});

setInterval(function tick() {
  kinds[turn++ % kinds.length](); // in tick
}, 60);
console.log('ready', process.pid);
