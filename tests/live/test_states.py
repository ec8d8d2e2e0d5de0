# SPDX-License-Identifier: GPL-2.0-or-later
"""Each state of the ledger by a workload that is in it by construction: at least 90 % of what the
measured thread waits for stands under that name; and threads and processes that come, go, move
and change are all there."""
import os
import signal
import time

import live

MS = 1000000


def dominates(state, *workload, seconds=2, whole=False, every_thread=False, call=None):
    """whole: the state is the entire window, to the nanosecond."""
    with live.Workload(*workload) as target:
        lived = live.Lived(target.pid)
        report, truth = live.attach_sampled(target, seconds)
        live.check_sums(report, lived.throughout())
        wait = truth.inside("wait", report) if "wait" in truth.names() else None
        numbers = sorted(lived.throughout()[target.pid]) if every_thread else [target.pid]
    for tid in numbers:
        time_ = live.thread(report, target.pid, tid)["time"]
        blocked = live.blocked_ns(time_)
        mine, waiting = blocked.get(state, 0), sum(blocked.values())
        live.expect(waiting > 0, f"thread {tid} never waited: {time_}")
        live.expect(mine >= 0.9 * waiting,
                    f"thread {tid}: {state} is {mine / waiting:.1%} of its waiting: {blocked}")
        if whole:
            live.expect(mine == time_["wall_ns"] == report["capture"]["duration_ns"],
                        f"thread {tid} is not in {state} for the entire window: {time_}")
    if wait is not None:
        # its clock runs from before the wait to after it: wakeup and switches are inside
        live.expect_close(mine + live.runnable_ns(time_), wait, 0.02, f"{state} and runnable")
    if call:
        rows = [row for row in live.process(report, target.pid)["io"] if row["kind"] == state]
        live.expect(rows and rows[0]["call"] in call,
                    f"the longest wait in {state} is in {rows and rows[0]['call']}, not in {call}")
    return report, live.process(report, target.pid)


def peer(row, state):
    return next(line for line in row["io"] if line["kind"] == state)["peer"]


def test_client_network():
    report, row = dominates("network", "client", call=("read",))
    live.expect((peer(row, "network") or "").startswith("127.0.0.1:"),
                lambda: f"the peer is not shown: {row['io'][:2]}")
    line = next(line for line in row["io"] if line["kind"] == "network")
    live.expect_close(line["wait_ns"], row["time"]["blocked_ns"]["network"], 0.01,
                      "waits by place against the ledger")
    live.expect(20 * MS <= line["max_ns"] < report["capture"]["duration_ns"],
                f"longest of many waits for 20 ms: {line['max_ns']}")


def test_accepting_request():
    dominates("request", "accepting", whole=True, call=("accept", "accept4"))


def test_accepted_read_request():
    dominates("request", "accepted_read", call=("read",))


def test_accepted_read_after_listening_request():
    """A connection stays accepted when its listener is closed."""
    dominates("request", "accepted_read", 1, call=("read",))


def test_listened_before_network():
    """A port is a listener's for as long as one listens there, and not for ever."""
    with live.Workload("listened_before") as target:
        time_ = live.thread(live.attach(target.pid, 3), target.pid)["time"]
        blocked = live.blocked_ns(time_)
        live.expect(blocked.get("network", 0) > live.SECOND and "request" not in blocked,
                    f"it connected, and waits for answers: {blocked}")


def test_pipe_pingpong_ipc():
    dominates("ipc", "pipe_pingpong", every_thread=True, call=("read",))


def test_pipe_pingpong_pin_ipc():
    dominates("ipc", "pipe_pingpong", "pin", every_thread=True)


def test_disk_read_disk():
    dominates("disk", "disk_read", call=("pread64",))


def test_fsync_disk():
    dominates("disk", "fsync", call=("fsync",))


def test_sleeper_sleep():
    dominates("sleep", "sleeper", call=("nanosleep", "clock_nanosleep"))


def test_waiter_child():
    dominates("child", "waiter", whole=True, call=("wait4",))


