# SPDX-License-Identifier: GPL-2.0-or-later
"""From a seed to a program: what its threads do, what its other end does, and what is true of it by
construction. Times are microseconds; player.c says what each operation is."""
import random

FOREVER = 3600 * 1000000


class Plan:
    """A program under construction. Ports and pipes are named {p0}, {r0}, {w0} until it starts."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.kind, self.language = "", "c"
        self.watched = False  # judged by a window of watch, not by attach
        self.lines = {"hosts": ["process"], "target": ["process"], "clients": ["process"]}
        self.ports = self.pipes = self.objects = 0
        self.cpus = None
        # by name of thread: those that serve several descriptors from one wait
        self.loops = set()
        # (proof, name of a thread, operation that it is stuck in); what contract section 5 calls so
        self.stuck = []
        # operations in which the holders of locks are stuck
        self.holders = set()
        self.settle = self.random.choice([0.3, 0.5, 1.0])

    def text(self, part):
        return "\n".join(self.lines[part]) + "\n"

    def object(self, count=1):
        """Numbers of descriptors, locks, queues: never used twice."""
        self.objects += count
        return self.objects - count

    def port(self):
        self.ports += 1
        return f"{{p{self.ports - 1}}}"

    def pipe(self):
        self.pipes += 1
        return f"{{r{self.pipes - 1}}}", f"{{w{self.pipes - 1}}}"

    def thread(self, name, once, cycle=(), part="target"):
        """A thread that does these lines once, then those in a cycle. Gives back its full name."""
        number = sum(line.startswith("thread") for line in self.lines[part])
        name = f"{name}{number}"
        self.lines[part] += [f"thread {name}", *once, *(["cycle", *cycle] if cycle else [])]
        return name

    def between(self, least, most):
        """Evenly among magnitudes."""
        return int(least * (most / least) ** self.random.random())


# ---- the other end ----------------------------------------------------------------------------
def host(plan, local=False):
    """A server that answers after what is asked for."""
    port = plan.port()
    plan.thread("host", [f"{'hostunix' if local else 'host'} {port}"], part="hosts")
    return port


def client(plan, port, pause, count=1):
    for _ in range(count):
        slot = plan.object()
        plan.thread("client", [f"connect {slot} {port}"], [f"sleep {pause}", f"ask {slot} 0"],
                    part="clients")


# ---- bodies: what a thread does with its time, as a share of computing ----------------------------
def work_body(plan, length, allowed):
    """Lines that take about `length`, and lines that prepare them."""
    choice = plan.random.choice(allowed)
    if choice == "compute":
        return [], [f"compute {length}"]
    if choice == "sleep":
        return [], [f"sleep {length}"]
    if choice == "ask":
        slot = plan.object()
        return [f"connect {slot} {host(plan)}"], [f"ask {slot} {length}"]
    part = plan.between(length // 10 + 1, length)
    once, lines = work_body(plan, max(length - part, 300), ["sleep", "ask"])
    return once, [f"compute {part}", *lines]


# ---- parts that work --------------------------------------------------------------------------
def computes(plan):
    for _ in range(plan.random.randint(1, 2)):
        busy, pause = plan.between(1000, 30000), plan.random.choice([0, plan.between(300, 60000)])
        plan.thread("compute", [], [f"compute {busy}"] + ([f"sleep {pause}"] if pause else []))


def asks(plan):
    local = plan.random.random() < 0.2
    port = host(plan, local)
    asking = "askunix" if local else plan.random.choice(["ask", "ask", "pollask"])
    wait, busy = plan.between(2000, 40000), plan.between(300, 20000)
    for _ in range(plan.random.randint(1, 6)):
        slot = plan.object()
        plan.thread("ask", [f"{'connectunix' if local else 'connect'} {slot} {port}"],
                    [f"{asking} {slot} {wait}", f"compute {busy}"])


def gathers(plan):
    count, port = plan.random.randint(4, 16), host(plan)
    first, epoll = plan.object(count), plan.object()
    busy = plan.between(300, 5000)
    name = plan.thread("gather", [f"epoll {epoll}"] + [
        line for i in range(first, first + count)
        for line in (f"connect {i} {port}", f"member {epoll} {i}")],
        [f"gather {first} {count} {plan.between(5000, 40000)} {epoll}", f"compute {busy}"])
    plan.loops.add(name)


def locks(plan):
    lock, kind = plan.object(), plan.random.choice(["", "", "rw"]) if plan.language == "c" else ""
    held = plan.between(1000, 20000)
    for i in range(plan.random.randint(2, 5)):
        once, body = work_body(plan, held, ["compute", "sleep", "ask", "mixed"])
        take = ("wrlock" if i == 0 or plan.random.random() < 0.5 else "rdlock") if kind else "lock"
        pause = plan.between(300, 4 * held)
        plan.thread("locker", once, [f"{take} {lock}", *body, f"{kind}unlock {lock}",
                                     f"sleep {pause}"])


def pool(plan):
    """Workers that share what producers put: some wait for work, others do it."""
    queue, workers = plan.object(), plan.random.randint(2, 8)
    length = plan.between(1000, 30000)
    rate = plan.random.uniform(0.1, 0.8) * workers / length
    for _ in range(workers):
        once, body = work_body(plan, length, ["compute", "ask", "mixed"])
        plan.thread("worker", once, [f"take {queue}", *body])
    plan.thread("producer", [], [f"sleep {max(int(1 / rate), 300)}", f"put {queue} 1"])


def pipes(plan):
    reads, writes = plan.pipe()
    pause, busy = plan.between(2000, 40000), plan.between(300, 10000)
    plan.thread("feeder", [], [f"sleep {pause}", f"writepipe {writes} 8"], part="clients")
    plan.thread("reader", [], [f"readpipe {reads}", f"compute {busy}"])


def files(plan):
    busy = plan.between(300, 5000)
    plan.thread("writer", [], [f"fsync {plan.object()}", f"compute {busy}", "sleep 2000"])


def children(plan):
    busy, pause = plan.between(3000, 60000), plan.between(3000, 60000)
    plan.thread("parent", [], [f"child {busy} {pause}", "sleep 5000"])


def loop(plan, blocks):
    """An event loop with clients; blocks: what it does for one of them keeps the others waiting."""
    port, listening, epoll = plan.port(), plan.object(), plan.object()
    clients = plan.random.randint(3, 8)
    length = plan.between(25000, 200000) if blocks else plan.between(300, 3000)
    share = plan.random.uniform(0.2, 0.9) if blocks else plan.random.uniform(0.02, 0.7)
    once, body = work_body(plan, length, ["compute", "sleep", "ask", "mixed"])
    name = plan.thread("loop", [f"listen {listening} {port}", f"epoll {epoll}",
                                f"watch {epoll} {listening}", f"tick {epoll} 500000", *once],
                       [f"wait {epoll}", *body, "answer"])
    plan.loops.add(name)
    client(plan, port, int(length * clients / share), clients)


def loop_free(plan):
    loop(plan, False)


def loop_blocked(plan):
    loop(plan, True)


def starves(plan):
    """More threads that compute than CPUs that they may use."""
    plan.cpus = plan.random.choice(["0", "1"])
    for _ in range(plan.random.randint(2, 4)):
        busy = plan.between(2000, 30000)
        plan.thread("crowd", [], [f"compute {busy}", f"sleep {plan.between(300, busy)}"])


# ---- parts that wait for work -------------------------------------------------------------------
def idle_accept(plan):
    listening = plan.object()
    plan.thread("accept", [f"listen {listening} {plan.port()}"],
                [f"accept {listening} {plan.object()}"])


def idle_pool(plan):
    queue = plan.object()
    for _ in range(plan.random.randint(2, 12)):
        plan.thread("worker", [], [f"take {queue}", "compute 300"])


def idle_timer(plan):
    plan.thread("timer", [], [f"{plan.random.choice(['sleep', 'nap']) if plan.language == 'c' else 'sleep'} "
                              f"{plan.between(100000, 5000000)}", "compute 300"])


def idle_session(plan):
    """A connection whose client says nothing."""
    port, listening = plan.port(), plan.object()
    plan.thread("session", [f"listen {listening} {port}", f"accept {listening} {plan.object()}"],
                ["serve", "answer"])
    client(plan, port, FOREVER)


def idle_loop(plan):
    port, listening, epoll = plan.port(), plan.object(), plan.object()
    plan.loops.add(plan.thread("loop", [f"listen {listening} {port}", f"epoll {epoll}",
                                        f"watch {epoll} {listening}", f"tick {epoll} 400000"],
                               [f"wait {epoll}", "compute 300", "answer"]))
    client(plan, port, plan.random.choice([FOREVER, 700000]), plan.random.randint(1, 4))


def idle_pipe(plan):
    """Work that would come through a pipe, and does not."""
    reads, writes = plan.pipe()
    plan.thread("feeder", [f"sleep {FOREVER}", f"writepipe {writes} 8"], part="clients")
    plan.thread("reader", [], [f"readpipe {reads}", "compute 300"])


def idle_semaphore(plan):
    semaphore = plan.object()
    plan.thread("semaphore", [], [f"semwait {semaphore}", "compute 300"])


# ---- parts that are stuck -----------------------------------------------------------------------
def stuck_cycle(plan):
    """Each holds a lock and wants its neighbour's."""
    count = plan.random.randint(2, 4)
    first, barrier = plan.object(count), plan.object()
    for i in range(count):
        name = plan.thread("cycle", [f"lock {first + i}", f"meet {barrier} {count}",
                                     f"lock {first + (i + 1) % count}"])
        plan.stuck.append(("deadlock", name, "lock"))


