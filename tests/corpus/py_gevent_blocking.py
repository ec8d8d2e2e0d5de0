# SPDX-License-Identifier: GPL-2.0-or-later
"""A gevent server whose handler asks another server over a socket that gevent did not patch."""
import os
import socket
import time

import gevent
from gevent.server import StreamServer

import corpus


def ask(backend):
    backend.sendall(b"GET /wait/50 HTTP/1.1\r\nHost: x\r\n\r\n")
    return backend.recv(500)


def peer(address, pid):
    """The client, which asks again 50 ms after each answer."""
    connection = socket.create_connection(address)
    print("ready", pid, flush=True)
    while True:
        connection.sendall(b"go\n")
        connection.recv(100)
        time.sleep(0.05)


def beat():
    """What else the loop should serve: how late is it?"""
    while True:
        due = time.monotonic() + 0.01
        gevent.sleep(0.01)
        corpus.add("late_ns", (time.monotonic() - due) * 1e9)
        corpus.add("beats")


def handle(connection, _):
    backend = socket.create_connection((corpus.HOST, corpus.PORT))
    while connection.recv(100):
        if corpus.ADVISED:
            answer = gevent.get_hub().threadpool.apply(ask, (backend,))
        else:
            answer = ask(backend)
        connection.sendall(answer[:12])


own = socket.create_server(("127.0.0.1", 0))
name = own.getsockname()
child = os.fork()
if child:
    own.close()
    peer(name, child)
else:
    gevent.spawn(beat)
    StreamServer(gevent.socket.socket(fileno=own.detach()), handle).serve_forever()
