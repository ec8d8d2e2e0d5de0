# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands and the options of contract section 1, as a user gives them."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios
import time

import live


# ---- run ----------------------------------------------------------------------------------------
def test_run_exit_status():
    problems = live.Problems()
    for command, status in ((["false"], 1), (["true"], 0), (["sh", "-c", "exit 7"], 7),
                            (["sh", "-c", "exit 10"], 10), (["sh", "-c", "kill -9 $$"], 137),
                            (["sh", "-c", "kill -15 $$"], 143)):
        result = live.run("run", "--", *command)
        problems.case(" ".join(command), live.expect, result.status == status and result.err,
                      f"expected exit {status} and a report on stderr: {result!r}")
    problems.end()


def test_run_not_found():
    live.run("run", "--", "/nonexistent").expect_error(127, "/nonexistent")
    live.run("run", "--", "no-such-command-here").expect_error(127, "no-such-command-here")
    live.run("run", "--", "/etc/passwd").expect_error(126, "/etc/passwd")


def test_run_keeps_the_commands_output():
    """stdout is the command's alone; the report is on stderr, as JSON too."""
    result = live.run("run", "--json", "--", "sh", "-c", "echo out; read line || echo end of input")
    live.expect(result.out == "out\nend of input\n", lambda: f"stdout is not its own: {result!r}")
    report = live.Result(result.status, result.err, "").json()
    live.check_sums(report, {})


def test_run_watches_from_start_to_end():
    """The command is seen from its exec on, and its children are included."""
    result = live.run("run", "--json", "--", live.workload_path("cpu"), "2")
    live.expect(result.status == 0, lambda: f"{result!r}")
    report = live.Result(0, result.err, "").report()
    live.check_sums(report, {})
    row = report["processes"][0]
    live.expect(row["comm"] == "cpu" and row["execs"] == 1, f"{row['comm']}, {row['execs']} execs")
    live.expect(row["exited"], "it is not shown as ended")
    computed = row["time"]["on_cpu_ns"] + live.runnable_ns(row["time"])
    live.expect(2e9 <= computed < 2.5e9, f"it computed for 2 s, seen {computed}")
    live.judged(report["verdict"]["class"] == "cpu-bound", f"class {report['verdict']['class']}")


def test_run_keeps_the_limit_of_core_files():
    """boundby itself makes none (test_bad_input); the command has the limit that it would have."""
    for limit in ("0", "1024"):
        result = subprocess.run(["sh", "-c", f'ulimit -S -c {limit}; exec "$@"', "_", live.BOUNDBY,
                                 "run", "--", "sh", "-c", "ulimit -S -c"], text=True, timeout=60,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, check=False)
        live.expect(result.stdout == limit + "\n", lambda: f"{result.stdout!r} {result.stderr!r}")


def test_run_follows_children():
    result = live.run("run", "--json", "--", "sh", "-c", "sleep 0.3 & sleep 0.4; wait")
    report = live.Result(0, result.err, "").json()
    names = sorted(row["comm"] for row in report["processes"])
    live.expect(names == ["sh", "sleep", "sleep"], f"processes: {names}")
    live.check_sums(report, {})


def test_run_fail_on():
    result = live.run("run", "--fail-on", "cpu-bound", "--", live.workload_path("cpu"), "2")
    live.expect(result.status == 10, lambda: f"expected exit 10: {result!r}")


# ---- attach -------------------------------------------------------------------------------------
def test_fail_on():
    with live.Workload("cpu") as target:
        for classes, status in (("cpu-bound", 10), ("idle,cpu-bound", 10), ("io-bound", 0)):
            result = live.run("attach", "-p", target.pid, "-d", 1, "--json", "--fail-on", classes)
            live.expect(result.status == status,
                        lambda: f"--fail-on {classes}: expected exit {status}: {result!r}")
            live.expect(result.json()["verdict"]["class"] == "cpu-bound", "not cpu-bound")


