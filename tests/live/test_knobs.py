# SPDX-License-Identifier: GPL-2.0-or-later
"""Runtime settings changed while the programs run: detail, pauses, bursts of depth syscalls. The
ledger always closes; what was not measured is unobserved or reported as dropped."""
import json
import os
import signal
import subprocess
import time

import live

STATES = ("unobserved", "on_cpu", *live.RUNNABLE, *live.BLOCKED)
DETAILS = ("stacks", "wakers", "histograms", "continuous")
STACKS, WAKERS, HISTOGRAMS, ALL = 1, 2, 4, 7
STORAGE_NULL, UNMATCHED = 2, 6
WINDOW_MS = 400
SETTLE_NS = 60000000  # a pause begins and ends by hand, after a window has been read


def start(pid, *steps, window_ms=WINDOW_MS, threads_max=0):
    path = os.path.join(live.BUILD, "live", "knobs")
    live.expect(os.access(path, os.X_OK), f"{path} is missing: run make test-build")
    return subprocess.Popen([path, str(pid), str(window_ms), *steps], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env=dict(os.environ, KNOBS_THREADS_MAX=str(threads_max)))


def rows_of(process):
    """What a started one prints at each snapshot."""
    out, err = process.communicate(timeout=60)
    live.expect(process.returncode == 0, f"knobs failed: {err}")
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        live.expect(row.get("result", 0) == 0, f"{row.get('step')} gave {row.get('result')}")
    return rows


def turn(pid, *steps, window_ms=WINDOW_MS):
    """The sums at each boundary, the knobs having been turned behind each."""
    rows = rows_of(start(pid, *steps, window_ms=window_ms))
    check(rows)
    return rows


def check(rows):
    """What holds whatever is turned."""
    problems, before = [], {}
    for number, row in enumerate(rows):
        for thread in row["threads"]:
            name = f"boundary {number}, thread {thread['tid']}"
            if sum(thread["ns"]) != thread["end"] - thread["start"]:
                problems.append(f"{name}: states sum to {sum(thread['ns'])}, "
                                f"it lived {thread['end'] - thread['start']}")
            if not thread["exited"] and thread["end"] != row["at"]:
                problems.append(f"{name}: closed at {thread['end']}, not at {row['at']}")
            last = before.get(thread["id"], [0] * len(STATES))
            shrunk = [STATES[s] for s in range(len(STATES)) if thread["ns"][s] < last[s]]
            # a correction of the last switch takes from the wait before, never across a boundary
            if shrunk:
                problems.append(f"{name}: {shrunk} shrank")
            before[thread["id"]] = thread["ns"]
        if not live.hides_switches():
            lost = {n: count for n, count in enumerate(row["lost"]) if count}
            if lost or row["hidden"]:
                problems.append(f"boundary {number}: lost {lost}, hidden {row['hidden']}")
    live.expect(not problems, lambda: "; ".join(problems[:6]) + f" ({len(problems)} in all)")


def windows(rows):
    """(step that began it, length, {tid: {state: ns}}) for threads that lived throughout."""
    for first, last in zip(rows, rows[1:]):
        old = {thread["id"]: thread for thread in first["threads"] if not thread["exited"]}
        yield first.get("step"), last["at"] - first["at"], {
            thread["tid"]: dict(zip(STATES, (b - a for a, b in zip(old[thread["id"]]["ns"],
                                                                   thread["ns"]))))
            for thread in last["threads"] if thread["id"] in old and not thread["exited"]}


def check_paused(rows, of_main):
    """Windows in a pause are unobserved, the others are not; of_main(shares) checks the latter."""
    paused, problems = False, live.Problems()
    for number, (step, length, threads) in enumerate(windows(rows)):
        paused = {"pause": True, "go": False}.get(step, paused)
        turned = step in ("pause", "go")
        for tid, states in threads.items():
            seen = length - states["unobserved"]
            if paused:
                problems.case(f"window {number}, thread {tid}", live.expect,
                              seen <= (SETTLE_NS if turned else 0), f"{seen} ns seen in a pause")
            else:
                problems.case(f"window {number}, thread {tid}", live.expect,
                              states["unobserved"] <= (SETTLE_NS if turned else 0),
                              f"{states['unobserved']} of {length} ns unobserved, step {step}")
        if not paused and threads:
            whole = {state: sum(states[state] for states in threads.values()) for state in STATES}
            observed = sum(whole.values()) - whole["unobserved"]
            problems.case(f"window {number}", of_main,
                          {state: ns / observed for state, ns in whole.items()}, len(threads))
    problems.end()


STEPS = ("-", "pause", "-", "go", "-", "pause", "go", "pause", "go", "-")


def expect_share(state, least):
    def look(shares, _):
        # a machine with other work lets it wait for a CPU
        share = shares[state] + shares["wakeup"] + shares["preempted"]
        live.expect(share >= least, f"{state} is {shares[state]:.3f}, not {least}: "
                    f"{ {s: round(v, 3) for s, v in shares.items() if v > 0.001} }")
    return look


