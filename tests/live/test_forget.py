# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that start and exit while boundby watches: no time is lost, and no state is kept.

The workload is soak, whose processes each wait for a lock, a pipe and an epoll set.
"""
import json
import os
import subprocess
import time

import live

CALM = True  # none of these measures time: see run.py

MS = 1000000


def ended_in(report, target):
    """Rows of the short-lived processes that are over by now."""
    alive = set(live.descendants(target.pid))
    return [row for row in report["processes"] if row["pid"] not in alive]


def check_ended(rows, least):
    """Each has all that it waited for, however long ago it ended."""
    live.expect(len(rows) >= least, f"{len(rows)} processes, at least {least} came and went")
    bare = [row["pid"] for row in rows
            if not any(lock["waits"] and lock["wait_ns"] > MS / 2 for lock in row["locks"])]
    live.expect(len(bare) <= len(rows) / 10,
                f"{len(bare)} of {len(rows)} processes without the lock that they waited for: "
                f"{bare[:10]}")


def test_rows_of_who_ended():
    """A report of the whole, of which most processes ended many snapshots before."""
    with live.Workload("soak", 20, 0, 0) as target:
        report = live.attach(target.pid, 6)
        check_ended(ended_in(report, target), 80)


def test_each_interval_has_its_own():
    with live.Workload("soak", 20, 50, 0) as target:
        result = live.run("attach", "-p", target.pid, "-d", 4, "-i", "1s", "--json")
        reports = [json.loads(line) for line in result.out.splitlines()]
        live.expect(len(reports) == 4, f"{len(reports)} reports of 4, {result!r}")
        for report in reports:
            rows = ended_in(report, target)
            check_ended(rows, 10)
            live.expect(len(rows) <= 30, f"{len(rows)} processes, 20 in a window")


def rows_of(boundby, name):
    """Rows of one of boundby's maps."""
    bpftool = live.tool("bpftool")
    for number in boundby.bpf_ids()["map_id"]:
        shown = subprocess.run([bpftool, "-j", "map", "show", "id", str(number)],
                               stdout=subprocess.PIPE, timeout=30, check=True)
        if json.loads(shown.stdout).get("name") == name:
            dumped = subprocess.run([bpftool, "-j", "map", "dump", "id", str(number)],
                                    stdout=subprocess.PIPE, timeout=30, check=True)
            return json.loads(dumped.stdout)
    raise AssertionError(f"boundby has no map {name}")


def processes_in(boundby, name):
    return {row["formatted"]["key"]["tgid"] for row in rows_of(boundby, name)}


@live.slow
def test_tables_hold_who_lives():
    """50 processes a second for ten seconds: rows of the last three are there, no others."""
    with live.Workload("soak", 50, 200, 1000) as target, \
            live.Attach("attach", "-p", target.pid, "-d", 11, "--json") as boundby:
        boundby.wait_attached()
        time.sleep(4)
        descriptors = len(os.listdir(f"/proc/{boundby.proc.pid}/fd"))
        time.sleep(4)
        for name in ("wait_totals", "lock_waits"):
            found = processes_in(boundby, name)
            live.expect(0 < len(found) < 250, f"{len(found)} processes in {name}: they are kept")
        live.expect(len(os.listdir(f"/proc/{boundby.proc.pid}/fd")) <= descriptors + 1,
                    "descriptors grow")
        result = boundby.end()
        live.expect(result.status == 0, lambda: f"{result!r}")
