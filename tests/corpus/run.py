#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the corpus: programs whose verdict is known, judged by boundby. `run.py [--all] [NAME...]`

A program is NAME.py, .c, .java, .go or .js; NAME.json beside it is its truth:
  what, why       the program, and why the truth is what it is, in a sentence each
  class, cause    the verdict's class and the kind of its first cause (null: none is asked for)
  model, workers  what the advice names (left out: not checked; "" and 0: names none)
  place           words that stand in the first cause's place or detail
  findings        kinds that must be listed; others must not, except TOLERATED
  advised         {figure, better: higher|lower, by, unit, why}: what the variant "advised", which does as the advice
                  says, changes, at least by that factor; or {none: why there is no advice to follow}
  undecided       why its class cannot be determined: then idle with low confidence, which says
                  "idle, or stuck", is no miss
  quick           it is in the quarter that `make test` runs
  seconds, settle time watched (5) and time before (1); server: it asks lib/server
  quota           share of a core that its cgroup may take; beside: programs that run next to it
  cpus            CPUs that it may use, as taskset takes them
  report          address of the public report whose mechanism it has
Figures are counts in the page of WORKLOAD_TRUTH (X is the sum of X and X.*): "done" is the rate of
done; "a/b" what a grew per b; "@rss", "@threads", "@fds", "@zombies", "@cpu" what /proc says of the
whole tree at the end.

A miss of the class or the cause while processes that are no part of the program had the CPUs that it wanted
(`neighbours` of the report) says nothing about the rules, unless it is to be cpu-starved: it is repeated, then
counted as disturbed, never as passed. More than DISTURBED_MOST of these are a failure.

Without --all it runs the quick quarter. Prints one line for each program, the confusion matrix,
each miss with its evidence, and "N passed, N failed, N skipped"; exit 1 when a bound is not met.
"""
import argparse
import contextlib
import functools
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))
sys.dont_write_bytecode = True

import live  # noqa: E402  (the path comes first)

BUILD = os.path.join(live.BUILD, "corpus")
PYTHON = "/usr/bin/python3"
CLASS_BOUND, CAUSE_BOUND = 0.95, 0.90
DISTURBED_MOST = 2
TRIES = 3  # of a program whose miss a neighbour explains
# facts that a program may or may not show, and that no advice hangs on
TOLERATED = {"neighbours", "waits-for", "unclassified", "unobserved", "stacks-dropped",
             "locks-dropped", "events-dropped", "names-lost",
             "kernel-time"}  # how much of a program's computing is the kernel's depends on the host
KEYS = {"what", "why", "class", "cause", "model", "workers", "place", "findings", "advised",
        "quick", "seconds", "settle", "server", "quota", "beside", "cpus", "python", "report",
        "undecided"}


class Program:
    """A program of the corpus and its truth."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.truth = json.load(file)
        self.name = os.path.basename(path)[:-5]
        sources = [source for source in glob.glob(path[:-5] + ".*") if not source.endswith("json")]
        live.expect(len(sources) == 1, f"{path}: there is no one source beside it: {sources}")
        self.source = sources[0]
        unknown = set(self.truth) - KEYS
        missing = {"what", "why", "class", "cause", "advised"} - set(self.truth)
        live.expect(not unknown and not missing,
                    f"{path}: keys unknown: {unknown}, missing: {missing}")

    def get(self, key, default=None):
        return self.truth.get(key, default)

    def command(self, variant):
        kind = os.path.splitext(self.source)[1]
        built = os.path.join(BUILD, self.name)
        command = {
            ".py": [self.get("python", PYTHON), self.source],
            ".js": [live.tool("node"), self.source],
            ".c": [built],
            ".go": [built + ".go.bin"],
            ".java": [live.tool("java"), "-cp", os.path.join(BUILD, "java"), self.name],
        }[kind]
        cpus = self.get("cpus")
        return (["taskset", "-c", str(cpus)] if cpus is not None else []) + command + (
            [variant] if variant else [])


