# SPDX-License-Identifier: GPL-2.0-or-later
"""`boundby watch` as Prometheus sees it: scraped, checked by promtool, alerted on; and the processes
that answer, which have no rights."""
import collections
import contextlib
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import live

CALM = True  # none of these measures time: see run.py

DEBIAN = "/usr/bin/python3"
RULES = os.path.join(live.ROOT, "scripts", "prometheus", "boundby.rules.yml")
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def get(url, accept=None, timeout=5):
    """Status, content type and text of a page; an HTTP error is an answer too."""
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


class Watch(live.Attach):
    """boundby watch in the background, with one-second windows and a private port."""

    def __init__(self, *arguments, listen=None):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__("watch", "-i", 1, "--listen", listen or f"127.0.0.1:{self.port}",
                         *arguments)

    def samples(self, accept=OPENMETRICS):
        """{name: [(labels, value)]} of what it says now."""
        found = {}
        status, _, text = get(f"{self.url}/metrics", accept)
        live.expect(status == 200, f"/metrics is {status}")
        for line in text.splitlines():
            match = SAMPLE.match(line)
            if match:
                labels = dict(LABEL.findall(match[2] or ""))
                found.setdefault(match[1], []).append((labels, float(match[3])))
        return found

    def wait_windows(self, count):
        """Waits until that many windows have been judged since the first; returns the samples."""
        self.wait_attached()

        def enough():
            if self.proc.poll() is not None:
                raise AssertionError(f"boundby watch ended: {self.end()!r}")
            try:
                samples = self.samples()
            except OSError:
                return None
            windows = samples.get("boundby_windows_total", [({}, 0)])[0][1]
            return samples if windows >= count else None
        return live.wait_for(enough, 30, f"{count} windows")

    def children(self):
        return [pid for pid in live.descendants(self.proc.pid) if pid != self.proc.pid]

    def servers(self):
        """The keeper of the server of metrics, and the server."""
        return [pid for pid in self.children()
                if (live.read_text(f"/proc/{pid}/comm") or "").strip() == "boundby-metrics"]

    def stop(self, number=signal.SIGTERM):
        self.proc.send_signal(number)
        return self.end(20)


def value(samples, name, **labels):
    """The one sample of this name that has these labels."""
    rows = [row for row in samples.get(name, []) if labels.items() <= row[0].items()]
    live.expect(len(rows) == 1, lambda: f"{len(rows)} samples {name}{labels}: "
                                        f"{samples.get(name)}")
    return rows[0][1]


# The reference parser, of the Python that Debian has it for.
PARSE = """import sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families
print(len(list(text_fd_to_metric_families(sys.stdin))))"""


def promtool(*arguments, text=None):
    done = subprocess.run([live.tool("promtool"), *arguments], input=text, text=True,
                          stdin=None if text is not None else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          check=False)
    live.expect(done.returncode == 0, lambda: f"promtool {arguments}: {done.stdout}")
    return done.stdout


def test_scrape():
    """Both formats hold the same; promtool accepts them; the sums are the workload's."""
    with live.Workload("cpu", 2) as target, Watch("-p", target.pid) as watch:
        first = watch.wait_windows(2)
        later = watch.wait_windows(5)
        status, kind, text = get(f"{watch.url}/metrics", OPENMETRICS)
        live.expect(status == 200 and kind.startswith("application/openmetrics-text;"), kind)
        live.expect(text.endswith("# EOF\n"), "no # EOF")
        families = subprocess.run(["/usr/bin/python3", "-c", PARSE], input=text, text=True,
                                  stdout=subprocess.PIPE, timeout=60, check=True).stdout
        live.expect(int(families) > 25, f"{families} families")
        _, kind, plain = get(f"{watch.url}/metrics")
        live.expect(kind.startswith("text/plain; version=0.0.4"), kind)
        live.expect(promtool("check", "metrics", text=plain) == "", "promtool has remarks")
        live.expect(get(f"{watch.url}/-/healthy")[0] == 200, "not healthy")
        live.expect(get(f"{watch.url}/nowhere")[0] == 404, "a page that is none")
        grown = {}
        for labels, seconds in later["boundby_thread_seconds_total"]:
            before = value(first, "boundby_thread_seconds_total", **labels)
            live.expect(seconds >= before, f"{labels} fell from {before} to {seconds}")
            grown[labels["state"]] = grown.get(labels["state"], 0) + seconds - before
        live.expect(grown["on_cpu"] > 0.1, lambda: f"{grown}")
        windows = value(later, "boundby_windows_total") - value(first, "boundby_windows_total")
        threads = value(later, "boundby_watched_threads")
        live.expect_close(sum(grown.values()), windows * threads, 0.1, "seconds of threads")
        live.expect(value(later, "boundby_class", **{"class": "cpu-bound"}) +
                    value(later, "boundby_class", **{"class": "cpu-starved"}) == 1,
                    lambda: f"{later['boundby_class']}")
        live.expect(value(later, "boundby_lost_events_total", cause="ring_full") == 0, "lost")
        live.expect(value(later, "boundby_overhead_bpf_seconds_total") > 0, "no cost at all")
        result = watch.stop()
        live.expect(result.status == 0, lambda: f"{result!r}")


