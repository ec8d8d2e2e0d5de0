# SPDX-License-Identifier: GPL-2.0-or-later
"""An asyncio echo server on the first CPU that it may use. Prints "ready PID PORT"."""
import asyncio
import os


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print("ready", os.getpid(), server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
asyncio.run(main())
