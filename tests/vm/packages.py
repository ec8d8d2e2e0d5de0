#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages for the guests: fetched by apt with a state of its own (sources, lists, status,
cache), unpacked into a cache folder, never installed. The machine's own apt is not touched.
`packages.py arm64` prints the folder of a userland to build for and to boot with. BOUNDBY_VM_CACHE
(BOUNDBY_BUILD/vm) is the cache.
"""
import functools
import glob
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("BOUNDBY_BUILD") or os.path.join(ROOT, "build"))
CACHE = os.path.abspath(os.environ.get("BOUNDBY_VM_CACHE") or os.path.join(BUILD, "vm"))
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"
OWN_SOURCES = ["/etc/apt/sources.list"] + glob.glob("/etc/apt/sources.list.d/*")
# The suites that bring each kernel; their lists are small. 6.18, 7.2 and what is newest are
# backports or experimental, the others security updates.
KERNEL_SUITES = (("debian-security", "bullseye-security"), ("debian-security", "bookworm-security"),
                 ("debian-security", "trixie-security"), ("debian", "trixie-backports"),
                 ("debian", "experimental"))
USERLAND_SUITES = (("debian", "bookworm"), ("debian-security", "bookworm-security"))


# What boundby is built with, and what its live tests run.
USERLAND = """libncurses-dev libc6-dev libgcc-12-dev libbpf-dev libelf-dev libdw-dev libiberty-dev zlib1g-dev libjson-c-dev
libseccomp-dev libprotobuf-c-dev libsystemd-dev libmicrohttpd-dev busybox-static python3 bash dash
coreutils util-linux mount procps iproute2 bpftool sed grep python3-yaml
python3-prometheus-client libc6-dbg""".split()
EXIT_SKIP = 77


class Missing(Exception):
    """What the mirror does not have, or the network does not let through."""


def mirror():
    """The Debian mirror of the machine's own sources, without the archive's name at its end."""
    for path in OWN_SOURCES:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.search(r"^(?:URIs:|deb)\s.*?(https?://\S+)/debian/?(?:\s|$)", file.read(),
                                  re.M)
        except OSError:
            continue
        if found:
            return found.group(1)
    return MIRROR.removesuffix("/debian")


def last_line(text):
    return (text.strip() or "no reason given").splitlines()[-1]


def unpack(archive, folder):
    """Unpacks a .deb into a folder; several packages may share one."""
    subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)


class Apt:
    """apt with a private state below `folder`, for one architecture and these suites."""

    def __init__(self, folder, arch, suites):
        self.folder, self.arch, self.suites = os.path.abspath(folder), arch, suites
        self._options = [
            f"Dir::Etc::SourceList={self.folder}/sources.list", "Dir::Etc::SourceParts=/dev/null",
            "Dir::Etc::Preferences=/dev/null", "Dir::Etc::PreferencesParts=/dev/null",
            f"Dir::State={self.folder}", f"Dir::State::Lists={self.folder}/lists",
            f"Dir::State::Status={self.folder}/status", f"Dir::Cache={self.folder}/cache",
            f"APT::Architecture={arch}", f"APT::Architectures={arch}", "APT::Sandbox::User=root",
            "Acquire::Languages=none", "Acquire::Retries=2", "Acquire::http::Timeout=20"]

    def _run(self, tool, *arguments, **more):
        options = [word for option in self._options for word in ("-o", option)]
        return subprocess.run([tool, "-q", *options, *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False, **more)

    @functools.cached_property
    def packages(self):
        """{name: (version, names it depends on)} of all that the suites hold, newest version each;
        the lists are fetched once per run."""
        for name in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        with open(f"{self.folder}/sources.list", "w", encoding="ascii") as file:
            for archive, suite in self.suites:
                file.write(f"deb [signed-by={KEYRING}] {mirror()}/{archive} {suite} main\n")
        with open(f"{self.folder}/status", "a", encoding="ascii"):
            pass
        update = self._run("apt-get", "update")  # a suite that is gone costs only its kernels
        found = {}
        for paragraph in self._run("apt-cache", "dumpavail").stdout.split("\n\n"):
            fields = dict(re.findall(r"^(Package|Version|Depends): (.*)$", paragraph, re.M))
            if fields:
                found[fields["Package"]] = (fields["Version"],
                                            re.findall(r"[a-z0-9][a-z0-9+.-]+", fields.get("Depends", "")))
        if not found:
            reason = (update.stderr.strip() or "no reason given").splitlines()[0]
            raise Missing(f"package lists cannot be fetched: {reason}")
        return found

    def download(self, *names):
        """Paths of the archives of these packages, fetched unless they are here already."""
        folder = f"{self.folder}/cache/archives"
        done = self._run("apt-get", "download", *names, cwd=folder)
        if done.returncode:
            raise Missing(f"{names[0]} cannot be fetched: {last_line(done.stderr)}")
        return [next(path for path in glob.glob(f"{glob.escape(folder)}/{name}_*.deb"))
                for name in names]

    def install_into(self, root, names):
        """Unpacks these packages and all that they depend on into `root`, unless that was done."""
        mark = f"{root}/.packages"
        empty = f"{self.folder}/none"  # apt lists no URI of what its cache holds
        os.makedirs(f"{empty}/partial", exist_ok=True)
        listed = self._run("apt-get", "install", "--yes", "--no-install-recommends", "--print-uris",
                         "-o", f"Dir::Cache::Archives={empty}", *names) if self.packages else None
        files = re.findall(r"^'\S+' (\S+\.deb) ", listed.stdout, re.M)
        if listed.returncode or not files:
            raise Missing(f"{self.arch} packages: {last_line(listed.stderr)}")
        wanted = "\n".join(sorted(files))
        if os.path.exists(mark) and open(mark, encoding="ascii").read() == wanted:
            return
        got = self._run("apt-get", "install", "--yes", "--no-install-recommends",
                        "--download-only", *names)
        if got.returncode:
            raise Missing(f"{self.arch} packages: {last_line(got.stderr)}")
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        for name in files:
            unpack(f"{self.folder}/cache/archives/{name}", root)
        with open(mark, "w", encoding="ascii") as file:
            file.write(wanted)


class Kernel:
    """A Debian cloud kernel, unpacked: its image and its modules."""

    def __init__(self, package, version, folder):
        self.package, self.version, self.folder = package, version, folder
        self.release = package.removeprefix("linux-image-")

    def image(self):
        return next(path for path in glob.glob(f"{glob.escape(self.folder)}/**/vmlinuz*",
                                               recursive=True) if os.path.isfile(path))

    def module(self, name):
        """Path of a module's file; None for one that is built in, or that there is not."""
        found = glob.glob(f"{glob.escape(self.folder)}/**/{name.replace('_', '[-_]')}.ko*",
                          recursive=True)
        return found[0] if found else None


