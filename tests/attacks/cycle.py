# SPDX-License-Identifier: GPL-2.0-or-later
"""A CPython 3.11 that closes its own lists to rings: interpreters, threads and frames.

Truth: threads compute in turns (GIL); no list of it has an end. Exits 77 when it is another version.
"""
import ctypes
import os
import signal
import sys
import threading
import time

# pycore_runtime.h, pycore_interp.h, pystate.h, pycore_frame.h of 3.11, 64-bit
INTERPRETERS, NEXT_INTERPRETER, THREADS, NEXT_THREAD, CFRAME, FRAME, PREVIOUS = 40, 0, 16, 8, 56, 8, 48
NOBODY = 65534


def word(address):
    return ctypes.c_uint64.from_address(address)


def own_thread():
    ctypes.pythonapi.PyThreadState_Get.restype = ctypes.c_void_p
    return ctypes.pythonapi.PyThreadState_Get()


def close_rings():
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    interpreter = word(runtime + INTERPRETERS).value
    thread = word(interpreter + THREADS).value
    word(interpreter + NEXT_INTERPRETER).value = interpreter
    while True:
        frame = word(word(thread + CFRAME).value + FRAME).value
        if thread == own_thread():
            frame = word(frame + PREVIOUS).value  # of main(), which never returns
        word(frame + PREVIOUS).value = frame
        following = word(thread + NEXT_THREAD).value
        if not following:
            break
        thread = following
    word(thread + NEXT_THREAD).value = word(interpreter + THREADS).value


def compute():
    while True:
        sum(range(20000))


def main():
    if sys.version_info[:2] != (3, 11) or sys.maxsize < 2 ** 32:
        print("the structures of this CPython are not those of 3.11", file=sys.stderr)
        os._exit(77)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    for option, value in ((4, 1), (1, signal.SIGKILL)):  # PR_SET_DUMPABLE, PR_SET_PDEATHSIG:
        ctypes.CDLL(None).prctl(option, value)  # the change of user has cleared both
    for _ in range(2):
        threading.Thread(target=compute, daemon=True).start()
    time.sleep(0.1)
    close_rings()
    print("ready", os.getpid(), flush=True)
    compute()


main()
