# SPDX-License-Identifier: GPL-2.0-or-later
"""A loop that is never at rest: each callback takes a fifth of a millisecond."""
import asyncio
import os

import corpus


async def step(name):
    while True:
        corpus.spin(7000)
        corpus.add(name)
        await asyncio.sleep(0)


async def main(name):
    await asyncio.gather(*(step(name) for _ in range(4)))


corpus.put("done.1", 0)
corpus.put("done.2", 0)
corpus.ready()
if corpus.ADVISED and os.fork() == 0:
    asyncio.run(main("done.2"))
asyncio.run(main("done.1"))
