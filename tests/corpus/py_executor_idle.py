# SPDX-License-Identifier: GPL-2.0-or-later
"""A ThreadPoolExecutor of 8 that has a small task four times a second."""
from concurrent.futures import ThreadPoolExecutor
import time

import corpus

with ThreadPoolExecutor(8) as pool:
    list(pool.map(time.sleep, [0.1] * 8))  # its threads start
    corpus.ready()
    while True:
        pool.submit(corpus.add, "done").result()
        time.sleep(0.25)
