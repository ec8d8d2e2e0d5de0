# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers of Debian's under load. Each function starts one in a folder and gives back its process,
the process to watch, and what measures for two seconds or so how much it serves in one."""
import glob
import os
import re
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_port(port):
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def number_in(pattern, *command, **more):
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **more).stdout
    return float(re.search(pattern, text)[1])


def redis(folder):
    port = str(free_port())
    server = subprocess.Popen(["redis-server", "--port", port, "--save", "", "--dir", folder],
                              stdout=subprocess.DEVNULL)
    wait_port(int(port))
    return server, server.pid, lambda: number_in(
        r"SET: ([0-9.]+) requests", "redis-benchmark", "-p", port, "-t", "set", "-n", "120000", "-q")


def nginx(folder):
    port = free_port()
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"daemon off; pid {folder}/nginx.pid; worker_processes 1; error_log /dev/null;\n"
                   f"events {{}} http {{ access_log off; server {{ listen 127.0.0.1:{port};\n"
                   "location / { return 200 'ok'; } } }\n")
    server = subprocess.Popen(["nginx", "-c", path, "-p", folder], stderr=subprocess.DEVNULL)
    wait_port(port)
    return server, server.pid, lambda: number_in(
        r"Requests/sec: +([0-9.]+)", "wrk", "-t1", "-c16", "-d2", f"http://127.0.0.1:{port}/")


def postgres(folder):
    """As user nobody: it refuses to run as root."""
    bin_ = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    port, data = str(free_port()), os.path.join(folder, "data")
    os.chmod(folder, 0o755)
    os.mkdir(data, 0o700)
    os.chown(data, 65534, 65534)
    own = {"user": 65534, "group": 65534, "cwd": "/"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([f"{bin_}/initdb", "-D", data, "-A", "trust", "-U", "bench", "--no-sync"],
                   check=True, **own, **quiet)
    server = subprocess.Popen([f"{bin_}/postgres", "-D", data, "-p", port, "-k", data, "-c",
                               "fsync=off"], **own, **quiet)
    wait_port(int(port))
    to = ["-h", "127.0.0.1", "-p", port, "-U", "bench", "postgres"]
    while subprocess.run([f"{bin_}/pg_isready", *to[:-1]], check=False, **quiet).returncode:
        time.sleep(0.1)
    subprocess.run([f"{bin_}/pgbench", "-i", "-q", *to], check=True, **quiet)
    return server, server.pid, lambda: number_in(
        r"tps = ([0-9.]+)", f"{bin_}/pgbench", "-S", "-c", "4", "-T", "2", *to)
