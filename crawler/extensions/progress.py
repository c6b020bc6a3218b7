"""What a person sees of a crawl: a progress line on a terminal or log lines elsewhere, and a report at the end."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, TextIO

from crawler.downloader.pool import Pool
from crawler.runs import counts
from pipelines.tools.terminal import wrapped

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.crawl import Crawl

logger = logging.getLogger(__name__)

#: Seconds between two looks at the crawl: for a person who watches, and for a log.
LINE_SECONDS = 0.5
LOG_SECONDS = 60.0
#: The largest part of the time in which the ledger may be busy with counting.
SHARE_OF_TIME = 0.05

#: By exit code.
ENDINGS = (
    "everything planned is settled",
    "ended by an error of ours",
    "",  # bad arguments: no crawl has begun
    "ended with work left; the same command resumes it",
    "ended by the archive; the same command resumes it",
    "",  # DATA_DIR is held: no crawl has begun
    "everything planned is settled, and it is not healthy",
)


class Progress:
    """The Scrapy extension that shows a crawl. It is silent until a spider calls ``begin``."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        return cls(sys.stderr)

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._line_shown = False

    def begin(self, crawl: Crawl) -> None:
        """Begins to show a crawl that is open."""
        self.crawl = crawl
        self._started = time.monotonic()
        if self._is_terminal:
            for handler in logging.root.handlers:
                handler.addFilter(self._clear_line)
        self._task = asyncio.ensure_future(self._watch())

    def end(self) -> None:
        """Prints the report of a crawl that is closed."""
        self._task.cancel()
        self._clear_line()
        for handler in logging.root.handlers:
            handler.removeFilter(self._clear_line)
        text = report(self.crawl, time.monotonic() - self._started)
        if sys.stdout.isatty():
            text = wrapped(text, shutil.get_terminal_size().columns)
        print(text)  # noqa: T201 (the command's result)

    async def _watch(self) -> None:
        rates = {name: Rate(pool) for name, pool in self.crawl.pools.items()}
        every = LINE_SECONDS if self._is_terminal else LOG_SECONDS
        pause = every
        while True:
            await asyncio.sleep(pause)
            before = time.monotonic()
            counts = await self.crawl.in_ledger(self.crawl.ledger.progress, self.crawl.id)
            for name, count in counts.items():
                self.crawl.stats.set_value(f"wayback/progress/{name}", count)
            parts = progress(counts, self.crawl, rates, time.monotonic() - self._started)
            if self._is_terminal:
                columns = os.get_terminal_size(self._stream.fileno()).columns or 80  # some terminals don't know
                self._stream.write(f"\r\x1b[2K{fitted(parts, columns)}")
                self._stream.flush()
                self._line_shown = True
            else:
                logger.info("  ".join(parts))
            pause = max(every, (time.monotonic() - before) / SHARE_OF_TIME)

    def _clear_line(self, record: object = None) -> bool:
        """Removes the progress line before something else is printed. As a logging filter it lets everything pass."""
        if self._line_shown:
            self._stream.write("\r\x1b[2K")
            self._line_shown = False
        return True


class Rate:
    """Requests of a pool in the last minute."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._seen: deque[tuple[float, int]] = deque([(time.monotonic(), pool.sent)])

    def a_minute(self) -> float:
        """How many there were, by the minute."""
        now = time.monotonic()
        self._seen.append((now, self.pool.sent))
        while len(self._seen) > 2 and now - self._seen[1][0] >= 60:
            self._seen.popleft()
        then, sent = self._seen[0]
        return (self.pool.sent - sent) / max(now - then + self.pool.interval, 1.0) * 60

    def to_come(self) -> float:
        """How many there will be by the minute: as in the last one; a run that is younger may use its budget."""
        a_minute = self.a_minute()
        seen = min(time.monotonic() - self._seen[0][0], 60) / 60
        return max(a_minute * seen + (self.pool.per_minute or a_minute) * (1 - seen), 1.0)


def progress(counts: dict[str, int], crawl: Crawl, rates: dict[str, Rate], seconds: float) -> list[str]:
    """Domains done, captures fetched, both pools' use, time left."""
    parts = [
        f"domains {counts['domains_done']:,}/{counts['domains']:,}{'' if crawl.all_read else '+'}",
        f"captures {crawl.fetched:,}",
    ]
    left = {name: (float(counts[name]),) * 2 for name in rates}
    left["playback"] = crawl.forecast.left(
        open_domains=counts["domains"] - counts["domains_done"],
        planned=counts["playback"],
        sent=crawl.pools["playback"].sent,
        fetched=crawl.fetched,
    )
    fewest = most = 0.0
    for name, rate in rates.items():
        a_minute = rate.a_minute()
        budget = f"/{rate.pool.per_minute:g}" if rate.pool.per_minute else ""
        paused = f" (paused {rate.pool.paused_for:.0f} s)" if rate.pool.paused_for else ""
        parts.append(f"{name} {a_minute:.0f}{budget} a minute{paused}")
        if any(left[name]):
            times = [rate.pool.paused_for + requests / rate.to_come() * 60 for requests in left[name]]
            fewest, most = max(fewest, times[0]), max(most, times[1])
    more = "" if crawl.all_read else "at least "
    parts.append(f"left {more}{between(fewest, most)}" if most else f"running {duration(seconds)}")
    return parts


