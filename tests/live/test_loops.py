# SPDX-License-Identifier: GPL-2.0-or-later
"""Event loops that are blocked by a known cause at a known line; and loops that never are."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import live


DEBIAN = "/usr/bin/python3"
SOURCE = os.path.join(live.ROOT, "tests", "workloads", "loop.py")
CAUSES = {"sleep": "blocking-call", "socket": "blocking-call", "udp": "blocking-call",
          "file": "blocking-call", "subprocess": "blocking-call", "lock": "lock", "hash": "cpu",
          "pure": "cpu", "json": "cpu"}
CALLS = {"sleep": ("clock_nanosleep", "pselect6", "select"), "socket": ("recvfrom",),
         "udp": ("recvfrom",), "file": ("fsync",), "lock": ("futex",)}


def guilty_lines(what):
    """Lines of loop.py that are marked, in the function that this kind of stall is in."""
    names = {"sleep": "def nap", "subprocess": "def run():", "pure": "def spin"}
    begin = names.get(what, f"def make_{what}")
    with open(SOURCE, encoding="utf-8") as file:
        lines = file.read().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(begin))
    found = set()
    for number in range(at + 1, len(lines)):
        if lines[number].startswith("def "):
            break
        if lines[number].endswith("# guilty"):
            found.add(number + 1)
    live.expect(found, f"no guilty line of {what}")
    return found


def true_stalls(target, report):
    """Those that ended inside the window, by the program's own clocks: when they ended, ns, and how
    many of these it computed."""
    rows = target.truth()
    start, end = live.window(report)
    return [(rows[f"end{at}"], rows[f"stall{at}"], rows[f"cpu{at}"]) for at in range(20)
            if f"stall{at}" in rows and start + rows[f"stall{at}"] < rows[f"end{at}"] < end]


def pairs_of(stalls, truth):
    """Stalls by boundby, and what they were by the program's own clock."""
    for end_ns, ns, cpu in truth:
        for stall in stalls:
            begin = live.instant(stall["start"])
            if begin < end_ns < begin + stall["duration_ns"] + 2000000:
                yield stall, ns, cpu


