# SPDX-License-Identifier: GPL-2.0-or-later
"""multiprocessing.Pool with 16 computing workers on 2 cores. Advised: a worker for each core."""
import multiprocessing
import time

import corpus

WORKERS = 2 if corpus.ADVISED else 16


def task(_):
    begun = time.monotonic_ns()
    corpus.spin(1_000_000)
    return time.monotonic_ns() - begun


corpus.put("task_ns", 0)
with multiprocessing.Pool(WORKERS) as pool:
    pool.map(task, range(WORKERS))
    corpus.ready()
    while True:
        for took in pool.imap_unordered(task, range(2000)):
            corpus.add("done")
            corpus.add("task_ns", took)
