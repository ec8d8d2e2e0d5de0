# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine takes a threading.Lock that a thread holds while it refreshes what it guards."""
import asyncio
import threading
import time

import corpus

lock = threading.Lock()
entries = {}


def refresh():
    while True:
        with lock:
            entries["rates"] = corpus.get(50)
        time.sleep(0.01)


def look_up():
    with lock:
        return entries.get("rates")


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
        await asyncio.sleep(0.02)
        if corpus.ADVISED:
            await asyncio.to_thread(look_up)
        else:
            look_up()
        corpus.add("done")
    await task


threading.Thread(target=refresh, name="refresh", daemon=True).start()
corpus.ready()
asyncio.run(main())
