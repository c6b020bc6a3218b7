"""A Scrapy extension that measures how long the crawl's event loop is blocked.

    scrapy crawl policies ... -s EXTENSIONS='{"benchmarks.stalls.StallProbe": 0}' -s STALLS_FILE=stalls.json

Two measures. *Late*: a task asks to be woken every 5 ms; how late it is woken is what anything else in the loop
would have felt. On a machine with other users the system itself is late at times, with everything. *Callback*: how
long each single callback of the loop ran, by the clock and in CPU time of the loop's thread: the latter is work of
ours, whatever else the machine does. The probe itself costs some 4 µs a callback.
"""

from __future__ import annotations

import asyncio
import json
import time
from heapq import heappush, heappushpop
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

EVERY = 0.005
#: Callbacks that ran longer (seconds) are looked at: asking for CPU time costs.
NOTED = 0.005
#: So many of the longest are listed.
KEPT = 20


class StallProbe:
    """Writes ``STALLS_FILE``."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StallProbe:
        probe = cls(Path(crawler.settings["STALLS_FILE"]))
        crawler.signals.connect(probe.begin, signals.spider_opened)
        crawler.signals.connect(probe.end, signals.spider_closed)
        return probe

    def __init__(self, path: Path) -> None:
        self.path = path
        self.late: list[float] = []
        self.callbacks: list[tuple[float, float, str]] = []

    def begin(self) -> None:
        self._cpu = time.process_time()
        self._started = time.monotonic()
        self._run = run = asyncio.Handle._run
        probe = self

        def timed(handle: asyncio.Handle) -> None:
            cpu, clock = time.thread_time(), time.perf_counter()
            callback = handle._callback  # type: ignore[attr-defined]  # a handle forgets it when cancelled
            run(handle)
            if (seconds := time.perf_counter() - clock) > NOTED:
                probe._note(time.thread_time() - cpu, seconds, _name(callback))

        asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]
        self._task = asyncio.ensure_future(self._watch())

    def end(self) -> None:
        self._task.cancel()
        asyncio.Handle._run = self._run  # type: ignore[method-assign]
        late = sorted(self.late)
        found = {
            "seconds": time.monotonic() - self._started,
            "process_cpu": time.process_time() - self._cpu,
            "late_median": late[len(late) // 2],
            "late_99": late[len(late) * 99 // 100],
            "late_longest": late[-1],
            "late_over_50_ms": sum(seconds > 0.05 for seconds in late),
            "callback_longest": max(self.callbacks, default=(0.0,))[0],
            "callbacks": [
                {"cpu": round(cpu, 4), "seconds": round(seconds, 4), "what": what}
                for cpu, seconds, what in sorted(self.callbacks, reverse=True)
            ],
        }
        self.path.write_text(json.dumps(found, indent=1))

    def _note(self, cpu: float, seconds: float, what: str) -> None:
        entry = (cpu, seconds, what)
        if len(self.callbacks) < KEPT:
            heappush(self.callbacks, entry)
        else:
            heappushpop(self.callbacks, entry)

    async def _watch(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(EVERY)
            self.late.append(time.perf_counter() - asked - EVERY)


def _name(callback: object) -> str:
    """What a callback is: for a step of a task, its coroutine, with where it stands now."""
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        frames = task.get_stack(limit=1)
        where = f" at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
        return f"{getattr(task.get_coro(), '__qualname__', task)}{where}"
    return repr(callback)[:300]
