# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's and the workload's own truth, over exactly the same window as a report."""
import bisect
import os
import threading
import time

from checks import expect
from host import process_cpu_ns, read_text, tids
from figures import instant, window


class Sampler:
    """Reads truth every few ms with the wall clock, so that any window in it can be cut out."""

    def __init__(self, workload, group=None, period=0.01):
        self._workload, self._group, self._period = workload, group, period
        self._stop = threading.Event()
        self._rows = {}  # name -> ([before], [after], [value]): read between these two instants
        self._error = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join()

    def _put(self, name, before, value):
        rows = self._rows.setdefault(name, ([], [], []))
        for row, what in zip(rows, (before, time.time_ns(), value)):
            row.append(what)

    def _read(self):
        pid = self._workload.pid
        before = time.time_ns()
        value = process_cpu_ns(pid)
        if value is not None:
            self._put("process_cpu", before, value)
        for tid in tids(pid):
            before = time.time_ns()
            text = read_text(f"/proc/{pid}/task/{tid}/schedstat")
            if text:
                run_ns, wait_ns, _ = map(int, text.split())
                self._put(("run", tid), before, run_ns)
                self._put(("wait", tid), before, wait_ns)
        before = time.time_ns()
        for name, value in self._workload.truth().items():
            self._put(name, before, value)
        if self._group:
            before = time.time_ns()
            self._put("throttled", before, self._group.throttled_ns())

    def _run(self):
        """Reads every period, less often where that would take 5 % of a slow CPU."""
        pause = self._period
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
            while not self._stop.wait(pause):
                begun = time.thread_time()
                self._read()
                pause = max(self._period, 20 * (time.thread_time() - begun))
        except Exception as error:  # shown by the test that asks for a value
            self._error = error

    def names(self):
        return list(self._rows)

    def _around(self, name, instant):
        """The reading before the instant, and the middles of all readings."""
        befores, afters, _ = self._rows[name]
        middles = [(before + after) // 2 for before, after in zip(befores, afters)]
        right = bisect.bisect_left(middles, instant)
        expect(0 < right < len(middles), f"no reading of {name} on both sides of the window's edge")
        left = right - 1
        gap = middles[right] - middles[left]
        expect(gap < 200000000, f"the readings of {name} around an edge are {gap} ns apart")
        return left, middles

    def _at(self, name, instant):
        left, middles = self._around(name, instant)
        right, values = left + 1, self._rows[name][2]
        gap = middles[right] - middles[left]
        if "wait" in (name, name[0]):
            # a wait is booked when it ends: a long one began before that
            while right < len(values) - 1 and values[right] == values[left]:
                right += 1
            grown = values[right] - values[left]
            if right > left + 1 or grown > gap:
                return values[left] + min(max(instant - (middles[right] - grown), 0), grown)
        return values[left] + (values[right] - values[left]) * (instant - middles[left]) / gap

    def blur(self, name, report):
        """What inside() of a running or waiting time cannot know: a thread that ran (or waited) for
        a part of the time between the two readings around an edge did so before it or after."""
        unknown = 0
        for instant in window(report):
            left, middles = self._around(name, instant)
            ran = self._rows[name][2][left + 1] - self._rows[name][2][left]
            unknown += max(min(ran, middles[left + 1] - middles[left] - ran), 0)
        return unknown

    def inside(self, name, report):
        """How much the figure grew in the report's window."""
        expect(self._error is None, f"the sampler failed: {self._error}")
        start, end = window(report)
        return self._at(name, end) - self._at(name, start)
