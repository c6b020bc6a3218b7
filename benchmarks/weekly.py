"""A year of weekly crawls on one dataset: how often its rows are written, and how many files its readers meet.

    python benchmarks/weekly.py DIR [--rows 100000] [--week 1000] [--parts 5] [--wrong 0.06] [--moved 0.001]

DIR is a new folder. The rows are those of ``layout.py``; a week brings further captures of some domains, in part files
of equal size, which are merged as by a crawl: while it runs, and when it ends. Of the new rows, the share ``wrong`` is
written before their domain's verdicts say otherwise; and for the share ``moved``, ten older rows of some domain get
another kind. (Of 60 sites of ``invented_sites.py``, whose captures came one by one, 42 of 1,700 new rows were wrong,
and none changed an older one.)

written: rows (bytes) of all files that were ever written in that year, by those of the new part files, these included.
waiting: the most rows at the end of a week that say other than their verdicts.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from layout import policies

from pipelines.batched import batched
from pipelines.dataset.compaction import LAG, compact, due_for_merging, merge_aside, put_in_place, scratch
from pipelines.dataset.merging import capture_of
from pipelines.dataset.part_writer import new_part
from pipelines.dataset.parts import adopt, append
from pipelines.dataset.reading import part_files
from pipelines.dataset.rows import policy_table
from pipelines.dataset.verdicts import CaptureKey, Verdict, Verdicts
from pipelines.schema import POLICIES

WEEKS = 52
_MOVED_ROWS = 10
_FIRST_WEEK = datetime(2027, 1, 1, tzinfo=UTC)

Row = dict[str, Any]


@dataclass
class Year:
    """What is measured, and what the ledger would know."""

    data_dir: Path
    seen: set[tuple[int, int]] = field(default_factory=set)
    rows: int = 0
    bytes: int = 0
    most_files: int = 0
    said: defaultdict[str, dict[CaptureKey, Verdict]] = field(default_factory=lambda: defaultdict(dict))
    behind: set[str] = field(default_factory=set)
    """Domains whose rows may say other than ``said``."""

    @property
    def files(self) -> list[Path]:
        return part_files(self.data_dir / "policies")

    @property
    def verdicts(self) -> Verdicts:
        return Verdicts(frozenset(self.behind), lambda domain: self.said[domain])

    def say(self, row: Row, verdict: Verdict) -> None:
        self.said[row["domain"]][capture_of(row)] = verdict
        self.behind.add(row["domain"])

    def look(self) -> None:
        """Counts the files that are new. Names change where files stay, so they are told by inode and time."""
        self.most_files = max(self.most_files, len(self.files))
        for path in self.files:
            status = path.stat()
            if (known := (status.st_ino, status.st_mtime_ns)) not in self.seen:
                self.seen.add(known)
                self.rows += pq.read_metadata(path).num_rows
                self.bytes += status.st_size

    def add(self, name: str, rows: list[Row]) -> int:
        """Writes a part file as a crawl does; its bytes."""
        size = append(self.data_dir, f"{name}.parquet", policy_table(rows)).stat().st_size
        self.look()
        if due := due_for_merging(self.data_dir):
            with scratch(self.data_dir) as folder:
                merge_aside(due, folder, read_verdicts=lambda: self.verdicts)
                put_in_place(self.data_dir, [path for path in self.files if path not in due], folder)
            self.look()
        return size

    def end_week(self) -> int:
        """Merges as a crawl that ends; the rows that wait."""
        done = compact(self.data_dir, verdicts=self.verdicts, only_if_it_pays=True, lag=LAG)
        self.look()
        self.behind = set(done.waiting) if done else set()
        return sum(self.verdicts.untrue(path).total() for path in self.files)


def first_crawl(data_dir: Path, rows: int) -> tuple[list[Row], dict[str, list[Row]]]:
    """Writes ``rows`` rows to one file; gives a row of each domain, and what its last ten are named by."""
    samples: list[Row] = []
    older: dict[str, list[Row]] = {}
    with new_part(data_dir / "policies" / "00000.parquet", POLICIES) as part:
        for table in policies(rows):
            part.write(table)
            for row in table.to_pylist():
                if row["domain"] not in older:
                    samples.append(row)
                found = older.setdefault(row["domain"], [])
                found.append({name: row[name] for name in ("domain", "captured_at", "policy_url", "archive")})
                del found[:-_MOVED_ROWS]
    adopt(data_dir)
    return samples, older


def captures(chance: random.Random, samples: list[Row], week: int, count: int) -> Iterator[Row]:
    for number in range(count):
        row = chance.choice(samples)
        when = _FIRST_WEEK + timedelta(weeks=week, seconds=number)
        yield {**row, "text": f"{row['text']}\n\nAs of week {week}.", "capture_date": when.date(), "captured_at": when}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000, help="of the first crawl")
    parser.add_argument("--week", type=int, default=1000, help="new rows a week")
    parser.add_argument("--parts", type=int, default=5, help="part files a week")
    parser.add_argument("--wrong", type=float, default=0.06)
    parser.add_argument("--moved", type=float, default=0.001)
    given = parser.parse_args()
    chance = random.Random(1)
    year = Year(given.folder)
    samples, older = first_crawl(given.folder, given.rows)
    year.look()
    year.rows = year.bytes = 0
    new_bytes = waiting = 0
    begun = time.process_time()
    for week in range(WEEKS):
        rows = list(captures(chance, samples, week, given.week))
        for row in rows:
            year.say(row, Verdict("privacy_policy", True))
            row["primary"] = chance.random() >= given.wrong
        for number, some in enumerate(batched(rows, -(-len(rows) // given.parts))):
            new_bytes += year.add(f"week{week:02}-{number:04}", some)
        moved = int(given.moved * given.week * (week + 1)) - int(given.moved * given.week * week)
        for row in (row for domain in chance.sample(sorted(older), moved) for row in older[domain]):
            year.say(row, Verdict("terms", False))
        waiting = max(waiting, year.end_week())
    new_rows = given.week * WEEKS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"written {year.rows / new_rows:.2f} ({year.bytes / new_bytes:.2f}); files at most {year.most_files}, in the"
        f" end {len(year.files)}; waiting at most {waiting} of {given.rows + new_rows:,} rows;"
        f" {time.process_time() - begun:.0f} s of CPU, peak {peak} MB"
    )


if __name__ == "__main__":
    main()
