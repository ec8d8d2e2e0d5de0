# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine that waits 10 ms for the server, then computes 12 ms, politely, in short pieces."""
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor

import corpus

PIECES, SECONDS = 24, 0.0005


def compute(pieces=PIECES):
    end = time.thread_time() + pieces * SECONDS
    while time.thread_time() < end:
        corpus.spin(500)


async def work(streams, pool):
    loop = asyncio.get_running_loop()
    while True:
        await corpus.aget(streams, 10)
        if corpus.ADVISED:
            await loop.run_in_executor(pool, compute)
        else:
            for _ in range(PIECES):
                compute(1)
                await asyncio.sleep(0)
        corpus.add("done")


async def main(pool):
    count = 8 if corpus.ADVISED else 1
    opened = [await asyncio.open_connection(corpus.HOST, corpus.PORT) for _ in range(count)]
    corpus.ready()
    await asyncio.gather(*(work(streams, pool) for streams in opened))


with ProcessPoolExecutor(2) as workers:
    if corpus.ADVISED:
        list(workers.map(compute, [1] * 8))
    asyncio.run(main(workers))
