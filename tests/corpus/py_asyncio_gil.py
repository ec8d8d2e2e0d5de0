# SPDX-License-Identifier: GPL-2.0-or-later
"""An asyncio client beside two threads of the same interpreter that render reports."""
import asyncio
import json
import os
import threading
import time

import corpus

ROWS = [{"id": number, "name": f"article {number}", "price": number / 7}
        for number in range(20_000)]


def report():
    """The encoder is C and computes for 15 ms before it gives the GIL away."""
    while True:
        json.dumps(ROWS)


async def fetch(streams):
    while True:
        await corpus.aget(streams, 10)
        corpus.add("done")


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def main():
    opened = [await asyncio.open_connection(corpus.HOST, corpus.PORT) for _ in range(2)]
    corpus.ready()
    await asyncio.gather(beat(), *(fetch(streams) for streams in opened))


for _ in range(2):
    if not corpus.ADVISED:
        threading.Thread(target=report, daemon=True).start()
    elif os.fork() == 0:
        report()
asyncio.run(main())
