# SPDX-License-Identifier: GPL-2.0-or-later
"""An event loop with a ticker, in which one task does what it should not: loop.py LOOP WHAT. LOOP:
asyncio, uvloop, gevent, tornado, twisted. The guilty lines are marked; Stall measures each from inside."""
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

from truth import Stall

ANSWER = 0.04
LOOP, WHAT = sys.argv[1:3]


def child(serve):
    """A process that answers; it ends with its parent."""
    parent = os.getpid()
    if os.fork():
        return
    serve(lambda: os.getppid() == parent)
    os._exit(0)


def answer_stream(listener):
    def serve(alive):
        connection, _ = listener.accept()
        while alive() and connection.recv(1):
            time.sleep(ANSWER)
            connection.send(b"x")
    return serve


def answer_datagrams(server):
    def serve(alive):
        server.settimeout(1)
        while alive():
            try:
                data, peer = server.recvfrom(16)
            except socket.timeout:
                continue
            time.sleep(ANSWER)
            server.sendto(data, peer)
    return serve


def make_socket():
    listener = socket.create_server(("127.0.0.1", 0))
    child(answer_stream(listener))
    client = socket.create_connection(listener.getsockname())

    def call():
        client.send(b"x")
        client.recv(1)  # guilty
    return call


def make_udp():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    child(answer_datagrams(server))
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def call():
        client.sendto(b"x", server.getsockname())
        client.recvfrom(16)  # guilty
    return call


def make_file():
    block = bytes(4096)
    # made beforehand: making one may wait for the disk longer than any write does
    file = tempfile.TemporaryFile(dir=os.environ.get("WORKLOAD_DIR") or "/var/tmp", buffering=0)

    def call():
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            os.pwrite(file.fileno(), block, 0)  # guilty
            os.fsync(file.fileno())  # guilty
    return call


def make_lock():
    lock = threading.Lock()

    def holder():
        while True:
            with lock:
                time.sleep(0.05)
            time.sleep(0.03)

    def call():
        with lock:  # guilty
            pass
    threading.Thread(target=holder, daemon=True).start()
    return call


def make_hash():
    data = bytes(40_000_000)

    def call():
        hashlib.sha256(data).hexdigest()  # guilty
    return call


def make_json():
    data = [{"number": n, "text": str(n) * 5} for n in range(40000)]

    def call():
        json.dumps(data)  # guilty
    return call


def spin():
    total = 0
    for number in range(1_000_000):  # guilty
        total += number  # guilty
    return total


def nap():
    time.sleep(0.05)  # guilty


def run():
    subprocess.run(["sleep", "0.05"], check=True)  # guilty


def make_gil():
    # CPython often gives the lock to the latest waiter: only hold times longer than a stall make
    # sure that the loop waits for that long
    sys.setswitchinterval(0.04)
    for _ in range(4):
        threading.Thread(target=compute, daemon=True).start()
    return NOTHING


def NOTHING():
    """The loop itself does nothing."""


def compute():
    time.sleep(0.2)  # the loop begins, which takes it many turns
    while True:
        spin()


def make_starved():
    def call():
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
    return call


MAKERS = {"gil": make_gil, "starved": make_starved, "socket": make_socket, "udp": make_udp, "file": make_file, "lock": make_lock,
          "hash": make_hash, "json": make_json}
CALLS = {"sleep": nap, "subprocess": run, "pure": spin}


def stall(call):
    with Stall():
        call()


def run_asyncio(call):
    import asyncio

    # a loop whose timers are always due never blocks, and looks like one that only polls: a loop
    # that is delayed this long has long timers
    every, rest = (0.3, 0.4) if call is NOTHING else (0.005, 0.1)

    async def tick():
        while True:
            await asyncio.sleep(every)

    async def bad():
        while True:
            await asyncio.sleep(rest)
            stall(call)

    async def main():
        await asyncio.gather(tick(), bad())
    asyncio.run(main())


def run_uvloop(call):
    import uvloop
    uvloop.install()
    run_asyncio(call)


def run_gevent(call):
    import gevent

    def tick():
        while True:
            gevent.sleep(0.005)

    def bad():
        while True:
            gevent.sleep(0.1)
            stall(call)
    gevent.joinall([gevent.spawn(tick), gevent.spawn(bad)])


def run_tornado(call):
    from tornado.ioloop import IOLoop, PeriodicCallback
    PeriodicCallback(lambda: None, 5).start()
    PeriodicCallback(lambda: stall(call), 150).start()
    IOLoop.current().start()


def run_twisted(call):
    from twisted.internet import reactor, task
    task.LoopingCall(lambda: None).start(0.005)
    task.LoopingCall(lambda: stall(call)).start(0.15)
    reactor.run()


call_ = CALLS.get(WHAT) or MAKERS[WHAT]()
print("ready", os.getpid(), flush=True)
{"asyncio": run_asyncio, "uvloop": run_uvloop, "gevent": run_gevent,
 "tornado": run_tornado, "twisted": run_twisted}[LOOP](call_)
