"""A scheduled crawl's life: a first crawl of invented domains, a year of weekly ones, then weeks with nothing new.

    python benchmarks/life.py [--sites 500] [--weeks 52] [--quiet 26] [--seed 7]

The time is simulated (``time-machine``). Ledger, planning, answers, part files, merges, verdicts and histories are the
real ones; the archive and its texts are made here, and no request is sent. So budgets, pauses and WARC files are no
matter of this benchmark.

Sites change their policy, move it (by a redirect, or without one), die, or get one; the archive captures them from
once a week to twice a year. Its index names some captures weeks late, and the archive gains some as late. Most weeks
have one fault: the index can't answer, playback can't answer some requests, or the crawl is killed and run again.

At the end a fresh crawl of everything tells which versions the year of visits has missed. The quiet weeks tell what a
week costs.
"""

from __future__ import annotations

import argparse
import logging
import random
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

sys.path.insert(0, str(Path(__file__).parents[1]))

from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import Target
from crawler.ledger import Ledger
from crawler.ledger.verdicts import verdicts
from crawler.settling import apply_verdicts
from pipelines.columns import some_columns
from pipelines.dataset.compaction import LAG, due_for_merging, merge_aside, put_in_place, scratch
from pipelines.dataset.lifting import PartFile, number_of_rows
from pipelines.dataset.merging import CAPTURE_KEY
from pipelines.dataset.part_writer import TO_BE_MERGED, Layout, write_part
from pipelines.dataset.reading import part_files
from pipelines.dataset.rows import policy_row, policy_table
from pipelines.document import Item
from pipelines.history.kept import read_versions
from pipelines.schema import POLICIES
from pipelines.timestamps import digits
from tests.support.played_crawl import Played, PlayedArchive

