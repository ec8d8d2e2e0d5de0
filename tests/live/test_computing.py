# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a program computes: shares of functions and lines against the program's own CPU clock, in the
report, its recording and the exports."""
import collections
import csv
import io
import math
import os
import re
import signal
import subprocess
import sys
import tempfile

import live

SECONDS = 5


def watch(name, *options, interpreter=None):
    """(report, share of each part by the program's own clock, folded stacks)"""
    with tempfile.TemporaryDirectory(prefix="boundby-cpu-") as folder:
        trace = os.path.join(folder, "t.bbt")
        with live.Workload(name, interpreter=interpreter) as target:
            before = target.truth()
            got = live.run("attach", "-p", target.pid, "-d", SECONDS, "--json", "-o", trace,
                           *options)
            after = target.truth()
        done = live.run("export", trace, "--format", "folded", "--what", "on-cpu")
    report = got.report()
    live.expect(done.status == 0, lambda: repr(done))
    spent = {key: after[key] - before.get(key, 0) for key in after}
    return report, {key: ns / sum(spent.values()) for key, ns in spent.items()}, folded(done.out)


def folded(text):
    stacks = collections.Counter()
    for line in text.splitlines():
        stack, weight = line.rsplit(" ", 1)
        stacks[tuple(stack.split(";"))] += int(weight)
    return stacks


def share_of(stacks, matches):
    """Share of the stacks that have a frame that matches."""
    return sum(ns for stack, ns in stacks.items()
               if any(matches(frame) for frame in stack)) / sum(stacks.values())


def hold_shares(report, truth, stacks, frame_of, problems):
    """3.9 standard deviations: one comparison in 10,000 fails by chance. Start and end of the window
    are known to within a part of the workload."""
    samples = sum(place["samples"] for place in computing(report)["places"])
    live.expect(samples >= 100, f"{samples} samples in {SECONDS} s")
    for key, share in truth.items():
        got = share_of(stacks, frame_of(key))
        most = 3.9 * math.sqrt(share * (1 - share) / samples) + 0.01
        problems.case(key, live.expect, abs(got - share) <= most,
                      f"{got:.3f} of the samples, by its own clock {share:.3f}, allowed {most:.3f}")


def computing(report):
    for cause in report["verdict"]["causes"]:
        if cause["kind"] == "cpu":
            return cause
    raise AssertionError(f"no cause cpu in {report['verdict']['causes']}")


def hold_sums(report, stacks):
    live.expect(sum(stacks.values()) == report["time"]["on_cpu_ns"],
                f"stacks have {sum(stacks.values())} ns, the ledger {report['time']['on_cpu_ns']}")


def test_functions_and_kernel():
    report, truth, stacks = watch("cpu_lines")
    problems = live.Problems()
    hold_sums(report, stacks)
    hold_shares(report, truth, stacks,
                lambda key: lambda frame: frame.startswith(key + " "), problems)
    calls = collections.Counter()
    for stack, ns in stacks.items():
        if stack[-1].endswith(" (kernel)"):
            calls[stack[-1]] += ns
    in_read = calls["read (kernel)"] / sum(stacks.values())
    problems.case("read", live.expect, abs(in_read - truth["read_zeros"]) < 0.1,
                  f"{in_read:.3f} in read, read_zeros has {truth['read_zeros']:.3f}")
    problems.case("getppid", live.expect, calls["getppid (kernel)"] > 0, str(calls))
    first = max(truth, key=truth.get)
    problems.case("place", live.expect, any(re.match(key + r"\b", computing(report)["where"])
                                            for key, share in truth.items()
                                            if share > truth[first] - 0.15),
                  f"{computing(report)['where']}, most is in {first}")
    problems.case("main", live.expect, share_of(stacks, lambda frame: frame.startswith("main ")) >
                  0.95, "stacks do not reach main")
    problems.case("next", live.expect, "perf" not in report["verdict"]["advice"]["next"],
                  report["verdict"]["advice"]["next"])
    problems.end()


def test_functions_at_depth_sched():
    report, truth, stacks = watch("cpu_lines", "--depth", "sched")
    problems = live.Problems()
    hold_sums(report, stacks)
    hold_shares(report, truth, stacks,
                lambda key: lambda frame: frame.startswith(key + " "), problems)
    problems.end()


LIBRARY = "int %s(void) { volatile unsigned long n = 0; for (;;) n++; return 0; }\n"
FORKED = """
import ctypes, os, sys
pids = []
for library, function in zip(sys.argv[1::2], sys.argv[2::2]):
    pids.append(os.fork())
    if not pids[-1]:
        getattr(ctypes.CDLL(library), function)()
print(*pids, flush=True)
os.wait()
"""


def test_forked_processes_with_other_libraries():
    """Forked processes are mapped alike and share what was read of their files, until each loads a
    library of its own, at the same address: each has the name of its own function."""
    functions = "turn_left", "turn_right"
    with tempfile.TemporaryDirectory(prefix="boundby-fork-") as folder:
        arguments = []
        for name in functions:
            source, library = os.path.join(folder, f"{name}.c"), os.path.join(folder, f"{name}.so")
            with open(source, "w", encoding="utf-8") as file:
                file.write(LIBRARY % name)
            subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", library], check=True)
            arguments += [library, name]
        with subprocess.Popen([sys.executable, "-c", FORKED, *arguments], text=True,
                              stdout=subprocess.PIPE) as parent:
            pids = [int(word) for word in parent.stdout.readline().split()]
            try:
                live.wait_for(lambda: all(f"{name}.so" in live.read_text(f"/proc/{pid}/maps")
                                          for name, pid in zip(functions, pids)), 10, "libraries")
                starts = {live.read_text(f"/proc/{pid}/maps").partition(f"{name}.so")[0]
                          .rpartition("\n")[2].partition(" ")[0]
                          for name, pid in zip(functions, pids)}
                live.expect(len(starts) == 1, f"loaded at {starts}: not a test")
                trace = os.path.join(folder, "t.bbt")
                live.run("attach", "-p", parent.pid, "-d", 3, "-o", trace)
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
        rows = live.run("export", trace, "--format", "csv", "--what", "on-cpu").out
    problems = live.Problems()
    for name, pid in zip(functions, pids):
        found = {row["stack"].split(";")[-1].split(" ")[0]: int(row["count"])
                 for row in csv.DictReader(io.StringIO(rows)) if row["pid"] == str(pid)}
        problems.case(name, live.expect, found.get(name, 0) >= 0.95 * sum(found.values()) > 0 and
                      not set(found) & (set(functions) - {name}), f"computes in {found}")
    problems.end()


def hold_finding(report, kind, share):
    """A finding with a share of the computing: 3.9 standard deviations, and 5 % for what the program's
    clock and the samples do not count alike: starts and ends."""
    found = [row for row in report["verdict"]["findings"] if row["kind"] == kind]
    live.expect(found, lambda: f"no {kind}, its share is {share:.3f}: {report['verdict']['findings']}")
    samples = sum(place["samples"] for cause in report["verdict"]["causes"]
                  for place in cause["places"] if cause["kind"] in ("cpu", "gc"))
    most = 3.9 * math.sqrt(share * (1 - share) / samples) + 0.05
    live.expect(abs(found[0]["value"] - share) <= most,
                f"{kind} {found[0]['value']:.3f}, by its own clock {share:.3f}, allowed {most:.3f}")
    return found[0]


def test_kernel_time():
    """The kernel computes inside one call, which is named."""
    with live.Workload("cpu_lines", 400) as target:
        before = target.truth()
        report = live.attach(target.pid, SECONDS)
        after = target.truth()
    spent = {key: after[key] - before[key] for key in after}
    row = hold_finding(report, "kernel-time", spent["read_zeros"] / sum(spent.values()))
    live.expect("inside read" in row["detail"], row["detail"])


def test_collector():
    """CPython collects for much of the time: a cause of its own, and advice that is about it."""
    with live.Workload("collects.py", interpreter="/usr/bin/python3") as target:
        before = target.truth()
        report = live.attach(target.pid, SECONDS)
        after = target.truth()
    share = (after["collector"] - before["collector"]) / (after["all"] - before["all"])
    live.expect(share > 0.35, f"it collects for {share:.2f} of its time: too little to see")
    hold_finding(report, "garbage-collection", share)
    verdict = report["verdict"]
    live.judged(verdict["class"] == "cpu-bound", verdict["headline"])
    gc = [cause for cause in verdict["causes"] if cause["kind"] == "gc"]
    live.expect(gc and "collects.py" in gc[0]["where"], lambda: f"{verdict['causes']}")
    live.expect("gc.freeze" in verdict["advice"]["now"], verdict["advice"]["now"])


def test_python_lines():
    report, truth, stacks = watch("cpu_lines.py", interpreter="/usr/bin/python3")
    problems = live.Problems()
    hold_sums(report, stacks)
    hold_shares(report, truth, stacks,
                lambda key: lambda frame: re.search(rf"cpu_lines\.py:\d+ {key}$", frame), problems)
    lines = {frame for stack in stacks for frame in stack if "add_up" in frame}
    problems.case("lines", live.expect, len(lines) >= 2, f"lines of add_up: {lines}")
    for place in computing(report)["places"]:
        problems.case("where", live.expect, "cpu_lines.py:" in place["where"], place["where"])
    problems.end()