def server():
    """The server that programs ask; ends with its standard input."""
    process = subprocess.Popen([os.path.join(BUILD, "lib", "server")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    words = process.stdout.readline().split()
    live.expect(words[:1] == [b"ready"], f"the server did not start: {words}")
    return process, int(words[2])


class Running:
    """A running program, with what it needs beside it."""

    def __init__(self, program, variant=""):
        self.stack = contextlib.ExitStack()
        try:
            self._start(program, variant)
        except BaseException:
            self.stack.close()
            raise

    def _start(self, program, variant):
        environment = dict(os.environ, PYTHONPATH=os.path.join(HERE, "lib"),
                           NODE_PATH=os.path.join(HERE, "lib"), PYTHONDONTWRITEBYTECODE="1")
        fd, self.page = tempfile.mkstemp(prefix="boundby-corpus-")
        os.ftruncate(fd, 4096)
        os.close(fd)
        self.stack.callback(os.unlink, self.page)
        environment["WORKLOAD_TRUTH"] = self.page
        # a separate directory, for what it writes
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="boundby-corpus-"))
        if program.get("server"):
            process, port = server()
            self.stack.callback(self._end, process)
            environment["CORPUS_SERVER"] = f"127.0.0.1:{port}"
        for command in program.get("beside", []):
            path = os.path.join(BUILD, "lib", command[0])
            other = subprocess.Popen([path, *command[1:]], stdin=subprocess.DEVNULL)
            self.stack.callback(self._end, other)
        group = None
        if program.get("quota"):
            group = self.stack.enter_context(live.Cgroup(program.name, controller="cpu"))
            group.set_quota(program.get("quota"))
        self.process = subprocess.Popen(program.command(variant), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
                                        env=environment, start_new_session=True)
        self.stack.callback(self._end, self.process)
        first = self.process.stdout.readline().split()
        if first[:1] != [b"ready"]:
            self.process.kill()
            error = self.process.stderr.read().decode(errors="replace")[-800:]
            if self.process.wait() == live.EXIT_SKIP:
                raise live.Skip(error.strip())
            raise AssertionError(f"{program.name} was not ready: {first} {error}")
        self.pid = int(first[1])
        if group:
            for pid in live.descendants(self.pid):
                group.put(pid)
        time.sleep(program.get("settle", 1))
        live.expect(self.process.poll() is None, f"{program.name} ended before it was watched")

    @staticmethod
    def _end(process):
        """By number, and all that it began: like workers outlive a parent that is killed."""
        tree = live.descendants(process.pid)
        process.kill()
        for pid in tree[1:]:
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stack.close()

    def figures(self):
        """Its own figures, summed over X.1, X.2, ..."""
        with open(self.page, "rb") as file:
            page = file.read(4096)
        rows = {}
        for at in range(0, len(page), 32):
            name = page[at:at + 24].rstrip(b"\0").decode().split(".")[0]
            if name:
                rows[name] = rows.get(name, 0) + int.from_bytes(page[at + 24:at + 32], "little")
        return rows

    def of_proc(self, what):
        tree = live.descendants(self.pid)
        if what == "@threads":
            return sum(len(live.tids(pid)) for pid in tree)
        if what == "@zombies":
            return sum(live.state_letter(pid) == "Z" for pid in tree)
        total = 0
        for pid in tree:
            with contextlib.suppress(OSError):
                if what == "@fds":
                    total += len(os.listdir(f"/proc/{pid}/fd"))
                elif what == "@cpu":
                    total += live.process_cpu_ns(pid) or 0
                else:  # @rss: what is its own; pages that processes share count once
                    for line in (live.read_text(f"/proc/{pid}/smaps_rollup") or "").splitlines():
                        if line.startswith("Pss:"):
                            total += int(line.split()[1]) * 1024
        return total


# ---- the verdict ------------------------------------------------------------------------------
@functools.lru_cache(maxsize=None)
def is_explained(word):
    return live.run("explain", word).status == 0


def words(report):
    """The terms that this report prints, in text or in JSON."""
    verdict = report["verdict"]
    yield from (verdict["class"], verdict["confidence"])
    yield from (row["kind"] for row in verdict["causes"] + verdict["findings"])
    yield from (row["rule"] for row in verdict["evidence"])
    for part in ("runnable_ns", "blocked_ns"):
        yield from (state for state, ns in report["time"][part].items() if ns)
    for process in report["processes"]:
        yield process["verdict"]["class"]
        yield from (row["kind"] for row in process["locks"])
        yield from (row["cause"] for row in process["stalls"])


