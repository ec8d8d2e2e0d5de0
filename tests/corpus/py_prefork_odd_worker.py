# SPDX-License-Identifier: GPL-2.0-or-later
"""A pre-fork server: a parent that looks after four workers at one listening socket. No client is
connected; but one of them is still busy with a request that has no end."""
import os
import select
import socket

import corpus


def work(listener, odd):
    while odd:
        corpus.spin(10000)
        corpus.add("done")
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"ok\n")


with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
    for each in range(4):
        if not os.fork():
            work(server, each == 2)
    told, _ = os.pipe()  # signal handlers write into it
    corpus.ready()
    while True:
        select.select([told], [], [], 1.0)