def pause_of(state, least, *workload):
    with live.Workload(*workload) as target:
        check_paused(turn(target.pid, *STEPS), expect_share(state, least))


def test_pause_on_cpu():
    """It computes throughout: no switch marks the end of the pause."""
    def look(shares, _):
        share = sum(shares[state] for state in ("on_cpu", "wakeup", "preempted"))
        live.expect(share > 0.99, f"{share:.3f} of the time is running or ready")
    with live.Workload("cpu", 1) as target:
        check_paused(turn(target.pid, *STEPS), look)


@live.slow
def test_pause_sleeps_on():
    """Asleep from before the pause until after it: no hook ever fires."""
    pause_of("sleep", 0.99, "asleep", "nanosleep")


@live.slow
def test_pause_polls_on():
    pause_of("poll_idle", 0.95, "poll_idle")


@live.slow
def test_pause_network():
    pause_of("network", 0.90, "client")


@live.slow
def test_pause_pingpong():
    with live.Workload("pipe_pingpong", "pin") as target:
        check_paused(turn(target.pid, *STEPS), lambda shares, _: None)


def test_pause_lock():
    """A wait at a mutex that goes on is still one when its memory cannot be read."""
    pause_of("lock", 0.20, "lock", "mutex", 4, 50000)


@live.slow
def test_pause_waits():
    """Rows of waits hold what the ledger does, cut at pauses as it is."""
    with live.Workload("client") as target:
        rows = turn(target.pid, *STEPS)
        at = STATES.index("network")
        main = [thread for row in rows for thread in row["threads"] if thread["tid"] == target.pid]
        live.expect(len(main) == len(rows), "the main thread is missing somewhere")
        ledger = main[-1]["ns"][at] - main[0]["ns"][at]
        # a wait in progress at the start of the window is counted from there
        got = rows[-1]["wait_ns"][at] - rows[0]["wait_ns"][at] + rows[-1]["open_ns"][at]
        live.expect_close(got, ledger, 0.01, "ns of waits on the network", 2000000)


def test_pause_births():
    """Started and exited during a pause: each is reported."""
    live.hides_switches()  # measured once, for 3 s: not while the workload counts
    with live.Workload("churn", 300) as target:
        before = target.truth()["ended"]
        rows = turn(target.pid, *STEPS)
        lived = {thread["id"]: thread for row in rows for thread in row["threads"]}
        gone = sum(thread["exited"] for thread in lived.values())
        ended = target.truth()["ended"] - before
        live.expect(gone <= ended and gone > 0.8 * ended * sum(
            length for _, length, _ in windows(rows)) / (len(rows) * WINDOW_MS * 1e6),
            f"{gone} ends seen of {ended}")
        unseen = [thread for thread in lived.values()
                  if thread["exited"] and thread["ns"][0] == thread["end"] - thread["start"]]
        live.expect(len(unseen) > 100, f"only {len(unseen)} ends fell into pauses")


@live.slow
def test_pause_processes():
    with live.Workload("forktree") as target:
        turn(target.pid, *STEPS, window_ms=150)


@live.slow
def test_pause_said():
    """How long it paused is in the record."""
    with live.Workload("sleeper") as target:
        rows = turn(target.pid, *STEPS)
        given_up = [row["overhead"]["given_up"][3] for row in rows]
        paused = False
        for row, following, grown in zip(rows, rows[1:], (b - a for a, b in zip(given_up,
                                                                               given_up[1:]))):
            paused = {"pause": True, "go": False}.get(row.get("step"), paused)
            length = following["at"] - row["at"]
            live.expect_close(grown, length if paused else 0, 0, "time of the pause", SETTLE_NS)


def test_detail():
    with live.Workload("client") as target:
        rows = turn(target.pid, "-", f"detail={ALL & ~WAKERS}", f"detail={ALL & ~HISTOGRAMS}",
                    f"detail={STACKS}", f"detail={ALL}", "-")
        problems = live.Problems()
        keeps = ALL
        for first, last in zip(rows, rows[1:]):
            step = first.get("step", "-")
            keeps = int(step[7:]) if step.startswith("detail=") else keeps
            length = last["at"] - first["at"]
            for name, bit in (("wakers", WAKERS), ("histogram", HISTOGRAMS)):
                grown = last[name] - first[name]
                # the records are read, and the knob is turned, a little after the boundary
                problems.case(f"{step}: {name}", live.expect,
                              (grown > 5) == bool(keeps & bit), f"grew by {grown}")
            for at, name in enumerate(DETAILS[:3]):
                given_up = last["overhead"]["given_up"][at] - first["overhead"]["given_up"][at]
                problems.case(f"{step}: {name}", live.expect_close, given_up,
                              0 if keeps & 1 << at else length, 0, "time given up", SETTLE_NS)
            network = STATES.index("network")
            problems.case(f"{step}: waits", live.expect,
                          last["waits"][network] - first["waits"][network] > 10,
                          "waits are not counted")
        problems.end()


