# SPDX-License-Identifier: GPL-2.0-or-later
"""Many threads: each of them is there. How long it takes is the bench's to measure."""
import live


def test_thousand_threads():
    with live.Workload("sleepers", 1000) as target:
        numbers = live.tids(target.pid)
        live.expect(len(numbers) == 1000, f"the workload has {len(numbers)} threads")
        report = live.attach(target.pid, 2)
        live.check_sums(report, {target.pid: numbers})
        rows = live.process(report, target.pid)["threads"]
        live.expect(len(rows) == 1000, f"{len(rows)} rows")
        live.expect({row["tid"] for row in rows} == numbers, "they are not the same threads")


def test_many_processes():
    targets = []
    try:
        for _ in range(20):
            targets.append(live.Workload("sleeper"))
        pids = [target.pid for target in targets]
        report = live.run("attach", "-p", ",".join(map(str, pids)), "-d", 1, "--json").report()
        live.check_sums(report, {pid: {pid} for pid in pids})
        live.expect({row["pid"] for row in report["processes"]} == set(pids), "not these processes")
    finally:
        for target in targets:
            target.__exit__()