def problems(program, report):
    """What is wrong with the verdict: a dictionary of what is wrong to words."""
    verdict, found = report["verdict"], {}
    if program.get("undecided") and verdict["class"] == "idle" and (
            verdict["confidence"] == "low" and "stuck" in verdict["headline"]):
        return {}
    causes = verdict["causes"]
    cause = causes[0]["kind"] if causes else None
    if verdict["class"] != program.get("class"):
        found["class"] = f"{verdict['class']}, truth {program.get('class')}"
    if program.get("cause") is not None and cause != program.get("cause"):
        found["cause"] = f"{cause}, truth {program.get('cause')}"
    advice = verdict["advice"]
    if "model" in program.truth and (advice["model"] or "") != program.get("model"):
        found["model"] = f"{advice['model']}, truth {program.get('model')}"
    if "workers" in program.truth and (advice["workers"] or 0) != program.get("workers"):
        found["workers"] = f"{advice['workers']}, truth {program.get('workers')}"
    if program.get("place"):
        text = f"{causes[0]['where']} {causes[0]['detail']}" if causes else ""
        if program.get("place") not in text:
            found["place"] = f"{text}, truth {program.get('place')}"
    kinds = {row["kind"] for row in verdict["findings"]}
    wanted = set(program.get("findings", []))
    wrong = (wanted - kinds) | (kinds - wanted - TOLERATED)
    if wrong:
        found["findings"] = f"{sorted(kinds)}, truth {sorted(wanted)}"
    unknown = {word for word in words(report) if not is_explained(word)}
    if unknown:
        found["words"] = f"`boundby explain` does not know {sorted(unknown)}"
    return found


def show_miss(program, report, wrong):
    verdict = report["verdict"]
    print(f"\nmiss: {program.name}: " + "; ".join(f"{key}: {text}" for key, text in wrong.items()))
    print(f"  truth     {program.get('why')}")
    print(f"  headline  {verdict['headline']}")
    for row in verdict["causes"]:
        print(f"  cause     {row['share']:.3f} {row['kind']}: {row['detail']} {row['where'] or ''}")
    for row in verdict["evidence"]:
        print(f"  evidence  {row['rule']} {row['value']} (threshold {row['threshold']})")
    for row in verdict["findings"]:
        print(f"  finding   {row['kind']}: {row['detail']}")
    print(f"  advice    {verdict['advice']}")


def matrix(results):
    """Truth by row, verdict by column."""
    classes = sorted({row[0].get("class") for row in results} |
                     {row[1]["verdict"]["class"] for row in results})
    width = max(map(len, classes))
    print("\n" + " " * width + "  " + "  ".join(f"{name:>{len(name)}}" for name in classes))
    for truth in classes:
        cells = [sum(program.get("class") == truth and report["verdict"]["class"] == got
                     for program, report, _ in results) for got in classes]
        print(f"{truth:<{width}}  " + "  ".join(
            f"{count or '.':>{len(name)}}" for count, name in zip(cells, classes)))


def judge_once(program):
    """Its report, what is wrong with it, and the CPUs that a miss is explained by."""
    with Running(program) as running:
        report = live.attach(running.pid, program.get("seconds", 5))
    wrong = problems(program, report)
    explained = {"class", "cause"} & set(wrong) and program.get("class") != "cpu-starved"
    return report, wrong, live.disturbances[-1] if explained else 0


def judge(programs):
    """Runs and judges them; gives back rows of program, report, problems, those skipped and disturbed."""
    results, skipped, disturbed = [], 0, 0
    for program in programs:
        try:
            for _ in range(TRIES):
                report, wrong, others = judge_once(program)
                if not others:
                    break
                print(f"disturbed {program.name}: {report['verdict']['class']}, while others had "
                      f"{others:.2f} CPUs: {report['neighbours'][:2]}", flush=True)
        except live.Skip as why:
            print(f"skip {program.name}: {why}", flush=True)
            skipped += 1
            continue
        if others:
            disturbed += 1
            continue
        verdict = report["verdict"]
        cause = verdict["causes"][0]["kind"] if verdict["causes"] else "-"
        print(f"{'MISS' if wrong else 'ok':<4} {program.name:<28} {verdict['class']:<13} "
              f"{cause:<13} {verdict['confidence']:<6} {verdict['advice']['model'] or '-':<9} "
              f"{' '.join(f'{key}!' for key in wrong)}", flush=True)
        results.append((program, report, wrong))
    return results, skipped, disturbed


def bounds(results):
    """The bounds of the corpus that are not met, in words."""
    count, faults = max(len(results), 1), []
    right = sum("class" not in wrong for _, _, wrong in results) / count
    cause = sum("cause" not in wrong and "class" not in wrong for _, _, wrong in results) / count
    print(f"\n{len(results)} programs: class right in {right:.1%}, cause in {cause:.1%}")
    if right < CLASS_BOUND:
        faults.append(f"the class is right in {right:.1%}, bound {CLASS_BOUND:.0%}")
    if cause < CAUSE_BOUND:
        faults.append(f"the cause is right in {cause:.1%}, bound {CAUSE_BOUND:.0%}")
    for program, report, wrong in results:
        if "class" not in wrong:
            continue
        if report["verdict"]["class"] == "loop-blocked":
            faults.append(f"{program.name} has a loop-blocked that is false")
        if report["verdict"]["confidence"] == "high":
            faults.append(f"{program.name} is wrong with high confidence")
    return faults


