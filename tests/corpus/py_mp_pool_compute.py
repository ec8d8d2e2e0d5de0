# SPDX-License-Identifier: GPL-2.0-or-later
"""multiprocessing.Pool with a worker for each core searches for primes."""
import multiprocessing

import corpus


def primes_in(start):
    return sum(all(number % low for low in range(2, int(number**0.5) + 1))
               for number in range(start, start + 4000))


with multiprocessing.Pool(2) as pool:
    pool.map(primes_in, [10**8] * 4)
    corpus.ready()
    while True:
        for _ in pool.imap_unordered(primes_in, range(10**8, 10**8 + 4_000_000, 4000)):
            corpus.add("done")
