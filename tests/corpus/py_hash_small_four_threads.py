# SPDX-License-Identifier: GPL-2.0-or-later
"""Four threads hash records of 1000 bytes: too small for hashlib to release the GIL. Advised: two
processes."""
import hashlib
import multiprocessing
import threading

import corpus

RECORD = b"r" * 1000


def hash_records(number):
    while True:
        for _ in range(2000):
            hashlib.sha256(RECORD).digest()
        corpus.add(f"done.{number}")


workers, start = (2, multiprocessing.Process) if corpus.ADVISED else (4, threading.Thread)
for each in range(workers):
    corpus.put(f"done.{each}", 0)
for each in range(workers):
    start(target=hash_records, args=(each,)).start()
corpus.ready()
