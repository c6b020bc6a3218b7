"""What the rooms of one crawl share: arguments, archive, ledger, pools, workers, and whether it has to end."""

from __future__ import annotations

import asyncio
import logging
import platform
from collections import Counter
from collections.abc import Awaitable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from scrapy.settings import BaseSettings

from crawler import __version__
from crawler.archives import ARCHIVES, Archive
from crawler.arguments import Arguments
from crawler.downloader.pool import Pool
from crawler.known import Address
from crawler.ledger import Ledger
from crawler.ledger.advance import advance
from crawler.ledger.thread import LedgerThread
from pipelines.dataset.compaction import compact
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.parts import settle
from pipelines.processes.worker_pool import Workers

T = TypeVar("T")
logger = logging.getLogger(__name__)

FINISHED, FAILED, BAD_ARGUMENTS, STOPPED, SHUT_OUT, HELD = range(6)
"""Exit codes of ``scrapy crawl policies``."""

#: Requests in a row that brought no answer at all, after which the archive counts as out of reach.
SILENCES = 20


class Ended(Exception):
    """The crawl ends: whoever waits for a turn or for a worker gives up."""


class Crawl:
    """One run. Made before the event loop starts, closed after the last row is written.

    Raises ``DatasetError`` where DATA_DIR is in no state to be written to.
    """

    def __init__(self, arguments: Arguments, settings: BaseSettings, lock: DataDirLock | None = None) -> None:
        self.arguments = arguments
        self.data_dir = Path(settings["DATA_DIR"])
        self.lock = lock or DataDirLock(self.data_dir)
        self.archive: Archive = ARCHIVES[arguments.archive](arguments.archive_url)
        self.page_rows = settings.getint("CDX_PAGE_ROWS")
        self.retry_seconds = settings.getfloat("RETRY_SECONDS")
        limits = {"cdx": settings.getfloat("CDX_PER_MINUTE"), "playback": settings.getfloat("PLAYBACK_PER_MINUTE")}
        self.ledger = Ledger(self.data_dir)
        settle(self.data_dir)
        self.ledger.recover()
        self.id = self.ledger.begin_crawl(arguments.as_dict(), {"a_minute": limits, "versions": _versions()})
        self.journal = LedgerThread(self.data_dir, self.id, self.ledger, self.storage_failed)
        self.pools = {
            name: Pool(name, limit, next_at=self.ledger.pool_next_at(name), on_change=self._keep_pace)
            for name, limit in limits.items()
        }
        self.workers = Workers(settings.getint("EXTRACTION_PROCESSES"))
        self.addresses: dict[int, list[Address]] = {}
        """Addresses of domains (by id), until captures come to them: counting them costs, and each capture asks."""
        self.fetched: Counter[str] = Counter()
        """Outcomes of this run's captures."""
        self.all_read = False
        """Whether the list of what was asked for has been read to its end."""
        self.outcomes: list[tuple[str, str, int]] = []
        """At the end: (``domain`` or ``capture``, outcome, how many)."""
        self.exit_code: int | None = None
        """Set as soon as the crawl has to end early."""
        self.why = ""
        self._ended = asyncio.Event()
        self._silences = 0

    async def advance(self, domain_id: int) -> None:
        """Plans what a domain wants next, if nothing of it is under way."""
        await self.journal(advance, self.ledger, self.id, domain_id, self.arguments)

    def end(self, exit_code: int, why: str) -> None:
        """Lets the crawl end; what is under way is finished, nothing more is asked for."""
        if self.exit_code is None:
            self.exit_code, self.why = exit_code, why
            logger.log(logging.WARNING if exit_code == STOPPED else logging.ERROR, "The crawl ends: %s", why)
        self._ended.set()

    @property
    def is_ending(self) -> bool:
        return self._ended.is_set()

    def raise_if_ending(self) -> None:
        """Raises ``Ended`` once the crawl ends: what fails now may have been stopped with it."""
        if self.is_ending:
            raise Ended

    async def unless_ended(self, awaitable: Awaitable[T], patience: float = 0.0) -> T:
        """The awaitable's result. Raises ``Ended`` where it has none ``patience`` seconds after the crawl's end."""
        waiting = asyncio.ensure_future(awaitable)
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() and patience:
                await asyncio.wait((waiting,), timeout=patience)
            if not waiting.done():
                raise Ended
            return waiting.result()
        finally:
            waiting.cancel()
            ended.cancel()

    def shut_out(self, why: str) -> None:
        self.end(SHUT_OUT, f"the archive shut us out: {why}. Wait ten minutes or more, then run the same command again")

    def storage_failed(self, error: Exception) -> None:
        self.end(FAILED, f"the dataset could not be written: {error}")

    def heard(self) -> None:
        """The archive answered."""
        self._silences = 0

    def not_heard(self, why: str) -> None:
        """A request brought no answer at all."""
        self._silences += 1
        if self._silences >= SILENCES:
            self.end(SHUT_OUT, f"{SILENCES} requests in a row without an answer, the last one: {why}")

    def close(self, reason: str) -> int:
        """Ends the run; returns the exit code. ``reason`` is Scrapy's: ``finished`` where nothing cut it short."""
        if self.exit_code is None:
            self.exit_code = FINISHED if reason == "finished" else STOPPED
        self.workers.close()
        if self.exit_code == FINISHED and self.ledger.has_work(self.id):
            self.exit_code = STOPPED
        self.ledger.end_crawl(self.id, finished=self.exit_code == FINISHED)
        self.outcomes = list(self.ledger.outcomes(self.id))
        self.journal.close()
        return self.exit_code

    def leave(self) -> None:
        """After the event loop has ended: merges the part files if the crawl is done and it pays; frees DATA_DIR."""
        if self.exit_code == FINISHED:
            self._compact()
        self.lock.release()

    def _compact(self) -> None:
        try:
            done = compact(self.data_dir, only_if_it_pays=True)
        except (DatasetError, OSError) as problem:
            logger.warning("The part files were not merged: %s", problem)
        else:
            if done is not None:
                logger.info("The dataset's %d part files are %d now", done.files_before, done.files_after)

    def _keep_pace(self, name: str, next_at: float) -> None:
        self.journal.post(self.ledger.save_pool, name, next_at)


def user_agent(contact: str) -> str:
    """Names the software and whom to write to, as archives ask of their clients."""
    return f"wayback-policies/{__version__} ({contact or 'no contact set'})"


def _versions() -> dict[str, str]:
    packages = ("scrapy", "waybackpy", "trafilatura", "pyarrow", "warcio")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
