# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed unit under a separate real systemd: start, status, scrape, reload, watchdog, stop."""
import os
import re
import shutil
import signal
import subprocess
import tempfile

import live

CALM = True  # none of these measures time: see run.py

SYSTEMD = "/lib/systemd/systemd"
PORT = 9464  # the unit's
# Process 1 of a container with the host's files, except all that systemd would write to or clean
# up, and for what a Debian host starts by itself. Only the unit is there, installed as it would be.
INIT = r"""
set -e
mount --make-rprivate /
umount -R -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs tmpfs /mnt
cp -r {folder}/usr /mnt
cp -a /etc /mnt
cp -r {folder}/etc /mnt
mount --bind /mnt/etc /etc
for path in /run /tmp /var /etc/systemd/system /lib/systemd/system/sysinit.target.wants \
            /lib/systemd/system/sockets.target.wants /usr/local; do
    mount -t tmpfs tmpfs $path
done
mkdir -p /run/systemd/system /run/lock /var/lib /var/tmp /var/log
cp -r /mnt/usr/local/* /usr/local/
printf '[Unit]\nDefaultDependencies=no\n' >/run/systemd/system/nothing.target
mkdir /run/systemd/system/boundby-watch.service.d
printf '[Service]\nWatchdogSec=4s\n' >/run/systemd/system/boundby-watch.service.d/test.conf
ip link set lo up
export container=other
exec {systemd} --system --unit=nothing.target --log-target=console --log-level=notice
"""


class Systemd:
    """A systemd with nothing but the unit, in private namespaces and a private cgroup."""

    def __init__(self):
        if not os.access(SYSTEMD, os.X_OK):
            raise live.Skip("systemd is not installed")
        self.folder = tempfile.TemporaryDirectory(prefix="boundby-install-")
        done = subprocess.run(["make", "-s", "-C", live.ROOT, "install-data",
                               f"DESTDIR={self.folder.name}", "PREFIX=/usr/local"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
        live.expect(done.returncode == 0, f"make install-data: {done.stdout}")
        os.makedirs(f"{self.folder.name}/usr/local/bin")
        shutil.copy(live.BOUNDBY, f"{self.folder.name}/usr/local/bin/boundby")
        self.group = live.Cgroup(f"systemd-{id(self)}", version=2)
        script = INIT.format(folder=self.folder.name, systemd=SYSTEMD)
        self.log = tempfile.TemporaryFile()
        self.proc = subprocess.Popen(
            ["sh", "-c", f"echo $$ >{self.group.path}/cgroup.procs && exec unshare --cgroup --pid "
             "--fork --kill-child --mount --uts --ipc --net --mount-proc sh -c \"$0\"", script],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        try:
            self.pid = live.wait_for(self._first, 20, "a systemd")
            live.wait_for(lambda: self.systemctl("is-active", "nothing.target").returncode == 0, 20,
                          "systemd to answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _first(self):
        live.expect(self.proc.poll() is None, lambda: f"no systemd: {self.said()}")
        return next((pid for pid in live.descendants(self.proc.pid)
                     if live.read_text(f"/proc/{pid}/comm") == "systemd\n"), None)

    def __exit__(self, *unused):
        # with the first process of a PID namespace all others of it go
        self.proc.kill()
        self.proc.wait()
        self.log.close()
        self.folder.cleanup()
        live.wait_for(self._removed, 10, "its cgroups to be empty")

    def _removed(self):
        """A killed process stays in its cgroup for a moment."""
        try:
            for path, _, _ in os.walk(self.group.path, topdown=False):
                os.rmdir(path)
        except OSError:
            return False
        return not os.path.exists(self.group.path)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-2000:]

    def inside(self, *command):
        return subprocess.run(["nsenter", "-t", str(self.pid), "-a", "--", *command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)

    def systemctl(self, *words):
        return self.inside("systemctl", "--no-pager", *words)

    def shows(self, name):
        return self.systemctl("show", "--value", "-p", name, "boundby-watch").stdout.strip()

    def main_pid(self):
        """As the host numbers it."""
        own = self.shows("MainPID")
        return next((pid for pid in live.descendants(self.pid)
                     if re.search(rf"^NSpid:.*\t{own}$", live.read_text(f"/proc/{pid}/status") or "",
                                  flags=re.M)), None)

    def metric(self, name):
        text = self.inside("/usr/bin/python3", "-c", "import urllib.request as u; print(u.urlopen("
                           f"'http://127.0.0.1:{PORT}/metrics', timeout=5).read().decode())").stdout
        found = re.search(rf"^{name} (\S+)", text, flags=re.M)
        return float(found[1]) if found else None


def test_unit_is_served():
    """Ready when it watches; with its user, rights and folder; scraped, reloaded, stopped."""
    with Systemd() as systemd:
        started = systemd.systemctl("start", "boundby-watch")
        live.expect(started.returncode == 0, lambda: f"{started.stdout} {systemd.said()}")
        live.wait_for(lambda: systemd.metric("boundby_windows_total"), 30, "its first window")
        live.expect(systemd.shows("StatusText") not in ("", "watching"),
                    lambda: f"status {systemd.shows('StatusText')}")
        pid = systemd.main_pid()
        status = live.read_text(f"/proc/{pid}/status")
        uid = int(re.search(r"^Uid:\t(\d+)", status, flags=re.M)[1])
        live.expect(uid >= 61184, f"it runs as {uid}, no dynamic user")
        live.expect(re.search(r"^NoNewPrivs:\t1$", status, flags=re.M), status)
        files = systemd.inside("ls", "/var/lib/boundby").stdout
        live.expect(re.search(r"\.bbt$", files, flags=re.M), f"it records: {files}")
        seen = systemd.inside("/usr/local/bin/boundby", "report", "/var/lib/boundby", "--json").stdout
        live.expect('"comm":"systemd"' in seen.replace(" ", "") and
                    '"comm":"boundby"' not in seen.replace(" ", ""),
                    lambda: f"it sees itself, or not systemd: {seen[:2000]}")
        done = systemd.systemctl("reload", "boundby-watch")
        live.expect(done.returncode == 0 and systemd.main_pid() == pid, f"reload: {done.stdout}")
        live.wait_for(lambda: systemd.inside("ls", "/var/lib/boundby").stdout.count(".bbt") == 2, 10,
                      "another segment after a reload")
        done = systemd.systemctl("stop", "boundby-watch")
        live.expect(done.returncode == 0 and systemd.shows("Result") == "success",
                    lambda: f"stop: {done.stdout} {systemd.shows('Result')}")


@live.slow
def test_unit_hangs():
    """A service that does not answer the watchdog is killed and restarted."""
    with Systemd() as systemd:
        live.expect(systemd.systemctl("start", "boundby-watch").returncode == 0, systemd.said)
        pid = systemd.main_pid()
        os.kill(pid, signal.SIGSTOP)
        live.wait_for(lambda: systemd.shows("NRestarts") == "1" and
                      systemd.shows("ActiveState") == "active", 40, "it to be begun again")
        live.expect(systemd.main_pid() not in (None, pid), "it is the same")
