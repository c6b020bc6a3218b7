"""Runs the spider in a process of its own (``crawl``, or ``start`` and ``finish``), and reads the rows it writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.warc_reading import sound_captures
from tests.support.forked import ForkedScrapy
from tests.support.rows import Row
from tests.support.warc import cdxj_lines

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
DOMAINS = SAMPLE / "domains.txt"
WARCS = sorted(SAMPLE.glob("*.warc.gz"))
EXCLUDED = ("vault33.example",)

#: No budgets and quick retries: what is tested is what happens, not how fast.
UNLIMITED = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "RETRY_SECONDS": 0.1, "EXTRACTION_PROCESSES": 1}
#: Seconds in which any crawl of these tests has to end, on a machine that is busy with other work.
PATIENCE = 300

#: Columns of ``policies`` that tell of the run, not of the capture.
OF_THE_RUN = frozenset({"fetched_at", "crawl_id", "warc_file", "warc_offset"})
#: Columns of ``policies`` that tell of the archive: where it is, and in which coding it plays a page back.
OF_THE_ARCHIVE = frozenset({"archive", "wayback_url", "view_url", "digest_verified"})


@dataclass(frozen=True)
class Run:
    """A crawl that has ended."""

    code: int
    log: str
    data_dir: Path

    @cached_property
    def policies(self) -> list[Row]:
        return rows_of(self.data_dir / "policies")

    @cached_property
    def captures(self) -> list[Row]:
        return rows_of(self.data_dir / "captures")

    def of(self, domain: str) -> list[Row]:
        """The rows of ``policies`` of one domain."""
        return [row for row in self.policies if row["domain"] == domain]

    def capture(self, timestamp: str, url: str = "") -> Row:
        """The one row of ``captures`` with this timestamp (and URL, where the time is not enough)."""
        (row,) = (
            row for row in self.captures if digits(row["captured_at"]) == timestamp and url in (row["policy_url"] or "")
        )
        return row

    @cached_property
    def domains(self) -> dict[str, Row]:
        """The rows of ``domains``, by domain."""
        rows = pq.read_table(self.data_dir / "domains").to_pylist()
        assert len({row["domain"] for row in rows}) == len(rows)
        return {row["domain"]: row for row in rows}

    def absence(self, domain: str) -> Row | None:
        """The row of ``domains`` that says why there is nothing of a domain, or not all."""
        row = self.domains[domain]
        return None if row["outcome"] == "found" else row


def command(data_dir: Path, archive: str, /, settings: Mapping[str, Any] | None = None, **arguments: Any) -> list[str]:
    """The command line of a crawl; of the whole sample, unless the arguments say otherwise."""
    if not arguments.keys() & {"domain", "domains", "urls", "captures"}:
        arguments["domains"] = DOMAINS
    arguments.setdefault("archive_url", archive)
    line = [sys.executable, "-m", "scrapy", "crawl", "policies"]
    for name, value in arguments.items():
        line += ["-a", f"{name}={value}"]
    for name, value in {**UNLIMITED, **(settings or {}), "DATA_DIR": data_dir}.items():
        line += ["-s", f"{name}={value}"]
    return line


def start(data_dir: Path, archive: str, /, **more: Any) -> ForkedScrapy:
    """A crawl in its process, under way."""
    _python, _m, _scrapy, *arguments = command(data_dir, archive, **more)
    return ForkedScrapy(arguments, cwd=ROOT, env=os.environ)


def finish(process: ForkedScrapy, data_dir: Path, *, patience: float = PATIENCE) -> Run:
    """Waits for a crawl's end."""
    try:
        log, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        log, _ = process.communicate()
        raise AssertionError(f"the crawl did not end within {patience} s:\n{log}") from None
    return Run(process.returncode, log, data_dir)


def crawl(data_dir: Path, archive: str, /, **more: Any) -> Run:
    """A crawl from its start to its end."""
    return finish(start(data_dir, archive, **more), data_dir)


@dataclass(frozen=True)
class Indexed:
    """A record of a DATA_DIR's WARC files, as the index beside its file tells it."""

    url: str
    timestamp: str
    digest: str
    file: str
    offset: int


def records_of(data_dir: Path) -> list[Indexed]:
    """The captures in the WARC files, each of which has its index beside it, and is where that says."""
    found = []
    for path in sorted((data_dir / "warc").glob("*.warc.gz")):
        there = {record.offset for record in sound_captures(path)}
        lines = cdxj_lines(cdxj_path(path))
        assert {int(fields["offset"]) for _, _, fields in lines} == there
        found += [
            Indexed(fields["url"], timestamp, fields["digest"], fields["filename"], int(fields["offset"]))
            for _, timestamp, fields in lines
        ]
    return found


def tables_of(folder: Path) -> dict[str, pa.Table]:
    """The part files of a table, by name."""
    return {str(path.relative_to(folder)): pq.read_table(path) for path in sorted(folder.rglob("*.parquet"))}


def rows_of(folder: Path) -> list[Row]:
    """All rows of a table, in the order of their keys."""
    rows = [row for table in tables_of(folder).values() for row in table.to_pylist()]
    return sorted(rows, key=lambda row: (row["domain"], digits(row["captured_at"]), row["policy_url"] or ""))


def of_any_archive(run: Run) -> list[Row]:
    """The rows of ``policies`` that a crawl gives of these captures, wherever they are archived."""
    return [{name: row[name] for name in row.keys() - OF_THE_RUN - OF_THE_ARCHIVE} for row in run.policies]


def lasting(rows: Iterable[Row]) -> list[Row]:
    """Rows without what differs from run to run: when and where they were stored, and the archive's port."""
    kept = [{name: value for name, value in row.items() if name not in OF_THE_RUN} for row in rows]
    for row in kept:
        for name in {"wayback_url", "view_url"} & row.keys():
            row[name] = re.sub(r"^http://127\.0\.0\.1:\d+/", "http://archive/", row[name])
        row["archive"] = re.sub(r"^127\.0\.0\.1:\d+", "archive", row["archive"])
    return kept


def digits(when: datetime | None) -> str:
    """The 14 digits of a time; nothing for none."""
    return "" if when is None else f"{when:%Y%m%d%H%M%S}"
