# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine that saves its records one by one, each of them safe on disk before the next."""
import asyncio
import os
import sys
import time

import corpus

RECORDS = 300


def save():
    with open("journal", "wb", buffering=0) as journal:
        for number in range(RECORDS):
            journal.write(b"record %d\n" % number)
            os.fsync(journal.fileno())


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
            await asyncio.to_thread(save)
        else:
            save()
        corpus.add("done")
    await task


begun, cpu = time.monotonic(), time.thread_time()
save()
if time.monotonic() - begun - (time.thread_time() - cpu) < 0.02:
    print("fsync does not wait here: a disk is needed", file=sys.stderr)
    sys.exit(77)
corpus.ready()
asyncio.run(main())
