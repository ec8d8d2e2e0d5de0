# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings: what ends them, which part of them is read, and by which user. That a recording
gives the same report as the live run is checked by live.Recording in every other live test."""
import contextlib
import datetime
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import live
from live import BOUNDBY, SECOND, Workload

HARDY = True  # other work on the machine changes nothing here: see run.py

FAILED, USAGE, NO_TARGET, TOO_LITTLE = 1, 2, 5, 6


@contextlib.contextmanager
def folder(size=None, options=""):
    """A temporary directory; with a size, a separate file system."""
    path = tempfile.mkdtemp(prefix="boundby-trace-")
    try:
        if size:
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "none", path],
                                  stderr=subprocess.PIPE, check=False)
            live.expect(not done.returncode, lambda: f"mount: {done.stderr.decode()}")
        yield path
    finally:
        if size:
            subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(path, ignore_errors=True)


def record(pid, path, seconds, *more, **named):
    return live.run("record", "-p", pid, "-d", seconds, "-o", path, *more, **named)


def report(*arguments, **named):
    return live.run("report", *arguments, "--json", **named)


def end_ns(got):
    """CLOCK_REALTIME ns at which a report's window ends."""
    start = datetime.datetime.fromisoformat(got["capture"]["start"][:26] + "+00:00")
    return int(start.timestamp() * SECOND) + got["capture"]["duration_ns"]


# ---- reading ----------------------------------------------------------------------------------
def test_text_is_the_same():
    with folder() as path, Workload("mixed") as target:
        trace = f"{path}/t.bbt"
        alive = live.run("attach", "-p", target.pid, "-d", 2, "-v", "-o", trace)
        again = live.run("report", trace, "-v")
        live.expect(alive.status == 0 and again.out == alive.out and not again.err,
                    lambda: f"{alive.out}\n---\n{again!r}")


def test_needs_no_rights():
    """Another user, without any capability, reads a copy that it owns."""
    with folder() as path, Workload("mixed") as target:
        trace = f"{path}/t.bbt"
        alive = live.run("attach", "-p", target.pid, "-d", 2, "--json", "-o", trace)
        os.chmod(path, 0o755)
        os.chown(trace, 65534, 65534)
        again = report(trace, through=["setpriv", "--reuid=65534", "--regid=65534",
                                       "--clear-groups", "--inh-caps=-all"])
        live.expect(again.out.replace('"trace"', '"live"', 1) == alive.out, lambda: repr(again))


