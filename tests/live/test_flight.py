# SPDX-License-Identifier: GPL-2.0-or-later
"""The flight recorder of `boundby watch --dir`: what it leaves on the disk, through kills, full disks
and lost directories, and what `boundby report` makes of it."""
import datetime
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import live

CALM = True  # none of these measures time: see run.py
from live import BOUNDBY, SECOND, Workload
from test_traces import end_ns, folder, report

FAILED, NO_TARGET, TOO_LITTLE = 1, 5, 6
LATE = 3  # seconds: windows are one second long, and the machine may be busy


class Watch:
    """boundby watch in the background; what it says on stderr is kept, its windows are not."""

    def __init__(self, pid, path, *more):
        self.path = path
        self.said = tempfile.TemporaryFile()
        self.proc = subprocess.Popen(
            [BOUNDBY, "watch", "-p", str(pid), "-i", "1", "--dir", path, "--keep", "10m",
             "--max-size", "10M", *map(str, more)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.said)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.kill()
        self.proc.wait()
        self.said.close()

    def stderr(self):
        self.said.seek(0)
        return self.said.read().decode()

    def segments(self):
        return sorted(glob.glob(f"{self.path}/boundby-*.bbt"))

    def incidents(self):
        return sorted(glob.glob(f"{self.path}/incident-*.bbt"))

    def wait_recording(self, windows=1, beside=()):
        """Waits until that many windows are on disk, in another segment than the existing ones."""
        def is_there():
            time.sleep(0.2)
            live.expect(self.proc.poll() is None, lambda: f"watch ended: {self.stderr()}")
            own = [name for name in self.segments() if name not in beside]
            if not own:
                return False
            got = report(own[-1])
            return got.status in (0, TOO_LITTLE) and \
                got.json()["capture"]["duration_ns"] >= (windows - 0.2) * SECOND
        live.wait_for(is_there, 20 + 2 * windows, f"{windows} windows are recorded")

    def end(self):
        self.proc.send_signal(signal.SIGTERM)
        status = self.proc.wait(timeout=20)
        live.expect(status == 0, lambda: f"watch ended with {status}: {self.stderr()}")


def read(*arguments):
    """A report that must exist, with its stderr."""
    got = report(*arguments)
    live.expect(got.status in (0, TOO_LITTLE), lambda: repr(got))
    return got.json(), got.err


def clock(ns):
    """A moment as a person would say it, to the second, in UTC."""
    return datetime.datetime.fromtimestamp(ns / SECOND, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def test_report_of_the_directory():
    with folder() as path, Workload("mixed") as target, Watch(target.pid, path) as watch:
        watch.wait_recording(5)
        got, err = read(path)
        live.expect("goes on" in err, err)
        live.expect(time.time_ns() - end_ns(got) < LATE * SECOND, "the newest is not there")
        at = end_ns(got) - 2 * SECOND
        for moment in (clock(at), clock(at)[11:], clock(at)[11:16] + "Z"):
            part, _ = read(path, "--at", moment)
            live.expect(part["capture"]["duration_ns"] >= 0.9 * SECOND, lambda: str(part))
        watch.end()
        whole, err = read(path)
        live.expect(not err and whole["capture"]["duration_ns"] > got["capture"]["duration_ns"],
                    lambda: err)
        for name in watch.segments():
            live.expect(os.stat(name).st_mode & 0o7777 == 0o600, oct(os.stat(name).st_mode))


@live.slow
def test_killed_and_started_again():
    """The recording survives kill -9, also after the watch is started again."""
    with folder() as path, Workload("mixed") as target:
        with Watch(target.pid, path) as watch:
            watch.wait_recording(4)
            killed = time.time_ns()
            watch.proc.kill()
            watch.proc.wait()
            kept = watch.segments()
        before, _ = read(path)
        live.expect(killed - end_ns(before) < LATE * SECOND, "the last windows are missing")
        with Watch(target.pid, path) as watch:
            watch.wait_recording(3, beside=kept)
            live.expect(set(kept) < set(watch.segments()), lambda: str(watch.segments()))
            now, err = read(path)
            live.expect("2 times" in err and end_ns(now) > end_ns(before) + SECOND, lambda: err)
            again, _ = read(path, "--at", clock(end_ns(before) - 2 * SECOND))
            live.expect(end_ns(again) <= end_ns(before) + SECOND, lambda: str(again["capture"]))
            watch.end()


def test_signal_makes_an_incident():
    with folder() as path, Workload("mixed") as target, Watch(target.pid, path) as watch:
        watch.wait_recording(4)
        watch.proc.send_signal(signal.SIGUSR1)
        live.wait_for(watch.incidents, 10, "an incident is written")
        live.expect(watch.incidents()[0].endswith("-signal.bbt"), lambda: str(watch.incidents()))
        live.wait_for(lambda: watch.incidents()[0] in watch.stderr(), 5, "it is said")
        got, err = read(watch.incidents()[0])
        live.expect(not err and got["capture"]["duration_ns"] > 3 * SECOND, lambda: err)
        whole, _ = read(path)
        live.expect(end_ns(whole) >= end_ns(got), "the incident is read with the segments")
        # a second one within the cooldown is counted only
        watch.proc.send_signal(signal.SIGUSR1)
        time.sleep(3)
        live.expect(len(watch.incidents()) == 1, lambda: str(watch.incidents()))
        for name in watch.segments():
            os.unlink(name)
        # the segments are gone, the incident has the moment
        part, err = read(path, "--at", clock(end_ns(got) - 2 * SECOND))
        live.expect("incident-" in err and part["capture"]["duration_ns"] >= 0.9 * SECOND,
                    lambda: err)


def ask(path, text):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(path)
        client.sendall(text.encode())
        client.shutdown(socket.SHUT_WR)
        return client.makefile().read()


def test_control_socket():
    with folder() as path, Workload("mixed") as target, Watch(target.pid, path) as watch:
        control = f"{path}/control.sock"
        watch.wait_recording(3)
        live.expect(os.stat(control).st_mode & 0o7777 == 0o600, oct(os.stat(control).st_mode))
        status = ask(control, "status\n")
        live.expect(json.loads(status)["windows"] >= 3 and status.count("\n") == 1, status)
        answer = ask(control, "dump\n").strip()
        live.expect("incident-" in answer and watch.incidents()
                    and watch.incidents()[0] in answer, answer)
        live.expect(watch.incidents()[0].endswith("-request.bbt"), str(watch.incidents()))
        live.expect("incident-" not in ask(control, "dump\n"), "it does not cool down")
        live.expect("unknown" in ask(control, "reboot\n"), "it takes any command")
        other = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-c",
             "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])", control],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        live.expect(other.returncode and b"Permission" in other.stderr, str(other.stderr))
        watch.end()
        live.expect(not os.path.exists(control), "the socket was left")


def test_settings_are_read_again():
    """SIGHUP and `boundby control reload` take on what a watch can take on; a bad file changes
    nothing and is named with its line."""
    with folder() as path, tempfile.NamedTemporaryFile("w") as config, \
            Workload("mixed") as target:
        def write(*lines):
            config.seek(0)
            config.truncate()
            config.write("\n".join(lines) + "\n")
            config.flush()

        def control(*words):
            return live.run("control", *words, "--dir", path)
        write("set = starvation=0.4")
        with Watch(target.pid, path, "--config", config.name) as watch:
            watch.wait_recording(2)
            first = watch.segments()
            write("set = starvation=0.9", "listen = 9464")
            watch.proc.send_signal(signal.SIGHUP)
            live.wait_for(lambda: "changed: set; only a restart changes: listen"
                          in watch.stderr(), 10, "the signal is taken")
            watch.wait_recording(2, beside=first)
            rules = [read(name)[0]["capture"]["settings"]["starvation"]
                     for name in (first[0], watch.segments()[-1])]
            live.expect(rules == [0.4, 0.9], f"{rules}")
            write("# budget", "budget = much")
            control("reload").expect_error(FAILED, f"{config.name}:2: --budget",
                                           "the former settings stay")
            write("set = starvation=0.9")
            answer = control("reload")
            live.expect(answer.status == 0 and answer.out == "changed: nothing\n", f"{answer!r}")
            live.expect(json.loads(control().out)["windows"] >= 2, "no status")
            watch.end()
        control("status").expect_error(NO_TARGET, "no watch listens", "--control")


def test_hook_gets_the_trigger():
    """A long stall calls the command, once, with the verdict and the incident file on its stdin; what
    it may not do is said and holds up nothing."""
    with folder() as path, tempfile.TemporaryDirectory() as place, \
            Workload("loop.py", "asyncio", "sleep", interpreter="/usr/bin/python3") as target:
        told = f"{place}/told.json"
        with Watch(target.pid, path, "--set", "long-stall=0.02", "--hook",
                   f"cat >{told}.new; mv {told}.new {told}; exit 3") as watch:
            live.wait_for(lambda: os.path.exists(told), 30, "the hook is called")
            with open(told, encoding="utf-8") as file:
                event = json.load(file)
            live.expect(event["schema"] == "boundby.trigger/1" and event["reason"] == "stall"
                        and event["process"]["pid"] == target.pid
                        and event["process"]["label"]["script"] == "loop.py"
                        and event["verdict"]["headline"], f"{event}")
            live.expect([event["incident"]] == watch.incidents(),
                        f"{event['incident']}, {watch.incidents()}")
            live.wait_for(lambda: "the command failed with status 3" in watch.stderr(), 10,
                          "its failure is said")
            watch.end()


def fill(path):
    """Takes all that is free, and goes on taking it."""
    with open(f"{path}/ballast", "ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(512))
        except OSError:
            pass


@live.slow
def test_disk_full_for_a_while():
    """Windows are merged while the disk is full, which is logged once; the sums stay complete."""
    with folder("256k", ",mode=0700") as path, Workload("cpu", 2) as target, \
            Watch(target.pid, path) as watch:
        watch.wait_recording(3)

        def is_said():
            fill(path)
            return "cannot record in" in watch.stderr()
        # what is left of the last page takes some windows more
        live.wait_for(is_said, 60, "it is said that the disk is full")
        begin = time.monotonic()
        while time.monotonic() < begin + 4:
            fill(path)
            time.sleep(0.1)
        live.expect(watch.stderr().count("cannot record in") == 1, watch.stderr)
        os.unlink(f"{path}/ballast")
        live.wait_for(lambda: "again" in watch.stderr(), 10, "it is said that it records again")
        time.sleep(2)
        watch.end()
        got, _ = read(path)
        live.expect(got["capture"]["duration_ns"] > 9 * SECOND, lambda: str(got["capture"]))
        live.expect(got["time"]["unobserved_ns"] == 0, lambda: str(got["time"]))


@live.slow
def test_disk_smaller_than_the_limit():
    """The oldest segment makes room: the newest is there, and nothing else is missing."""
    with folder("192k", ",mode=0700") as path, Workload("mixed") as target, \
            Watch(target.pid, path, "-i", "10ms", "--max-size", "1M") as watch:
        watch.wait_recording(0)
        first = watch.segments()[0]

        def is_gone():
            time.sleep(0.5)
            return not os.path.exists(first)
        live.wait_for(is_gone, 90, "the oldest segment has made room")
        time.sleep(2)
        got, _ = read(path)
        live.expect(time.time_ns() - end_ns(got) < LATE * SECOND, "the newest is not there")
        live.expect(got["capture"]["duration_ns"] > 2 * SECOND, lambda: str(got["capture"]))
        live.expect("missing" not in report(path).err, "windows are missing")
        watch.end()


@live.slow
def test_directory_goes_and_comes():
    with folder() as path, Workload("mixed") as target:
        place = f"{path}/flight"
        with Watch(target.pid, place) as watch:
            watch.wait_recording(2)
            shutil.rmtree(place)
            with open(place, "w", encoding="ascii"):
                pass  # so that it cannot be created again
            time.sleep(4)
            # logged once; an incident raised by a class change would be logged separately
            live.expect(watch.stderr().count("event=recorder why=\"cannot") == 1, watch.stderr)
            os.unlink(place)
            watch.wait_recording(2)
            live.expect(os.stat(place).st_mode & 0o7777 == 0o700, oct(os.stat(place).st_mode))
            socket_path = f"{place}/control.sock"
            live.wait_for(lambda: os.path.exists(socket_path), 5, "its control socket")
            live.expect('"windows"' in ask(socket_path, "status\n"), "it does not answer")
            watch.end()
            read(place)


def test_two_instances():
    with folder() as path, Workload("mixed") as target, Watch(target.pid, path) as watch:
        watch.wait_recording(1)
        live.run("watch", "-p", target.pid, "--dir", path).expect_error(FAILED, path, "another")
        watch.end()
        kept = watch.segments()
        with Watch(target.pid, path) as second:
            second.wait_recording(1, beside=kept)
            second.end()


def test_bad_directories():
    with folder() as path, Workload("mixed") as target:
        os.chmod(path, 0o777)
        live.run("watch", "-p", target.pid, "--dir", path).expect_error(FAILED, path, "write")
        os.chmod(path, 0o700)
        with open(f"{path}/file", "w", encoding="ascii"):
            pass
        live.run("watch", "-p", target.pid, "--dir", f"{path}/file").expect_error(FAILED, "file")
        live.run("watch", "-p", target.pid, "--dir", "/nowhere/at/all").expect_error(
            FAILED, "/nowhere/at/all")
        os.mkdir(f"{path}/other")
        os.chown(f"{path}/other", 65534, 65534)
        live.run("watch", "-p", target.pid, "--dir", f"{path}/other").expect_error(
            FAILED, "another user")
