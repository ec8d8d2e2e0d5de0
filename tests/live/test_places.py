# SPDX-License-Identifier: GPL-2.0-or-later
"""Where in the program the time of a cause went, against the clocks that the program keeps of each of
its lines. Shares are estimates: each must be as near as its own interval says, four standard errors
where the interval is two."""
import json
import os
import re
import subprocess
import tempfile

import live

SIGMAS = 4 / 1.96


def places_of(report, kind):
    """The places of the largest cause of a kind, their shares and margins as parts of it."""
    cause = next((row for row in report["verdict"]["causes"] if row["kind"] == kind), None)
    live.judged(cause, lambda: f"no cause {kind}: {report['verdict']['causes']}")
    live.expect(cause["places"], lambda: f"{kind} has no place: {cause}")
    return [dict(row, share=row["share"] / cause["share"], margin=row["margin"] / cause["share"])
            for row in cause["places"]]


def lines(*numbers):
    return {f"line{number}": f"ask{number} at place_waits.c:" for number in numbers}


def mixed(mix, threads, *numbers, more=()):
    with live.Workload("place_waits", mix, threads) as target:
        report, truth = live.attach_sampled(target, 4, "--no-children", *more)
    return compare(report, truth, lines(*numbers))


def compare(report, truth, names):
    waited = {name: truth.inside(name, report) for name in names}
    whole = sum(waited.values())
    # its clocks run on while it is queued for a CPU, which is no part of a wait
    queued = report["processes"][0]["time"]["runnable_ns"]["wakeup"] / whole
    places = places_of(report, "network")
    problems = live.Problems()
    for name, where in names.items():
        row = next((row for row in places if where in row["where"]), None)
        share = waited[name] / whole
        if row:
            problems.case(name, live.expect_close, row["share"], share, 0, "share",
                          SIGMAS * row["margin"] + queued)
        else:
            problems.case(name, live.expect, False, f"{share:.3f} of the time, and not among {places}")
    problems.case("others", live.expect,
                  all(any(where in row["where"] for where in names.values()) for row in places),
                  f"places {places}")
    problems.end()
    return report


def test_short_and_long_waits():
    """Many of 30 us from one line, some of 200 us from another, few of 3 ms from a third."""
    mixed("30x40,200x5,3000x1,0x0", 1, 0, 1, 2)


def test_waits_of_one_length():
    """Two lines of the same call with the same length, one of them four times as often."""
    mixed("1000x4,1000x1,0x0,0x0", 4, 0, 1)


def test_outside_calls():
    """Page faults at the default depth: their hook is attached when the first is to be a sample."""
    if not live.knows_tracepoint("sched_exit_tp"):
        raise live.Skip("this kernel has no tracepoint behind a switch")
    with live.Workload("page_fault") as target:
        report = live.attach(target.pid, 3)
    places = places_of(report, "page_fault")
    live.expect("main at page_fault.c" in places[0]["where"], f"{places}")
    live.expect(places[0]["share"] > 0.95, f"{places}")


def test_depth_sched():
    """The same where no system calls are seen, if the kernel has the tracepoint behind a switch."""
    with live.Workload("place_waits", "100x10,5000x1,0x0,0x0", 2) as target:
        report, truth = live.attach_sampled(target, 4, "--no-children", "--depth", "sched")
    if any("outside system calls" in text for text in report["verdict"]["unmeasured"]):
        raise live.Skip("this kernel has no tracepoint behind a switch")
    compare(report, truth, lines(0, 1))


def test_python_lines():
    with live.Workload("place_waits.py", interpreter="/usr/bin/python3") as target:
        report, truth = live.attach_sampled(target, 4, "--no-children")
    compare(report, truth, {f"ask_{name}": f"place_waits.py:{line} ask_{name}"
                            for name, line in (("short", 25), ("middle", 32), ("long", 39))})


def test_replay_has_the_same_places():
    with tempfile.TemporaryDirectory() as path, live.Workload("place_waits") as target:
        trace = f"{path}/t.bbt"
        alive = live.run("attach", "-p", target.pid, "-d", 2, "--json", "--no-children", "-o", trace)
        again = live.run("report", trace, "--json")
    live.expect(places_of(json.loads(alive.out), "network") and
                again.out.replace('"trace"', '"live"', 1) == alive.out, lambda: repr(again))


# ---- code without a name ------------------------------------------------------------------------
def computing_place(*workload, program=None):
    """Where most of the computing is, and whether the report says which package has its name."""
    with live.Workload(*workload, program=program) as target:
        verdict = live.attach(target.pid, 1)["verdict"]
    places = places_of({"verdict": verdict}, "cpu")
    return places[0]["where"], any("-dbgsym" in line for line in verdict["unmeasured"])


def test_code_without_symbols():
    """A stripped program's places are offsets in its file, with a hint; code in no file has none."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "stripped")
        subprocess.run(["strip", "-o", stripped, live.workload_path("cpu")], check=True)
        for program, wanted, hinted in (
                (stripped, r"0x[0-9a-f]+ \(stripped\)", True),
                (live.workload_path("cpu"), r".*\(cpu\)", False),
                (live.workload_path("anonymous_code"), r"0x[0-9a-f]{6,} \(anonymous memory\)", False)):
            where, hint = computing_place(os.path.basename(program), program=program)
            live.expect(re.fullmatch(wanted, where) and hint == hinted,
                        lambda: f"{program}: at {where}, hint {hint}")
