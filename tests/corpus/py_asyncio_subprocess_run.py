# SPDX-License-Identifier: GPL-2.0-or-later
"""A coroutine runs a command with subprocess.run and waits for it on the loop."""
import asyncio
import subprocess
import time

import corpus

COMMAND = ["/bin/sleep", "0.05"]


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def convert():
    if corpus.ADVISED:
        await asyncio.to_thread(subprocess.run, COMMAND, check=True)
    else:
        subprocess.run(COMMAND, check=True)
    corpus.add("done")


async def main():
    task = asyncio.create_task(beat())
    while True:
        await asyncio.sleep(0.05)
        await convert()
    await task


corpus.ready()
asyncio.run(main())
