# SPDX-License-Identifier: GPL-2.0-or-later
"""A loop with always a coroutine ready: each computes for 30 ms and lets the others go ahead with
sleep(0), so that heart beats come late. Advised: the computing is a process pool's."""
import asyncio
import concurrent.futures
import time

import corpus


def compute():
    end = time.process_time() + 0.03
    while time.process_time() < end:
        for _ in range(1000):
            pass


async def worker(pool):
    loop = asyncio.get_running_loop()
    while True:
        if corpus.ADVISED:
            await loop.run_in_executor(pool, compute)
        else:
            compute()
            await asyncio.sleep(0)


async def beat():
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def main():
    pool = concurrent.futures.ProcessPoolExecutor(2) if corpus.ADVISED else None
    await asyncio.gather(beat(), *(worker(pool) for _ in range(2)))


if __name__ == "__main__":
    corpus.ready()
    asyncio.run(main())