SCRAPES = 8
SILENT_KEPT = 80  # more than there are places
SILENT_EVERY_S = 0.005


def keep_silent(port, end):
    """Clients from many loopback addresses that ask for nothing; the oldest makes room for the next."""
    silent = collections.deque()
    for number in itertools.count():
        if end.wait(SILENT_EVERY_S):
            break
        with contextlib.suppress(OSError):
            silent.append(socket.create_connection(
                ("127.0.0.1", port), 1, (f"127.0.{number // 8 % 200}.{number % 200 + 1}", 0)))
        if len(silent) > SILENT_KEPT:
            silent.popleft().close()
    for client in silent:
        client.close()


def test_silent_clients():
    """Connections that a local user holds from many addresses keep no scrape out."""
    end = threading.Event()
    with live.Workload("cpu", 1) as target, Watch("-p", target.pid) as watch:
        watch.wait_windows(1)
        holder = threading.Thread(target=keep_silent, args=(watch.port, end))
        holder.start()
        try:
            time.sleep(SILENT_KEPT * SILENT_EVERY_S * 2)
            for _ in range(SCRAPES):
                live.expect(get(f"{watch.url}/metrics", timeout=10)[0] == 200, "no answer")
                time.sleep(0.1)
        finally:
            end.set()
            holder.join()


def test_textfile():
    """Always whole, readable by others, and what node_exporter understands."""
    folder = tempfile.mkdtemp(prefix="boundby-textfile-")
    try:
        path = os.path.join(folder, "boundby.prom")
        with live.Workload("sleeper") as target, \
                Watch("-p", target.pid, "--textfile", path) as watch:
            watch.wait_windows(2)
            for _ in range(300):
                text = live.read_text(path)
                live.expect(text and text.endswith("\n") and "boundby_triggers_total" in text,
                            lambda: f"not whole: {text!r}")
                time.sleep(0.01)
            live.expect(promtool("check", "metrics", text=text) == "", "promtool has remarks")
            live.expect(os.stat(path).st_mode & 0o7777 == 0o644, "mode")
            watch.stop()
        live.expect(os.listdir(folder) == ["boundby.prom"], lambda: f"{os.listdir(folder)}")
        live.run("watch", "-p", 1, "--textfile", "/tmp/metrics.txt").expect_error(2, ".prom")
    finally:
        shutil.rmtree(folder)


def test_addresses():
    """An invalid address is a usage error; an address in use is reported."""
    for address in ("127.0.0.1", ":9464", "unix:relative", "example.org:80"):
        live.run("watch", "-p", 1, "--listen", address).expect_error(2, "address")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        live.run("watch", "-p", 1, "--listen", f"127.0.0.1:{taken.getsockname()[1]}") \
            .expect_error(1, "in use")


