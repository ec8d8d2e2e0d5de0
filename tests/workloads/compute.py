# SPDX-License-Identifier: GPL-2.0-or-later
"""compute.py N: N threads compute in Python until killed. Truth: their own CPU times; they never
sleep, so time neither running nor runnable is spent waiting for the GIL."""
import os
import sys
import threading
import time


def compute():
    total = 0
    while True:
        for number in range(1000):
            total += number


for _ in range(int(sys.argv[1])):
    threading.Thread(target=compute, daemon=True).start()
time.sleep(0.1)
print("ready", os.getpid(), flush=True)
while True:
    time.sleep(1000)
