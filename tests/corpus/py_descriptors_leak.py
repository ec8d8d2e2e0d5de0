# SPDX-License-Identifier: GPL-2.0-or-later
"""Appends to each of three logs of its own five times in four seconds and forgets to close them; a
list of handlers keeps each. Advised: closes it."""
import time

import corpus

handlers = []


def note(log):
    handlers.append(open(log, "a", encoding="utf-8"))  # pylint: disable=consider-using-with
    handlers[-1].write("noted\n")
    if corpus.ADVISED:
        handlers.pop().close()


corpus.ready()
while True:
    for name in ("errors", "requests", "timings"):
        note(name)
    corpus.add("done")
    time.sleep(0.8)
