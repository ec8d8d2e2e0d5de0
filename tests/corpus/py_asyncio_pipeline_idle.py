# SPDX-License-Identifier: GPL-2.0-or-later
"""Producer and consumer that wait on timers, and pass each other something now and then."""
import asyncio

import corpus


async def produce(queue):
    while True:
        await asyncio.sleep(0.2)
        await queue.put("sample")


async def consume(queue):
    while True:
        await queue.get()
        await asyncio.sleep(0.1)  # as long as the device takes to settle


async def main():
    queue = asyncio.Queue(10)
    corpus.ready()
    await asyncio.gather(produce(queue), consume(queue))


asyncio.run(main())
