# SPDX-License-Identifier: GPL-2.0-or-later
"""Four worker threads wait at a queue, with a timeout so that they can be asked to end; now and
then there is something in it."""
import queue
import threading
import time

import corpus

tasks = queue.Queue()


def work(number):
    while True:
        try:
            task = tasks.get(timeout=1)
        except queue.Empty:
            continue
        corpus.add(f"done.{number}", task)


for each in range(4):
    threading.Thread(target=work, args=(each,), daemon=True).start()
corpus.ready()
while True:
    time.sleep(0.5)
    tasks.put(1)
