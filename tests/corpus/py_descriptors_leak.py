# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens a new log file twice a second and forgets to close it; a list of handlers keeps each.
Advised: closes it."""
import os
import time

import corpus

handlers = []


def note():
    handlers.append(os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    os.write(handlers[-1], b"noted\n")
    if corpus.ADVISED:
        os.close(handlers.pop())


corpus.ready()
while True:
    note()
    corpus.add("done")
    time.sleep(0.5)