def test_pid_alone_and_text():
    """boundby PID is attach, and a person reads it: class, name, advice; no colour in a file."""
    with live.Workload("cpu") as target:
        result = live.run(target.pid, "-d", 1)
    live.expect(result.status == 0 and not result.err, lambda: f"{result!r}")
    live.expect(result.out.startswith("CPU-BOUND"), lambda: f"{result!r}")
    for word in (f"cpu[{target.pid}]", "confidence", "Now:", "Next:"):
        live.expect(word in result.out, lambda: f"{word!r} is not in the report: {result.out!r}")
    live.expect("\x1b" not in result.out, "colour without a terminal")


def test_several_pids():
    with live.Workload("cpu") as one, live.Workload("sleeper") as other, \
            live.Workload("idle") as third:
        report = live.run("attach", "-p", f"{one.pid},{other.pid}", "-p", third.pid, "-d", 1,
                          "--json").report()
        live.check_sums(report, {one.pid: {one.pid}, other.pid: {other.pid},
                                 third.pid: {third.pid}})
        live.expect(len(report["processes"]) == 3, f"{len(report['processes'])} processes of 3")
        live.expect(live.thread(report, other.pid)["time"]["blocked_ns"]["sleep"] > 0, "no sleep")


def test_tid():
    with live.Workload("cpu", 2) as target:
        tid = max(live.tids(target.pid))
        report = live.run("attach", "-t", tid, "-d", 1, "--json").report()
        rows = live.process(report, target.pid)["threads"]
        live.expect([row["tid"] for row in rows] == [tid],
                    f"threads {[row['tid'] for row in rows]} for -t {tid}")
        live.check_sums(report, {target.pid: {tid}})


def test_tid_of_a_thread_as_pid():
    """As perf and strace do: the number of a thread means its process."""
    with live.Workload("cpu", 2) as target:
        report = live.attach(max(live.tids(target.pid)), 1)
        live.check_sums(report, {target.pid: live.tids(target.pid)})


def test_name():
    with live.Workload("timerfd_wait") as one, live.Workload("timerfd_wait") as other:
        report = live.run("attach", "-n", "timerfd_wait", "-d", 1, "--json").report()
        live.check_sums(report, {one.pid: {one.pid}, other.pid: {other.pid}})
        live.expect({row["comm"] for row in report["processes"]} == {"timerfd_wait"},
                    "others are in it")


def members_of(group):
    """Of a cgroup, and of the one below it, all processes and no others are watched."""
    with group, group.below() as below, live.Workload("sleeper", group=group) as one, \
            live.Workload("idle", group=below) as other, live.Workload("sleeper") as outside:
        report = live.run("attach", "-c", group.path, "-d", 1, "--json").report()
        live.check_sums(report, {one.pid: {one.pid}, other.pid: {other.pid}})
        pids = {row["pid"] for row in report["processes"]}
        live.expect(pids == {one.pid, other.pid}, f"{pids}, {outside.pid} is outside")


def test_cgroup_version_1():
    members_of(live.Cgroup("two", version=1))


def test_cgroup_version_2():
    members_of(live.Cgroup("two", version=2))


def check_main_gone(option, value, target):
    """Its living threads are accounted for, and what is read of a process is read of one of them."""
    report = live.run("attach", option, value, "-d", 1, "--json").report()
    live.check_sums(report, {target.pid: live.tids(target.pid)})
    row = live.process(report, target.pid)
    rss = row["memory"]["rss_bytes"]
    live.expect(row["exe"] == "main_gone" and row["descriptors"] and rss,
                f"{row['exe']}, {row['descriptors']} fds, {rss} bytes")
    symbols = {lock["symbol"] for lock in row["locks"]}
    live.expect(symbols == {"gone_lock"}, f"locks are {symbols}")


def test_main_thread_gone():
    """A process is no zombie while one thread of it lives."""
    problems = live.Problems()
    with live.Cgroup("gone") as group, live.Workload("main_gone", group=group) as target:
        live.expect(live.state_letter(target.pid) == "Z", "the main thread has not ended")
        for option, value in (("-p", target.pid), ("-n", "main_gone"), ("-c", group.path)):
            problems.case(option, check_main_gone, option, value, target)
    problems.end()


