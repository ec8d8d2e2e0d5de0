# SPDX-License-Identifier: GPL-2.0-or-later
"""Two threads count down, as in every talk about the GIL. Advised: two processes do."""
import multiprocessing
import threading

import corpus


def countdown(number):
    while True:
        left = 100_000
        while left > 0:
            left -= 1
        corpus.add(f"done.{number}")


start = multiprocessing.Process if corpus.ADVISED else threading.Thread
for each in range(2):
    corpus.put(f"done.{each}", 0)
for each in range(2):
    start(target=countdown, args=(each,)).start()
corpus.ready()
