# SPDX-License-Identifier: GPL-2.0-or-later
"""A crawler that has a thread for each of 200 requests in flight. Advised: one event loop."""
import asyncio
from concurrent.futures import ThreadPoolExecutor
import random

import corpus

IN_FLIGHT = 200


def wait_ms():
    return random.randint(600, 1400)


def fetch(_):
    corpus.get(wait_ms())
    corpus.add("done")


async def crawl():
    streams = await asyncio.open_connection(corpus.HOST, corpus.PORT)
    while True:
        await corpus.aget(streams, wait_ms())
        corpus.add("done")


async def crawl_all():
    await asyncio.gather(*(crawl() for _ in range(IN_FLIGHT)))


if corpus.ADVISED:
    corpus.ready()
    asyncio.run(crawl_all())
else:
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(fetch, range(IN_FLIGHT)))  # its threads start
        corpus.ready()
        while True:
            list(pool.map(fetch, range(20000)))
