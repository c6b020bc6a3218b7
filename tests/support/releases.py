"""Facts to make a release of, and what a release holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.release.build import Release
from tests.support.rows import asked, capture, digest, moment, policy, ran

A = "We collect your name.\n\nWe use cookies."
B = "We collect your name and your location.\n\nWe use cookies."
SECRET = "Xylophones of zanzibar are never sold"
Rows = list[dict[str, Any]]


def facts() -> tuple[Rows, Rows, Rows, Rows]:
    """Two domains with a history, one with another kind of page, two with nothing; and the crawl that found out."""
    policies = [
        policy("a.example", "2010-02-01", A),
        policy("a.example", "2011-02-01", B),
        policy("a.example", "2012-02-01", A),
        policy("b.example", "2010-02-01", "Last updated: May 1, 2009\n\n" + A),
        policy("b.example", "2011-02-01", "Last updated: June 1, 2010\n\n" + A),
        policy("b.example", "2011-03-01", SECRET, primary=False, kind="terms", title=SECRET, link_text=SECRET),
    ]
    captures = [
        capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}", archive_digest=row["archive_digest"])
        for row in policies
    ]
    captures += [
        capture("a.example", "2013-09-01", "unchanged", same_as=moment("2012-02-01"), archive_digest=digest(A)),
        capture("b.example", "2012-02-01", "soft_block", detail=SECRET),
    ]
    domains = [
        asked("a.example", known_through=moment("2026-10-31"), rank=7),
        asked("b.example", homepages=[{"asked": moment("2008-01-01"), "nearest": moment("2009-03-01")}]),
        asked("c.example", "excluded", excluded_since=moment("2026-10-31")),
        asked("d.example", "not_archived", homepages=[{"asked": moment("2008-01-01"), "nearest": None}]),
    ]
    return policies, captures, domains, [ran("crawl-1")]


def rows(made: Release, table: str) -> list[dict[str, Any]]:
    return pq.read_table(made.path / table).to_pylist()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
