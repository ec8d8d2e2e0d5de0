# SPDX-License-Identifier: GPL-2.0-or-later
"""An event loop in a second interpreter that shares the GIL of the first; a coroutine sleeps. For
CPython 3.12."""
import os
import threading
import time

import _xxsubinterpreters as interpreters

CODE = """
import asyncio, time
def inner_nap():
    time.sleep(0.05)
async def bad():
    while True:
        await asyncio.sleep(0.1)
        inner_nap()
asyncio.run(bad())
"""

inner = interpreters.create(isolated=False)
threading.Thread(target=interpreters.run_string, args=(inner, CODE), daemon=True).start()
time.sleep(0.3)
print("ready", os.getpid(), flush=True)
while True:
    time.sleep(1000)
