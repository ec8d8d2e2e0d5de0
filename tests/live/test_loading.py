# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the object load here, and does `check` say so? What it says of a kernel that lacks something is
tried with this kernel's types under other names: to libbpf that is a kernel without them."""
import contextlib
import json
import os
import re
import sys
import tempfile

import live

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import verifier_cost

CALM = True
BTF = "/sys/kernel/btf/vmlinux"
WAYS = ["attach", "attach --depth sched", "attach -a", "attach --events", "watch", "watch -a"]


@contextlib.contextmanager
def without(name):
    """This kernel's types, in which nothing has that name."""
    with open(BTF, "rb") as file:
        types = file.read()
    old, new = (b"\0" + word.encode() + b"\0" for word in (name, "x" * len(name)))
    live.expect(types.count(old) == 1, f"this kernel has no single {name}")
    with tempfile.NamedTemporaryFile(prefix="boundby-btf-") as file:
        file.write(types.replace(old, new))
        file.flush()
        yield file.name


def ways(*arguments):
    return {way["name"]: way
            for way in json.loads(live.run("check", "--json", *arguments).out)["ways"]}


def test_check_loads_each_way():
    """Every program of every way of watching is loaded, and none attached."""
    result = live.run("check")
    live.expect(result.status == 0 and not result.err, lambda: f"{result!r}")
    live.expect(result.out.splitlines()[-1] ==
                f"This user can on this host: {', '.join(WAYS)}.", lambda: f"{result.out!r}")
    rows = ways()
    live.expect(list(rows) == WAYS, f"ways {list(rows)}")
    for name, row in rows.items():
        live.expect(row["works"] and not row["error"] and not row["left_out"], f"{name}: {row}")


def test_check_tells_who_is_refused():
    """An epoll set without a list of what is ready: the programs that look at it are refused."""
    with without("rdllist") as types:
        result = live.run("check", "--btf", types)
        live.expect(result.status == 4, lambda: f"expected exit 4: {result!r}")
        live.expect(result.out.splitlines()[-1] ==
                    f"This user cannot on this host: {', '.join(WAYS)}.", lambda: f"{result.out!r}")
        row = ways("--btf", types)["attach"]
        live.expect(not row["works"] and "eventpoll.rdllist" in row["error"] and
                    re.search(r"refused the BPF program \w+: ", row["error"]), f"{row}")
        live.expect("run as root" not in row["error"] and "5.15" not in row["error"], f"{row}")
        with live.Workload("sleeper") as target:
            quiet = live.run("attach", "-p", target.pid, "-d", 1, "--btf", types)
            loud = live.run("attach", "-p", target.pid, "-d", 1, "--btf", types, "-v")
        live.expect(quiet.status == 4 and quiet.err == f"boundby: {row['error']}\n",
                    lambda: f"{quiet!r}")
        live.expect(loud.status == 4 and "PROG LOAD LOG" in loud.err, lambda: f"{loud.err[-500:]!r}")


def test_missing_hook_costs_what_depends_on_it():
    with without("btf_trace_contention_begin") as types, live.Workload("sleeper") as target:
        for name, row in ways("--btf", types).items():
            live.expect(row["works"] and [one["program"] for one in row["left_out"]] ==
                        ["on_contention_begin"], f"{name}: {row}")
        report = live.attach(target.pid, 1, "--btf", types)
    live.check_sums(report, {target.pid: {target.pid}})
    unmeasured = report["verdict"]["unmeasured"]
    live.expect(any("locks inside the kernel" in line for line in unmeasured), f"{unmeasured}")


def refusing(program):
    """An environment in which the kernel refuses this program of boundby's (preload/refused.c)."""
    return {**os.environ, "LD_PRELOAD": os.path.join(live.BUILD, "live", "refused.so"),
            "BOUNDBY_TEST_REFUSED": program}


def test_refused_program():
    """Entries of calls: watch does without them, attach cannot; each says which program it was."""
    result = live.run("check", "--json", env=refusing("on_sys_enter"), timeout=240)
    live.expect(result.status == 4, lambda: f"expected exit 4: {result!r}")
    rows = {way["name"]: way for way in json.loads(result.out)["ways"]}
    for name, row in rows.items():
        left_out = [(one["program"], one["reason"]) for one in row["left_out"]
                    if "no such tracepoint" not in one["reason"]]  # of kernels before 6.16
        if name.startswith("watch"):
            live.expect(row["works"] and left_out == [("on_sys_enter", "unknown opcode ff")],
                        f"{name}: {row}")
        elif name == "attach --depth sched":
            live.expect(row["works"] and not left_out, f"{name}: {row}")
        else:
            live.expect(not row["works"] and
                        "refused the BPF program on_sys_enter: unknown opcode ff" in row["error"],
                        f"{name}: {row}")


def test_refused_program_costs_what_depends_on_it():
    with live.Workload("sleeper") as target:
        result = live.run("attach", "-p", target.pid, "-d", 1, "--json",
                          env=refusing("on_cpu_clock"))
    report = result.report()
    live.check_sums(report, {target.pid: {target.pid}})
    unmeasured = report["verdict"]["unmeasured"]
    live.expect(any("the line where a stalled loop computes" in line for line in unmeasured),
                f"{unmeasured}")


def test_types_that_are_none():
    for path, words in (("/etc/passwd", ("--btf", "/etc/passwd")), ("/none", ("--btf", "/none"))):
        result = live.run("check", "--btf", path)
        live.expect(result.status == 2, lambda: f"expected exit 2: {result!r}")
        live.expect(words[0] in result.out, lambda: f"{result!r}")


def test_verifier_cost():
    costs = verifier_cost.measure(live.BOUNDBY)
    baseline = verifier_cost.read().get(verifier_cost.running())
    if not baseline:
        raise live.Skip(f"tests/verifier_cost.txt has nothing of {verifier_cost.running()}")
    live.expect(costs, "the kernel tells no instructions")
    found = verifier_cost.grown(costs, baseline)
    live.expect(not found, "; ".join(found) + " (meant so? tests/verifier_cost.py --write)")
