#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the live tests: functions test_* of tests/live/test_*.py, one after the other, as root.

-k PATTERN selects by part of a name or glob, -x NAME by exactly this name (both repeatable); --all
includes tests marked slow (-k and -x always do); --beside and --alone select the modules that may,
or may not, run while the machine does other work. Prints "ok NAME", "FAIL NAME: reason" or "skip
NAME: reason" per test and the totals; exits 1 when a test failed. A module declares HARDY when other
load does not affect its tests, and CALM when in addition two of them may run at once.

A live.judged() that does not hold while the last report says that processes that are none of the test's had
the CPUs that its target wanted says nothing: the test is repeated once, which is counted. No other failure is.
"""
import argparse
import concurrent.futures
import fnmatch
import importlib
import os
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST_REMINDER = 600
MOST_REPEATED = 5  # in one run: a machine that disturbs more cannot judge
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True


def discover():
    """All tests, in the order in which they stand."""
    for file_name in sorted(os.listdir(HERE)):
        if not (file_name.startswith("test_") and file_name.endswith(".py")):
            continue
        module = importlib.import_module(file_name[:-3])
        tests = [(name, thing) for name, thing in vars(module).items()
                 if name.startswith("test_") and callable(thing) and
                 thing.__module__ == module.__name__]
        for name, thing in sorted(tests, key=lambda row: row[1].__code__.co_firstlineno):
            yield f"{file_name[5:-3]}.{name[5:]}", thing


def chosen(name, options):
    if options.names:
        return name in options.names
    return not options.patterns or any(pattern in name or fnmatch.fnmatch(name, pattern)
                                       for pattern in options.patterns)


def says(test, word):
    return getattr(sys.modules[test.__module__], word, False)


def run_all(tests, verbose):
    """Yields (outcome, line) of each run. Modules that measure no time, CALM, run two tests at once."""
    calm = [row for row in tests if says(row[1], "CALM")]
    repeats = MOST_REPEATED
    for name, test in tests:
        if (name, test) in calm:
            continue
        outcome, line = run_one(name, test, verbose)
        if outcome == "disturbed" and repeats:
            repeats -= 1
            yield outcome, line
            outcome, line = run_one(name, test, verbose)
        yield "FAIL" if outcome == "disturbed" else outcome, line
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = [pool.submit(run_one, name, test, verbose) for name, test in calm]
        for done in running:
            outcome, line = done.result()
            yield "FAIL" if outcome == "disturbed" else outcome, line


def run_one(name, test, verbose):
    """Runs a test; gives back its outcome, a key of main's counts, and the line to print."""
    import live
    live.disturbances.clear()
    begun = time.monotonic()
    try:
        test()
        outcome, line = "ok", f"ok {name}"
    except live.Skip as why:
        outcome, line = "skip", f"skip {name}: {why}"
    except AssertionError as problem:
        outcome, line = "FAIL", f"FAIL {name}: {problem}"
        others = live.disturbances[-1] if live.disturbances else 0
        if others and isinstance(problem, live.Misjudged):
            outcome = "disturbed"
            line += f" (meanwhile other processes had {others:.2f} CPUs)"
    except Exception as error:
        outcome, line = "FAIL", f"FAIL {name}: {type(error).__name__}: {error}"
        traceback.print_exc()
    if verbose:
        line += f"  ({time.monotonic() - begun:.1f} s)"
    return outcome, line


def main():
    # ended from outside, it still ends what it began
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-k", dest="patterns", action="append", metavar="PATTERN",
                        help="only tests whose name holds this")
    parser.add_argument("-x", dest="names", action="append", metavar="NAME",
                        help="only the tests of exactly these names")
    parser.add_argument("--all", action="store_true", help="those that are slow, too")
    parser.add_argument("--beside", action="store_const", const=True, default=None,
                        help="only those that may run while the machine has other work")
    parser.add_argument("--alone", dest="beside", action="store_const", const=False,
                        help="only the others")
    parser.add_argument("-l", dest="list", action="store_true", help="only list the tests")
    parser.add_argument("-v", dest="verbose", action="store_true", help="show how long each took")
    options = parser.parse_args()
    everything = options.all or options.patterns or options.names or os.environ.get("BOUNDBY_TEST_ALL")
    tests = [row for row in discover() if chosen(row[0], options) and
             (everything or not getattr(row[1], "slow", False)) and
             options.beside in (None, says(row[1], "CALM") or says(row[1], "HARDY"))]
    if options.list:
        print("\n".join(name for name, _ in tests))
        return 0
    import live
    if os.geteuid() != 0:
        print("the live tests load BPF programs: run them as root, with sudo", file=sys.stderr)
        return 1
    if not os.access(live.BOUNDBY, os.X_OK):
        print(f"{live.BOUNDBY} is missing: run make", file=sys.stderr)
        return 1
    counts = {"ok": 0, "FAIL": 0, "skip": 0, "disturbed": 0}
    failed = []
    for outcome, line in run_all(tests, options.verbose):
        counts[outcome] += 1
        print(f"disturbed, again: {line[5:]}" if outcome == "disturbed" else line, flush=True)
        if outcome == "FAIL":
            failed.append(line[:LONGEST_REMINDER])
    # Failures are repeated at the end, for readers of the tail of a long log.
    for line in failed:
        print(f"again: {line}")
    if counts["disturbed"]:
        print(f"{counts['disturbed']} repeated, since other processes starved the target")
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    if not tests:
        print("no test has such a name", file=sys.stderr)
    return 1 if counts["FAIL"] or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
