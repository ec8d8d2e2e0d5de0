# SPDX-License-Identifier: GPL-2.0-or-later
"""Tries, as the user that it runs as, to end, stop, limit or read the processes whose numbers are its
arguments. Prints what was not refused, a line each; before that "ready", once all of it has worked on a
child of its own.
"""
import ctypes
import os
import resource
import signal
import sys
import time

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
IOPRIO_WHO_PROCESS, IOPRIO_IDLE = 1, 3 << 13
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
libc = ctypes.CDLL(None, use_errno=True)


class Part(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def trace(pid):
    called(libc.ptrace(ctypes.c_long(PTRACE_SEIZE), pid, None, None))
    called(libc.ptrace(ctypes.c_long(PTRACE_INTERRUPT), pid, None, None))
    os.waitpid(pid, 0)
    called(libc.ptrace(ctypes.c_long(PTRACE_DETACH), pid, None, None))


def send_by_file(pid):
    fd = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(fd, 0)
    finally:
        os.close(fd)


def set_limit(pid):
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(soft, 16), hard))


# A child of ours has it, too; others need not, since rights are looked at first.
HERE = ctypes.create_string_buffer(b"here", 8)


def read_memory(pid):
    own = ctypes.create_string_buffer(8)
    ours = Part(ctypes.addressof(own), 8)
    theirs = Part(ctypes.addressof(HERE), 8)
    called(libc.process_vm_readv(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))


def write_memory(pid):
    ours = Part(ctypes.addressof(HERE), 8)
    called(libc.process_vm_writev(pid, ctypes.byref(ours), 1, ctypes.byref(ours), 1, 0))


def opens(name, flags=os.O_RDONLY):
    return lambda pid: os.close(os.open(f"/proc/{pid}/{name}", flags))


def set_io_priority(pid):
    called(libc.syscall(IOPRIO_SET[os.uname().machine], IOPRIO_WHO_PROCESS, pid, IOPRIO_IDLE))


# Signal 0 is refused as any other; SIGCONT is not, within a session.
DEEDS = {
    "kill": lambda pid: os.kill(pid, 0),
    "pidfd_send_signal": send_by_file,
    "ptrace": trace,
    "prlimit": set_limit,
    "process_vm_readv": read_memory,
    "process_vm_writev": write_memory,
    "mem": opens("mem", os.O_RDWR),
    "maps": lambda pid: open(f"/proc/{pid}/maps", "rb").close(),
    "environ": opens("environ"),
    "syscall": lambda pid: open(f"/proc/{pid}/syscall", "rb").read(),
    "fd": lambda pid: os.listdir(f"/proc/{pid}/fd"),
    "exe": lambda pid: os.readlink(f"/proc/{pid}/exe"),
    "oom_score_adj": opens("oom_score_adj", os.O_WRONLY),
    "sched_setaffinity": lambda pid: os.sched_setaffinity(pid, os.sched_getaffinity(0)),
    "setpriority": lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),
    "ioprio_set": set_io_priority,
}


def outcomes(pid):
    """What came of each: None, or the error."""
    for name, deed in DEEDS.items():
        try:
            deed(pid)
            yield name, None
        except OSError as error:
            yield name, error


def main():
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    failed = [(name, error) for name, error in outcomes(child) if error]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if failed:
        sys.exit(f"not even to a child: {failed}")
    print("ready")
    for pid in map(int, sys.argv[1:]):
        for name, error in outcomes(pid):
            if not isinstance(error, PermissionError):
                print(f"{pid} {name}: {error}")


main()
