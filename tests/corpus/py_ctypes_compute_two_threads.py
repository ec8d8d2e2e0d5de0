# SPDX-License-Identifier: GPL-2.0-or-later
"""Two threads compute in C called through ctypes.CDLL, which releases the GIL."""
import ctypes
import os
import threading

import corpus

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BOUNDBY_BUILD", os.path.join(HERE, "..", "..", "build"))
device = ctypes.CDLL(os.path.join(BUILD, "corpus", "lib", "device.so"))


def compute(number):
    while True:
        device.device_sum(ctypes.c_uint64(20_000_000))
        corpus.add(f"done.{number}")


for each in range(2):
    threading.Thread(target=compute, args=(each,)).start()
corpus.ready()
