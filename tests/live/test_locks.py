# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks: what contending threads measure of their own waits, and what is no contention at all."""
import json
import os
import platform
import subprocess
import tempfile
import time

import live


SYMBOLS = {"rwlock": "rwlock", "readers": "rwlock", "semaphore": "semaphore"}
SYMBOLS.update((kind, "mutex") for kind in ("mutex", "adaptive", "recursive", "robust", "pi"))


def lock_ns(time_):
    return time_["blocked_ns"]["lock"]


def woken_ns(time_):
    """The program's own clock around a lock also includes this: it was woken, and waits for a CPU.
    """
    return time_["runnable_ns"]["wakeup"]


def named(report, pid, name):
    rows = [row for row in live.process(report, pid)["threads"] if row["comm"] == name]
    live.expect(len(rows) == 1, lambda: f"{len(rows)} threads are named {name}")
    return rows[0]


def largest_lock(report, pid):
    locks = live.process(report, pid)["locks"]
    live.expect(locks, "no lock in the report")
    return locks[0]


def contend(kind, count, hold_us=1000, name=None, program=None, symbol=None, where=None, seconds=5):
    """The lock state of all and of each contender against what they measured, and the lock's row.
    symbol, where: None: as this source has them, "": not known."""
    with live.Workload("lock", kind, count, hold_us, program=program) as target:
        report, truth = live.attach_sampled(target, seconds)
        address = target.truth()["address"]
        pid = target.pid
    symbol = SYMBOLS[kind] if symbol is None else symbol
    where = "contend at lock.c:" if where is None else where
    problems = live.Problems()
    process = live.process(report, pid)
    problems.case("all", live.expect_close, lock_ns(process["time"]), truth.inside("wait", report),
                  0.03, "ns", 0, woken_ns(process["time"]))
    for number in range(count):
        own = named(report, pid, str(number))["time"]
        problems.case(f"contender {number}", live.expect_close, lock_ns(own),
                      truth.inside(f"wait{number}", report), 0.1, "ns", 0, woken_ns(own))
    row = largest_lock(report, pid)
    at = int(row["address"], 16)
    problems.case("address", live.expect, address <= at < address + 56,
                  f"the lock is at {address:#x}, the report says {at:#x}")
    problems.case("kind", live.expect, row["kind"] == (name or kind), f"kind {row['kind']}")
    problems.case("contention", live.expect, row["contention"], "no contention")
    problems.case("waiters", live.expect, row["waiters"] == count, f"{row['waiters']} waiters")
    problems.case("histogram", live.expect, sum(row["histogram_log2_ns"]) <= row["waits"] <=
                  sum(row["histogram_log2_ns"]) + count, "the histogram does not hold the waits")
    problems.case("wait_ns", live.expect_close, row["wait_ns"], lock_ns(process["time"]), 0.01, "ns")
    problems.case("class", live.expect, report["verdict"]["class"] == "lock-bound",
                  f"class {report['verdict']['class']}")
    problems.case("symbol", live.expect, (row["symbol"] or "").split("+")[0] == symbol,
                  f"symbol {row['symbol']}")
    problems.case("where", live.expect, (row["where"] or "").startswith(where) and
                  bool(row["where"]) == bool(where), f"where {row['where']}")
    problems.case("stack", live.expect, not where.startswith("contend") or any(
        frame.startswith("start_thread") for frame in row["stack"]), f"stack {row['stack']}")
    problems.case("private", live.expect, not row["shared"], "it is shared?")
    problems.end()


def test_mutex_2():
    contend("mutex", 2)


@live.slow
def test_mutex_8():
    contend("mutex", 8)


@live.slow
def test_mutex_32():
    contend("mutex", 32, 500)


def test_mutex_adaptive():
    contend("adaptive", 4, 2000, "mutex")


def test_mutex_recursive():
    contend("recursive", 4, name="mutex")


def test_mutex_robust():
    contend("robust", 4, name="mutex")


def test_mutex_pi():
    contend("pi", 4, name="pi-mutex")


def test_rwlock():
    contend("rwlock", 4)


def test_rwlock_readers():
    contend("readers", 4, name="rwlock")


def test_semaphore():
    contend("semaphore", 4)


