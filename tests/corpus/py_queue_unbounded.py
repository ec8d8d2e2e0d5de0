# SPDX-License-Identifier: GPL-2.0-or-later
"""A producer puts a block of 160 KiB into a queue every 10 ms; the uploader takes one in 30 ms.
Advised: the queue has a bound, so that the producer waits."""
import queue
import threading
import time

import corpus

blocks = queue.Queue(20 if corpus.ADVISED else 0)


def produce():
    while True:
        time.sleep(0.01)
        blocks.put(b"x" * 160 * 1024)


def upload():
    while True:
        blocks.get()
        corpus.get(30)
        corpus.add("done")


threading.Thread(target=produce).start()
threading.Thread(target=upload).start()
time.sleep(0.1)
corpus.ready()
