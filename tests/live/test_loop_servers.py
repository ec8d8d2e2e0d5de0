# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers under load whose loops never block, and those that a request of known length blocks."""
import os
import subprocess
import tempfile
import time

import live
from test_loops import DEBIAN, each


def not_blocked(report, pid, loops):
    verdict, process = report["verdict"], live.process(report, pid)
    live.judged(verdict["class"] != "loop-blocked", lambda: f"{verdict['headline']}; "
                f"{process['loops']}; {process['stalls'][:2]}")
    live.expect(loops is None or len(process["loops"]) == loops,
                lambda: f"expected {loops} loops: {process['loops']}")


def clean(loops, *workload, **more):
    with live.Workload(*workload, **more) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
    not_blocked(report, target.pid, loops)


def test_io_uring():
    """A loop on a ring; and a thread that submits one request and waits for that is none."""
    with live.Workload("ring_loop") as target:
        report = live.attach(target.pid, 3)
    verdict, process = report["verdict"], live.process(report, target.pid)
    live.judged(verdict["class"] == "loop-blocked", lambda: f"{verdict['headline']}")
    live.judged(verdict["causes"][0]["kind"] == "cpu", lambda: f"{verdict['causes']}")
    live.expect(process["loops"][0]["kind"] == "io_uring", lambda: f"{process['loops']}")
    live.expect("main" in (verdict["causes"][0]["where"] or "") or
                "ring_loop.c" in (verdict["causes"][0]["where"] or ""),
                lambda: f"{verdict['causes']}")
    clean(0, "ring_loop", "one")


def test_clean_fanout():
    problems = live.Problems()
    for path in live.pythons():
        problems.case(path, lambda: clean(1, "fanout.py", interpreter=path))
    problems.end()


def test_idle_server():
    clean(None, "fanout.py", "idle", interpreter=DEBIAN)


def test_threads_that_are_no_loops():
    each((kind, clean, 0, "not_loop", kind) for kind in ("zero", "one", "shared", "request"))


def test_java_pool():
    clean(0, "IdlePool.java", interpreter=live.tool("java"))


class Server:
    """A server from a Debian package, started with these arguments in a private folder."""

    def __init__(self, *command, user=None):
        self.proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, user=user, cwd="/")
        self.pid = self.proc.pid

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.terminate()
        try:
            self.proc.wait(10)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()


def redis(*words, **more):
    return subprocess.run([live.tool("redis-cli"), "-s", *words], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more).stdout


def redis_server(folder):
    server = Server(live.tool("redis-server"), "--port", "0", "--unixsocket", f"{folder}/socket",
                    "--save", "", "--dir", folder)
    live.wait_for(lambda: os.path.exists(f"{folder}/socket"), 10, "redis answers")
    return server


LUA = "local n = 0 for i = 1, 40000000 do n = n + i end return n"


def test_redis_slow_script():
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as server:
        socket, longest = f"{folder}/socket", 0
        with live.Attach("attach", "-p", server.pid, "-d", 4, "--json") as watch:
            watch.wait_attached()
            for _ in range(8):
                begin = time.monotonic()
                redis(socket, "eval", LUA, "0")
                longest = max(longest, time.monotonic() - begin)
                time.sleep(0.2)
            report = watch.end(10).json()
    row = live.process(report, server.pid)
    live.judged(report["verdict"]["class"] == "loop-blocked",
                lambda: f"{report['verdict']['headline']}; {row['loops']}")
    live.judged(report["verdict"]["causes"][0]["kind"] == "cpu",
                lambda: f"causes {report['verdict']['causes']}")
    # the client's time has its own start and end in it
    live.expect(0 < row["stalls"][0]["duration_ns"] < longest * 1e9,
                lambda: f"longest {row['stalls'][0]} of {longest} s")
    live.expect(row["stalls"][0]["duration_ns"] > 0.5 * longest * 1e9, "it is too short")


