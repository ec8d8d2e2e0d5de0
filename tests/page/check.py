#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes pages with --html and uses them in headless Chromium: `make page-test`, as root.

puppeteer-core (Apache-2.0) and axe-core (MPL-2.0) come from the npm registry into build/npm; nothing
of them is in the program. Pictures for a person to look at are left in build/page/.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "live"))
import live  # noqa: E402

MODULES = ("puppeteer-core@24.43.1", "axe-core@4.14.1")
DAY_MOST_BYTES = 2_000_000


def install(folder):
    if all(os.path.isdir(f"{folder}/node_modules/{module.split('@')[0]}") for module in MODULES):
        return
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", folder,
                    *MODULES], check=True, timeout=300)


def boundby(*arguments):
    """Runs it; a verdict, or too little to judge, is no failure."""
    done = subprocess.run([live.BOUNDBY, *map(str, arguments)], stdout=subprocess.DEVNULL, check=False,
                          timeout=120)
    if done.returncode not in (0, 6):
        sys.exit(f"boundby {arguments}: exit status {done.returncode}")


def watch(command, seconds, trace):
    """Records a command once it runs."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as target:
        try:
            boundby("attach", "-p", target.pid, "-d", 1)
            boundby("record", "-p", target.pid, "-d", seconds, "-o", trace)
        finally:
            target.kill()


def make_pages(folder):
    watch(["/usr/bin/python3", f"{HERE}/target.py"], 8, f"{folder}/report.bbt")
    watch([f"{live.BUILD}/workloads/stuck", "60", "deadlock"], 4, f"{folder}/hung.bbt")
    subprocess.run([f"{live.BUILD}/bench/long_trace", f"{folder}/day.bbt", "24", "100"], check=True,
                   stdout=subprocess.DEVNULL, timeout=300)
    for name in ("report", "hung", "day"):
        boundby("report", f"{folder}/{name}.bbt", "--html", f"{folder}/{name}.html")
    boundby("diff", f"{folder}/report.bbt", "--from", "+1s", "--to", "+4s", "--from", "+4s", "--to", "+7s",
            "--html", f"{folder}/diff.html")
    size = os.path.getsize(f"{folder}/day.html")
    print(f"a day of 100 threads is {size} bytes")
    return size


def main():
    folder, modules = os.path.join(live.BUILD, "page"), os.path.join(live.BUILD, "npm")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    install(modules)
    if make_pages(folder) > DAY_MOST_BYTES:
        print("FAIL page.of_a_day_is_small\n0 passed, 1 failed, 0 skipped")
        return 1
    return subprocess.run(["nice", "-n", "10", "node", f"{HERE}/browse.js", modules, shutil.which("chromium") or "chromium",
                           folder, folder], check=False, timeout=600).returncode


if __name__ == "__main__":
    sys.exit(main())
