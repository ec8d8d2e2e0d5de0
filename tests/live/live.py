# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by the live tests: starts workloads and boundby, reads reference figures from /proc.

Takes BOUNDBY (the program) and BOUNDBY_BUILD (with workloads/). Returns reports as parsed JSON, and
what the kernel and the workload itself counted in the same window.
"""
import bisect
import datetime
import difflib
import functools
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BOUNDBY = os.environ.get("BOUNDBY") or os.path.join(ROOT, "build", "boundby")
BUILD = os.environ.get("BOUNDBY_BUILD") or os.path.dirname(BOUNDBY)
SECOND = 1000000000
EXIT_SKIP = 77
RUNNABLE = ("wakeup", "preempted")  # throttled is a part of these
BLOCKED = ("network", "request", "disk", "poll_idle", "poll_io", "ipc", "lock", "gil", "condition",
           "sleep", "child", "page_fault", "kernel", "stopped", "other")
IO = ("network", "disk", "poll_io", "ipc", "child", "page_fault", "kernel")


def slow(test):
    """A test that takes long for what it adds to the others: `make test-all` runs it."""
    test.slow = True
    return test


class Skip(Exception):
    """This machine lacks something that the test needs."""


class Misjudged(AssertionError):
    """What a target that other processes starve may rightly be judged as."""


def expect(holds, what):
    """A test's own assert: python -O must not make it pass."""
    if not holds:
        raise AssertionError(what() if callable(what) else what)


def judged(holds, what):
    """expect() of a class, a cause or a share of time whose truth holds only where the target gets its
    CPUs: run.py repeats the test if a report shows that it did not. Of nothing else."""
    if not holds:
        raise Misjudged(what() if callable(what) else what)


def expect_close(value, truth, share, what, at_least=0, blur=0):
    """value is within `share` of truth, or within the absolute at_least; the truth itself is known
    to within blur."""
    limit = max(abs(truth) * share, at_least) + blur
    expect(abs(value - truth) <= limit,
           lambda: f"{what}: {value:.10g}, truth {truth:.10g}, off by {value - truth:+.6g}, "
                   f"allowed {limit:.6g}")


class Problems:
    """Collects what is wrong with many cases, so that one run shows all of it."""

    def __init__(self):
        self.list, self._kind = [], Misjudged

    def case(self, name, check, *arguments, **named):
        """Runs one case; an assertion that does not hold is noted, the next case still runs."""
        try:
            return check(*arguments, **named)
        except AssertionError as problem:
            self.list.append(f"{name}: {problem}")
            if not isinstance(problem, Misjudged):
                self._kind = AssertionError
        return None

    def end(self):
        if self.list:
            raise self._kind("\n    ".join([f"{len(self.list)} wrong"] + self.list))


# ---- tools of the machine ---------------------------------------------------------------------
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


@functools.lru_cache(maxsize=None)
def hides_switches():
    """Whether this kernel hides switches of some tasks from its trace, as hosted machines may do
    for an agent. Then no tool can see each switch, and boundby must count what it missed (and
    still account for the time: unobserved stays 0). Detected in the kernel's own trace: on each
    CPU, the task switched in must be the next one switched out."""
    begun, last = time.monotonic(), {}
    try:
        with Trace(sched_switch="") as trace, Workload("disk_read"), Workload("cpu", 2):
            time.sleep(3)
            for cpu, _, _, fields in trace.events():
                if last.get(cpu, fields["prev_pid"]) != fields["prev_pid"]:
                    return True
                last[cpu] = fields["next_pid"]
    except Skip:
        return False
    expect(time.monotonic() - begun > 3 and last, "the kernel's trace is empty")
    return False


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


# ---- workloads --------------------------------------------------------------------------------
@functools.lru_cache(None)
def kernel_types():
    with open("/sys/kernel/btf/vmlinux", "rb") as file:
        return file.read()


def knows_tracepoint(name):
    """By the kernel's own types: one that BPF programs can be attached to."""
    return f"\0btf_trace_{name}\0".encode() in kernel_types()


