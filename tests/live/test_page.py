# SPDX-License-Identifier: GPL-2.0-or-later
"""`--html`: the page's data against `report --json` of the same trace, number by number."""
import json
import os
import re
import tempfile

import live

CALM = True  # none of these measures time: see run.py
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)


def data_of(path):
    with open(path, encoding="utf-8") as file:
        found = DATA.findall(file.read())
    live.expect(len(found) == 1, f"{len(found)} data elements")
    return json.loads(found[0])


def recording(folder):
    with live.Workload("loop.py", "asyncio", "sleep", interpreter="/usr/bin/python3") as target:
        done = live.run("attach", "-p", target.pid, "-d", 3, "--json", "-o", f"{folder}/t.bbt",
                        "--html", f"{folder}/live.html")
    return done.report()


def test_page_is_the_report():
    """Each number of `report --json` is on the page of the trace, and on that of the live watch."""
    with tempfile.TemporaryDirectory() as folder:
        alive = recording(folder)
        printed = live.run("report", f"{folder}/t.bbt", "--json", "--html", f"{folder}/trace.html")
        data = data_of(f"{folder}/trace.html")
        live.expect(data["report"] == printed.report(), "the page's report is not the one printed")
        live.expect(data_of(f"{folder}/live.html")["report"] == alive, "live: another report")
        live.expect(data_of(f"{folder}/live.html")["page"] == data["page"], "live: other windows")
        check_windows(data)
        check_flames(data)
        size = os.path.getsize(f"{folder}/trace.html")
        live.expect(size < 1_000_000, f"{size} bytes")


def check_windows(data):
    """The windows are the ledger: they cover the capture, and sum to its wall time."""
    target, report = data["page"]["target"], data["report"]
    live.expect(sum(target["durations_ns"]) == report["capture"]["duration_ns"], "gaps")
    wall = sum(map(sum, target["states"].values()))
    live.expect(wall == report["time"]["wall_ns"], f"{wall}, not {report['time']['wall_ns']}")
    on_cpu = sum(target["states"]["on_cpu"])
    live.expect(on_cpu == report["time"]["on_cpu_ns"], f"{on_cpu} on CPU")
    lanes = {lane["tid"] for lane in data["page"]["threads"]["lanes"]}
    rows = {row["tid"] for process in report["processes"] for row in process["threads"]}
    live.expect(lanes == rows, f"lanes {lanes}, threads {rows}")


def check_flames(data):
    """The widths of the outermost frames sum to the view, on-CPU exactly to the ledger."""
    views = data["page"]["flames"]["views"]
    live.expect(views["on-cpu"]["ns"] == data["report"]["time"]["on_cpu_ns"], "on-cpu")
    for name, view in views.items():
        nodes = view["nodes"]
        outermost = sum(nodes[i + 2] for i in range(0, len(nodes), 3) if nodes[i + 1] == 0)
        live.expect(outermost + view["left_out"] * view["least_ns"] >= view["ns"] >= outermost, name)


def test_page_to_stdout_is_all():
    with tempfile.TemporaryDirectory() as folder:
        recording(folder)
        done = live.run("report", f"{folder}/t.bbt", "--html", "-")
        live.expect(done.out.startswith("<!DOCTYPE html>") and done.out.endswith("</html>\n"), done)
        live.run("report", f"{folder}/t.bbt", "--html", f"{folder}/live.html").expect_error(
            1, "cannot create", "refusing to overwrite")


def test_page_of_a_diff():
    """The comparison and each side are those of `diff --json` and `report --json`."""
    with tempfile.TemporaryDirectory() as folder:
        recording(folder)
        ranges = ("--from", "+500ms", "--to", "+1500ms", "--from", "+1500ms", "--to", "+2500ms")
        printed = live.run("diff", f"{folder}/t.bbt", *ranges, "--json", "--html", f"{folder}/d.html")
        data = data_of(f"{folder}/d.html")
        live.expect(data["diff"] == json.loads(printed.out), "the comparison is not the one printed")
        for side in ("before", "after"):
            live.expect(data[side]["report"]["time"] == data["diff"][side]["time"], side)
            check_windows(data[side])
            check_flames(data[side])
