# SPDX-License-Identifier: GPL-2.0-or-later
"""A question to a child stays in the writer's buffer, and the answer is read anyway: both wait to
read. Advised: what is written is flushed."""
import subprocess
import sys

import corpus

ANSWERS = "import sys\nfor line in sys.stdin: print(line.upper(), end='', flush=True)"


def ask(child, question):
    child.stdin.write(question)
    if corpus.ADVISED:
        child.stdin.flush()
    return child.stdout.readline()


with subprocess.Popen([sys.executable, "-c", ANSWERS], stdin=subprocess.PIPE,
                      stdout=subprocess.PIPE, text=True) as helper:
    corpus.ready()
    while True:
        ask(helper, "is anybody there\n")
        corpus.add("done")