def stuck_on_itself(plan):
    lock = plan.object()
    plan.stuck.append(("deadlock", plan.thread("twice", [f"lock {lock}", f"lock {lock}"]), "lock"))


def lock_waiters(plan, lock, proof):
    for _ in range(plan.random.randint(1, 3)):
        plan.stuck.append((proof, plan.thread("waiter", ["sleep 50000", f"lock {lock}",
                                                         f"unlock {lock}"]), "lock"))


def stuck_owner_gone(plan):
    lock = plan.object()
    lock_waiters(plan, lock, "owner-gone")
    plan.thread("owner", [f"lock {lock}", "quit"])


def stuck_owner_waits(plan):
    """The owner of a lock waits for an answer that does not come, or for nothing at all."""
    lock, slot = plan.object(), plan.object()
    once, wait = plan.random.choice([
        ([], f"sleep {FOREVER}"), ([], f"await {plan.object()}"),
        ([f"connect {slot} {host(plan)}"], f"ask {slot} {FOREVER}")])
    lock_waiters(plan, lock, "owner-stuck")
    plan.holders.add(wait.split()[0])
    plan.thread("owner", [*once, f"lock {lock}", wait, f"unlock {lock}"])


def stuck_fork(plan):
    """A child was forked while another thread held the lock that it wants."""
    lock = plan.object()
    plan.thread("owner", [f"lock {lock}", f"sleep {FOREVER}"])
    plan.stuck.append(("owner-gone", plan.thread("forker", ["sleep 50000", f"forklock {lock}"]),
                       "forklock"))


