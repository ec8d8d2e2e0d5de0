# SPDX-License-Identifier: GPL-2.0-or-later
"""Two threads take turns at a threading.Lock that each holds across a sleep of 20 ms, 2 ms apart:
each waits 18 ms of 40 for the lock, and next to none for the GIL."""
import os
import threading
import time

lock = threading.Lock()


def contend():
    while True:
        with lock:
            time.sleep(0.02)
        time.sleep(0.002)


for _ in range(2):
    threading.Thread(target=contend, daemon=True).start()
print("ready", os.getpid(), flush=True)
while True:
    time.sleep(1000)
