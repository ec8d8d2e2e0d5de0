# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page must show and survive: an event loop with stalls, threads at a lock, threads that
compute, and names of threads, functions and files that are markup or terminal escapes."""
import asyncio
import ctypes
import hashlib
import threading
import time

PR_SET_NAME = 15
MARKUP = "<img src=x onerror=alert(1)>"
LIBC = ctypes.CDLL(None)
LOCK = threading.Lock()
DATA = b"x" * 2_000_000


def name(text):
    LIBC.prctl(PR_SET_NAME, text, 0, 0, 0)


def locker(text):
    name(text)
    while True:
        with LOCK:
            time.sleep(0.003)


def cruncher(text):
    name(text)
    while True:
        hashlib.sha256(DATA).digest()
        time.sleep(0.01)


def stall():
    time.sleep(0.05)


stall.__code__ = stall.__code__.replace(co_name=MARKUP, co_filename="/srv/</script><b>.py")


async def blocks():
    while True:
        await asyncio.sleep(0.3)
        stall()


async def ticks():
    while True:
        await asyncio.sleep(0.005)


async def main():
    await asyncio.gather(blocks(), ticks())

for work, names in ((locker, (b"<img src=x>", b"lock-\x1b[31mb")), (cruncher, (b"</script>", b"crunch"))):
    for each in names:
        threading.Thread(target=work, args=(each,), daemon=True).start()
asyncio.run(main())