def test_unreaped_children():
    """Counted whichever of the threads made them, and whichever of the threads are watched."""
    with live.Workload("unreaped", 3) as target, live.Workload("sleepers", 50) as none:
        for option, workload, truth in (("-p", target, target.truth()["unreaped"]),
                                        ("-t", target, target.truth()["unreaped"]),
                                        ("-p", none, 0)):
            report = live.run("attach", option, workload.pid, "-d", 1, "--json").report()
            got = live.process(report, workload.pid)["zombies"]
            live.expect(got == truth, f"{option} {workload.name}: {got} of {truth} zombies")


def test_all():
    """Everything that runs, but not boundby itself."""
    with live.Workload("cpu") as target, live.Attach("attach", "-a", "-d", 1, "--json") as boundby:
        result = boundby.end()
        report = result.report()
        live.check_sums(report, {target.pid: {target.pid}})
        pids = {row["pid"] for row in report["processes"]}
        live.expect(os.getpid() in pids, "this test is not in it")
        live.expect(boundby.proc.pid not in pids, "boundby sees itself")


IN_A_CONTAINER = "exec unshare --pid --fork --mount --mount-proc sh -c '%s'"


def container(script):
    """A report made inside of a PID namespace, where `sh` is process 1 and the next one is 2."""
    result = live.shell(IN_A_CONTAINER % (f"{live.workload_path('pipe_pingpong')} 60 >/dev/null & "
                                          f"sleep 0.3; {script}; kill $!"))
    live.expect(result.status == 0, f"{result!r}")
    return result.report()


def test_in_a_container():
    """boundby's own PID namespace is not the host's: its numbers are the ones that count there."""
    problems = live.Problems()
    for target, expected in (("-a", {1, 2}), ("-p 2", {2}), ("-n pipe_pingpong", {2})):
        report = container(f"\"$BOUNDBY\" attach {target} -d 1 --json")
        pids = {row["pid"] for row in report["processes"]}
        problems.case(target, live.expect, pids == expected, f"processes {pids}")
        row = live.process(report, 2)
        problems.case(target, live.expect, row["exe"] == "pipe_pingpong" and row["ppid"] == 1,
                      f"{row['exe']} of {row['ppid']}")
        wakers = {(waker["pid"], waker["tid"]) for thread in row["threads"]
                  for waker in thread["wakers"]}
        tids = {thread["tid"] for thread in row["threads"]}
        problems.case(target, live.expect, wakers and all(pid == 2 and tid in tids
                                                          for pid, tid in wakers),
                      f"threads {tids}, woken by {wakers}")
    problems.end()


def test_woken_from_outside_a_container():
    """A process outside boundby's PID namespace has no PID in it."""
    command = IN_A_CONTAINER % ("exec 3<&0; cat <&3 >/dev/null & sleep 0.3; "
                               "\"$BOUNDBY\" attach -p 2 -d 1 --json")
    feeder = subprocess.Popen(["sh", "-c", "while echo x; do sleep 0.02; done"],
                              stdout=subprocess.PIPE)
    try:
        done = subprocess.run(["sh", "-c", command], stdin=feeder.stdout, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=30,
                              env=dict(os.environ, BOUNDBY=live.BOUNDBY))
    finally:
        feeder.kill()
        feeder.wait()
        feeder.stdout.close()
    report = live.Result(done.returncode, done.stdout.decode(), done.stderr.decode()).report()
    wakers = live.thread(report, 2)["wakers"]
    live.expect(sum(waker["count"] for waker in wakers) >= 20 and
                not any(waker["pid"] or waker["tid"] for waker in wakers), f"wakers {wakers}")


def test_threads_born_while_attaching():
    """A program that starts threads all the time: none lost between seed and hooks."""
    problems = live.Problems()
    with live.Workload("churn", 1000) as target:
        for at in range(6):
            report = live.attach(target.pid, "300ms")
            problems.case(f"attach {at}", live.check_sums, report, {target.pid: {target.pid}})
    problems.end()