def test_page_fault():
    dominates("page_fault", "page_fault")


def test_futex_wait_condition():
    dominates("condition", "futex_wait", whole=True, every_thread=True, call=("futex",))


def test_poll_idle():
    dominates("poll_idle", "poll_idle", call=("epoll_wait", "epoll_pwait"))


def test_poll_client_epoll():
    dominates("poll_io", "poll_client", call=("epoll_wait", "epoll_pwait"))


def test_poll_client_poll():
    dominates("poll_io", "poll_client", "poll", call=("poll", "ppoll"))


def test_poll_of_one_network():
    """A poll of one connection is a read with a timeout, not the wait of a loop."""
    dominates("network", "poll_client", "one", call=("poll", "ppoll"))


def test_poll_client_select():
    dominates("poll_io", "poll_client", "select", call=("select", "pselect6"))


def test_eventfd_ipc():
    dominates("ipc", "eventfd_wait", call=("read",))


def test_timerfd_sleep():
    dominates("sleep", "timerfd_wait", call=("read",))


def test_unix_wait_ipc():
    dominates("ipc", "unix_wait", call=("read",))


def test_tty_wait_request():
    dominates("request", "tty_wait", call=("read",))


def test_udp_query_network():
    _, row = dominates("network", "udp_query", call=("recvfrom",))
    live.expect((peer(row, "network") or "").startswith("127.0.0.1:"), "the peer is not shown")


def test_flock_lock():
    dominates("lock", "flock_wait", call=("flock",))


def test_execs_child():
    dominates("child", "execs", call=("wait4", "vfork", "clone", "clone3"))


# ---- asleep before attach and throughout --------------------------------------------------------
def test_asleep_read():
    _, row = dominates("ipc", "asleep", whole=True, call=("read",))
    live.expect(row["switches"]["voluntary"] == row["switches"]["involuntary"] == 0,
                lambda: f"it did not switch: {row['switches']}")


def test_asleep_nanosleep():
    dominates("sleep", "asleep", "nanosleep", whole=True, call=("nanosleep", "clock_nanosleep"))


def test_asleep_poll():
    dominates("poll_idle", "asleep", "poll", whole=True, call=("poll", "ppoll"))


def test_asleep_for_a_signal():
    """Waits for a signal are other, with the call's name; they are rest, and the text says it."""
    for how, calls in (("pause", ("pause", "rt_sigsuspend", "ppoll")),
                       ("sigwait", ("rt_sigtimedwait",)), ("signalfd", ("read",))):
        _, row = dominates("other", "asleep", how, seconds=1, whole=True, call=calls)
        live.expect(row["unattributed_ns"] == 0, f"{how}: {row['unattributed_ns']} ns unattributed")
    with live.Workload("asleep", "sigwait") as target:
        said = live.run("attach", "-p", target.pid, "-d", 1).out
    live.expect(" 100 % other (signal)\n" in said, said)


def test_sleepers():
    with live.Workload("sleepers", 1000) as target:
        lived = live.Lived(target.pid)
        report = live.attach(target.pid, 2)
        live.check_sums(report, lived.throughout())
        rows = live.process(report, target.pid)["threads"]
        sleeping = sum(row["time"]["blocked_ns"]["sleep"] == row["time"]["wall_ns"] for row in rows)
        live.expect(len(rows) == 1000, f"{len(rows)} rows of 1000 threads")
        live.expect(sleeping == 500, f"{sleeping} threads are wholly in sleep, 500 are in nanosleep")


