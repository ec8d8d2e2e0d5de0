# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the live suite runs in a guest, by column of the table that `make vmtest` prints.

The guest has one CPU, whose speed does not depend on the host (machine.py), so that tests run there
unchanged. Left out is what needs two CPUs or costs minutes: schedstat, switching, verdict, scale,
knobs, most of commands and bad_input.
"""

COLUMNS = {
    "load": ["load.each_mode", "commands.check", "bad_input.kill_leaves_nothing"],
    "ledger": ["sums.asleep_nanosleep", "sums.churn", "sums.client", "sums.forktree", "sums.fsync",
               "sums.kernel_lock", "states.accepted_read_request", "states.disk_read_disk",
               "states.futex_wait_condition"],
    "locks": ["sums.lock", "locks.mutex_8", "locks.killed_while_waiting", "locks.gil_2",
              "locks.python_lock"],
    "loops": ["sums.stalls", "loops.asyncio_sleep", "loops.idle_server"],
    "traces": ["traces.text_is_the_same", "traces.range", "traces.one_thread_one_process"],
    "watch": ["watch.windows", "watch.whole_host", "metrics.scrape"],
}
# What each run of CI asks: of these kernels that they load, of one of them everything once.
QUICK_LOAD = ["load.each_mode"]
QUICK_FULL = ["load.each_mode", "bad_input.kill_leaves_nothing", "sums.client", "sums.lock",
              "locks.gil_2", "loops.asyncio_sleep", "traces.text_is_the_same", "metrics.scrape"]
