"""The tables of a release: their columns, and the Parquet files they are written to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.schema import CAPTURES, POLICIES, TIMESTAMP

#: One row a version of a domain's primary policy. The policy's text: the row of ``policies`` with the same
#: domain, captured_at and policy_url.
VERSIONS = pa.schema(
    [
        pa.field("domain", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),  # from 1, in order of time
        pa.field("first_seen", TIMESTAMP, nullable=False),  # the first capture that shows it
        pa.field("last_seen", TIMESTAMP, nullable=False),  # the last capture that shows it
        pa.field("change_after", TIMESTAMP),  # the change lies after this capture (null: no earlier one)
        pa.field("change_before", TIMESTAMP, nullable=False),  # and not after this one
        pa.field("change", pa.string(), nullable=False),  # first, substantive, wording, cosmetic, moved
        pa.field("similarity", pa.float32()),  # words that stayed, of all words of both: 0 to 1
        pa.field("words", pa.int32(), nullable=False),
        pa.field("words_added", pa.int32()),
        pa.field("words_removed", pa.int32()),
        pa.field("returns_to", pa.int32()),  # the latest earlier version with the same text
        pa.field("captures", pa.int32(), nullable=False),  # captures that show it
        pa.field("captures_stored", pa.int32(), nullable=False),  # fetched; the others have the same bytes
        pa.field("shown_by", pa.list_(TIMESTAMP), nullable=False),  # the time of each
        pa.field("captured_at", TIMESTAMP, nullable=False),  # the stored capture that stands for it
        pa.field("policy_url", pa.string(), nullable=False),
        pa.field("wayback_url", pa.string(), nullable=False),
        pa.field("policy_urls", pa.list_(pa.string()), nullable=False),  # all addresses that showed it
        pa.field("language", pa.string()),
        pa.field("effective_date", pa.date32()),
        pa.field("text_sha256", pa.string(), nullable=False),
        pa.field("extractor", pa.string(), nullable=False),
    ]
)

_PARAGRAPH = [
    pa.field("op", pa.string(), nullable=False),  # added, removed, altered, moved
    pa.field("before_at", pa.int32()),  # its place among the paragraphs before, from 0
    pa.field("after_at", pa.int32()),  # its place among the paragraphs after, from 0
    pa.field("words_added", pa.int32(), nullable=False),
    pa.field("words_removed", pa.int32(), nullable=False),
]
_PARAGRAPH_TEXTS = [pa.field("before", pa.string()), pa.field("after", pa.string())]


def _changes(paragraph: list[pa.Field]) -> pa.Schema:
    return pa.schema(
        [
            pa.field("domain", pa.string(), nullable=False),
            pa.field("version", pa.int32(), nullable=False),  # the version that this change began
            pa.field("change_after", TIMESTAMP, nullable=False),
            pa.field("change_before", TIMESTAMP, nullable=False),
            pa.field("change", pa.string(), nullable=False),
            pa.field("similarity", pa.float32(), nullable=False),
            pa.field("words_added", pa.int32(), nullable=False),
            pa.field("words_removed", pa.int32(), nullable=False),
            pa.field("before_captured_at", TIMESTAMP, nullable=False),  # the two stored captures compared
            pa.field("before_policy_url", pa.string(), nullable=False),
            pa.field("after_captured_at", TIMESTAMP, nullable=False),
            pa.field("after_policy_url", pa.string(), nullable=False),
            pa.field("paragraphs", pa.list_(pa.struct(paragraph)), nullable=False),
        ]
    )


#: One row a version but the first: the paragraphs in which it differs from the one before.
CHANGES = _changes(_PARAGRAPH + _PARAGRAPH_TEXTS)

#: One row a domain and half-year (``pipelines.history.coverage``).
COVERAGE = pa.schema(
    [
        pa.field("domain", pa.string(), nullable=False),
        pa.field("half_year", pa.string()),  # 2012-H1; null: no capture of the domain is known
        pa.field("starts", pa.date32()),  # its first day
        pa.field("status", pa.string(), nullable=False),  # pipelines.coverage.STATUSES
        pa.field("filled", pa.bool_(), nullable=False),  # the policy's text is known
        pa.field("captures", pa.int32(), nullable=False),  # known captures of any policy URL
        pa.field("texts", pa.int32(), nullable=False),  # of these, that show the primary policy
        pa.field("versions", pa.list_(pa.int32()), nullable=False),  # seen in it
        pa.field("within_version", pa.int32()),  # empty, but this version stands before and after
    ]
)

TABLES = {
    "policies": POLICIES,
    "versions": VERSIONS,
    "changes": CHANGES,
    "coverage": COVERAGE,
    "captures": CAPTURES,
}

_TEXTS = {"policies": {"link_text", "title", "text", "markdown"}, "captures": {"detail"}}


def table_schema(name: str, *, with_text: bool) -> pa.Schema:
    """The columns of a table; without text only URLs, timestamps, digests, hashes, numbers and spans."""
    if with_text:
        return TABLES[name]
    if name == "changes":
        return _changes(_PARAGRAPH)
    return pa.schema([field for field in TABLES[name] if field.name not in _TEXTS.get(name, ())])


COMPRESSION = "zstd"
COMPRESSION_LEVEL = 3
GROUP_ROWS = 1_000
"""Rows of a row group with texts: one domain's history touches one or two of them."""
_GROUP_ROWS_WITHOUT_TEXT = 50_000
_GROUP_BYTES = 64 * 2**20
"""Decoded text at which a row group ends before it has all its rows."""
_STEP = 100
"""Rows between two looks at the bytes: so row groups depend on the rows alone, not on how they came in."""
_FILE_GROUPS = 256
"""Row groups of a file: a reader has each file's footer in memory."""


