"""Facts made up for tests: rows of the dataset's two tables, and the DATA_DIR they lie in."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.schema import CAPTURES, POLICIES
from tests.support.synthetic import row

FETCHED = datetime(2026, 11, 1, tzinfo=UTC)


def moment(day: str) -> datetime:
    """``2012-03-01`` or ``2012-03-01T10:00:00`` as a time in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def policy(domain: str, day: str, text: str, **other: Any) -> dict[str, Any]:
    """A row of ``policies``: a primary policy unless told otherwise."""
    of_a_crawl = {
        "policy_url": f"https://{domain}/privacy",
        "archive_digest": digest(text),
        "fetched_at": FETCHED,
        "crawl_id": "crawl-1",
        "warc_file": "a.warc.gz",
        "warc_offset": 0,
    }
    return row(domain, f"{moment(day):%Y%m%d%H%M%S}", text, **of_a_crawl | other)


def digest(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


def capture(domain: str, day: str, outcome: str = "stored", **other: Any) -> dict[str, Any]:
    """A row of ``captures``."""
    row = {
        "domain": domain,
        "policy_url": f"https://{domain}/privacy",
        "captured_at": moment(day),
        "archive_digest": None,
        "mimetype": "text/html",
        "http_status": 200,
        "length": 4000,
        "outcome": outcome,
        "same_as": None,
        "detail": None,
    }
    return row | other


def nothing(domain: str, outcome: str) -> dict[str, Any]:
    """A row of ``captures`` for a domain of which nothing is known."""
    return dict.fromkeys(CAPTURES.names) | {"domain": domain, "outcome": outcome}


def write_part(path: Path, rows: list[dict[str, Any]], schema: pa.Schema, *, sort: bool = True) -> None:
    """A part file; sorted by domain and time, as a crawl writes it, unless told otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sort:
        rows = sorted(rows, key=lambda row: (row["domain"], row["captured_at"] or FETCHED - timedelta(days=99999)))
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def data_dir(
    root: Path, policies: list[dict[str, Any]] = (), captures: list[dict[str, Any]] = (), *, parts: int = 1
) -> Path:
    """A DATA_DIR with the rows, spread over ``parts`` files."""
    for name, rows, schema in (("policies", policies, POLICIES), ("captures", captures, CAPTURES)):
        for part in range(parts):
            if rows[part::parts]:
                write_part(root / name / f"part-{part}.parquet", list(rows[part::parts]), schema)
    return root
