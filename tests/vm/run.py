#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tests on other kernels: Debian's cloud kernels as guests under qemu. `run.py [--all]`

Without --all it runs the quick part that `make test` runs: 5.10 refuses, every program loads on 6.1,
6.12 and the newest kernel that apt offers, and 6.1 passes one test of each kind. With --all (make
vmtest; KERNEL= and ARCH= choose) each kernel runs the profile of profile.py. Prints a line for each
test, "ok|FAIL|skip KERNEL NAME", a table, and "N passed, N failed, N skipped"; exit 1 when one
failed. A kernel that cannot be had is a skip. BOUNDBY_VM_CACHE (build/vm) keeps packages.
"""
import argparse
import concurrent.futures
import os
import re
import shlex
import shutil
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import machine  # noqa: E402  (the path comes first)
import packages  # noqa: E402
import guest_profile as profile  # noqa: E402

TOO_OLD = "5.10"
SERIES = {"amd64": (TOO_OLD, "6.1", "6.12", "6.18", "7.2", "newest"), "arm64": ("6.1", "6.12")}
QUICK = {TOO_OLD: [], "6.1": profile.QUICK_FULL, "6.12": profile.QUICK_LOAD,
         "newest": profile.QUICK_LOAD}
GUESTS_AT_ONCE = 2
GUEST_LIMIT_S = {True: 3600, False: 900}  # of the whole profile, of the quick part
RESULT = re.compile(r"^(ok|FAIL|skip) ([\w.]+)(.*)")
REFUSALS = [f"refusal.{name}" for name in ("attach", "sched", "record", "watch", "check")]
OUTCOMES = {"ok": "passed", "FAIL": "failed", "skip": "skipped"}

printing = threading.Lock()


def say(text):
    with printing:
        print(text, flush=True)


class Run:
    """The tests of one kernel: what was asked, and what came of each."""

    def __init__(self, series, arch, tests):
        self.series, self.arch, self.tests = series, arch, tests
        self.kernel, self.root, self.missing, self.outcomes = None, None, None, {}

    def name(self):
        return self.kernel.release if self.kernel else self.series

    def note(self, outcome, test, text=""):
        self.outcomes[test] = outcome
        say(f"{outcome} {self.series} {test}{text}")

    def hear(self, line):
        found = RESULT.match(line)
        if found and found[2] in self.tests:
            self.note(found[1], found[2], found[3])
        elif not re.match(r"\[ *\d+\.\d+\] |again: |\d+ passed", line):
            say(f"     {self.series} {line}")

    def command(self, build):
        program = os.path.join(build, "boundby")
        words = ["tests/vm/refusal.py"] if self.series == TOO_OLD else \
            ["tests/live/run.py", "-v", *(word for test in self.tests for word in ("-x", test))]
        return (f"BOUNDBY={shlex.quote(program)} BOUNDBY_BUILD={shlex.quote(build)} "
                f"PYENV_ROOT=/nowhere PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 {shlex.join(words)}")

    def boot(self, build, limit_s):
        begun = time.monotonic()
        guest = machine.boot(self.kernel, self.arch, self.command(build), root=self.root,
                             tree=packages.ROOT, limit_s=limit_s, hear=self.hear)
        say(f"     {self.series} {self.kernel.release}, {time.monotonic() - begun:.0f} s")
        silent = [test for test in self.tests if test not in self.outcomes]
        for test in silent:
            self.note("FAIL", test, ": no result, the guest had ended")
        if silent:
            say("\n".join(f"     {self.series} {line}" for line in guest.last[-12:]))
        if guest.complaints:
            self.note("FAIL", "kernel", ": it complained: " + " | ".join(guest.complaints[:6]))

    def cell(self, column):
        """What the table says of one column."""
        if self.missing:
            return "missing"
        found = [self.outcomes[test] for test in self.tests if column_of(test) == column]
        if not found:
            return "-"
        if "FAIL" in found:
            return f"{found.count('FAIL')} of {len(found)} failed"
        return f"passed {found.count('ok')}" if "ok" in found else "skipped"


def column_of(test):
    return next((column for column, tests in profile.COLUMNS.items() if test in tests), "load")


def table(runs):
    yield "| kernel | " + " | ".join(profile.COLUMNS) + " |"
    yield "| --- |" + " --- |" * len(profile.COLUMNS)
    for run in runs:
        if run.series == TOO_OLD and not run.missing:
            cells = ["refuses, exit 4" if set(run.outcomes.values()) == {"ok"} else
                     "does not refuse"] + [""] * (len(profile.COLUMNS) - 1)
        else:
            cells = [run.cell(column) for column in profile.COLUMNS]
        yield f"| {run.name()} | " + " | ".join(cells) + " |"
    for run in runs:
        if run.missing:
            yield f"missing: {run.series}: {run.missing}"


def planned(options):
    """The runs that were asked for."""
    everything = options.tests or [test for tests in profile.COLUMNS.values() for test in tests]
    chosen = [series for series in SERIES[options.arch] if options.all or series in QUICK]
    for series in [options.kernel] if options.kernel else chosen:
        tests = everything if options.all else QUICK[series]
        yield Run(series, options.arch, REFUSALS if series == TOO_OLD else tests)


def fetch(runs, arch):
    """Finds what each run boots and yields it; drops the second of two that are the same."""
    kernels, seen = packages.Kernels(arch), {}
    for run in list(runs):
        try:
            run.root, run.kernel = packages.root_for(arch), kernels.find(run.series)
        except packages.Missing as why:
            run.missing = why
            run.outcomes["kernel"] = "skip"
            say(f"skip {run.series}: {why}")
            continue
        if run.kernel.package in seen:
            say(f"     {run.series} is {seen[run.kernel.package]}")
            runs.remove(run)
        else:
            seen[run.kernel.package] = run.series
            yield run


def missing_tools(arch):
    """What scripts/setup test installs and this needs."""
    paths = [machine.QEMU[arch][0], "busybox", "cpio", "unshare", "apt-get", "dpkg-deb"]
    return [path for path in paths if not shutil.which(path)] + \
        [path for path in [machine.VIRTIOFSD] if not os.access(path, os.X_OK)]


def stop(*_):
    machine.end_all()
    sys.exit(143)


def main():
    # ended from outside, it still ends what it began
    signal.signal(signal.SIGTERM, stop)
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--all", action="store_true", help="the whole profile on every kernel")
    parser.add_argument("--kernel", metavar="SERIES", help="only this one: 6.1, 7.2, newest")
    parser.add_argument("-x", dest="tests", action="append", metavar="NAME",
                        help="only these tests")
    parser.add_argument("--arch", choices=SERIES, default="amd64")
    options = parser.parse_args()
    options.all = bool(options.all or options.kernel or options.tests)
    if os.geteuid() != 0:
        sys.exit("the guests' root is a read-only mount of the host's: run this as root, with sudo")
    if missing_tools(options.arch):
        sys.exit(f"missing: {' '.join(missing_tools(options.arch))}; run scripts/setup test")
    build = os.path.join(packages.BUILD, "arm64" if options.arch == "arm64" else "")
    limit_s = GUEST_LIMIT_S[options.all]
    runs = list(planned(options))
    with concurrent.futures.ThreadPoolExecutor(GUESTS_AT_ONCE) as pool:
        for done in [pool.submit(run.boot, build, limit_s) for run in fetch(runs, options.arch)]:
            done.result()
    print("\n".join(table(runs)))
    found = [outcome for run in runs for outcome in run.outcomes.values()]
    print(f"{found.count('ok')} passed, {found.count('FAIL')} failed, {found.count('skip')} skipped")
    return 1 if "FAIL" in found or not found else 0


if __name__ == "__main__":
    sys.exit(main())
