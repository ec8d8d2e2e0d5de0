# SPDX-License-Identifier: GPL-2.0-or-later
"""blocks_while.py FILE: an event loop with a timer each 20 ms that blocks in a call, for 60 ms in each
turn, while FILE is there; else each turn is short."""
import asyncio
import os
import sys
import time


async def main(path):
    print(f"ready {os.getpid()}", flush=True)
    while True:
        if os.path.exists(path):
            time.sleep(0.06)
        await asyncio.sleep(0.02)


asyncio.run(main(sys.argv[1]))
