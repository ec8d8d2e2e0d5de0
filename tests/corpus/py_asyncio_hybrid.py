# SPDX-License-Identifier: GPL-2.0-or-later
"""A pipeline as it should be: a loop fetches, a pool of processes, one per core, computes."""
import asyncio
import os
from concurrent.futures import ProcessPoolExecutor

import corpus

PIECE = 6_000_000  # about 150 ms


async def fetch():
    streams = await asyncio.open_connection(corpus.HOST, corpus.PORT)
    answer = await corpus.aget(streams, 10, 1000)
    streams[1].close()
    return len(answer)


async def work(pool):
    loop = asyncio.get_running_loop()
    while True:
        await fetch()
        await loop.run_in_executor(pool, corpus.spin, PIECE)
        corpus.add("done")


async def main(pool):
    corpus.ready()
    await asyncio.gather(*(work(pool) for _ in range(2 * os.cpu_count())))


with ProcessPoolExecutor(os.cpu_count()) as workers:
    list(workers.map(corpus.spin, range(8)))
    asyncio.run(main(workers))
