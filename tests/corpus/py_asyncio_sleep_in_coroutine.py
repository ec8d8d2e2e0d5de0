# SPDX-License-Identifier: GPL-2.0-or-later
"""An asyncio server with time.sleep in its handler instead of asyncio.sleep."""
import asyncio
import time

import corpus


async def handle():
    if corpus.ADVISED:
        await asyncio.to_thread(time.sleep, 0.03)
    else:
        time.sleep(0.03)


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
        await handle()
    await task


corpus.ready()
asyncio.run(main())
