# SPDX-License-Identifier: GPL-2.0-or-later
"""Event loops that are blocked by a known cause at a known line; and loops that never are."""
import ast
import glob
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


def test_io_uring():
    """A loop on a ring; and a thread that submits one request and waits for that is none."""
    with live.Workload("ring_loop") as target:
        report = live.attach(target.pid, 3)
    verdict, process = report["verdict"], live.process(report, target.pid)
    live.judged(verdict["class"] == "loop-blocked", lambda: f"{verdict['headline']}")
    live.judged(verdict["causes"][0]["kind"] == "cpu", lambda: f"{verdict['causes']}")
    live.expect(process["loops"][0]["kind"] == "io_uring", lambda: f"{process['loops']}")
    live.expect("main" in (verdict["causes"][0]["where"] or "") or
                "ring_loop.c" in (verdict["causes"][0]["where"] or ""),
                lambda: f"{verdict['causes']}")
    clean(0, "ring_loop", "one")


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
    """Each frame of a stall is a line that its function can be at; a wait names the line that waits."""
    with open(os.path.join(live.ROOT, "tests", "workloads", "js_lines.js"),
              encoding="utf-8") as file:
        truth = {(str(number), line.rstrip().split("// in ")[1])
                 for number, line in enumerate(file, 1) if "// in " in line}
    with live.Workload("js_lines.js", interpreter=live.tool("node")) as target:
        time.sleep(1)
        report = live.attach(target.pid, 4)
    found = [match.groups() for stall in live.process(report, target.pid)["stalls"]
             for match in re.finditer(r"js_lines\.js(?::(\d+))? (.+)", "\n".join(stall["stack"] or []))]
    wrong = [place for place in found if place[0] and place not in truth]
    live.expect(found and not wrong, lambda: f"wrong {set(wrong)} of {set(found)}")
    live.expect(all(line for line, function in found if function == "wait"),
                lambda: f"{set(found)}")
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


# ---- interpreters that are hard to read ---------------------------------------------------------
def pyenv(version):
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found = sorted(glob.glob(f"{root}/versions/{version}.*"))
    if not found:
        raise live.Skip(f"pyenv has no CPython {version}")
    return found[-1]


def test_stripped_libpython():
    """Its functions have no names, Python's have."""
    home = pyenv("3.12")
    with tempfile.TemporaryDirectory() as folder:
        library = glob.glob(f"{home}/lib/libpython3.12.so.1.0")[0]
        subprocess.run(["strip", "-o", f"{folder}/libpython3.12.so.1.0", library], check=True)
        wrapper = os.path.join(folder, "python")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexport LD_LIBRARY_PATH={folder}\nexec {home}/bin/python3 \"$@\"\n")
        os.chmod(wrapper, 0o755)
        each((what, blocked, wrapper, "asyncio", what) for what in ("sleep", "pure"))


