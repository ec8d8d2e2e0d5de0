#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs made from seeds, judged by boundby and by their own logs: `run.py [--seeds N] [SEED...]`

Without arguments the fixed seeds of CI, spread over all kinds; with BOUNDBY_TEST_ALL, or --seeds,
that many from --first on (200 from the day's number on). Prints a line for each, the misses with
their seeds (`make synth SEED=123` repeats one), a table, and "N passed, N failed, N skipped".
"""
import argparse
import collections
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "live")]
sys.dont_write_bytecode = True

import live  # noqa: E402  (the path comes first)
import plan as plans  # noqa: E402
from judge import Verdict, table  # noqa: E402

PLAYER = os.path.join(live.BUILD, "synth", "player")
PYTHON = "/usr/bin/python3"
WINDOW_S = 2.5
CI_SEEDS = (*range(4), *range(5, 8), *range(9, 12), *range(13, 18), 20, 21, 22, 27, 49)
FIRST_PORT, PORTS = 21000, 10000  # below those that the kernel gives out


def stand_apart():
    """A group of the scheduler's own, ahead of others: what else the machine does disturbs less."""
    with contextlib.suppress(OSError):
        os.setsid()
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as file:
        file.write("-20")


def operations():
    """Names by number, from the list that the player is built of."""
    with open(os.path.join(HERE, "player.h"), encoding="utf-8") as file:
        return ["none"] + re.findall(r"\bOP\((\w+)\)(?!\s*OP_)", file.read().split(
            "#define SYNTH_OPERATIONS")[1].split("enum")[0])


def free_port(taken):
    for number in range(PORTS):
        port = FIRST_PORT + (os.getpid() * 37 + len(taken) + number) % PORTS
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", port))
                if port not in taken:
                    return port
    raise live.Skip("no port is free")


class Program:
    """A plan that runs, with its other end."""

    def __init__(self, plan):
        self.plan, self.stack = plan, contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="boundby-synth-", dir="/dev/shm")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self._start()
        except BaseException:
            self.stack.close()
            raise

    def _start(self):
        names, inherited = {}, []
        for i in range(self.plan.ports):
            names[f"p{i}"] = free_port(names.values())
        for i in range(self.plan.pipes):
            ends = os.pipe()
            names[f"r{i}"], names[f"w{i}"] = ends
            inherited += ends
        try:
            for part in ("hosts", "target", "clients"):
                if "thread" in self.plan.text(part):
                    self._start_part(part, names, inherited)
        finally:
            for fd in inherited:
                os.close(fd)

    def _start_part(self, part, names, inherited):
        text = self.plan.text(part).format(**names)
        folder = os.path.join(self.folder, part)
        os.mkdir(folder)
        with open(folder + ".plan", "w", encoding="ascii") as file:
            file.write(text)
        used = [fd for fd in inherited if re.search(rf"pipe {fd}\b", text)]
        player = [PYTHON, os.path.join(HERE, "player.py")] if (
            part == "target" and self.plan.language == "py") else [PLAYER]
        command = [*player, folder + ".plan", folder]
        if part == "target" and self.plan.cpus:
            command = ["taskset", "-c", self.plan.cpus, *command]
        work = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="boundby-synth-"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   pass_fds=used, cwd=work)
        self.stack.callback(self._end, process)
        words = process.stdout.readline().split()
        live.expect(words[:1] == [b"ready"], f"the player was not ready: {words}")
        if part == "target":
            self.pid, self.logs = int(words[1]), folder
        time.sleep(0.05)

    @staticmethod
    def _end(process):
        tree = live.descendants(process.pid)
        process.kill()
        for pid in tree[1:]:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stack.close()


def attached(pid):
    result = live.run("attach", "-p", pid, "-d", WINDOW_S, "--json")
    live.expect(result.status in (0, 6), lambda: f"no report: {result!r}")
    return result.json()


