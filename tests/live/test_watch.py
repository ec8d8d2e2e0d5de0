# SPDX-License-Identifier: GPL-2.0-or-later
"""`boundby watch`: windows without end, within a budget, as a service."""
import contextlib
import datetime
import glob
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

import live

CLASSES = ("loop-blocked", "cpu-starved", "lock-bound", "cpu-bound", "io-bound", "mixed", "idle",
           "insufficient")
KEPT_CAPABILITIES = {19, 38, 39, 2, 21}  # SYS_PTRACE, PERFMON, BPF, DAC_READ_SEARCH, SYS_ADMIN


class Watch:
    """A running watch. Its windows come as JSON, one per line."""

    def __init__(self, *arguments, form="--json", **more):
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [live.BOUNDBY, "watch", *map(str, arguments), *([form] if form else [])],
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, **more)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.out.close()
        self.err.close()

    @staticmethod
    def _text(file):
        with open(f"/proc/self/fd/{file.fileno()}", encoding="utf-8") as again:
            return again.read()

    def lines(self):
        return self._text(self.out).splitlines()

    def log(self):
        return self._text(self.err)

    def windows(self):
        return [json.loads(line) for line in self.lines() if line.endswith("}")]

    def wait_windows(self, count, seconds=30):
        def enough():
            live.expect(self.process.poll() is None, lambda: f"it ended: {self.log()}")
            return len(self.lines()) >= count
        live.wait_for(enough, seconds, f"{count} windows")
        return self.windows()

    def wait_log(self, pattern, seconds=20):
        def said():
            live.expect(self.process.poll() is None, lambda: f"it ended: {self.log()}")
            return re.search(pattern, self.log())
        return live.wait_for(said, seconds, f"{pattern} on stderr: {self.log()!r}")

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(timeout=15)
        live.expect(status == 0, lambda: f"exit {status}: {self.log()}")
        return self.windows()


def begin_of(window):
    """Nanoseconds since 1970."""
    whole, _, part = window["capture"]["start"].rstrip("Z").partition(".")
    stamp = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(stamp.timestamp()) * live.SECOND + int(part.ljust(9, "0")[:9])


def expect_contiguous(windows):
    for one, other in zip(windows, windows[1:]):
        end = begin_of(one) + one["capture"]["duration_ns"]
        live.expect(begin_of(other) == end, f"{begin_of(other) - end} ns between two windows")


def test_interpreter_that_is_loaded_late():
    """An interpreter is found whenever it comes, not only in the first seconds of a process."""
    with live.Workload("late_python") as target, Watch("-p", target.pid, "-i", "1s") as watch:
        first = watch.wait_windows(1)[0]["processes"][0]
        live.expect(first["runtime"] is None, f"too early: {first['runtime']}")
        live.wait_for(lambda: target.truth()["loaded"] or target.proc.poll() is not None, 20,
                      "CPython is loaded")
        if target.proc.poll() == live.EXIT_SKIP:
            raise live.Skip(target.proc.stderr.read().decode().strip())

        def told():
            row = watch.windows()[-1]["processes"][0]
            return row["runtime"] and row["time"]["blocked_ns"]["gil"]
        live.wait_for(told, 8, "CPython is told, and waits for its GIL")


def expect_closes(window):
    """States sum to the time, whatever detail was given up."""
    for process in window["processes"]:
        for row in [process, *process["threads"]]:
            time_of = row["time"]
            parts = time_of["on_cpu_ns"] + time_of["unobserved_ns"] + live.runnable_ns(time_of) + \
                sum(time_of["blocked_ns"].values())
            live.expect(parts == time_of["wall_ns"], lambda: f"{parts}, not {time_of['wall_ns']}")


def busiest(report):
    return max(report["processes"], key=lambda row: row["time"]["on_cpu_ns"])


# ---- windows ------------------------------------------------------------------------------------
def test_windows():
    """Each window by itself is a report whose ledger closes, and none is left out."""
    with live.Workload("cpu") as target, \
            Watch("-p", target.pid, "-i", "1", "--budget", "50%") as watch:
        windows = watch.wait_windows(5)
        windows = watch.end()
    expect_contiguous(windows)
    for window in windows:
        live.expect(window["schema"] == "boundby.report/1", "no report")
        live.check_sums(window, {})
        live.expect(window["capture"]["depth"] == "sched", "not at depth sched")
    for window in windows[:-1]:
        live.expect_close(window["capture"]["duration_ns"], live.SECOND, 0.05, "length")
        live.expect(window["verdict"]["class"] == "cpu-bound", f"{window['verdict']}")


