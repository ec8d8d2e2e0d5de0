# SPDX-License-Identifier: GPL-2.0-or-later
"""cpu_lines.py: computes in two lines of Python and in C functions that Python calls. Truth: the
thread's own CPU clock around each part, summed by the name of its function."""
import hashlib
import os
import random
import time
import zlib

import truth

DATA = bytes(random.Random(1).randrange(64) for _ in range(1 << 16))


def add_up(times):
    total = 0
    for number in range(times * 1000):
        total += number
    return total


def join_up(times):
    for _ in range(times):
        " ".join([str(number) for number in range(100)])


def compress(times):
    for _ in range(times):
        zlib.compress(DATA, 1)


def digest(times):
    for _ in range(times):
        hashlib.sha256(DATA).digest()


PARTS = ((add_up, 100), (join_up, 200), (compress, 4), (digest, 8))
sums = {part: 0 for part, _ in PARTS}
print("ready", os.getpid(), flush=True)
while True:
    for part, times in PARTS:
        times = times // 2 + random.randrange(times + 1)
        before = time.thread_time_ns()
        part(times)
        sums[part] += time.thread_time_ns() - before
        truth.put(part.__name__, sums[part])