@dataclass(slots=True)
class TableFile:
    """A finished file of a table."""

    name: str
    """Relative to the release: ``policies/00000.parquet``."""
    rows: int


class TableWriter:
    """Writes a table's rows, which come sorted, as ``<table>/00000.parquet`` and on.

    The same rows give the same bytes, in whatever pieces they come.
    """

    def __init__(self, root: Path, name: str, schema: pa.Schema) -> None:
        self.files: list[TableFile] = []
        self.rows = 0
        self.decoded_bytes = 0
        """Of the values, without offsets and validity."""
        self.schema = schema
        self._root, self._name = root, name
        self._texts = [f.name for f in schema if pa.types.is_large_string(f.type) or f.name == "paragraphs"]
        self._group_rows = GROUP_ROWS if self._texts else _GROUP_ROWS_WITHOUT_TEXT
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._pending_bytes = 0
        self._groups = 0
        self._writer: pq.ParquetWriter | None = None
        (root / name).mkdir()

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._flush()
            if not self.files:
                self._open()
        if self._writer is not None:
            self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Appends rows; ``table`` has at least the columns of the schema."""
        table = table.select(self.schema.names).cast(self.schema)
        start = 0
        while start < table.num_rows:
            step = table.slice(start, _STEP - self.rows % _STEP)
            start += step.num_rows
            self.rows += step.num_rows
            self._pending.append(step)
            self._pending_rows += step.num_rows
            self._pending_bytes += sum(_value_bytes(step.column(name)) for name in self._texts)
            full = self._pending_rows >= self._group_rows or self._pending_bytes >= _GROUP_BYTES
            if full and self.rows % _STEP == 0:
                self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        if self._writer is None or self._groups == _FILE_GROUPS:
            self._open()
        assert self._writer is not None
        group = pa.concat_tables(self._pending).combine_chunks()
        self._writer.write_table(group, row_group_size=group.num_rows)
        self.files[-1].rows += group.num_rows
        self.decoded_bytes += sum(_value_bytes(column) for column in group.columns)
        self._groups += 1
        self._pending.clear()
        self._pending_rows = self._pending_bytes = 0

    def _open(self) -> None:
        if self._writer is not None:
            self._writer.close()
        name = f"{self._name}/{len(self.files):05}.parquet"
        order = [column for column in ("domain", "version", "captured_at") if column in self.schema.names][:2]
        self._writer = pq.ParquetWriter(
            self._root / name,
            self.schema,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[f.name for f in self.schema if f.name not in self._texts],
            sorting_columns=[pq.SortingColumn(self.schema.get_field_index(column)) for column in order],
        )
        self.files.append(TableFile(name, 0))
        self._groups = 0


def _value_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a column's values: independent of slices and chunks."""
    kind = column.type
    if pa.types.is_list(kind):
        return _value_bytes(pa.chunked_array([pc.list_flatten(column.combine_chunks())]))
    if pa.types.is_struct(kind):
        flat = column.combine_chunks().flatten()
        return sum(_value_bytes(pa.chunked_array([child])) for child in flat)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.sum(pc.binary_length(column)).as_py() or 0
    return (kind.bit_width * len(column) + 7) // 8
