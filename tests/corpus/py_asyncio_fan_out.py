# SPDX-License-Identifier: GPL-2.0-or-later
"""A crawler as it should be: one loop with a thousand requests in flight to a slow server."""
import asyncio
import random
import resource

import corpus

CONNECTIONS = 1000


async def fetch(streams):
    await asyncio.sleep(random.uniform(0, 2))  # so that they do not all come back together
    while True:
        await corpus.aget(streams, random.randrange(1500, 2500))
        corpus.add("done")


async def main():
    opened = [await asyncio.open_connection(corpus.HOST, corpus.PORT) for _ in range(CONNECTIONS)]
    tasks = [asyncio.create_task(fetch(streams)) for streams in opened]
    await asyncio.sleep(2)
    corpus.ready()
    await asyncio.gather(*tasks)


hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
asyncio.run(main())
