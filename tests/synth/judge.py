# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds a report against the truth of its window: what is wrong, and what the table counts."""
import os
import re

from truth import Truth, read

STATES = ("network", "request", "disk", "poll_idle", "poll_io", "ipc", "lock", "gil", "condition",
          "sleep", "child", "page_fault", "kernel", "stopped", "other")
SHARE = 0.03
MOST_CAUSES = 6  # that a verdict lists
# A thread cannot tell by its clocks when it gave the GIL away before a wait: part of its time for it.
GIL_BLUR = 0.15
UNSEEN = 0.1  # of the computing that the program's own clocks saw
SOURCES = (("operations.c", "c"), ("player.py", "py"))


def places():
    """(language, operation) -> its lines, from the marks in the sources."""
    found, folder = {}, os.path.dirname(os.path.abspath(__file__))
    for source, language in SOURCES:
        path = os.path.join(folder, source)
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                mark = re.search(r"\bat: (\w+)(?: \*/)?$", line)
                if mark:
                    found.setdefault((language, mark[1]), []).append(f"{source}:{number}")
    return found


PLACES = places()


class Verdict:
    """What is wrong with one report, by kind, and the marks that the table sums up."""

    def __init__(self, plan, directory, operations, report, begin, end):
        self.plan, self.report = plan, report
        self.truth = Truth(plan, read(directory, plan.language), operations, begin, end)
        self.accepted = self.truth.classes()
        self.told = report["verdict"]["class"]
        self.confidence = report["verdict"]["confidence"]
        self.wrong, self.marks = {}, set()
        self._class()
        self._shares()
        if self.told in self.accepted:
            self._causes()

    def _class(self):
        if len(self.accepted) > 1:
            self.marks.add("near")
        if self.told in self.accepted:
            return
        if self.told == "idle" and self.confidence != "high" and self.truth.undecidable() and (
                "stuck" in self.report["verdict"]["headline"]):
            self.marks.add("undecided")
            return
        # watch may say that it could not see enough, never the opposite
        if self.plan.watched and (self.told == "insufficient" or self.confidence == "low"):
            self.marks.add("undecided")
            return
        self.wrong["class"] = f"{self.told}, truth {' or '.join(self.accepted)}"
        if self.told == "idle" and self.truth.stuck:
            self.marks.add("idle of stuck")
        if self.told in ("loop-blocked", "hung"):
            self.marks.add(f"false {self.told}")
        if self.confidence == "high":
            self.marks.add("high and wrong")

    def _shares(self):
        """Each state of each thread, as a share of the window."""
        wrong, seen = [], {row["tid"]: row["time"] for process in self.report["processes"]
                           for row in process["threads"] if row["tid"] is not None}
        for tid, times in self.truth.threads.items():
            if tid not in seen or seen[tid]["wall_ns"] < 0.9 * self.truth.window:
                continue
            told = told_shares(seen[tid], self.truth.window)
            true = {name: ns / self.truth.window for name, ns in times.items()}
            blur = GIL_BLUR * true.get("gil", 0)
            # nor when a wait for a disk or a child was over
            blind = (true.get("disk", 0) + true.get("child", 0)) * (true.get("gil", 0) > SHARE)
            true["ipc"] = true.get("ipc", 0) + true.pop("unended", 0)
            if self.plan.language == "py" and self.truth.stuck and self.truth.undecidable():
                # nor does a lock of Python that no thread releases differ from a semaphore
                for times in (told, true):
                    times["condition"] = times.get("condition", 0) + times.pop("lock", 0)
            for name in sorted(set(told) | set(true)):
                off = told.get(name, 0) - true.get(name, 0)
                limit = SHARE + blur * (name not in ("cpu", "runnable")) + (
                    blind if name in ("disk", "child", "gil") else 0)
                if abs(off) > limit:
                    wrong.append(f"{tid} {name} {told.get(name, 0):.3f}, truth "
                                 f"{true.get(name, 0):.3f}")
        if wrong:
            self.wrong["shares"] = "; ".join(wrong[:6]) + (
                f"; and {len(wrong) - 6} more" if len(wrong) > 6 else "")

    def _causes(self):
        rows = self.report["verdict"]["causes"]
        if self.told == "idle" or self.told == "insufficient":
            return
        first = rows[0] if rows else {"kind": None, "where": None, "detail": ""}
        if self.told == "hung":
            self._place(first, {operation for _, _, operation in self.truth.stuck} | self.plan.holders)
            return
        true = self.truth.causes()
        told = {}
        for row in rows:
            kind = "starved" if row["kind"] == "throttled" else row["kind"]
            told[kind] = told.get(kind, 0) + row["share"]
        most = max(true, key=true.get) if true else None
        kind = max(told, key=told.get) if told else None
        if self.truth.in_turn() and kind in ("gil", "cpu"):
            return
        if most and true.get(kind, 0) < true[most] - SHARE - self.truth.blur():
            self.wrong["cause"] = f"{kind}, truth {most} {true[most]:.2f}"
        elif kind and not self._near(told[kind], true.get(kind, 0), len(rows)):
            self.wrong["cause"] = f"{kind} {told[kind]:.3f}, truth {true.get(kind, 0):.3f}"
        else:
            if kind == "cpu" and self._computes_unseen():
                self.marks.add("no place")
                return
            # the place of the GIL is the holder's, which is the one that runs while they run in turn
            holds = kind == "gil" and self.report["cores"] < 1
            self._place(first, self.truth.places("cpu" if holds else first["kind"]) |
                        (self.truth.places("cpu") if kind == "gil" else set()))

    def _computes_unseen(self):
        """Making children computes, too, which no operation's clock measures. Where that is much,
        any of its lines may compute most."""
        return self.report["cores"] > (1 + UNSEEN) * self.truth.cores

    def _near(self, told, true, rows):
        """Of a list that is full more causes of this kind may have found no room."""
        limit = SHARE + self.truth.blur()
        return told - true <= limit and (rows >= MOST_CAUSES or true - told <= limit)

    def _place(self, cause, operations):
        """A place that is named is one of these operations' lines; one that is missing is counted."""
        if not operations:
            return
        where = cause["where"] or ""
        self.marks.add("place" if where else "no place")
        lines = [line for name in sorted(operations)
                 for line in PLACES.get((self.plan.language, name), ())]
        named = any(f"op_{name}" in where for name in operations)
        # at the end of a line, or before " (program)"
        if where and not (named and any(re.search(rf"\b{re.escape(line)}\b", where)
                                        for line in lines)):
            self.wrong["place"] = f"{where}, truth {' or '.join(lines)}"


