# SPDX-License-Identifier: GPL-2.0-or-later
"""The helper that reads what belongs to targets: its rights, and what its end costs. What hostile
targets do to it is in test_attacks.py.
"""
import collections
import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import termios
import time

import live
from hostile import NOBODY

HARDY = True
KEPT = {2, 19, 40}  # CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE


def helper_of(pid):
    """boundby's child is the keeper, and that one's the helper."""
    def found():
        below = live.descendants(pid)
        return below[2] if len(below) > 2 else None
    live.wait_for(found, 10, "a helper is there")
    return found()


def status_of(pid):
    return dict(re.findall(r"^(\w+):\s*(.*)$", live.read_text(f"/proc/{pid}/status") or "", re.M))


def check_rights(helper):
    status = status_of(helper)
    has = {number for number in range(64) if int(status["CapEff"], 16) >> number & 1}
    live.expect(has <= KEPT, f"capabilities {has}")
    live.expect(int(status["CapPrm"], 16) == int(status["CapEff"], 16), lambda: f"{status}")
    live.expect(status["NoNewPrivs"] == "1", lambda: f"{status}")
    live.wait_for(lambda: status_of(helper).get("Seccomp") == "2", 10, "the filter is on")
    limits = live.read_text(f"/proc/{helper}/limits")
    for name in ("Max core file size", "Max address space", "Max cpu time"):
        hard = re.search(rf"^{name}\s+\S+\s+(\S+)", limits, re.M).group(1)
        live.expect(hard != "unlimited" and (hard == "0") == ("core" in name), f"{name}: {hard}")
    fds = {os.readlink(f"/proc/{helper}/fd/{fd}").split(":")[0]
           for fd in os.listdir(f"/proc/{helper}/fd") if int(fd) <= 3}
    live.expect(fds <= {"/dev/null", "socket"}, f"open {fds}")


def test_helper():
    """It has few rights; ended as by a violation of its filter, it is replaced, and the watch goes on."""
    with live.Workload("lock", "mutex", 4) as target, \
            live.Attach("attach", "-p", target.pid, "-d", 4, "--json") as boundby:
        boundby.wait_attached()
        first = helper_of(boundby.proc.pid)
        check_rights(first)
        time.sleep(1)
        os.kill(first, signal.SIGSYS)
        live.wait_for(lambda: helper_of(boundby.proc.pid) != first, 10, "another helper is there")
        check_rights(helper_of(boundby.proc.pid))
        report = boundby.end().report()
    live.judged(report["verdict"]["class"] == "lock-bound", lambda: f"{report['verdict']}")
    lock = live.process(report, target.pid)["locks"][0]
    live.expect(lock["symbol"] and lock["where"], lambda: f"{lock}")
    lost = [row for row in report["verdict"]["findings"] if row["kind"] == "names-lost"]
    live.expect(len(lost) == 1 and lost[0]["value"] >= 1, f"lost {lost}")


def test_intruder():
    """The user of the target can neither signal, trace, limit nor read what watches it."""
    with open(os.path.join(os.path.dirname(__file__), "intruder.py"), "rb") as script, \
            live.Workload("lock", "mutex", 4) as target, \
            live.Attach("attach", "-p", target.pid, "-d", 4, "--json") as boundby:
        boundby.wait_attached()
        helper_of(boundby.proc.pid)
        family = live.descendants(boundby.proc.pid)
        tried = subprocess.run(["/usr/bin/python3", "-", *map(str, family)], stdin=script, user=NOBODY,
                               group=NOBODY, extra_groups=[], capture_output=True, text=True,
                               timeout=30, check=False)
        live.expect(live.descendants(boundby.proc.pid) == family, "one of them has ended")
        report = boundby.end().report()
    live.expect(tried.stdout.split("\n") == ["ready", ""] and not tried.returncode,
                lambda: f"of {family}: {tried}")
    live.judged(report["verdict"]["class"] == "lock-bound", lambda: f"{report['verdict']}")


def test_keeper():
    """Without what starts helpers there are no names any more, which is reported; all else goes on."""
    with live.Workload("lock", "mutex", 4) as target, \
            live.Attach("attach", "-p", target.pid, "-d", 3, "--json") as boundby:
        boundby.wait_attached()
        helper_of(boundby.proc.pid)
        keeper = live.descendants(boundby.proc.pid)[1]
        os.kill(keeper, signal.SIGKILL)
        report = boundby.end().report()
    live.judged(report["verdict"]["class"] == "lock-bound", lambda: f"{report['verdict']}")
    lost = [row for row in report["verdict"]["findings"] if row["kind"] == "names-lost"]
    live.expect(len(lost) == 1 and lost[0]["value"] >= 1 and "boundby-reader" in lost[0]["detail"],
                f"lost {lost}")


