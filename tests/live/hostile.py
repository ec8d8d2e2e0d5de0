# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes what a hostile local user may lay out for boundby: files, and the programs around them.

attackers(folder) gives (name, function that starts it); each runs without rights. Traps notes which
of the files that must not be opened were.
"""
import ctypes
import os
import shutil
import stat
import struct
import subprocess
import zlib

import live

NOBODY = 65534
SECTIONS, SECTIONS_ALLOWED = 65000, 40
SYMBOLS_BYTES = 48 << 20
BOMB_BYTES = 512 << 20
BOMB_SECTIONS = (".debug_macro", ".debug_addr", ".debug_loclists", ".debug_rnglists")
PIECE = 1 << 20
HUGE_BYTES = 1 << 40
SHF_COMPRESSED, SHT_DYNSYM, PT_LOAD = 0x800, 11, 1
MACHINES = {"x86_64": 62, "aarch64": 183}
ODD = ("mappings", "deleted", "memory", "executes", "renames", "private", "confined", "rootless",
       "crowded")
EVIL_NAME = "\33[31me\tv\"l\n"
DEAD_MOUNT = "libpython3.11.so.1.0"


def attack_path(name):
    return os.path.join(live.BUILD, "attacks", name)


def objcopy(*arguments):
    subprocess.run([live.tool("objcopy"), *arguments], check=True)


def give(path, mode=0o755):
    """The file is the attacker's own."""
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    os.chmod(path, mode)
    return path


# ---- files ------------------------------------------------------------------------------------
def with_debuglink(path, linked):
    """A stripped program without a build id, whose debug information is said to be in `linked`."""
    name = linked.encode() + b"\0"
    name += b"\0" * (-len(name) % 4)
    with open(path + ".link", "wb") as file:
        file.write(name + struct.pack("<I", 0x12345678))
    objcopy("--strip-all", "--remove-section=.note.gnu.build-id",
            f"--add-section=.gnu_debuglink={path}.link", attack_path("convoy"), path)
    return give(path)


def many_symbols(path, count=SECTIONS):
    """A library of CPython by its name: this many symbol tables, all of one area of a sparse file."""
    at = 64 + 56 + count * 64
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, MACHINES[os.uname().machine], 1, 0,
                       64, 120, 0, 64, 56, 1, 64, count, 0)
    load = struct.pack("<IIQQQQQQ", PT_LOAD, 5, 0, 0, 0, at, at, 4096)
    section = struct.pack("<IIQQQQIIQQ", 0, SHT_DYNSYM, 0, 0, at, SYMBOLS_BYTES, 0, 0, 8, 24)
    with open(path, "wb") as file:
        file.write(head + load + section * count)
        file.truncate(at + SYMBOLS_BYTES)
    return give(path)


def zeros_deflated(size):
    """`size` zeros in zlib's format, made in milliseconds: equal pieces with full flushes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b"\0" * PIECE) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\x01" + piece * (size // PIECE) + b"\x03\x00" + \
        struct.pack(">I", size % 65521 << 16 | 1)


def bomb(path):
    """A program with debug sections of 512 MB of zeros each, compressed to 0.5 MB."""
    with open(path + ".zeros", "wb") as file:
        file.write(struct.pack("<IIQQ", 1, 0, BOMB_BYTES, 1) + zeros_deflated(BOMB_BYTES))
    removed = [f"--remove-section={name}" for name in BOMB_SECTIONS]
    objcopy(*removed, attack_path("convoy"), path)
    objcopy(*[f"--add-section={name}={path}.zeros" for name in BOMB_SECTIONS], path)
    with open(path, "r+b") as file:
        data = file.read()
        table, = struct.unpack_from("<Q", data, 40)
        size, count, names_at = struct.unpack_from("<HHH", data, 58)
        names, = struct.unpack_from("<Q", data, table + names_at * size + 24)
        for at in range(table, table + count * size, size):
            name = names + struct.unpack_from("<I", data, at)[0]
            if data[name:data.index(b"\0", name)].decode() in BOMB_SECTIONS:
                flags, = struct.unpack_from("<Q", data, at + 8)
                file.seek(at + 8)
                file.write(struct.pack("<Q", flags | SHF_COMPRESSED))
    return give(path)


def evil_names(folder):
    """A program whose file, symbols and threads have names that move a terminal's cursor."""
    path = os.path.join(folder, EVIL_NAME)
    objcopy(f"--redefine-sym=convoy_hold=hold{EVIL_NAME}",
            f"--redefine-sym=attack_lock=lock{EVIL_NAME}", attack_path("convoy"), path)
    return give(path)


