# SPDX-License-Identifier: GPL-2.0-or-later
"""A child puts a large result into a multiprocessing.Queue; the parent waits for the child's end before
it takes the result. Advised: it takes the result first."""
import multiprocessing

import corpus

RESULT = bytes(1 << 20)


def work(queue):
    queue.put(RESULT)


corpus.ready()
while True:
    results = multiprocessing.Queue()
    child = multiprocessing.Process(target=work, args=(results,))
    child.start()
    if corpus.ADVISED:
        results.get()
    child.join()
    corpus.add("done")
