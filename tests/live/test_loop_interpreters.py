# SPDX-License-Identifier: GPL-2.0-or-later
"""Places of stalls in interpreters that are hard to read: stripped, deleted, embedded, unknown."""
import ast
import glob
import os
import shutil
import subprocess
import tempfile
import time

import live
from test_loops import DEBIAN, SOURCE, blocked, check_blocked, each, guilty_lines


def pyenv(version):
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found = sorted(glob.glob(f"{root}/versions/{version}.*"))
    if not found:
        raise live.Skip(f"pyenv has no CPython {version}")
    return found[-1]


def test_stripped_libpython():
    """Its functions have no names, Python's have."""
    home = pyenv("3.12")
    with tempfile.TemporaryDirectory() as folder:
        library = glob.glob(f"{home}/lib/libpython3.12.so.1.0")[0]
        subprocess.run(["strip", "-o", f"{folder}/libpython3.12.so.1.0", library], check=True)
        wrapper = os.path.join(folder, "python")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexport LD_LIBRARY_PATH={folder}\nexec {home}/bin/python3 \"$@\"\n")
        os.chmod(wrapper, 0o755)
        each((what, blocked, wrapper, "asyncio", what) for what in ("sleep", "pure"))


def test_deleted_interpreter():
    """Its file is gone while it runs, as after an upgrade."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "python3.11")
        shutil.copy(os.path.realpath(DEBIAN), program)
        wrapper = os.path.join(folder, "python")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexport PYTHONHOME=/usr\nexec {program} \"$@\"\n")
        os.chmod(wrapper, 0o755)
        with live.Workload("loop.py", "asyncio", "sleep", interpreter=wrapper) as target:
            os.unlink(program)
            check_sleep(target, live.attach(target.pid, 3))


def check_sleep(target, report):
    check_blocked(report, target, "blocking-call")
    where = report["verdict"]["causes"][0]["where"] or ""
    live.expect(where.split(" ")[0] in {f"workloads/loop.py:{n}" for n in guilty_lines("sleep")},
                lambda: f"where is {where!r}; {report['verdict']['unmeasured']}")


EMBED = """
#include <Python.h>
int main(int argc, char **argv)
{
    wchar_t *words[8];
    for (int i = 0; i < argc && i < 8; i++)
        words[i] = Py_DecodeLocale(argv[i], NULL);
    Py_Initialize();
    PySys_SetArgvEx(argc - 1, words + 1, 1);
    FILE *file = fopen(argv[1], "r");
    return PyRun_SimpleFile(file, argv[1]);
}
"""


def test_embedded_interpreter():
    home = pyenv("3.11")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "server")
        with open(f"{program}.c", "w", encoding="ascii") as file:
            file.write(EMBED)
        subprocess.run(["gcc", "-w", f"-I{home}/include/python3.11", f"{program}.c", "-o", program,
                        f"-L{home}/lib", "-lpython3.11", f"-Wl,-rpath,{home}/lib"], check=True)
        wrapper = os.path.join(folder, "embedded")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexport PYTHONHOME={home}\nexec {program} \"$@\"\n")
        os.chmod(wrapper, 0o755)
        with live.Workload("loop.py", "asyncio", "sleep", interpreter=wrapper) as target:
            time.sleep(0.3)
            check_sleep(target, live.attach(target.pid, 3))


def test_sub_interpreter():
    """The loop runs in a second interpreter, in a separate thread."""
    home = pyenv("3.12")
    with live.Workload("inner_loop.py", interpreter=f"{home}/bin/python3") as target:
        time.sleep(0.5)
        report = live.attach(target.pid, 3)
    verdict = report["verdict"]
    live.judged(verdict["class"] == "loop-blocked", verdict["headline"])
    live.expect((verdict["causes"][0]["where"] or "").endswith("inner_nap"),
                lambda: f"causes {verdict['causes']}")


def test_unknown_version():
    """A CPython without a table costs the Python names, and is said."""
    with live.Workload("loop.py", "asyncio", "sleep",
                       interpreter=f"{pyenv('3.7')}/bin/python3") as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
        check_blocked(report, target, "blocking-call")
    live.expect(".py" not in (report["verdict"]["causes"][0]["where"] or ""), "a name by chance")
    live.expect(any("CPython" in text for text in report["verdict"]["unmeasured"]),
                lambda: f"{report['verdict']['unmeasured']}")


def test_other_namespaces():
    """Another user, PID and mount namespace; its numbers are not ours."""
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount", "--mount-proc",
               DEBIAN, SOURCE, "asyncio", "sleep"]
    proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        live.expect(proc.stdout.readline().startswith(b"ready"), "it is not ready")
        pid = max(live.descendants(proc.pid))
        report = live.attach(pid, 3)
        verdict = report["verdict"]
        live.judged(verdict["class"] == "loop-blocked", verdict["headline"])
        live.expect((verdict["causes"][0]["where"] or "").endswith(" nap"),
                    lambda: f"causes {verdict['causes']}; {verdict['unmeasured']}")
    finally:
        for pid in live.descendants(proc.pid) + [proc.pid]:
            os.kill(pid, 9)
        proc.wait()
        proc.stdout.close()


def test_deep_recursion():
    """More frames than are kept: those that there are, and that there are more."""
    with live.Workload("deep.py", interpreter=DEBIAN) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
    stacks = [stall["stack"] for stall in live.process(report, target.pid)["stalls"]
              if stall["stack"]]
    live.expect(stacks, "no stack")
    frames = [frame for frame in stacks[0] if "deep.py" in frame]
    live.expect(len(frames) == 48, f"{len(frames)} frames")
    live.expect("[more frames]" in stacks[0], f"{stacks[0]}")


def test_frames_are_true_or_torn():
    """Frames of a program that is never twice at the same place: each line lies in its function."""
    source = os.path.join(live.ROOT, "tests", "workloads", "deep.py")
    with open(source, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    spans = {node.name: (node.lineno, node.end_lineno) for node in ast.walk(tree)
             if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    problems, seen = live.Problems(), 0
    for path in live.pythons():
        with live.Workload("deep.py", "restless", interpreter=path) as target:
            time.sleep(0.3)
            report = live.attach(target.pid, 3)
        frames = [frame for stall in live.process(report, target.pid)["stalls"]
                  for frame in stall["stack"] or [] if "deep.py:" in frame]
        for frame in frames:
            line, name = int(frame.split(":")[1].split(" ")[0]), frame.split(" ")[1]
            if name in spans:
                seen += 1
                problems.case(f"{path} {frame}", live.expect,
                              spans[name][0] <= line <= spans[name][1], "the line is elsewhere")
        problems.case(path, live.expect, frames, "no frames")
    live.expect(seen > 100, f"only {seen} frames: too few to be a test")
    problems.end()
