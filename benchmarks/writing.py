"""Writing rows of ``policies``: our part files, JSONL with gzip, and SQLite, of the same rows in turns.

    python benchmarks/writing.py ROWS DIR [--runs 3] [--pages PAGES.parquet]

The rows are those of ``layout.py``, as dictionaries; with ``--pages`` (columns ``url`` and ``html``) their texts are
those of real pages, each there once (ROWS is then at most the number of pages). Each writer takes them as a crawl has
them, ``FLUSH_ROWS`` at a time, and brings each lot to disk (fsync) before it takes the next. ``merged`` is what the
part files become when the crawl has ended. A megabyte is one of text and Markdown. Seconds are the median of the runs;
DIR is a folder to work in.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq
import stage
from layout import CAPTURES, policies
from markdown_table import table_head, table_row

from crawler.settings import FLUSH_ROWS
from pipelines.batched import batched
from pipelines.dataset.compaction import compact
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.part_writer import write_part
from pipelines.dataset.rows import policy_table
from pipelines.extraction import extract
from pipelines.outcomes import STORED_KINDS
from pipelines.schema import POLICIES

Row = dict[str, Any]


def lots(rows: int, texts: list[Row]) -> Iterator[list[Row]]:
    """The rows, ``FLUSH_ROWS`` at a time, with ``texts`` in place of their own if there are any."""
    made: Iterator[Row] = (row for table in policies(rows + CAPTURES) for row in table.to_pylist())
    if texts:
        made = ({**row, **text} for row, text in zip(made, texts, strict=False))
    return batched(islice(made, rows), FLUSH_ROWS)


def texts_of(pages: Path | None) -> list[Row]:
    """Text, Markdown and hash of real pages."""
    if pages is None:
        return []
    found = pq.read_table(pages, columns=["url", "html"]).to_pylist()
    documents = [extract(page["html"], url=page["url"] or "http://pages.example/") for page in found]
    return [
        {name: getattr(document, name) for name in ("title", "text", "markdown", "text_sha256")}
        for document in documents
        if document.kind in STORED_KINDS
    ]


class Parts:
    """Part files as a crawl writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0

    def write(self, rows: list[Row]) -> None:
        self.number += 1
        write_part(self.folder / "policies" / f"{self.number:05}.parquet", policy_table(rows))

    def close(self) -> None:
        """Nothing is open."""


class JsonLines:
    """A line of JSON a row, gzip's usual level; a lot is a gzip member."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.file = (folder / "policies.jsonl.gz").open("wb")

    def write(self, rows: list[Row]) -> None:
        lines = "".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rows)
        self.file.write(gzip.compress(lines.encode(), 6))
        self.file.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        self.file.close()


class Sqlite:
    """One table, the key of the rows as its key; a lot is a transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        names = ", ".join(f'"{name}"' for name in POLICIES.names)
        self.db = sqlite3.connect(folder / "policies.sqlite")
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute(f"CREATE TABLE policies ({names}, PRIMARY KEY (domain, captured_at, policy_url))")
        self.insert = f"INSERT INTO policies VALUES ({', '.join('?' * len(POLICIES.names))})"

    def write(self, rows: list[Row]) -> None:
        with self.db:
            self.db.executemany(self.insert, [[_plain(row.get(name)) for name in POLICIES.names] for row in rows])

    def close(self) -> None:
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


WRITERS: dict[str, Callable[[Path], Any]] = {"part files": Parts, "JSONL, gzip": JsonLines, "SQLite": Sqlite}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pages", type=Path)
    options = parser.parse_args()
    texts = texts_of(options.pages)
    count = min(options.rows, len(texts)) if texts else options.rows
    seconds: dict[str, list[float]] = {name: [] for name in [*WRITERS, "merged"]}
    sizes: dict[str, int] = {}
    megabytes = 0.0
    for _ in range(options.runs):
        folders = {name: options.folder / f"run-{number}" for number, name in enumerate(WRITERS)}
        writers = {name: make(folders[name]) for name, make in WRITERS.items()}
        spent = dict.fromkeys(seconds, 0.0)
        megabytes = 0.0
        for rows in lots(count, texts):
            megabytes += sum(len(row["text"].encode()) + len(row["markdown"].encode()) for row in rows) / 1e6
            for name, writer in writers.items():
                spent[name] += _timed(writer.write, rows)
        for name, writer in writers.items():
            spent[name] += _timed(writer.close)
            sizes[name] = stage.size(folders[name])
        spent["merged"] = spent["part files"] + _timed(_merge, folders["part files"])
        sizes["merged"] = stage.size(folders["part files"] / "policies")
        for name, each in spent.items():
            seconds[name].append(each)
        shutil.rmtree(options.folder)
    print(f"{count} rows, {megabytes:,.0f} MB of text and Markdown, {options.runs} runs")
    print(table_head("written as", "seconds", "rows/s", "MB/s", "MB on disk", "bytes a policy"))
    for name, runs in seconds.items():
        took = median(runs)
        speeds = (f"{count / took:,.0f}", f"{megabytes / took:.0f}")
        print(table_row(name, f"{took:.1f}", *speeds, f"{sizes[name] / 1e6:,.1f}", f"{sizes[name] / count:,.0f}"))


def _merge(data_dir: Path) -> None:
    with DataDirLock(data_dir):
        compact(data_dir)


def _timed(action: Callable[..., object], *arguments: Any) -> float:
    started = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
