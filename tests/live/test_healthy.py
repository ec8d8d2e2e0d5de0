# SPDX-License-Identifier: GPL-2.0-or-later
"""Healthy servers of Debian's packages and of each runtime, idle and under light load: none of them
is stuck or blocked, and none may be called so; starved only while the machine's CPUs are busy."""
import contextlib
import os
import socket
import subprocess
import tempfile
import threading
import time

import live

FALSE_ALARMS = ("hung", "loop-blocked")
MACHINE_IS_FULL = 0.8  # of its CPUs: then a thread that wakes up may well have to wait
REQUESTS_PER_S = 20
WATCH_S = 3
HTTP = b"GET / HTTP/1.0\r\n\r\n"
DEBIAN = "/usr/bin/python3"

ASYNCIO = """import asyncio, sys
async def answer(reader, writer):
    await reader.readline(); await asyncio.sleep(0.001)
    writer.write(b'ok\\n'); await writer.drain(); writer.close()
async def main():
    server = await asyncio.start_server(answer, '127.0.0.1', int(sys.argv[1]))
    await server.serve_forever()
%s
asyncio.run(main())"""
TORNADO = """import sys, tornado.ioloop, tornado.web
class Answer(tornado.web.RequestHandler):
    def get(self): self.write('ok')
tornado.web.Application([('/', Answer)]).listen(int(sys.argv[1]), '127.0.0.1')
tornado.ioloop.IOLoop.current().start()"""
TWISTED = """import sys
from twisted.internet import protocol, reactor
class Answer(protocol.Protocol):
    def dataReceived(self, data): self.transport.write(b'ok\\n'); self.transport.loseConnection()
class Factory(protocol.Factory): protocol = Answer
reactor.listenTCP(int(sys.argv[1]), Factory(), interface='127.0.0.1')
reactor.run()"""
GEVENT = """import sys
from gevent.server import StreamServer
def answer(connection, address): connection.recv(99); connection.sendall(b'ok\\n')
StreamServer(('127.0.0.1', int(sys.argv[1])), answer).serve_forever()"""
THREADS = """import socketserver, sys
class Answer(socketserver.StreamRequestHandler):
    def handle(self): self.rfile.readline(); self.wfile.write(b'ok\\n')
class Server(socketserver.ThreadingTCPServer): daemon_threads = True
Server(('127.0.0.1', int(sys.argv[1])), Answer).serve_forever()"""
POOL = """import concurrent.futures, socket, sys
def answer(connection):
    with connection: connection.recv(99); connection.sendall(b'ok\\n')
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    while True: pool.submit(answer, server.accept()[0])"""
PREFORK = """import os, socket, sys
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
for _ in range(3):
    if not os.fork(): break
while True:
    connection = server.accept()[0]
    with connection: connection.recv(99); connection.sendall(b'ok\\n')"""
NODE = "require('http').createServer((q, r) => r.end('ok')).listen(+process.argv[1], '127.0.0.1')"
PERL = """use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 9) or die;
while (my $c = $s->accept) { <$c>; print $c "ok\\n"; close $c }"""
JAVA = """import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
public class Healthy {
    public static void main(String[] words) throws Exception {
        HttpServer server = HttpServer.create(
            new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])), 9);
        server.createContext("/", call -> {
            call.sendResponseHeaders(200, 2);
            call.getResponseBody().write("ok".getBytes());
            call.close();
        });
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
    }
}"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def python(script):
    return lambda folder, port: (DEBIAN, write(folder, "healthy.py", script), port)


def redis(folder, port):
    return (live.tool("redis-server"), "--port", port, "--save", "", "--dir", folder)


def nginx(folder, port):
    config = write(folder, "nginx.conf", f"""daemon off; pid {folder}/pid; error_log /dev/null;
