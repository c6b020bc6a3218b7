"""How a DATA_DIR is: how far its crawls have come, what is due, why domains are incomplete, its runs and its size."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from crawler.ledger.standing import SOON_DAYS, captures_counted, standing
from crawler.runs import read_runs
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


def status(data_dir: Path) -> Status:
    """Looks at a DATA_DIR, also while a crawl is at work there.

    Raises ``DatasetError`` for a file that is damaged, ``sqlite3.Error`` for a ledger that can't be read.
    """
    outcomes, reasons = domain_counts(data_dir)
    return Status(
        data_dir=str(data_dir),
        progress=standing(data_dir, time.time()),
        domains=dict(outcomes.most_common()),
        captures=dict((captures_counted(data_dir) or capture_counts(data_dir)).most_common()),
        incomplete=[Reason(reason, count, may_pass) for (reason, may_pass), count in reasons.most_common()],
        disk=disk_use(data_dir),
        runs=list(islice(read_runs(data_dir), RUNS)),
    )


def report(found: Status) -> str:
    """The status as lines for people."""
    lines = [
        ("domains", _counts(found.domains)),
        ("captures", _counts(found.captures)),
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


def _counts(counts: Mapping[str, int]) -> str:
    told = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in counts.items())
    return f"{sum(counts.values()):,}: {told}" if told else "0"


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
    if run.get("ended") is None:
        yield from ("no end: it is at work, or was killed", "", "", "", "")
        return
    yield f"exit code {run['exit_code']}"
    yield f"{run['pools']['cdx']['requests']:,} cdx, {run['pools']['playback']['requests']:,} playback"
    yield f"{sum(run['domains'].values()):,} domains"
    yield f"{run['rows']:,} rows"
    yield "; ".join(filter(None, (run["why"], *run["unhealthy"])))


def size(count: int) -> str:
    """``512 bytes``, ``34 kB``, ``1.2 GB``"""
    if count < 1000:
        return f"{count} bytes"
    units = ["kB", "MB", "GB", "TB"]
    value = count / 1000
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        del units[0]
    return f"{value:.1f} {units[0]}" if value < 10 else f"{value:.0f} {units[0]}"
