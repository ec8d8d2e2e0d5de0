# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine fetches a record, then works it out on the loop itself, in Python."""
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor

import corpus

PIECE = 1_500_000  # about 40 ms


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def work(streams, pool):
    loop = asyncio.get_running_loop()
    while True:
        await corpus.aget(streams, 30)
        if corpus.ADVISED:
            await loop.run_in_executor(pool, corpus.spin, PIECE)
        else:
            corpus.spin(PIECE)
        corpus.add("done")


async def main(pool):
    streams = await asyncio.open_connection(corpus.HOST, corpus.PORT)
    corpus.ready()
    await asyncio.gather(beat(), work(streams, pool))


with ProcessPoolExecutor(2) as workers:
    if corpus.ADVISED:
        workers.submit(corpus.spin).result()
    asyncio.run(main(workers))
