# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks of runtimes: the GIL by the scheduler's own books, locks of CPython, idle pools."""
import concurrent.futures
import os
import subprocess
import tempfile
import time

import live
from test_locks import largest_lock


# ---- CPython ------------------------------------------------------------------------------------
def each_python(check, *arguments):
    problems = live.Problems()
    for path in live.pythons():
        problems.case(path, check, path, *arguments)
    problems.end()


def each_python_at_once(check):
    """Of programs that mostly sleep, three at a time."""
    problems = live.Problems()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for path, done in [(path, pool.submit(check, path)) for path in live.pythons()]:
            problems.case(path, done.result)
    problems.end()


def gil_share(path, count, judged=True):
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
        # the main thread, which sleeps, may have to wait for it too when a signal or a timer wakes it
        live.expect(row["waiters"] in (count, count + 1), f"{row['waiters']} wait for the GIL")
    if count > 1 and judged:
        verdict = report["verdict"]
        live.judged(verdict["class"] == "cpu-bound" and "GIL" in verdict["headline"],
                    lambda: f"{verdict['class']}: {verdict['headline']}")
        live.judged("gil" in [cause["kind"] for cause in verdict["causes"][:2]],
                    lambda: f"no cause is gil: {verdict['causes']}")


@live.slow
def test_gil_1():
    each_python(gil_share, 1)


def test_gil_2():
    each_python(gil_share, 2)


def test_gil_on_one_cpu():
    """The class is not checked: both threads also queue for the CPU, 30 % of their busy time."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        gil_share("/usr/bin/python3", 2, judged=False)
    finally:
        os.sched_setaffinity(0, allowed)


@live.slow
def test_gil_4():
    each_python(gil_share, 4)


@live.slow
def test_gil_16():
    each_python(gil_share, 16)


def lock_sleep(path):
    """Each of two threads waits for the other, which sleeps 20 ms while it holds the lock."""
    with live.Workload("lock_sleep.py", interpreter=path) as target:
        report = live.attach(target.pid, 3)
        workers = live.tids(target.pid) - {target.pid}
    blocked = live.process(report, target.pid)["time"]["blocked_ns"]
    duration = report["capture"]["duration_ns"]
    # of 40 ms each sleeps 20 with the lock and 2 without
    live.expect_close(blocked["lock"], 2 * duration * 18 / 40, 0.05, "lock ns of both")
    live.expect(blocked["gil"] < 0.02 * duration, f"gil {blocked['gil']}")
    live.expect(len(workers) == 2, f"{len(workers)} threads contend")
    live.judged(report["verdict"]["class"] == "lock-bound", f"class {report['verdict']['class']}")


def test_python_lock():
    each_python_at_once(lock_sleep)


def cpu_of(pid):
    """Seconds, by /proc."""
    row = live.read_text(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
    return (int(row[11]) + int(row[12])) / os.sysconf("SC_CLK_TCK")


def attach_pool(target):
    """A report of 3 s, whose class is idle if /proc says that there is next to nothing to do:
    where a wake-up takes milliseconds, a pool that wakes a few times a second computes. It waits
    for no lock."""
    cpu, begun = cpu_of(target.pid), time.monotonic()
    report = live.attach(target.pid, 3)
    busy = (cpu_of(target.pid) - cpu) / (time.monotonic() - begun)
    fitting = ("idle",) if busy < 0.015 else ("idle", "cpu-bound", "cpu-starved", "insufficient")
    live.judged(report["verdict"]["class"] in fitting,
                f"class {report['verdict']['class']}, {busy} cores by /proc")
    return report


def idle_pool(path):
    with live.Workload("idle_pool.py", interpreter=path) as target:
        time.sleep(0.2)
        report = attach_pool(target)
    time_ = live.process(report, target.pid)["time"]
    blocked, duration = time_["blocked_ns"], report["capture"]["duration_ns"]
    # no thread waits for the GIL longer than the others compute
    live.expect(blocked["lock"] + blocked["gil"] < max(0.005 * duration, time_["on_cpu_ns"]),
                lambda: f"contention of an idle pool: {blocked}")


def test_python_idle_pool():
    each_python_at_once(idle_pool)


def own_gils(path):
    """Of four computing threads two and two share a GIL."""
    with live.Workload("interpreters.py", interpreter=path) as target:
        time.sleep(0.5)
        report, truth = live.attach_sampled(target, 3)
        pid = target.pid
        workers = live.tids(pid) - {pid}
    live.expect(len(workers) == 4, f"{len(workers)} threads compute")
    duration = report["capture"]["duration_ns"]
    gil = true_gil = 0
    for tid in workers:
        gil += live.thread(report, pid, tid)["time"]["blocked_ns"]["gil"]
        true_gil += (duration - truth.inside(("run", tid), report) -
                     truth.inside(("wait", tid), report))
    live.expect_close(gil / duration / 4, true_gil / duration / 4, 0, "share of the GIL", 0.03)
    rows = [row for row in live.process(report, pid)["locks"] if row["kind"] == "gil"]
    live.expect([row["waiters"] for row in rows] == [2, 2],
                lambda: f"not two GILs with two waiters: {rows}")


def test_python_interpreters_with_own_gil():
    """From 3.12 on each interpreter may have its own GIL."""
    paths = live.pythons((3, 12))
    live.expect(paths, "no CPython 3.12 or newer: pyenv has none")
    problems = live.Problems()
    for path in paths:
        problems.case(path, own_gils, path)
    problems.end()


# ---- other runtimes -----------------------------------------------------------------------------
def runtime_pool(name, unseen, *workload, **more):
    """An idle pool: next to no contention, the runtime is named, and what cannot be seen is said."""
    with live.Workload(*workload, **more) as target:
        time.sleep(2)
        report = attach_pool(target)
    process = live.process(report, target.pid)
    blocked = process["time"]["blocked_ns"]
    live.expect(blocked["lock"] + blocked["gil"] < 0.005 * report["capture"]["duration_ns"],
                lambda: f"contention of an idle pool: {blocked}")
    live.expect(process["runtime"]["name"] == name, f"runtime {process['runtime']}")
    live.expect(not unseen or any(unseen in text for text in report["verdict"]["unmeasured"]),
                lambda: f"not said: {report['verdict']['unmeasured']}")
    return process["runtime"]["version"]


def test_java_idle_pool():
    runtime_pool("Java", "the JVM parks", "IdlePool.java", interpreter=live.tool("java"))


def test_node_idle_pool():
    runtime_pool("Node.js", None, "idle_pool.js", interpreter=live.tool("node"))


def test_go_idle_pool():
    go = live.tool("go")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "idle_pool")
        subprocess.run([go, "build", "-o", program,
                        os.path.join(live.ROOT, "tests", "workloads", "idle_pool.go")], check=True,
                       env=dict(os.environ, GOCACHE=os.path.join(folder, "cache"), GOFLAGS="",
                                GO111MODULE="off", CGO_ENABLED="0"))
        version = runtime_pool("Go", "Go parks them", "idle_pool", program=program)
    live.expect(version and version.startswith("1."), f"version {version}")