def test_unix_socket():
    folder = tempfile.mkdtemp(prefix="boundby-socket-")
    try:
        path = os.path.join(folder, "boundby.sock")
        with live.Workload("sleeper") as target, \
                Watch("-p", target.pid, listen=f"unix:{path}") as watch:
            watch.wait_attached()
            live.expect(os.stat(path).st_mode & 0o7777 == 0o660, "mode")

            class Connection(http.client.HTTPConnection):
                def connect(self):
                    self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    self.sock.settimeout(5)
                    self.sock.connect(path)

            def windows():
                connection = Connection("localhost")
                connection.request("GET", "/metrics")
                text = connection.getresponse().read().decode()
                connection.close()
                return "boundby_windows_total" in text
            live.wait_for(windows, 10, "a window over the unix socket")
            watch.stop()
        live.expect(os.listdir(folder) == [], "the socket is left behind")
    finally:
        shutil.rmtree(folder)


def status_of(pid):
    rows = (live.read_text(f"/proc/{pid}/status") or "").splitlines()
    return {key: rest.strip() for key, _, rest in (row.partition(":") for row in rows)}


def test_no_rights():
    """The process that speaks HTTP has no capability, no privileged user, no open BPF object, no
    file."""
    with live.Workload("sleeper") as target, Watch("-p", target.pid) as watch:
        watch.wait_windows(1)
        children = watch.servers()
        live.expect(len(children) == 2, f"children {children}")
        for pid in children:
            status = status_of(pid)
            for key in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                live.expect(int(status[key], 16) == 0, f"{pid} has {key} {status[key]}")
            live.expect(set(status["Uid"].split()) == {"65534"} and not status["Groups"],
                        f"{pid} is user {status['Uid']}, groups {status['Groups']}")
            live.expect(status["NoNewPrivs"] == "1", f"{pid} may get new rights")
            targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            live.expect(all(target == "/dev/null" or target.startswith(("socket:", "anon_inode:"))
                            for target in targets), lambda: f"{targets}")
            live.expect(not any("bpf" in target for target in targets), lambda: f"{targets}")
        live.expect(status_of(children[1])["Seccomp"] == "2", "no filter of system calls")


def test_server_is_killed():
    """It is restarted with the newest text; boundby itself goes on, and logs it."""
    with live.Workload("sleeper") as target, Watch("-p", target.pid) as watch:
        watch.wait_windows(2)
        keeper, server = watch.servers()
        os.kill(server, signal.SIGKILL)
        live.wait_for(lambda: server not in watch.servers() and len(watch.servers()) == 2, 3,
                      "another server")
        live.wait_for(lambda: not connection_refused(watch), 3, "an answer")
        before = value(watch.samples(), "boundby_windows_total")
        os.kill(keeper, signal.SIGKILL)
        live.wait_for(lambda: keeper not in watch.servers() and len(watch.servers()) == 2, 5,
                      "another keeper")
        watch.wait_windows(before + 2)
        result = watch.stop()
        live.expect(result.status == 0, lambda: f"{result!r}")
        live.expect("metrics server ended (signal 9)" in result.err, lambda: f"{result.err}")


def connection_refused(watch):
    try:
        watch.samples()
    except OSError:
        return True
    return False


