"""Runs the real spider in a process of its own, and reads what it leaves behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
DOMAINS = SAMPLE / "domains.txt"
WARCS = sorted(SAMPLE.glob("*.warc.gz"))
EXCLUDED = ("vault33.example",)

#: No budgets and quick retries: what is tested is what happens, not how fast.
UNLIMITED = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "RETRY_SECONDS": 0.1, "EXTRACTION_PROCESSES": 1}
#: Seconds in which any crawl of these tests has to end, on a machine with other work to do.
PATIENCE = 90

#: Columns of ``policies`` that tell of the run, not of the capture.
OF_THE_RUN = frozenset({"fetched_at", "crawl_id", "warc_file", "warc_offset"})

Row = dict[str, Any]


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

    def absence(self, domain: str) -> Row | None:
        """The row of ``captures`` that says why there is nothing of a domain."""
        rows = [row for row in self.captures if row["domain"] == domain and row["policy_url"] is None]
        assert len(rows) < 2
        return rows[0] if rows else None


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


def start(data_dir: Path, archive: str, /, **more: Any) -> subprocess.Popen[str]:
    """A crawl in its process, under way."""
    return subprocess.Popen(
        command(data_dir, archive, **more),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str], data_dir: Path, *, patience: float = PATIENCE) -> Run:
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


def tables_of(folder: Path) -> dict[str, pa.Table]:
    """The part files of a table, by name."""
    return {str(path.relative_to(folder)): pq.read_table(path) for path in sorted(folder.rglob("*.parquet"))}


def rows_of(folder: Path) -> list[Row]:
    """All rows of a table, in the order of their keys."""
    rows = [row for table in tables_of(folder).values() for row in table.to_pylist()]
    return sorted(rows, key=lambda row: (row["domain"], digits(row["captured_at"]), row["policy_url"] or ""))


def lasting(rows: Iterable[Row]) -> list[Row]:
    """Rows without what differs from run to run: when and where they were stored, and the archive's port."""
    kept = [{name: value for name, value in row.items() if name not in OF_THE_RUN} for row in rows]
    for row in kept:
        if "wayback_url" in row:
            row["wayback_url"] = re.sub(r"^http://127\.0\.0\.1:\d+/", "http://archive/", row["wayback_url"])
    return kept


def digits(when: datetime | None) -> str:
    """The 14 digits of a time; nothing for none."""
    return "" if when is None else f"{when:%Y%m%d%H%M%S}"


@dataclass(frozen=True)
class Archived:
    """One exchange for an archive of a test's own."""

    timestamp: str
    url: str
    body: str | bytes = ""
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


def write_warc(path: Path, captures: Iterable[Archived]) -> Path:
    """A WARC file with these exchanges."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for capture in captures:
            when = datetime.strptime(capture.timestamp, "%Y%m%d%H%M%S")
            record = writer.create_warc_record(
                capture.url,
                "response",
                payload=BytesIO(capture.body.encode() if isinstance(capture.body, str) else capture.body),
                http_headers=StatusAndHeaders(capture.status, list(capture.headers), protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": f"{when:%Y-%m-%dT%H:%M:%SZ}"},
            )
            writer.write_record(record)
    return path


def moved(timestamp: str, url: str, location: str) -> Archived:
    """An archived redirect."""
    return Archived(timestamp, url, "", "301 Moved Permanently", (("Location", location),))


def policy_page(contact: str = "privacy@shop.example", mark: str = "") -> str:
    """A page with a policy. ``contact`` is part of its text, ``mark`` of its bytes alone."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><title>Privacy Policy</title><meta name="build" content="{mark}"></head><body>
<h1>Privacy Policy</h1>
<p>This privacy policy explains which personal information we collect when you visit our shop, how we use it, and with
whom we share it. We take the protection of your personal data seriously.</p>
<h2>Information we collect</h2>
<p>When you place an order we collect your name, your postal address and your e-mail address. Our web server keeps the
IP addresses of visitors for seven days. We use cookies to remember what is in your cart.</p>
<h2>How we use and share information</h2>
<p>We use personal information to fill your order and to answer your letters. We do not sell your personal information
to third parties. The carrier who brings the parcel receives your name and address.</p>
<h2>Your rights</h2>
<p>You may ask us for a copy of the information we hold about you, and have it corrected or deleted. Write to
{contact}.</p>
</body></html>
"""
