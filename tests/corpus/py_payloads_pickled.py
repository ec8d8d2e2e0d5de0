# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends tables of 40000 rows to a worker process, which only adds up a column: both sides spend
their time on pickling. Advised: the worker has the table, only which part is meant is sent."""
import multiprocessing

import corpus

TABLE = [(number, f"name {number}", number * 0.5) for number in range(40000)]


def work(connection):
    corpus.put("done", 0)
    while True:
        rows = connection.recv()
        if isinstance(rows, int):
            rows = select(rows)
        sum(row[2] for row in rows)
        corpus.add("done")


def select(day):
    return [row for row in TABLE if row[0] % 97 != day]


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    multiprocessing.Process(target=work, args=(receiver,), daemon=True).start()
    sender.send(0)
    corpus.ready()
    while True:
        for each in range(97):
            sender.send(each if corpus.ADVISED else select(each))
