"""What each stage of a scheduled crawl's life costs, and by which law it grows with the number of domains.

    python benchmarks/laws.py FOLDER [--sites 1250 5000] [--weeks 8] [--seed 7]

The life of ``life.py`` without its faults: a first crawl of invented domains and weekly ones, in simulated time and
without HTTP; then ``scrapy compact``'s merge of all part files, a release, and the status. Ledger, planning, answers,
part files, merges, verdicts and histories are the real ones. Policies are of some 10 KB, a new version differs in a
paragraph or two. Extraction, WARC files, budgets and the downloader are no part of it: ``throughput.py`` has those.

Each step is a process of its own, as a crawl is. What the invented archive takes is measured apart and left out. A
number of domains that has been measured in FOLDER before is not measured again.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import resource
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial, wraps
from itertools import islice
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import time_machine
from law_table import table
from life import REFRESH, START, WEEK, LifeArchive, Living, invent
from release import sentences
from stage import children, cpu_seconds

from crawler import settling
from crawler.answers.cdx import IndexAnswers
from crawler.answers.playback import PlaybackAnswers
from crawler.arguments import Target
from crawler.ledger import Ledger
from crawler.ledger.verdicts import read_verdicts
from crawler.status import status
from pipelines.dataset.compaction import merge_aside
from pipelines.dataset.lifting import number_of_rows
from pipelines.dataset.part_writer import Layout
from pipelines.dataset.reading import part_files
from pipelines.document import Document, Item
from pipelines.processes.batch import run
from pipelines.processes.merging import merge_apart
from pipelines.release.build import release
from pipelines.tools.standing import disk_use
from tests.support.played_crawl import PlayedArchive, document

P = ParamSpec("P")
T = TypeVar("T")

#: Captures of a part file: what 480 requests a minute bring in two minutes.
FLUSH_ROWS = 800
#: Domains that are taken at once.
AT_ONCE = 200
#: Seconds between two looks at the memory.
LOOK = 0.05
_PAGE = resource.getpagesize()


class Costs:
    """Processor time, time by the clock and peak memory by stage. What a stage has within it counts as its own alone.

    Those of ended children count. Memory is the sum over the process and its children, what they share in each.
    """

    def __init__(self) -> None:
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.peak: Counter[str] = Counter()
        self._open = ["rest"]
        self._others, self._look_again = 0.0, 0.0
        self._since = self._used(), time.perf_counter()
        threading.Thread(target=self._watch, daemon=True).start()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._lap()
        self._open.append(name)
        try:
            yield
        finally:
            self._lap()
            self._open.pop()

    def turn(self, name: str) -> None:
        """What comes now is another stage."""
        self._lap()
        self._open[-1] = name

    def of(self, name: str, function: Callable[P, T]) -> Callable[P, T]:
        """The function as a stage."""

        @wraps(function)
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            with self.stage(name):
                return function(*args, **kwargs)

        return measured

    def _used(self) -> float:
        """CPU seconds so far. Those of the other processes are some 50 ms old at most: to look takes 0.2 ms, and with
        each request to the archive two stages end."""
        if (now := time.perf_counter()) >= self._look_again:
            self._others, self._look_again = cpu_seconds() - time.process_time(), now + 0.05
        return time.process_time() + self._others

    def _lap(self) -> None:
        now = self._used(), time.perf_counter()
        self.cpu[self._open[-1]] += now[0] - self._since[0]
        self.wall[self._open[-1]] += now[1] - self._since[1]
        self._since = now

    def _watch(self) -> None:
        while True:
            stage = self._open[-1]
            self.peak[stage] = max(self.peak[stage], resident("self"))
            time.sleep(LOOK)

    def as_dict(self) -> dict[str, dict[str, float]]:
        return {
            name: {"cpu": self.cpu[name], "wall": self.wall[name], "peak": self.peak[name]} for name in sorted(self.cpu)
        }


def resident(process: int | str) -> int:
    """Bytes of memory of a process and of all that it has started."""
    try:
        own = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return own + sum(map(resident, children(process)))


class LargeArchive(LifeArchive):
    """The archive of many sites, each of which is invented when it is asked for."""

    def __init__(self, costs: Costs, seed: int, weeks: int) -> None:
        super().__init__([])
        self._site = lru_cache(256)(lambda number: invent(number, seed, weeks))
        self._now: dict[str, PlayedArchive] = {}
        self.cdx = costs.of("archive", self.cdx)  # type: ignore[method-assign]
        self.playback = costs.of("archive", self.playback)  # type: ignore[method-assign]

    def _of(self, domain: str, now: datetime) -> PlayedArchive:
        if domain not in self._now:
            if len(self._now) > 300:
                self._now.clear()
            self._now[domain] = self._site(int(domain[4 : -len(".example")])).seen(now)
        return self._now[domain]


@lru_cache(500)
def policy(domain: str, version: int) -> str:
    """The words of a version of a site's policy: some 10 KB."""
    dice, pool = random.Random(domain), _pool()
    paragraphs = [" ".join(dice.sample(pool, 4)) for _ in range(22)]
    for _ in range(version - 1):
        place = dice.randrange(len(paragraphs))
        paragraphs[place : place + dice.randrange(2)] = [" ".join(dice.sample(pool, 3))]
    return "\n\n".join(paragraphs)


