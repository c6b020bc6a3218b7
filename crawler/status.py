"""How a DATA_DIR is, or several as one: how far its crawls are, what is due, why domains are incomplete, runs, size."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import reduce
from heapq import merge
from itertools import islice
from operator import itemgetter, or_
from pathlib import Path
from typing import Any

from crawler.archives import POOLS
from crawler.figures import counted, size
from crawler.ledger import what_is_wrong
from crawler.ledger.standing import SOON_DAYS, captures_counted, domains_counted, standing
from crawler.runs import read_runs
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.overrides import Removals, read_overrides
from pipelines.outcomes import DomainOutcome
from pipelines.tools.several import require_apart
from pipelines.tools.standing import Use, capture_counts, disk_use, domain_counts
from pipelines.tools.tables import aligned

#: The last runs that are shown.
RUNS = 5
#: The most frequent reasons that are shown.
REASONS = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some domains are incomplete."""

    reason: str
    domains: int
    may_pass: bool
    """True if the next run of the crawl asks again."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a DATA_DIR is."""

    data_dir: str
    """With commas between several."""
    progress: dict[str, int]
    """Domains in the ledger: ``done``, ``open``, ``due``, ``due_soon``."""
    domains: dict[str, int]
    """Domains by outcome."""
    captures: dict[str, int]
    """Known captures by outcome."""
    incomplete: list[Reason]
    """The reasons, the most frequent first."""
    disk: dict[str, Use]
    """By part, the largest first."""
    runs: list[dict[str, Any]]
    """The records of the last runs, the newest first."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def status(*data_dirs: Path) -> Status:
    """Looks at a DATA_DIR, or at several as one, also while a crawl is at work there.

    What the ``overrides.toml`` of one removes is counted in none, as it is left out by all that read several as one.

    Raises ``NotOneDatasetError`` if a domain is in two of them, ``DatasetError`` for a file that is damaged and for a
    ledger that can't be read.
    """
    require_apart(data_dirs)
    removals = reduce(or_, (read_overrides(data_dir).remove for data_dir in data_dirs), Removals())
    outcomes, captures, progress = Counter[str](), Counter[str](), Counter[str]()
    reasons: Counter[tuple[str, bool]] = Counter()
    disk: defaultdict[str, Use] = defaultdict(Use)
    for data_dir in data_dirs:
        with _naming_its_ledger(data_dir):
            domains = domains_counted(data_dir, removals) or domain_counts(data_dir, removals)
            captures.update(captures_counted(data_dir, removals) or capture_counts(data_dir, removals))
            progress.update(standing(data_dir, time.time()))
        for (outcome, reason, may_pass), count in domains.items():
            outcomes[outcome] += count
            if outcome == DomainOutcome.INCOMPLETE or may_pass:
                reasons[reason or "not all captures could be had", may_pass] += count
        for part, use in disk_use(data_dir).items():
            disk[part] += use
    return Status(
        data_dir=",".join(map(str, data_dirs)),
        progress=dict(progress),
        domains=dict(outcomes.most_common()),
        captures=dict(captures.most_common()),
        incomplete=[Reason(reason, count, may_pass) for (reason, may_pass), count in reasons.most_common()],
        disk=dict(sorted(disk.items(), key=lambda item: -item[1].bytes)),
        runs=list(islice(_runs(data_dirs), RUNS)),
    )


@contextmanager
def _naming_its_ledger(data_dir: Path) -> Iterator[None]:
    """Has an error of SQLite say in which DATA_DIR, of which there may be several."""
    try:
        yield
    except sqlite3.Error as problem:
        raise DatasetError(what_is_wrong(problem, data_dir)) from problem


def _runs(data_dirs: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The records of runs, the newest first; of several DATA_DIRs, each with its ``data_dir``."""
    if len(data_dirs) == 1:
        return read_runs(data_dirs[0])
    return merge(*map(_with_data_dir, data_dirs), key=itemgetter("began"), reverse=True)


def _with_data_dir(data_dir: Path) -> Iterator[dict[str, Any]]:
    return ({**run, "data_dir": str(data_dir)} for run in read_runs(data_dir))


def report(found: Status) -> str:
    """The status as lines for people."""
    lines = [
        ("domains", counted(found.domains)),
        ("captures", counted(found.captures)),
        *([("progress", _progress(found.progress))] if found.progress else []),
        *(("incomplete", _reason(reason)) for reason in found.incomplete[:REASONS]),
    ]
    if more := found.incomplete[REASONS:]:
        domains = sum(reason.domains for reason in more)
        lines.append(("incomplete", f"{domains:,} for {len(more):,} other reasons: --json tells all"))
    total = sum(use.bytes for use in found.disk.values())
    parts = ", ".join(_part(name, use) for name, use in found.disk.items())
    lines.append(("disk", f"{size(total)}: {parts}"))
    lines += [("run", line) for line in aligned([list(_run(run)) for run in found.runs]).splitlines()]
    return aligned(lines)


def _part(name: str, use: Use) -> str:
    return f"{name} {size(use.bytes)}" + (f" ({use.files:,} files)" if use.files > 1 else "")


def _progress(progress: Mapping[str, int]) -> str:
    told = f"{progress['done']:,} done, {progress['open']:,} not"
    if "due" in progress:
        told += f"; {progress['due']:,} are due, {progress['due_soon']:,} within {SOON_DAYS} days"
    return told


def _reason(reason: Reason) -> str:
    return f"{reason.domains:,}: {reason.reason}{' (may pass)' if reason.may_pass else ''}"


def _run(run: Mapping[str, Any]) -> Iterator[str]:
    """What became of a run, cell by cell."""
    yield run["began"]
    if "data_dir" in run:
        yield run["data_dir"]
    if run.get("ended") is None:
        yield from ("no end: it is at work, was killed, or found the disk full", "", "", "", "")
        return
    yield f"exit code {run['exit_code']}"
    yield ", ".join(f"{run['pools'][pool]['requests']:,} {pool}" for pool in POOLS)
    yield f"{sum(run['domains'].values()):,} domains"
    yield f"{run['rows']:,} rows"
    yield "; ".join(filter(None, (run["why"], *run["unhealthy"])))