def test_gives_up_its_rights_before_it_reads():
    """By the kernel's own account: no read of the trace comes before the filter is in place."""
    strace = live.tool("strace")
    with folder() as path, Workload("sleeper") as target:
        trace = f"{path}/t.bbt"
        record(target.pid, trace, 1).expect_note()
        done = subprocess.run([strace, "-f", "-e", "trace=prctl,seccomp,pread64,openat,read",
                               BOUNDBY, "report", trace], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        lines = done.stderr.decode().splitlines()
        opened = [i for i, line in enumerate(lines) if f'"{trace}"' in line]
        locked = [i for i, line in enumerate(lines)
                  if "seccomp(SECCOMP_SET_MODE_FILTER" in line or "PR_SET_SECCOMP" in line]
        read = [i for i, line in enumerate(lines) if "pread64(" in line and opened
                and i > opened[0]]
        live.expect(opened and locked and read, lambda: "\n".join(lines[-40:]))
        live.expect(opened[0] < locked[0] < read[0],
                    f"opened {opened[0]}, locked {locked[0]}, read {read[0]}")


def test_range():
    with folder() as path, Workload("mixed") as target:
        trace = f"{path}/t.bbt"
        record(target.pid, trace, 6, "-i", "500ms").expect_note()
        whole = report(trace).report()
        start = datetime.datetime.fromisoformat(whole["capture"]["start"][:19] + "+00:00")
        problems = live.Problems()
        at = (start + datetime.timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for arguments, least, most in ((["--from", "+2s"], 3.5, 4.6), (["--to", "+2s"], 1.9, 2.6),
                                       (["--from", "+2s", "--to", "+3s"], 0.9, 2.1),
                                       (["--from", "-2s"], 1.9, 2.6), (["--at", at], 0.9, 2.1),
                                       (["--from", "+0", "--to", "-0"], 5.9, 6.1)):
            def check(arguments=arguments, least=least, most=most):
                part = report(trace, *arguments)
                live.expect(part.status in (0, TOO_LITTLE), lambda: repr(part))
                got = part.json()
                seconds = got["capture"]["duration_ns"] / SECOND
                live.expect(least <= seconds <= most, f"{seconds} s, not {least} to {most}")
                for process in got["processes"]:
                    for thread in process["threads"]:
                        live.expect(live.ledger_sum(thread["time"]) == thread["time"]["wall_ns"],
                                    "the ledger does not close")
            problems.case(" ".join(arguments), check)
        problems.end()
        for arguments in (["--at", "2001-01-01T00:00"], ["--from", "+1h"],
                          ["--from", "+3s", "--to", "+1s"]):
            report(trace, *arguments).expect_error(USAGE)
        report(trace, "--at", "noon").expect_error(USAGE, "noon")


def test_from_a_pipe():
    """`-` is stdin: a file as it is, a pipe copied first, as a trace is read in any order."""
    with folder() as path, Workload("sleeper") as target:
        trace = f"{path}/t.bbt"
        record(target.pid, trace, 1).expect_note()
        whole = report(trace)
        for way in ("cat '{}' | $BOUNDBY report - --json", "$BOUNDBY report - --json <'{}'"):
            piped = live.shell(way.format(trace))
            live.expect(piped.out == whole.out and not piped.err, lambda: repr(piped))
        live.shell("printf x | $BOUNDBY report -").expect_error(FAILED, "'-'")


def test_reader_that_goes_away():
    """As other tools do: `boundby ... | head` ends without a word."""
    with folder() as path, Workload("mixed") as target:
        trace = f"{path}/t.bbt"
        record(target.pid, trace, 1).expect_note()
        live.run_without_reader("report", "-v", trace)
        live.run_without_reader("export", "-F", "ndjson", trace)


def test_processes_by_name():
    with folder() as path, Workload("cpu", 2) as one, Workload("sleeper") as other:
        trace = f"{path}/t.bbt"
        record(f"{one.pid},{other.pid}", trace, 1).expect_note()
        for arguments, pid in ((["-n", "cpu"], one.pid), (["-n", "sleeper"], other.pid),
                               (["-n", "sleeper", "-n", "none"], other.pid)):
            got = report(trace, *arguments).json()
            live.expect([p["pid"] for p in got["processes"]] == [pid], lambda: str(got["processes"]))
        both = report(trace, "-n", "sleeper", "-p", one.pid).json()
        live.expect(len(both["processes"]) == 2, "one of two is missing")
        report(trace, "-n", "none").expect_error(NO_TARGET, "none")
        report(trace, "-p", 999999999).expect_error(NO_TARGET, "999999999")
        report(trace, "-t", 999999999).expect_error(NO_TARGET, "999999999")


def test_one_thread_one_process():
    with folder() as path, Workload("cpu", 2) as one, Workload("sleeper") as other:
        trace = f"{path}/t.bbt"
        record(f"{one.pid},{other.pid}", trace, 2).expect_note()
        got = report(trace, "-p", other.pid).json()
        live.expect([row["pid"] for row in got["processes"]] == [other.pid], lambda: str(got))
        tid = max(live.tids(one.pid))
        got = report(trace, "-t", tid).json()
        live.expect([thread["tid"] for row in got["processes"] for thread in row["threads"]]
                    == [tid], lambda: str(got["processes"]))


def test_settings_are_kept():
    """Thresholds set while recording apply to the report unless they are set again."""
    with folder() as path, Workload("mixed") as target:
        trace = f"{path}/t.bbt"
        alive = live.run("attach", "-p", target.pid, "-d", 3, "--json", "-o", trace, "--set",
                         "cpu-ratio=0.30").json()
        live.expect(alive["verdict"]["class"] == "cpu-bound", lambda: str(alive["verdict"]))
        live.expect(report(trace).json()["verdict"]["class"] == "cpu-bound", "it forgot")
        got = report(trace, "--set", "cpu-ratio=0.95").json()
        live.expect(got["verdict"]["class"] == "mixed", lambda: str(got["verdict"]))


def test_not_a_trace():
    with folder() as path:
        empty, text, pipe = f"{path}/empty", f"{path}/text", f"{path}/pipe"
        open(empty, "w").close()
        with open(text, "w", encoding="ascii") as file:
            file.write("nothing of ours\n" * 1000)
        os.mkfifo(pipe)
        for name, words in ((empty, "not a boundby trace"), (text, "not a boundby trace"),
                            (pipe, "regular file"), ("/dev/zero", "regular file"), (path, "no trace"),
                            (f"{path}/none", "cannot open")):
            report(name).expect_error(FAILED, words)
            live.run("export", name, "--format", "csv").expect_error(FAILED, words)
            live.run("diff", name, name).expect_error(FAILED, words)
        with open(f"{path}/large", "wb") as file:
            file.write(b"\211BBT\r\n\032\n\1\0\0\0\0\0\0\0")
            file.truncate(1 << 31)
        report(f"{path}/large", timeout=120).expect_error(FAILED, "no whole window")


def test_two_recordings_are_not_one():
    with folder() as path, Workload("sleeper") as target:
        record(target.pid, f"{path}/a.bbt", 1).expect_note()
        record(target.pid, f"{path}/b.bbt", 1).expect_note()
        report(f"{path}/a.bbt", f"{path}/b.bbt").expect_error(USAGE, "two recordings")
        report(path).expect_error(USAGE, "two recordings")


def test_copies_in_a_directory():
    """Files of one recording are read as one; what is there twice counts once."""
    with folder() as path, Workload("mixed") as target:
        record(target.pid, f"{path}/a.bbt", 2).expect_note()
        alone = report(f"{path}/a.bbt").out
        shutil.copy(f"{path}/a.bbt", f"{path}/b.bbt")
        got = report(path)
        live.expect(json.loads(got.out)["time"] == json.loads(alone)["time"], lambda: repr(got))


# ---- writing ----------------------------------------------------------------------------------
def test_file_is_private_and_new():
    with folder() as path, Workload("sleeper") as target:
        trace = f"{path}/t.bbt"
        record(target.pid, trace, 1).expect_note()
        live.expect(os.stat(trace).st_mode & 0o7777 == 0o600, oct(os.stat(trace).st_mode))
        record(target.pid, trace, 1).expect_error(FAILED, "refusing to overwrite")
        os.symlink(f"{path}/elsewhere", f"{path}/link")
        record(target.pid, f"{path}/link", 1).expect_error(FAILED)
        live.expect(not os.path.exists(f"{path}/elsewhere"), "it followed a link")


def test_bad_places():
    with folder("64k", ",ro") as path, Workload("sleeper") as target:
        record(target.pid, f"{path}/t.bbt", 1).expect_error(FAILED, "read-only")
        record(target.pid, "/nowhere/t.bbt", 1).expect_error(FAILED, "/nowhere/t.bbt")
        record(target.pid, path, 1).expect_error(FAILED)
        record(999999999, f"{path}/t.bbt", 1).expect_error(FAILED, "read-only")
    with folder() as path:
        record(999999999, f"{path}/t.bbt", 1).expect_error(NO_TARGET)
        live.expect(not os.path.exists(f"{path}/t.bbt"), "a trace of nothing was left")


def windows(trace):
    got = report(trace)
    live.expect(got.status in (0, TOO_LITTLE), lambda: repr(got))
    return got


def test_signals_end_it_whole():
    with folder() as path, Workload("mixed") as target:
        for number in (signal.SIGTERM, signal.SIGINT):
            trace = f"{path}/{number}.bbt"
            with live.Attach("record", "-p", target.pid, "-d", 60, "-o", trace) as recorder:
                recorder.wait_attached()
                time.sleep(1.3)
                recorder.proc.send_signal(number)
                done = recorder.end(20)
            live.expect(done.status == 0 and "recorded" in done.err, lambda: repr(done))
            got = windows(trace)
            live.expect(not got.err, lambda: repr(got))
            live.expect(got.json()["capture"]["duration_ns"] > SECOND, lambda: got.out)


KILLS, AT_ONCE = 50, 5
FLUSH = 0.1


def kill_one(pid, trace, seconds, problems):
    with live.Attach("record", "-p", pid, "-d", 60, "-i", f"{FLUSH}", "-o", trace) as recorder:
        recorder.wait_attached()
        time.sleep(seconds)
        killed = time.time_ns()
        recorder.proc.kill()
        recorder.proc.wait()

    def check():
        if seconds < 3 * FLUSH and os.path.getsize(trace) < 2000:
            return  # nothing can have been written yet
        got = report(trace)
        live.expect("cut off" in got.err, lambda: repr(got))
        if seconds < 1 and got.status == NO_TARGET:
            return  # no window has been whole for longer than the limit
        live.expect(got.status in (0, TOO_LITTLE), lambda: repr(got))
        short = (killed - end_ns(got.json())) / SECOND
        live.expect(short < 1, f"the last {short:.3f} s are missing")
    problems.case(f"killed after {seconds:.3f} s", check)


def test_killed_at_any_moment():
    """kill -9: whole windows survive, at most one flush interval is missing. Each is killed at a
    different time; the machine may be late, hence the limit of 1 s, as in the issue."""
    chance, problems = random.Random(6), live.Problems()
    with folder() as path, Workload("mixed") as target:
        for first in range(0, KILLS, AT_ONCE):
            threads = [threading.Thread(target=kill_one, args=(
                target.pid, f"{path}/{number}.bbt", 0.05 + chance.random(), problems))
                for number in range(first, first + AT_ONCE)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    problems.end()


def test_disk_full():
    with folder("64k") as path, Workload("cpu", 2) as target:
        trace = f"{path}/t.bbt"
        with open(f"{path}/ballast", "wb") as file:
            file.write(bytes(56 << 10))
        done = record(target.pid, trace, 3, "-i", "10ms")
        live.expect(done.status == FAILED and "no space" in done.err.lower(), lambda: repr(done))
        got = windows(trace)
        live.expect(0 < got.json()["capture"]["duration_ns"] < 3 * SECOND, lambda: got.out)


def test_disk_full_for_a_while():
    """Windows are merged during that time; in the end nothing is missing from the sums."""
    with folder("64k") as path, Workload("cpu", 2) as target:
        trace = f"{path}/t.bbt"
        with live.Attach("record", "-p", target.pid, "-d", 6, "-i", "20ms", "-o",
                         trace) as recorder:
            recorder.wait_attached()
            with open(f"{path}/ballast", "wb", buffering=0) as file:
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(512))
            time.sleep(2)
            os.unlink(f"{path}/ballast")
            done = recorder.end(20)
        live.expect(done.status == 0 and "merged" in done.err, lambda: repr(done))
        got = windows(trace).json()
        live.expect_close(got["capture"]["duration_ns"], 6 * SECOND, 0.02, "recorded")
        live.expect(got["time"]["unobserved_ns"] == 0, lambda: str(got["time"]))
        live.expect_no_losses(got)


def test_gone_while_it_writes():
    """Renamed, or its directory removed: the recording goes on where it was."""
    with folder() as path, Workload("mixed") as target:
        os.mkdir(f"{path}/sub")
        trace = f"{path}/sub/t.bbt"
        with live.Attach("record", "-p", target.pid, "-d", 2, "-o", trace) as recorder:
            recorder.wait_attached()
            os.rename(trace, f"{path}/rotated.bbt")
            os.rmdir(f"{path}/sub")
            done = recorder.end(20)
        live.expect(done.status == 0, lambda: repr(done))
        live.expect(windows(f"{path}/rotated.bbt").json()["capture"]["duration_ns"] >= 2 * SECOND,
                    "what came after the rotation is missing")


def test_pipe():
    with folder() as path, Workload("mixed") as target:
        trace = f"{path}/t.bbt"
        done = live.shell(f'"$BOUNDBY" record -p {target.pid} -d 2 -o - > "{trace}"')
        live.expect(done.status == 0 and not done.err, lambda: repr(done))
        live.expect(not windows(trace).err, "it is not whole")
        done = live.shell(f'"$BOUNDBY" record -p {target.pid} -d 1 -o - | cat > "{trace}.2"')
        live.expect(done.status == 0 and not done.err, lambda: repr(done))
        live.expect(not windows(f"{trace}.2").err, "it is not whole")


def test_full_pipe():
    """The pipe is not read for a while: windows are merged; target and ledger are unaffected."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    with folder() as path, Workload("mixed") as target:
        with subprocess.Popen([BOUNDBY, "record", "-p", str(target.pid), "-d", "3", "-i", "20ms",
                               "-o", "-"], stdin=subprocess.DEVNULL, stdout=write,
                              stderr=subprocess.PIPE) as recorder:
            os.close(write)
            time.sleep(2)
            with open(read, "rb") as pipe, open(f"{path}/t.bbt", "wb") as file:
                shutil.copyfileobj(pipe, file)
            _, err = recorder.communicate(timeout=20)
        live.expect(recorder.returncode == 0 and b"merged" in err, lambda: repr(err))
        got = windows(f"{path}/t.bbt").json()
        live.expect_close(got["capture"]["duration_ns"], 3 * SECOND, 0.02, "recorded")
        live.expect(got["time"]["unobserved_ns"] == 0, lambda: str(got["time"]))


def test_reader_of_the_pipe_goes_away():
    with Workload("sleeper") as target:
        done = live.shell(
            f'{{ "$BOUNDBY" record -p {target.pid} -d 1 -o -; echo "status $?" >&2; }} | true')
        live.expect("status 1" in done.err and "pipe" in done.err.lower(), lambda: repr(done))


# ---- events -----------------------------------------------------------------------------------
def test_events():
    """Each sleep of 10 ms is there by itself, as long as the sleeper's own sum says."""
    with folder() as path, Workload("sleeper") as target:
        trace, out = f"{path}/t.bbt", f"{path}/c.json"
        record(target.pid, trace, 3, "--events").expect_note()
        done = live.run("export", trace, "--format", "chrome", "-o", out)
        live.expect(done.status == 0, lambda: repr(done))
        with open(out, encoding="utf-8") as file:
            events = json.load(file)["traceEvents"]
        slices = [row for row in events if row["ph"] == "X" and row["cat"] == "off-cpu"]
        whole = report(trace).json()
        sleep = whole["time"]["blocked_ns"]["sleep"]
        got = sum(row["dur"] for row in slices if row["name"] == "sleep") * 1000
        live.expect_close(got, sleep, 0.05, "sum of the single sleeps", at_least=0.1 * SECOND)
        live.expect(all(row["dur"] >= 999 for row in slices if row["ts"] > 0),  # cut at the start
                    lambda: f"shorter ones are in it: {min(slices, key=lambda row: row['dur'])}")


# ---- diff -------------------------------------------------------------------------------------
def test_diff():
    with folder() as path, Workload("cpu", 1) as busy, Workload("idle") as idle:
        record(idle.pid, f"{path}/a.bbt", 3).expect_note()
        record(busy.pid, f"{path}/b.bbt", 3).expect_note()
        done = live.run("diff", f"{path}/a.bbt", f"{path}/b.bbt", "--json")
        live.expect(done.status == 0, lambda: repr(done))
        got = json.loads(done.out)
        live.expect(got["before"]["class"] == "idle" and got["after"]["class"] == "cpu-bound",
                    lambda: done.out)
        on_cpu = next(row for row in got["changes"] if row["state"] == "on_cpu"
                      and row["name"] == "cpu")
        live.expect(on_cpu["change"] > 0.7, lambda: str(on_cpu))
        live.expect("from idle to cpu-bound" in got["headline"], got["headline"])
        text = live.run("diff", f"{path}/a.bbt", f"{path}/b.bbt")
        live.expect(text.out.startswith("CHANGED\n"), lambda: text.out)
        same = live.run("diff", f"{path}/b.bbt", f"{path}/b.bbt", "--json")
        live.expect(all(row["change"] == 0 for row in json.loads(same.out)["changes"]),
                    lambda: same.out)
        # one trace in two: up to here, and from there on
        parts = live.run("diff", f"{path}/b.bbt", "--to", "+1s", "--from", "+2s", "--json")
        live.expect(parts.status == 0, lambda: repr(parts))
        got = json.loads(parts.out)
        live.expect(all(0.9 < got[side]["duration_ns"] / SECOND < 1.3
                        for side in ("before", "after")), lambda: parts.out)
        live.expect(got["before"]["start"] < got["after"]["start"], lambda: parts.out)
        record(idle.pid, f"{path}/c.bbt", 1, "--depth", "sched").expect_note()
        other = json.loads(live.run("diff", f"{path}/a.bbt", f"{path}/c.bbt", "--json").out)
        live.expect(any("depth" in line for line in other["warnings"]), lambda: str(other))
