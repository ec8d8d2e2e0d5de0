# SPDX-License-Identifier: GPL-2.0-or-later
"""The live screen in a terminal of tmux: what it shows at each size, what keys do, and that the
terminal is as before however it ends."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import live

PATIENCE_S = 40  # for a text on the screen: a slow machine shows it later, not never
SIZES = ((80, 24), (250, 60), (40, 12))
END = "ended with "  # printed by the shell, with the status

THREADS = """
import sys, threading, time
threading.stack_size(65536)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(1000):
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
print("grown", flush=True)
sys.stdin.readline()
"""
# Names as a hostile program gives them: they would set the title, clear the screen, move the cursor.
HOSTILE = """
import sys, time
open("/proc/self/comm", "wb").write(b"\\x1b[2J\\x1b]0;x\\x07\\x9b1")
print("ready", flush=True)
while True:
    for _ in range(100000):
        pass
"""


class Screen:
    """boundby top in a terminal of its own."""

    def __init__(self, *arguments, size=SIZES[0], environment=()):
        if not shutil.which("tmux"):
            raise live.Skip("tmux is not installed")
        self.folder = tempfile.mkdtemp(prefix="boundby-top-")
        command = " ".join(["env", *environment, live.BOUNDBY, "top", *map(str, arguments)])
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                  "-c", self.folder, f"{command}; status=$?; stty -a | tr ' ' '\\n' | grep -x -e '-*icanon' -e '-*echo'; "
                  f"echo {END}$status; exec sleep 600")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        subprocess.run(["tmux", "-S", self.folder + "/tmux", "kill-server"], check=False,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.folder + "/tmux", *arguments], check=True,
                              stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def wait(self, *texts):
        """Until all are on the screen; returns it."""
        until = time.monotonic() + PATIENCE_S
        while True:
            screen = self.text()
            if all(text in screen for text in texts):
                return screen
            live.expect(time.monotonic() < until, lambda: f"{texts} not on the screen:\n{screen}")
            time.sleep(0.1)

    def pid(self):
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        with open(f"/proc/{shell}/task/{shell}/children") as file:
            return int(file.read().split()[0])

    def expect_restored(self, status=0):
        screen = self.wait(END)
        live.expect(f"{END}{status}\n" in screen + "\n", lambda: f"wanted {status}:\n{screen}")
        live.expect("\nicanon\n" in "\n" + screen and "\necho\n" in screen, lambda: f"modes:\n{screen}")
        flags = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split()
        live.expect(flags == ["0", "1"], f"alternate screen, cursor: {flags}")
        return screen


def cpu_ns(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total


def test_top_at_three_sizes():
    """The verdict, the strip and the thread are there in each, and it costs less than 2 % of a core."""
    with live.Workload("idle_pool.py", interpreter=sys.executable) as workload, \
            Screen(workload.pid) as screen:
        screen.wait("confidence", f"[{workload.pid}]", "thread ")
        begun, before = time.monotonic(), cpu_ns(screen.pid())
        for columns, lines in SIZES:
            screen.tmux("resize-window", "-x", str(columns), "-y", str(lines))
            shown = screen.wait("confidence", "s sort" if columns > 40 else "?help", "thread ")
            widest = max(map(len, shown.splitlines()))
            live.expect(widest <= columns, f"{widest} of {columns} columns")
            time.sleep(2)
        share = (cpu_ns(screen.pid()) - before) / 1e9 / (time.monotonic() - begun)
        live.expect(share < 0.02, f"it takes {100 * share:.1f} % of a core")
        screen.tmux("resize-window", "-x", "80", "-y", "24")
        screen.keys("q")
        screen.expect_restored()


def test_top_with_a_thousand_threads():
    """They are all counted, one can be found and opened; the end of the target is the end."""
    with subprocess.Popen([sys.executable, "-c", THREADS], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as target:
        target.stdout.readline()
        with Screen(target.pid) as screen:
            screen.wait("1 thread")
            target.stdin.write("\n")
            target.stdin.flush()
            screen.wait("1001 threads")
            screen.keys("/", str(target.pid), "Enter")
            screen.wait(f"filter: {target.pid}")
            screen.keys("Escape", "Enter")
            screen.wait("Esc goes back")
            target.stdin.write("\n")
            target.stdin.flush()
            target.wait(timeout=20)
            live.expect("the target has ended" in screen.expect_restored(), "it says why it ended")


def test_top_with_forks_and_hostile_names():
    """Without colour, too; SIGTERM restores the terminal."""
    with subprocess.Popen([sys.executable, "-c", HOSTILE], stdout=subprocess.PIPE) as target, \
            live.Workload("forktree", seconds=60) as forks:
        try:
            target.stdout.readline()
            with Screen("-p", f"{target.pid},{forks.pid}",
                        environment=("TERM=vt100", "NO_COLOR=1")) as screen:
                shown = screen.wait("confidence", "?[2J?", "CCCC")
                title = screen.tmux("display-message", "-p", "#{pane_title}").strip()
                live.expect(title != "x" and "boundby top" in shown, f"title {title}: {shown}")
                os.kill(screen.pid(), signal.SIGTERM)
                screen.expect_restored()
        finally:
            target.kill()


def test_top_plays_a_trace():
    """It ends with the last window's verdict, as report has it; it pauses, steps and goes back to the
    start. Without a terminal it refuses in a sentence."""
    live.run("top").expect_error(2, "terminal")
    with live.Workload("cpu", seconds=60) as workload, tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "a.bbt")
        live.run("record", "-p", str(workload.pid), "-d", "4", "-o", trace)
        lines = live.run("report", trace, "-i", "1s", "--json").out.splitlines()
        last = json.loads(lines[-1])["verdict"]
        with Screen(trace) as screen:
            screen.wait(last["class"].upper(), f"{last['confidence']} confidence",
                        "the end of the trace")
            screen.keys("Left")
            screen.wait("FROZEN, 1 windows back")
            screen.keys("Escape", "Home")
            screen.wait("this is the start of the trace")
            screen.keys("?")
            screen.wait("play faster, slower")
            screen.keys("q")
            screen.expect_restored()
