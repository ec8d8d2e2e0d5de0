# SPDX-License-Identifier: GPL-2.0-or-later
"""What is true of a program in a window: from the logs of its threads, by the contract's section 5.
Written from the contract alone, and of nothing that boundby is made of."""
import os
import struct

HEAD, RECORD = 512, struct.Struct("<QQQQHHI")
REST = ("request", "condition", "sleep", "poll_idle")
IO = ("network", "disk", "poll_io", "ipc")
STALL_NS = 10_000_000
SECOND = 1_000_000_000
# Truth this near to a threshold holds for both sides: of shares, and of the two small bounds of idle.
MARGIN, IDLE_MARGIN = 0.03, 0.15


def records(file, names):
    """Those of a log that are written, until the open one."""
    while True:
        data = file.read(RECORD.size * 4096)
        for begin, end, cpu, runnable, state, operation, _ in RECORD.iter_unpack(data):
            if not begin:
                return
            yield begin, end or None, cpu, runnable, names[state], operation
        if len(data) < RECORD.size * 4096:
            return


class Thread:
    """A thread's log: (begin, end or None, CPU, runnable, state, operation)."""

    def __init__(self, path, language):
        # between waits a thread that neither computes nor waits for a CPU waits for the GIL
        self.remainder = "gil" if language == "py" else "other"
        with open(path, "rb") as file:
            words = file.read(HEAD).rstrip(b"\0").decode().split()
            self.pid, self.tid, self.name = int(words[0]), int(words[1]), words[2]
            self.records = list(records(file, words[3:]))
        self.child = int(os.path.basename(path).split(".")[1]) >= 1000

    def parts(self, begin, end):
        """(state, ns, operation, from, to) of each stretch inside the window."""
        for first, last, cpu, runnable, state, operation in self.records:
            to, start = min(last or end, end), max(first, begin)
            if to <= start:
                continue
            if last is None:
                if not (self.child and state == "cpu"):
                    yield state, to - start, operation, start, to
                continue
            if state == "cpu":  # evenly, as far as is known
                share = (to - start) / (last - first)
                yield "cpu", cpu * share, operation, start, to
                yield "runnable", runnable * share, operation, start, to
                left = (last - first - cpu - runnable) * share
                yield self.remainder, max(left, 0), operation, start, to
                continue
            # a wait, then waiting for a CPU, then running
            edges = (first, max(last - cpu - runnable, first), max(last - cpu, first), last)
            for name, since, until in zip((state, "runnable", "cpu"), edges, edges[1:]):
                yield name, max(min(until, end) - max(since, begin), 0), operation, start, to

    def ended(self):
        return bool(self.records) and self.records[-1][4] == "gone"


def read(directory, language):
    return [Thread(os.path.join(directory, name), language) for name in sorted(os.listdir(directory))]


def add(into, more):
    for key, value in more.items():
        into[key] = into.get(key, 0) + value


