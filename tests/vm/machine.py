# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest under qemu: a kernel of packages.py, a userland that it cannot change, one command.

Software emulation on one CPU: with two, qemu itself crashes 6.12. The guest's root is a folder of
the host, read-only over virtiofs with a tmpfs above it; the source tree comes the same way, at its
own path. /var/tmp is a disk of its own. All that the command says comes over the one serial line,
where the kernel complains too.
"""
import gzip
import lzma
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time

VIRTIOFSD = "/usr/lib/qemu/virtiofsd"
MODULES = ("virtio_pci", "virtiofs", "overlay", "virtio_rng", "virtio_blk", "crc32c_generic", "ext4")
DISK_MIB = 512
QEMU = {
    "amd64": ["qemu-system-x86_64", "-M", "pc,memory-backend=mem", "-cpu", "max",
              "-accel", "tcg,thread=single,tb-size=256"],
    "arm64": ["qemu-system-aarch64", "-M", "virt,memory-backend=mem,gic-version=3",
              "-cpu", "cortex-a72", "-accel", "tcg,thread=single,tb-size=256"],
}
# The guest's clock counts instructions while it computes and real time while it rests: its CPU has a
# speed of its own, a thousand million a second, however busy the host is.
CLOCK = ["-icount", "shift=0,sleep=on"]
CONSOLE = {"amd64": "console=ttyS0", "arm64": "console=ttyAMA0"}
COMPLAINT = re.compile(r"BUG:|WARNING:|Oops|Call Trace|soft lockup|rcu: INFO|Kernel panic|"
                       r"insmod .* failed")
ENDED = re.compile(r"^vmtest: exit (\d+)")

INIT = r"""#!/bin/busybox sh
B=/bin/busybox; export PATH=/bin
$B mkdir -p /proc /sys /dev /low /over /new /disk; $B --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
stty raw -echo
die() { echo "vmtest: $*"; poweroff -f; }
while read m; do insmod /m/$m.ko || echo "insmod $m failed"; done </m/order
mount -t virtiofs -o ro root /low || die "no root"
mount -t ext4 /dev/vda /disk || die "no disk"
mount -t tmpfs -o mode=755 over /over; mkdir /over/u /over/w
mount -t overlay -o lowerdir=/low,upperdir=/over/u,workdir=/over/w root /new || die "no overlay"
cd /new
mkdir -p proc sys dev run tmp var/tmp root
for d in proc sys dev; do mount --move /$d $d; done
mount -t tmpfs -o mode=755 run run
mount --move /disk var/tmp; chmod 1777 var/tmp
mkdir -p dev/shm dev/pts; mount -t tmpfs -o mode=1777 shm dev/shm; mount -t devpts pts dev/pts
mount -t tracefs t sys/kernel/tracing; mount -t bpf bpf sys/fs/bpf; mount -t cgroup2 c sys/fs/cgroup
ln -sf /proc/self/fd dev/fd; ip link set lo up; hostname vm
tree=$(cat /tree); mkdir -p ".$tree"; mount -t virtiofs -o ro tree ".$tree" || die "no tree"
cp /command run/command
echo 'sh /run/command </dev/null 2>&1; echo "vmtest: exit $?"; busybox poweroff -f' >run/first
exec switch_root -c /dev/console /new /bin/sh /run/first
"""


def module_bytes(path):
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".xz"):
        return lzma.decompress(data)
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dqc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def modules_in_order(kernel):
    """(name, contents) of what is to be loaded, each after those that its modinfo names."""
    found = {}

    def add(name):
        path = kernel.module(name)
        if not path or name in found:
            return
        data = module_bytes(path)
        depends = re.search(rb"\0depends=([^\0]*)\0", data).group(1).decode()
        for other in filter(None, depends.split(",")):
            add(other)
        found[name] = data
    for name in MODULES:
        add(name)
    return found


def initramfs(kernel, busybox, files):
    """A compressed cpio archive: /init, busybox, the modules, and `files` {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        modules = modules_in_order(kernel)
        os.makedirs(f"{folder}/bin")
        os.makedirs(f"{folder}/m")
        shutil.copy(busybox, f"{folder}/bin/busybox")
        for name, data in modules.items():
            with open(f"{folder}/m/{name}.ko", "wb") as file:
                file.write(data)
        files = {"init": INIT, "m/order": "".join(name + "\n" for name in modules), **files}
        for path, text in files.items():
            with open(f"{folder}/{path}", "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod(f"{folder}/init", 0o755)
        names = subprocess.run(["find", "."], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
        packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=folder,
                                input=names, stdout=subprocess.PIPE, check=True).stdout
        return gzip.compress(packed, 1)


class Share:
    """A folder of the host that a guest may read, over virtiofs; the host mounts it read-only."""

    def __init__(self, tag, source, folder):
        self.tag, self._socket, mount = tag, f"{folder}/{tag}.socket", f"{folder}/{tag}"
        os.mkdir(mount)
        self._log = open(f"{folder}/{tag}.log", "w", encoding="ascii")
        script = (f"mount --bind {shlex.quote(source)} {mount} && mount -o remount,bind,ro {mount} && "
                  f"exec {VIRTIOFSD} --socket-path={self._socket} -o source={mount} "
                  "-o cache=always -o no_posix_lock --thread-pool-size=2")
        self._server = subprocess.Popen(["unshare", "-m", "sh", "-c", script],
                                        stdin=subprocess.DEVNULL, stdout=self._log,
                                        stderr=self._log)

    def wait(self):
        end = time.monotonic() + 20
        while not os.path.exists(self._socket):
            if self._server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"virtiofsd did not start: {open(self._log.name).read()}")
            time.sleep(0.05)

    def options(self):
        return ["-chardev", f"socket,id={self.tag},path={self._socket}", "-device",
                f"vhost-user-fs-pci,chardev={self.tag},tag={self.tag},queue-size=1024"]

    def end(self):
        self._server.kill()
        self._server.wait()
        self._log.close()


running = set()  # qemu processes, for end_all()
ending = threading.Event()


def end_all():
    """Ends the guests that run; none is booted from now on."""
    ending.set()
    for qemu in list(running):
        qemu.kill()


class Guest:
    """How a finished guest ended: the command's exit status (None: there is none), why not, and
    what the kernel complained of."""

    def __init__(self):
        self.status, self.complaints, self.last = None, [], []

    def takes(self, line):
        """Takes a line of the serial line in; is it one of the command's?"""
        ended = ENDED.match(line)
        if ended:
            self.status = int(ended.group(1))
        elif COMPLAINT.search(line):
            self.complaints.append(line)
        self.last = self.last[-30:] + [line]
        return not ended


def make_disk(path):
    with open(path, "wb") as file:
        file.truncate(DISK_MIB << 20)
    subprocess.run(["/sbin/mkfs.ext4", "-q", "-F", path], stdin=subprocess.DEVNULL, check=True)


def qemu_command(kernel, arch, folder, shares, memory_mib):
    return ["nice", "-n", "19", *QEMU[arch], *CLOCK, "-smp", "1", "-m", str(memory_mib),
            "-object", f"memory-backend-memfd,id=mem,size={memory_mib}M,share=on",
            "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
            *(word for share in shares for word in share.options()),
            "-drive", f"file={folder}/disk,if=virtio,format=raw,cache=writethrough",
            "-device", "virtio-rng-pci", "-kernel", kernel.image(), "-initrd", f"{folder}/initrd",
            "-append",
            f"{CONSOLE[arch]} quiet loglevel=5 panic=-1 oops=panic random.trust_cpu=on"]


def boot(kernel, arch, command, *, root, tree, limit_s, memory_mib=1536, hear=print):
    """Runs a shell command in a guest; hear() gets each line that it says. Gives back a Guest."""
    guest, shares = Guest(), []
    if ending.is_set():
        return guest
    with tempfile.TemporaryDirectory(prefix="boundby-vm-") as folder:
        script = f"cd {shlex.quote(tree)} && export HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin && {command}\n"
        with open(f"{folder}/initrd", "wb") as file:
            file.write(initramfs(kernel, f"{root}/bin/busybox", {"command": script, "tree": tree}))
        make_disk(f"{folder}/disk")
        try:
            shares += [Share("root", root, folder), Share("tree", tree, folder)]
            for share in shares:
                share.wait()
            with subprocess.Popen(qemu_command(kernel, arch, folder, shares, memory_mib),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace") as qemu:
                alarm = threading.Timer(limit_s, qemu.kill)
                alarm.start()
                running.add(qemu)
                if ending.is_set():
                    qemu.kill()
                for line in qemu.stdout:
                    if guest.takes(line.rstrip("\r\n")):
                        hear(guest.last[-1])
                running.remove(qemu)
                alarm.cancel()
        finally:
            for share in shares:
                share.end()
    return guest
