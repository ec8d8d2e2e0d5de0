# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks: what contending threads measure of their own waits, and what is no contention at all."""
import time

import live


def lock_ns(time_):
    return time_["blocked_ns"]["lock"]


def named(report, pid, name):
    rows = [row for row in live.process(report, pid)["threads"] if row["comm"] == name]
    live.expect(len(rows) == 1, lambda: f"{len(rows)} threads are named {name}")
    return rows[0]


def largest_lock(report, pid):
    locks = live.process(report, pid)["locks"]
    live.expect(locks, "no lock in the report")
    return locks[0]


def contend(kind, count, hold_us=1000, name=None):
    """The lock state of all and of each contender against what they measured, and the lock's row."""
    with live.Workload("lock", kind, count, hold_us) as target:
        report, truth = live.attach_sampled(target, 5)
        address = target.truth()["address"]
        pid = target.pid
    problems = live.Problems()
    process = live.process(report, pid)
    problems.case("all", live.expect_close, lock_ns(process["time"]), truth.inside("wait", report),
                  0.03, "ns")
    for number in range(count):
        problems.case(f"contender {number}", live.expect_close,
                      lock_ns(named(report, pid, str(number))["time"]),
                      truth.inside(f"wait{number}", report), 0.1, "ns")
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
    problems.end()


def test_mutex_2():
    contend("mutex", 2)


def test_mutex_8():
    contend("mutex", 8)


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


def test_semaphore():
    contend("semaphore", 4)


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


def test_waker_is_named():
    """Who lets in the waiters of a lock are the contenders."""
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


def idle(name, kind):
    with live.Workload(name) as target:
        report = live.attach(target.pid, 3)
    no_contention(report, target.pid)
    locks = live.process(report, target.pid)["locks"]
    live.expect(locks and all(row["kind"] == kind for row in locks if row["waits"] > 5),
                lambda: f"expected {kind}: {[(row['kind'], row['waits']) for row in locks]}")


def test_queue():
    idle("queue", "condition")


def test_barrier():
    idle("barrier", "unknown")


def test_semaphore_pass():
    idle("semaphore_pass", "semaphore")


# ---- CPython ------------------------------------------------------------------------------------
def each_python(check, *arguments):
    problems = live.Problems()
    for path in live.pythons():
        problems.case(path, check, path, *arguments)
    problems.end()


def gil_share(path, count):
    """Wall time less CPU time and time on the run queue, by the scheduler's own books."""
    with live.Workload("compute.py", count, interpreter=path) as target:
        report, truth = live.attach_sampled(target, 3)
        main, pid = target.pid, target.pid
        workers = live.tids(pid) - {main}
    live.expect(len(workers) == count, f"{len(workers)} threads compute")
    duration = report["capture"]["duration_ns"]
    gil = true_gil = 0
    for tid in workers:
        gil += live.thread(report, pid, tid)["time"]["blocked_ns"]["gil"]
        true_gil += (duration - truth.inside(("run", tid), report) -
                     truth.inside(("wait", tid), report))
    wall = duration * count
    live.expect_close(gil / wall, true_gil / wall, 0, "share of the GIL", 0.03)
    live.expect(live.process(report, pid)["runtime"]["name"] == "CPython", "no CPython")
    if count > 1:
        row = largest_lock(report, pid)
        live.expect(row["kind"] == "gil", f"the first lock is {row['kind']}")
        live.expect(row["waiters"] == count, f"{row['waiters']} wait for the GIL")
        verdict = report["verdict"]
        live.expect(verdict["class"] == "cpu-bound" and "GIL" in verdict["headline"],
                    lambda: f"{verdict['class']}: {verdict['headline']}")
        live.expect("gil" in [cause["kind"] for cause in verdict["causes"][:2]],
                    lambda: f"no cause is gil: {verdict['causes']}")


def test_gil_1():
    each_python(gil_share, 1)


def test_gil_2():
    each_python(gil_share, 2)


def test_gil_4():
    each_python(gil_share, 4)


def test_gil_16():
    each_python(gil_share, 16)


def lock_sleep(path):
    """Each of two threads waits for the other, who sleeps 20 ms with the lock in its hand."""
    with live.Workload("lock_sleep.py", interpreter=path) as target:
        report = live.attach(target.pid, 3)
        workers = live.tids(target.pid) - {target.pid}
    blocked = live.process(report, target.pid)["time"]["blocked_ns"]
    duration = report["capture"]["duration_ns"]
    # of 40 ms each sleeps 20 with the lock and 2 without
    live.expect_close(blocked["lock"], 2 * duration * 18 / 40, 0.05, "lock ns of both")
    live.expect(blocked["gil"] < 0.02 * duration, f"gil {blocked['gil']}")
    live.expect(len(workers) == 2, f"{len(workers)} threads contend")
    live.expect(report["verdict"]["class"] == "lock-bound", f"class {report['verdict']['class']}")


def test_python_lock():
    each_python(lock_sleep)


def idle_pool(path):
    with live.Workload("idle_pool.py", interpreter=path) as target:
        time.sleep(0.2)
        report = live.attach(target.pid, 3)
    blocked = live.process(report, target.pid)["time"]["blocked_ns"]
    duration = report["capture"]["duration_ns"]
    live.expect(blocked["lock"] + blocked["gil"] < 0.005 * duration,
                lambda: f"contention of an idle pool: {blocked}")
    live.expect(report["verdict"]["class"] == "idle", f"class {report['verdict']['class']}")


def test_python_idle_pool():
    each_python(idle_pool)