class Truth:
    """Sums of a window, and the class that follows from them."""

    def __init__(self, plan, threads, operations, begin, end):
        self.plan, self.window = plan, end - begin
        self.threads, self.states, self.by_operation = {}, {}, {}
        self.loops = {}
        for thread in threads:
            times = {}
            for state, ns, operation, start, to in thread.parts(begin, end):
                name = operations[operation]
                # a read on a pipe that never ended asked for nothing
                if state == "ipc_read":
                    state = "unended" if ns >= (end - begin) * 0.9999 else "ipc"
                add(times, {state: ns})
                add(self.by_operation, {(state, name): ns})
            times.pop("gone", None)
            self.threads[thread.tid] = times
            add(self.states, times)
            if thread.name in plan.loops:
                self.loops[thread.tid] = Loop(thread, operations, begin, end)
        self.stuck = self._stuck(threads, operations, begin, end)
        self._signals()

    def _stuck(self, threads, operations, begin, end):
        """Proofs that held in the whole window: the threads were in that operation all the time."""
        found, by_name = [], {thread.name: thread for thread in threads}
        for proof, name, operation in self.plan.stuck:
            first, last, *_, number = by_name[name].records[-1]
            if last is None and first <= begin and operations[number] == operation:
                found.append((proof, name, operation))
        return found

    def undecidable(self):
        """Is it stuck by nothing that can be seen from outside? The program's own condition may be a
        pool's wait for work; a lock of Python does not say which thread has it."""
        locks = ("deadlock", "owner-gone", "owner-stuck")
        return all(proof == "pool" or (self.plan.language == "py" and proof in locks)
                   for proof, _, _ in self.stuck)

    def _signals(self):
        get = self.states.get
        self.on_cpu = get("cpu", 0)
        self.runnable = get("runnable", 0)
        self.lock, self.gil = get("lock", 0), get("gil", 0)
        # a parent's wait for children is what the children do, and they are watched too
        self.io = sum(get(name, 0) for name in IO)
        self.work = self.on_cpu + self.runnable + self.lock + self.gil + self.io
        whole = self.on_cpu + self.io
        self.ratio = self.on_cpu / whole if whole else None
        self.contention = (self.lock + self.gil) / self.work if self.work else 0
        self.starvation = self.runnable / self.work if self.work else 0
        self.cores = self.on_cpu / self.window
        self.work_share = self.work / self.window
        self.stalled = max((loop.stalled / self.window for loop in self.loops.values()), default=0)

    def questions(self):
        """Each comparison of the rules: name -> (holds, distance from its threshold, margin)."""
        gil = (self.gil > (self.lock + self.gil) / 2 and
               self.on_cpu + self.runnable >= 0.8 * self.window)
        worst = max(self.loops.values(), key=lambda loop: loop.stalled, default=None)
        stalls, longest = (len(worst.stalls), worst.longest / SECOND) if worst else (0, 0)
        rows = {
            "cores": (self.cores, 0.02, 0.02 * IDLE_MARGIN),
            "work": (self.work_share, 0.05, 0.05 * IDLE_MARGIN),
            "stalled": (self.stalled if stalls >= 2 else 0, 0.05, 0.02),
            "stalls": (stalls if self.stalled >= 0.03 else 0, 2.5, 0.6),
            "longest": (longest, 1.0, 0.1),
            "starvation": (self.starvation, 0.30, MARGIN),
            "contention": (0 if gil else self.contention, 0.30, MARGIN),
            "cpu": (self.ratio or 0, 0.70, MARGIN),
            "io": (self.ratio or 0, 0.40, MARGIN),
        }
        return {name: (value >= bound, abs(value - bound) <= margin, abs(value - bound) / margin)
                for name, (value, bound, margin) in rows.items()}

    def classify(self, holds):
        if self.stuck:
            return "hung"
        blocked = (holds["stalled"] and holds["stalls"]) or holds["longest"]
        if not blocked and not holds["cores"] and not holds["work"]:
            return "idle"
        if blocked:
            return "loop-blocked"
        if holds["starvation"]:
            return "cpu-starved"
        if holds["contention"]:
            return "lock-bound"
        if holds["cpu"]:
            return "cpu-bound"
        return "mixed" if holds["io"] else "io-bound"

    def classes(self):
        """The true class, and its neighbour where the truth is nearest to a threshold within the
        margin: never more than one."""
        rows = self.questions()
        holds = {name: row[0] for name, row in rows.items()}
        true = self.classify(holds)
        for name in sorted((name for name in rows if rows[name][1]), key=lambda name: rows[name][2]):
            other = self.classify(dict(holds, **{name: not holds[name]}))
            if other != true:
                return [true, other]
        return [true]

    def causes(self):
        """Kinds of causes with their shares: of the stalls of a blocked loop, else of the work."""
        if self.classes()[0] == "loop-blocked":
            worst = max(self.loops.values(), key=lambda loop: loop.stalled)
            return worst.causes()
        names = {"cpu": self.on_cpu, "starved": self.runnable, "lock": self.lock, "gil": self.gil}
        names.update({name: self.states.get(name, 0) for name in IO})
        return {name: ns / self.work for name, ns in names.items() if ns} if self.work else {}

    def in_turn(self):
        """Do the threads of an interpreter compute one after the other? Then its lock is the cause,
        and what runs under it is of that cause."""
        return (self.gil >= 0.1 * self.work and
                self.on_cpu + self.runnable >= 0.7 * self.window)

    def blur(self):
        """How far causes' shares may be off besides, since the window cuts stalls."""
        if self.classes()[0] != "loop-blocked":
            return 0
        worst = max(self.loops.values(), key=lambda loop: loop.stalled)
        return worst.cut / worst.stalled

    def places(self, kind):
        """Operations whose lines a cause of this kind may name: those within reach of the most."""
        if self.classes()[0] == "loop-blocked":
            worst = max(self.loops.values(), key=lambda loop: loop.stalled)
            times = worst.places(kind)
        else:
            state = {"starved": "runnable"}.get(kind, kind)
            times = {name: ns for (of, name), ns in self.by_operation.items() if of == state}
        most = max(times.values(), default=0)
        return {name for name, ns in times.items() if ns > 0.8 * most and name != "none"}


class Loop:
    """The stalls of an event loop: stretches between its waits."""

    def __init__(self, thread, operations, begin, end):
        self.stalls, self.starts = [], []  # (ns, {(state, operation): ns}), when they began
        parts, since = {}, None
        for state, ns, operation, start, to in thread.parts(begin, end):
            if operations[operation] in ("wait", "gather"):
                self._close(since, start, parts)
                parts, since = {}, to
                continue
            since = start if since is None else since
            add(parts, {(state, operations[operation]): ns})
        self._close(since, end, parts)
        # those that the window cuts may be reported whole, or as the part inside
        self.cut = sum(ns for (ns, _), start in zip(self.stalls, self.starts)
                       if start <= begin or start + ns >= end)
        self.stalled = sum(ns for ns, _ in self.stalls)
        self.longest = max((ns for ns, _ in self.stalls), default=0)

    def _close(self, since, until, parts):
        if parts and since is not None and until - since > STALL_NS:
            self.stalls.append((until - since, parts))
            self.starts.append(since)

    @staticmethod
    def _cause(state):
        return {"cpu": "cpu", "runnable": "starved", "lock": "lock", "gil": "gil"}.get(
            state, "blocking-call")

    def causes(self):
        """Of each stall its largest part is the cause."""
        shares = {}
        for ns, parts in self.stalls:
            sums = {}
            for (state, _), part in parts.items():
                add(sums, {state: part})
            add(shares, {self._cause(max(sums, key=sums.get)): ns / self.stalled})
        return shares

    def places(self, kind):
        times = {}
        for _, parts in self.stalls:
            for (state, operation), ns in parts.items():
                if self._cause(state) == kind:
                    add(times, {operation: ns})
        return times