def check_blocked(report, target, cause):
    """The verdict, the cause, and the longest stall; returns the process's stalls."""
    verdict, process = report["verdict"], live.process(report, target.pid)
    truth = true_stalls(target, report)
    live.expect(len(truth) >= 5, f"only {len(truth)} stalls: too few to be a test")
    live.judged(verdict["class"] == "loop-blocked",
                lambda: f"{verdict['class']}: {verdict['headline']}; {process['loops']}")
    live.judged(verdict["causes"][0]["kind"] == cause, lambda: f"causes {verdict['causes']}")
    # the longest may be long because something else took its CPU; the typical one is not
    middle = process["stalls"][len(process["stalls"]) // 2]
    live.expect(middle["cause"] == cause, lambda: f"{middle}")
    pairs = list(pairs_of(process["stalls"], truth))
    live.expect(len(pairs) >= 5, f"only {len(pairs)} of {len(truth)} stalls were found")
    for ours, its_own, its_cpu in pairs:
        # its clock stands around what blocks: whatever its thread does or waits for before and after
        # is in ours alone: for some ms where its memory went cold while it slept
        parts = ours["parts"]
        computed = max(parts["on_cpu_ns"] - its_cpu, 0)
        waits = sorted(parts["blocked_ns"].values())
        others = sum(waits[:-1]) + (waits[-1] if cause == "cpu" else 0)
        live.expect_close(ours["duration_ns"], its_own, 0.05, "ns of a stall", 1000000,
                          live.runnable_ns(parts) + computed + others)
    # at depth sched a stall is the wait itself, which is less than what stands around it; and one of
    # them may have waited for a CPU as well
    longest = sorted(ns - (cpu if cause == "blocking-call" else 0) for _, ns, cpu in truth)[-2]
    live.expect(process["stalls"][0]["duration_ns"] >= longest - max(0.05 * longest, 1000000),
                "the longest stall is shorter than what blocked in it")
    roles = {row["tid"]: row["role"] for row in process["threads"]}
    live.expect(all(roles[loop["tid"]] == "loop" for loop in process["loops"]), f"roles {roles}")
    for stall in process["stalls"]:
        live.expect(live.ledger_sum(stall["parts"]) == stall["parts"]["wall_ns"],
                    lambda: f"parts do not sum: {stall}")
        live.expect_close(stall["parts"]["wall_ns"], stall["duration_ns"], 0, "ns in parts", 0)
    return process["stalls"]


def blocked(path, loop, what):
    with live.Workload("loop.py", loop, what, interpreter=path) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
        stalls = check_blocked(report, target, CAUSES[what])
    where = report["verdict"]["causes"][0]["where"] or ""
    lines = {f"workloads/loop.py:{line}" for line in guilty_lines(what)}
    live.expect(where.split(" ")[0] in lines, lambda: f"where is {where!r}, guilty are {lines}")
    if what in CALLS:
        calls = [stall["call"] for stall in stalls]
        live.expect(sum(call in CALLS[what] for call in calls) > len(calls) / 2, f"calls {calls}")
    stacks = [stall["stack"] for stall in stalls if stall["stack"]]
    live.expect(len(stacks) > len(stalls) / 2, f"{len(stacks)} stacks of {len(stalls)} stalls")
    live.expect(all(any("loop.py" in frame for frame in stack) for stack in stacks),
                lambda: f"stacks {stacks}")


def test_file_system_is_named():
    """The type of the file system and its device, never a path."""
    with live.Workload("loop.py", "asyncio", "file", interpreter=DEBIAN) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
    kind = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", os.environ.get("WORKLOAD_DIR") or
                           "/var/tmp"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    details = [cause["detail"] for cause in report["verdict"]["causes"]]
    live.expect(any(f"fsync on file of {kind} " in detail for detail in details), f"{details}")
    live.expect("/var/tmp" not in json.dumps(report), "a path")


def each(cases):
    problems = live.Problems()
    for name, check, *arguments in cases:
        problems.case(name, check, *arguments)
    problems.end()


def test_asyncio_sleep():
    blocked(DEBIAN, "asyncio", "sleep")


def test_asyncio_calls():
    each((what, blocked, DEBIAN, "asyncio", what) for what in ("socket", "udp", "file", "subprocess",
                                                               "lock"))


def test_asyncio_computing():
    each((what, blocked, DEBIAN, "asyncio", what) for what in ("hash", "pure", "json"))


def test_asyncio_each_python():
    each((f"{path} {what}", blocked, path, "asyncio", what) for path in live.pythons()
         for what in ("sleep", "pure"))


def test_uvloop():
    each((what, blocked, DEBIAN, "uvloop", what) for what in CAUSES)


def test_gevent():
    each((what, blocked, DEBIAN, "gevent", what) for what in ("sleep", "socket", "pure"))


def test_tornado():
    each((what, blocked, DEBIAN, "tornado", what) for what in ("sleep", "pure"))


def test_twisted():
    each((what, blocked, DEBIAN, "twisted", what) for what in ("sleep", "pure"))


def test_names_of_compilers():
    """C++ and Rust names as people write them."""
    with live.Workload("mangled") as target:
        report = live.attach(target.pid, 3)
    frames = {frame.split(" at ")[0] for stall in live.process(report, target.pid)["stalls"]
              for frame in stall["stack"] or []}
    live.expect({"demo::block", "demo::turn"} <= {name.split(" (")[0] for name in frames},
                lambda: f"frames {frames}")


def test_compiled_while_running():
    """Node names the code that it compiles, when it is asked to: of use where its frames are not known."""
    with tempfile.TemporaryDirectory(prefix="boundby-") as folder:
        # a program of another name is not taken for Node
        shutil.copy(live.tool("node"), f"{folder}/runs-scripts")
        with live.Workload("loop.js", "script", interpreter=f"{folder}/runs-scripts",
                           options=("--perf-basic-prof",), folder="/tmp") as target:
            try:
                time.sleep(1)
                report = live.attach(target.pid, 3)
            finally:
                os.unlink(f"/tmp/perf-{target.pid}.map")
    where = report["verdict"]["causes"][0]["where"] or ""
    live.expect("spin " in where and "compiled while running" in where,
                lambda: f"{report['verdict']['causes']}")


def test_javascript_lines():
    """Each frame of a stall is a line that its function can be at; a wait names the line that waits,
    and of every function that waits there is a frame."""
    with open(os.path.join(live.ROOT, "tests", "workloads", "js_lines.js"),
              encoding="utf-8") as file:
        lines = [(str(number), *line.rstrip().split("// in "))
                 for number, line in enumerate(file, 1) if "// in " in line]
    truth = {(number, function) for number, _, function in lines}
    waiting = {function for _, code, function in lines if "wait(" in code}
    with live.Workload("js_lines.js", interpreter=live.tool("node")) as target:
        time.sleep(1)
        report = live.attach(target.pid, 4)
    found = [match.groups() for stall in live.process(report, target.pid)["stalls"]
             for match in re.finditer(r"js_lines\.js(?::(\d+))? (.+)", "\n".join(stall["stack"] or []))]
    wrong = [place for place in found if place[0] and place not in truth]
    live.expect(found and not wrong, lambda: f"wrong {set(wrong)} of {set(found)}")
    live.expect(all(line for line, function in found if function == "wait"),
                lambda: f"{set(found)}")
    live.expect(waiting <= {function for _, function in found},
                lambda: f"{waiting}, but {set(found)}")
    where = [cause["where"] or "" for cause in report["verdict"]["causes"]]
    live.expect(any("js_lines.js:" in text for text in where), lambda: f"{where}")


def node(what):
    with live.Workload("loop.js", what, interpreter=live.tool("node")) as target:
        time.sleep(0.5)
        report = live.attach(target.pid, 3)
        check_blocked(report, target, "cpu")


def test_node():
    each((what, node, what) for what in ("crypto", "file"))


def test_java_nio():
    """Java sleeps on a futex that no thread wakes: that is not a lock."""
    with live.Workload("NioLoop.java", interpreter=live.tool("java")) as target:
        time.sleep(1)
        report = live.attach(target.pid, 4)
    verdict, process = report["verdict"], live.process(report, target.pid)
    live.judged(verdict["class"] == "loop-blocked", lambda: f"{verdict['headline']}")
    live.judged(verdict["causes"][0]["kind"] == "blocking-call", lambda: f"{verdict['causes']}")
    live.expect(len(process["loops"]) == 1, lambda: f"loops {process['loops']}")
    live.expect("asyncio" not in json.dumps(verdict), "advice for another runtime")
    typical = sorted(stall["duration_ns"] for stall in process["stalls"])
    live.expect_close(typical[len(typical) // 2], 50e6, 0.05, "ns, the median stall")


def test_gil_of_others():
    """Four threads compute; the loop itself does nothing, and waits for its turn."""
    with live.Workload("loop.py", "asyncio", "gil", interpreter=DEBIAN) as target:
        time.sleep(0.6)
        report = live.attach(target.pid, 3)
    verdict, process = report["verdict"], live.process(report, target.pid)
    live.judged(verdict["class"] == "loop-blocked",
                lambda: f"{verdict['headline']}; {process['loops']}; {process['threads']}")
    live.judged(verdict["causes"][0]["kind"] == "gil", lambda: f"{verdict['causes']}")


def test_starved_loop():
    """It shares its only CPU with eight that compute; each turn takes it 20 ms of CPU."""
    with live.Workload("loop.py", "asyncio", "starved", interpreter=DEBIAN) as target:
        hogs = [subprocess.Popen(["taskset", "-c", "0", DEBIAN, "-c", "while True: pass"])
                for _ in range(8)]
        try:
            subprocess.run(["taskset", "-cp", "0", str(target.pid)], check=True,
                           stdout=subprocess.DEVNULL)
            time.sleep(1)
            report = live.attach(target.pid, 6)
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
    verdict = report["verdict"]
    live.expect(verdict["class"] == "loop-blocked", lambda: f"{verdict['headline']}")
    live.expect(verdict["causes"][0]["kind"] == "starved", lambda: f"{verdict['causes']}")


def test_ten_thousand_stalls_a_second():
    """Bounded work; what has no row is counted."""
    with live.Workload("stalls", 40) as target:
        report, truth = live.attach_sampled(target, 3, "--stall", "30us")
    process = live.process(report, target.pid)
    loop = process["loops"][0]
    live.expect(truth.inside("iterations", report) > 27000, "too few to be a test")
    live.expect_close(loop["stalls"], truth.inside("iterations", report), 0.02, "stalls")
    live.expect(process["stalls_left_out"] + len(process["stalls"]) == loop["stalls"], "a sum")
    live.expect_no_losses(report)
    live.expect(len(process["stalls"]) <= 2000, f"{len(process['stalls'])} rows")


def test_overloaded():
    """A loop that never rests for all that it has to do, and each turn of which is a stall."""
    with live.Workload("overload") as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
        check_blocked(report, target, "cpu")


def test_work_of_its_own_is_always_ready():
    """Looks that mean not to wait, find nothing, and are followed by 20 ms of something."""
    for kind, cause in (("computes", "cpu"), ("naps", "blocking-call")):
        with live.Workload("never_rests", kind) as target:
            report = live.attach(target.pid, 3)
        verdict = report["verdict"]
        live.judged(verdict["class"] == "loop-blocked" and verdict["causes"][0]["kind"] == cause,
                    lambda: f"{kind}: {verdict['class']}, {verdict['causes']}")
        loop = live.process(report, target.pid)["loops"][0]
        live.judged(loop["stalled_ns"] > 0.9 * report["capture"]["duration_ns"], f"{kind}: {loop}")


def test_always_ready():
    """What returns at once for ever does so for a descriptor: more workers would not help."""
    with live.Workload("never_rests", "ready") as target:
        first = target.truth()["looks"]
        report = live.attach(target.pid, 2)
        looks = target.truth()["looks"] - first
    verdict = report["verdict"]
    found = [row for row in verdict["findings"] if row["kind"] == "always-ready"]
    live.expect(len(found) == 1, lambda: f"{verdict['findings']}")
    # the figure is of the window; the count is of its begin and its end as well
    live.expect(0.3 * looks < 2 * found[0]["value"] <= looks, f"{found} of {looks} looks")
    live.judged(verdict["class"] != "loop-blocked" and
                "spread" not in (verdict["advice"]["now"] or ""), lambda: f"{verdict}")


def test_loop_that_does_not_return():
    """Clients wait for a server that left its loop before it was watched: one stall that has not
    ended. If none waits, nothing shows that there is a loop, and the verdict is not sure."""
    for kind, causes in (("computes", ("cpu", "starved")), ("naps", ("blocking-call",))):
        with live.Workload("lost_loop", kind) as target:
            report = live.attach(target.pid, 3, "--no-children")
        verdict, process = report["verdict"], live.process(report, target.pid)
        live.judged(verdict["class"] == "loop-blocked", lambda: f"{kind}: {verdict}")
        live.expect(verdict["confidence"] == "medium", lambda: f"{kind}: {verdict['confidence']}")
        live.judged(verdict["causes"][0]["kind"] in causes, lambda: f"{kind}: {verdict['causes']}")
        live.expect(len(process["stalls"]) == 1 and process["stalls"][0]["duration_ns"] ==
                    report["capture"]["duration_ns"], lambda: f"{kind}: {process['stalls']}")
    with live.Workload("lost_loop", "calm") as target:
        report = live.attach(target.pid, 3, "--no-children")
    verdict = report["verdict"]
    live.judged(verdict["class"] != "loop-blocked" and verdict["confidence"] != "high",
                lambda: f"calm: {verdict}")


def test_threads_that_share_a_set():
    """One loop with two servers: blocked while calls hold both, not while they compute or wait."""
    for kind in ("naps", "computes", "quick"):
        with live.Workload("shared_loop", kind) as target:
            report = live.attach(target.pid, 3)
        verdict, process = report["verdict"], live.process(report, target.pid)
        live.judged((verdict["class"] == "loop-blocked") == (kind == "naps"),
                    lambda: f"{kind}: {verdict['class']}, {verdict['causes']}")
        if kind == "naps":
            live.judged(verdict["causes"][0]["kind"] == "blocking-call" and
                        "nanosleep" in verdict["causes"][0]["detail"],
                        lambda: f"{verdict['causes']}")
            share = process["loops"][0]["stalled_ns"] / report["capture"]["duration_ns"]
            live.judged(0.8 <= share <= 1, f"{share} of the time")


def test_depth_sched():
    """Only waits that slept are seen; the place needs the other depth, and that is said."""
    with live.Workload("loop.py", "asyncio", "sleep", interpreter=DEBIAN) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3, "--depth", "sched")
        stalls = check_blocked(report, target, "blocking-call")
    live.expect(stalls[0]["where"] is None, "a place?")
    live.expect(any("did not sleep" in text for text in report["verdict"]["unmeasured"]),
                lambda: f"{report['verdict']['unmeasured']}")