# ---- the advice -------------------------------------------------------------------------------
def measure(program, variant, seconds):
    """The figure that the advice names, of one variant, without boundby."""
    figure = program.get("advised")["figure"]
    with Running(program, variant) as running:
        if figure.startswith("@") and figure != "@cpu":
            time.sleep(seconds)
            return running.of_proc(figure)
        names = figure.split("/")
        before, cpu, begun = running.figures(), running.of_proc("@cpu"), time.monotonic()
        time.sleep(seconds)
        after, took = running.figures(), time.monotonic() - begun
        grown = {name: after.get(name, 0) - before.get(name, 0) for name in after}
        grown["@cpu"] = running.of_proc("@cpu") - cpu
        if len(names) == 1:
            return grown.get(names[0], 0) / took
        live.expect(grown.get(names[1], 0), f"{program.name} {variant}: {names[1]} did not grow")
        return grown.get(names[0], 0) / grown[names[1]]


def advice(programs):
    """Prints what the advice changed in each; gives back the names where it did not help."""
    faults = []
    print(f"{'program':<28} {'figure':<22} {'before':>12} {'after':>12} {'factor':>8}  bound")
    for program in programs:
        plan = program.get("advised")
        if "none" in plan:
            print(f"{program.name:<28} none: {plan['none']}", flush=True)
            continue
        seconds = plan.get("seconds", 3)
        try:
            before = measure(program, "", seconds)
            after = measure(program, "advised", seconds)
        except live.Skip as why:
            print(f"{program.name:<28} skip: {why}", flush=True)
            continue
        small, large = (before, after) if plan["better"] == "higher" else (after, before)
        factor = large / small if small else float("inf") if large else 0
        good = factor >= plan.get("by", 1.1)
        name = f"{plan['figure']} {plan.get('unit', '')}"
        print(f"{program.name:<28} {name:<22} {before:>12.5g} {after:>12.5g} {factor:>8.2f}  "
              f"{plan.get('by', 1.1)}{'' if good else '  NOT BETTER'}", flush=True)
        if not good:
            faults.append(program.name)
    return faults


def main():
    # ended from outside, it still ends what it began
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--all", action="store_true", help="not only the quick quarter")
    parser.add_argument("--advice", action="store_true", help="before and after doing as advised")
    parser.add_argument("--list", action="store_true", help="only list the programs")
    parser.add_argument("names", nargs="*", help="only these")
    options = parser.parse_args()
    programs = [Program(path) for path in sorted(glob.glob(os.path.join(HERE, "*.json")))]
    unknown = set(options.names) - {program.name for program in programs}
    if unknown:
        sys.exit(f"the corpus has no program {' '.join(sorted(unknown))}")
    chosen = [program for program in programs if (
        program.name in options.names if options.names
        else options.all or options.advice or program.get("quick"))]
    if options.list:
        for program in chosen:
            print(f"{program.name:<28} {program.get('class'):<13} {program.get('cause') or '-':<13} "
                  f"{program.get('what')}")
        return 0
    if options.advice:
        faults = advice(chosen)
        print(f"{len(chosen) - len(faults)} passed, {len(faults)} failed, 0 skipped")
        return 1 if faults else 0
    results, skipped, disturbed = judge(chosen)
    for program, report, wrong in results:
        if wrong:
            show_miss(program, report, wrong)
    if not results:
        sys.exit("no program of the corpus ran undisturbed")
    matrix(results)
    faults = bounds(results)
    if disturbed > DISTURBED_MOST:
        faults.append(f"{disturbed} were disturbed, bound {DISTURBED_MOST}: the machine is too busy to judge")
    for fault in faults:
        print(f"not met: {fault}")
    missed = sum(bool(wrong) for _, _, wrong in results)
    if disturbed:
        print(f"{disturbed} disturbed by other processes of this machine: neither passed nor failed")
    print(f"{len(results) - missed} passed, {missed} failed, {skipped + disturbed} skipped")
    return 1 if faults or (missed and not options.all) else 0


if __name__ == "__main__":
    sys.exit(main())
