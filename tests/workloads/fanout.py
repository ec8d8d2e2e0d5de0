# SPDX-License-Identifier: GPL-2.0-or-later
"""A clean asyncio program: fanout.py [idle]. It keeps 50 requests to a server in another process in
flight, or (idle) only listens. Truth by construction: nothing in it ever blocks its loop."""
import asyncio
import os
import sys


async def answer(reader, writer):
    while await reader.read(1):
        await asyncio.sleep(0.02)
        writer.write(b"x")
    writer.close()


async def serve(ready):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    os.write(ready, b"%d" % server.sockets[0].getsockname()[1])
    os.close(ready)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


async def request(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        writer.write(b"x")
        await reader.read(1)


async def main(port):
    if len(sys.argv) > 1:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        await server.serve_forever()
    await asyncio.gather(*(request(port) for _ in range(50)))

read, write = os.pipe()
if not os.fork():
    asyncio.run(serve(write))
    os._exit(0)
PORT = int(os.read(read, 8))
print("ready", os.getpid(), flush=True)
asyncio.run(main(PORT))
