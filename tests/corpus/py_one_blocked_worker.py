# SPDX-License-Identifier: GPL-2.0-or-later
"""A pool of 8 threads, one of which waits for a server that does not answer for 20 s; the others
have had their small tasks and have nothing to do."""
from concurrent.futures import ThreadPoolExecutor
import time

import corpus

with ThreadPoolExecutor(8) as pool:
    list(pool.map(time.sleep, [0.1] * 8))  # its threads start
    stuck = pool.submit(corpus.get, 20000)
    time.sleep(0.1)
    corpus.ready()
    while True:
        stuck.result()
        stuck = pool.submit(corpus.get, 20000)
