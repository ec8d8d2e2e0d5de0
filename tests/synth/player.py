#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""player.c in Python: runs a plan, each thread logs its time. `player.py PLAN DIRECTORY`

What clocks cannot tell from inside, waiting for the interpreter's lock, follows from when a wait was
over: the time that its end was due, that an answer was sent, that a lock was released. What passes
from then on and is neither computing nor waiting for a CPU is the state cpu's remainder, in the log
as in player.c, and means the lock here.
"""
import asyncio
import ctypes
import mmap
import os
import queue
import re
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from time import monotonic_ns, thread_time_ns

HEAD, RECORD = 512, struct.Struct("<QQQQHHI")
OPEN, DONE = struct.Struct("<QQQQHH"), struct.Struct("<QQQ")
MESSAGE = struct.Struct("<QQ")
HERE = os.path.dirname(os.path.abspath(__file__))
local = threading.local()


with open(os.path.join(HERE, "player.h"), encoding="utf-8") as header:
    HEADER = header.read()


def names(list_name, mark):
    """The lists that player.h has."""
    text = HEADER.split(f"#define {list_name}")[1].split("\nenum")[0]
    return re.findall(rf"\b{mark}\((\w+)\)", text)


def number(name):
    return int(re.search(rf"#define {name} (\d+)", HEADER)[1])


STATES = names("SYNTH_STATES", "STATE")
OPERATIONS = ["none"] + names("SYNTH_OPERATIONS", "OP")
STATE = {name: number for number, name in enumerate(STATES)}
NUMBER = {name: number for number, name in enumerate(OPERATIONS)}
CPU, NONE = STATE["cpu"], 0
LOG_RECORDS, LOG_CHILDREN = number("LOG_RECORDS"), number("LOG_CHILDREN")


# ---- the log ----------------------------------------------------------------------------------
class Log:
    """The log of one thread; enter() as log_enter() in log.c."""

    directory, process = "", 0

    def __init__(self, number, name):
        path = f"{self.directory}/{self.process}.{number}"
        size = HEAD + LOG_RECORDS * RECORD.size
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(fd, size)
        self.page = mmap.mmap(fd, size)
        os.close(fd)
        head = " ".join([str(os.getpid()), str(threading.get_native_id()), name, *STATES])
        self.page[:len(head)] = head.encode()
        ctypes.CDLL(None).prctl(15, name.encode())  # PR_SET_NAME
        self.schedstat = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self.at = HEAD
        self.clocks = self.read_clocks()
        self.open(CPU, NONE)

    def read_clocks(self):
        """The time last: reading the file gives the GIL away, and what that takes ends the old state."""
        runnable = int(os.pread(self.schedstat, 80, 0).split()[1])
        return monotonic_ns(), thread_time_ns(), runnable

    def open(self, state, operation):
        now, cpu, runnable = self.clocks
        OPEN.pack_into(self.page, self.at, now, 0, cpu, runnable, state, operation)

    def enter(self, state, operation, ready=None):
        """ready: the wait that ends now was over at that time; what came after is no part of it."""
        begin, cpu, runnable = self.clocks
        now = self.clocks = self.read_clocks()
        used, waited = now[1] - cpu, now[2] - runnable
        if ready is not None and ready <= begin:  # there was nothing to wait for
            OPEN.pack_into(self.page, self.at, begin, 0, cpu, runnable, CPU, NONE)
        elif ready is not None and ready < now[0] - used - waited:
            DONE.pack_into(self.page, self.at + 8, ready, 0, 0)
            self.at += RECORD.size
            OPEN.pack_into(self.page, self.at, ready, 0, 0, 0, CPU, NONE)
        self.at += RECORD.size
        self.open(state, operation)
        DONE.pack_into(self.page, self.at - RECORD.size + 8, now[0], used, waited)


def during(state, operation):
    local.log.enter(STATE[state], NUMBER[operation])


def after(ready=None):
    local.log.enter(CPU, NONE, ready)


# ---- what the threads of a process share --------------------------------------------------------
class Lazy(dict):
    """Objects by number, made when first asked for."""

    def __init__(self, make):
        super().__init__()
        self.make = make

    def __missing__(self, key):
        return self.setdefault(key, self.make())


locks, released = Lazy(threading.Lock), {}
queues, semaphores = Lazy(queue.SimpleQueue), Lazy(lambda: threading.Semaphore(0))
posted = {}
barriers, sockets = {}, {}
making = threading.Lock()


def around_ns(mean_us):
    local.seed = (local.seed * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
    return mean_us * (500 + (local.seed >> 33) % 1001)


def send_message(connection, wait_us=0):
    try:
        connection.sendall(MESSAGE.pack(wait_us, monotonic_ns()))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the other end may have been ended before this one


# ---- operations: as in operations.c, each a function with its line marked -----------------------
def op_compute(mean):
    left = around_ns(mean)
    while left > 0:
        part = min(left, 20_000_000)
        left -= part
        during("cpu", "compute")
        end = thread_time_ns() + part
        while thread_time_ns() < end:  # at: compute
            for _ in range(500):  # at: compute
                pass  # at: compute
    after()


def op_sleep(mean):
    ns = around_ns(mean)
    due = monotonic_ns() + ns
    during("sleep", "sleep")
    time.sleep(ns / 1e9)  # at: sleep
    after(due)


def op_lock(number):
    during("lock", "lock")
    locks[number].acquire()  # at: lock
    after(released.get(number))


def op_unlock(number):
    released[number] = monotonic_ns()
    locks[number].release()


def op_meet(number, count):
    with making:
        barrier = barriers.setdefault(number, threading.Barrier(count))
    during("condition", "meet")
    barrier.wait()  # at: meet
    after()


def op_take(number):
    during("condition", "take")
    put = queues[number].get()  # at: take
    after(put)


def op_await(number):
    during("condition", "await")
    put = queues[number].get()  # at: await
    after(put)


def op_put(number, count):
    for _ in range(count):
        queues[number].put(monotonic_ns())


def op_semwait(number):
    during("condition", "semwait")
    semaphores[number].acquire()  # at: semwait
    after(posted.get(number))


def op_sempost(number):
    posted[number] = monotonic_ns()
    semaphores[number].release()


def op_connect(slot, port):
    sockets[slot] = socket.create_connection(("127.0.0.1", port))
    sockets[slot].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def op_connectunix(slot, number):
    sockets[slot] = socket.socket(socket.AF_UNIX)
    sockets[slot].connect(f"\0synth-{number}")


def op_ask(slot, mean):
    connection = sockets[slot]
    send_message(connection, around_ns(mean) // 1000)
    during("network", "ask")
    answer = connection.recv(MESSAGE.size)  # at: ask
    after(MESSAGE.unpack(answer)[1])


def op_askunix(slot, mean):
    connection = sockets[slot]
    send_message(connection, around_ns(mean) // 1000)
    during("ipc", "askunix")
    answer = connection.recv(MESSAGE.size)  # at: askunix
    after(MESSAGE.unpack(answer)[1])


def op_pollask(slot, mean):
    connection = sockets[slot]
    connection.settimeout(30)
    send_message(connection, around_ns(mean) // 1000)
    during("network", "pollask")
    answer = connection.recv(MESSAGE.size)  # at: pollask
    after(MESSAGE.unpack(answer)[1])


def op_readpipe(fd):
    during("ipc_read", "readpipe")
    sent = os.read(fd, 8)  # at: readpipe
    after(int.from_bytes(sent, "little"))


def op_writepipe(fd, count):
    data = monotonic_ns().to_bytes(8, "little") + bytes(count - 8)
    during("ipc", "writepipe")
    try:
        os.write(fd, data)  # at: writepipe
    except BrokenPipeError:  # the other end has been ended before this one
        signal.pause()
    after()


def op_flood(slot):
    data = bytes(1 << 16)
    while True:
        during("network", "flood")
        sockets[slot].send(data)  # at: flood


def op_fsync(slot):
    if slot not in sockets:
        sockets[slot] = os.open("synth.data", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(sockets[slot], bytes(4096), 0)
    during("disk", "fsync")
    os.fsync(sockets[slot])  # at: fsync
    after()


def op_listen(slot, port):
    sockets[slot] = socket.create_server(("127.0.0.1", port), backlog=64)


def op_accept(slot, taken):
    during("request", "accept")
    local.current, _ = sockets[slot].accept()  # at: accept
    after()
    sockets[taken] = local.current


def op_serve():
    during("request", "serve")
    local.current.recv(MESSAGE.size)  # at: serve
    after()


def op_answer():
    if local.current:
        send_message(local.current)


def op_child(busy, pause):
    local.children = getattr(local, "children", local.number * 100 + LOG_CHILDREN) + 1
    pid = os.fork()
    if not pid:
        local.log = Log(local.children, "child")
        op_compute(busy)
        op_sleep(pause)
        os._exit(0)
    during("child", "child")
    os.waitpid(pid, 0)  # at: child
    after()


def op_forklock(number):
    pid = os.fork()
    if not pid:
        locks[number].acquire()  # at: forklock
    during("child", "forklock")
    os.waitpid(pid, 0)
    after()


# ---- an event loop is asyncio's -----------------------------------------------------------------
class LoggedSelector(selectors.EpollSelector):
    """The loop's own wait, logged."""

    def select(self, timeout=None):
        during("poll_idle", "wait")
        ready = super().select(timeout)
        after()
        return ready


