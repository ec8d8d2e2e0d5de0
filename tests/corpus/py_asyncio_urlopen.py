# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine fetches with urllib, as the code did before it was asyncio's."""
import asyncio
import time
import urllib.request

import corpus

URL = f"http://{corpus.HOST}:{corpus.PORT}/wait/40"


def fetch():
    with urllib.request.urlopen(URL) as answer:
        return answer.read()


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def main():
    task = asyncio.create_task(beat())
    while True:
        await asyncio.sleep(0.05)
        if corpus.ADVISED:
            await asyncio.to_thread(fetch)
        else:
            fetch()
    await task


corpus.ready()
asyncio.run(main())
