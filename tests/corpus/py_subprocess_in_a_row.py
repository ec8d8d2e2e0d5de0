# SPDX-License-Identifier: GPL-2.0-or-later
"""Converts files one after the other with a program that asks a server, which takes 100 ms, and waits for
each. Advised: 8 threads do."""
from concurrent.futures import ThreadPoolExecutor
import subprocess

import corpus

ASK = r"exec 3<>/dev/tcp/$0/$1; printf 'GET /wait/100/2 HTTP/1.1\r\n\r\n' >&3; read -r -u 3 line"


def convert(_):
    subprocess.run(["bash", "-c", ASK, corpus.HOST, str(corpus.PORT)], check=True)
    corpus.add("done")


corpus.ready()
while True:
    if corpus.ADVISED:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(convert, range(400)))
    else:
        convert(None)
