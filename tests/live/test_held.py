# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds a program up from outside, or in its own queues: named with the process that does it."""
import os
import time

import live

MS = 1000000


def finding(report, kind):
    found = [row for row in report["verdict"]["findings"] if row["kind"] == kind]
    live.expect(found, lambda: f"no finding {kind}: {report['verdict']['findings']}")
    return found[0]


def test_traced():
    with live.Workload("traced") as target:
        report = live.attach(target.pid, 3)
        tracer = int(live.read_text(f"/proc/{target.pid}/status").split("TracerPid:")[1].split()[0])
    stopped = live.process(report, target.pid)["time"]["blocked_ns"]["stopped"]
    live.expect(stopped >= 0.8 * report["capture"]["duration_ns"], f"stopped for {stopped} ns")
    live.expect(f"traced[{tracer}]" in finding(report, "traced")["detail"],
                lambda: f"the tracer is {tracer}: {finding(report, 'traced')}")
    advice = report["verdict"]["advice"]["now"]
    live.expect(f"end the tracer: traced[{tracer}]" in advice, advice)


def test_file_lock():
    """The holder is the process at the other side of flock_wait: its parent."""
    with live.Workload("flock_wait") as target:
        report = live.attach(target.pid, 3)
        holder = target.proc.pid
    row = finding(report, "file-lock")
    live.expect(f"[{target.pid}] waits for a file lock that flock_wait[{holder}] holds"
                in row["detail"], lambda: f"{row}")
    live.expect(f"[{holder}]" in report["verdict"]["advice"]["now"],
                lambda: f"{report['verdict']['advice']}")


def test_connection_pool():
    with live.Workload("pooled") as target:
        report, truth = live.attach_sampled(target, 3)
    window_s = report["capture"]["duration_ns"] / 1e9
    in_flight = 0.02 * truth.inside("calls", report) / window_s  # a call takes 20 ms and more
    row = finding(report, "connection-pool")
    live.expect("about 2 connections" in row["detail"], lambda: f"{row}")
    live.expect(in_flight - 0.1 <= row["value"] <= 2.1, f"{in_flight:.2f} in flight: {row}")
    live.expect("connection pool" in report["verdict"]["advice"]["now"],
                lambda: f"{report['verdict']['advice']}")


def test_connections_for_all():
    """A connection for each thread: no pool limits, and none is named."""
    with live.Workload("pooled", 10) as target:
        report = live.attach(target.pid, 3)
    live.judged(report["verdict"]["class"] == "io-bound", lambda: f"{report['verdict']}")
    live.expect("connection-pool" not in [row["kind"] for row in report["verdict"]["findings"]],
                lambda: f"{report['verdict']['findings']}")


def test_unanswered():
    """What is sent to a server that never answers is a request in flight for 2 s, and no longer."""
    for wait_ms, again_ms, wanted in ((0, 500, "io-bound"), (2500, 0, "idle")):
        with live.Workload("unanswered", wait_ms, again_ms) as target:
            report = live.attach(target.pid, 2)
        live.judged(report["verdict"]["class"] == wanted,
                    lambda: f"after {wait_ms} ms, again after {again_ms} ms: {report['verdict']['headline']}")


def test_neighbour():
    """Another process computes on the one CPU that the target may use, and is named with its time."""
    cpu = min(os.sched_getaffinity(0))
    with live.Workload("cpu") as target, live.Workload("cpu") as hog:
        for pid in (target.pid, hog.pid):
            os.sched_setaffinity(pid, {cpu})
        before, begun = live.process_cpu_ns(hog.pid), time.monotonic()
        report = live.attach(target.pid, 3)
        used = live.process_cpu_ns(hog.pid) - before
        beside = 1e9 * (time.monotonic() - begun) - report["capture"]["duration_ns"]
    row = next((row for row in report["neighbours"] if row["pid"] == hog.pid), None)
    live.expect(row, lambda: f"{hog.pid} is not among {report['neighbours']}")
    # its own clock counts what it had before and after the window too: at most all of that time
    live.expect(used - beside - 30 * MS <= row["cpu_ns"] <= used + 30 * MS,
                f"{row['cpu_ns']} ns in the window, {used} ns in all, {beside:.0f} ns beside it")
    live.expect(target.pid not in [row["pid"] for row in report["neighbours"]],
                "the target is its own neighbour")


def test_address_space_lock():
    """Page faults of one thread wait while another one forks: page faults, with the lock's name."""
    with live.Workload("fork_faults") as target:
        report, truth = live.attach_sampled(target, 3)
    live.expect(truth.inside("forks", report) > 3, "it forked hardly ever")
    rows = [row for row in live.process(report, target.pid)["io"]
            if "mmap_lock" in (row["object"] or "")]
    live.expect(rows and all(row["kind"] == "page_fault" or row["call"] for row in rows),
                lambda: f"{live.process(report, target.pid)['io'][:4]}")