# ---- stopped --------------------------------------------------------------------------------------
def test_stop_within():
    """Stopped for 1 s of the window: stopped, not runnable, and the rest on CPU."""
    stopped = []

    def stop_for_a_second():
        time.sleep(0.7)
        begun = time.monotonic_ns()
        os.kill(target.pid, signal.SIGSTOP)
        live.wait_for(lambda: live.state_letter(target.pid) == "T", 5, "the workload is stopped")
        time.sleep(1)
        os.kill(target.pid, signal.SIGCONT)
        stopped.append(time.monotonic_ns() - begun)

    with live.Workload("stop") as target:
        report = live.attach(target.pid, 4, beside=stop_for_a_second)
        live.check_sums(report, {target.pid: {target.pid}})
    time_ = live.thread(report, target.pid)["time"]
    blocked = live.blocked_ns(time_)
    live.expect(sum(blocked.values()) and
                blocked.get("stopped", 0) >= 0.99 * sum(blocked.values()),
                f"waits are not all stopped: {blocked}")
    # from the signal to its effect passes a moment, on either side
    live.expect_close(blocked["stopped"], stopped[0], 0, "stopped", 15 * MS)


def test_stop_before():
    """Stopped before attach and throughout."""
    with live.Workload("stop") as target:
        os.kill(target.pid, signal.SIGSTOP)
        live.wait_for(lambda: live.state_letter(target.pid) == "T", 5, "the workload is stopped")
        report = live.attach(target.pid, 2)
        live.check_sums(report, {target.pid: {target.pid}})
        os.kill(target.pid, signal.SIGCONT)
    time_ = live.thread(report, target.pid)["time"]
    live.expect(time_["blocked_ns"]["stopped"] == time_["wall_ns"], f"not wholly stopped: {time_}")


# ---- threads that come, go and move -----------------------------------------------------------
def test_histogram():
    """Sleeps of 2 ms and a little lie between 2^20 and 2^22 ns."""
    with live.Workload("sleeper") as target:
        report = live.attach(target.pid, 2)
    row = live.thread(report, target.pid)["waits"]["sleep"]
    live.expect(row["count"] > 500, f"only {row['count']} sleeps")
    live.expect(sum(row["histogram_log2_ns"][20:22]) >= 0.97 * row["count"],
                f"of {row['count']} sleeps of 2 ms: {row['histogram_log2_ns']}")


def test_many_states():
    """More wait states than a ledger has room for histograms of: each has its own, and is whole."""
    with live.Workload("many_states") as target:
        report, truth = live.attach_sampled(target, 2)
    rounds = truth.inside("rounds", report)
    waits = live.thread(report, target.pid)["waits"]
    live.expect(rounds > 50, f"only {rounds} rounds")
    for state in ("sleep", "poll_idle", "condition", "child", "other"):
        row = waits.get(state)
        live.expect(row is not None, f"no {state}: {sorted(waits)}")
        # one may be in flight at either end of the window
        live.expect(abs(row["count"] - rounds) <= 2, f"{row['count']} {state}, {rounds} rounds")
        live.expect(abs(sum(row["histogram_log2_ns"]) - row["count"]) <= 1,
                    f"{state}, {row['count']} waits: {row['histogram_log2_ns']}")
    live.expect(not report["capture"]["lost"].get("map_full"),
                f"lost: {report['capture']['lost']}")


def test_churn():
    with live.Workload("churn", 200) as target:
        report, truth = live.attach_sampled(target, 4)
        live.check_sums(report, {target.pid: {target.pid}})
    row = live.process(report, target.pid)
    seen = sum(line["count"] for line in row["threads"]) - 1  # the first lives throughout
    created = truth.inside("created", report)
    problems = live.Problems()
    problems.case("threads", live.expect_close, seen, created, 0.02, "born and gone")
    problems.case("on_cpu", live.expect_close, row["time"]["on_cpu_ns"],
                  truth.inside("process_cpu", report), 0.05, "of all threads")
    brief = sum(line["time"]["on_cpu_ns"] for line in row["threads"] if line["exited"])
    problems.case("computing", live.expect, brief >= 0.98 * created * MS,
                  f"{created:.0f} threads computed 1 ms each, {brief} ns seen")
    problems.end()
    live.expect(len(row["threads"]) < 20, f"{len(row['threads'])} rows: ended ones are not merged")