def workload_path(name):
    path = os.path.join(BUILD, "workloads", name)
    expect(os.access(path, os.X_OK), f"{path} is missing: run make workloads")
    return path


def all_workloads():
    """Every bundled one, by its source: one that was not built is a failure, not a gap."""
    folder = os.path.join(ROOT, "tests", "workloads")
    return sorted(name[:-2] for name in os.listdir(folder) if name.endswith(".c"))


def pythons(least=(3, 8)):
    """Every CPython from `least` on that this machine has: Debian's, and pyenv's."""
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found = ["/usr/bin/python3"] + sorted(glob.glob(f"{root}/versions/3.*/bin/python3"))
    return [path for path in found if os.access(path, os.X_OK) and subprocess.run(
        [path, "-c", f"import sys; sys.exit(sys.version_info < {least})"], check=False,
        stdin=subprocess.DEVNULL).returncode == 0]


class Workload:
    """A running workload. pid is what is to be measured; proc may be its other part."""

    def __init__(self, name, *arguments, seconds=0, group=None, interpreter=None, program=None,
                 options=(), folder=None):
        """interpreter: runs name, a script beside the other workloads' sources. program: a path to
        run instead of a bundled workload."""
        self.name = name
        if program:
            command = [program, str(seconds)]
        elif interpreter:
            command = [interpreter, *options, os.path.join(ROOT, "tests", "workloads", name)]
        else:
            command = [workload_path(name), str(seconds)]
        fd, self._truth_path = tempfile.mkstemp(prefix="boundby-truth-")
        os.ftruncate(fd, 4096)
        os.close(fd)
        environment = dict(os.environ, WORKLOAD_TRUTH=self._truth_path)
        try:
            self.proc = subprocess.Popen(
                [*command, *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment, cwd=folder)
        except BaseException:
            os.unlink(self._truth_path)
            raise
        try:
            first = self.proc.stdout.readline().decode()
            if not first.startswith("ready "):
                self.proc.kill()
                why = self.proc.stderr.read().decode().strip()
                if self.proc.wait() == EXIT_SKIP:
                    raise Skip(why)
                raise AssertionError(f"workload {name} was not ready: {first!r} {why}")
            self.pid = int(first.split()[1])
            if group:
                group.put(self.pid)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()
        self.proc.stderr.close()
        os.unlink(self._truth_path)

    def truth(self):
        """The workload's own figures as of now."""
        with open(self._truth_path, "rb") as file:
            page = file.read(64 * 32)
        rows = {}
        for at in range(0, len(page), 32):
            name = page[at:at + 24].rstrip(b"\0").decode()
            if name:
                rows[name] = int.from_bytes(page[at + 24:at + 32], "little")
        return rows

    def finish(self):
        """Ends it kindly and gives back what it printed after the ready line."""
        os.kill(self.pid, signal.SIGTERM)
        self.proc.wait(timeout=10)
        return self.proc.stdout.read().decode().splitlines()


# ---- boundby ----------------------------------------------------------------------------------
class Result:
    """How a finished run ended and what it said."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"exit {self.status}, stdout {self.out[:200]!r}, stderr {self.err[:400]!r}"

    def json(self):
        """stdout as the one JSON document that it must be."""
        try:
            document, end = json.JSONDecoder().raw_decode(self.out)
        except ValueError as error:
            raise AssertionError(f"stdout is not JSON: {error}: {self!r}") from error
        expect(self.out[end:] == "\n", lambda: f"after the document: {self.out[end:][:80]!r}")
        expect(document.get("schema") == "boundby.report/1", "the schema is not boundby.report/1")
        return document

    def too_little(self):
        """Of a report that is not enough for a verdict: what was seen; else None."""
        if self.status != 6:
            return None
        report = self.json()
        return f"{report['verdict']}, {report['time']}, lost {report['capture']['lost']}"

    def report(self):
        """The report of a run that must have ended well."""
        expect(self.status == 0, lambda: f"expected a report: {self.too_little() or repr(self)}")
        expect(self.err == "", lambda: f"stderr is not empty: {self.err!r}")
        return self.json()

    def expect_note(self):
        """Of record: it went well, and said so in one sentence."""
        expect(self.status == 0 and not self.out, lambda: f"not recorded: {self!r}")
        expect_sentence(self.err, "recorded")

    def expect_error(self, status, *words):
        """One sentence on stderr, nothing on stdout, this status, these words in it."""
        expect(self.status == status, lambda: f"expected exit {status}: {self!r}")
        expect(self.out == "", lambda: f"stdout is not empty: {self!r}")
        expect_sentence(self.err, *words)


def expect_sentence(text, *words):
    expect(text.count("\n") == 1 and text.endswith("\n") and len(text) > 15,
           lambda: f"stderr is not one line: {text!r}")
    for word in words:
        expect(word.lower() in text.lower(), lambda: f"stderr does not say {word!r}: {text!r}")


def run(*arguments, through=(), timeout=60, **more):
    """Runs boundby to its end, if wanted through another program (setpriv, sh -c ...)."""
    with Recording(*arguments, wanted=not through) as recording:
        command = [*through, BOUNDBY, *recording.arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, check=False, **more)
        return recording.hold(Result(done.returncode, done.stdout.decode(), done.stderr.decode()))


class Recording:
    """Each report of a live test is recorded as well; the report of the recording must be the
    same, byte for byte except capture.source."""

    def __init__(self, *arguments, wanted=True):
        self.arguments, self.path = [str(word) for word in arguments], None
        if (wanted and self.arguments[:1] == ["attach"] and "--json" in self.arguments
                and not {"-i", "--interval", "-o", "--output"} & set(self.arguments)):
            self.folder = tempfile.mkdtemp(prefix="boundby-recording-")
            self.path = os.path.join(self.folder, "trace.bbt")
            self.arguments += ["-o", self.path]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.path:
            shutil.rmtree(self.folder, ignore_errors=True)

    def hold(self, result):
        """The live result, after checking that the recording gives the same."""
        if self.path and result.status in (0, 6, 10):
            again = subprocess.run([BOUNDBY, "report", self.path, "--json"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, timeout=60, check=False)
            told = again.stdout.decode().replace('"source": "trace"', '"source": "live"', 1)
            expect(told == result.out and not again.stderr,
                   lambda: f"the recording tells something else: {again.stderr.decode()!r}\n"
                           + "\n".join(list(difflib.unified_diff(result.out.splitlines(),
                                                                 told.splitlines(), "live",
                                                                 "trace", n=1))[:60]))
        return result


def shell(script, timeout=60):
    """Runs a shell script in which $BOUNDBY is the program."""
    done = subprocess.run(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout, check=False,
                          env=dict(os.environ, BOUNDBY=BOUNDBY))
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_without_reader(*arguments):
    """Runs boundby with stdout a pipe whose reader has gone: like others it ends without a word."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run([BOUNDBY, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              stdout=write_end, stderr=subprocess.PIPE, timeout=60, check=False)
    finally:
        os.close(write_end)
    expect(done.returncode == 128 + 13 and not done.stderr,  # SIGPIPE
           f"exit {done.returncode}, {done.stderr!r}")


class Attach:
    """boundby in the background; ended by its own number when the test leaves."""

    def __init__(self, *arguments):
        self.recording = Recording(*arguments)
        self.proc = subprocess.Popen([BOUNDBY, *self.recording.arguments],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()
        self.proc.stderr.close()
        self.recording.__exit__()

    def bpf_ids(self):
        """Kernel numbers of the programs, maps and links that it holds right now."""
        found = {"prog_id": set(), "map_id": set(), "link_id": set()}
        folder = f"/proc/{self.proc.pid}/fdinfo"
        try:
            names = os.listdir(folder)
        except OSError:
            names = []
        for name in names:
            for line in (read_text(f"{folder}/{name}") or "").splitlines():
                key, _, value = line.partition(":")
                if key in found:
                    found[key].add(int(value))
        return found

    def wait_attached(self):
        """Until its hooks are in the kernel."""
        wait_for(lambda: self.bpf_ids()["link_id"] or self.proc.poll() is not None, 60,
                 "boundby is attached")
        if self.proc.poll() is not None:
            raise AssertionError(f"boundby ended before it was attached: {self.end()!r}")

    def end(self, timeout=60):
        out, err = self.proc.communicate(timeout=timeout)
        return self.recording.hold(Result(self.proc.returncode, out.decode(errors="replace"),
                                          err.decode()))


STARVED, DISTURBING = 0.1, 0.2  # share of the work that was queued; CPUs that others had
disturbances = []  # disturbance() of each report of attach(), newest last


def disturbance(report):
    """CPUs that processes that are none of ours had while the target was starved of them; 0: too few to
    matter. To be asked while what runs beside the target on purpose is there."""
    own = set(descendants(os.getpid()))
    starvation = next((row["value"] for row in report["verdict"]["evidence"]
                       if row["rule"] == "starvation"), None) or 0
    if report["verdict"]["class"] != "cpu-starved" and starvation < STARVED:
        return 0
    others = sum(row["cpu_ns"] for row in report["neighbours"] if row["pid"] not in own)
    cpus = others / report["capture"]["duration_ns"]
    return cpus if cpus >= DISTURBING else 0


def attach(pid, seconds=3, *more, beside=None):
    """Watches pid for that long and returns the report; beside() runs at the same time."""
    with Attach("attach", "-p", pid, "-d", seconds, "--json", *more) as boundby:
        if beside:
            boundby.wait_attached()
            beside()
        report = boundby.end(90).report()
    disturbances.append(disturbance(report))
    return report


# ---- what the report says ---------------------------------------------------------------------
def ledger_sum(time_):
    """All states of a ledger; null counts as nothing, throttled is inside runnable."""
    parts = [time_["on_cpu_ns"], time_["unobserved_ns"]]
    parts += [time_["runnable_ns"][name] for name in RUNNABLE]
    expect(set(time_["blocked_ns"]) == set(BLOCKED),
           lambda: f"states are not the contract's: {sorted(time_['blocked_ns'])}")
    parts += [time_["blocked_ns"][name] for name in BLOCKED]
    return sum(part for part in parts if part is not None)


def runnable_ns(time_):
    return sum(time_["runnable_ns"][name] for name in RUNNABLE)


def blocked_ns(time_):
    """The blocked states that are not empty."""
    return {name: ns for name, ns in time_["blocked_ns"].items() if ns}


def process(report, pid):
    rows = [row for row in report["processes"] if row["pid"] == pid]
    expect(len(rows) == 1, lambda: f"{len(rows)} rows for process {pid}, there are "
           f"{[row['pid'] for row in report['processes']]}")
    return rows[0]


def thread(report, pid, tid=None):
    rows = [row for row in process(report, pid)["threads"] if row["tid"] == (tid or pid)]
    expect(len(rows) == 1, f"{len(rows)} rows for thread {tid or pid} of process {pid}")
    return rows[0]


def add_ledgers(ledgers):
    """Sum of ledgers, each part; a part that one of them does not know is unknown."""
    def add(values):
        if isinstance(values[0], dict):
            return {key: add([value[key] for value in values]) for key in values[0]}
        return None if None in values else sum(values)
    return add(list(ledgers))


def instant(text):
    """RFC 3339 with nanoseconds as ns on the wall clock."""
    expect(len(text) == 30 and text.endswith("Z") and text[19] == ".",
           lambda: f"not RFC 3339 UTC with ns: {text!r}")
    whole = datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    seconds = (whole - datetime.datetime(1970, 1, 1)).total_seconds()
    return int(seconds) * SECOND + int(text[20:29])


def window(report):
    """Begin and end of the capture on the wall clock, ns."""
    start = instant(report["capture"]["start"])
    return start, start + report["capture"]["duration_ns"]


def histogram_problems(line):
    """Each wait of a thread that ended is in the histogram of its state: one may have begun before
    the window, and one may go on."""
    counts, held = {}, {}
    for state, row in line["waits"].items():
        state = "poll" if state.startswith("poll_") else state  # split when the wait ends
        if row["histogram_log2_ns"] is None:
            return [f"thread {line['tid']}: no histogram of {state}"]
        counts[state] = counts.get(state, 0) + row["count"]
        held[state] = held.get(state, 0) + sum(row["histogram_log2_ns"])
    return [f"thread {line['tid']}: {counts[state]} waits in {state}, {held[state]} in its histogram"
            for state in counts if abs(counts[state] - held[state]) >
            line["count"] + (0 if line["exited"] else 1)]


def check_sums(report, throughout):
    """Every ledger of a report is exact; throughout: pid -> tids that lived through the window."""
    duration = report["capture"]["duration_ns"]
    problems = []
    lost = {cause: count for cause, count in report["capture"]["lost"].items() if count}
    if report["capture"]["lost_events"] != sum(report["capture"]["lost"].values()):
        problems.append("lost_events is not the sum of capture.lost")
    if set(lost) - {"unmatched"} or (lost and not hides_switches()):
        problems.append(f"{report['capture']['lost_events']} events lost: {lost}")
    seen = {}
    for row in report["processes"]:
        where = f"{row['comm']}[{row['pid']}]"
        for line in row["threads"]:
            time_ = line["time"]
            off = ledger_sum(time_) - time_["wall_ns"]
            if off:
                problems.append(f"{where} thread {line['tid']}: sum is {off:+d} ns from wall")
            if time_["unobserved_ns"]:
                problems.append(f"{where} thread {line['tid']}: {time_['unobserved_ns']} ns "
                                f"unobserved of {time_['wall_ns']}, lost {report['capture']['lost']}")
            if time_["runnable_ns"]["throttled"] is not None and \
                    time_["runnable_ns"]["throttled"] > runnable_ns(time_):
                problems.append(f"{where} thread {line['tid']}: throttled exceeds runnable")
            problems += [f"{where} {text}" for text in histogram_problems(line)]
            if line["tid"] is not None and not line["exited"]:
                seen.setdefault(row["pid"], {})[line["tid"]] = time_["wall_ns"]
        if add_ledgers(line["time"] for line in row["threads"]) != row["time"]:
            problems.append(f"{where}: the process is not the sum of its threads")
    if add_ledgers(row["time"] for row in report["processes"]) != report["time"]:
        problems.append("the whole is not the sum of its processes")
    for pid, numbers in throughout.items():
        for tid in sorted(numbers):
            wall = seen.get(pid, {}).get(tid)
            if wall is None:
                problems.append(f"thread {tid} of {pid} lived throughout but has no row")
            elif wall != duration:
                problems.append(f"thread {tid} of {pid} lived throughout: wall {wall}, "
                                f"window {duration}")
    expect(not problems, lambda: "; ".join(problems[:8]) +
           (f"; and {len(problems) - 8} more" if len(problems) > 8 else ""))


class Lived:
    """Which threads of a process (not of its children) were there before and after."""

    def __init__(self, *pids):
        self.before = {pid: tids(pid) for pid in pids}

    def throughout(self):
        return {pid: numbers & tids(pid) for pid, numbers in self.before.items()}


# ---- the kernel's and the workload's own truth, over exactly the same window --------------------
def process_cpu_ns(pid):
    """The CPU clock of another process, all its threads, living or gone; exact at this instant."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return None


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


def attach_sampled(workload, seconds, *more, group=None):
    """A report, and a sampler that covers its window with some room on both sides."""
    with Sampler(workload, group) as sampler:
        report = attach(workload.pid, seconds, *more)
        time.sleep(0.25)
    return report, sampler