@lru_cache(1)
def _pool() -> list[str]:
    return sentences()


class Measured(Living):
    """A crawl, its stages measured."""

    def __init__(self, folder: Path, archive: LifeArchive, costs: Costs) -> None:
        self.costs = costs
        with costs.stage("start"):
            super().__init__(folder, archive)
            self.ledger.recover()
        self.requests: Counter[str] = Counter()
        self.stored = 0

    def crawl(self, *domains: str, **arguments: Any) -> Counter[str]:
        with self.costs.stage("start"):  # ``work`` turns it to its end
            asked = super().crawl(*domains, **arguments)
            list(self.ledger.outcomes(self.id))
        return asked

    async def work(self, targets: Iterable[Target]) -> None:
        """As the spider does: domains are taken when there is nothing else to do."""
        index, playback = IndexAnswers(self), PlaybackAnswers(self)  # type: ignore[arg-type]
        targets = list(targets)
        with self.costs.stage("queue"):
            self.not_due = self.taking.queue(targets)
        with self.costs.stage("crawl"):
            new = iter(targets)
            while await self.fetch(index, playback) or self.taking.take_queued(AT_ONCE) or await _take(index, new):
                self.requests.update(request.partition(" ")[0] for request in self.asked)
                self.asked.clear()
            self.flush()
        self.costs.turn("end")

    def store(self, item: Item | None) -> None:
        if item is not None:
            self.stored += 1
            item.warc_file, item.warc_offset = f"{self.id}.warc.gz", self.stored
            self._waiting.append(item)
        if len(self._waiting) >= FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        with self.costs.stage("part files"):
            super().flush()

    def merge_by(self, paths: Sequence[Path], folder: Path, layout: Layout) -> None:
        """In a process of its own, as the crawl does."""
        verdicts = partial(read_verdicts, self.folder)
        merge = partial(merge_aside, folder=folder, layout=layout, read_verdicts=verdicts)
        with self.costs.stage("merge"):
            list(run("processes", merge, [paths], processes=1))

    async def in_worker(self, function: Any, *args: Any, **about: Any) -> Any:
        with self.costs.stage("archive"):
            content: str = args[0].decode()
            if function.__name__ == "extract" and content.startswith("policy"):
                return _document(content)
            return await super().in_worker(function, *args, **about)


async def _take(index: IndexAnswers, targets: Iterator[Target]) -> bool:
    """Takes some of what is new."""
    some = list(islice(targets, AT_ONCE))
    await index.take(some)
    return bool(some)


def _document(content: str) -> Document:
    words = content.replace(",", "").split()
    text = policy(words[2], int(words[4]))
    return replace(document(content), text=text, markdown=text, words=text.count(" "))


def week(number: int, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A crawl."""
    costs = Costs()
    # Only what a crawl's end consists of; the crawl itself has stages of its own.
    for name, function in (("histories", "keep_histories"), ("tables", "publish")):
        setattr(settling, function, costs.of(name, getattr(settling, function)))
    with time_machine.travel(START + WEEK * number, tick=False):
        archive = LargeArchive(costs, options.seed, options.weeks)
        crawl = Measured(folder / "data", archive, costs)
        crawl.crawl(*(f"site{site}.example" for site in range(options.sites[0])), refresh=REFRESH)
        (known,) = crawl.ledger.db.execute("SELECT count(*) FROM captures").fetchone()
        counts = {"not due": crawl.not_due, "rows": crawl.rows, "written": crawl.written, "known": known}
        return {**counts, **crawl.requests, "stages": costs.as_dict()}


def after(step: str, folder: Path) -> dict[str, Any]:
    """What comes after the last crawl."""
    costs, data = Costs(), folder / "data"
    with costs.stage(step):
        if step == "release":
            release(data, folder / "release")
        elif step == "status":
            status(data)
        else:
            with closing(Ledger(data)) as ledger:
                merge = partial(merge_apart, read_verdicts=partial(read_verdicts, data))
                settling.apply_verdicts(data, ledger, merge_by=merge)
    rows = sum(map(number_of_rows, part_files(data / "policies")))
    return {"rows": rows, "stages": costs.as_dict(), "bytes": {name: use.bytes for name, use in disk_use(data).items()}}


def measured(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The figures of each step; those that are missing are measured."""
    figures = folder / "figures.jsonl"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    figures.touch()
    done = len(figures.read_text().splitlines())
    for step in [*map(str, range(options.weeks + 1)), "status", "compact", "release"][done:]:
        given = ["--step", step, "--weeks", str(options.weeks), "--seed", str(options.seed)]
        command = [sys.executable, __file__, str(folder), *given, "--sites", folder.name]
        line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
        with figures.open("a") as file:
            file.write(f"{line}\n")
        print(folder.name, step, line, file=sys.stderr, flush=True)
    return [json.loads(line) for line in figures.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="delete it afterwards")
    parser.add_argument("--sites", type=int, nargs="+", default=[1_250, 5_000])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--step", help="only this one, in this process")
    options = parser.parse_args()
    if options.step:
        logging.disable(logging.WARNING)
        is_crawl = options.step.isdigit()
        found = week(int(options.step), options.folder, options) if is_crawl else after(options.step, options.folder)
        print(json.dumps(found))
        return
    print(table({sites: measured(options.folder / str(sites), options) for sites in options.sites}))


if __name__ == "__main__":
    main()
