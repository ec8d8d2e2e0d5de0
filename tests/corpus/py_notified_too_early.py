# SPDX-License-Identifier: GPL-2.0-or-later
"""A consumer waits at a condition that was notified before, without looking whether it is needed. Advised: it
looks."""
import threading
import time

import corpus

condition = threading.Condition()


def consume(items):
    time.sleep(0.02)
    with condition:
        if not (corpus.ADVISED and items):
            condition.wait()


corpus.ready()
while True:
    work = []
    consumer = threading.Thread(target=consume, args=(work,))
    consumer.start()
    with condition:
        work.append("item")
        condition.notify()
    consumer.join()
    corpus.add("done")
