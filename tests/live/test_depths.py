# SPDX-License-Identifier: GPL-2.0-or-later
"""Both depths fill the same ledger, and the deeper one counts calls besides."""
import live


def shares(report, pid):
    time_ = live.process(report, pid)["time"]
    parts = {"on_cpu": time_["on_cpu_ns"], "runnable": live.runnable_ns(time_)}
    parts.update(time_["blocked_ns"])
    return {name: (ns or 0) / time_["wall_ns"] for name, ns in parts.items()}


def agree(*workload):
    with live.Workload(*workload) as target:
        found = {}
        for depth in ("sched", "syscalls", "sched"):
            report = live.attach(target.pid, 2, "--depth", depth)
            live.expect(report["capture"]["depth"] == depth, "capture.depth is another one")
            live.check_sums(report, {})
            found.setdefault(depth, []).append(shares(report, target.pid))
            calls = live.process(report, target.pid)["calls"]
            live.expect((calls is None) == (depth == "sched"),
                        f"calls at {depth} depth: {str(calls)[:80]}")
    problems = live.Problems()
    for before, deep, after in zip(found["sched"][:1], found["syscalls"], found["sched"][1:]):
        for name in deep:
            shallow = (before[name] + after[name]) / 2  # a machine's drift is not the depth's
            problems.case(name, live.expect, abs(deep[name] - shallow) <= 0.03,
                          f"share {deep[name]:.4f} at syscalls, {before[name]:.4f} and "
                          f"{after[name]:.4f} at sched before and after")
    problems.end()


def test_agree_cpu():
    agree("cpu", 1)


def test_agree_client():
    agree("client")


def test_agree_pipe_pingpong():
    agree("pipe_pingpong", "pin")


def test_default_is_syscalls():
    with live.Workload("sleeper") as target:
        live.expect(live.attach(target.pid, 1)["capture"]["depth"] == "syscalls",
                    "attach does not start at syscalls depth")


def calls_of(report, pid):
    return {row["name"]: row for row in live.process(report, pid)["calls"]}


def test_calls_counted():
    with live.Workload("pipe_pingpong") as target:
        report, truth = live.attach_sampled(target, 3, "--depth", "syscalls")
        calls = calls_of(report, target.pid)
        for name in ("read", "write"):
            live.expect(name in calls, f"no {name} among {sorted(calls)}")
            live.expect_close(calls[name]["count"], truth.inside("reads", report), 0.05,
                              f"count of {name}")


def test_calls_timed():
    """A client is in read for as long as its own clock says."""
    with live.Workload("client") as target:
        report, truth = live.attach_sampled(target, 4, "--depth", "syscalls")
        read = calls_of(report, target.pid)["read"]
        live.expect_close(read["ns"], truth.inside("wait", report), 0.02, "ns in read")
        # Up to one of truth's steps at either edge, and the call in flight at attach: its entry was
        # not seen.
        live.expect_close(read["count"], truth.inside("requests", report), 0, "count", 3)
