# SPDX-License-Identifier: GPL-2.0-or-later
"""A ThreadPoolExecutor of four workers that has a small task every 200 ms: they wait for work,
neither for a lock nor for the GIL."""
import concurrent.futures
import os
import time

with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for _ in [pool.submit(time.sleep, 0.05) for _ in range(4)]:
        pass
    time.sleep(0.2)
    print("ready", os.getpid(), flush=True)
    while True:
        pool.submit(sum, range(100)).result()
        time.sleep(0.2)
