# SPDX-License-Identifier: GPL-2.0-or-later
"""A twisted server whose handler makes a blocking request."""
import os
import socket
import time
import urllib.request

from twisted.internet import protocol, reactor, threads
from twisted.protocols import basic

import corpus

URL = f"http://{corpus.HOST}:{corpus.PORT}/wait/50"


def ask():
    with urllib.request.urlopen(URL) as answer:
        return answer.read()


def peer(address, pid):
    """The client, which asks again 50 ms after each answer."""
    connection = socket.create_connection(address)
    print("ready", pid, flush=True)
    while True:
        connection.sendall(b"go\n")
        connection.recv(100)
        time.sleep(0.05)


class Handler(basic.LineOnlyReceiver):
    delimiter = b"\n"

    def lineReceived(self, line):
        if corpus.ADVISED:
            threads.deferToThread(ask).addCallback(self.sendLine)
        else:
            self.sendLine(ask())


class Beat:
    """What else the reactor should serve: how late is it?"""

    def __init__(self):
        self.due = 0

    def __call__(self):
        if self.due:
            corpus.add("late_ns", max(time.monotonic() - self.due, 0) * 1e9)
            corpus.add("beats")
        self.due = time.monotonic() + 0.01
        reactor.callLater(0.01, self)


own = socket.create_server(("127.0.0.1", 0))
name = own.getsockname()
child = os.fork()
if child:
    own.close()
    peer(name, child)
else:
    own.setblocking(False)
    reactor.adoptStreamPort(own.fileno(), socket.AF_INET,
                            protocol.Factory.forProtocol(Handler))
    reactor.callWhenRunning(Beat())
    reactor.run()
