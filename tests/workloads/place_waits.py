# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a server for answers that take as long as the question says, from three functions that all make
the same call: 2 ms twenty times in a round, 10 ms four times, 50 ms once. Truth by its own clock:
"ask_short", "ask_middle" and "ask_long" are the time waited in each."""
import os
import socket
import time

import truth

listener = socket.create_server(("127.0.0.1", 0))
if not os.fork():
    connection = listener.accept()[0]
    while question := connection.recv(1):
        time.sleep(question[0] / 1000)
        connection.send(question)
    os._exit(0)
connection = socket.create_connection(listener.getsockname())
waited = {}


def ask_short():
    connection.send(b"\x02")
    begin = time.perf_counter()
    connection.recv(1)
    note("ask_short", begin)


def ask_middle():
    connection.send(b"\x0a")
    begin = time.perf_counter()
    connection.recv(1)
    note("ask_middle", begin)


def ask_long():
    connection.send(b"\x32")
    begin = time.perf_counter()
    connection.recv(1)
    note("ask_long", begin)


def note(name, begin):
    waited[name] = waited.get(name, 0) + time.perf_counter() - begin
    truth.put(name, waited[name] * 1e9)


print("ready", os.getpid(), flush=True)
while True:
    for _ in range(20):
        ask_short()
    for _ in range(4):
        ask_middle()
    ask_long()
