# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong is said in one sentence, with the exit status of contract section 1, and leaves
nothing behind: wrong targets, rights, kernels, options, outputs, and ends that come too early."""
import json
import os
import signal
import subprocess
import time

import live

HARDY = True  # other work on the machine changes nothing here: see run.py

USAGE, PERMISSION, KERNEL, NO_TARGET = 2, 3, 4, 5


def watch(pid, seconds=1):
    return live.run("attach", "-p", pid, "-d", seconds, "--json")


# ---- targets ------------------------------------------------------------------------------------
def unused_pid():
    """A number that no process has, and that none gets soon."""
    highest = int(live.read_text("/proc/sys/kernel/pid_max"))
    return next(pid for pid in range(highest - 1, 1, -1) if not os.path.exists(f"/proc/{pid}"))


def test_no_such_pid():
    pid = unused_pid()
    watch(pid).expect_error(NO_TARGET, str(pid))
    live.run(pid).expect_error(NO_TARGET, str(pid))


def test_one_of_two_pids_is_missing():
    with live.Workload("sleeper") as target:
        pid = unused_pid()
        live.run("attach", "-p", f"{target.pid},{pid}", "-d", 1).expect_error(NO_TARGET, str(pid))


def test_no_such_tid():
    tid = unused_pid()
    live.run("attach", "-t", tid, "-d", 1).expect_error(NO_TARGET, str(tid))


def test_dies_before():
    gone = subprocess.Popen(["true"])
    gone.wait()
    watch(gone.pid).expect_error(NO_TARGET, str(gone.pid))


def test_dies_while_attaching():
    """At any moment of the way there: never a crash, never a silent failure."""
    problems, seen = live.Problems(), set()
    for delay_ms in range(0, 440, 40):
        with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", "500ms",
                                                         "--json") as boundby:
            time.sleep(delay_ms / 1000)
            target.proc.kill()
            target.proc.wait()
            result = boundby.end(10)
        seen.add(result.status)
        if result.status == NO_TARGET:
            problems.case(f"{delay_ms} ms", result.expect_error, NO_TARGET)
        else:
            problems.case(f"{delay_ms} ms", check_early_end, result, target.pid)
    problems.end()


def check_early_end(result, pid):
    live.expect(result.status in (0, 6), lambda: f"expected a report: {result!r}")
    live.expect(result.err == "", lambda: f"stderr is not empty: {result.err!r}")
    report = result.json()
    live.check_sums(report, {})
    live.expect(pid in [row["pid"] for row in report["processes"]], "the process is not in it")
    return report


def test_dies_during():
    with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", 30,
                                                     "--json") as boundby:
        boundby.wait_attached()
        time.sleep(1.2)
        killed = time.monotonic()
        target.proc.kill()
        target.proc.wait()
        result = boundby.end(40)
        took = time.monotonic() - killed
    live.expect(took < 3, f"it went on for {took:.1f} s without a target")
    report = check_early_end(result, target.pid)
    row = live.process(report, target.pid)
    live.expect(row["exited"], "it is not shown as ended")
    live.expect(row["time"]["on_cpu_ns"] + live.runnable_ns(row["time"]) >= 900000000,
                f"what it did before is missing: {row['time']}")
    # where others run beside it, it is starved by its own account
    waiting = live.runnable_ns(row["time"])
    starved = waiting / (waiting + row["time"]["on_cpu_ns"])
    wanted = {"cpu-bound"} if starved < 0.28 else {"cpu-starved"} if starved > 0.32 else {
        "cpu-bound", "cpu-starved"}
    live.expect(report["verdict"]["class"] in wanted, f"class {report['verdict']['class']}")


def test_dies_at_the_end():
    """Close to the end of the window, before it and after it."""
    problems = live.Problems()
    for delay_ms in (460, 480, 490, 495, 500, 505, 510, 520, 540):
        with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", "500ms",
                                                         "--json") as boundby:
            boundby.wait_attached()
            time.sleep(delay_ms / 1000)
            target.proc.kill()
            target.proc.wait()
            result = boundby.end(10)
        problems.case(f"{delay_ms} ms", check_early_end, result, target.pid)
    problems.end()


def test_kernel_thread():
    result = watch(2)
    live.expect(result.status in (USAGE, NO_TARGET), lambda: f"expected 2 or 5: {result!r}")
    result.expect_error(result.status, "kernel thread")


def test_own_pid():
    live.shell('exec "$BOUNDBY" $$').expect_error(USAGE, "itself")
    live.shell('exec "$BOUNDBY" attach -t $$ -d 1').expect_error(USAGE)


def test_zombie():
    zombie = subprocess.Popen(["true"])
    try:
        live.wait_for(lambda: live.state_letter(zombie.pid) == "Z", 5, "a zombie is there")
        watch(zombie.pid).expect_error(NO_TARGET, "zombie")
    finally:
        zombie.wait()


# ---- rights -------------------------------------------------------------------------------------
def test_not_root():
    through = (live.tool("setpriv"), "--reuid", "65534", "--clear-groups", "--")
    with live.Workload("cpu") as target:
        live.run(target.pid, through=through).expect_error(PERMISSION, "sudo")


def without(capabilities, pid, *arguments):
    """Runs boundby as a root that lacks these."""
    script = f'exec "$BOUNDBY" attach -p {pid} -d 1 --json ' + " ".join(arguments)
    done = subprocess.run([live.tool("capsh"), f"--drop={capabilities}", "--", "-c", script],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, env=dict(os.environ, BOUNDBY=live.BOUNDBY))
    return live.Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_missing_capabilities():
    problems = live.Problems()
    with live.Workload("cpu") as target:
        for missing, named in (("cap_bpf,cap_sys_admin", "CAP_BPF"),
                               ("cap_perfmon,cap_sys_admin", "CAP_PERFMON"),
                               ("cap_bpf,cap_perfmon,cap_sys_admin", "CAP_BPF")):
            result = without(missing, target.pid)
            problems.case(missing, result.expect_error, PERMISSION, named)
        for spare in ("cap_sys_admin", "cap_bpf", "cap_perfmon", "cap_sys_ptrace",
                      "cap_sys_resource,cap_ipc_lock", "cap_sys_admin,cap_sys_ptrace",
                      "cap_dac_override,cap_dac_read_search"):
            result = without(spare, target.pid)
            problems.case(f"only {spare} missing", check_reports, result, target.pid)
    problems.end()


def check_reports(result, pid):
    report = result.report()
    live.check_sums(report, {pid: {pid}})
    live.expect(live.process(report, pid)["time"]["on_cpu_ns"] > 0, "it saw nothing")
    return report


def test_capabilities_that_suffice():
    """The rights that the error message asks for are sufficient, without root."""
    grant = "+bpf,+perfmon"
    through = (live.tool("setpriv"), "--reuid", "65534", "--clear-groups", "--inh-caps", grant,
               "--ambient-caps", grant, "--")
    with live.Workload("cpu") as target:
        result = live.run("attach", "-p", target.pid, "-d", 1, "--json", through=through)
        report = check_reports(result, target.pid)
    live.expect(report["capture"]["overhead"]["bpf_run_ns"] is None,
                "without CAP_SYS_ADMIN the run time cannot be known: null")


# ---- kernels and mounts ---------------------------------------------------------------------------
def in_mounts(script, pid, seconds=1):
    """Runs boundby after a script, as root in a private mount namespace."""
    probe = subprocess.run([live.tool("unshare"), "-m", "true"], stderr=subprocess.PIPE, check=False)
    if probe.returncode:
        raise live.Skip(f"no private mounts here: {probe.stderr.decode().strip()}")
    return live.shell(f"exec unshare -m sh -c '{script} && exec \"$BOUNDBY\" attach -p {pid} "
                      f"-d {seconds} --json'")


def test_no_btf():
    with live.Workload("cpu") as target:
        in_mounts("mount -t tmpfs none /sys/kernel/btf", target.pid).expect_error(KERNEL, "BTF")


def test_lockdown():
    """Lockdown cannot be undone, so its file alone is played."""
    with live.Workload("cpu") as target:
        if not os.path.isdir("/sys/kernel/security"):
            raise live.Skip("no /sys/kernel/security")
        for state, status in (("none integrity [confidentiality]", KERNEL),
                              ("none [integrity] confidentiality", 0)):
            result = in_mounts("mount -t tmpfs none /sys/kernel/security && "
                               f"echo \"{state}\" >/sys/kernel/security/lockdown", target.pid)
            if status:
                result.expect_error(status, "lockdown")
            else:
                check_reports(result, target.pid)


def test_without_tracefs_and_bpffs():
    script = ("mount --make-rprivate / && for m in $(while read -r _ where kind _; do case $kind in "
              "tracefs|bpf|debugfs) echo $where;; esac; done </proc/self/mounts); do "
              "umount -l $m 2>/dev/null || :; done && "
              "! grep -E \" (tracefs|bpf|debugfs) \" /proc/self/mounts >&2")
    with live.Workload("cpu") as target:
        check_reports(in_mounts(script, target.pid), target.pid)


def test_memlock():
    with live.Workload("cpu") as target:
        for limit in (64, 0):
            result = live.shell(f'ulimit -l {limit}; exec "$BOUNDBY" attach -p {target.pid} -d 1 '
                                '--json')
            check_reports(result, target.pid)


def test_few_descriptors():
    """Too few open files: one sentence, not a half report."""
    with live.Workload("cpu") as target:
        result = live.shell(f'ulimit -n 12; exec "$BOUNDBY" attach -p {target.pid} -d 1 --json')
        result.expect_error(1)


# ---- words --------------------------------------------------------------------------------------
def test_usage():
    problems = live.Problems()
    with live.Workload("sleeper") as target:
        pid = str(target.pid)
        for arguments in (
                ["-p", pid, "-d", "0"], ["-p", pid, "-d", "-1"], ["-p", pid, "-d", "abc"],
                ["-p", pid, "-d", "10x"], ["-p", pid, "-d", ""], ["-p", pid, "-d", "1e99"],
                ["-p", pid, "-d", "nan"], ["-p", pid, "-d", "inf"], ["-p", pid, "-d", "0x10"],
                ["-p", pid, "-d", "999999999999999999999"], ["-p", pid, "-d", " 1"],
                ["-p", pid, "-d", "1 s"], ["-p", pid, "-d", "0ms"], ["-p", pid, "-d"],
                ["-p", pid, "-i", "0"], ["-p", pid, "-i", "x"], ["-p", pid, "-d", "1", "-i", "2"],
                ["-n", ""], ["-n", "a-name-longer-than-any"], ["-p", ""], ["-p", "abc"],
                ["-p", "0"], ["-p", "-5"], ["-p", "12x"], ["-p", "1,"], ["-p", "99999999999999"],
                ["-p", f"{pid},x"], ["-t", "x"], ["-t", "0"], ["-t", ""], ["-c", ""],
                ["-c", "/nonexistent"], ["-c", "/etc/passwd"], ["-p"], [],
                ["-a", "-p", pid], ["-p", pid, "--depth", "x"], ["-p", pid, "--stall", "x"],
                ["-p", pid, "--set", "x"], ["-p", pid, "--set", "x=1"],
                ["-p", pid, "--set", "io-ratio=x"], ["-p", pid, "--set", "io-ratio="],
                ["-p", pid, "--fail-on", "nonsense"], ["-p", pid, "--fail-on", ""],
                ["-p", pid, "--nonsense"], ["-p", pid, "-Z"], ["-p", pid, "extra"],
                ["-p", pid, "--json=yes"]):
            result = live.run("attach", *arguments)
            problems.case(" ".join(["attach", *map(repr, arguments)]), result.expect_error, USAGE)
        for arguments in (["nonsense"], ["--nonsense"], ["0"], ["-1"], ["12x"], [""],
                          [pid, "x"], [pid, "0"], ["run"], ["run", "--"], ["run", "-p", pid, "--", "true"],
                          ["explain", "nonsense"], ["explain", "cpu-bound", "idle"],
                          ["check", "extra"], ["check", "-p", pid], ["report"], ["record"]):
            result = live.run(*arguments)
            problems.case(" ".join(["boundby", *map(repr, arguments)]), result.expect_error, USAGE)
    problems.end()


def test_name_and_cgroup_without_process():
    live.run("attach", "-n", "no-such-name", "-d", 1).expect_error(NO_TARGET, "no-such-name")
    with live.Cgroup("empty") as group:
        live.run("attach", "-c", group.path, "-d", 1).expect_error(NO_TARGET, group.path)


def test_odd_bytes_in_words():
    """What a user typed is shown without raw control bytes."""
    result = live.run("attach", "-n", "\x1b[31mred", "-d", 1)
    result.expect_error(NO_TARGET)
    live.expect("\x1b" not in result.err, f"an escape reaches the terminal: {result.err!r}")


# ---- outputs --------------------------------------------------------------------------------------
def test_stdout_closed():
    problems = live.Problems()
    with live.Workload("cpu") as target:
        watching = f"attach -p {target.pid} -d 300ms"
        for words in (watching, watching + " --json", "explain", "check", "-V", "--help"):
            for where in (">&-", ">/dev/full"):
                result = live.shell(f'"$BOUNDBY" {words} {where}')
                problems.case(f"{words} {where}", result.expect_error, 1)
            problems.case(f"{words} into a pipe without reader", live.run_without_reader,
                          *words.split())
        for words in ("help --man", "completion bash", f"watch -p {target.pid} -i 1",
                      f"watch -p {target.pid} -i 1 --json", f"attach -p {target.pid} -i 300ms -j"):
            problems.case(f"{words} into a pipe without reader", live.run_without_reader,
                          *words.split())
    problems.end()


def test_all_descriptors_closed():
    """Maps and rings must not take the numbers of the standard descriptors."""
    with live.Workload("cpu") as target:
        result = live.shell(f'"$BOUNDBY" attach -p {target.pid} -d 300ms --json <&- >&- 2>&-')
        live.expect(result.status == 1, lambda: f"expected exit 1: {result!r}")
        result = live.shell(f'"$BOUNDBY" attach -p {target.pid} -d 300ms --json <&- 2>&-')
        live.expect(result.status in (0, 6), lambda: f"expected a report: {result!r}")
        live.check_sums(result.json(), {})


# ---- ends that come too early -------------------------------------------------------------------
def test_signals_end_with_report():
    problems = live.Problems()
    for number in (signal.SIGINT, signal.SIGTERM):
        problems.case(f"{number.name} during", signal_during, number)
        problems.case(f"{number.name} at once", signal_at_once, number)
    problems.end()


def signal_during(number):
    with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", 30,
                                                     "--json") as boundby:
        boundby.wait_attached()
        time.sleep(1.5)
        sent = time.monotonic()
        boundby.proc.send_signal(number)
        result = boundby.end(20)
        took = time.monotonic() - sent
    live.expect(took < 2, f"it took {took:.1f} s to end")
    report = check_early_end(result, target.pid)
    live.expect(1.2e9 < report["capture"]["duration_ns"] < 3e9,
                f"the window is {report['capture']['duration_ns']} ns after 1.5 s")


def signal_at_once(number):
    """As soon as the signal is caught: whatever of a report there is, and its status."""
    with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", 30,
                                                     "--json") as boundby:
        def caught():
            for line in (live.read_text(f"/proc/{boundby.proc.pid}/status") or "").splitlines():
                if line.startswith("SigCgt:"):
                    return int(line.split()[1], 16) >> (number - 1) & 1
            return False
        live.wait_for(caught, 5, "boundby catches the signal")
        boundby.proc.send_signal(number)
        result = boundby.end(20)
    check_early_end(result, target.pid)


def bpf_ids_alive():
    """Kernel numbers of all programs, maps and links there are."""
    found = {}
    for key, kind in (("prog_id", "prog"), ("map_id", "map"), ("link_id", "link")):
        out = subprocess.run([live.tool("bpftool"), "-j", kind, "show"], stdout=subprocess.PIPE,
                             timeout=30, check=True).stdout
        found[key] = {row["id"] for row in json.loads(out or b"[]")}
    return found


def test_kill_leaves_nothing():
    """kill -9 while attached: within 2 s no program, map or link of it is left."""
    with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", 30) as boundby:
        boundby.wait_attached()
        time.sleep(0.5)
        held = boundby.bpf_ids()
        live.expect(all(held.values()), f"it holds no programs, maps or links: {held}")
        there = bpf_ids_alive()
        live.expect(all(held[key] <= there[key] for key in held), "bpftool does not show them")
        boundby.proc.kill()
        boundby.proc.wait()
        live.wait_for(lambda: all(held[key].isdisjoint(ids) for key, ids in bpf_ids_alive().items()),
                      2, "nothing of it is in the kernel")
        live.expect(target.proc.poll() is None, "the target has ended")


def test_end_leaves_nothing():
    with live.Workload("cpu") as target, live.Attach("attach", "-p", target.pid, "-d", 1) as boundby:
        boundby.wait_attached()
        held = boundby.bpf_ids()
        live.expect(boundby.end().status == 0, "no report")
        live.wait_for(lambda: all(held[key].isdisjoint(ids) for key, ids in bpf_ids_alive().items()),
                      2, "nothing of it is in the kernel")


def test_target_is_left_alone():
    """Not stopped, not signalled, not traced: its own signals and state show nothing."""
    with live.Workload("cpu", 2) as target, live.Attach("attach", "-p", target.pid, "-d", 2,
                                                        "--json") as boundby:
        boundby.wait_attached()
        while boundby.proc.poll() is None:
            live.expect(live.state_letter(target.pid) not in "tTZ", "the target was stopped")
            status = live.read_text(f"/proc/{target.pid}/status")
            live.expect("\nTracerPid:\t0\n" in status, "the target is traced")
            time.sleep(0.02)
        boundby.end().report()


def test_memory_is_private():
    """A process that holds other users' stacks: no core file, and /proc/PID belongs to root."""
    proc = subprocess.Popen(["setpriv", "--reuid=65533", "--clear-groups", live.BOUNDBY, "report",
                             "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while True:
            with open(f"/proc/{proc.pid}/comm", encoding="ascii") as file:
                if file.read() == "boundby\n":
                    break
            live.expect(time.monotonic() < deadline, "it did not start")
            time.sleep(0.01)
        time.sleep(0.2)
        with open(f"/proc/{proc.pid}/limits", encoding="ascii") as file:
            limit = next(line for line in file if line.startswith("Max core file size"))
        live.expect(limit.split()[4] == "0", limit)
        live.expect(os.stat(f"/proc/{proc.pid}/environ").st_uid == 0, "its owner may read its memory")
    finally:
        proc.kill()
        proc.communicate()
