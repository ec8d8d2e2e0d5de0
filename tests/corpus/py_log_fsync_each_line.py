# SPDX-License-Identifier: GPL-2.0-or-later
"""Four threads, each with its own journal, force each line to disk. Advised: a hundred lines share
one fsync."""
import os
import threading

import corpus

EACH = 100 if corpus.ADVISED else 1


def keep(number):
    with open(f"journal.{number}", "w", encoding="utf-8") as journal:
        while True:
            for _ in range(EACH):
                journal.write("2026-01-01 00:00:00 paid 12.00 to account 4711\n")
            journal.flush()
            os.fsync(journal.fileno())
            corpus.add(f"done.{number}", EACH)
            if journal.tell() > 1 << 24:
                journal.seek(0)


for each in range(4):
    threading.Thread(target=keep, args=(each,)).start()
corpus.ready()