def test_line():
    """Without --json a window is a line for people: time, class, process, figures, cost."""
    with live.Workload("cpu") as target, \
            Watch("-p", target.pid, "-i", "1", "--budget", "50%", form=None) as watch:
        live.wait_for(lambda: len(watch.lines()) >= 3, 20, "three lines")
        lines = watch.lines()
        live.expect(watch.log() == "", f"it says more: {watch.log()!r}")
    for line in lines[:3]:
        live.expect(re.match(r"\d\d:\d\d:\d\dZ  cpu-bound +cpu\[%d\] +[01]\.\d\d cores  \d+ %% cpu "
                             r".*  cost (\d+\.\d\d %%|unknown)$" % target.pid, line), repr(line))


def test_class_change():
    """The class follows what the program does; the change is reported once."""
    with live.Workload("sleeper") as quiet, Watch("-n", "cpu", "-p", quiet.pid, "-i",
                                                  "1") as watch:
        watch.wait_windows(3)
        with live.Workload("cpu"):
            found = watch.wait_log(r"event=class from=(\S+) to=cpu-bound", 30)
        live.expect(found[1] in CLASSES, found[0])


def test_no_target_yet():
    """It waits for a name that no process has yet; processes of that name come and go."""
    with Watch("-n", "cpu", "-i", "500ms") as watch:
        watch.wait_windows(2)
        for _ in range(2):
            with live.Workload("cpu") as target:
                live.wait_for(lambda: any(row["pid"] == target.pid for window in watch.windows()
                                          for row in window["processes"]), 30,
                              "the process of that name in a window")
        count = len(watch.lines())
        watch.wait_windows(count + 3)
        live.expect(not watch.windows()[-1]["processes"], "who is gone is still there")


def test_whole_host():
    """-a: new processes, whichever process starts them; not boundby and its helpers."""
    with tempfile.TemporaryDirectory() as folder, \
            Watch("-a", "-i", "500ms", "--listen", f"unix:{folder}/metrics") as watch:
        watch.wait_windows(1)
        own = set(live.descendants(watch.pid))
        live.expect(len(own) > 1, "it has no helper, and nothing is shown")
        with live.Workload("cpu") as target:
            live.wait_for(lambda: any(row["pid"] == target.pid for window in watch.windows()
                                      for row in window["processes"]), 15, "the new process")
        seen = {row["pid"] for window in watch.windows() for row in window["processes"]}
        live.expect(not own & seen, f"it watches itself: {own & seen} of {own}")


def test_whole_host_tells_of_threads_that_matter():
    """-a: busy threads have a row each, the many asleep share one; the rows sum to the process."""
    with live.Workload("sleepers", 200, 1) as target:
        for words, rows in ((("-a",), [(target.pid, 1), (None, 199)]),
                            (("-p", target.pid), [(target.pid, 1)])):
            with Watch(*words, "-i", "1s") as watch:
                watch.wait_windows(2)
                window = watch.windows()[-1]
            expect_closes(window)
            told = [(row["tid"], row["count"])
                    for row in live.process(window, target.pid)["threads"]]
            live.expect(set(rows) <= set(told), f"{words}: {told}")
            live.expect(sum(count for _, count in told) == 200 and
                        len(told) == (2 if len(rows) == 2 else 101), f"{words}: {len(told)} rows")


def test_more_processes_than_rows():
    """Those that work most have rows; with the sum of the others they are the whole."""
    with contextlib.ExitStack() as stack:
        asleep = [stack.enter_context(live.Workload("asleep", "pause")) for _ in range(210)]
        busy = stack.enter_context(live.Workload("cpu", 1))
        watch = stack.enter_context(Watch("-p", ",".join(str(one.pid) for one in [busy, *asleep]),
                                          "-i", "1s"))
        watch.wait_windows(2)
        window = watch.windows()[-1]
    rows = {row["pid"] for row in window["processes"]}
    live.expect(len(rows) == 200 and busy.pid in rows, f"{len(rows)} rows, of {busy.pid} none?")
    live.expect(window["others"]["count"] == 11, f"{window['others']}")
    whole = sum(row["time"]["wall_ns"] for row in [*window["processes"], window["others"]])
    live.expect(whole == window["time"]["wall_ns"], f"{whole} of {window['time']['wall_ns']} ns")