def test_duration():
    with live.Workload("sleeper") as target:
        for text, ns in (("1500ms", 1.5e9), ("1.2s", 1.2e9)):
            begun = time.monotonic()
            report = live.attach(target.pid, text)
            took = time.monotonic() - begun
            live.expect_close(report["capture"]["duration_ns"], ns, 0.02, f"-d {text}")
            live.expect(took * 1e9 > report["capture"]["duration_ns"], "longer than it took")


def test_interval():
    """attach -i: one JSON document per line, one per interval, that follow each other."""
    with live.Workload("cpu") as target:
        result = live.run("attach", "-p", target.pid, "-d", 2, "-i", "500ms", "--json")
        live.expect(result.status == 0, lambda: f"{result!r}")
        reports = [live.Result(0, line + "\n", "").json() for line in result.out.splitlines()]
        live.expect(len(reports) == 4, f"{len(reports)} reports of 4")
        for before, after in zip(reports, reports[1:]):
            live.expect(abs(live.window(before)[1] - live.window(after)[0]) <= 1,
                        "intervals do not follow each other without a gap")
        for report in reports:
            live.check_sums(report, {target.pid: {target.pid}})
            live.expect_close(report["capture"]["duration_ns"], 5e8, 0.1, "interval")


# ---- the rest -----------------------------------------------------------------------------------
def test_check():
    result = live.run("check")
    live.expect(result.status == 0 and not result.err, lambda: f"{result!r}")
    for word in ("CAP_BPF", "CAP_PERFMON", "BTF", "kernel"):
        live.expect(word in result.out, lambda: f"check does not show {word}: {result.out!r}")


def test_check_not_root():
    result = live.run("check", through=(live.tool("setpriv"), "--reuid", "65534", "--clear-groups",
                                        "--"))
    live.expect("CAP_BPF" in result.out, lambda: f"check without rights shows nothing: {result!r}")
    live.expect(result.status == 3, lambda: f"expected exit 3: {result!r}")


def test_explain():
    result = live.run("explain")
    live.expect(result.status == 0 and not result.err, lambda: f"{result!r}")
    for name in ("insufficient", "idle", "loop-blocked", "cpu-starved", "lock-bound", "cpu-bound",
                 "io-bound", "mixed"):
        live.expect(name in result.out, f"{name} is not explained")
        one = live.run("explain", name)
        live.expect(one.status == 0 and name in one.out, lambda: f"{one!r}")


def test_version():
    for words in (["-V"], ["--version"]):
        result = live.run(*words)
        live.expect(result.status == 0 and result.out.startswith("boundby ") and
                    result.out.count("\n") == 1, lambda: f"{result!r}")


def test_help():
    result = live.run("--help")
    live.expect(result.status == 0 and "usage" in result.out, lambda: f"{result!r}")


def test_capture_facts():
    with live.Workload("sleeper") as target:
        report = live.attach(target.pid, 1)
    capture, row = report["capture"], live.process(report, target.pid)
    live.expect(capture["source"] == "live", "source is not live")
    live.expect(capture["kernel"] == os.uname().release, f"kernel {capture['kernel']!r}")
    live.expect(capture["arch"] == os.uname().machine, f"arch {capture['arch']!r}")
    live.expect(capture["cpus"] == os.cpu_count(), f"cpus {capture['cpus']!r}")
    live.expect(row["exe"] and row["exe"].endswith("sleeper"), f"exe {row['exe']!r}")
    live.expect(row["ppid"] == os.getpid(), f"ppid {row['ppid']}")
    overhead = capture["overhead"]
    live.expect(overhead["reader_rss_bytes"] and overhead["reader_cpu_ns"], f"{overhead}")
    now = time.time_ns()
    start, end = live.window(report)
    live.expect(now - 30 * live.SECOND < start < end < now, "the window is not just now")


