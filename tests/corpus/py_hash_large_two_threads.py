# SPDX-License-Identifier: GPL-2.0-or-later
"""Two threads hash blocks of 4 MiB, during which hashlib releases the GIL."""
import hashlib
import threading

import corpus

BLOCK = bytes(4 * 1024 * 1024)


def hash_blocks(number):
    while True:
        hashlib.sha256(BLOCK).digest()
        corpus.add(f"done.{number}")


for each in range(2):
    threading.Thread(target=hash_blocks, args=(each,)).start()
corpus.ready()