def reads_of(pid):
    """System calls of a process that read, so far."""
    return int(live.read_text(f"/proc/{pid}/io").split("syscr: ")[1].split()[0])


def test_sleeping_processes_cost_no_reads():
    """/proc is read for processes that ran, and none of these 1,000 does; no time is given up."""
    with live.Workload("sleeping_processes", 1000) as target, \
            Watch("-p", target.pid, "-i", 2) as watch:
        first = watch.wait_windows(2)[0]
        before, windows = reads_of(watch.pid), len(watch.lines())
        last = watch.wait_windows(windows + 3)[-1]
        reads = (reads_of(watch.pid) - before) / (len(watch.lines()) - windows)
        live.expect(reads < 500, f"{reads:.0f} reads a window")
        live.expect("time" not in watch.log(), watch.log())
        for window in (first, last):
            others = window["others"]["count"] + len(window["processes"])
            live.expect(others == 1001, f"{others} processes in a window")


def test_two_at_once():
    with live.Workload("cpu") as target, Watch("-p", target.pid, "-i", "500ms") as one, \
            Watch("-a", "-i", "500ms") as other:
        one.wait_windows(4)
        other.wait_windows(4)
        live.expect(any(row["pid"] == one.pid for window in other.windows()
                        for row in window["processes"]), "another boundby is a process as any")
        for watch in (one, other):
            live.expect(busiest(watch.windows()[-1])["pid"] == target.pid, "another one is busiest")
            for window in watch.windows():
                expect_closes(window)


# ---- the budget ---------------------------------------------------------------------------------
def cost_of(window):
    cost = window["capture"]["overhead"]
    if cost["bpf_run_ns"] is None:
        return None
    return (cost["bpf_run_ns"] + cost["reader_cpu_ns"]) / window["capture"]["duration_ns"]


