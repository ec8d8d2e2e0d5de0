# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts words on its only thread; another core is free. Advised: two processes."""
import collections
import multiprocessing

import corpus

TEXT = " ".join(f"word{number * number % 501}" for number in range(20000))


def count(number):
    while True:
        words = collections.Counter()
        for word in TEXT.split():
            words[word] += 1
        corpus.add(f"done.{number}")


corpus.put("done.0", 0)
if corpus.ADVISED:
    corpus.put("done.1", 0)
    multiprocessing.Process(target=count, args=(1,)).start()
corpus.ready()
count(0)
