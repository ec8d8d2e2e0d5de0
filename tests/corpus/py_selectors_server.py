# SPDX-License-Identifier: GPL-2.0-or-later
"""A well-written server with selectors, under a steady load that leaves it mostly at rest."""
import json
import os
import selectors
import socket
import time

CONNECTIONS, PAUSE_S = 32, 0.004
MESSAGE = json.dumps(list(range(1000, 1500))).encode()


def peer(address, pid):
    """The clients: a message on each connection every 4 ms and a little."""
    connections = [socket.create_connection(address) for _ in range(CONNECTIONS)]
    print("ready", pid, flush=True)
    while True:
        for connection in connections:
            connection.sendall(MESSAGE)
        for connection in connections:
            connection.recv(100)
        time.sleep(PAUSE_S)


def accept(listener, selector):
    connection, _ = listener.accept()
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, answer)


def answer(connection, selector):
    message = connection.recv(len(MESSAGE))
    if message:
        connection.send(b"%d" % sum(json.loads(message)))
    else:
        selector.unregister(connection)
        connection.close()


def serve(listener):
    selector = selectors.DefaultSelector()
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, accept)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj, selector)


own = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child:
    name = own.getsockname()
    own.close()
    peer(name, child)
else:
    serve(own)