class Stripped:
    """A workload whose names are in a debug file of root's alone."""

    def __init__(self, name, folder):
        whole = live.workload_path(name)
        notes = subprocess.run(["readelf", "-n", whole], capture_output=True, text=True, check=True)
        number = re.search(r"Build ID: (\w+)", notes.stdout)
        live.expect(number, f"{whole} has no build id")
        self.path = os.path.join(folder, name)
        subprocess.run([live.tool("objcopy"), "--strip-all", whole, self.path], check=True)
        self.debug = f"/usr/lib/debug/.build-id/{number[1][:2]}/{number[1][2:]}.debug"
        os.makedirs(os.path.dirname(self.debug), exist_ok=True)
        subprocess.run([live.tool("objcopy"), "--only-keep-debug", whole, self.debug], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        os.unlink(self.debug)
        with contextlib.suppress(OSError):  # others may have files there
            os.rmdir(os.path.dirname(self.debug))

    def is_used(self, pid):
        """Is it open, or mapped, in a process?"""
        links = [f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")]
        opened = [os.readlink(link) for link in links if os.path.lexists(link)]
        return self.debug in opened or self.debug in live.read_text(f"/proc/{pid}/maps")


def check_debug_file(stripped, truncated):
    with live.Workload("lock", "mutex", 4, program=stripped.path) as target, \
            live.Attach("attach", "-p", target.pid, "-d", 5, "--json") as boundby:
        boundby.wait_attached()
        helper = helper_of(boundby.proc.pid)
        live.wait_for(lambda: stripped.is_used(helper), 5, "the debug file is used")
        if truncated:
            os.truncate(stripped.debug, 0)
        else:
            maps = live.read_text(f"/proc/{helper}/maps")
            live.expect(stripped.debug not in maps, "the debug file is mapped")
        time.sleep(2)
        live.expect(helper_of(boundby.proc.pid) == helper, "the helper was replaced")
        report = boundby.end().report()
    lost = [row for row in report["verdict"]["findings"] if row["kind"] == "names-lost"]
    live.expect(not lost, f"lost {lost}")
    lock = live.process(report, target.pid)["locks"][0]
    live.expect(truncated or lock["symbol"] and lock["where"], lambda: f"{lock}")


def test_debug_file():
    """One of root's is read, not mapped: when an upgrade truncates it, the helper lives on."""
    problems = live.Problems()
    for truncated in (False, True):
        with tempfile.TemporaryDirectory(prefix="boundby-stripped-") as folder, \
                Stripped("lock", folder) as stripped:
            problems.case(f"truncated {truncated}", check_debug_file, stripped, truncated)
    problems.end()


ENDED = 6000  # threads: the kernel's ring holds some 2,500 ends, and what is kept 25,000


def forks():
    """Threads and processes that the host has begun."""
    return int(re.search(r"^processes (\d+)$", live.read_text("/proc/stat"), re.M).group(1))


def unread(stream):
    """Bytes that wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(stream, termios.FIONREAD, bytes(4)), sys.byteorder)


def wait_held_up(boundby):
    """Until it waits to write a report that is not read."""
    before = [0]

    def is_full():
        size, before[0] = before[0], unread(boundby.proc.stdout)
        time.sleep(0.5)  # two reports and more
        return size and size == before[0] == unread(boundby.proc.stdout)
    live.wait_for(is_full, 60, "the pipe is full")


def test_held_up():
    """What happens while boundby waits for something is taken from the kernel anyway."""
    with live.Workload("soak", 20, 3000, 1000) as target, \
            live.Attach("attach", "-p", target.pid, "-d", 4, "-i", "200ms", "--json") as boundby:
        boundby.wait_attached()
        wait_held_up(boundby)
        begun = forks()
        live.wait_for(lambda: forks() >= begun + ENDED, 60, "threads come and go")
        lines = [json.loads(line) for line in boundby.end().out.splitlines()]
    lost = collections.Counter()
    for line in lines:
        lost.update(line["capture"]["lost"])
    live.expect(not lost["ring_full"] and not lost["reader"], f"lost {lost}")
    longest = max(line["capture"]["duration_ns"] for line in lines)
    live.expect(longest > live.SECOND / 2, f"it was never held up: windows of {longest / 1e6} ms")
