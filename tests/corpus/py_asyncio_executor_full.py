# SPDX-License-Identifier: GPL-2.0-or-later
"""Twelve coroutines share a default executor of two threads for their blocking requests."""
import asyncio
from concurrent.futures import ThreadPoolExecutor

import corpus

WAIT_MS = 40


async def work():
    loop = asyncio.get_running_loop()
    while True:
        await loop.run_in_executor(None, corpus.get, WAIT_MS)
        corpus.add("done")


async def main():
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(8 if corpus.ADVISED else 2))
    corpus.ready()
    await asyncio.gather(*(work() for _ in range(12)))


asyncio.run(main())
