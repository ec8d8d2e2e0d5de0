# SPDX-License-Identifier: GPL-2.0-or-later
"""A pool of four; each task submits another to the same pool and waits for its result. Advised: a pool
of its own for the inner tasks."""
import concurrent.futures
import time

import corpus

pool = concurrent.futures.ThreadPoolExecutor(4)
inner_pool = concurrent.futures.ThreadPoolExecutor(4) if corpus.ADVISED else pool


def part():
    corpus.spin(200)


def task():
    time.sleep(0.01)
    inner = inner_pool.submit(part)
    inner.result()
    corpus.add("done")


corpus.ready()
while True:
    for one in [pool.submit(task) for _ in range(4)]:
        one.result()
