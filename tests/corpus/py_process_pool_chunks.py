# SPDX-License-Identifier: GPL-2.0-or-later
"""Computes over chunks of a long range in a ProcessPoolExecutor with a worker for each core."""
from concurrent.futures import ProcessPoolExecutor

import corpus

CHUNK = 1_000_000


def part(start):
    return sum(number * number % 7 for number in range(start, start + CHUNK))


with ProcessPoolExecutor(2) as pool:
    list(pool.map(part, range(0, 8 * CHUNK, CHUNK)))
    corpus.ready()
    while True:
        for result in pool.map(part, range(0, 2000 * CHUNK, CHUNK)):
            corpus.add("done")