@live.slow
def test_budget():
    """A load that would cost some 4 %: within 10 s it costs what it may, and what was given up is
    in the record. What is said of the program stays true."""
    with live.Workload("pingpongs", "8") as target:
        with Watch("-p", target.pid, "-i", "2", "--budget", "100%") as watch:
            watch.wait_windows(4, 40)
            free = [cost_of(window) for window in watch.end()[1:4]]
        budget = max(free) / 4
        with Watch("-p", target.pid, "-i", "2", "--budget", f"{100 * budget:.3f}%") as watch:
            watch.wait_windows(10, 60)
            log = watch.log()
            windows = watch.end()
    late = sorted(cost_of(window) for window in windows[6:10])
    live.expect(late[len(late) // 2] <= 1.1 * budget,
                lambda: f"budget {budget}, free {free}, kept {[cost_of(w) for w in windows]}: {log}")
    live.expect("event=budget given_up=stacks" in log, lambda: f"nothing is said: {log!r}")
    for window in windows:
        expect_closes(window)
    for window in windows[:-1]:  # the last may be but a moment
        live.expect(window["verdict"]["class"] in ("cpu-bound", "cpu-starved"),
                    lambda: f"{window['verdict']}")


@live.slow
def test_budget_unused():
    """What costs little loses nothing."""
    with live.Workload("sleeper") as target, \
            Watch("-p", target.pid, "-i", "5", "--budget", "3%") as watch:
        watch.wait_windows(2)
        live.expect("event=budget" not in watch.log(), watch.log())


@live.slow
def test_clock_is_set():
    """Windows go on with the same length; they carry the wall clock of their time. Sets the host's
    clock for some seconds, so not beside tests that depend on it."""
    shift = 90

    def off_by(window):
        end = begin_of(window) + window["capture"]["duration_ns"]
        return round((end / live.SECOND - time.clock_gettime(time.CLOCK_MONOTONIC) - apart) / shift)
    apart = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
    with live.Workload("cpu") as target, tempfile.TemporaryDirectory() as folder, \
            Watch("-p", target.pid, "-i", "1", "--budget", "50%", "--dir", folder) as watch:
        seen = []
        try:
            for at in (0, 1, -1):
                time.clock_settime(time.CLOCK_REALTIME, apart + at * shift +
                                   time.clock_gettime(time.CLOCK_MONOTONIC))
                count = len(watch.windows())
                seen.append((at, off_by(watch.wait_windows(count + 3)[-1])))
        finally:
            time.clock_settime(time.CLOCK_REALTIME,
                               apart + time.clock_gettime(time.CLOCK_MONOTONIC))
        windows = watch.end()
        segments = sorted(glob.glob(f"{folder}/boundby-*.bbt"))
    live.expect(all(at == found for at, found in seen), f"clock set by, windows off by: {seen}")
    live.expect(len(segments) >= 3, f"{segments}")
    for window in windows[:-1]:
        live.expect_close(window["capture"]["duration_ns"], live.SECOND, 0.2, "ns of a window")
        expect_closes(window)


@live.slow
def test_cpu_goes_offline():
    """Threads move, nothing is lost, and every ledger closes: while a CPU is gone, and once it is back."""
    switch = f"/sys/devices/system/cpu/cpu{os.cpu_count() - 1}/online"
    if not os.access(switch, os.W_OK):
        raise live.Skip("this host's CPUs cannot be taken offline")

    def set_online(word):
        with open(switch, "w", encoding="ascii") as file:
            file.write(word)
    with live.Workload("pingpongs", "4") as target, \
            Watch("-p", target.pid, "-i", "1", "--budget", "100%") as watch:
        watch.wait_windows(2)
        try:
            set_online("0")
            gone = len(watch.windows())
            watch.wait_windows(gone + 3)
        finally:
            set_online("1")
        back = len(watch.windows())
        watch.wait_windows(back + 3)
        windows = watch.end()
    live.expect(busiest(windows[gone + 1])["time"]["on_cpu_ns"] <= 1.01 * live.SECOND,
                "more than one CPU's time while one was there")
    live.expect(busiest(windows[back + 1])["time"]["on_cpu_ns"] > 1.2 * live.SECOND,
                "the CPU that came back is not used, or not seen")
    for window in windows[:-1]:
        expect_closes(window)
        live.expect_no_losses(window)
        live.expect(window["time"]["unobserved_ns"] == 0, "time that nobody saw")
    expect_contiguous(windows)


# ---- bursts -------------------------------------------------------------------------------------
def test_burst_finds_stall():
    """At depth sched a loop that computes too long is only suspected; a burst shows where."""
    with live.Workload("loop.py", "asyncio", "pure", interpreter="/usr/bin/python3") as target, \
            Watch("-p", target.pid, "-i", "1", "--budget", "20%") as watch:
        def seen():
            for window in watch.windows():
                for process in window["processes"]:
                    for stall in process["stalls"]:
                        if stall["cause"] == "cpu" and stall["where"]:
                            return stall
            return None
        stall = live.wait_for(seen, 60, "a stall with its place")
        live.expect("loop.py" in stall["where"], f"{stall}")


def test_loop_that_never_rests():
    """Its looks do not sleep: switches alone show none of them. What is said without a closer look
    is never sure, and then it is the same that attach says."""
    for kind in ("computes", "naps"):
        with live.Workload("never_rests", kind) as target, \
                Watch("-p", target.pid, "-i", "2", "--budget", "20%") as watch:
            watch.wait_windows(3)
            verdicts = [window["verdict"] for window in watch.windows()]
        said = [(verdict["class"], verdict["confidence"]) for verdict in verdicts]
        live.expect(any(name == "loop-blocked" for name, _ in said), f"{kind}: {said}")
        live.expect(all(name == "loop-blocked" or sure == "low" for name, sure in said),
                    f"{kind}: {said}")
        live.expect(said[0][0] == "loop-blocked" or
                    any("blocked event loop" in text for text in verdicts[0]["unmeasured"]),
                    lambda: f"{kind}: {verdicts[0]['unmeasured']}")


# ---- as a service -------------------------------------------------------------------------------
def test_service_manager():
    """READY once it watches, alive in time, STOPPING at the end."""
    with tempfile.TemporaryDirectory() as folder, live.Workload("sleeper") as target:
        path = os.path.join(folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(15)
            environment = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC="2000000")
            with Watch("-p", target.pid, "-i", "1", env=environment) as watch:
                said, end = [], time.monotonic() + 15
                while time.monotonic() < end and len([s for s in said if "WATCHDOG=1" in s]) < 3:
                    said.append(manager.recv(4096).decode())
                watch.process.send_signal(signal.SIGTERM)
                while "STOPPING=1" not in said[-1]:
                    said.append(manager.recv(4096).decode())
                live.expect(watch.process.wait(timeout=15) == 0, watch.log())
    live.expect(said[0].startswith("READY=1"), f"{said}")
    live.expect(len([s for s in said if "WATCHDOG=1" in s]) >= 3, f"{said}")


def test_rights():
    """Once it watches it has the capabilities that it needs later, and no others."""
    with live.Workload("sleeper") as target, Watch("-p", target.pid, "-i", "500ms") as watch:
        watch.wait_windows(2)
        status = dict(line.split(":\t", 1) for line in
                      live.read_text(f"/proc/{watch.pid}/status").splitlines() if ":\t" in line)
    for name in ("CapEff", "CapPrm", "CapBnd"):
        held = {bit for bit in range(64) if int(status[name], 16) >> bit & 1}
        live.expect(held <= KEPT_CAPABILITIES, f"{name}: {held}")
    live.expect(int(status["CapInh"], 16) == 0 and int(status["CapAmb"], 16) == 0, f"{status}")
    live.expect(status["NoNewPrivs"] == "1", "it may gain rights")


def test_interrupt():
    with live.Workload("sleeper") as target, Watch("-p", target.pid, "-i", "500ms") as watch:
        watch.wait_windows(2)
        watch.end(signal.SIGINT)


def test_slow_reader():
    """Lines of some 100 kB into a pipe that is read late: each of them whole, and the loss counted."""
    with live.Workload("sleeping_processes", 300) as target:
        reader, writer = os.pipe()
        with tempfile.TemporaryFile("w+") as log, os.fdopen(reader) as lines:
            watch = subprocess.Popen([live.BOUNDBY, "watch", "-p", str(target.pid), "-i", "200ms",
                                      "--json"], stdin=subprocess.DEVNULL, stdout=writer,
                                     stderr=log)
            os.close(writer)
            time.sleep(8)
            watch.send_signal(signal.SIGINT)
            time.sleep(0.5)
            text = lines.read()
            live.expect(watch.wait(10) == 0, f"it ended with {watch.returncode}")
            log.seek(0)
            said = log.read()
    live.expect(text.endswith("\n"), "it ends with half a line")
    windows = [json.loads(line) for line in text.splitlines()]
    live.expect(len(text) > 1 << 20, f"{len(text)} bytes: it never had to wait")
    live.expect("dropped_lines=" in said, said)
    live.expect(all("verdict" in window for window in windows), "a line that is no window")


def test_reload():
    """SIGHUP is no end."""
    with live.Workload("sleeper") as target, Watch("-p", target.pid, "-i", "500ms") as watch:
        watch.wait_windows(2)
        watch.process.send_signal(signal.SIGHUP)
        watch.wait_log("event=reload")
        watch.wait_windows(len(watch.lines()) + 2)
        watch.end()


def test_target_ends():
    """The last process has exited: it waits for the next of that name, or reports that none can
    come."""
    with live.Workload("cpu") as target, Watch("-n", "cpu", "-i", "500ms") as watch:
        watch.wait_windows(2)
        target.proc.kill()
        target.proc.wait()
        watch.wait_windows(len(watch.lines()) + 3)
        expect_contiguous(watch.end())


# ---- what cannot be -----------------------------------------------------------------------------
def test_refused():
    problems = live.Problems()
    for arguments, word in (
            ((), "no target"), (("-a", "--budget", "0%"), "budget"), (("-a", "--budget", "5"), "budget"),
            (("-a", "--budget", "1%x"), "budget"), (("-a", "--max-size", "1"), "size"),
            (("-a", "--max-size", "1Q"), "size"), (("-a", "--keep", "yesterday"), "duration"),
            (("-a", "--depth", "syscalls"), "depth"), (("-a", "-o", "x"), "--dir"),
            (("-a", "--fail-on", "idle"), "fail"), (("-a", "--per-thread"), "--listen"),
            (("-a", "--label", "unit"), "--listen"), (("-a", "--label", "pod"), "script"),
            (("-a", "--dir", ""), "empty"), (("-a", "--listen", "nowhere"), "listen"),
            (("-a", "--textfile", "metrics.txt"), ".prom")):
        problems.case(" ".join(arguments), live.run("watch", *arguments).expect_error, 2, word)
    problems.case("attach --dir", live.run("attach", "-p", "1", "--dir", "/tmp").expect_error, 2,
                  "watch")
    problems.end()
