# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures that a Python workload keeps of itself, in the shared page that WORKLOAD_TRUTH names,
laid out as in workload.h."""
import mmap
import os
import struct
import time

ROWS = 64
STALLS = 20  # the newest are kept: "stallN" ns, "cpuN" of them, and "endN" ns on the wall clock

path = os.environ.get("WORKLOAD_TRUTH")
file = os.open(path, os.O_RDWR) if path else None
page = mmap.mmap(file, 4096) if path else bytearray(4096)
if path:
    os.close(file)
names = {}


def put(name, value):
    at = names.setdefault(name, len(names) * 32)
    page[at:at + 24] = name.encode().ljust(24, b"\0")
    page[at + 24:at + 32] = struct.pack("<Q", int(value))


class Stall:
    """with Stall(): what stands in here keeps the loop from turning."""

    count = 0

    def __enter__(self):
        self.begin, self.cpu = time.perf_counter(), time.thread_time()
        return self

    def __exit__(self, *unused):
        wall, cpu = time.perf_counter() - self.begin, time.thread_time() - self.cpu
        at = Stall.count % STALLS
        put(f"stall{at}", wall * 1e9)
        put(f"cpu{at}", cpu * 1e9)
        put(f"end{at}", time.time() * 1e9)
        Stall.count += 1