# ---- other ways to build a program --------------------------------------------------------------
def build(folder, source, *options, compiler="gcc"):
    """A workload of a special kind, built in folder."""
    program = os.path.join(folder, source)
    subprocess.run([live.tool(compiler), "-std=gnu11", "-O1", "-g", "-D_GNU_SOURCE=", "-pthread",
                    "-Wno-stringop-overread", *options,
                    os.path.join(live.ROOT, "tests", "workloads", f"{source}.c"), "-o", program],
                   check=True)
    return program


def test_static_binary():
    with tempfile.TemporaryDirectory() as folder:
        contend("mutex", 4, program=build(folder, "lock", "-static"))


def test_built_by_clang():
    """clang writes no table of the addresses of its units; the line is known."""
    with tempfile.TemporaryDirectory() as folder:
        contend("mutex", 4, program=build(folder, "lock", compiler="clang"))


def test_segments_apart():
    """A program for pages of 64 kB, as on arm64, has gaps between its segments."""
    with tempfile.TemporaryDirectory() as folder:
        contend("mutex", 4, program=build(folder, "lock", "-Wl,-z,max-page-size=65536"))


def test_stripped_binary():
    """The lock has no name, the place only an address."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, "lock")
        subprocess.run(["strip", program], check=True)
        contend("mutex", 4, program=program, symbol="", where="0x")


def test_static_and_stripped_binary():
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, "lock", "-static", "-s")
        contend("mutex", 4, program=program, symbol="", where="0x")


MUSL = ("-static", "-idirafter", "/usr/include",
        "-idirafter", f"/usr/include/{platform.machine()}-linux-gnu")


def test_musl_locks():
    """musl's library comes without tables to unwind it, so nothing is known beyond the call."""
    problems = live.Problems()
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, "lock", *MUSL, compiler="musl-gcc")
        for kind, name in (("mutex", "mutex"), ("recursive", "mutex"), ("robust", "mutex"),
                           ("pi", "pi-mutex"), ("rwlock", "rwlock"), ("readers", "rwlock"),
                           ("semaphore", "semaphore")):
            problems.case(kind, contend, kind, 4, 1000, name, program, SYMBOLS[kind], "",
                          3)
    problems.end()


def test_musl_idle():
    problems = live.Problems()
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in (("queue", "condition"), ("semaphore_pass", "semaphore"),
                           ("barrier", None)):
            program = build(folder, name, *MUSL, compiler="musl-gcc")
            problems.case(name, idle, name, kind, program)
    problems.end()


def test_depth_sched_takes_no_stacks():
    with live.Workload("lock", "mutex", 2) as target:
        report = live.attach(target.pid, 2, "--depth", "sched")
        row = largest_lock(report, target.pid)
    live.expect(row["kind"] == "mutex" and row["symbol"] == "mutex", f"{row}")
    live.expect(row["where"] is None and row["stack"] is None, "a stack without its hook")
    said = any("stacks need --depth" in text for text in report["verdict"]["unmeasured"])
    if live.knows_tracepoint("sched_exit_tp"):
        # samples of waits have places at any depth
        places = [cause["where"] for cause in report["verdict"]["causes"] if cause["kind"] == "lock"]
        live.expect(not said and places and places[0], lambda: f"{report['verdict']}")
    else:
        live.expect(said, "the report does not say so")


# ---- operations of the kernel, and waits that end otherwise ------------------------------------
def operation(op, kind, state, retries=1.0):
    """All waits at one word against the waiters' own clocks; retries: waits that each takes."""
    with live.Workload("futex_ops", op) as target:
        report, truth = live.attach_sampled(target, 4)
        address, pid = target.truth()["address"], target.pid
    row = largest_lock(report, pid)
    at = int(row["address"], 16)
    waits = truth.inside("waits", report)
    problems = live.Problems()
    problems.case("address", live.expect, address <= at < address + 40,
                  f"the word is at {address:#x}, the report says {at:#x}")
    problems.case("kind", live.expect, row["kind"] == kind, f"kind {row['kind']}")
    problems.case("contention", live.expect, row["contention"] == (state == "lock"),
                  f"contention {row['contention']}")
    problems.case("wait_ns", live.expect_close, row["wait_ns"], truth.inside("wait", report), 0.03,
                  "ns")
    problems.case("waits", live.expect, waits > 50, f"only {waits} waits: too few to be a test")
    problems.case("count", live.expect, row["waits"] > 0.9 * retries * waits,
                  f"{row['waits']} waits of {waits}")
    blocked = live.process(report, pid)["time"]["blocked_ns"]
    problems.case("state", live.expect, blocked[state] >= 0.99 * row["wait_ns"], f"{blocked}")
    if state != "lock":
        problems.case("no lock", live.expect, not blocked["lock"], f"{blocked}")
    problems.end()


