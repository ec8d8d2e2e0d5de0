# SPDX-License-Identifier: GPL-2.0-or-later
"""A uvloop server whose handler computes on the loop."""
import asyncio
import os
import socket
import time
from concurrent.futures import ProcessPoolExecutor

import uvloop

import corpus

PIECE = 1_500_000  # about 40 ms


def peer(address, pid):
    """The client, which asks again 50 ms after each answer."""
    connection = socket.create_connection(address)
    print("ready", pid, flush=True)
    while True:
        connection.sendall(b"go\n")
        connection.recv(100)
        time.sleep(0.05)


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


async def serve(listener, pool):
    async def handle(reader, writer):
        while await reader.readline():
            if corpus.ADVISED:
                total = await asyncio.get_running_loop().run_in_executor(pool, corpus.spin, PIECE)
            else:
                total = corpus.spin(PIECE)
            writer.write(b"%d\n" % total)

    task = asyncio.create_task(beat())
    async with await asyncio.start_server(handle, sock=listener) as server:
        await server.serve_forever()
    await task


own = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child:
    name = own.getsockname()
    own.close()
    peer(name, child)
else:
    uvloop.install()
    with ProcessPoolExecutor(2) as workers:
        if corpus.ADVISED:
            workers.submit(corpus.spin).result()
        asyncio.run(serve(own, workers))