def shares_of(rows, steps):
    """Of the windows that begin with one of these steps: parts of the target's time."""
    sums = dict.fromkeys(STATES, 0)
    for step, _, threads in windows(rows):
        if step in steps:
            for states in threads.values():
                for state in STATES:
                    sums[state] += states[state]
    whole = sum(sums.values())
    return {state: ns / whole for state, ns in sums.items()}


@live.slow
def test_burst_ledger():
    """The ledger is the same at both depths, and across the change."""
    problems = live.Problems()
    for workload in (("pipe_pingpong", "pin"), ("client",), ("stalls", 15000)):
        with live.Workload(*workload) as target:
            rows = turn(target.pid, "-", "burst", "-", "-", window_ms=250)
            shallow, deep = shares_of(rows, ("-",)), shares_of(rows, ("burst",))
            for state in STATES:
                problems.case(f"{workload[0]}: {state}", live.expect,
                              abs(shallow[state] - deep[state]) <= 0.05,
                              f"{deep[state]:.3f} in a burst, {shallow[state]:.3f} without")
            problems.case(workload[0], live.expect, not rows[-1]["calls"],
                          "calls of a burst pass for those of all the time")
            over = rows[-1]["overhead"]
            problems.case(workload[0], live.expect, over["bursts"] == 1 and
                          150000000 <= over["burst_ns"] <= 200000000, f"given as {over}")
    problems.end()


def test_burst_stalls():
    """Computing in the loop: no stall for all that is known without the burst, and stalls in it."""
    with live.Workload("stalls", 15000) as target:
        rows = turn(target.pid, "-", "-", "burst", "-", "-", window_ms=600)
        if any(row.get("sees_loops") for row in rows):
            raise live.Skip("this kernel shows each iteration, in a burst or not")
        got = [stall for row in rows for stall in row["stalls"] if not stall["open"]]
        begin = next(row["at"] for row in rows if row.get("step") == "burst")
        live.expect(5 <= len(got) <= 14, f"{len(got)} stalls in 200 ms, each 15 ms long")
        got.sort(key=lambda stall: stall["begin"])
        for number, stall in enumerate(got):
            live.expect(begin <= stall["begin"] and stall["end"] <= begin + 300000000,
                        f"a stall out of the burst: {stall}, burst from {begin}")
            length = stall["end"] - stall["begin"]
            # of those in progress when the burst began and when it ended, it saw a part
            least = 14900000 if 0 < number < len(got) - 1 else 10000000
            live.expect(least <= length <= 40000000, f"a stall of {length} ns")
        live.expect(sum(bool(stall["samples"]) for stall in got) >= 2,
                    f"few stalls have samples: {got}")
        live.expect(rows[-1]["loops"][0]["stalls"] == len(got), f"{rows[-1]['loops']}")


@live.slow
def test_burst_ends_by_itself():
    """The process that should end it is stopped: the hooks do no more when the time is over."""
    with live.Workload("stalls", 15000) as target:
        process = start(target.pid, "-", "burst", "-", "-", window_ms=600)
        lines = [process.stdout.readline(), process.stdout.readline()]
        time.sleep(0.05)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        live.expect(process.returncode == 0, f"knobs failed: {err}")
        rows = [json.loads(line) for line in lines + out.splitlines()]
        check(rows)
        got = [stall for row in rows for stall in row["stalls"] if not stall["open"]]
        live.expect(5 <= len(got) <= 14, f"{len(got)} stalls in a burst of 200 ms")
        live.expect(rows[-1]["overhead"]["burst_ns"] <= 200000000, f"{rows[-1]['overhead']}")


@live.slow
def test_burst_is_rare():
    with live.Workload("sleeper") as target:
        process = start(target.pid, "burst", "burst", "pause", "burst", "go", window_ms=300)
        out, err = process.communicate(timeout=60)
        live.expect(process.returncode == 0, f"knobs failed: {err}")
        results = [json.loads(line).get("result") for line in out.splitlines()]
        live.expect(results[0] == 0 and results[1] < 0 and results[2] == 0 and results[3] < 0 and
                    results[4] == 0, f"results {results}")


def test_more_threads_than_the_limit():
    """That many have a ledger and it closes; threads beyond the limit are counted."""
    with live.Workload("sleepers", 10) as target:
        rows = rows_of(start(target.pid, "-", "-", threads_max=4))
    for row in rows:
        live.expect(len(row["threads"]) == 4, f"{len(row['threads'])} threads of at most 4")
        for thread in row["threads"]:
            live.expect(sum(thread["ns"]) == thread["end"] - thread["start"], f"open: {thread}")
    live.expect(rows[-1]["lost"][STORAGE_NULL] >= 6,
                f"10 threads, 4 ledgers, lost {rows[-1]['lost']}")


def test_threads_that_end_make_room():
    with live.Workload("churn", 500) as target:
        begun = target.truth()["created"]
        rows = rows_of(start(target.pid, "-", "-", "-", threads_max=100))
        made = target.truth()["created"] - begun
    live.expect(made > 300 and not rows[-1]["lost"][STORAGE_NULL],
                f"{made} threads were born, one or two at a time: lost {rows[-1]['lost']}")
