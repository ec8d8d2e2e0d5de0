# SPDX-License-Identifier: GPL-2.0-or-later
"""An asyncio server with connections on which hardly anything comes."""
import asyncio
import os
import socket
import time

CONNECTIONS = 20


def peer(address, pid):
    """The clients: one line each second, on one of the connections."""
    connections = [socket.create_connection(address) for _ in range(CONNECTIONS)]
    print("ready", pid, flush=True)
    while True:
        for connection in connections:
            time.sleep(1)
            connection.sendall(b"are you there?\n")
            connection.recv(100)


async def handle(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def serve(listener):
    async with await asyncio.start_server(handle, sock=listener) as server:
        await server.serve_forever()


own = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child:
    name = own.getsockname()
    own.close()
    peer(name, child)
else:
    asyncio.run(serve(own))