def watched(pid):
    """The second window of a watch: the first decides what to look at closer."""
    with subprocess.Popen([live.BOUNDBY, "watch", "-p", str(pid), "-i", str(WINDOW_S), "--json",
                           "--budget", "50%"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        try:
            lines = [process.stdout.readline() for _ in range(2)]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()
    live.expect(lines[1], "the watch ended before its second window")
    return json.loads(lines[1])


def judge(seed):
    plan = plans.make(seed)
    with Program(plan) as program:
        time.sleep(plan.settle)
        live.expect(live.state_letter(program.pid), f"seed {seed}: the program ended")
        report = (watched if plan.watched else attached)(program.pid)
        offset = time.time_ns() - time.monotonic_ns()
        begin, end = (at - offset for at in live.window(report))
        return Verdict(plan, program.logs, operations(), report, begin, end)


def print_line(seed, verdict):
    plan = verdict.plan
    print(f"{'MISS' if verdict.wrong else 'ok':<4} {seed:<6} {plan.kind:<18} {plan.language:<2} "
          f"{'watch' if plan.watched else '':<5} {'/'.join(verdict.accepted):<24} "
          f"{verdict.told:<13} {verdict.confidence:<6} "
          f"{' '.join(f'{kind}!' for kind in verdict.wrong)}", flush=True)


def show(seed, verdict):
    said, truth = verdict.report["verdict"], verdict.truth
    print(f"\nmiss: seed {seed} ({verdict.plan.kind}, {verdict.plan.language}): "
          + "; ".join(f"{kind}: {text}" for kind, text in verdict.wrong.items()))
    print("  truth     " + ", ".join(f"{name} {ns / 1e9:.2f} s" for name, ns in sorted(
        truth.states.items(), key=lambda row: -row[1]) if ns > 1e6))
    for name in ("ratio", "contention", "starvation", "cores", "work_share", "stalled"):
        print(f"  truth     {name} {getattr(truth, name) or 0:.3f}")
    for proof in truth.stuck:
        print(f"  truth     stuck: {' '.join(proof)}")
    print(f"  headline  {said['class']} {said['confidence']}: {said['headline']}")
    for row in said["causes"]:
        print(f"  cause     {row['share']:.3f} {row['kind']}: {row['detail']} {row['where'] or ''}")
    for row in said["evidence"]:
        print(f"  evidence  {row['rule']} {row['value']} (threshold {row['threshold']})")
    for row in said["findings"]:
        print(f"  finding   {row['kind']}: {row['detail']}")


def summary(verdicts):
    """The table; gives back whether a target was missed."""
    kinds = collections.Counter(verdict.plan.kind for verdict in verdicts.values() if verdict.wrong)
    print("\nmisses by kind: " + (", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
                                  or "none"))
    missed = False
    for line, met in table(list(verdicts.values())):
        missed |= met is False
        print(f"{line}{'' if met is not False else '   TARGET MISSED'}")
    return missed


def chosen(options):
    if options.seed:
        return options.seed
    if options.seeds or os.environ.get("BOUNDBY_TEST_ALL"):
        first = options.first if options.first is not None else int(time.time()) // 86400 * 1000
        return range(first, first + (options.seeds or 200))
    return CI_SEEDS


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, help="so many")
    parser.add_argument("--first", type=int, help="from this one on")
    parser.add_argument("--plan", action="store_true", help="only print what they are")
    parser.add_argument("seed", type=int, nargs="*")
    options = parser.parse_args()
    stand_apart()
    verdicts, broken = {}, 0
    for seed in chosen(options):
        if options.plan:
            plan = plans.make(seed)
            print(f"# seed {seed}: {plan.kind}\n" + "".join(map(plan.text, plan.lines)))
            continue
        try:
            verdict = verdicts[seed] = judge(seed)
        except AssertionError as why:
            print(f"BROKEN {seed}: {why}", flush=True)
            broken += 1
            continue
        print_line(seed, verdict)
    if options.plan:
        return 0
    for seed, verdict in verdicts.items():
        if verdict.wrong:
            show(seed, verdict)
    missed = summary(verdicts) if verdicts else True
    bad = sum("class" in verdict.wrong for verdict in verdicts.values()) + broken
    print(f"{len(verdicts) + broken - bad} passed, {bad} failed, 0 skipped")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