def stuck_pipe(plan):
    """The other end of a pipe is open, and not read."""
    reads, writes = plan.pipe()
    plan.thread("deaf", [f"sleep {FOREVER}", f"readpipe {reads}"], part="clients")
    plan.stuck.append(("write", plan.thread("writer", [], ["compute 500",
                                                           f"writepipe {writes} 4000"]),
                       "writepipe"))


def stuck_pipe_lock(plan):
    """The same while it holds a lock that others want: a log."""
    (reads, writes), lock = plan.pipe(), plan.object()
    plan.thread("deaf", [f"sleep {FOREVER}", f"readpipe {reads}"], part="clients")
    for _ in range(plan.random.randint(2, 5)):
        name = plan.thread("logger", [], [f"lock {lock}", f"writepipe {writes} 3000",
                                          f"unlock {lock}", "compute 300"])
        plan.stuck.append(("write", name, "writepipe"))


def stuck_send(plan):
    """A peer that accepts and does not read."""
    port, listening, slot = plan.port(), plan.object(), plan.object()
    plan.thread("deaf", [f"listen {listening} {port}", f"accept {listening} {plan.object()}",
                         f"sleep {FOREVER}"], part="hosts")
    plan.stuck.append(("write", plan.thread("sender", [f"connect {slot} {port}", f"flood {slot}"]),
                       "flood"))