def fitted(parts: list[str], columns: int) -> str:
    """A line of as many parts as a terminal has room for: the first and the last one, and the others from behind."""
    shown = list(parts)
    while len(shown) > 2 and len("  ".join(shown)) >= columns:
        del shown[1]
    return "  ".join(shown)[: columns - 1]  # in the last column some terminals begin a new line


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 20 min``, ``4 d 6 h``"""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def between(least: float, most: float) -> str:
    """A range of durations, in the unit of the longer one where they have one: ``12 to 20 min``."""
    shortest, longest = duration(least), duration(most)
    if shortest == longest:
        return longest
    unit = f" {longest.rpartition(' ')[2]}"
    return f"{shortest.removesuffix(unit) if shortest.count(' ') == 1 else shortest} to {longest}"


def report(crawl: Crawl, seconds: float) -> str:
    """The report of a crawl, for the person who started it: what this run did, then what is known of all its domains.

    Both are the same for a crawl of one run. A domain that an earlier run was done with counts in the second only. A
    crawl whose domains are all left for later has no second part, which would read as if nothing were known.
    """
    assert crawl.exit_code is not None
    why = f": {crawl.why}" if crawl.why else ""
    run = counts(crawl.stats.get_stats())
    in_all: dict[str, Counter[str]] = {"domain": Counter(), "capture": Counter()}
    for table, outcome, count in crawl.outcomes:
        in_all[table][outcome] += count
    requests = ", ".join(f"{pool.sent:,} {name}" for name, pool in crawl.pools.items())
    return "\n".join(
        [
            f"Crawl {crawl.id}: {ENDINGS[crawl.exit_code]} (exit code {crawl.exit_code}){why}",
            *(f"unhealthy {rule}" for rule in crawl.unhealthy),
            *_left_out(crawl),
            *_not_due(crawl),
            f"this run  {requests} in {duration(seconds)}, {run['rows']:,} rows written",
            f"  domains   {_counts(Counter(run['domains']))}",
            f"  captures  {_counts(Counter(run['captures']))}",
            *_in_all(in_all),
            f"dataset   {crawl.data_dir}",
        ]
    )


def _in_all(outcomes: dict[str, Counter[str]]) -> list[str]:
    """The lines that say what is known of the crawl's domains; none where it has none."""
    if not outcomes["domain"]:
        return []
    return ["in all", *(f"  {f'{table}s':<8}  {_counts(outcomes[table])}" for table in outcomes)]


def _left_out(crawl: Crawl) -> list[str]:
    """The line that says how many lines of the list could not be read; none where all could."""
    if not crawl.left_out:
        return []
    lines = "; ".join(f"line {line.number}: {line.reason}" for line in crawl.left_out_first)
    more = crawl.left_out - len(crawl.left_out_first)
    noun = "line" if crawl.left_out == 1 else "lines"
    return [f"left out  {crawl.left_out:,} {noun} of the list: {lines}{f'; and {more:,} more' if more else ''}"]


def _not_due(crawl: Crawl) -> list[str]:
    """The line that says how many known domains of the list were left for later; none where all were due."""
    if not crawl.not_due:
        return []
    return [f"not due   {crawl.not_due:,} {'domain is' if crawl.not_due == 1 else 'domains are'} not due"]


def _counts(counts: Counter[str]) -> str:
    parts = [f"{count:,} {outcome}" for outcome, count in counts.most_common()]
    return f"{sum(counts.values()):,}: {', '.join(parts)}" if parts else "0"
