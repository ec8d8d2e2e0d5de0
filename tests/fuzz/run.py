#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzzes each target of tests/fuzz/ for FUZZ_SECONDS (60), one per CPU at a time.

Takes BOUNDBY_BUILD (with fuzz/fuzz_X), the names of targets (all by default) and the seeds in
tests/fuzz/seeds/X/. Prints "ok X" or "FAIL X: reason" per target, for each finding the input and
the command that reproduces it, and the totals; exits 1 when a target failed. The grown fuzzing
corpus is kept in BOUNDBY_BUILD/fuzz/corpus/X/ for the next run.
"""
import concurrent.futures
import glob
import os
import re
import shlex
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(os.environ.get("BOUNDBY_BUILD") or os.path.join(ROOT, "build"), "fuzz")
# Beyond these an input is a finding, on a busy machine too: seconds that it takes, memory in all,
# memory asked for at once (inputs are some kilobytes).
LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=512"]
# Reading the corpus, the leak check and a last slow input come on top of the time asked for.
GRACE_S = 120
SHOWN_LINES = 30
SANITIZERS = {
    # Freed memory that waits to be misused must not fill the memory limit in an hour.
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:quarantine_size_mb=64",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "LSAN_OPTIONS": f"suppressions={HERE}/leaks.txt:print_suppressions=0",
}


class Target:
    """One fuzzer: where its files are and what came of it."""

    def __init__(self, name):
        self.name = name
        self.program = os.path.join(FOLDER, "fuzz_" + name)
        self.seeds = os.path.join(HERE, "seeds", name)
        self.corpus = os.path.join(FOLDER, "corpus", name)
        self.findings = os.path.join(FOLDER, "findings", name)
        self.log = os.path.join(FOLDER, name + ".log")
        self.problem = None
        self.inputs = 0
        self.seconds = 0  # that it ran: libFuzzer ends early when the clock is set

    def command(self, seconds):
        return [self.program, f"-max_total_time={seconds}", *LIMITS,
                f"-artifact_prefix={self.findings}/", "-print_final_stats=1",
                self.corpus, self.seeds]

    def again(self, path):
        """The command that shows a finding again."""
        settings = [f"{name}={value}" for name, value in SANITIZERS.items()]
        return " ".join(map(shlex.quote, [*settings, os.path.relpath(self.program, ROOT), *LIMITS,
                                          os.path.relpath(path, ROOT)]))


def how(status):
    if status >= 0:
        return f"exit status {status}"
    return f"killed by {signal.Signals(-status).name}"


def fuzz(target, seconds):
    """Runs one fuzzer to its end; its output is in target.log."""
    os.makedirs(target.corpus, exist_ok=True)
    os.makedirs(target.findings, exist_ok=True)
    env = {**os.environ, **SANITIZERS}
    begun = time.monotonic()
    with open(target.log, "wb") as log:
        try:
            status = subprocess.run(target.command(seconds), stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT, env=env, check=False,
                                    timeout=seconds + GRACE_S).returncode
        except subprocess.TimeoutExpired:
            return f"not done {GRACE_S} s after its time"
    target.seconds = round(time.monotonic() - begun)
    return judge(target, status)


def judge(target, status):
    """What is wrong with a run, or None. A run that tried nothing proves nothing."""
    with open(target.log, encoding="utf-8", errors="replace") as log:
        text = log.read()
    written = re.findall(r"Test unit written to (\S+)", text)
    # Noted beside it without ending the run: an input that was slow, yet within the limit.
    written = [path for path in written if not os.path.basename(path).startswith("slow-unit-")]
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    target.inputs = int(executed.group(1)) if executed else 0
    if written or status:
        kind = re.findall(r"SUMMARY: (.*)", text)
        reason = kind[-1] if kind else how(status)
        shown = [f"\n    input: {path}\n    again: {target.again(path)}" for path in written]
        return reason + "".join(shown)
    seeds = len(os.listdir(target.seeds))
    if target.inputs <= seeds:
        return f"tried {target.inputs} inputs, not more than its {seeds} seeds"
    return None


def run_one(target, seconds):
    try:
        if os.path.exists(target.log):
            os.remove(target.log)  # of an earlier run
        if not os.access(target.program, os.X_OK):
            target.problem = f"{target.program} is missing: run make fuzz-build"
        elif not glob.glob(os.path.join(target.seeds, "*")):
            target.problem = f"there are no seeds in {os.path.relpath(target.seeds, ROOT)}/"
        else:
            target.problem = fuzz(target, seconds)
    except Exception as error:  # one target's trouble must not hide the others'
        target.problem = f"{type(error).__name__}: {error}"
    return target


def report(target):
    if not target.problem:
        print(f"ok {target.name}: {target.inputs} inputs in {target.seconds} s", flush=True)
        return
    print(f"FAIL {target.name}: {target.problem}", flush=True)
    if os.path.exists(target.log):
        print(f"    log: {os.path.relpath(target.log, ROOT)}, of which")
        for line in worth_showing(target.log):
            print("    | " + line)


def worth_showing(path):
    """Where the error begins; the end, when there is none to be seen."""
    with open(path, encoding="utf-8", errors="replace") as log:
        lines = log.read().splitlines()
    for i, line in enumerate(lines):
        if re.search(r"ERROR: |runtime error: ", line):
            return lines[i:i + SHOWN_LINES]
    return lines[-SHOWN_LINES:]


def main():
    os.chdir(ROOT)
    seconds = int(os.environ.get("FUZZ_SECONDS") or 60)
    known = sorted(os.path.basename(path)[5:-2] for path in glob.glob(HERE + "/fuzz_*.c"))
    wanted = sys.argv[1:] or known
    for name in wanted:
        if name not in known:
            sys.exit(f"tests/fuzz/run.py: no target '{name}'; there are: {' '.join(known)}")
    if seconds < 1:  # libFuzzer takes 0 for "no limit"
        sys.exit(f"tests/fuzz/run.py: FUZZ_SECONDS is 1 or more, not {seconds}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        runs = [pool.submit(run_one, Target(name), seconds) for name in wanted]
        for run in concurrent.futures.as_completed(runs):
            report(run.result())
            failed += bool(run.result().problem)
    print(f"{len(wanted) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
