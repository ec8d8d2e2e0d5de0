# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared code of the Python corpus programs: variant, server, figures.

Reads CORPUS_SERVER (host:port), WORKLOAD_TRUTH (a page for figures) and argv[1]: "advised" selects
the variant that follows the advice. Prints "ready PID" and the figures.
"""
import http.client
import mmap
import os
import struct
import sys
import threading

ADVISED = sys.argv[1:2] == ["advised"]
HOST, _, PORT = os.environ.get("CORPUS_SERVER", "127.0.0.1:0").partition(":")
PORT = int(PORT)

_path = os.environ.get("WORKLOAD_TRUTH")
if _path:
    with open(_path, "r+b") as _file:
        _page = mmap.mmap(_file.fileno(), 4096)  # shared: children of a fork count into it too
else:
    _page = mmap.mmap(-1, 4096)
_places = {}
_local = threading.local()


def put(name, value):
    """Sets a figure. One writer for each name: where several processes count, each has a separate
    name, "done.1", set to 0 before the fork; the runner adds them up."""
    at = _places.get(name)
    if at is None:
        at = 0
        while _page[at] and _page[at:at + 24].rstrip(b"\0") != name.encode():
            at += 32
        _page[at:at + 24] = name.encode().ljust(24, b"\0")
        _places[name] = at
    _page[at + 24:at + 32] = struct.pack("<Q", int(value))


_counts = {}


def add(name, more=1):
    _counts[name] = _counts.get(name, 0) + more
    put(name, _counts[name])


def ready():
    print("ready", os.getpid(), flush=True)


def get(wait_ms, size=2):
    """A request as a blocking client makes it; one connection for each thread."""
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = http.client.HTTPConnection(HOST, PORT)
    connection.request("GET", f"/wait/{wait_ms}/{size}")
    return connection.getresponse().read()


async def aget(streams, wait_ms, size=2):
    """The same on an asyncio (reader, writer) pair."""
    reader, writer = streams
    writer.write(f"GET /wait/{wait_ms}/{size} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


def spin(amount=1000):
    """Pure Python that holds the GIL: 1000 is about 20 microseconds."""
    total = 0
    for number in range(amount):
        total += number * number
    return total
