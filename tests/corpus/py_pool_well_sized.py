# SPDX-License-Identifier: GPL-2.0-or-later
"""A poller: five times a second 8 threads of a ThreadPoolExecutor ask 8 devices, 60 ms each."""
from concurrent.futures import ThreadPoolExecutor
import time

import corpus

DEVICES = range(8)


def ask(_):
    corpus.get(60)
    corpus.add("done")


with ThreadPoolExecutor(len(DEVICES)) as pool:
    list(pool.map(ask, DEVICES))
    corpus.ready()
    while True:
        list(pool.map(ask, DEVICES))
        time.sleep(0.14)