worker_processes 2; events {{ }} http {{ access_log off; client_body_temp_path {folder}/b;
proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
scgi_temp_path {folder}/s; server {{ listen 127.0.0.1:{port}; return 200 ok; }} }}""")
    return (live.tool("nginx"), "-c", config)


def prometheus(folder, port):
    config = write(folder, "prometheus.yml", "global: {}\n")
    return (live.tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}/db",
            f"--web.listen-address=127.0.0.1:{port}")


def java(folder, port):
    write(folder, "Healthy.java", JAVA)
    subprocess.run([live.tool("javac"), "Healthy.java"], cwd=folder, check=True)
    return (live.tool("java"), "-cp", folder, "Healthy", port)


# name, command by folder and port, what a client sends
PROGRAMS = (
    ("redis", redis, b"PING\r\n"),
    ("nginx", nginx, HTTP),
    ("prometheus", prometheus, HTTP),
    ("java", java, HTTP),
    ("node", lambda folder, port: (live.tool("node"), "-e", NODE, port), HTTP),
    ("perl", lambda folder, port: (live.tool("perl"), "-e", PERL, port), b"x\n"),
)
PYTHON = (
    ("http.server", lambda folder, port: (DEBIAN, "-m", "http.server", "--bind", "127.0.0.1", port),
     HTTP),
    ("asyncio", python(ASYNCIO % ""), b"x\n"),
    ("uvloop", python(ASYNCIO % "import uvloop; uvloop.install()"), b"x\n"),
    ("tornado", python(TORNADO), HTTP),
    ("twisted", python(TWISTED), b"x\n"),
    ("gevent", python(GEVENT), b"x\n"),
    ("threads", python(THREADS), b"x\n"),
    ("pool", python(POOL), b"x\n"),
    ("prefork", python(PREFORK), b"x\n"),
)


def ask(port, words):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        connection.sendall(words)
        return connection.recv(99)


def answers(process, port, words):
    live.expect(process.poll() is None, f"it ended with {process.poll()}")
    try:
        return ask(port, words)
    except OSError:
        return None


class Load(threading.Thread):
    """A client that asks now and then, and counts the answers."""

    def __init__(self, port, words):
        super().__init__(daemon=True)
        self.port, self.words = port, words
        self.answers, self.over = 0, threading.Event()

    def run(self):
        while not self.over.wait(1 / REQUESTS_PER_S):
            with contextlib.suppress(OSError):
                self.answers += bool(ask(self.port, self.words))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.join(20)


def cpu_ticks():
    """Of all CPUs together: ticks that were busy, and all."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def judge(name, how, pid):
    busy, whole = cpu_ticks()
    report = live.attach(pid, WATCH_S)
    busy, whole = (now - then for now, then in zip(cpu_ticks(), (busy, whole)))
    verdict = report["verdict"]
    false = FALSE_ALARMS + (("cpu-starved",) if busy < MACHINE_IS_FULL * whole else ())
    live.judged(verdict["class"] not in false,
                lambda: f"{name}, {how}: {verdict['class']} ({verdict['confidence']}): "
                        f"{verdict['headline']} {verdict['causes'][:2]}")


def healthy(name, command, words):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        port = free_port()
        line = [str(word) for word in command(folder, port)]
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=folder)
        try:
            live.wait_for(lambda: answers(process, port, words), 30, f"{name} answers")
            time.sleep(2)  # what it does when it starts is over
            judge(name, "idle", process.pid)
            with Load(port, words) as load:
                time.sleep(0.3)
                judge(name, "under light load", process.pid)
            live.expect(load.answers > REQUESTS_PER_S, f"{name}: {load.answers} answers only")
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def several(rows):
    """All of them, whatever one gives: the complaint names each that is wrong."""
    problems = []
    for name, command, words in rows:
        try:
            healthy(name, command, words)
        except AssertionError as error:
            problems.append(str(error))
    live.expect(not problems, "\n    ".join(problems))


@live.slow
def test_servers():
    several(PROGRAMS)


@live.slow
def test_python_servers():
    several(PYTHON)


@live.slow
def test_shell_that_waits():
    """A shell whose child sleeps has nothing to do, and waits for no I/O."""
    process = subprocess.Popen(["sh", "-c", "sleep 60; true"], start_new_session=True)
    try:
        time.sleep(0.3)
        report = live.attach(process.pid, 2)
    finally:
        os.killpg(process.pid, 9)
        process.wait()
    live.judged(report["verdict"]["class"] in ("idle", "insufficient"),
                lambda: f"{report['verdict']['class']}: {report['verdict']['headline']}")
