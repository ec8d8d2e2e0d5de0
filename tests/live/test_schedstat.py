# SPDX-License-Identifier: GPL-2.0-or-later
"""on_cpu and runnable against the scheduler's own books, /proc/PID/task/TID/schedstat, read all the
time beside boundby and cut out at its window's edges: 1 %, and 2 % or 2 ms, over 5 s."""
import live


def compare(*workload):
    with live.Workload(*workload) as target:
        report, truth = live.attach_sampled(target, 5)
        threads = live.tids(target.pid)
        problems = live.Problems()
        for tid in sorted(threads):
            problems.case(f"thread {tid}", compare_thread, report, truth, target.pid, tid)
        problems.case("process CPU clock", live.expect_close,
                      live.process(report, target.pid)["time"]["on_cpu_ns"],
                      truth.inside("process_cpu", report), 0.01, "on_cpu",
                      blur=truth.blur("process_cpu", report))
        problems.end()
        live.expect(threads, "the workload has ended")


def compare_thread(report, truth, pid, tid):
    time_ = live.thread(report, pid, tid)["time"]
    problems = live.Problems()
    problems.case("on_cpu", live.expect_close, time_["on_cpu_ns"],
                  truth.inside(("run", tid), report), 0.01, "ns",
                  blur=truth.blur(("run", tid), report))
    problems.case("runnable", live.expect_close, live.runnable_ns(time_),
                  truth.inside(("wait", tid), report), 0.02, "ns", 2000000,
                  blur=truth.blur(("wait", tid), report))
    problems.end()


@live.slow
def test_cpu_1():
    compare("cpu", 1)


def test_cpu_8():
    compare("cpu", 8)


def test_pipe_pingpong():
    compare("pipe_pingpong")


@live.slow
def test_pipe_pingpong_pin():
    compare("pipe_pingpong", "pin")


@live.slow
def test_sleeper():
    compare("sleeper")


def test_client():
    compare("client")


def test_hopper():
    compare("hopper")


def test_starved():
    compare("starved")
