# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks twice a second whether a job is due, and sleeps in between."""
import os
import time

import corpus

corpus.ready()
while True:
    if os.path.exists("due"):
        os.unlink("due")
    corpus.add("done")
    time.sleep(0.5)