def test_redis_saturated():
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as server:
        load = subprocess.Popen([live.tool("redis-benchmark"), "-s", f"{folder}/socket", "-t",
                                 "set,get", "-n", "100000000", "-q"], stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            report = live.attach(server.pid, 3)
        finally:
            load.kill()
            load.wait()
    not_blocked(report, server.pid, 1)


def test_depth_sched_saturated():
    """A loop that never sleeps is seen as one long stretch: that is no stall."""
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as server:
        load = subprocess.Popen([live.tool("redis-benchmark"), "-s", f"{folder}/socket", "-t",
                                 "set,get", "-n", "100000000", "-q"], stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            report = live.attach(server.pid, 3, "--depth", "sched")
        finally:
            load.kill()
            load.wait()
    not_blocked(report, server.pid, None)


def test_nginx_under_load():
    """A worker is a loop, the master is none."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"daemon off; worker_processes 1; pid {folder}/pid; error_log /dev/null;\n"
                       f"events {{}} http {{ access_log off; server {{ listen unix:{folder}/socket;"
                       f" location / {{ return 200 x; }} }} }}\n")
        with Server(live.tool("nginx"), "-c", config, "-p", folder) as server:
            live.wait_for(lambda: os.path.exists(f"{folder}/socket"), 10, "nginx answers")
            load = subprocess.Popen([DEBIAN, "-c", LOAD, f"{folder}/socket"])
            try:
                time.sleep(0.5)
                report = live.attach(server.pid, 3)
            finally:
                load.kill()
                load.wait()
    loops = [loop for row in report["processes"] for loop in row["loops"]]
    live.expect(len(loops) == 1 and loops[0]["iterations"] > 1000, f"loops {loops}")
    live.judged(report["verdict"]["class"] != "loop-blocked", report["verdict"]["headline"])


LOAD = """
import socket, sys
while True:
    c = socket.socket(socket.AF_UNIX)
    c.connect(sys.argv[1])
    c.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
    while c.recv(4096):
        pass
    c.close()
"""


def test_go_server():
    """Its threads take turns at one set, under a scheduler of Go's own."""
    go = live.tool("go")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "go_server")
        subprocess.run([go, "build", "-o", program,
                        os.path.join(live.ROOT, "tests", "workloads", "go_server.go")], check=True,
                       env=dict(os.environ, GOCACHE=os.path.join(folder, "cache"), GOFLAGS="",
                                GO111MODULE="off", CGO_ENABLED="0"))
        clean(0, "go_server", program=program)


def test_postgres_backend():
    """Two seconds of one query are not a blocked loop."""
    programs = "/usr/lib/postgresql/15/bin"
    if not os.path.isdir(programs):
        raise live.Skip("postgresql is not installed")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        subprocess.run([f"{programs}/initdb", "-D", f"{folder}/data", "-A", "trust"], check=True,
                       user="postgres", stdout=subprocess.DEVNULL, cwd="/")
        with Server(f"{programs}/postgres", "-D", f"{folder}/data", "-k", folder, "-h", "",
                    user="postgres") as server:
            live.wait_for(lambda: os.path.exists(f"{folder}/.s.PGSQL.5432"), 20, "it answers")
            client = subprocess.Popen([live.tool("psql"), "-h", folder, "-U", "postgres", "-c",
                                       QUERY], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                time.sleep(0.5)
                report = live.attach(server.pid, 8)
            finally:
                client.kill()
                client.wait()
    live.judged(report["verdict"]["class"] != "loop-blocked", lambda: report["verdict"]["headline"])
    live.expect(report["time"]["on_cpu_ns"] > 2e9, "the queries did not run")


QUERY = ("do $$ begin for i in 1..20 loop perform pg_sleep(0.1); "
         "perform count(*) from generate_series(1, 4000000); end loop; end $$")


def reads_of_sets(members):
    """How often boundby opens an fdinfo of a loop with this many members, and the loop's row."""
    with live.Workload("large_set", members) as target, \
            tempfile.NamedTemporaryFile("r", suffix=".strace") as log:
        report = live.run("attach", "-p", target.pid, "-d", "1", "--json",
                          through=(live.tool("strace"), "-f", "-qq", "-e", "trace=openat",
                                   "-o", log.name)).report()
        opened = sum(f"/proc/{target.pid}/fdinfo/" in line for line in log)
    rows = live.process(report, target.pid)["loops"]
    live.expect(len(rows) == 1 and rows[0]["iterations"] > 50, f"loops: {rows}")
    return opened


def test_large_set_is_not_read():
    """The kernel lists the members of a set under the mutex that epoll_wait needs."""
    live.expect(reads_of_sets(100) > 0, "a small set was not read")
    live.expect(reads_of_sets(15000) == 0, "a set of 15,000 members was read")
