# SPDX-License-Identifier: GPL-2.0-or-later
"""A tornado handler that waits for a device with time.sleep."""
import asyncio
import http.client
import os
import time

import tornado.httpserver
import tornado.netutil
import tornado.web

import corpus


class Slow(tornado.web.RequestHandler):
    async def get(self):
        if corpus.ADVISED:
            await asyncio.to_thread(time.sleep, 0.05)
        else:
            time.sleep(0.05)
        self.write("ok")


async def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


def peer(port, pid):
    """The client, which asks again 50 ms after each answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    print("ready", pid, flush=True)
    while True:
        connection.request("GET", "/")
        connection.getresponse().read()
        time.sleep(0.05)


async def serve(listeners):
    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/", Slow)]))
    server.add_sockets(listeners)
    await beat()


own = tornado.netutil.bind_sockets(0, "127.0.0.1")
child = os.fork()
if child:
    number = own[0].getsockname()[1]
    own[0].close()
    peer(number, child)
else:
    asyncio.run(serve(own))
