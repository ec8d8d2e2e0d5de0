# SPDX-License-Identifier: GPL-2.0-or-later
"""Four threads ask a server, each while it holds the lock that guards the counter of answers.
Advised: the lock is held for the counter alone."""
import threading

import corpus

lock = threading.Lock()


def fetch():
    while True:
        if corpus.ADVISED:
            corpus.get(20)
            with lock:
                corpus.add("done")
        else:
            with lock:
                corpus.get(20)
                corpus.add("done")


for _ in range(4):
    threading.Thread(target=fetch).start()
corpus.ready()
