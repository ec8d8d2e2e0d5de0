# SPDX-License-Identifier: GPL-2.0-or-later
"""An importer makes a task of each record at once: 600 each second come, the server takes 200."""
import asyncio

import corpus

IN_FLIGHT, WAIT_MS, RECORD = 10, 50, 24 << 10


async def store(free, record):
    streams = await free.get()
    await corpus.aget(streams, WAIT_MS)
    free.put_nowait(streams)
    corpus.add("done")
    return len(record)


async def main():
    free, tasks = asyncio.Queue(), set()
    for _ in range(IN_FLIGHT):
        free.put_nowait(await asyncio.open_connection(corpus.HOST, corpus.PORT))
    slots = asyncio.Semaphore(2 * IN_FLIGHT)
    corpus.ready()
    while True:
        for _ in range(6):
            if corpus.ADVISED:
                await slots.acquire()
            task = asyncio.create_task(store(free, b"x" * RECORD))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            if corpus.ADVISED:
                task.add_done_callback(lambda _: slots.release())
        await asyncio.sleep(0.01)


asyncio.run(main())
