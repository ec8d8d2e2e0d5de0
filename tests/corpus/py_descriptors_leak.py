# SPDX-License-Identifier: GPL-2.0-or-later
"""Appends to a log of its own five times in two seconds and forgets to close it; a list of handlers
keeps each. Advised: closes it."""
import time

import corpus

handlers = []


def note():
    handlers.append(open("log", "a", encoding="utf-8"))  # pylint: disable=consider-using-with
    handlers[-1].write("noted\n")
    if corpus.ADVISED:
        handlers.pop().close()


corpus.ready()
while True:
    note()
    corpus.add("done")
    time.sleep(0.4)
