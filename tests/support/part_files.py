"""A DATA_DIR with many part files, as crawl after crawl leaves them."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.dataset.reading import part_files
from tests.support.data_dirs import add_part
from tests.support.rows import row


def add_crawls(data_dir: Path, count: int, domains: int = 5, text: str = "words") -> list[tuple[str, datetime]]:
    """``count`` part files, each with one new capture of every domain; returns all keys, in order."""
    keys = []
    for crawl in range(count):
        rows = [
            row(f"d{n}.test", f"20{crawl:02}{n // 28 + 1:02}{n % 28 + 1:02}", f"{text} {crawl} {n}")
            for n in range(domains)
        ]
        add_part(data_dir, rows, f"202601{crawl:02}-000001")
        keys += [(each["domain"], each["captured_at"]) for each in rows]
    return sorted(keys)


def keys_of(data_dir: Path) -> list[tuple[str, datetime]]:
    found = []
    for path in part_files(data_dir / "policies"):
        read = pq.read_table(path, columns=["domain", "captured_at"])
        found += zip(read["domain"].to_pylist(), read["captured_at"].to_pylist(), strict=True)
    return found


def register_of(data_dir: Path) -> dict[str, tuple[int, str]]:
    with sqlite3.connect(data_dir / "crawl.sqlite") as ledger:
        return {name: (rows, state) for name, rows, state in ledger.execute("SELECT * FROM parts")}
