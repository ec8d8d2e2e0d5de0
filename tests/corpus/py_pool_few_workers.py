# SPDX-License-Identifier: GPL-2.0-or-later
"""Two threads of a ThreadPoolExecutor ask a slow server for a long list of things."""
from concurrent.futures import ThreadPoolExecutor

import corpus

WAIT_MS = 40


def fetch(_):
    corpus.get(WAIT_MS)
    corpus.add("done")


corpus.ready()
with ThreadPoolExecutor(8 if corpus.ADVISED else 2) as pool:
    while True:
        list(pool.map(fetch, range(400)))