def test_scrape_during_shutdown():
    """Each scrape is answered as a whole or refused; nothing is left behind."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        with live.Workload("sleeper") as target, Watch("-p", target.pid) as watch:
            watch.wait_windows(1)
            children = watch.children()
            watch.proc.send_signal(number)
            answers, end = 0, time.monotonic() + 15
            while time.monotonic() < end:
                try:
                    _, _, text = get(f"{watch.url}/metrics", OPENMETRICS)
                    live.expect(text.endswith("# EOF\n"), lambda: f"cut short: {text[-80:]!r}")
                    answers += 1
                except (ConnectionError, urllib.error.URLError) as error:
                    why = getattr(error, "reason", error)
                    live.expect(isinstance(why, ConnectionError), lambda: f"{why!r}")
                    if watch.proc.poll() is not None:
                        break
            live.expect(watch.proc.poll() is not None, "it does not end")
            live.wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children), 3,
                          f"its processes are gone after {number!r}, {answers} answers")


# ---- a Prometheus of the test's own -----------------------------------------------------------
def quick_rules():
    """The project's rules with their times cut to seconds; the expressions under test stay the
    same."""
    with open(RULES, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"(?m)^(\s*for:).*$", r"\1 1s", text)
    return re.sub(r"\[\d+[smh]\]", "[10s]", text)


class Prometheus:
    """A server that scrapes one boundby each second; gone with its data when the test is over."""

    def __init__(self, target_port):
        self.folder = tempfile.mkdtemp(prefix="boundby-prometheus-")
        self.url = f"http://127.0.0.1:{free_port()}"
        with open(f"{self.folder}/rules.yml", "w", encoding="utf-8") as file:
            file.write(quick_rules())
        with open(f"{self.folder}/prometheus.yml", "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
                       "rule_files: [rules.yml]\n"
                       "scrape_configs:\n"
                       "- job_name: boundby\n"
                       f"  static_configs: [{{targets: ['127.0.0.1:{target_port}']}}]\n")
        self.log = open(f"{self.folder}/log", "wb")
        try:
            self.proc = subprocess.Popen(
                [live.tool("prometheus"), f"--config.file={self.folder}/prometheus.yml",
                 f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address={self.url[7:]}"],
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder)
        except BaseException:
            self.log.close()
            shutil.rmtree(self.folder)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.kill()
        self.proc.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ask(self, path, **arguments):
        try:
            status, _, text = get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(arguments)}")
        except OSError:
            live.expect(self.proc.poll() is None, lambda: "prometheus ended: " +
                        (live.read_text(f"{self.folder}/log") or "")[-1000:])
            return None
        if status != 200:
            return None
        return json.loads(text)["data"]

    def query(self, expression):
        """[(labels, value)] of an instant query; empty while it does not answer."""
        data = self._ask("query", query=expression)
        return [(row["metric"], float(row["value"][1])) for row in data["result"]] if data else []

    def is_firing(self, alert):
        data = self._ask("alerts")
        return bool(data) and any(row["labels"]["alertname"] == alert and row["state"] == "firing"
                                  for row in data["alerts"])

    def target_problem(self):
        data = self._ask("targets")
        return [row["lastError"] for row in data["activeTargets"]] if data else None


def test_rules():
    promtool("check", "rules", RULES)
    tests = RULES.replace(".yml", ".test.yml")
    if os.path.exists(tests):
        promtool("test", "rules", tests)


@live.slow
def test_prometheus():
    """A real one scrapes it; the alert for a blocked loop comes with the block, and goes."""
    live.tool("prometheus")
    with contextlib.ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="boundby-blocks-")
        stack.callback(shutil.rmtree, folder)
        blocks = os.path.join(folder, "blocks")
        target = stack.enter_context(live.Workload("blocks_while.py", blocks, interpreter=DEBIAN))
        watch = stack.enter_context(Watch("-p", target.pid))
        watch.wait_windows(2)
        prometheus = stack.enter_context(Prometheus(watch.port))
        live.wait_for(lambda: prometheus.query("boundby_windows_total"), 30,
                      f"Prometheus has scraped: {prometheus.target_problem()}")
        live.expect([number for _, number in prometheus.query("up")] == [1], "it is not up")
        name = live.read_text(f"/proc/{target.pid}/comm").strip()
        rows = prometheus.query(f'boundby_thread_seconds_total{{process="{name}"}}')
        live.expect(len(rows) == 19, lambda: f"{rows}")
        live.expect(not prometheus.is_firing("BoundbyLoopBlocked"), "it fires before")
        with open(blocks, "w", encoding="ascii"):
            live.wait_for(lambda: prometheus.is_firing("BoundbyLoopBlocked"), 30,
                          "the alert fires while the loop blocks")
        for expression, least, most in (
                ("histogram_quantile(0.99, rate(boundby_loop_lag_seconds_bucket[10s]))", 0.05, 0.1),
                ("rate(boundby_loop_stalled_seconds_total[10s])", 0.5, 1)):
            live.wait_for(lambda: [1 for _, number in prometheus.query(expression)
                                   if least <= number <= most], 30,
                          f"{expression} is within {least} and {most}")
        os.unlink(blocks)
        live.wait_for(lambda: not prometheus.is_firing("BoundbyLoopBlocked"), 30,
                      "the alert is over when the loop turns again")
        live.expect([number for _, number in prometheus.query("up")] == [1], "it is not up")
