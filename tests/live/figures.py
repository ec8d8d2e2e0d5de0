# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of a report in JSON: ledgers, rows by PID and TID, instants, histograms."""
import datetime
import json
import os

from checks import SECOND, expect

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "report.schema.json"),
          encoding="utf-8") as _file:
    _SCHEMA = json.load(_file)
RUNNABLE = ("wakeup", "preempted")  # throttled is a part of these
BLOCKED = tuple(_SCHEMA["definitions"]["ledger"]["properties"]["blocked_ns"]["required"])
IO = ("network", "disk", "poll_io", "ipc", "child", "page_fault", "kernel")


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
