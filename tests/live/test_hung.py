# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that hang, attached to afterwards: each proof of class hung by a workload that is stuck by
construction; and programs that only rest, which must never be called so."""
import subprocess
import time

import live

SECONDS = 3


def watched(*workload, wait=0):
    with live.Workload(*workload) as target:
        time.sleep(wait)
        return live.attach(target.pid, SECONDS), target.pid


def hung(kind, how, words=(), where=None, wait=0, workload="stuck"):
    report, pid = watched(workload, how, wait=wait)
    verdict = report["verdict"]
    live.judged(verdict["class"] == "hung", lambda: f"{how}: {verdict['class']}: {verdict['causes']}")
    cause = next((row for row in verdict["causes"] if row["kind"] == kind), None)
    live.judged(cause, lambda: f"{how}: no cause {kind}: {verdict['causes']}")
    for word in words:
        live.expect(word in cause["detail"], lambda: f"{how}: '{word}' is not in {cause}")
    if where:
        live.expect(where in (cause["where"] or ""), lambda: f"{how}: the place is {cause['where']}")
    return report, pid


def test_deadlock():
    report, _ = hung("deadlock", "deadlock", ("mutex first", "held by"), where="take_both")
    verdict = report["verdict"]
    live.expect(verdict["confidence"] == "high", f"confidence {verdict['confidence']}")
    live.expect(any(row["kind"] == "deadlock" for row in verdict["findings"]), "no finding deadlock")
    live.judged(len([row for row in verdict["causes"] if row["kind"] == "deadlock"]) == 2,
                lambda: f"not both locks: {verdict['causes']}")
    holders = {row["tid"]: row["holder"] for row in report["processes"][0]["standing"]}
    live.judged(sum(holders.get(holder) == tid for tid, holder in holders.items()) == 2,
                lambda: f"no two threads wait for each other: {holders}")


def test_deadlock_beside_work():
    """It is one whatever the rest of the program does."""
    hung("deadlock", "busy", ("mutex first", "held by"), where="take_both")


def test_lock_of_an_ended_thread():
    hung("lock-holder-gone", "gone", ("mutex first",), where="take_first")


def test_holder_that_pauses():
    hung("lock-holder", "holder", ("mutex first", "pause"), where="main")


def test_full_pipe():
    report, pid = hung("blocked-write", "pipe", ("write on pipe", "to be read by stuck["), where="fill_pipe",
                       wait=0.3)
    live.judged(any(row["kind"] == "reader" for row in report["verdict"]["causes"]),
                lambda: f"the reader is not a cause: {report['verdict']['causes']}")


def test_processes_that_read_from_each_other():
    report, _ = hung("blocked-read", "reads", ("read on pipe", "whose only writer is"), where="read_pipe",
                     wait=0.3, workload="stuck_processes")
    live.judged(len(report["verdict"]["causes"]) == 2, lambda: f"not both: {report['verdict']}")


def test_child_that_reads_from_its_waiting_parent():
    hung("blocked-read", "parent", ("which waits in wait4",), where="read_pipe", wait=0.3,
         workload="stuck_processes")


def test_file_lock_whose_holder_pauses():
    hung("file-lock-holder", "record", ("held by", "pause"), where="lock_record", wait=0.3,
         workload="stuck_processes")


def test_connection_asked_for_once():
    hung("unread", "oneshot", ("7 bytes unread",), where="wait_for_event", workload="stuck_processes")


def test_pipe_that_tells_of_a_parents_end():
    report, _ = watched("stuck_processes", "life", wait=0.3)
    live.judged(report["verdict"]["class"] == "idle", lambda: f"{report['verdict']}")


def test_connections_not_accepted():
    hung("accept-queue", "accept", ("3 not accepted",))


def test_connections_not_accepted_beside_a_tick():
    """The first in the queue is the same, and a thread waits that is known not to wait for work."""
    hung("accept-queue", "tick", ("3 not accepted", "futex"))


def test_leader_and_followers():
    """Threads that wait for their turn to accept have nothing to do."""
    report, _ = watched("stuck", "leader")
    live.judged(report["verdict"]["class"] == "idle", lambda: f"{report['verdict']}")


def test_bytes_not_read():
    hung("unread", "unread", ("21 bytes unread",))


def test_connection_not_waited_for():
    report, _ = hung("request", "request", ("3 accepted",))
    live.expect(report["verdict"]["confidence"] != "high", "high, though it may be meant to wait")


def test_connection_waited_for():
    report, _ = watched("stuck", "served")
    live.judged(report["verdict"]["class"] == "idle", lambda: f"{report['verdict']}")


def test_lock_of_another_make():
    """What lies beside the word is no holder, is not in the report, and no contention."""
    report, pid = watched("stuck", "own_lock")
    process = live.process(report, pid)
    live.expect("3999999" not in str(report), "data of the program is in the report")
    live.expect(process["time"]["blocked_ns"]["lock"] == 0, lambda: f"{process['time']}")


def test_threads_that_wait_for_each_other():
    """All at conditions that no thread is left to signal, the first in pthread_join."""
    report, _ = watched("futex_wait")
    verdict = report["verdict"]
    live.judged(verdict["class"] == "hung", lambda: f"{verdict['class']}: {verdict['causes']}")
    live.judged(verdict["causes"][0]["kind"] == "all-wait", lambda: f"{verdict['causes']}")
    live.expect(verdict["confidence"] != "high", "high, though a signal handler may wake one")


def test_not_idle_for_sure():
    """A condition of the program itself, beside a timer: a pool that is idle, or stuck."""
    report, _ = watched("stuck", "pool")
    verdict = report["verdict"]
    live.judged(verdict["class"] == "idle", lambda: f"{verdict['class']}: {verdict['causes']}")
    live.expect(verdict["confidence"] == "low", lambda: f"{verdict['confidence']}: {verdict['headline']}")
    live.expect("stuck" in verdict["headline"], lambda: f"{verdict['headline']}")


def test_idle_servers():
    """Servers from Debian that have nothing to do."""
    commands = (["redis-server", "--port", "39471", "--save", ""],
                ["python3", "-m", "http.server", "39472", "--bind", "127.0.0.1"])
    for command in commands:
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            verdict = live.attach(server.pid, SECONDS)["verdict"]
            live.judged(verdict["class"] == "idle", lambda: f"{command[0]}: {verdict['class']}: {verdict['causes']}")
        finally:
            server.kill()
            server.wait()


def test_one_program_of_a_host():
    """A program that hangs among others that work is named; it does not make the host hung."""
    with live.Workload("stuck", "deadlock") as stuck, live.Workload("cpu", "1"):
        with live.Attach("attach", "-a", "-d", SECONDS, "--json") as boundby:
            report = boundby.end(90).report()
    row = next((row for row in report["verdict"]["findings"] if row["kind"] == "hung-processes"), None)
    live.expect(row, lambda: f"it is not named: {report['verdict']['findings']}")
    live.expect(f"[{stuck.pid}]" in row["detail"] or row["value"] > 3, lambda: f"{row}")
    live.expect(live.process(report, stuck.pid)["verdict"]["class"] == "hung", "the process is not hung")
    live.expect(report["verdict"]["class"] != "hung", lambda: f"{report['verdict']['causes']}")


def test_sleep_polling():
    report, _ = watched("sleeper")
    verdict = report["verdict"]
    # while others have the CPUs it is starved, surely
    live.judged((verdict["class"], verdict["confidence"]) != ("idle", "high"), lambda: f"{verdict}")
    live.expect(any(row["kind"] == "sleep-polling" for row in report["verdict"]["findings"]),
                lambda: f"{report['verdict']['findings']}")
