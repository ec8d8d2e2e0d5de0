#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions that the kernel's verifier followed, per way of watching and program, against
tests/verifier_cost.txt. Prints what grew by more than a tenth, exits 1 on any; --write puts this
kernel's figures into the file, --rows prints them, --merge takes such rows from stdin, among other
lines, in place of those of their kernel. `make verifier-cost` does all of it here and in guests.

A verifier of another version follows other paths, and so does one of another configuration: the key
is version and flavour of the kernel, without the number of the patch.
"""
import json
import os
import re
import subprocess
import sys

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "verifier_cost.txt")
HEAD = "# kernel, way of watching, program, instructions verified; by tests/verifier_cost.py --write\n"
GROWTH = 1.1
SLACK = 20  # instructions: a tenth of the smallest programs is less than one field more to read


def kernel(release, machine):
    """6.12.117+deb13-cloud-amd64 is 6.12-cloud-amd64, 6.18.44-fc-v857 is 6.18-fc-v857."""
    version = re.match(r"\d+\.\d+", release).group(0)
    flavour = re.search(r"[a-z]+-[a-z0-9]+$", release)
    return f"{version}-{flavour.group(0) if flavour else machine}"


def running():
    return kernel(os.uname().release, os.uname().machine)


def measure(boundby):
    """{(way, program): instructions}, of the ways that work; empty before 5.16."""
    done = subprocess.run([boundby, "check", "--json"], stdout=subprocess.PIPE, check=False)
    return {(way["name"].replace(" ", "_"), program): count
            for way in json.loads(done.stdout)["ways"]
            for program, count in way["verified_instructions"].items()}


def read():
    rows = {}
    with open(FILE, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                name, way, program, count = line.split()
                rows.setdefault(name, {})[way, program] = int(count)
    return rows


def write(rows):
    with open(FILE, "w", encoding="utf-8") as file:
        file.write(HEAD)
        for name in sorted(rows, key=lambda name: [int(n) for n in re.findall(r"\d+", name)[:2]]):
            file.writelines(lines(name, rows[name]))


def lines(name, costs):
    return [f"{name} {way} {program} {count}\n" for (way, program), count in sorted(costs.items())]


def grown(costs, baseline):
    """What costs more than it did; a program that is new has no past."""
    return [f"{way} {program}: {count} instructions, {baseline[way, program]} before"
            for (way, program), count in sorted(costs.items())
            if (way, program) in baseline and count > GROWTH * baseline[way, program] + SLACK]


def merge(lines_):
    found = {}
    for line in lines_:
        row = re.match(r"(\d+\.\d+-\S+) (\S+) (\w+) (\d+)$", line)
        if row:
            found.setdefault(row[1], {})[row[2], row[3]] = int(row[4])
    if not found:
        sys.exit("verifier_cost: nothing to merge")
    write({**read(), **found})


def main():
    boundby = os.environ.get("BOUNDBY", "build/boundby")
    if "--merge" in sys.argv:
        return merge(sys.stdin)
    costs = measure(boundby)
    if "--rows" in sys.argv:
        return sys.stdout.writelines(lines(running(), costs))
    rows = read() if os.path.exists(FILE) else {}
    if "--write" in sys.argv:
        rows[running()] = costs
        return write(rows)
    if running() not in rows or not costs:
        return print(f"skip: no baseline for {running()}")
    found = grown(costs, rows[running()])
    print("\n".join(found) or f"ok: {len(costs)} programs on {running()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
