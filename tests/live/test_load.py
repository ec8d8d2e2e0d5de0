# SPDX-License-Identifier: GPL-2.0-or-later
"""Every program of the BPF object loads on this kernel, in some mode; what a mode asks for, all of
it. tests/vm/ asks this of other kernels."""
import glob
import json
import os
import re
import subprocess

import live

MODES = {
    "attach": ("attach", "-p", "{pid}", "-d", "30"),
    "sched": ("attach", "-p", "{pid}", "-d", "30", "--depth", "sched"),
    "events": ("record", "-p", "{pid}", "-d", "30", "--events", "-o", "-"),
    "watch": ("watch", "-a"),
}
PROGRAM = re.compile(r'^SEC\("(?!\.|license)([^"]+)"\)\nint (?:BPF_PROG\()?(\w+)', re.M)
TRACEPOINT = "tp_btf/"


def programs_of_the_source():
    """All but those of tracepoints that this kernel does not have, by its own types."""
    found = set()
    for path in glob.glob(os.path.join(live.ROOT, "bpf", "*.bpf.c")):
        with open(path, encoding="utf-8") as file:
            found |= {name for section, name in PROGRAM.findall(file.read())
                      if not section.startswith(TRACEPOINT)
                      or live.knows_tracepoint(section[len(TRACEPOINT):])}
    return found


def name_of_program(number):
    """None of one that went meanwhile: libbpf probes the kernel with programs of its own."""
    shown = subprocess.run([live.tool("bpftool"), "-j", "prog", "show", "id", str(number)],
                           stdout=subprocess.PIPE, timeout=30, check=False)
    return None if shown.returncode else json.loads(shown.stdout)["name"]


def loaded_in(words):
    """Names of the programs that boundby holds once it is attached. libbpf gives up at the first one
    that the kernel refuses: then it ends instead."""
    with live.Workload("idle") as target, \
            live.Attach(*(word.format(pid=target.pid) for word in words)) as boundby:
        boundby.wait_attached()
        return {name_of_program(number) for number in boundby.bpf_ids()["prog_id"]}


def test_each_mode():
    problems, found = live.Problems(), set()
    for mode, words in MODES.items():
        found |= problems.case(mode, loaded_in, words) or set()
    missing = programs_of_the_source() - found
    problems.case("all modes", live.expect, not missing, f"not loaded in any mode: {missing}")
    problems.end()
