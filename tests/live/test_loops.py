# SPDX-License-Identifier: GPL-2.0-or-later
"""Event loops that stand still, by a cause and at a line that are known; and those that never do."""
import os
import subprocess
import tempfile
import time

import live

DEBIAN = "/usr/bin/python3"
SOURCE = os.path.join(live.ROOT, "tests", "workloads", "loop.py")
CAUSES = {"sleep": "blocking-call", "socket": "blocking-call", "udp": "blocking-call",
          "file": "blocking-call", "subprocess": "blocking-call", "lock": "lock", "hash": "cpu",
          "pure": "cpu", "json": "cpu"}
CALLS = {"sleep": ("clock_nanosleep", "pselect6", "select"), "socket": ("recvfrom",),
         "udp": ("recvfrom",), "file": ("fsync",), "lock": ("futex",)}


def guilty_lines(what):
    """Lines of loop.py that are marked, in the function that this kind of stall is in."""
    names = {"sleep": "def nap", "subprocess": "def run():", "pure": "def spin"}
    begin = names.get(what, f"def make_{what}")
    with open(SOURCE, encoding="utf-8") as file:
        lines = file.read().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(begin))
    found = set()
    for number in range(at + 1, len(lines)):
        if lines[number].startswith("def "):
            break
        if lines[number].endswith("# guilty"):
            found.add(number + 1)
    live.expect(found, f"no guilty line of {what}")
    return found


def true_stalls(target, report):
    """Those that ended inside the window, ns, by the program's own clock."""
    rows = target.truth()
    start, end = live.window(report)
    return [rows[f"stall{at}"] for at in range(30)
            if f"stall{at}" in rows and start + rows[f"stall{at}"] < rows[f"end{at}"] < end]


def check_blocked(report, target, cause):
    """The verdict, the cause, and the longest stall; returns the process's stalls."""
    verdict, process = report["verdict"], live.process(report, target.pid)
    truth = true_stalls(target, report)
    live.expect(len(truth) >= 5, f"only {len(truth)} stalls: too few to be a test")
    live.expect(verdict["class"] == "loop-blocked",
                lambda: f"{verdict['class']}: {verdict['headline']}; {process['loops']}")
    live.expect(verdict["causes"][0]["kind"] == cause, lambda: f"causes {verdict['causes']}")
    live.expect(process["stalls"][0]["cause"] == cause, lambda: f"{process['stalls'][0]}")
    live.expect_close(process["stalls"][0]["duration_ns"], max(truth), 0.05, "ns, the longest",
                      1000000)
    for stall in process["stalls"]:
        live.expect(live.ledger_sum(stall["parts"]) == stall["parts"]["wall_ns"],
                    lambda: f"parts do not sum: {stall}")
        live.expect_close(stall["parts"]["wall_ns"], stall["duration_ns"], 0.01, "ns in parts",
                          100000)
    return process["stalls"]


def blocked(path, loop, what):
    with live.Workload("loop.py", loop, what, interpreter=path) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
        stalls = check_blocked(report, target, CAUSES[what])
    where = report["verdict"]["causes"][0]["where"] or ""
    lines = {f"workloads/loop.py:{line}" for line in guilty_lines(what)}
    live.expect(where.split(" ")[0] in lines, lambda: f"where is {where!r}, guilty are {lines}")
    if what in CALLS:
        live.expect(stalls[0]["call"] in CALLS[what], lambda: f"call {stalls[0]['call']}")
    live.expect(any("loop.py" in frame for frame in stalls[0]["stack"]),
                lambda: f"stack {stalls[0]['stack']}")


def each(cases):
    problems = live.Problems()
    for name, check, *arguments in cases:
        problems.case(name, check, *arguments)
    problems.end()


def test_asyncio_calls():
    each((what, blocked, DEBIAN, "asyncio", what) for what in ("sleep", "socket", "udp", "file",
                                                               "subprocess", "lock"))


def test_asyncio_computing():
    each((what, blocked, DEBIAN, "asyncio", what) for what in ("hash", "pure", "json"))


def test_asyncio_each_python():
    each((f"{path} {what}", blocked, path, "asyncio", what) for path in live.pythons()
         for what in ("sleep", "pure"))


def test_uvloop():
    each((what, blocked, DEBIAN, "uvloop", what) for what in ("sleep", "socket", "pure"))


def test_gevent():
    each((what, blocked, DEBIAN, "gevent", what) for what in ("sleep", "socket", "pure"))


def test_tornado():
    each((what, blocked, DEBIAN, "tornado", what) for what in ("sleep", "pure"))


def node(what):
    with live.Workload("loop.js", what, interpreter=live.tool("node")) as target:
        time.sleep(0.5)
        report = live.attach(target.pid, 3)
        check_blocked(report, target, "cpu")


def test_node():
    each((what, node, what) for what in ("crypto", "file"))


# ---- those that never block ---------------------------------------------------------------------
def not_blocked(report, pid, loops):
    verdict, process = report["verdict"], live.process(report, pid)
    live.expect(verdict["class"] != "loop-blocked", lambda: f"{verdict['headline']}; "
                f"{process['loops']}; {process['stalls'][:2]}")
    live.expect(loops is None or len(process["loops"]) == loops,
                lambda: f"expected {loops} loops: {process['loops']}")


def clean(loops, *workload, **more):
    with live.Workload(*workload, **more) as target:
        time.sleep(0.3)
        report = live.attach(target.pid, 3)
    not_blocked(report, target.pid, loops)


def test_clean_fanout():
    problems = live.Problems()
    for path in live.pythons():
        problems.case(path, lambda: clean(1, "fanout.py", interpreter=path))
    problems.end()


def test_idle_server():
    clean(None, "fanout.py", "idle", interpreter=DEBIAN)


def test_java_pool():
    clean(0, "IdlePool.java", interpreter=live.tool("java"))


class Server:
    """A server of Debian's, started with these words in a folder of its own."""

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
    live.expect(report["verdict"]["class"] == "loop-blocked",
                lambda: f"{report['verdict']['headline']}; {row['loops']}")
    live.expect(report["verdict"]["causes"][0]["kind"] == "cpu",
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
    live.expect(report["verdict"]["class"] != "loop-blocked", report["verdict"]["headline"])


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
    """Two seconds of one query are not a loop that stands still."""
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
    live.expect(report["verdict"]["class"] != "loop-blocked", lambda: report["verdict"]["headline"])
    live.expect(report["time"]["on_cpu_ns"] > 2e9, "the queries did not run")


QUERY = ("do $$ begin for i in 1..20 loop perform pg_sleep(0.1); "
         "perform count(*) from generate_series(1, 4000000); end loop; end $$")
