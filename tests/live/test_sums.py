# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise of the ledger: for every thread of every bundled workload the states sum to its
wall time, exactly; threads that live throughout have the window's; nothing is lost."""
import json
import tempfile
import time

import live

# Those that need an argument to do what they are there for while they are watched.
ARGUMENTS = {"cpu": (8,), "pipe_pingpong": ("pin",)}
EXTRA = [("cpu", (1,)), ("pipe_pingpong", ()), ("exec_in_place", ("thread",)),
         ("poll_client", ("poll",)), ("poll_client", ("select",)),
         ("asleep", ("pause",)), ("asleep", ("nanosleep",)), ("asleep", ("poll",))]


def sums_of(name, arguments):
    seconds = 4 if name == "exec_in_place" else 0  # it execs after half of its time
    with live.Workload(name, *arguments, seconds=seconds) as workload:
        lived = live.Lived(workload.pid)
        report = live.attach(workload.pid, 3 if name == "exec_in_place" else 1)
        throughout = {} if name == "exec_in_place" else lived.throughout()
        live.expect(name == "exec_in_place" or throughout[workload.pid],
                    "no thread of it lived throughout")
        live.check_sums(report, throughout)
        if name == "exec_in_place":
            row = live.process(report, workload.pid)
            live.expect(row["execs"] == 1, f"saw {row['execs']} execs in the window")


def make_test(name, arguments):
    def test():
        sums_of(name, arguments)
    return test


for _name, _arguments in [(n, ARGUMENTS.get(n, ())) for n in live.all_workloads()] + EXTRA:
    _test = "_".join(["test", _name, *map(str, _arguments)])
    globals()[_test] = make_test(_name, _arguments)
    globals()[_test].__name__ = _test


def places_of(name, *arguments, interpreter=None):
    """In each window the waits by place are the ledger's waits, however long ago they began."""
    with live.Workload(name, *arguments, interpreter=interpreter) as workload:
        result = live.run("attach", "-p", workload.pid, "-d", 4, "-i", "500ms", "--json")
    reports = [json.loads(line) for line in result.out.splitlines()]
    live.expect(len(reports) == 8, f"{len(reports)} windows of 8: {result!r}")
    for at, report in enumerate(reports):
        row = live.process(report, workload.pid)
        places = {}
        for place in row["io"]:
            places[place["kind"]] = places.get(place["kind"], 0) + place["wait_ns"]
        for state, waited in row["time"]["blocked_ns"].items():
            live.expect_close(places.get(state, 0), waited, 0.01, f"ns of {state} in window {at}",
                              2000000)
        shares = sum(cause["share"] for cause in report["verdict"]["causes"])
        live.expect(shares <= 1.01, f"window {at}: causes {report['verdict']['causes']}")


def test_places_of_windows():
    problems = live.Problems()
    problems.case("idle_pool", places_of, "idle_pool.py", interpreter=live.tool("python3"))
    for name in ("mixed", "queue", "lock", "pipe_calls", "poll_client"):
        problems.case(name, places_of, name)
    problems.end()


def test_ends_at_boundaries():
    """Also of a thread that ends while it is read are waits and histograms as of one instant."""
    with live.Workload("soak") as workload:
        result = live.run("attach", "-p", workload.pid, "-d", 2, "-i", "50ms", "--json")
    reports = [json.loads(line) for line in result.out.splitlines()]
    # processes that live for a few ms are read at each end: with 200/s a window is longer than asked for
    live.expect(len(reports) >= 3, f"{len(reports)} windows: {result!r}")
    lines = [line for report in reports for process in report["processes"]
             for line in process["threads"]]
    wrong = [problem for line in lines for problem in live.histogram_problems(line)]
    live.expect(len(lines) > 100, f"{len(lines)} rows of threads")
    live.expect(not wrong, "; ".join(wrong[:5]))


def test_many_ended_processes():
    """What is summed by name is all there: as many processes as there were, and as long."""
    many = 1500
    with tempfile.TemporaryDirectory() as path:
        trace = f"{path}/t.bbt"
        began = time.monotonic_ns()
        alive = live.run("run", "--json", "-o", trace, "--", "sh", "-c",
                         f"i=0; while [ $i -lt {many} ]; do ( : ); i=$((i + 1)); done")
        took = time.monotonic_ns() - began
        report = json.loads(alive.err)
        replayed = live.run("report", trace, "--json").report()
    live.check_sums(report, {})
    rows = report["processes"]
    live.expect(sum(row["count"] for row in rows) == many + 1,
                f"{sum(row['count'] for row in rows)} processes")
    live.expect(len(rows) < many / 2 and all(row["pid"] or row["count"] > 1 for row in rows),
                f"{len(rows)} rows")
    shell = [row for row in rows if row["pid"] and not row["born"]]
    live.expect(len(shell) == 1, f"{len(shell)} processes began before the window")
    # each lives within its shell's wait for it
    lived = report["time"]["wall_ns"] - shell[0]["time"]["wall_ns"]
    live.expect(0 < lived < took, f"they lived {lived} ns of {took}")
    for key in ("time", "processes", "verdict"):
        live.expect(replayed[key] == report[key], f"{key} differs when it is replayed")