def test_deleted_interpreter():
    """Its file is gone while it runs, as after an upgrade."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "python3.11")
        shutil.copy(os.path.realpath(DEBIAN), program)
        wrapper = os.path.join(folder, "python")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexport PYTHONHOME=/usr\nexec {program} \"$@\"\n")
        os.chmod(wrapper, 0o755)
        with live.Workload("loop.py", "asyncio", "sleep", interpreter=wrapper) as target:
            os.unlink(program)
            check_sleep(target, live.attach(target.pid, 3))


def check_sleep(target, report):
    check_blocked(report, target, "blocking-call")
    where = report["verdict"]["causes"][0]["where"] or ""
    live.expect(where.split(" ")[0] in {f"workloads/loop.py:{n}" for n in guilty_lines("sleep")},
                lambda: f"where is {where!r}; {report['verdict']['unmeasured']}")


EMBED = """
#include <Python.h>
int main(int argc, char **argv)
{
    wchar_t *words[8];
    for (int i = 0; i < argc && i < 8; i++)
        words[i] = Py_DecodeLocale(argv[i], NULL);
    Py_Initialize();
    PySys_SetArgvEx(argc - 1, words + 1, 1);
    FILE *file = fopen(argv[1], "r");
    return PyRun_SimpleFile(file, argv[1]);
}
"""


def test_embedded_interpreter():
    home = pyenv("3.11")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "server")
        with open(f"{program}.c", "w", encoding="ascii") as file:
            file.write(EMBED)
        subprocess.run(["gcc", "-w", f"-I{home}/include/python3.11", f"{program}.c", "-o", program,
                        f"-L{home}/lib", "-lpython3.11", f"-Wl,-rpath,{home}/lib"], check=True)
        wrapper = os.path.join(folder, "embedded")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexport PYTHONHOME={home}\nexec {program} \"$@\"\n")
        os.chmod(wrapper, 0o755)
        with live.Workload("loop.py", "asyncio", "sleep", interpreter=wrapper) as target:
            time.sleep(0.3)
            check_sleep(target, live.attach(target.pid, 3))


def test_sub_interpreter():
    """The loop runs in a second interpreter, in a separate thread."""
    home = pyenv("3.12")
    with live.Workload("inner_loop.py", interpreter=f"{home}/bin/python3") as target:
        time.sleep(0.5)
        report = live.attach(target.pid, 3)
    verdict = report["verdict"]
    live.judged(verdict["class"] == "loop-blocked", verdict["headline"])
    live.expect((verdict["causes"][0]["where"] or "").endswith("inner_nap"),
                lambda: f"causes {verdict['causes']}")


def test_unknown_version():
    """A CPython without a table costs the Python names, and is said."""
    with live.Workload("loop.py", "asyncio", "sleep",
                       interpreter=f"{pyenv('3.7')}/bin/python3") as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
        check_blocked(report, target, "blocking-call")
    live.expect(".py" not in (report["verdict"]["causes"][0]["where"] or ""), "a name by chance")
    live.expect(any("CPython" in text for text in report["verdict"]["unmeasured"]),
                lambda: f"{report['verdict']['unmeasured']}")


def test_other_namespaces():
    """Another user, PID and mount namespace; its numbers are not ours."""
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount", "--mount-proc",
               DEBIAN, SOURCE, "asyncio", "sleep"]
    proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        live.expect(proc.stdout.readline().startswith(b"ready"), "it is not ready")
        pid = max(live.descendants(proc.pid))
        report = live.attach(pid, 3)
        verdict = report["verdict"]
        live.judged(verdict["class"] == "loop-blocked", verdict["headline"])
        live.expect((verdict["causes"][0]["where"] or "").endswith(" nap"),
                    lambda: f"causes {verdict['causes']}; {verdict['unmeasured']}")
    finally:
        for pid in live.descendants(proc.pid) + [proc.pid]:
            os.kill(pid, 9)
        proc.wait()
        proc.stdout.close()


def test_deep_recursion():
    """More frames than are kept: those that there are, and that there are more."""
    with live.Workload("deep.py", interpreter=DEBIAN) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
    stacks = [stall["stack"] for stall in live.process(report, target.pid)["stalls"]
              if stall["stack"]]
    live.expect(stacks, "no stack")
    frames = [frame for frame in stacks[0] if "deep.py" in frame]
    live.expect(len(frames) == 48, f"{len(frames)} frames")
    live.expect("[more frames]" in stacks[0], f"{stacks[0]}")


def test_frames_are_true_or_torn():
    """Frames of a program that is never twice at the same place: each line lies in its function."""
    source = os.path.join(live.ROOT, "tests", "workloads", "deep.py")
    with open(source, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    spans = {node.name: (node.lineno, node.end_lineno) for node in ast.walk(tree)
             if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    problems, seen = live.Problems(), 0
    for path in live.pythons():
        with live.Workload("deep.py", "restless", interpreter=path) as target:
            time.sleep(0.3)
            report = live.attach(target.pid, 3)
        frames = [frame for stall in live.process(report, target.pid)["stalls"]
                  for frame in stall["stack"] or [] if "deep.py:" in frame]
        for frame in frames:
            line, name = int(frame.split(":")[1].split(" ")[0]), frame.split(" ")[1]
            if name in spans:
                seen += 1
                problems.case(f"{path} {frame}", live.expect,
                              spans[name][0] <= line <= spans[name][1], "the line is elsewhere")
        problems.case(path, live.expect, frames, "no frames")
    live.expect(seen > 100, f"only {seen} frames: too few to be a test")
    problems.end()


def test_ten_thousand_stalls_a_second():
    """Bounded work; what has no row is counted."""
    with live.Workload("stalls", 40) as target:
        report, truth = live.attach_sampled(target, 3, "--stall", "30us")
    process = live.process(report, target.pid)
    loop = process["loops"][0]
    live.expect(truth.inside("iterations", report) > 27000, "too few to be a test")
    live.expect_close(loop["stalls"], truth.inside("iterations", report), 0.02, "stalls")
    live.expect(process["stalls_left_out"] + len(process["stalls"]) == loop["stalls"], "a sum")
    live.expect(not report["capture"]["lost_events"], f"{report['capture']['lost']}")
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


def test_depth_sched_saturated():
    """A loop that never sleeps is seen as one long stretch: that is no stall."""
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as server:
        load = subprocess.Popen([live.tool("redis-benchmark"), "-s", f"{folder}/socket", "-t",
                                 "set,get", "-n", "100000000", "-q"], stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            report = live.attach(server.pid, 3, "--depth", "sched")
        finally:
            load.kill()
            load.wait()
    not_blocked(report, server.pid, None)


def test_depth_sched():
    """Only waits that slept are seen; the place needs the other depth, and that is said."""
    with live.Workload("loop.py", "asyncio", "sleep", interpreter=DEBIAN) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3, "--depth", "sched")
        stalls = check_blocked(report, target, "blocking-call")
    live.expect(stalls[0]["where"] is None, "a place?")
    live.expect(any("did not sleep" in text for text in report["verdict"]["unmeasured"]),
                lambda: f"{report['verdict']['unmeasured']}")


# ---- those that never block ---------------------------------------------------------------------
def not_blocked(report, pid, loops):
    verdict, process = report["verdict"], live.process(report, pid)
    live.judged(verdict["class"] != "loop-blocked", lambda: f"{verdict['headline']}; "
                f"{process['loops']}; {process['stalls'][:2]}")
    live.expect(loops is None or len(process["loops"]) == loops,
                lambda: f"expected {loops} loops: {process['loops']}")


def clean(loops, *workload, **more):
    with live.Workload(*workload, **more) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
    not_blocked(report, target.pid, loops)


def test_clean_fanout():
    problems = live.Problems()
    for path in live.pythons():
        problems.case(path, lambda: clean(1, "fanout.py", interpreter=path))
    problems.end()


def test_idle_server():
    clean(None, "fanout.py", "idle", interpreter=DEBIAN)


def test_threads_that_are_no_loops():
    each((kind, clean, 0, "not_loop", kind) for kind in ("zero", "one", "shared", "request"))


def test_java_pool():
    clean(0, "IdlePool.java", interpreter=live.tool("java"))


class Server:
    """A server from a Debian package, started with these arguments in a private folder."""

    def __init__(self, *command, user=None):
        self.proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, user=user, cwd="/")
        self.pid = self.proc.pid

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.terminate()
        try:
            self.proc.wait(10)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()


def redis(*words, **more):
    return subprocess.run([live.tool("redis-cli"), "-s", *words], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more).stdout


def redis_server(folder):
    server = Server(live.tool("redis-server"), "--port", "0", "--unixsocket", f"{folder}/socket",
                    "--save", "", "--dir", folder)
    live.wait_for(lambda: os.path.exists(f"{folder}/socket"), 10, "redis answers")
    return server


LUA = "local n = 0 for i = 1, 40000000 do n = n + i end return n"


def test_redis_slow_script():
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as server:
        socket, longest = f"{folder}/socket", 0
        with live.Attach("attach", "-p", server.pid, "-d", 4, "--json") as watch:
            watch.wait_attached()
            for _ in range(8):
                begin = time.monotonic()
                redis(socket, "eval", LUA, "0")
                longest = max(longest, time.monotonic() - begin)
                time.sleep(0.2)
            report = watch.end(10).json()
    row = live.process(report, server.pid)
    live.judged(report["verdict"]["class"] == "loop-blocked",
                lambda: f"{report['verdict']['headline']}; {row['loops']}")
    live.judged(report["verdict"]["causes"][0]["kind"] == "cpu",
                lambda: f"causes {report['verdict']['causes']}")
    # the client's time has its own start and end in it
    live.expect(0 < row["stalls"][0]["duration_ns"] < longest * 1e9,
                lambda: f"longest {row['stalls'][0]} of {longest} s")
    live.expect(row["stalls"][0]["duration_ns"] > 0.5 * longest * 1e9, "it is too short")


def test_redis_saturated():
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as server:
        load = subprocess.Popen([live.tool("redis-benchmark"), "-s", f"{folder}/socket", "-t",
                                 "set,get", "-n", "100000000", "-q"], stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            report = live.attach(server.pid, 3)
        finally:
            load.kill()
            load.wait()
    not_blocked(report, server.pid, 1)


def test_nginx_under_load():
    """A worker is a loop, the master is none."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"daemon off; worker_processes 1; pid {folder}/pid; error_log /dev/null;\n"
                       f"events {{}} http {{ access_log off; server {{ listen unix:{folder}/socket;"
                       f" location / {{ return 200 x; }} }} }}\n")
        with Server(live.tool("nginx"), "-c", config, "-p", folder) as server:
            live.wait_for(lambda: os.path.exists(f"{folder}/socket"), 10, "nginx answers")
            load = subprocess.Popen([DEBIAN, "-c", LOAD, f"{folder}/socket"])
            try:
                time.sleep(0.5)
                report = live.attach(server.pid, 3)
            finally:
                load.kill()
                load.wait()
    loops = [loop for row in report["processes"] for loop in row["loops"]]
    live.expect(len(loops) == 1 and loops[0]["iterations"] > 1000, f"loops {loops}")
    live.judged(report["verdict"]["class"] != "loop-blocked", report["verdict"]["headline"])


