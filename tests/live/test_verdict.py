# SPDX-License-Identifier: GPL-2.0-or-later
"""What boundby concludes about programs whose truth is known, and that its evidence is what its own
ledgers say."""
import os
import subprocess
import tempfile

import live

CONFIDENCES = ("high", "medium", "low")


def signals(report):
    """Contract section 5 from the report's own ledger. A pipe wait that never ended is rest: in
    these workloads either all of ipc is that, or there is none."""
    time_ = report["time"]
    window_s = report["capture"]["duration_ns"] / 1e9
    blocked = {name: (ns or 0) / 1e9 for name, ns in time_["blocked_ns"].items()}
    on_cpu = time_["on_cpu_ns"] / 1e9
    runnable = live.runnable_ns(time_) / 1e9
    locks = blocked["lock"] + blocked["gil"]
    io = sum(blocked[name] for name in live.IO) - blocked["ipc"]
    work = on_cpu + runnable + locks + io
    loops = [loop for row in report["processes"] for loop in row["loops"]]
    worst = max(loops, key=lambda loop: loop["stalled_ns"], default={"stalled_ns": 0, "stalls": 0})
    longest = [stall["duration_ns"] for row in report["processes"] for stall in row["stalls"]]
    return {"stalled": worst["stalled_ns"] / 1e9 / window_s, "stalls": worst["stalls"],
            "longest_stall": max(longest, default=0) / 1e9, "ratio": on_cpu / (on_cpu + io) if on_cpu + io else None,
            "contention": locks / work if work else None,
            "starvation": runnable / work if work else None,
            "cores": on_cpu / window_s, "work": work / window_s, "window": window_s,
            "work_seen": work}


def check_evidence(report):
    verdict, truth = report["verdict"], signals(report)
    live.expect(verdict["evidence"], "there is no evidence")
    for row in verdict["evidence"]:
        live.expect(row["rule"] in truth, lambda: f"evidence by an unknown name: {row}")
        live.expect(row["unit"] and row["threshold"] is not None, lambda: f"half evidence: {row}")
        if truth[row["rule"]] is None:
            live.expect(row["value"] is None, lambda: f"evidence without ground: {row}")
        else:
            live.expect_close(row["value"], truth[row["rule"]], 1e-4, row["rule"], 1e-9)


def check_shape(verdict):
    live.expect(verdict["confidence"] in CONFIDENCES, f"confidence {verdict['confidence']!r}")
    live.expect(verdict["headline"], "no headline")
    shares = [cause["share"] for cause in verdict["causes"]]
    live.expect(shares == sorted(shares, reverse=True), f"causes are not in order: {shares}")
    live.expect(all(0 <= share <= 1.0001 for share in shares), f"shares: {shares}")
    live.expect(all(cause["kind"] and cause["detail"] for cause in verdict["causes"]),
                "a cause without kind or detail")
    live.expect(isinstance(verdict["unmeasured"], list) and verdict["unmeasured"],
                "nothing is unmeasured?")
    live.expect(isinstance(verdict["findings"], list), "no list of findings")
    live.expect(verdict["advice"]["now"] and verdict["advice"]["next"], "no advice")


def judge(expected, *workload, cause=None, seconds=4):
    with live.Workload(*workload) as target:
        report = live.attach(target.pid, seconds)
    verdict = report["verdict"]
    judged = live.expect if expected == "cpu-starved" else live.judged
    judged(verdict["class"] == expected,
           lambda: f"class is {verdict['class']}, not {expected}: {verdict['evidence']}")
    check_shape(verdict)
    check_shape(live.process(report, target.pid)["verdict"])
    check_evidence(report)
    live.expect(live.process(report, target.pid)["verdict"]["class"] == expected,
                "the one process is judged otherwise than the whole")
    live.expect(report["timeline"] and report["timeline"][-1]["class"] == expected,
                "the timeline says otherwise")
    if cause:
        live.judged(verdict["causes"] and verdict["causes"][0]["kind"] == cause,
                    lambda: f"the largest cause is not {cause}: {verdict['causes']}")
    return report


def test_cpu_bound():
    judge("cpu-bound", "cpu", 1, cause="cpu")


def test_io_bound():
    report = judge("io-bound", "client", cause="network")
    live.expect(report["ratio"] < 0.1, f"ratio {report['ratio']} of a client that only waits")
    live.expect("tcp" in report["verdict"]["causes"][0]["detail"] and
                "127.0.0.1" in report["verdict"]["causes"][0]["detail"],
                lambda: f"the cause does not name the peer: {report['verdict']['causes'][0]}")


def test_poll_io_bound():
    judge("io-bound", "poll_client", cause="poll_io")


def test_cpu_starved():
    judge("cpu-starved", "starved", cause="starved")


def test_mixed():
    with live.Workload("mixed") as target:
        report, truth = live.attach_sampled(target, 4)
    live.judged(report["verdict"]["class"] == "mixed",
                lambda: f"class is {report['verdict']['class']}: {report['verdict']['evidence']}")
    check_shape(report["verdict"])
    check_evidence(report)
    cpu, wait = truth.inside("cpu", report), truth.inside("wait", report)
    live.expect(abs(report["ratio"] - cpu / (cpu + wait)) < 0.03,
                f"ratio {report['ratio']}, its own clocks say {cpu / (cpu + wait):.4f}")


def test_idle():
    judge("idle", "idle")


def test_idle_asleep():
    judge("idle", "asleep")
    judge("idle", "asleep", "nanosleep", seconds=2)


def test_idle_accepting():
    judge("idle", "accepting", seconds=2)


def test_insufficient():
    """A short look at a program that does nothing is too little to judge: exit status 6."""
    with live.Workload("asleep") as target:
        result = live.run("attach", "-p", target.pid, "-d", "200ms", "--json")
    live.expect(result.status == 6, lambda: f"expected exit 6: {result!r}")
    live.expect(result.json()["verdict"]["class"] == "insufficient", "class is not insufficient")


def test_thresholds_can_be_set():
    with live.Workload("client") as target:
        report = live.attach(target.pid, 1, "--set", "io-ratio=0", "--set", "cpu-ratio=0.9")
    live.judged(report["verdict"]["class"] == "mixed", "io-ratio=0 leaves nothing io-bound")
    live.expect(report["capture"]["settings"]["cpu-ratio"] == 0.9, "settings do not show it")


def test_short_processes_are_a_load_together():
    """Each computes for some ms and is idle by itself; the row of them all is not."""
    script = "dd if=/dev/zero of=$T bs=1M count=20 2>/dev/null; echo; while :; do sha1sum $T; done"
    with tempfile.NamedTemporaryFile() as file, \
            subprocess.Popen(["sh", "-c", script], env={**os.environ, "T": file.name},
                             stdout=subprocess.PIPE) as shell:
        try:
            shell.stdout.readline()
            with subprocess.Popen(["cat"], stdin=shell.stdout, stdout=subprocess.DEVNULL):
                result = live.run("attach", "-p", shell.pid, "-d", 4)
                shell.kill()
        finally:
            shell.kill()
    rows = [line for line in result.out.splitlines() if "sha1sum x" in line]
    live.expect(len(rows) == 1 and "cpu-bound" in rows[0], lambda: result.out)
