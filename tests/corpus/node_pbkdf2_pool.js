// SPDX-License-Identifier: GPL-2.0-or-later
// Hashes passwords with crypto.pbkdf2, sixteen in flight: libuv's four threads compute them.
'use strict';
const crypto = require('crypto');
const corpus = require('corpus');

const hash = () => {
  crypto.pbkdf2('secret', 'salt', 60000, 64, 'sha512', (error) => {
    if (error) throw error;
    corpus.add('done');
    hash();
  });
};

for (let i = 0; i < 16; i++) hash();
corpus.ready();