def test_raw_waits():
    """From outside it cannot be determined what one thread makes another wait for: unknown."""
    problems = live.Problems()
    for op in ("wait", "bitset", "waitv", "wait2"):
        problems.case(op, operation, op, "unknown", "condition")
    problems.end()


def test_requeue_pi():
    operation("requeue", "condition", "condition")


def test_raw_pi_locks():
    problems = live.Problems()
    for op in ("pi", "pi2"):
        problems.case(op, operation, op, "pi-mutex", "lock")
    problems.end()


def test_timeouts():
    """The lock is never released, so no thread handed it over: only timeouts end the waits."""
    operation("timeout", "mutex", "lock")


def test_signals_while_waiting():
    """Each wait of about 13 ms is cut by signals every 2 ms, and stays one wait for the program."""
    operation("signal", "mutex", "lock", 3)


def test_spurious_wakeups():
    operation("spurious", "unknown", "condition", 9)


# ---- locks that are hard to keep ----------------------------------------------------------------
def test_shared_between_addresses_and_processes():
    """One mutex at three addresses is one lock; each process shows its part."""
    with live.Workload("shared_lock") as target:
        child = target.truth()["child"]
        report, truth = live.attach_sampled(target, 4)
    own = [row for row in live.process(report, target.pid)["locks"] if row["contention"]]
    other = [row for row in live.process(report, child)["locks"] if row["contention"]]
    problems = live.Problems()
    for name, rows, waiters in (("parent", own, 2), ("child", other, 1)):
        problems.case(name, live.expect, len(rows) == 1 and rows[0]["kind"] == "mutex" and
                      rows[0]["shared"] and rows[0]["waiters"] == waiters, f"rows: {rows}")
    problems.case("parent's waits", live.expect_close, own[0]["wait_ns"],
                  truth.inside("wait0", report) + truth.inside("wait1", report), 0.03, "ns")
    problems.case("child's waits", live.expect_close, other[0]["wait_ns"],
                  truth.inside("wait2", report), 0.03, "ns")
    problems.end()


def test_a_hundred_thousand_addresses():
    """The least are dropped, counted and said; the one that matters stays."""
    with live.Workload("many_locks", 100000) as target:
        report, truth = live.attach_sampled(target, 5)
        mutex = target.truth()["mutex"]
    waits = truth.inside("waits", report)
    live.expect(waits > 100000, f"only {waits} waits: too few to be a test")
    row = largest_lock(report, target.pid)
    live.expect(mutex <= int(row["address"], 16) < mutex + 40, lambda: f"the first is {row}")
    live.expect(lock_ns(live.process(report, target.pid)["time"]) > 3e9, "the mutex's time")
    live.expect(len(live.process(report, target.pid)["locks"]) == 100, "not the limit")
    dropped = [row for row in report["verdict"]["findings"] if row["kind"] == "locks-dropped"]
    live.expect(dropped and 0 < dropped[0]["value"] < 1.05 * waits,
                lambda: f"nothing was said: {report['verdict']['findings']}")
    live.expect_no_losses(report)


def test_killed_while_waiting():
    """The report of a process that died with its locks held, its threads waiting for them."""
    with live.Workload("lock", "mutex", 4) as target:
        with live.Attach("attach", "-p", target.pid, "-d", "30", "--json") as watch:
            time.sleep(3)
            target.proc.kill()
            target.proc.wait()
            out, err = watch.proc.communicate(timeout=10)
    live.expect(watch.proc.returncode == 0 and not err, f"exit {watch.proc.returncode}: {err}")
    row = largest_lock(json.loads(out), target.pid)
    live.expect(row["kind"] == "mutex" and row["symbol"] == "mutex" and row["waiters"] == 4,
                lambda: f"the lock is {row}")


