# SPDX-License-Identifier: GPL-2.0-or-later
"""An asyncio program that computes at the end of 100 calls, or (restless) all over many small
functions: deep.py [restless]."""
import asyncio
import os
import sys
import time


def spin(end):
    total = 0
    while time.monotonic() < end:
        total += 1
    return total


def descend(depth, end):
    if depth:
        return descend(depth - 1, end)
    return spin(end)


def even(number):
    if number < 2:
        return number == 0
    return odd(number - 1)


def odd(number):
    if number < 2:
        return number == 1
    return even(number - 1)


def walk(values):
    for value in values:
        yield (even if value % 2 else odd)(value)


def fold(values):
    total = 0
    for value in walk(values):
        total += bool(value)
    return total


def restless(end):
    while time.monotonic() < end:
        fold(range(40))
        sorted(range(30), key=lambda value: even(value))


async def main():
    while True:
        await asyncio.sleep(0.05)
        end = time.monotonic() + 0.04
        if len(sys.argv) > 1:
            restless(end)
        else:
            descend(100, end)

print("ready", os.getpid(), flush=True)
asyncio.run(main())
