# SPDX-License-Identifier: GPL-2.0-or-later
"""What is installed beside the program fits it: the unit's rights and system calls suffice, rules,
dashboard and README name metrics that exist, and their own tools accept each file."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import yaml

import live

CALM = True  # none of these measures time: see run.py

SCRIPTS = os.path.join(live.ROOT, "scripts")
UNIT = os.path.join(SCRIPTS, "systemd", "boundby-watch.service")
OPTIONS = os.path.join(SCRIPTS, "systemd", "watch.conf")
RULES = os.path.join(SCRIPTS, "prometheus", "boundby.rules.yml")
RULES_TEST = os.path.join(SCRIPTS, "prometheus", "boundby.rules.test.yml")
DASHBOARD = os.path.join(SCRIPTS, "grafana", "boundby.json")
DAEMONSET = os.path.join(SCRIPTS, "kubernetes", "boundby-daemonset.yaml")
PODMONITOR = os.path.join(SCRIPTS, "kubernetes", "boundby-podmonitor.yaml")
EXPOSURE_MAX = 30  # tenths; systemd calls up to 5.0 medium
SOMEBODY = 65533  # as the unit's user: not root, owns nothing but its folder


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def accepted(*command, **more):
    """Runs a tool that must be content; gives back what it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, check=False, **more)
    live.expect(done.returncode == 0, lambda: f"{' '.join(command)}: {done.stdout.strip()[:1000]}")
    return done.stdout


def settings(name):
    """Values of one setting of the unit, of all its lines."""
    return [word for line in text_of(UNIT).splitlines() if line.startswith(name + "=")
            for word in line.partition("=")[2].split()]


