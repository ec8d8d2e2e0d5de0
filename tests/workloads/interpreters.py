# SPDX-License-Identifier: GPL-2.0-or-later
"""Two interpreters, each with its own GIL, in each of which two threads compute until killed. From
CPython 3.12 on."""
import os
import sys
import threading
import time

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

CODE = """
import threading
def compute():
    n = 0
    while True:
        n = n * 3 % 1000003 + 1
threading.Thread(target=compute).start()
compute()
"""


def main():
    for _ in range(2):
        inner = (interpreters.create("isolated") if sys.version_info >= (3, 13) else
                 interpreters.create(isolated=True))
        threading.Thread(target=interpreters.run_string, args=(inner, CODE), daemon=True).start()
    time.sleep(0.2)
    print("ready", os.getpid(), flush=True)
    while True:
        time.sleep(1000)


main()
