#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""On a kernel below the floor: each command that needs BPF refuses in one sentence, exit status 4.

Run in a guest; prints one line for each command, as tests/live/run.py does for a test.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
import live  # noqa: E402

COMMANDS = {
    "attach": ("attach", "-p", str(os.getpid()), "-d", "1"),
    "sched": ("attach", "-p", str(os.getpid()), "-d", "1", "--depth", "sched"),
    "record": ("record", "-p", str(os.getpid()), "-d", "1", "-o", "-"),
    "watch": ("watch", "-a"),
}


def refuses(words):
    live.run(*words).expect_error(4, "5.15")


def check_says_why():
    """check lists what is missing, and its status is the same."""
    result = live.run("check")
    live.expect(result.status == 4 and "5.15" in result.out, lambda: f"{result!r}")


def main():
    for name, test in [*((name, lambda words=words: refuses(words))
                         for name, words in COMMANDS.items()), ("check", check_says_why)]:
        try:
            test()
            print(f"ok refusal.{name}")
        except AssertionError as problem:
            print(f"FAIL refusal.{name}: {problem}")


main()