def test_hopper():
    with live.Workload("hopper") as target:
        report, truth = live.attach_sampled(target, 3)
        live.check_sums(report, {target.pid: {target.pid}})
    switches = live.thread(report, target.pid)["switches"]
    hops = truth.inside("hops", report)
    live.expect(hops > 100, f"it hopped {hops:.0f} times")
    live.expect_close(switches["migrations"], hops, 0.01, "migrations", 2)
    live.expect(not report["capture"]["lost"]["clock"], "the clock stepped back between CPUs")


def test_switch_counts():
    """Voluntary and involuntary switches against /proc/PID/status, around a steady program."""
    def switches(pid):
        rows = dict(line.split(":", 1) for line in live.read_text(f"/proc/{pid}/status").splitlines())
        return int(rows["voluntary_ctxt_switches"]), int(rows["nonvoluntary_ctxt_switches"])

    with live.Workload("client") as target:
        rows = []

        def note():
            rows.append((time.time_ns(), switches(target.pid)))

        note()
        report = live.attach(target.pid, 3)
        note()
    (from_ns, before), (to_ns, after) = rows
    start, end = live.window(report)
    rate = (after[0] - before[0]) / (to_ns - from_ns)
    found = live.thread(report, target.pid)["switches"]
    live.expect_close(found["voluntary"], rate * (end - start), 0.02, "voluntary switches", 2)
    live.expect(found["involuntary"] <= after[1] - before[1],
                f"{found['involuntary']} involuntary, the kernel counts {after[1] - before[1]}")
    live.expect(found["in_same_process"] == 0, "there is no other thread in its process")


# ---- processes that come, go and change -------------------------------------------------------
def tree_lines(lines):
    for line in lines:
        words = line.split()
        if words and words[0] == "process":
            yield tuple(map(int, words[1:]))


def test_met_while_switching():
    """Two threads switch every few microseconds while their ledgers are made: both are whole."""
    problems = live.Problems()
    with live.Workload("pipe_pingpong", "pin") as target:
        for at in range(40):
            report = live.run("attach", "-p", target.pid, "-d", "100ms", "--json").json()
            problems.case(f"attach {at}", live.check_sums, report,
                          {target.pid: live.tids(target.pid)})
    problems.end()


def test_forktree():
    with live.Workload("forktree") as target:
        report = live.attach(target.pid, 3)
        live.check_sums(report, {target.pid: {target.pid}})
        lines = target.finish()
    start, end = live.window(report)
    rows = {row["pid"]: row for row in report["processes"]}
    problems, whole = live.Problems(), 0
    for pid, ppid, born, ended in tree_lines(lines):
        if born < start + 5 * MS or ended > end - 5 * MS:
            continue
        whole += 1
        problems.case(f"process {pid}", check_child, rows.get(pid), ppid, ended - born)
    live.expect(whole >= 60, f"only {whole} processes of the tree lived in the window")
    live.expect(rows[target.pid]["ppid"] == os.getpid(), "the first one's parent is this test")
    problems.end()


def test_forks_while_attaching():
    """Children forked between the listing of the targets and the first scan of their threads; more
    frequent on a loaded host, where that takes longer."""
    seen = 0
    with live.Workload("cpu", 3), live.Workload("forktree") as target:
        reports = [live.attach(target.pid, 1) for _ in range(8)]
        children = list(tree_lines(target.finish()))
    for report in reports:
        start, end = live.window(report)
        rows = {row["pid"] for row in report["processes"]}
        inside = [pid for pid, _, born, ended in children if start + 5 * MS < born and
                  ended < end - 5 * MS]
        seen += len(inside)
        missing = [pid for pid in inside if pid not in rows]
        live.expect(not missing, f"{missing} are missing")
    live.expect(seen > 50, f"only {seen} lived within: too few to be a test")


def check_child(row, ppid, most_ns):
    live.expect(row, "is missing")
    live.expect(row["ppid"] == ppid, f"ppid is {row['ppid']}, its parent is {ppid}")
    live.expect(row["comm"] == "forktree", f"comm is {row['comm']!r}")
    live.expect(row["born"] and row["exited"], "was born and ended in the window")
    live.expect(row["time"]["wall_ns"] <= most_ns, f"lived {row['time']['wall_ns']} of {most_ns} ns")
    live.expect(row["time"]["on_cpu_ns"] + live.runnable_ns(row["time"]) >= 5 * MS,
                f"computed for 5 ms, seen {row['time']}")


