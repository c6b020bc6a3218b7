"""DATA_DIRs as older versions made them, and files as newer versions may make them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.columns import SCHEMA_VERSION
from tests.support.processes import ROOT
from tests.support.rows import Row

#: A crawl of the sample archive by version 0.1.0.
CRAWLED = ROOT / "tests" / "data" / "version-0.1.0"
#: An import by version 0.1.0: the policies of three sites of the sample, as the older corpus would have them.
IMPORTED = ROOT / "tests" / "data" / "import-0.1.0"


def _form(table: str) -> pa.Schema:
    (path,) = (CRAWLED / table).glob("*.parquet")
    return pq.read_schema(path)


#: The tables of version 1 of the schema.
POLICIES_1, CAPTURES_1 = _form("policies"), _form("captures")


def write_version_1(path: Path, rows: list[Row], schema: pa.Schema = POLICIES_1) -> Path:
    """A part file of version 1: ``rows`` without the columns that it did not have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


def make_newer(path: Path) -> None:
    """Makes a Parquet file one that the next version of the schema has written."""
    table = pq.read_table(path)
    newer = {**(table.schema.metadata or {}), b"schema_version": str(SCHEMA_VERSION + 1)}
    pq.write_table(table.replace_schema_metadata(newer), path)