def told_shares(ledger, window):
    rows = {"cpu": ledger["on_cpu_ns"],
            "runnable": ledger["runnable_ns"]["wakeup"] + ledger["runnable_ns"]["preempted"]}
    rows.update({name: ledger["blocked_ns"][name] for name in STATES})
    return {name: ns / window for name, ns in rows.items()}


def share(count, whole):
    return f"{count} of {whole} ({count / whole:.1%})" if whole else "none"


def table(verdicts):
    """The sums of a run: (line, is the target met or None where there is none)."""
    count = len(verdicts)

    def wrong(kind):
        return sum(kind in verdict.wrong for verdict in verdicts)

    def mark(name):
        return sum(name in verdict.marks for verdict in verdicts)
    placed = mark("place")
    rows = [
        (f"class right            {share(count - wrong('class'), count)}",
         wrong("class") <= 0.02 * count),
        (f"  near a threshold     {mark('near')}: their neighbour's class was accepted too", None),
        (f"  undecided            {mark('undecided')}: said so, where it cannot be seen, or by watch", None),
        (f"shares within 3 points {share(count - wrong('shares'), count)}", not wrong("shares")),
        (f"first cause right      {share(count - wrong('class') - wrong('cause'), count)}", None),
        (f"its place right        {share(placed - wrong('place'), placed)}, "
         f"{mark('no place')} have none", None)]
    rows += [(f"{name:<22} {mark(name)}", not mark(name)) for name in (
        "idle of stuck", "false loop-blocked", "false hung", "high and wrong")]
    return rows