def stuck_accept(plan):
    """Connections wait at a listener that nothing takes them from."""
    port, listening = plan.port(), plan.object()
    wait = plan.random.choice([f"sleep {FOREVER}", f"await {plan.object()}",
                               f"semwait {plan.object()}"])
    name = plan.thread("acceptor", [f"listen {listening} {port}", wait])
    plan.stuck.append(("accept-queue", name, wait.split()[0]))
    client(plan, port, 1000, plan.random.randint(1, 6))


def stuck_unread(plan):
    """A connection was accepted, its request was not read: the thread waits for something else."""
    port, listening = plan.port(), plan.object()
    wait = plan.random.choice([f"await {plan.object()}", f"semwait {plan.object()}"])
    name = plan.thread("session", [f"listen {listening} {port}",
                                   f"accept {listening} {plan.object()}", wait])
    plan.stuck.append(("unread", name, wait.split()[0]))
    client(plan, port, 1000)


def stuck_request(plan):
    """A request was read; what is to answer it waits for what does not come."""
    port, listening, slot = plan.port(), plan.object(), plan.object()
    once, wait = plan.random.choice([
        ([], f"await {plan.object()}"), ([], f"semwait {plan.object()}"),
        ([f"connect {slot} {host(plan)}"], f"ask {slot} {FOREVER}")])
    name = plan.thread("session", [f"listen {listening} {port}", *once,
                                   f"accept {listening} {plan.object()}", "serve", wait, "answer"])
    plan.stuck.append(("served", name, wait.split()[0]))
    client(plan, port, 1000)


def stuck_pool(plan):
    """Workers that wait for work which only they could do."""
    queue, results = plan.object(), plan.object()
    workers = plan.random.randint(2, 6)
    for _ in range(workers):
        name = plan.thread("worker", [], [f"take {queue}", "compute 500", f"put {queue} 1",
                                          f"await {results}"])
        plan.stuck.append(("pool", name, "await"))
    plan.thread("producer", ["sleep 20000", f"put {queue} {workers}", f"await {plan.object()}"])


WORK = [computes, asks, gathers, locks, pool, pipes, files, children, loop_free]
IDLE = [idle_accept, idle_pool, idle_timer, idle_session, idle_loop, idle_pipe, idle_semaphore]
STUCK = [stuck_cycle, stuck_on_itself, stuck_owner_gone, stuck_owner_waits, stuck_fork, stuck_pipe,
         stuck_pipe_lock, stuck_send, stuck_accept, stuck_unread, stuck_request, stuck_pool]


def kinds():
    """A program is of one kind and has parts of others beside it: (name, the part)."""
    rows = [(STUCK, "stuck"), (WORK, "work"), ([loop_blocked, starves], "work"), (IDLE, "idle")]
    return [(part.__name__, part, group) for parts, group in rows for part in parts]


C_ONLY = [gathers]


def add_beside(plan, group):
    """What else the program does: always things that leave what its kind is as it is."""
    draw = plan.random.random()
    if group == "work" and draw < 0.5:
        plan.random.choice([part for part in WORK
                            if plan.language == "c" or part not in C_ONLY])(plan)
    if group == "stuck" and draw < 0.3:
        plan.random.choice([computes, asks, pool, pipes])(plan)
    for part in plan.random.sample(IDLE, plan.random.choice([0, 0, 1, 2])):
        part(plan)


def make(seed):
    plan = Plan(seed)
    name, part, group = kinds()[seed % len(kinds())]
    plan.kind = name
    if part not in C_ONLY and plan.random.random() < 0.4:
        plan.language = "py"
    # the process's first thread is often one that does nothing of it
    if plan.random.random() < 0.5:
        idle_timer(plan)
    part(plan)
    add_beside(plan, group)
    plan.watched = plan.random.random() < 0.15
    return plan