# ---- programs ---------------------------------------------------------------------------------
def start(name, *arguments):
    return live.Workload(name, *arguments, program=attack_path(name))


class DeadMount(live.Workload):
    """The mount goes with the test."""

    def __init__(self, kind, folder):
        self.folder = os.path.join(folder, f"mount-{kind}")
        os.mkdir(self.folder)
        backing = os.path.join(folder, f"{kind}-{DEAD_MOUNT}")
        shutil.copy(attack_path("convoy"), backing)
        super().__init__("dead_mount", kind, self.folder, give(backing),
                         program=attack_path("dead_mount"))

    def __exit__(self, *unused):
        super().__exit__()
        subprocess.run(["umount", "-l", self.folder], stderr=subprocess.DEVNULL, check=False)


class Jit(live.Workload):
    """Its map goes with the test."""

    def __init__(self, kind):
        super().__init__("jit", kind, program=attack_path("jit"))

    def __exit__(self, *unused):
        for path in (f"/tmp/perf-{self.pid}.map", f"/tmp/boundby-test-map-{self.pid}"):
            if os.path.lexists(path):
                os.unlink(path)
        super().__exit__()


class Traps:
    """What must not be opened: counts by inotify how often it was."""

    IN_OPEN = 0x20

    def __init__(self, folder):
        self.folder, self.paths = folder, {}
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        live.expect(self.fd >= 0, "inotify_init1")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        os.close(self.fd)

    def lay(self, kind):
        path = os.path.join(self.folder, kind)
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "device":
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # zeros without end
        else:
            with open(path, "wb") as file:
                file.truncate(HUGE_BYTES)
        watch = self.libc.inotify_add_watch(self.fd, os.fsencode(path), self.IN_OPEN)
        live.expect(watch >= 0, f"inotify_add_watch {path}")
        self.paths[watch] = kind
        return path

    def opened(self):
        """Kinds of those that were opened."""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return set()
        return {self.paths[struct.unpack_from("<i", data, at)[0]] for at in range(0, len(data), 16)}


def attackers(folder, traps):
    """(name, function that starts it) of each. The folder can be read by every user."""
    def linked(kind):
        path = os.path.join(folder, f"linked-{kind}")
        return lambda: live.Workload("convoy", program=with_debuglink(path, traps.lay(kind)))

    def library(name):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        return os.path.join(folder, name, DEAD_MOUNT)

    for kind in ("fifo", "device", "endless"):
        yield f"debuglink {kind}", linked(kind)
    yield "sections", lambda: start("hold", many_symbols(library("sections")))
    yield "truncated", lambda: start(
        "hold", "truncate", many_symbols(library("truncated"), SECTIONS_ALLOWED))
    yield "unanswered memory", lambda: start("unanswered")
    for kind in ("open", "read", "traps"):
        yield f"dead mount {kind}", lambda kind=kind: DeadMount(kind, folder)
    yield "bomb", lambda: live.Workload(
        "convoy", program=bomb(os.path.join(folder, "bomb")))
    for kind in ("fifo", "link", "other", "huge"):
        yield f"perf map {kind}", lambda kind=kind: Jit(kind)
    yield "python cycle", lambda: live.Workload(
        "cycle", program="/usr/bin/python3", seconds=os.path.join(
            live.ROOT, "tests", "attacks", "cycle.py"))
    for kind in ODD:
        yield kind, lambda kind=kind: start("odd", kind)
    yield "names", lambda: live.Workload("convoy", EVIL_NAME, program=evil_names(folder))
