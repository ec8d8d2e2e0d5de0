# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts a thread for each new subscriber; it waits for an event that never comes.
Advised: one thread serves them all."""
import queue
import threading
import time

import corpus


def serve(events):
    while True:
        print(events.get())


shared = queue.SimpleQueue()


def subscribe():
    if not corpus.ADVISED:
        threading.Thread(target=serve, args=(queue.SimpleQueue(),), daemon=True).start()


threading.Thread(target=serve, args=(shared,), daemon=True).start()
for _ in range(10):
    subscribe()
corpus.ready()
while True:
    time.sleep(0.25)
    subscribe()
    corpus.add("done")