def test_no_children():
    with live.Workload("forktree") as target:
        report = live.attach(target.pid, 1, "--no-children")
        live.check_sums(report, {target.pid: {target.pid}})
    live.expect([row["pid"] for row in report["processes"]] == [target.pid],
                lambda: f"{len(report['processes'])} processes with --no-children")


def test_execs():
    """Each child is /bin/true by the time it ends."""
    with live.Workload("execs") as target:
        report, truth = live.attach_sampled(target, 2)
        live.check_sums(report, {target.pid: {target.pid}})
    children = [row for row in report["processes"] if row["pid"] != target.pid]
    live.expect_close(sum(row["count"] for row in children), truth.inside("children", report), 0.02,
                      "children", 2)
    whole = [row for row in children if row["born"] and row["exited"] and row["count"] == 1]
    wrong = [row for row in whole if row["comm"] != "true" or row["execs"] != 1 or
             row["ppid"] != target.pid]
    live.expect(whole and not wrong, lambda: f"{len(wrong)} of {len(whole)} children are wrong: "
                f"{[(row['comm'], row['execs'], row['ppid']) for row in wrong[:3]]}")


def exec_in_place(*how):
    with live.Workload("exec_in_place", *how, seconds=5) as target:
        report = live.attach(target.pid, 4)
        live.check_sums(report, {})
    live.expect(len(report["processes"]) == 1, f"{len(report['processes'])} processes of one")
    row = live.process(report, target.pid)
    live.expect(row["comm"] == "exe", f"comm is {row['comm']!r} after the exec, not 'exe'")
    live.expect(row["execs"] == 1, f"{row['execs']} execs")
    live.expect(not row["exited"], "it lives on")
    return report, row


def test_exec_in_place():
    report, _ = exec_in_place()
    report_thread = live.process(report, report["processes"][0]["pid"])["threads"]
    live.expect(len(report_thread) == 1, f"{len(report_thread)} threads of one")
    live.expect(report_thread[0]["time"]["wall_ns"] == report["capture"]["duration_ns"],
                "the thread that execs goes on")


def test_exec_in_thread():
    """The thread that execs takes over the first one's number; it lived throughout."""
    report, row = exec_in_place("thread")
    living = [line for line in row["threads"] if not line["exited"]]
    live.expect(len(living) == 1, f"{len(living)} threads live after the exec")
    live.expect(living[0]["tid"] == row["pid"], f"its number is {living[0]['tid']}")
    live.expect(living[0]["time"]["wall_ns"] == report["capture"]["duration_ns"],
                f"the thread that execs goes on: {living[0]['time']['wall_ns']}")


# ---- quota --------------------------------------------------------------------------------------
def test_quota():
    with live.Cgroup("quota", controller="cpu") as group:
        group.set_quota(0.2)
        with live.Workload("quota", group=group) as target:
            time.sleep(0.3)
            report, truth = live.attach_sampled(target, 5, group=group)
            live.check_sums(report, {target.pid: {target.pid}})
    time_ = live.thread(report, target.pid)["time"]
    throttled = truth.inside("throttled", report)
    window = report["capture"]["duration_ns"]
    live.expect(0.7 * window < throttled < 0.9 * window,
                f"cpu.stat says {throttled / window:.1%} throttled, a quota of 20 % makes 80 %")
    live.expect(time_["runnable_ns"]["throttled"] is not None, "throttled is null")
    live.expect_close(time_["runnable_ns"]["throttled"], throttled, 0.1, "throttled")
    live.expect(report["verdict"]["class"] == "cpu-starved",
                f"class is {report['verdict']['class']}")
    live.expect(any(row["kind"] == "throttling" for row in report["verdict"]["findings"]),
                lambda: f"no finding of throttling: {report['verdict']['findings']}")
