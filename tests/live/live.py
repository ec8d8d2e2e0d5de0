# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by the live tests: starts workloads and boundby, reads reference figures from /proc.

Takes BOUNDBY (the program) and BOUNDBY_BUILD (with workloads/). Returns reports as parsed JSON, and
what the kernel and the workload itself counted in the same window.
"""
import difflib
import functools
import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from checks import (  # noqa: F401
    EXIT_SKIP, Misjudged, Problems, SECOND, Skip, expect, expect_close, expect_sentence,
    judged, slow)
from host import (  # noqa: F401
    Cgroup, Lived, Trace, descendants, knows_tracepoint, process_cpu_ns, read_text,
    state_letter, tids, tool, wait_for)
from figures import (  # noqa: F401
    BLOCKED, IO, RUNNABLE, add_ledgers, blocked_ns, histogram_problems, instant, ledger_sum,
    process, runnable_ns, thread, window)
from sampler import Sampler

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BOUNDBY = os.environ.get("BOUNDBY") or os.path.join(ROOT, "build", "boundby")
BUILD = os.environ.get("BOUNDBY_BUILD") or os.path.dirname(BOUNDBY)


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


def loss_problems(report):
    """What boundby lost and may not have lost, in words: all but the switches that the kernel hid."""
    capture = report["capture"]
    lost = {cause: count for cause, count in capture["lost"].items() if count}
    problems = []
    if capture["lost_events"] != sum(lost.values()):
        problems.append("lost_events is not the sum of capture.lost")
    if set(lost) - {"unmatched"} or (lost and not hides_switches()):
        problems.append(f"{capture['lost_events']} events lost: {lost}")
    return problems


def expect_no_losses(report):
    problems = loss_problems(report)
    expect(not problems, lambda: "; ".join(problems))


def check_sums(report, throughout):
    """Every ledger of a report is exact; throughout: pid -> tids that lived through the window."""
    duration = report["capture"]["duration_ns"]
    problems = loss_problems(report)
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


def attach_sampled(workload, seconds, *more, group=None):
    """A report, and a sampler that covers its window with some room on both sides."""
    with Sampler(workload, group) as sampler:
        report = attach(workload.pid, seconds, *more)
        time.sleep(0.25)
    return report, sampler