START = datetime(2026, 1, 5, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
YEARS_BEFORE = 8
#: The pace of the list's crawls.
REFRESH = "7d"
#: Captures of a part file.
FLUSH_ROWS = 500
#: What may befall a week's crawl; most weeks have one of the first three.
FAULTS = ("index", "playback", "killed", None)


class Killed(Exception):
    """The crawl's process dies."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture, from when on playback has it, and from when on the index names it."""

    url: str
    at: datetime
    content: str
    playable: datetime
    listed: datetime


@dataclass
class Site:
    """An invented domain, with all that is ever captured of it."""

    domain: str
    captures: list[Capture] = field(default_factory=list)

    def seen(self, now: datetime) -> PlayedArchive:
        """What the archive has of it at a time."""
        there = [one for one in self.captures if one.playable <= now]
        captures = [(one.url, digits(one.at), one.content) for one in there]
        return PlayedArchive(captures, {(one.url, digits(one.at)) for one in there if one.listed > now})


def invent(number: int, seed: int, weeks: int) -> Site:
    """The ``number``-th site, the same for the same seed."""
    dice = random.Random(f"{seed} {number}")
    site = Site(f"site{number}.example")
    if dice.random() < 0.05:
        return site  # nothing is archived
    begin = START - timedelta(days=365 * YEARS_BEFORE * dice.random() + 60)
    end = START + WEEK * weeks if dice.random() < 0.9 else _between(dice, begin, START + WEEK * weeks)
    gap = timedelta(days=dice.choice([7, 14, 30, 60, 180]))
    first_policy = begin if dice.random() < 0.9 else _between(dice, begin, START + WEEK * weeks * 2)
    change_gap = 365 / dice.choice([0.3, 0.7, 1.5, 3])
    moves = dice.choice(["redirect", "silent"]) if dice.random() < 0.2 else ""
    moved = _between(dice, first_policy, START + WEEK * weeks) if moves else end + WEEK
    path = "about/our-word" if dice.random() < 0.1 else dice.choice(["privacy", "legal/privacy", "privacy.html"])
    later_path = "privacy-notice"
    version, next_change, when = 1, first_policy + timedelta(days=dice.expovariate(1 / change_gap)), begin
    while when < end:
        while when >= next_change:
            version, next_change = version + 1, next_change + timedelta(days=dice.expovariate(1 / change_gap))
        here = f"http://{site.domain}/{later_path if when >= moved else path}"
        text = f"policy of {site.domain}, version {version}"
        has_policy = when >= first_policy
        _capture(dice, site, f"http://{site.domain}/", when, f"link {here}" if has_policy else "a homepage")
        if has_policy:
            _capture(dice, site, here, when + timedelta(hours=1), text)
        if when >= moved and moves == "redirect":
            _capture(dice, site, f"http://{site.domain}/{path}", when + timedelta(hours=2), f"-> {here}")
        when += gap * dice.uniform(0.5, 1.5)
    return site


def _between(dice: random.Random, first: datetime, last: datetime) -> datetime:
    return first + (last - first) * dice.random()


def _capture(dice: random.Random, site: Site, url: str, at: datetime, content: str) -> None:
    at = at.replace(microsecond=0)
    late = timedelta(days=dice.uniform(10, 90))
    luck = dice.random()
    playable = at + late if luck < 0.03 else at
    site.captures.append(Capture(url, at, content, playable, at + late if luck < 0.15 else at))


class LifeArchive(PlayedArchive):
    """The archive as it is now, with the fault of the week."""

    def __init__(self, sites: list[Site]) -> None:
        super().__init__()
        self.sites = {site.domain: site for site in sites}
        self.fault: str | None = None
        self.answers = 0

    def cdx(self, address: str) -> tuple[int, str]:
        now = self._answer()
        domain = next(part for part in address.replace("%2F", "/").replace("=", "/").split("/") if ".example" in part)
        if self.fault == "index":
            return 503, "not now"
        return self._of(domain.partition("&")[0], now).cdx(address)

    def playback(self, asked: PlaybackRequest) -> tuple[int, dict[str, str], str]:
        now = self._answer()
        if self.fault == "playback" and self.answers % 7 == 0:
            return 503, {}, ""
        return self._of(asked.work.domain, now).playback(asked)

    def _answer(self) -> datetime:
        self.answers += 1
        if self.fault == "killed" and self.answers >= len(self.sites) // 2:
            raise Killed
        return datetime.now(UTC)

    def _of(self, domain: str, now: datetime) -> PlayedArchive:
        return self.sites[domain].seen(now)


class Living(Played):
    """One DATA_DIR with all its tables, and the crawls of it."""

    def __init__(self, folder: Path, archive: LifeArchive) -> None:
        super().__init__(folder, archive)
        self.folder = folder
        self.most_files = 0
        """The most part files that a reader met."""
        self.rows = 0
        self.written = 0
        """Rows of captures, and rows that were written: those that were merged more than once."""
        self._waiting: list[Item] = []

    def crawl(self, *domains: str, **arguments: Any) -> Counter[str]:
        asked = super().crawl(*domains, **arguments)
        merged, _ = apply_verdicts(self.folder, self.ledger, only_if_it_pays=True, lag=LAG, merge_by=self.merge_by)
        self.written += merged.rows if merged is not None else 0
        return asked

    def merge_by(self, paths: Sequence[Path], folder: Path, layout: Layout) -> None:
        """Writes what some part files become into a folder."""
        merge_aside(paths, folder, layout, read_verdicts=lambda: verdicts(self.ledger.db))

    def killed(self) -> None:
        """The process is dead, and another one opens DATA_DIR."""
        self._waiting.clear()
        self.ledger.close()
        self.ledger = Ledger(self.folder)
        self.ledger.recover()

    async def work(self, targets: Iterable[Target]) -> None:
        await super().work(targets)
        self.flush()

    def store(self, item: Item | None) -> None:
        if item is not None:
            self._waiting.append(item)
        if len(self._waiting) >= FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes a part file, and merges some where that is due, as a crawl does on its way."""
        items, self._waiting = self._waiting, []
        rows = [policy_row(item) for item in items if item.document is not None]
        dataset, policies = self.ledger.dataset, self.folder / "policies"
        name = dataset.next_part(self.id)
        dataset.begin_part(name, len(rows), [capture for item in items for capture in item.settles], {})
        if rows:
            write_part(policies / name, policy_table(rows))
        self.rows, self.written = self.rows + len(rows), self.written + len(rows)
        dataset.finish_part(name)
        if due := due_for_merging(self.folder):
            with scratch(self.folder) as aside:
                self.merge_by(due, aside, TO_BE_MERGED)
                self.written += sum(map(number_of_rows, part_files(aside)))
                put_in_place(self.folder, set(part_files(policies)) - set(due), aside)
        self.most_files = max(self.most_files, len(part_files(policies)))


def run(played: Living, archive: LifeArchive, fault: str | None, **arguments: str) -> Counter[str]:
    """A week's crawl with its fault, and the runs of it that come after."""
    asked: Counter[str] = Counter()
    archive.fault, archive.answers = fault, 0
    with suppress(Killed):
        asked += played.crawl(*archive.sites, **arguments)
    if fault == "killed":
        asked += Counter(request.partition(" ")[0] for request in played.asked)
        played.killed()
        archive.fault = None
        asked += played.crawl(*archive.sites, **arguments)
    return asked


def versions(played: Living) -> set[tuple[str, str]]:
    """(domain, text) of all versions in the dataset."""
    tables = [table.select(["domain", "text_sha256"]) for table in read_versions(played.folder)]
    return {(row["domain"], row["text_sha256"]) for table in tables for row in table.to_pylist()}


def twice(played: Living) -> int:
    """How many rows of ``policies`` have the key of another one."""
    tables = (PartFile(path, some_columns(POLICIES, CAPTURE_KEY)).batches(65_536)
              for path in part_files(played.folder / "policies"))  # fmt: skip
    keys = [tuple(row.values()) for batches in tables for batch in batches for row in batch.to_pylist()]
    return len(keys) - len(set(keys))


def live(archive: LifeArchive, folder: Path, options: argparse.Namespace) -> Iterator[str]:
    """The year, line by line."""
    dice = random.Random(options.seed)
    folder.joinpath("life").mkdir()
    with time_machine.travel(START, tick=False) as clock:
        played = Living(folder / "life", archive)
        sites = len(archive.sites)
        yield "week  fault     playback/domain  cdx/domain  not due  captures known  ledger   files  peak memory"
        quiet: Counter[str] = Counter()
        for week in range(options.weeks + options.quiet + 1):
            clock.move_to(START + WEEK * week)
            is_quiet = week > options.weeks
            fault = dice.choice(FAULTS) if week and not is_quiet else None
            asked = run(played, archive, fault, refresh=REFRESH)
            if is_quiet:
                quiet += asked
            known = played.ledger.db.execute("SELECT count(*) FROM captures").fetchone()[0]
            size = sum(path.stat().st_size for path in (folder / "life").glob("crawl.sqlite*"))
            yield (
                f"{week:4}  {fault or '-':8}  {asked['playback'] / sites:15.2f}  {asked['cdx'] / sites:10.3f}"
                f"  {played.not_due:7}  {known:14,}  {size / 1e6:5.1f} MB  {played.most_files:5}"
                f"  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB"
            )
            if week == options.weeks:
                yield from _compared(played, archive, folder)
        yield f"{played.rows:,} rows, each written {played.written / played.rows:.2f} times"
        if options.quiet:
            share = {pool: quiet[pool] / options.quiet / sites for pool in ("playback", "cdx")}
            yield f"a quiet week, requests per domain: {share['playback']:.3f} playback, {share['cdx']:.3f} CDX"
            for pool, a_day in (("playback", 691_200), ("cdx", 34_560)):
                yield f"500,000 domains: {share[pool] * 500_000 / a_day:.2f} days of the {pool} budget a week"


def _compared(played: Living, archive: LifeArchive, folder: Path) -> Iterator[str]:
    folder.joinpath("fresh").mkdir()
    archive.fault = None
    fresh = Living(folder / "fresh", archive)
    fresh.crawl(*archive.sites)
    ours, all_of_it = versions(played), versions(fresh)
    yield (
        f"versions: {len(ours & all_of_it):,} of the {len(all_of_it):,} of a fresh crawl"
        f" ({len(ours & all_of_it) / max(len(all_of_it), 1):.1%}), {len(ours - all_of_it):,} more;"
        f" {twice(played)} rows twice"
    )
    missed = Counter(domain for domain, _ in all_of_it - ours)
    yield f"missed: {dict(missed.most_common(10))}"
    fresh.ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--quiet", type=int, default=26)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # a fault says so in a line for each domain
    archive = LifeArchive([invent(number, options.seed, options.weeks) for number in range(options.sites)])
    with tempfile.TemporaryDirectory() as folder:
        for line in live(archive, Path(folder), options):
            print(line, flush=True)


if __name__ == "__main__":
    main()
