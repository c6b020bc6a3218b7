"""A synthetic dataset: rows of ``policies`` made up from a few words, written as a crawl writes them."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.dataset.part_writer import write_part
from pipelines.schema import POLICIES

Row = dict[str, Any]


def row(domain: str, time: str, text: str = "We collect your name.", **other: Any) -> Row:
    """A row of ``policies`` for the capture of ``domain`` at ``time`` (14 digits, or fewer from the left)."""
    captured_at = datetime.strptime(time + "20000101000000"[len(time) :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    url = other.get("policy_url", f"http://www.{domain}/privacy.html?lang=en")
    values = {
        "domain": domain,
        "capture_date": captured_at.date(),
        "captured_at": captured_at,
        "requested_at": captured_at,
        "policy_url": url,
        "wayback_url": f"https://web.archive.org/web/{captured_at:%Y%m%d%H%M%S}id_/{url}",
        "found_by": "url_keyword",
        "redirects": [],
        "title": "Privacy Policy",
        "text": text,
        "markdown": text,
        "language": "en",
        "language_score": 0.99,
        "kind": "privacy_policy",
        "policy_score": 0.97,
        "primary": True,
        "policy_owner": "same_domain",
        "words": len(text.split()),
        "text_sha256": hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest(),
        "raw_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "mimetype": "text/html",
        "http_status": 200,
        "charset": "utf-8",
        "archive": "internet-archive",
        "extractor": "trafilatura 2.3.1",
        "fetched_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "crawl_id": "20260102",
    }
    return {**values, **other}


def table(rows: list[Row]) -> pa.Table:
    """The rows in the dataset's order, with its schema."""
    ordered = sorted(rows, key=lambda each: (each["domain"], each["captured_at"], each["policy_url"]))
    return pa.Table.from_pylist(ordered, schema=POLICIES)


def add_part(data_dir: Path, rows: list[Row], name: str = "20260102-000001") -> Path:
    """Writes ``rows`` as one part file, known to the ledger, as a crawl leaves it."""
    path = data_dir / "policies" / f"{name}.parquet"
    write_part(path, table(rows))
    with sqlite3.connect(data_dir / "crawl.sqlite") as ledger:
        ledger.execute("CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, rows INTEGER, state TEXT)")
        ledger.execute("INSERT INTO parts VALUES (?, ?, 'done')", (path.name, len(rows)))
    return path
