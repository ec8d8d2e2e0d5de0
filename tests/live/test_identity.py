# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process is to its administrator, besides its name: script, unit, container."""
import os
import subprocess
import sys
import tempfile

import live

SCRIPT = "import sys, time\nprint(flush=True)\nwhile True: time.sleep(0.01)\n"
SECRET = "hunter2"


class Script:
    """A script of this name, run by an interpreter, with an argument that is not to be shown."""

    def __init__(self, folder, name):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(SCRIPT)
        self.proc = subprocess.Popen([sys.executable, "-u", path, f"--password={SECRET}"],
                                     stdout=subprocess.PIPE)
        self.proc.stdout.readline()

    def __enter__(self):
        return self.proc.pid

    def __exit__(self, *unused):
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()


def test_script_without_path_and_arguments():
    with tempfile.TemporaryDirectory() as folder, \
            Script(folder, "answers.py") as pid:
        trace = os.path.join(folder, "trace")
        record = live.run("record", "-p", pid, "-d", 1, "-o", trace)
        live.expect(record.status == 0, f"{record!r}")
        for command in (("attach", "-p", pid, "-d", 1), ("report", trace)):
            text, rows = live.run(*command), live.run(*command, "--json")
            label = live.process(rows.json(), pid)["label"]
            live.expect(label["script"] == "answers.py", f"{command[0]}: {label}")
            live.expect(f"[{pid}] answers.py" in text.out.splitlines()[0], f"{text!r}")
            for out in (text.out, rows.out):
                live.expect(SECRET not in out and folder not in out, f"told: {out}")


def test_unit():
    with live.Cgroup("label.service", controller="memory") as group, \
            live.Workload("sleeper", group=group) as target:
        report, _ = live.attach_sampled(target, 1, group=group)
        name = os.path.basename(group.path)
        label = live.process(report, target.pid)["label"]
        live.expect(label == {"unit": name, "container": None, "pod": None, "script": None},
                    f"{label}, not {name}")
