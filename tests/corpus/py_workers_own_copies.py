# SPDX-License-Identifier: GPL-2.0-or-later
"""Two worker processes that each load a table of 120 MiB of their own and compute over it.
Advised: the table is loaded once, before the fork, and shared."""
import array
import multiprocessing

import corpus

ROWS = 120 * 1024 * 1024 // 8


def load():
    return array.array("d", [1.5]) * ROWS


def work(number, table, loaded):
    if table is None:
        table = load()
    loaded.wait()
    at = 0
    while True:
        total = sum(table[at:at + 200_000])
        at = (at + 200_000) % (ROWS - 200_000)
        corpus.add(f"done.{number}", total > 0)


if __name__ == "__main__":
    shared = load() if corpus.ADVISED else None
    barrier = multiprocessing.Barrier(3)
    workers = []
    for each in range(2):
        corpus.put(f"done.{each}", 0)
        workers.append(multiprocessing.Process(target=work, args=(each, shared, barrier)))
        workers[-1].start()
    barrier.wait()
    corpus.ready()
    barrier.wait()
