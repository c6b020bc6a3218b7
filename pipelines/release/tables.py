"""A release's tables and their Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.columns import some_columns
from pipelines.dataset.part_writer import PARTS, Layout, RowGroups, long_texts, parquet_writer, value_bytes
from pipelines.history.tables import CHANGES, CHANGES_WITHOUT_TEXT, COVERAGE, RENAMED_VERSIONS, VERSIONS
from pipelines.release.domain_groups import DomainGroups
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS, POLICIES

TABLES = {
    "policies": POLICIES,
    "versions": VERSIONS,
    "changes": CHANGES,
    "coverage": COVERAGE,
    "captures": CAPTURES,
    "domains": DOMAINS,
    "crawls": CRAWLS,
    "renamed_versions": RENAMED_VERSIONS,
}

_TEXTS = {"policies": {"link_text", "title", "text", "markdown"}, "captures": {"detail"}}


def table_schema(name: str, *, with_text: bool) -> pa.Schema:
    """The columns of a table; without text only URLs, timestamps, digests, hashes, numbers and spans."""
    if with_text:
        return TABLES[name]
    if name == "changes":
        return CHANGES_WITHOUT_TEXT
    return some_columns(TABLES[name], [column for column in TABLES[name].names if column not in _TEXTS.get(name, ())])


#: Rows of a row group with texts, on average: a domain's history is in one of them.
GROUP_ROWS = 1_000
_GROUP_ROWS_WITHOUT_TEXT = 50_000
_GROUP_BYTES = 64 << 20
#: Row groups of a file: a reader has each file's footer in memory.
_FILE_GROUPS = 256


def _layout(name: str, schema: pa.Schema) -> Layout:
    texts = long_texts(schema)
    in_time = ("domain", "first_seen", "change_before", "captured_at")
    order = [column for column in in_time if column in schema.names][:2]
    layout = Layout(
        group_rows=GROUP_ROWS if texts else _GROUP_ROWS_WITHOUT_TEXT,
        group_bytes=_GROUP_BYTES,
        unique=frozenset(texts),
        sorted_by=tuple(order),
    )
    if name == "policies":  # as in part files
        return replace(layout, unique=layout.unique | PARTS.unique, statistics=PARTS.statistics)
    return layout


@dataclass(slots=True)
class TableFile:
    """A finished file of a table."""

    name: str
    """Relative to the release: ``policies/00000.parquet``."""
    rows: int


class TableWriter:
    """Writes a table's rows, which come sorted, as ``<table>/00000.parquet`` and on.

    The same rows give the same bytes.
    """

    def __init__(self, root: Path, name: str, schema: pa.Schema) -> None:
        self.files: list[TableFile] = []
        self.decoded_bytes = 0
        """Bytes of the values, without offsets and validity."""
        self.schema = schema
        self._root, self._name = root, name
        self._layout = _layout(name, schema)
        self._groups = (DomainGroups if "domain" in schema.names else RowGroups)(schema, self._layout)
        self._groups_in_file = 0
        self._file: pq.ParquetWriter | None = None
        (root / name).mkdir()

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._write(self._groups.rest())
            if not self.files:
                self._open()
        if self._file is not None:
            self._file.close()

    @property
    def rows(self) -> int:
        """Rows added."""
        return self._groups.rows

    def add(self, table: pa.Table) -> None:
        """Appends all rows of some domains; ``table`` has at least the columns of the schema."""
        self._write(self._groups.add(table))

    def _write(self, groups: Iterator[pa.Table]) -> None:
        for group in groups:
            if self._file is None or self._groups_in_file == _FILE_GROUPS:
                self._open()
            assert self._file is not None
            self._file.write_table(group.combine_chunks(), row_group_size=len(group))
            self._groups_in_file += 1
            self.files[-1].rows += len(group)
            self.decoded_bytes += sum(value_bytes(column) for column in group.columns)

    def _open(self) -> None:
        if self._file is not None:
            self._file.close()
        name = f"{self._name}/{len(self.files):05}.parquet"
        self._file = parquet_writer(self._root / name, self.schema, self._layout)
        self.files.append(TableFile(name, 0))
        self._groups_in_file = 0
