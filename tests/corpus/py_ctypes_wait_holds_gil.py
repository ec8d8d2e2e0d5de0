# SPDX-License-Identifier: GPL-2.0-or-later
"""One thread calls a driver that waits 50 ms for its device and, loaded with PyDLL, keeps the GIL
during the wait; three others would run Python. Advised: CDLL, which releases the GIL."""
import ctypes
import os
import threading
import time

import corpus

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BOUNDBY_BUILD", os.path.join(HERE, "..", "..", "build"))
load = ctypes.CDLL if corpus.ADVISED else ctypes.PyDLL
device = load(os.path.join(BUILD, "corpus", "lib", "device.so"))


def measure():
    while True:
        device.device_wait(50)


def handle(number):
    while True:
        time.sleep(0.002)
        corpus.spin(1000)
        corpus.add(f"done.{number}")


for each in range(3):
    threading.Thread(target=handle, args=(each,)).start()
corpus.ready()
threading.Thread(target=measure).start()
