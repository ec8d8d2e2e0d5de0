# SPDX-License-Identifier: GPL-2.0-or-later
"""collects.py: makes containers beside many that stay alive, so that CPython's collector computes for much
of the time. Truth: the thread's own CPU clock, inside the collector (gc.callbacks) and in all."""
import gc
import os
import time

import truth

kept = [[] for _ in range(400_000)]
inside = [0, 0]


def watch(phase, _):
    if phase == "start":
        inside[1] = time.thread_time_ns()
    else:
        inside[0] += time.thread_time_ns() - inside[1]


def make(count):
    return [[number] for number in range(count)]


def turn():
    make(50_000)
    truth.put("collector", inside[0])
    truth.put("all", time.thread_time_ns())


gc.callbacks.append(watch)
turn()
print("ready", os.getpid(), flush=True)
while True:
    turn()