def run_loop(body, listening):
    """Serves every connection: for each request the body, then the answer."""
    async def serve(reader, writer):
        while True:
            await reader.readexactly(MESSAGE.size)
            for operation, numbers in body:
                operation(*numbers)
            writer.write(MESSAGE.pack(0, monotonic_ns()))

    async def tick():
        while True:
            await asyncio.sleep(0.5)

    async def main():
        server = await asyncio.start_server(serve, sock=listening)
        await asyncio.gather(server.serve_forever(), tick())

    loop = asyncio.SelectorEventLoop(LoggedSelector())
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())


# ---- the plan -----------------------------------------------------------------------------------
class Part:
    """A thread of the plan."""

    def __init__(self, process, number, name):
        self.process, self.number, self.name = process, number, name
        self.lines, self.cycle = [], None

    def play(self):
        local.seed, local.number, local.current = self.number + 1, self.number, None
        local.log = Log(self.number, self.name)
        for position, (name, numbers) in enumerate(self.lines):
            if self.cycle is not None and position >= self.cycle:
                break
            if name == "quit":
                local.log.enter(STATE["gone"], NUMBER["quit"])
                return
            if name not in ("epoll", "watch", "tick"):
                globals()["op_" + name](*numbers)
        if self.cycle is None:
            return
        if self.lines[self.cycle][0] == "wait":
            listening = next(sockets[numbers[0]] for name, numbers in self.lines
                             if name == "listen")
            run_loop([(globals()["op_" + name], numbers)
                      for name, numbers in self.lines[self.cycle + 1:] if name != "answer"],
                     listening)
        body = [(globals()["op_" + name], numbers) for name, numbers in self.lines[self.cycle:]]
        while True:
            for operation, numbers in body:
                operation(*numbers)


def read_plan(path):
    parts, process = [], -1
    with open(path, encoding="ascii") as file:
        for words in map(str.split, file):
            if words[0] == "process":
                process += 1
            elif words[0] == "thread":
                parts.append(Part(process, len(parts), words[1]))
            elif words[0] == "cycle":
                parts[-1].cycle = len(parts[-1].lines)
            else:
                parts[-1].lines.append((words[0], [int(word) for word in words[1:]]))
    return parts


def main():
    parts = read_plan(sys.argv[1])
    Log.directory = sys.argv[2]
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for part in parts[1:]:
        threading.Thread(target=part.play).start()
    print("ready", os.getpid(), flush=True)
    parts[0].play()
    signal.pause()


if __name__ == "__main__":
    main()
