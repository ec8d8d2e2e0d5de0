# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine that awaits one request after the other, although none needs the one before."""
import asyncio

import corpus

WAIT_MS = 40


async def worker(streams, slots):
    while True:
        async with slots:
            await corpus.aget(streams, WAIT_MS)
        corpus.add("done")


async def main():
    count = 16 if corpus.ADVISED else 1
    opened = [await asyncio.open_connection(corpus.HOST, corpus.PORT) for _ in range(count)]
    slots = asyncio.Semaphore(count)
    corpus.ready()
    await asyncio.gather(*(worker(streams, slots) for streams in opened))


asyncio.run(main())