LOAD = """
import socket, sys
while True:
    c = socket.socket(socket.AF_UNIX)
    c.connect(sys.argv[1])
    c.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
    while c.recv(4096):
        pass
    c.close()
"""


def test_go_server():
    """Its threads take turns at one set, under a scheduler of Go's own."""
    go = live.tool("go")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "go_server")
        subprocess.run([go, "build", "-o", program,
                        os.path.join(live.ROOT, "tests", "workloads", "go_server.go")], check=True,
                       env=dict(os.environ, GOCACHE=os.path.join(folder, "cache"), GOFLAGS="",
                                GO111MODULE="off", CGO_ENABLED="0"))
        clean(0, "go_server", program=program)


def test_postgres_backend():
    """Two seconds of one query are not a blocked loop."""
    programs = "/usr/lib/postgresql/15/bin"
    if not os.path.isdir(programs):
        raise live.Skip("postgresql is not installed")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        subprocess.run([f"{programs}/initdb", "-D", f"{folder}/data", "-A", "trust"], check=True,
                       user="postgres", stdout=subprocess.DEVNULL, cwd="/")
        with Server(f"{programs}/postgres", "-D", f"{folder}/data", "-k", folder, "-h", "",
                    user="postgres") as server:
            live.wait_for(lambda: os.path.exists(f"{folder}/.s.PGSQL.5432"), 20, "it answers")
            client = subprocess.Popen([live.tool("psql"), "-h", folder, "-U", "postgres", "-c",
                                       QUERY], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                time.sleep(0.5)
                report = live.attach(server.pid, 8)
            finally:
                client.kill()
                client.wait()
    live.judged(report["verdict"]["class"] != "loop-blocked", lambda: report["verdict"]["headline"])
    live.expect(report["time"]["on_cpu_ns"] > 2e9, "the queries did not run")


QUERY = ("do $$ begin for i in 1..20 loop perform pg_sleep(0.1); "
         "perform count(*) from generate_series(1, 4000000); end loop; end $$")


def reads_of_sets(members):
    """How often boundby opens an fdinfo of a loop with this many members, and the loop's row."""
    with live.Workload("large_set", members) as target, \
            tempfile.NamedTemporaryFile("r", suffix=".strace") as log:
        report = live.run("attach", "-p", target.pid, "-d", "1", "--json",
                          through=(live.tool("strace"), "-f", "-qq", "-e", "trace=openat",
                                   "-o", log.name)).report()
        opened = sum(f"/proc/{target.pid}/fdinfo/" in line for line in log)
    rows = live.process(report, target.pid)["loops"]
    live.expect(len(rows) == 1 and rows[0]["iterations"] > 50, f"loops: {rows}")
    return opened


def test_large_set_is_not_read():
    """The kernel lists the members of a set under the mutex that epoll_wait needs."""
    live.expect(reads_of_sets(100) > 0, "a small set was not read")
    live.expect(reads_of_sets(15000) == 0, "a set of 15,000 members was read")
