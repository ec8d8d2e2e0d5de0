# SPDX-License-Identifier: GPL-2.0-or-later
"""Converts files one after the other with a program that takes 100 ms, and waits for each.
Advised: 8 threads do."""
from concurrent.futures import ThreadPoolExecutor
import subprocess

import corpus


def convert(_):
    subprocess.run(["sleep", "0.1"], check=True)
    corpus.add("done")


corpus.ready()
while True:
    if corpus.ADVISED:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(convert, range(400)))
    else:
        convert(None)
