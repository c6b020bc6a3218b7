"""State shared by all parts of one run of the policies spider."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from scrapy.settings import BaseSettings
from scrapy.statscollectors import StatsCollector

from crawler.archives import ARCHIVES, Archive
from crawler.arguments import Arguments
from crawler.domains import BadLine
from crawler.downloader.budgets import BudgetMiddleware
from crawler.downloader.ending import PATIENCE, Ended, Reason
from crawler.downloader.failures import Failures
from crawler.downloader.pool import Pool
from crawler.exit_codes import FAILED, FINISHED, HELD, SHUT_OUT, STOPPED, UNHEALTHY
from crawler.figures import number_of
from crawler.forecast import Forecast
from crawler.given_settings import days
from crawler.health import measure
from crawler.ledger import Ledger, what_is_wrong
from crawler.ledger.advance import advance
from crawler.ledger.tables import publish
from crawler.ledger.taking import Taking, end_old_crawl
from crawler.ledger.thread import LedgerClosed, LedgerThread
from crawler.ledger.verdicts import read_verdicts
from crawler.planning.visits import Pace
from crawler.runs import Run, days_without_rows, read_runs, software
from crawler.settling import apply_verdicts
from crawler.withdrawal import withdraw
from pipelines.dataset.compaction import LAG
from pipelines.dataset.errors import DatasetBusyError, DatasetError
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.overrides import Overrides, read_overrides
from pipelines.dataset.parts import settle
from pipelines.outcomes import Outcome
from pipelines.processes.beginning import spare_pandas
from pipelines.processes.merging import merge_apart
from pipelines.processes.worker_pool import Workers
from pipelines.urls import archive_name

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: By the reason that the spider closes with. All others, such as Scrapy's ``shutdown``, leave work: ``STOPPED``.
EXIT_CODES = {"finished": FINISHED, Reason.SHUT_OUT: SHUT_OUT, Reason.BROKEN: SHUT_OUT, Reason.FAILED: FAILED,
              Reason.HELD: HELD}  # fmt: skip
#: The settings that decide what a crawl asks for, and how fast; ``crawls.settings`` has them.
_SETTINGS = ("CDX_PER_MINUTE", "PLAYBACK_PER_MINUTE", "CDX_PAGE_ROWS", "RETRY_SECONDS", "BELIEVED_DAYS", "MIN_REFRESH",
             "REDISCOVER_DAYS")  # fmt: skip
#: What is raised where files can't be read or written.
OF_THE_DISK = (OSError, sqlite3.Error, LedgerClosed)
#: After this many requests in a row without any answer, the archive counts as out of reach.
SILENCES = 20
#: How many of a list's unreadable lines the closing report shows.
LEFT_OUT_SHOWN = 3


@dataclass
class Crawl:
    """One run: what it was asked to do, what it works with, and how it ends. ``open`` makes it."""

    id: str
    arguments: Arguments
    data_dir: Path
    lock: DataDirLock
    archive: Archive
    ledger: Ledger
    run: Run
    settings: BaseSettings
    overrides: Overrides
    """What people say of the dataset: what is not to be fetched, and what is right."""
    in_ledger: LedgerThread
    """Runs a function in the ledger's thread: ``await crawl.in_ledger(ledger.captures.claim, crawl.id, 10, now)``."""
    budgets: BudgetMiddleware
    workers: Workers
    stats: StatsCollector
    retry_seconds: float
    believed: timedelta
    """How far apart two captures with the same text may be for nothing to be fetched between them."""
    pace: Pace
    """When domains are visited again."""
    taking: Taking
    """Takes what was asked for into the ledger."""
    failures: dict[str, Failures]
    """By pool: answers in a row that are errors of the archive."""
    forecast: Forecast = field(default_factory=Forecast)
    """How many requests are still to come."""
    fetched: int = 0
    """Captures of this run whose outcome is known."""
    not_due: int = 0
    """Domains of the list that are known, and not to be visited yet."""
    all_read: bool = False
    """True once the list of what was asked for has been read to its end."""
    outcomes: list[tuple[str, str, int]] = field(default_factory=list)
    """At the end: (``domain`` or ``capture``, outcome, how many)."""
    exit_code: int | None = None
    """Set at the end, or as soon as the crawl has to end early."""
    why: str = ""
    """Why the crawl ended early."""
    reason: str = ""
    """At the end: the reason that the spider closed with."""
    unhealthy: list[str] = field(default_factory=list)
    """At the end: a sentence for each rule of health that is broken."""
    silences: int = 0
    """Requests in a row without any answer."""
    left_out: int = 0
    """Lines of the list that could not be read."""
    left_out_first: list[BadLine] = field(default_factory=list)
    """The first few of them."""
    is_done: bool = False
    """True once everything planned is settled, even if the next run tries again what could not be had."""

    @classmethod
    def open(
        cls, arguments: Arguments, settings: BaseSettings, budgets: BudgetMiddleware, stats: StatsCollector
    ) -> Crawl:
        """Takes DATA_DIR, brings its files and its ledger together, and goes on with the crawl of these arguments.

        What is to be removed (``overrides.toml``) is taken out first, which may take minutes.

        Raises ``DatasetBusyError`` if another process holds DATA_DIR; another ``DatasetError``, ``OSError`` or
        ``sqlite3.Error`` if it can't be written to.
        """
        spare_pandas()
        data_dir = Path(settings["DATA_DIR"])
        with ExitStack() as undone:
            lock = DataDirLock(data_dir)
            undone.callback(lock.release)
            ledger = Ledger(data_dir, page_rows=settings.getint("CDX_PAGE_ROWS"))
            undone.callback(ledger.close)
            settle(data_dir)
            dataset_id(data_dir)  # the first to write makes it
            ledger.recover()
            withdraw(data_dir, ledger)
            overrides = read_overrides(data_dir)
            pace = Pace.of(settings, arguments)
            archive = ARCHIVES[arguments.archive](arguments.archive_url)
            end_old_crawl(ledger, arguments, archive_name(archive.url), pace)
            crawl_id = ledger.begin_crawl(
                arguments.as_dict(),
                archive_name(archive.url),
                source=arguments.named_by(),
                settings={name: settings[name] for name in _SETTINGS},
                software=software(),
            )
            run = Run(data_dir, settings, arguments, crawl_id)
            run.begin()
            undone.pop_all()
        crawl = cls(
            id=crawl_id,
            arguments=arguments,
            data_dir=data_dir,
            lock=lock,
            archive=archive,
            ledger=ledger,
            run=run,
            settings=settings,
            overrides=overrides,
            in_ledger=LedgerThread(data_dir, crawl_id, ledger, lambda problem: crawl.write_failed(problem)),
            budgets=budgets,
            workers=Workers(settings.getint("EXTRACTION_PROCESSES")),
            stats=stats,
            retry_seconds=settings.getfloat("RETRY_SECONDS"),
            believed=days(settings, "BELIEVED_DAYS"),
            pace=pace,
            taking=Taking(ledger, crawl_id, arguments, pace, archive.offers_newest),
            failures={name: Failures(settings.getfloat("RETRY_SECONDS")) for name in budgets.pools},
        )
        return crawl

    @property
    def pools(self) -> dict[str, Pool]:
        return self.budgets.pools

    async def advance(self, domain_id: int) -> None:
        """Plans what a domain wants next, if nothing of it is under way."""
        done = await self.in_ledger(
            advance, self.ledger, self.id, domain_id, self.arguments, self.overrides,
            believed=self.believed, pace=self.pace,
        )  # fmt: skip
        if done is None:
            return
        if done.later is not None:
            self.forecast.advanced(domain_id, done.later)
        elif done.outcome is not None:
            self.forecast.finished(domain_id)
            self.stats.inc_value(f"wayback/domains/{done.outcome}")

    async def in_worker(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, from a worker process. Raises ``WorkerFailed``, or ``Ended`` soon after the end."""
        work = self.workers.run(function, *args, **kwargs)
        return await self.budgets.ending.unless(work, patience=PATIENCE)

    def count(self, outcome: StrEnum) -> None:
        """Counts what became of a capture, also in Scrapy's stats."""
        self.fetched += 1
        self.stats.inc_value(f"wayback/captures/{outcome}")

    # --- ending

    def end(self, reason: Reason, why: str) -> None:
        """Lets the crawl end early: what is under way is finished, nothing more is asked for."""
        self.budgets.end(reason, why)

    def note_ending(self, reason: Reason, why: str) -> None:
        """Notes how the crawl ends. The first reason counts."""
        if self.exit_code is None:
            self.exit_code, self.why = EXIT_CODES.get(reason, STOPPED), why

    @property
    def is_ending(self) -> bool:
        return self.budgets.ending.is_set

    def raise_if_ending(self) -> None:
        """Raises ``Ended`` if the crawl is ending: a failure now may be caused by the shutdown."""
        if self.is_ending:
            raise Ended

    def heard(self) -> None:
        """Notes that the archive answered."""
        self.silences = 0

    def not_heard(self, why: str) -> None:
        """Notes that a request brought no answer at all."""
        self.silences += 1
        self.stats.inc_value("wayback/silences")
        if self.silences >= SILENCES:
            self.end(Reason.SHUT_OUT, f"{SILENCES} requests in a row without an answer, the last one: {why}")

    def served(self, pool: str) -> None:
        """Notes an answer of the archive that is no error."""
        self.failures[pool].forget()

    def not_served(self, pool: str, domain: str, why: str) -> None:
        """Notes an answer that is an error of the archive. Ends the crawl if all are."""
        failures = self.failures[pool]
        if failures.add(domain):
            self.end(
                Reason.BROKEN,
                f"the archive is broken, or {self.arguments.archive_url} is not its address: {failures.count} errors in"
                f" a row from {pool}, the last one for {domain}: {why}. Run the same command again once it works",
            )

    def leave_out(self, line: BadLine) -> None:
        """Notes a line of the list that could not be read."""
        logger.warning("Line %d left out: %s: %s", line.number, line.text[:100], line.reason)
        self.left_out += 1
        if len(self.left_out_first) < LEFT_OUT_SHOWN:
            self.left_out_first.append(line)

    def write_failed(self, problem: Exception) -> None:
        """Ends the crawl with ``FAILED``, however else it was to end: not all is on disk."""
        self._failed(problem)
        self.end(Reason.FAILED, self.why)

    def _failed(self, problem: Exception) -> None:
        """Notes that the crawl ends with ``FAILED``. The first problem counts."""
        if self.exit_code == FAILED:
            return
        why = f"the dataset could not be written: {problem}"
        if not isinstance(problem, OF_THE_DISK):
            logger.error("An error of ours: %s", why, exc_info=problem)
        self.exit_code, self.why, self.is_done = FAILED, why, False

    def close(self, reason: str) -> None:
        """Ends the run. ``reason`` is the one that the spider closes with: ``finished`` if nothing cut it short."""
        self.reason = reason
        if reason.startswith("closespider_"):
            self.note_ending(Reason.STOPPED, "")
            self.why = f"{reason.upper()} is reached"
        if self.exit_code is None:
            self.exit_code = EXIT_CODES.get(reason, STOPPED)
            self.why = "" if reason == "finished" else reason
        self.workers.close()
        self.in_ledger.close()
        try:
            self._note_the_end()
        except OF_THE_DISK as problem:
            self._failed(problem)
            with suppress(*OF_THE_DISK):  # what was noted before says another exit code
                self.ledger.end_crawl(self.id, FAILED, dict.fromkeys(self.pools, 0))
        self.ledger.close()
        for table, outcome, count in self.outcomes:
            self.stats.set_value(f"wayback/crawl/{table}s/{outcome.replace(' ', '_')}", count)
        self.stats.set_value("wayback/crawl/id", self.id)
        self.stats.set_value("wayback/crawl/exit_code", self.exit_code)  # monitors look while part files are merged

    def _note_the_end(self) -> None:
        """Notes how the crawl ended, and publishes the tables. It has not finished if something is left."""
        missing = self.ledger.domains.end_run(self.id)
        if self.exit_code == FINISHED:
            self.exit_code, self.why = self._how_it_finished(missing)
        self.outcomes = list(self.ledger.outcomes(self.id))
        self._look_after_health()
        assert self.exit_code is not None
        self.ledger.end_crawl(self.id, self.exit_code, {name: pool.sent for name, pool in self.pools.items()})
        publish(self.ledger.db, self.data_dir)

    def _how_it_finished(self, missing: int) -> tuple[int, str]:
        """The exit code of a crawl that nothing cut short, and why it is not 0.

        ``missing``: of how many domains not all could be had, for reasons that may pass.
        """
        spent = [f"{name.upper()}_REQUESTS={pool.requests}" for name, pool in self.pools.items() if not pool.left]
        unwritten = self.ledger.unwritten(self.id)
        if unwritten and not spent:
            return FAILED, f"{unwritten} captures were asked for and not written; the same command asks for them again"
        if unwritten or self.ledger.has_work(self.id) or (spent and not self.all_read):
            return STOPPED, f"the run has sent all requests that it may: {', '.join(spent)}" if spent else ""
        self.is_done = True
        if missing:
            return STOPPED, f"of {number_of(missing, 'domain')} not all could be had, for reasons that may pass"
        return FINISHED, ""

    def _look_after_health(self) -> None:
        """Measures how healthy the run was. A crawl that is done is ``UNHEALTHY`` if a rule is broken."""
        captures = {str(outcome): self.stats.get_value(f"wayback/captures/{outcome}", 0) for outcome in Outcome}
        domains = {outcome: count for table, outcome, count in self.outcomes if table == "domain"}
        rows = self.stats.get_value("wayback/rows", 0)
        in_vain = 0.0 if rows else days_without_rows(read_runs(self.data_dir), datetime.now(UTC))
        health = measure(captures, domains, in_vain)
        for name, value in health.values.items():
            self.stats.set_value(f"wayback/health/{name}", value)
        self.unhealthy = health.broken(self.settings)
        self.stats.set_value("wayback/health/broken_rules", len(self.unhealthy))
        if self.unhealthy and self.exit_code == FINISHED:
            self.exit_code = UNHEALTHY

    def record(self) -> None:
        """Writes the record of the run, when all else is done. If that fails, the crawl has not finished."""
        assert self.exit_code is not None
        self.stats.set_value("wayback/crawl/exit_code", self.exit_code)
        try:
            self.run.end(
                exit_code=self.exit_code, reason=self.reason, why=self.why, stats=self.stats.get_stats(),
                unhealthy=self.unhealthy,
            )  # fmt: skip
        except OSError as problem:
            self._failed(problem)
            self.stats.set_value("wayback/crawl/exit_code", self.exit_code)

    def compact(self) -> None:
        """Brings rows and histories in line with the ledger, and merges part files if it pays. May take minutes.

        A crawl that was cut short leaves that to the next one. If a file is damaged, the crawl is ``UNHEALTHY``; if the
        disk fails, it has not finished.
        """
        if not self.is_done:
            return
        noted = self.exit_code
        try:
            with closing(Ledger(self.data_dir)) as ledger:
                merge = partial(merge_apart, read_verdicts=partial(read_verdicts, self.data_dir))
                done, _ = apply_verdicts(self.data_dir, ledger, only_if_it_pays=True, lag=LAG, merge_by=merge)
            if done is not None:
                logger.info("The dataset's %d part files are %d now", done.files_before, done.files_after)
        except DatasetError as problem:
            self.unhealthy.append(f"rows and histories are not up to date: {problem}")
            logger.warning("Rows and histories are not up to date: %s", problem)
            if self.exit_code == FINISHED:
                self.exit_code = UNHEALTHY
        except OF_THE_DISK as problem:
            self._failed(problem)
        if self.exit_code is not None and self.exit_code != noted:  # the ledger, and the table ``crawls``, say another
            with suppress(DatasetError, *OF_THE_DISK), closing(Ledger(self.data_dir)) as ledger:
                ledger.end_crawl(self.id, self.exit_code, dict.fromkeys(self.pools, 0))
                publish(ledger.db, self.data_dir)


def why_refused(problem: Exception, data_dir: str) -> tuple[Reason, str]:
    """Why a crawl could not begin: the reason that the spider closes with, and a sentence for the user."""
    match problem:
        case DatasetBusyError():
            return Reason.HELD, str(problem)
        case DatasetError():
            return Reason.FAILED, str(problem)
        case sqlite3.Error():
            return Reason.FAILED, what_is_wrong(problem, Path(data_dir))
        case OSError():
            return Reason.FAILED, f"DATA_DIR={data_dir} can't be used: {problem}"
        case _:
            logger.error("The crawl could not begin", exc_info=problem)
            return Reason.FAILED, f"an error of ours: {problem}"