# ---- wait chains --------------------------------------------------------------------------------
def chain_of(slow):
    with live.Workload("pipeline", slow) as target:
        report = live.attach(target.pid, 3)
        name = ("first", "second", "third")[slow - 1]
        tid = named(report, target.pid, name)["tid"]
    rows = [row for row in report["verdict"]["findings"] if row["kind"] == "waits-for"]
    live.expect(rows and rows[0]["detail"].endswith(f"{name}/{tid}, which is mostly on_cpu"),
                lambda: f"the chain does not end with {name}/{tid}: {rows}")
    live.judged(rows[0]["value"] > 0.9, f"share {rows[0]['value']}")


def test_pipeline_names_the_slow_stage():
    problems = live.Problems()
    for slow in (1, 2, 3):
        problems.case(f"stage {slow}", chain_of, slow)
    problems.end()


def test_long_holder_is_named():
    """The thread that holds a mutex for 30 ms, where the others do for 1 ms."""
    with live.Workload("lock", "mutex", 4, 1000, 30000) as target:
        report = live.attach(target.pid, 4)
        first = named(report, target.pid, "0")["tid"]
        row = largest_lock(report, target.pid)
    live.expect(row["holders"], "no holder")
    live.expect(row["holders"][0]["tid"] == first,
                f"the holder is {first}, the report names {row['holders'][0]}")
    # of 33 ms that the lock goes round, it has 30
    live.expect_close(row["holders"][0]["wait_ns"], row["wait_ns"] * 30 / 33, 0.05, "ns")
    detail = report["verdict"]["causes"][0]["detail"]
    live.expect(f"0/{first}" in detail, f"the first cause does not name it: {detail}")


def test_data_beside_a_lock_is_no_holder():
    """A holder is a thread of the process: no word of the program's memory is ever shown."""
    account = 3777001
    with live.Workload("own_lock") as target, \
            live.Attach("attach", "-p", target.pid, "-d", 1, "--json") as boundby:
        result = boundby.end()
        live.expect(str(account) not in result.out, "the program's data is in the report")
        locks = live.process(result.report(), target.pid)["locks"]
        holders = {holder["tid"] for lock in locks for holder in lock["holders"]}
        live.expect(len(locks) == 2 and holders <= live.tids(target.pid),
                    f"{len(locks)} locks, holders {holders} of {live.tids(target.pid)}")


def test_waker_is_named():
    """The threads that wake the waiters of a lock are its contenders."""
    with live.Workload("lock", "mutex", 2) as target:
        report = live.attach(target.pid, 3)
        one, other = named(report, target.pid, "0"), named(report, target.pid, "1")
    for row, waker in ((one, other), (other, one)):
        locks = [entry for entry in row["wakers"] if entry["state"] == "lock"]
        live.expect(locks and locks[0]["tid"] == waker["tid"],
                    lambda: f"{row['tid']} is woken by {waker['tid']}, the report says {locks}")
        live.expect_close(locks[0]["wait_ns"], lock_ns(row["time"]), 0.02, "ns")


def no_contention(report, pid):
    time_ = live.process(report, pid)["time"]
    live.expect(not time_["blocked_ns"]["lock"] and not time_["blocked_ns"]["gil"],
                lambda: f"contention: {time_['blocked_ns']}")
    live.expect(not any(row["contention"] for row in live.process(report, pid)["locks"]),
                "a lock with contention")


def idle(name, kind, program=None):
    with live.Workload(name, program=program) as target:
        report = live.attach(target.pid, 3)
    no_contention(report, target.pid)
    locks = live.process(report, target.pid)["locks"]
    live.expect(locks and all(row["kind"] == kind for row in locks if kind and row["waits"] > 5),
                lambda: f"expected {kind}: {[(row['kind'], row['waits']) for row in locks]}")


def test_queue():
    idle("queue", "condition")


def test_barrier():
    idle("barrier", "unknown")


def test_semaphore_pass():
    idle("semaphore_pass", "semaphore")
