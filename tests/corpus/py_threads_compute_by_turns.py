# SPDX-License-Identifier: GPL-2.0-or-later
"""Every second two threads compute a batch together, for half of it. Advised: two processes do.

Each thread does the same rounds for each batch, sized at start so that each takes 0.25 s.
"""
import multiprocessing
import threading
import time

import corpus

WORKERS, PERIOD, EACH = 2, 1.0, 0.25


def compute(rounds):
    for _ in range(rounds):
        sum(range(1000))


def rounds_that_take(seconds):
    start = time.thread_time()
    compute(2000)
    return int(2000 * seconds / (time.thread_time() - start))


def worker(number, rounds, begin):
    while True:
        begin.wait()
        start = time.monotonic()
        compute(rounds)
        corpus.add(f"ns.{number}", int((time.monotonic() - start) * 1e9))
        corpus.add(f"done.{number}")


for each in range(WORKERS):
    corpus.put(f"ns.{each}", 0)
    corpus.put(f"done.{each}", 0)
parts = multiprocessing if corpus.ADVISED else threading
barrier = parts.Barrier(WORKERS + 1)
start = multiprocessing.Process if corpus.ADVISED else threading.Thread
for each in range(WORKERS):
    start(target=worker, args=(each, rounds_that_take(EACH), barrier), daemon=True).start()
corpus.ready()
while True:
    barrier.wait()
    time.sleep(PERIOD)
