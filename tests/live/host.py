# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine under a live test: its tools, /proc, the kernel's own trace, cgroups."""
import functools
import os
import re
import shutil
import subprocess
import tempfile
import time

from checks import SECOND, Skip, expect


def tool(name):
    """Path of a program, also where a user's PATH may not look; a skip when there is none."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise Skip(f"{name} is not installed")
    return path


def wait_for(condition, seconds, what):
    """Waits until condition() gives something true, and gives that back."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        expect(time.monotonic() < end, f"after {seconds} s still not: {what}")
        time.sleep(0.005)


def read_text(path):
    """Text of a small file, None when it is not there (any more)."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def tids(pid):
    """Threads of a process, as /proc has them now; without a main thread that has ended."""
    try:
        numbers = {int(name) for name in os.listdir(f"/proc/{pid}/task")}
    except OSError:
        return set()
    return numbers - {pid} if state_letter(pid) == "Z" else numbers


def descendants(pid):
    """The process and all below it, as /proc has them now."""
    found = [pid]
    for parent in found:
        for tid in tids(parent):
            text = read_text(f"/proc/{parent}/task/{tid}/children")
            found += [int(child) for child in (text or "").split()]
    return found


def state_letter(pid):
    text = read_text(f"/proc/{pid}/stat")
    return text.rsplit(")", 1)[1].split()[0] if text else None


class Trace:
    """The kernel's own trace of scheduler events, independent of BPF, in a separate tracefs
    instance."""

    def __init__(self, **filters):
        """filters: event of the sched group -> filter expression, "" for all."""
        self._filters, self._mounted, self._path = filters, None, None

    def __enter__(self):
        folder = "/sys/kernel/tracing"
        if not os.path.isdir(f"{folder}/instances"):
            folder = self._mounted = tempfile.mkdtemp(prefix="boundby-tracefs-")
            if subprocess.run(["mount", "-t", "tracefs", "none", folder], stderr=subprocess.DEVNULL,
                              check=False).returncode:
                self.__exit__()
                raise Skip("tracefs cannot be mounted")
        self._path = f"{folder}/instances/boundby-test-{os.getpid()}"
        try:
            os.mkdir(self._path)
            self._write("buffer_size_kb", "16384")
            self._write("trace_clock", "mono")
            for event, text in self._filters.items():
                if text:
                    self._write(f"events/sched/{event}/filter", text)
                self._write(f"events/sched/{event}/enable", "1")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        if self._path and os.path.isdir(self._path):
            self.stop()
            os.rmdir(self._path)
        if self._mounted:
            subprocess.run(["umount", "-l", self._mounted], stderr=subprocess.DEVNULL, check=False)
            os.rmdir(self._mounted)

    def _write(self, name, text):
        with open(f"{self._path}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def stop(self):
        for event in self._filters:
            self._write(f"events/sched/{event}/enable", "0")

    def events(self):
        """(cpu, monotonic ns to the us, event, {field: text}) of all that was traced, in order."""
        self.stop()
        for cpu in os.listdir(f"{self._path}/per_cpu"):
            for line in read_text(f"{self._path}/per_cpu/{cpu}/stats").splitlines():
                name, _, value = line.partition(": ")
                if name in ("overrun", "dropped events") and int(value):
                    raise Skip(f"the kernel's trace lost events: {line}")
        with open(f"{self._path}/trace", encoding="ascii", errors="replace") as file:
            for line in file:
                found = TRACE_LINE.match(line)
                if found:
                    yield (int(found[1]), int(found[2]) * SECOND + int(found[3]) * 1000, found[4],
                           dict(TRACE_FIELD.findall(found[5])))


TRACE_LINE = re.compile(r".{16}-\d+\s+(?:\([^)]*\)\s+)?\[(\d+)\] \S+\s+(\d+)\.(\d{6}): (\w+): (.*)")
TRACE_FIELD = re.compile(r"(\w+)=(\S+)")


def hierarchies():
    """(version, path, controllers) of each hierarchy of cgroups that is mounted."""
    for line in (read_text("/proc/self/mounts") or "").splitlines():
        _, path, kind, options = line.split()[:4]
        if kind == "cgroup":
            yield 1, path, options.split(",")
        elif kind == "cgroup2":
            yield 2, path, (read_text(f"{path}/cgroup.controllers") or "").split()


class Cgroup:
    """A cgroup of this version, of any when none is given, with this controller if one is given. It
    goes with the test."""

    def __init__(self, name, version=None, controller=None, parent=None):
        found = [(number, path) for number, path, controllers in hierarchies()
                 if version in (None, number) and controller in (None, *controllers)]
        if not found:
            raise Skip(f"no hierarchy of cgroups, version {version or 'any'}, controller "
                       f"{controller or 'any'}, is mounted")
        self.version, self.parent = found[0]
        self.parent = parent or self.parent
        self.path = os.path.join(self.parent, f"boundby-test-{os.getpid()}-{name}")
        try:
            if self.version == 2 and controller:
                self._write(os.path.join(self.parent, "cgroup.subtree_control"), f"+{controller}")
            os.mkdir(self.path)
        except OSError as error:
            raise Skip(f"no cgroup can be made here: {error}") from error

    def below(self):
        return Cgroup("below", version=self.version, parent=self.path)

    @staticmethod
    def _write(path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for pid in (read_text(f"{self.path}/cgroup.procs") or "").split():
            self._write(f"{self.parent}/cgroup.procs", pid)
        os.rmdir(self.path)

    def set_quota(self, share, period_us=100000):
        if self.version == 2:
            self._write(f"{self.path}/cpu.max", f"{int(share * period_us)} {period_us}")
        else:
            self._write(f"{self.path}/cpu.cfs_period_us", str(period_us))
            self._write(f"{self.path}/cpu.cfs_quota_us", str(int(share * period_us)))

    def put(self, pid):
        self._write(f"{self.path}/cgroup.procs", str(pid))

    def throttled_ns(self):
        for line in read_text(f"{self.path}/cpu.stat").splitlines():
            name, value = line.split()
            if name == "throttled_time":
                return int(value)
            if name == "throttled_usec":
                return int(value) * 1000
        raise Skip("cpu.stat does not say how long the group was throttled")


@functools.lru_cache(None)
def kernel_types():
    with open("/sys/kernel/btf/vmlinux", "rb") as file:
        return file.read()


def knows_tracepoint(name):
    """By the kernel's own types: one that BPF programs can be attached to."""
    return f"\0btf_trace_{name}\0".encode() in kernel_types()


class Lived:
    """Which threads of a process (not of its children) were there before and after."""

    def __init__(self, *pids):
        self.before = {pid: tids(pid) for pid in pids}

    def throughout(self):
        return {pid: numbers & tids(pid) for pid, numbers in self.before.items()}


def process_cpu_ns(pid):
    """The CPU clock of another process, all its threads, living or gone; exact at this instant."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return None
