# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports, opened by the programs that they are for: go tool pprof, a flame graph renderer, DuckDB
(from the npm registry), and the rules of the trace-event format."""
import atexit
import collections
import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import xml.etree.ElementTree

import live
from live import BUILD

CALM = True  # none of these measures time: see run.py
ONE_MAKES_IT = threading.Lock()  # two of these tests run at once

DUCKDB = "@duckdb/node-api@1.5.6-r.1"
FLAMEGRAPH = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"


def recording():
    """A trace of a loop that a blocking call stalls, beside the report of it. Made once."""
    with ONE_MAKES_IT:
        return make_recording()


@functools.lru_cache(maxsize=None)
def make_recording():
    path = tempfile.mkdtemp(prefix="boundby-export-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    trace = f"{path}/t.bbt"
    with live.Workload("loop.py", "asyncio", "sleep", interpreter="/usr/bin/python3") as target:
        alive = live.run("attach", "-p", target.pid, "-d", 4, "--json", "-o", trace, "--events")
    return trace, alive.report()


def export(name):
    """Path of the recording in this form."""
    trace, _ = recording()
    path = f"{os.path.dirname(trace)}/{name}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    what = ("--what", "on-cpu,off-cpu,rest,stalls,locks") if name in ("pprof", "folded") else ()
    done = live.run("export", trace, "--format", name, "-o", path, *what)
    live.expect(done.status == 0 and not done.out and not done.err, lambda: repr(done))
    return path


def test_markdown():
    """The verdict for a ticket: rows of its table are the causes, and its lines the advice."""
    _, got = recording()
    verdict = got["verdict"]
    with open(export("markdown"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    live.expect(lines[0].startswith(f"**{verdict['class'].upper()}** ({verdict['confidence']} conf"),
                lines[0])
    rows = [line for line in lines if line.startswith("|")][2:]
    live.expect(len(rows) == len(verdict["causes"]), f"{rows}, but {verdict['causes']}")
    for row, cause in zip(rows, verdict["causes"]):
        live.expect(len(re.findall(r"(?<!\\)\|", row)) == 4 and cause["kind"] in row,
                    f"{row}, but {cause}")
    live.expect(f"- **Next:** `{verdict['advice']['next']}`" in lines, f"{lines}")


def off_cpu_ns(got):
    time = got["time"]
    return live.runnable_ns(time) + sum(live.blocked_ns(time).values())


def test_formats_are_named():
    trace, _ = recording()
    live.run("export", trace, "--format", "svg").expect_error(2, "folded", "svg")
    live.run("export", trace).expect_error(2, "--format")
    live.run("export", trace, "-F", "folded", "--what", "cpu").expect_error(2, "on-cpu")
    live.run("export", trace, "--format", "csv", "-o", trace).expect_error(1, "refusing to overwrite")


def test_pprof():
    """The tool's own sums are the CPU and off-CPU time of the report."""
    path = export("pprof")
    _, got = recording()
    go = live.tool("go")
    environment = dict(os.environ, HOME=os.environ.get("HOME", "/root"))
    for kind, truth in (("off_cpu", off_cpu_ns(got)), ("cpu", got["time"]["on_cpu_ns"])):
        done = subprocess.run([go, "tool", "pprof", "-top", "-unit=ns", "-nodefraction=0",
                               f"-sample_index={kind}", path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                              timeout=120, check=False)
        text = done.stdout.decode()
        live.expect(done.returncode == 0 and f"Type: {kind}" in text,
                    lambda: text + done.stderr.decode())
        total = float(re.search(r"Total samples = ([\d.]+)", text)[1])
        unit = re.search(r"Total samples = [\d.]+([a-zµ]*)", text)[1]
        ns = total * {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "mins": 6e10}[unit]
        # it prints three digits
        live.expect_close(ns, truth, 0.01, f"total of {kind}")
    done = subprocess.run([go, "tool", "pprof", "-top", "-sample_index=stall", path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          timeout=120, check=False)
    live.expect("call" in done.stdout.decode() or "sleep" in done.stdout.decode(),
                lambda: done.stdout.decode())
    done = subprocess.run([go, "tool", "pprof", "-tags", path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment, timeout=120, check=False)
    tags = done.stdout.decode()
    live.expect(all(word in tags for word in ("thread", "reason", "tid")), tags)


def test_folded():
    """A flame graph renderer takes it; the off-CPU view sums to the ledger's."""
    path = export("folded")
    _, got = recording()
    views = collections.Counter()
    with open(path, encoding="utf-8") as file:
        for line in file:
            stack, weight = line.rstrip("\n").rsplit(" ", 1)
            views[stack.split(";")[1]] += int(weight)
    live.expect(views["off-cpu"] + views["rest"] == off_cpu_ns(got),
                f"{views['off-cpu']} and {views['rest']}, the ledger has {off_cpu_ns(got)}")
    live.expect(views["on-cpu"] == got["time"]["on_cpu_ns"],
                f"{views['on-cpu']}, the ledger has {got['time']['on_cpu_ns']}")
    stalled = sum(loop["stalled_ns"] for process in got["processes"]
                  for loop in process["loops"])
    live.expect_close(views["stalls"], stalled, 0.1, "stalls")
    if not os.path.exists(FLAMEGRAPH):
        raise live.Skip("libdevel-nytprof-perl is not installed")
    done = subprocess.run(["perl", FLAMEGRAPH, "--countname=ns", path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    live.expect(done.returncode == 0 and not done.stderr, lambda: done.stderr.decode())
    names = [element.text for element in
             xml.etree.ElementTree.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}title")]
    live.expect(any("off-cpu" in (name or "") for name in names), lambda: str(names[:20]))


def hold_event(row, problems):
    """One event against the trace-event format, as Perfetto and catapult read it."""
    def has(**types):
        for key, kind in types.items():
            problems.case(f"{row['ph']} {row.get('name')}", live.expect,
                          isinstance(row.get(key), kind) and not isinstance(row.get(key), bool),
                          f"{key} is {row.get(key)!r}")
    number = (int, float)
    has(ph=str, pid=int, tid=int, ts=number, name=str)
    if row["ph"] == "X":
        has(dur=number)
        problems.case("X", live.expect, row.get("dur", -1) >= 0, f"dur {row.get('dur')}")
    elif row["ph"] in "sf":
        has(id=number, cat=str)
    elif row["ph"] == "C":
        has(args=dict)
        problems.case("C", live.expect, all(isinstance(value, number)
                                            for value in row["args"].values()), f"{row['args']}")
    elif row["ph"] == "i":
        problems.case("i", live.expect, row.get("s") in ("g", "p", "t"), f"scope {row.get('s')}")
    elif row["ph"] == "M":
        problems.case("M", live.expect, row["name"] in ("process_name", "thread_name")
                      and isinstance(row["args"]["name"], str), f"{row}")
    else:
        problems.case(row["ph"], live.expect, False, "a phase that nobody asked for")


def test_chrome():
    with open(export("chrome"), encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    problems = live.Problems()
    for row in events:
        hold_event(row, problems)
    problems.end()
    begins = collections.Counter((row["id"], row["cat"], row["name"]) for row in events
                                 if row["ph"] == "s")
    ends = collections.Counter((row["id"], row["cat"], row["name"]) for row in events
                               if row["ph"] == "f")
    live.expect(begins == ends, lambda: f"flows without an end: {(begins - ends) | (ends - begins)}")
    stalls = [row for row in events if row["ph"] == "X" and row["name"].startswith("stall ")]
    live.expect(stalls and all("blocking-call" in row["name"] for row in stalls),
                lambda: str([row["name"] for row in stalls][:9]))
    live.expect(any("loop.py" in json.dumps(row["args"]) for row in stalls), "no place in any stall")


def npm(folder, package):
    done = subprocess.run([live.tool("npm"), "install", "--no-save", "--no-audit", "--no-fund",
                           "--silent", "--prefix", folder, package], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)
    live.expect(done.returncode == 0, lambda: f"npm: {done.stdout.decode()[-800:]}")


QUERY = """
const duckdb = require('@duckdb/node-api');
(async () => {
  const database = await (await duckdb.DuckDBInstance.create(':memory:')).connect();
  const all = {};
  for (const [name, reader] of [['ndjson', 'read_json_auto'], ['csv', 'read_csv_auto']]) {
    const rows = await database.runAndReadAll(`
      select count(*) as n, count(distinct window_start) as windows, sum(wall_ns) as wall,
             sum(on_cpu_ns) as on_cpu, sum(blocked_sleep_ns) as sleep, min(class) as class,
             sum(unobserved_ns) as unobserved, sum(voluntary) as voluntary,
             typeof(any_value(window_start)) as kind
      from ${reader}('${process.argv[2]}/${name}')`);
    all[name] = rows.getRowObjectsJson()[0];
  }
  console.log(JSON.stringify(all));
})().catch(error => { console.error(String(error)); process.exit(1); });
"""


def test_tables_in_duckdb():
    """A row for each thread and window; their sums are the report's."""
    export("ndjson")
    folder = os.path.dirname(export("csv"))
    _, got = recording()
    modules = os.path.join(BUILD, "npm")
    if not os.path.isdir(os.path.join(modules, "node_modules", "@duckdb", "node-api")):
        os.makedirs(modules, exist_ok=True)
        npm(modules, DUCKDB)
    script = os.path.join(modules, "query.js")
    with open(script, "w", encoding="utf-8") as file:
        file.write(QUERY)
    done = subprocess.run([live.tool("node"), script, folder], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    live.expect(done.returncode == 0, lambda: done.stderr.decode()[-800:])
    for name, row in json.loads(done.stdout).items():
        live.expect(int(row["windows"]) == len(got["timeline"]),
                    f"{name}: {row}, timeline of {len(got['timeline'])}")
        for key, truth in (("wall", got["time"]["wall_ns"]),
                           ("on_cpu", got["time"]["on_cpu_ns"]),
                           ("sleep", got["time"]["blocked_ns"]["sleep"]),
                           ("voluntary", got["switches"]["voluntary"])):
            live.expect(int(row[key]) == truth, f"{name}: {key} is {row[key]}, truth {truth}")
        live.expect("TIMESTAMP" in row["kind"], f"{name}: window_start is read as {row['kind']}")
