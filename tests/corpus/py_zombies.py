# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts a hook twice a second and never asks what became of it. Advised: waits for it."""
import subprocess
import time

import corpus

hooks = []


def run_hook():
    hooks.append(subprocess.Popen(["/bin/true"]))
    if corpus.ADVISED:
        hooks.pop().wait()


for _ in range(10):
    run_hook()
corpus.ready()
while True:
    time.sleep(0.5)
    run_hook()
    corpus.add("done")
