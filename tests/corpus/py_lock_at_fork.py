# SPDX-License-Identifier: GPL-2.0-or-later
"""A fork copies a lock that another thread holds, and the child waits for it. Advised: the fork waits until
the lock is free."""
import os
import threading
import time

import corpus

lock = threading.Lock()


def write_line():
    with lock:
        time.sleep(0.05)


def child():
    with lock:
        os._exit(0)


corpus.ready()
while True:
    writer = threading.Thread(target=write_line)
    writer.start()
    if corpus.ADVISED:
        writer.join()
    pid = os.fork()
    if pid == 0:
        child()
    writer.join()
    os.waitpid(pid, 0)
    corpus.add("done")
