# SPDX-License-Identifier: GPL-2.0-or-later
"""What switching costs: boundby's calibration against perf's own ping-pong, less its system calls,
and what a report makes of it; and locks inside the kernel."""
import json
import os
import re
import statistics

import live

PERF_LOOPS = 60000


def last_cpu():
    return max(os.sched_getaffinity(0))


def calibrate(through=()):
    result = live.run("check", "--calibrate", "--json", through=through)
    live.expect(result.status == 0, lambda: f"no calibration: {result!r}")
    cost = json.loads(result.out)["switch_cost"]
    return cost["same_process_ns"], cost["other_process_ns"]


def perf_round_trip(*more):
    """ns of one operation of perf bench sched pipe, both sides on the last CPU."""
    cpu = last_cpu()
    perf = live.tool("perf")
    result = live.shell(f"exec taskset -c {cpu} {perf} bench sched pipe -l {PERF_LOOPS} "
                        + " ".join(more))
    found = re.search(r"([0-9.]+) usecs/op", result.out)
    live.expect(found, lambda: f"perf bench: {result!r}")
    return float(found[1]) * 1000


def calls_alone():
    """ns of one write and one read that do not block."""
    with live.Workload("pipe_calls", "pin", seconds=1) as work:
        work.proc.wait(timeout=10)
        truth = work.truth()
    return truth["ns"] / truth["rounds"]


def test_calibration_agrees_with_perf():
    """An operation of perf's is two switches, two writes and two reads."""
    rows = []
    for _ in range(5):
        calls = calls_alone()
        # on one CPU, as perf is: the host may take more from one than from another
        rows.append((*calibrate(("taskset", "-c", str(last_cpu()))), perf_round_trip("-T") / 2 - calls,
                     perf_round_trip() / 2 - calls))
    same, other, perf_same, perf_other = map(statistics.median, zip(*rows))
    problems = live.Problems()
    problems.case("same", live.expect_close, same, perf_same, 0.15, "ns within a process")
    problems.case("other", live.expect_close, other, perf_other, 0.15, "ns between processes")
    problems.end()


def test_calibration_is_kept_for_the_boot():
    same, other = calibrate()
    boot = live.read_text("/proc/sys/kernel/random/boot_id")
    live.expect(live.read_text("/run/boundby/switch-cost") ==
                f"boundby switch cost 1\n{boot}{same} {other}\n", "not the kept figures")
    with live.Workload("sleeper") as target:
        cost = live.attach(target.pid, 1)["capture"]["switch_cost"]
    live.expect(cost == {"same_process_ns": same, "other_process_ns": other},
                lambda: f"the report has other figures: {cost}")


def test_kept_figures_of_another_boot_or_damaged():
    """Whatever the file contains, the figures are measured again and are plausible."""
    path = "/run/boundby/switch-cost"
    same, other = calibrate()
    boot = live.read_text("/proc/sys/kernel/random/boot_id")
    damaged = (f"boundby switch cost 1\n{'0' * 36}\n{same * 5} {other * 5}\n",
               f"boundby switch cost 1\n{boot}99999999999999999999999 1\n",
               f"boundby switch cost 1\n{boot}0 0\n", f"boundby switch cost 2\n{boot}1 1\n",
               "", "\0" * 100000)
    problems = live.Problems()
    with live.Workload("sleeper") as target:
        for text in damaged:
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            cost = live.attach(target.pid, 1)["capture"]["switch_cost"]
            problems.case(repr(text[:60]), live.expect_close, cost["same_process_ns"], same, 0.5,
                          "ns within a process")
        os.unlink(path)
        os.symlink("/etc/hostname", path)
        cost = live.attach(target.pid, 1)["capture"]["switch_cost"]
        problems.case("a link", live.expect_close, cost["same_process_ns"], same, 0.5, "ns")
    problems.case("the link", live.expect, not os.path.islink(path), "is still there")
    problems.end()


def test_cost_of_a_ping_pong():
    """On one CPU each read of the two threads is one switch within the process."""
    with live.Workload("pipe_pingpong", "pin") as target:
        report, truth = live.attach_sampled(target, 3)
    switches = live.process(report, target.pid)["switches"]
    same = report["capture"]["switch_cost"]["same_process_ns"]
    live.expect_close(switches["cost_ns"], truth.inside("reads", report) * same, 0.03, "ns")
    live.expect_close(switches["cpu_share"],
                      switches["cost_ns"] / live.process(report, target.pid)["time"]["on_cpu_ns"],
                      1e-4, "share")
    live.expect(0.2 < switches["cpu_share"] < 0.9, f"share {switches['cpu_share']}")
    live.expect(switches["extra_misses"] is None, "misses were measured?")
    # nothing is wrong with it: the kernel's part is what it is made of, neighbours are the machine's
    found = {row["kind"] for row in report["verdict"]["findings"]} - {"kernel-time", "neighbours"}
    live.expect(not found, f"two that take turns on one CPU have {found}")


def findings(*workload):
    with live.Workload(*workload) as target:
        verdict = live.attach(target.pid, 3)["verdict"]
    return [row["kind"] for row in verdict["findings"]]


def test_oversubscription():
    count = os.cpu_count()
    live.expect("oversubscription" in findings("pingpongs", 4 * count), "not found")
    # as many want to run, but the scheduler lets each run for milliseconds
    live.expect("oversubscription" not in findings("cpu", 4 * count), "found without switching")


def test_kernel_lock():
    """The kernel's lock of a file's inode, held for 20 ms at a time."""
    with live.Workload("kernel_lock") as target:
        report, truth = live.attach_sampled(target, 4)
    process = live.process(report, target.pid)
    waiter = [row for row in process["threads"] if row["comm"] == "waiter"]
    live.expect_close(waiter[0]["time"]["blocked_ns"]["kernel"], truth.inside("wait", report), 0.03,
                      "ns in kernel")
    rows = [row for row in process["io"] if row["object"] == "kernel rwsem"]
    live.expect(rows and rows[0]["kind"] == "kernel" and rows[0]["call"] == "pwrite64",
                lambda: f"no such wait: {process['io']}")
    live.expect_close(rows[0]["wait_ns"], process["time"]["blocked_ns"]["kernel"], 0.05, "ns")