# ---- a watch that can be asked ------------------------------------------------------------------
class Watch:
    """`boundby watch` with metrics on a private port and recordings in a private folder."""

    def __init__(self, *arguments, through=(), owner=0):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory(prefix="boundby-watch-")
        os.chown(self.folder.name, owner, owner)
        self.proc = subprocess.Popen(
            [*through, live.BOUNDBY, "watch", *map(str, arguments), "-i", "1",
             "--budget", "5%", "--dir", self.folder.name, "--listen", f"127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.proc.kill()
        self.proc.communicate()
        self.folder.cleanup()

    def ask(self, path):
        """Answer of its HTTP side, None while there is none."""
        live.expect(self.proc.poll() is None,
                    lambda: f"watch ended: {self.proc.stdout.read().decode()[-1000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def metrics(self, windows=2):
        """The metrics once that many windows have closed."""
        def closed():
            text = self.ask("/metrics") or ""
            found = re.search(r"^boundby_windows_total (\S+)", text, flags=re.M)
            return text if found and float(found[1]) >= windows else None
        return live.wait_for(closed, 60, f"{windows} windows in its metrics")


def exported(text):
    """Names of all series that an exposition announces or holds."""
    names = set(re.findall(r"^([a-z_:0-9]+)[{ ]", text, flags=re.M))
    ends = {"counter": ("_total",), "info": ("_info",), "histogram": ("_bucket", "_sum", "_count", "")}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)", text, flags=re.M):
        # of a counter, OpenMetrics announces the name without _total, the older text with it
        names |= {name if end and name.endswith(end) else name + end
                  for end in ends.get(kind, ("",))}
    return names


def named(text):
    """Metrics of boundby that a file names, recorded ones apart."""
    words = set(re.findall(r"[a-zA-Z0-9_:]*\bboundby_[a-z0-9_:]+|[a-z_]+:boundby_[a-z0-9_:]+", text))
    return ({word for word in words if ":" not in word}, {word for word in words if ":" in word})


def test_metric_names():
    """Rules, their tests, dashboard and README name what a running watch exports."""
    problems = live.Problems()
    paths = (RULES, RULES_TEST, DASHBOARD, os.path.join(live.ROOT, "README.md"))
    wanted = set().union(*(named(text_of(path))[0] for path in paths))
    with live.Workload("loop.py", "asyncio", "sleep", interpreter="/usr/bin/python3") as target, \
            Watch("-p", target.pid) as watch:
        # what a window does not know has no series in it
        for windows in range(2, 20):
            exposition = watch.metrics(windows)
            known = exported(exposition)
            if wanted <= known:
                break
    recorded = {rule["record"] for group in yaml.safe_load(text_of(RULES))["groups"]
                for rule in group["rules"] if "record" in rule}
    for path in paths:
        plain, derived = named(text_of(path))
        unknown = sorted((plain - known) | (derived - recorded))
        problems.case(os.path.basename(path), live.expect, not unknown,
                      f"names what is not exported: {unknown}")
        for label in ("class", "detail"):
            values = set(re.findall(label + r'=\\?"([a-z-]+)\\?"', text_of(path)))
            shown = set(re.findall(label + r'="([a-z-]+)"', exposition))
            problems.case(f"{os.path.basename(path)}, {label}", live.expect, values <= shown,
                          f"unknown: {sorted(values - shown)}")
    problems.end()


def test_state_names():
    states = set(re.findall(r"^\s*STATE\(\d+, \w+, \"(\w+)\"", text_of(
        os.path.join(live.ROOT, "include", "states.h")), flags=re.M))
    for path in (RULES, DASHBOARD):
        used = {name for list_ in re.findall(r'state=~?\\?"([a-z_|]+)\\?"', text_of(path))
                for name in list_.split("|")}
        live.expect(used and used <= states, f"{path}: no such state: {sorted(used - states)}")
    work = next(variable for variable in json.loads(text_of(DASHBOARD))["templating"]["list"]
                if variable["name"] == "states")
    live.expect(set(work["current"]["value"].split("|")) < states, "the dashboard's states of work")


# ---- Prometheus, Grafana, Kubernetes ------------------------------------------------------------
def test_alert_rules():
    promtool = live.tool("promtool")
    accepted(promtool, "check", "rules", RULES)
    accepted(promtool, "test", "rules", os.path.basename(RULES_TEST), cwd=os.path.dirname(RULES))
    alerts = {rule["alert"]: rule for group in yaml.safe_load(text_of(RULES))["groups"]
              for rule in group["rules"] if "alert" in rule}
    tested = text_of(RULES_TEST)
    for name, rule in alerts.items():
        live.expect(set(rule["annotations"]) == {"summary", "description", "runbook"},
                    f"{name} does not say what it is and what to do")
        live.expect(re.search(rf"\b{name}\b", tested), f"{name} has no test")
    # where the page of runbooks is, only the admin knows: make install RUNBOOK_URL= fills it in
    with tempfile.TemporaryDirectory(prefix="boundby-install-") as folder:
        accepted("make", "-s", "-C", live.ROOT, "install-data", f"DESTDIR={folder}", "PREFIX=/usr",
                 "RUNBOOK_URL=https://wiki.example/boundby")
        path = f"{folder}/usr/share/boundby/boundby.rules.yml"
        accepted(promtool, "check", "rules", path)
        urls = {rule["annotations"]["runbook_url"]
                for group in yaml.safe_load(text_of(path))["groups"]
                for rule in group["rules"] if "alert" in rule}
        live.expect(urls == {f"https://wiki.example/boundby#{name.lower()}" for name in alerts},
                    f"{urls}")


def test_dashboard():
    """Each panel's query is PromQL."""
    dashboard = json.loads(text_of(DASHBOARD))
    queries = [target["expr"] for panel in dashboard["panels"]
               for target in panel.get("targets", [])]
    live.expect(len(queries) > 10, f"only {len(queries)} queries")
    identifiers = [panel["id"] for panel in dashboard["panels"]]
    live.expect(len(set(identifiers)) == len(identifiers), "two panels have one number")
    rules = [{"record": f"query_{i}", "expr": re.sub(
        r"\$(instance|process|states)", ".*", query.replace("$__rate_interval", "1m"))}
             for i, query in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        accepted(live.tool("promtool"), "check", "rules", file.name)


def test_kubernetes():
    """The DaemonSet has the unit's options and capabilities, except those for changing to
    user nobody: in a container boundby is root."""
    documents = [document for path in (DAEMONSET, PODMONITOR)
                 for document in yaml.safe_load_all(text_of(path))]
    kinds = [document["kind"] for document in documents]
    live.expect(kinds == ["Namespace", "PriorityClass", "ServiceAccount", "NetworkPolicy",
                          "DaemonSet", "PodMonitor"], f"kinds {kinds}")
    pod = documents[kinds.index("DaemonSet")]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    rights = container["securityContext"]["capabilities"]
    live.expect(rights["drop"] == ["ALL"] and
                ["CAP_" + name for name in rights["add"]] ==
                settings("CapabilityBoundingSet") + ["CAP_SETUID", "CAP_SETGID"],
                f"capabilities {rights}")
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    live.expect(mounts == {volume["name"] for volume in pod["volumes"]}, f"mounts {mounts}")
    command, *words = container["args"]
    pairs = [word.lstrip("-").partition("=")[::2] for word in words]
    pod_options = {"all" if name == "a" else name: value for name, value in pairs}
    unit_options = dict(re.findall(r"^(\w[\w-]*)(?: = (.*))?$", text_of(OPTIONS), flags=re.M))
    pod_options["listen"] = unit_options["listen"]
    live.expect(command == "watch" and pod_options == unit_options,
                f"the unit has {unit_options}, the DaemonSet {pod_options}")


# ---- make ---------------------------------------------------------------------------------------
def test_units_without_what_tests_need():
    """Without `scripts/setup test` a sentence says what to install, not a missing header."""
    with tempfile.TemporaryDirectory(prefix="boundby-make-") as folder:
        with open(f"{folder}/pkg-config", "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\ncase "$*" in *cmocka*) exit 1 ;; esac\n'
                       f'exec {live.tool("pkg-config")} "$@"\n')
        os.chmod(f"{folder}/pkg-config", 0o755)
        done = subprocess.run(["make", "-s", "-C", live.ROOT, "units", f"O={folder}/build"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
                              env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    lines = [line for line in done.stdout.splitlines() if not line.startswith("make:")]
    live.expect(done.returncode and lines == ["the tests cannot be built, missing: cmocka; run "
                                              "scripts/setup test"], lambda: f"{done.stdout!r}")


def test_unit_test_that_takes_long():
    """tests/run fails a unit test program that passes, but takes longer than its limit."""
    with tempfile.TemporaryDirectory(prefix="boundby-run-") as folder:
        os.symlink(os.path.join(live.BUILD, "unit"), f"{folder}/unit")
        for limit, failed in (("25", 0), ("0", 1)):
            done = subprocess.run([os.path.join(live.ROOT, "tests", "run"), "unit/lib/test_duration"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                  timeout=60, check=False, env={**os.environ, "BOUNDBY_BUILD": folder,
                                                                "BOUNDBY_UNIT_LIMIT_S": limit})
            closing = done.stdout.splitlines()[-1]
            live.expect(done.returncode == failed and f" {failed} failed, 0 skipped" in closing and
                        ("at most 0: " in done.stdout) == bool(failed),
                        lambda: f"{limit} s: {done.stdout!r}")


# ---- systemd ------------------------------------------------------------------------------------
def test_unit():
    """As `make install` writes it, for another prefix; systemd has nothing to say against it."""
    analyze = live.tool("systemd-analyze")
    with tempfile.TemporaryDirectory(prefix="boundby-install-") as folder:
        accepted("make", "-s", "-C", live.ROOT, "install-data", f"DESTDIR={folder}",
                 "PREFIX=/opt/elsewhere")
        share = f"{folder}/opt/elsewhere/share/boundby"
        live.expect(sorted(os.listdir(share)) == ["boundby.json", "boundby.rules.yml"],
                    f"installed {os.listdir(share)}")
        path = f"{folder}/opt/elsewhere/lib/systemd/system/boundby-watch.service"
        text = text_of(path)
        live.expect("ExecStart=/opt/elsewhere/bin/boundby watch " in text and
                    "/usr/local" not in text, "the prefix is not filled in")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("/opt/elsewhere/bin/boundby", live.BOUNDBY))
        said = accepted(analyze, "verify", "--man=no", path)
        live.expect("boundby-watch" not in said, f"systemd-analyze verify: {said}")
        accepted(analyze, "security", "--offline=true", "--no-pager",
                 f"--threshold={EXPOSURE_MAX}", path)


def test_unit_options():
    """Each line of the unit's file is an option, those in comments, too; installing again keeps the
    admin's."""
    with tempfile.TemporaryDirectory(prefix="boundby-install-") as folder:
        install = ("make", "-s", "-C", live.ROOT, "install-data", f"DESTDIR={folder}", "PREFIX=/usr")
        accepted(*install)
        path = f"{folder}/etc/boundby/watch.conf"
        all_lines = re.sub(r"^#(?=[a-z-]+( = .*)?$)", "", text_of(path), flags=re.M)
        live.expect(all_lines.count("#") < text_of(path).count("#"), "no option is in a comment")
        for text, status in ((all_lines, 5), (all_lines + "lable = unit\n", 2)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            # a PID above the kernel's limit: 5 says that all options before it were understood
            done = live.run("watch", "--config", path, "--dir", f"{folder}/recordings", "--listen",
                            f"unix:{folder}/metrics", "-p", 2 ** 30)
            live.expect(done.status == status, lambda: f"exit {done.status}: {done.stderr}")
        accepted(*install)
        live.expect(text_of(path) == text, "installing again has overwritten it")


def as_the_unit():
    """Runs what follows as another user with exactly the unit's capabilities."""
    granted = ",".join("+" + name[4:].lower() for name in settings("CapabilityBoundingSet"))
    live.expect(settings("AmbientCapabilities") == settings("CapabilityBoundingSet"),
                "ambient and bounding capabilities differ")
    return (live.tool("setpriv"), "--reuid", str(SOMEBODY), "--regid", str(SOMEBODY),
            "--clear-groups", "--no-new-privs", "--inh-caps", granted, "--ambient-caps", granted,
            "--bounding-set", "-all," + granted, "--")


def known(pid, through):
    """What a report says that other rights may hide: names, places, loops, the kernel's part."""
    report = live.run("attach", "-p", pid, "-d", 2, "--json", through=through).report()
    process = live.process(report, pid)
    return {"exe": process["exe"], "runtime": process["runtime"],
            "unmeasured": report["verdict"]["unmeasured"],
            "locks": [(lock["symbol"], lock["where"]) for lock in process["locks"][:1]],
            # one in progress when the watch began has no place
            "stalls": {stall["where"] for stall in process["stalls"] if stall["where"]},
            "loops": [loop["tid"] for loop in process["loops"]],
            "cost": report["capture"]["overhead"]["bpf_run_ns"] is not None}


@live.slow
def test_unit_rights():
    """They suffice: of a program of root's, and of one that only root may read, it knows what root
    knows."""
    problems = live.Problems()
    with tempfile.TemporaryDirectory() as folder, \
            live.Workload("loop.py", "asyncio", "sleep", interpreter="/usr/bin/python3") as loop:
        closed = shutil.copy(live.workload_path("lock"), folder)
        os.chmod(closed, 0o700)
        with live.Workload("lock", "mutex", 4, 1000, program=closed) as lock:
            for target, what in ((loop, "stalls"), (lock, "locks")):
                ours, roots = known(target.pid, as_the_unit()), known(target.pid, ())
                problems.case(what, live.expect, ours == roots and ours["cost"] and ours[what],
                              f"with the unit's rights {ours}, as root {roots}")
    problems.end()


def allowed_calls():
    """System calls that the unit's filter lets pass."""
    sets, name = {}, None
    for line in accepted(live.tool("systemd-analyze"), "--no-pager", "syscall-filter").splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = set()
        elif name and re.match(r"^\s+[@a-z]", line):
            sets[name].add(line.strip())

    def resolve(word):
        return set().union(*map(resolve, sets[word])) if word in sets else {word}
    return set().union(*map(resolve, settings("SystemCallFilter")))


def test_unit_calls():
    """With its rights a watch runs from start to end, is scraped and reloaded, and makes no call
    that its filter forbids."""
    allowed = allowed_calls()
    live.expect({"bpf", "openat", "epoll_wait", "setuid"} <= allowed and "mount" not in allowed,
                "the unit's filter is not understood")
    with tempfile.NamedTemporaryFile(suffix=".strace") as log, \
            live.Workload("loop.py", "asyncio", "sleep", interpreter="/usr/bin/python3") as target:
        traced = (live.tool("strace"), "-f", "-qq", "-o", log.name, *as_the_unit())
        with Watch("-p", target.pid, through=traced, owner=SOMEBODY) as watch:
            watch.metrics()
            own = live.descendants(watch.proc.pid)[1]
            os.kill(own, signal.SIGHUP)
            watch.metrics(4)
            os.kill(own, signal.SIGTERM)
            live.expect(watch.proc.wait(timeout=30) == 0, "watch did not end well")
        called = set(re.findall(r"^\d+ +(?:\[[^]]*\] )?([a-z_0-9]+)\(", text_of(log.name),
                                flags=re.M))
    forbidden = called - allowed
    live.expect("bpf" in called and not forbidden, f"the unit forbids {sorted(forbidden)}")


def test_deb():
    """The package is installed, installed again, removed and purged in a root of its own."""
    made = subprocess.run(["make", "-s", "deb"], cwd=live.ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300,
                          check=False)
    live.expect(made.returncode == 0, lambda: made.stderr[-1000:])
    package = made.stdout.splitlines()[-1]
    with tempfile.TemporaryDirectory() as root:
        state = os.path.join(root, "var/lib/dpkg")
        for folder in ("info", "updates", "triggers"):
            os.makedirs(os.path.join(state, folder))
        for name in ("status", "available"):
            with open(os.path.join(state, name), "w", encoding="ascii"):
                pass

        def dpkg(*arguments):
            accepted("dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless",
                     "--log=/dev/null", *arguments)

        dpkg("-i", package)
        program = os.path.join(root, "usr/bin/boundby")
        said = accepted(program, "version")
        live.expect(said == accepted(live.BOUNDBY, "version"), lambda: f"another version: {said}")
        for name in ("usr/share/man/man1/boundby.1.gz", "usr/share/doc/boundby/copyright",
                     "usr/share/bash-completion/completions/boundby",
                     "usr/lib/systemd/system/boundby-watch.service"):
            live.expect(os.path.exists(os.path.join(root, name)), f"{name} is missing")
        live.expect("ExecStart=/usr/bin/boundby" in text_of(
            os.path.join(root, "usr/lib/systemd/system/boundby-watch.service")), "the unit's path")
        live.expect(os.listdir(os.path.join(root, "etc")) == ["boundby"], "the unit is enabled")
        options = os.path.join(root, "etc/boundby/watch.conf")
        with open(options, "a", encoding="utf-8") as file:
            file.write("label = unit\n")
        dpkg("-i", package)
        live.expect(text_of(options) == text_of(OPTIONS) + "label = unit\n", "the admin's is gone")
        dpkg("-r", "boundby")
        live.expect(os.path.exists(options), "removing it has taken the admin's options, too")
        dpkg("-P", "boundby")
        live.expect(not os.path.exists(os.path.dirname(options)), "purged, /etc/boundby stays")
        live.expect(not os.path.exists(os.path.join(root, "usr/bin/boundby")), "it is still there")


def test_static():
    """One file runs where there is nothing else: no C library, no shell."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    accepted("make", "-C", live.ROOT, "-j2", "STATIC=1", f"O={live.BUILD}", env=environment)
    alone = os.path.join(live.BUILD, "static", "boundby")
    live.expect("INTERP" not in accepted("readelf", "-lW", alone), "it needs libraries")
    with tempfile.TemporaryDirectory(prefix="boundby-root-") as root, \
            live.Workload("cpu") as target:
        for name in ("proc", "sys"):
            os.mkdir(os.path.join(root, name))
        shutil.copy(alone, root)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c",
             'mount --rbind /proc "$1/proc" && mount --rbind /sys "$1/sys" && '
             'exec chroot "$1" /boundby attach -p "$2" -d 1 --json', "sh", root, str(target.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=60, check=False)
    live.expect(done.returncode == 0 and not done.stderr, f"{done}")
    report = json.loads(done.stdout)
    live.expect(live.process(report, target.pid)["time"]["on_cpu_ns"] > 0, f"{report}")
    place = report["verdict"]["causes"][0]["where"]
    live.expect(place and place.startswith("compute at"), f"the place is {place}")
