"""A DATA_DIR with made-up part files: known to the ledger (``add_part``) or just lying there (``data_dir``)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dataset import part_writer
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS, POLICIES
from tests.support.rows import FETCHED, Row, table

DATASET = "6f1d6f0e-2f53-4ad4-9a1f-6d9f0c6f7a11"


def add_part(data_dir: Path, rows: list[Row], name: str = "20260102-000001") -> Path:
    """Writes ``rows`` as one part file, known to the ledger, as a crawl leaves it."""
    path = data_dir / "policies" / f"{name}.parquet"
    part_writer.write_part(path, table(rows))
    with sqlite3.connect(data_dir / "crawl.sqlite") as ledger:
        ledger.execute("CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, rows INTEGER, state TEXT)")
        ledger.execute("INSERT INTO parts VALUES (?, ?, 'done')", (path.name, len(rows)))
    return path


def write_part(path: Path, rows: list[Row], schema: pa.Schema, *, sort: bool = True) -> None:
    """A part file; sorted by domain and time, as a crawl writes it, unless told otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sort:
        rows = sorted(rows, key=lambda row: (row["domain"], row.get("captured_at") or FETCHED))
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def data_dir(
    root: Path,
    policies: list[Row] = (),
    captures: list[Row] = (),
    domains: list[Row] = (),
    crawls: list[Row] = (),
    *,
    parts: int = 1,
) -> Path:
    """A DATA_DIR with the rows, spread over ``parts`` files. All are one dataset: they have the same id."""
    tables = {"policies": policies, "captures": captures, "domains": domains, "crawls": crawls}
    schemas = {"policies": POLICIES, "captures": CAPTURES, "domains": DOMAINS, "crawls": CRAWLS}
    for name, rows in tables.items():
        for part in range(parts):
            if rows[part::parts]:
                path = root / name / f"part-{part}.parquet"
                write_part(path, list(rows[part::parts]), schemas[name], sort=name != "crawls")
    root.mkdir(parents=True, exist_ok=True)
    (root / "dataset.json").write_text(json.dumps({"id": DATASET}))
    return root


def remove(data_dir: Path, **named: str) -> None:
    """Adds an entry to ``overrides.toml``: ``remove(data_dir, domain="a.test")``."""
    with (data_dir / "overrides.toml").open("a") as file:
        file.write("\n".join(["[[remove]]", *(f'{key} = "{value}"' for key, value in named.items()), ""]))
