# SPDX-License-Identifier: GPL-2.0-or-later
"""What a local user without rights can do to a root process that watches it: nothing."""
import concurrent.futures
import contextlib
import os
import re
import signal
import tempfile
import threading
import time
import zlib

import hostile
import live
from test_watch import Watch, expect_contiguous

AT_ONCE = 3
REPORT_WITHIN_S = 20
TERM_WITHIN_S = 2  # 1 s, and what a machine of two cores adds that all attackers keep busy
WINDOWS = 6
ATTACH_BYTES = 256 << 20
WATCH_BYTES = 700 << 20
FORGED = ("name_behind_link", "name_by_another", "name_in_huge")
CANARY = b"canary of a stack"
CONTROL = re.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]")


@contextlib.contextmanager
def scene():
    """A folder that every user can read, and the traps in it."""
    with tempfile.TemporaryDirectory(prefix="boundby-attacks-") as folder:
        os.chmod(folder, 0o755)
        with hostile.Traps(folder) as traps:
            yield folder, traps


class Peak:
    """The most memory that a process and all below it had at a time."""

    def __init__(self, pid):
        self.pid, self.bytes, self._end = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._end.wait(0.05):
            total = 0
            for pid in live.descendants(self.pid):
                for line in (live.read_text(f"/proc/{pid}/status") or "").splitlines():
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1]) * 1024
            self.bytes = max(self.bytes, total)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._end.set()
        self._thread.join()


def started(folder, traps, stack, skipped):
    """(name, program) of each attacker that this machine can run; the stack ends them."""
    for name, begin in hostile.attackers(folder, traps):
        try:
            yield name, stack.enter_context(begin())
        except live.Skip as reason:
            skipped.append(f"{name}: {reason}")


def check_attach(target):
    """A report of the attacker, in time, in bounds, and with no name that is not its own."""
    with live.Attach("attach", "-p", target.pid, "-d", 1, "--json") as boundby, \
            Peak(boundby.proc.pid) as peak:
        result = boundby.end(REPORT_WITHIN_S)
    live.expect(result.status in (0, 6), lambda: f"no report: {result!r}")
    live.process(result.json(), target.pid)
    live.expect(peak.bytes < ATTACH_BYTES, f"it took {peak.bytes >> 20} MB")
    for name in FORGED:
        live.expect(name not in result.out, f"{name} is in the report")


def test_attach():
    problems, skipped = live.Problems(), []
    with scene() as (folder, traps), contextlib.ExitStack() as stack, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        targets = list(started(folder, traps, stack, skipped))
        list(pool.map(lambda row: problems.case(row[0], check_attach, row[1]), targets))
        opened = traps.opened()
        problems.case("traps", live.expect, not opened, f"it opened {opened}")
    problems.end()
    if skipped:
        raise live.Skip("; ".join(skipped))


def test_own_perf_map():
    """The map that a program wrote for itself is used: the forged ones are not for lack of trying."""
    with hostile.Jit("own") as target:
        result = live.run("attach", "-p", target.pid, "-d", 1, "--json")
        live.expect("honest_name" in result.out, lambda: f"its own name is not told: {result!r}")


def test_names():
    """No name of a program moves a terminal's cursor."""
    with scene() as (folder, _), \
            live.Workload("convoy", hostile.EVIL_NAME, program=hostile.evil_names(folder)) as target:
        for form in ((), ("--json",)):
            result = live.run("attach", "-p", target.pid, "-d", 1, *form)
            live.expect(result.status == 0, lambda: repr(result))
            found = CONTROL.findall(result.out.replace("\t", "") if form else result.out)
            live.expect(not found, lambda: f"{form}: {found} in {result.out!r}")


def test_unit_name():
    """Nor does that of a group, which an owner of a part of the tree chooses."""
    with live.Cgroup("\33[31m\t\"}|.service", controller="memory") as group, \
            live.Workload("convoy", program=hostile.attack_path("convoy"), group=group) as target:
        for form in ((), ("--json",)):
            result = live.run("attach", "-p", target.pid, "-d", 1, *form)
            live.expect(result.status == 0 and ".service" in result.out, lambda: repr(result))
            found = CONTROL.findall(result.out)
            live.expect(not found, lambda: f"{form}: {found} in {result.out!r}")


def has_in_memory(pid, wanted):
    """Is that anywhere in the memory of a process?"""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in (live.read_text(f"/proc/{pid}/maps") or "").splitlines():
            span, rights = line.split()[:2]
            first, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(first)
                if rights[0] == "r" and wanted in memory.read(end - first):
                    return True
    return False


def inflated(data):
    """The trace, and all that can be inflated in it."""
    yield data
    for found in re.finditer(b"\x78[\x01\x5e\x9c\xda]", data):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[found.start():])


def test_stacks_stay():
    """The bytes of a stack are in the memory of boundby alone, in no output."""
    with live.Workload("convoy", program=hostile.attack_path("convoy")) as target, \
            tempfile.TemporaryDirectory(prefix="boundby-attacks-") as folder:
        path = os.path.join(folder, "trace.bbt")
        with live.Attach("attach", "-p", target.pid, "-d", 3, "-o", path, "--json") as boundby:
            boundby.wait_attached()
            live.wait_for(lambda: has_in_memory(boundby.proc.pid, CANARY), 10, "it has a stack")
            result = boundby.end(REPORT_WITHIN_S)
        with open(path, "rb") as file:
            parts = list(inflated(file.read()))
    live.expect(b"attack_lock" in b"".join(parts), "the trace was not inflated")
    live.expect(not any(CANARY in part for part in parts), "the trace holds bytes of a stack")
    live.expect(CANARY.decode() not in result.out + result.err, "the report holds bytes of a stack")


def end_in_time(watch):
    begun = time.monotonic()
    watch.process.send_signal(signal.SIGTERM)
    status = watch.process.wait(timeout=15)
    took = time.monotonic() - begun
    live.expect(status == 0, lambda: f"exit {status}: {watch.log()}")
    live.expect(took < TERM_WITHIN_S, f"it took {took:.1f} s to end")


def test_watch():
    """All of them at once: no window is missed, it ends on SIGTERM, and says what it lost."""
    skipped = []
    with scene() as (folder, traps), contextlib.ExitStack() as stack:
        targets = dict(started(folder, traps, stack, skipped))
        with Watch("-a", "-i", "1s") as watch, Peak(watch.pid) as peak:
            windows = watch.wait_windows(WINDOWS, 3 * WINDOWS)
            helpers = set(live.descendants(watch.pid))
            end_in_time(watch)
        expect_contiguous(windows)
        longest = max(window["capture"]["duration_ns"] for window in windows)
        live.expect(longest < 2 * live.SECOND, f"a window of {longest / 1e9:.1f} s")
        live.expect(peak.bytes < WATCH_BYTES, f"it took {peak.bytes >> 20} MB")
        seen = {row["pid"] for window in windows for row in window["processes"]}
        own = {row["comm"] for window in windows for row in window["processes"]
               if row["pid"] in helpers}
        live.expect(not own, f"its own helpers are among the processes: {own}")
        missed = {name for name, target in targets.items() if target.pid not in seen}
        live.expect(not missed, f"no row for {missed}")
        opened = traps.opened()
        live.expect(not opened, f"it opened {opened}")
        kinds = {finding["kind"] for window in windows for row in window["processes"]
                 for finding in row["verdict"]["findings"]}
        live.expect("names-lost" in kinds, f"names were lost, and no window says so: {kinds}")
    if skipped:
        raise live.Skip("; ".join(skipped))