def newer(a, b):
    """For sorting: the order of two Debian versions."""
    return 1 if subprocess.run(["dpkg", "--compare-versions", a, "gt", b],
                               check=False).returncode == 0 else -1


class Kernels:
    """The cloud kernels that the mirror has for an architecture."""

    def __init__(self, arch):
        self._apt = Apt(f"{CACHE}/apt-kernels-{arch}", arch, KERNEL_SUITES)

    def _parts(self, image):
        """What holds the kernel and its modules: the image was split into packages in 7.2."""
        return [image] + [name for name in self._apt.packages[image][1]
                          if re.match(r"linux-(binary|modules)-", name)]

    def find(self, series):
        """The newest kernel of a series ("6.1"), of all for "newest", downloaded and unpacked."""
        packages, begin = self._apt.packages, "" if series == "newest" else series + "."
        images = [name for name, (version, depends) in packages.items()
                  if re.fullmatch(rf"linux-image-[0-9].*-cloud-{self._apt.arch}", name)
                  and (version.startswith(begin) or version.startswith(series + "~"))
                  and not any(other.startswith("linux-image-") for other in depends)
                  and all(part in packages for part in self._parts(name))]
        if not images:
            raise Missing(f"the mirror has no cloud kernel {series} for {self._apt.arch}")
        image = max(images, key=functools.cmp_to_key(
            lambda a, b: newer(packages[a][0], packages[b][0])))
        folder = os.path.join(CACHE, "kernels", image)
        if not os.path.isdir(folder):
            archives = self._apt.download(*self._parts(image))
            half = folder + ".new"
            shutil.rmtree(half, ignore_errors=True)
            os.makedirs(half)
            for archive in archives:
                unpack(archive, half)
            os.rename(half, folder)
        return Kernel(image, packages[image][0], folder)


def userland(arch):
    """Folder with Debian's libraries, headers and programs of another architecture."""
    root = os.path.join(CACHE, f"root-{arch}")
    Apt(f"{CACHE}/apt-root-{arch}", arch, USERLAND_SUITES).install_into(root, USERLAND)
    return root


def root_for(arch):
    """What a guest has as its root: of the host's own architecture the host's."""
    return "/" if arch == "amd64" else userland(arch)


if __name__ == "__main__":
    try:
        print(userland(*sys.argv[1:]))
    except Missing as why:
        print(f"packages: {why}", file=sys.stderr)
        sys.exit(EXIT_SKIP)
