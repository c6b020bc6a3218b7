"""A Scrapy extension that measures how long the crawl's event loop is blocked.

    scrapy crawl policies ... -s EXTENSIONS='{"benchmarks.stalls.StallProbe": 0}' -s STALLS_FILE=stalls.json

A task asks to be woken every 5 ms; what it is woken late is a stall. On a machine that others use too, the
system itself is late at times: so each stall is also measured in CPU time of the loop's thread (work in the loop)
and of the whole process (work in other threads, which may hold the interpreter's lock).
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

EVERY = 0.005
#: Shorter stalls (seconds) are not listed.
LISTED = 0.02
#: So many of the longest stalls are kept.
KEPT = 50


class StallProbe:
    """Writes ``STALLS_FILE``: the number of wake-ups, and the longest stalls with what took the time."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StallProbe:
        probe = cls(Path(crawler.settings["STALLS_FILE"]))
        crawler.signals.connect(probe.begin, signals.spider_opened)
        crawler.signals.connect(probe.end, signals.spider_closed)
        return probe

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wakes = 0
        self.found: list[dict[str, Any]] = []

    def begin(self) -> None:
        self._started = time.monotonic()
        self._task = asyncio.ensure_future(self._watch())

    def end(self) -> None:
        self._task.cancel()
        longest = sorted(self.found, key=lambda stall: -stall["seconds"])[:KEPT]
        working = max((stall["loop_cpu"] for stall in self.found), default=0.0)
        self.path.write_text(
            json.dumps(
                {
                    "wakes": self.wakes,
                    "over_20_ms": len(self.found),
                    "over_50_ms": sum(stall["seconds"] > 0.05 for stall in self.found),
                    "longest": longest[0]["seconds"] if longest else LISTED,
                    "longest_own_work": working,
                    "stalls": longest,
                },
                indent=1,
            )
        )

    async def _watch(self) -> None:
        while True:
            asked, loop_cpu, process_cpu = time.monotonic(), time.thread_time(), time.process_time()
            await asyncio.sleep(EVERY)
            self.wakes += 1
            late = time.monotonic() - asked - EVERY
            if late >= LISTED:
                self.found.append(
                    {
                        "at": round(asked - self._started, 3),
                        "seconds": round(late, 4),
                        "loop_cpu": round(time.thread_time() - loop_cpu, 4),
                        "process_cpu": round(time.process_time() - process_cpu, 4),
                    }
                )
