# SPDX-License-Identifier: GPL-2.0-or-later
"""Hands numbers to four worker processes in turn, over a pipe each, one number at a time, and
waits for each square. Advised: a thousand numbers go over at once."""
import multiprocessing

import corpus

TASK = list(range(1000 if corpus.ADVISED else 1))


def work(connection):
    while True:
        connection.send([number * number for number in connection.recv()])


workers = []
for _ in range(4):
    here, there = multiprocessing.Pipe()
    multiprocessing.Process(target=work, args=(there,), daemon=True).start()
    workers.append(here)
corpus.ready()
while True:
    answers = 0
    for worker in workers:
        worker.send(TASK)
        answers += len(worker.recv())
    corpus.add("done", answers)
