# SPDX-License-Identifier: GPL-2.0-or-later
"""An asyncio service that turns its whole catalogue into JSON in a handler."""
import asyncio
import json
import time
from concurrent.futures import ProcessPoolExecutor

import corpus

CATALOGUE = [{"id": number, "name": f"article {number}", "tags": ["a", "b", str(number)],
              "price": number / 7} for number in range(50_000)]


def render():
    return len(json.dumps(CATALOGUE))


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def handle(pool):
    if corpus.ADVISED:
        return await asyncio.get_running_loop().run_in_executor(pool, render)
    return render()


async def main(pool):
    task = asyncio.create_task(beat())
    while True:
        await asyncio.sleep(0.05)
        await handle(pool)
        corpus.add("done")
    await task


with ProcessPoolExecutor(1) as worker:  # forked: it has the catalogue
    if corpus.ADVISED:
        worker.submit(render).result()
    corpus.ready()
    asyncio.run(main(worker))