def on_terminal(arguments, columns, **streams):
    """What boundby prints on a terminal of that width. streams: those that are none."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen([live.BOUNDBY, *map(str, arguments)], env=dict(os.environ, TERM="xterm"),
                          **{"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": theirs,
                             **streams}) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not more:
                break
            text += more
        process.wait()
    os.close(ours)
    return text.decode()


def test_says_what_it_does_meanwhile():
    """On a terminal a line, which is gone before the report; a pipe gets none (see live.Result)."""
    with live.Workload("sleeper") as target, tempfile.TemporaryDirectory() as path:
        text = on_terminal(["attach", "-p", target.pid, "-d", 2], 80)
        before, report = text.split("IDLE", 1)
        shown = before.split("\r\x1b[K")
        live.expect(shown[1].startswith(f"watching PID {target.pid}: 2 s left; Ctrl-C ends with"),
                    lambda: repr(before))
        live.expect("idle so far" in before and not re.sub(r"\x1b\[[0-9;]*m", "", shown[-1]),
                    lambda: repr(before))
        live.expect("watching" not in report, lambda: repr(report))
        text = on_terminal(["record", "-n", "sleeper", "-d", 1, "-o", f"{path}/t.bbt"], 80)
        live.expect("recording sleeper: 1 s left" in text and "\x1b[Kboundby: recorded" in text,
                    lambda: repr(text))
        done = on_terminal(["attach", "-p", target.pid, "-d", 1, "--json"], 80,
                           stderr=subprocess.DEVNULL)
        live.expect(done.startswith("{"), lambda: repr(done[:200]))


def test_fits_the_terminal():
    """On a terminal of 60 columns no line is longer, and none of the words is lost."""
    with live.Workload("client") as target:
        text = on_terminal(["attach", "-p", target.pid, "-d", 1, "-v"], 60,
                           stderr=subprocess.DEVNULL)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")
    live.expect("Evidence" in plain and "io-bound" in plain.lower(), lambda: plain[:300])
    long = [line for line in plain.splitlines() if len(line) > 60 and " " in line.strip()[:-40]]
    live.expect(not long, lambda: f"too wide: {long}")
    live.expect("\x1b[" in text, "no colour on a terminal")


def test_explain_findings():
    """Every finding explains itself; what there is none of is a usage error."""
    result = live.run("explain")
    live.expect(result.status == 0, repr(result))
    names = re.search(r"findings.*\n((?:  .*\n)+)", result.out)[1].split("\n")
    names = [line.split()[0] for line in names if line.strip()]
    live.expect("executor-saturated" in names and len(names) > 10, f"findings: {names}")
    for name in names:
        one = live.run("explain", name)
        live.expect(one.status == 0 and one.out.startswith(name) and "rule" in one.out, repr(one))


def keeps_schema(report):
    schema = os.path.join(live.ROOT, "tests", "report.schema.json")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(report, file)
        file.flush()
        # Debian's own: the module is a package of Debian's
        done = subprocess.run(["/usr/bin/python3", "-W", "ignore", "-m", "jsonschema", "-i",
                               file.name, schema], capture_output=True, text=True, check=False)
    live.expect(done.returncode == 0, lambda: (done.stdout + done.stderr)[-600:])


def test_reports_keep_the_schema():
    """Of programs with children, locks, a blocked loop, Python; at both depths; of intervals."""
    problems = live.Problems()
    for workload, more in ((("many_locks",), {}), (("forktree",), {}), (("not_loop", "one"), {}),
                           (("loop.py", "asyncio", "sleep"), {"interpreter": "/usr/bin/python3"})):
        with live.Workload(*workload, **more) as target:
            for depth in ("sched", "syscalls"):
                report = live.attach(target.pid, 1, "--depth", depth)
                problems.case(f"{workload} {depth}", keeps_schema, report)
            lines = live.run("attach", "-p", target.pid, "-d", "1", "-i", "500ms", "--json")
            for line in lines.out.splitlines():
                problems.case(f"{workload} interval", keeps_schema, json.loads(line))
    with live.Workload("client") as target:
        report = live.attach(target.pid, 1)
        report["processes"][0].pop("threads")
        problems.case("without threads", live.expect, problems_of(keeps_schema, report),
                      "a report without threads keeps the schema?")
    problems.end()


def problems_of(check, *arguments):
    """The assertion that a check fails with, None when it holds."""
    try:
        check(*arguments)
    except AssertionError as problem:
        return problem
    return None
