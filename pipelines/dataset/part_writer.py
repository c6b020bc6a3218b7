"""Writing Parquet: bounded row groups, and files of which a reader of the folder sees all or nothing.

One partial file makes pyarrow, DuckDB and Polars fail on the whole folder. Globs for ``*.parquet`` match names that
begin with a dot; pyarrow and pandas, given a folder, take any name that does not begin with a dot or an underscore.
So a file is written under a name that begins with a dot and has another ending, brought to disk, and renamed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

COMPRESSION = "zstd"
COMPRESSION_LEVEL = 3

#: Row groups end at multiples of this number of rows (or, for very long texts, at halves of it), so that they depend
#: on the rows alone and not on the pieces in which the rows came.
STEP = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a file are cut into row groups, and which columns get an index or a dictionary."""

    group_rows: int
    """Most rows of a row group; a multiple of ``STEP``."""
    group_bytes: int
    """Most bytes of a row group's long texts, decoded. A single row may have more."""
    unique: frozenset[str] = frozenset()
    """Columns with another value in nearly every row: a dictionary would hold each value once more."""
    statistics: frozenset[str] | None = None
    """Columns whose smallest and largest values are noted for each row group; ``None``: all columns."""
    sorted_by: tuple[str, ...] = ()
    """The rows' order, as the file tells it to its readers."""


#: Part files. Each row group costs a reader some time per column, and a reader of one domain decodes a group or two
#: (benchmarks/README.md, "Layout"). Statistics of other columns would double the footer, which every reader parses.
PARTS = Layout(
    group_rows=4_000,
    group_bytes=128 << 20,
    unique=frozenset(
        {
            "captured_at",
            "requested_at",
            "wayback_url",
            "view_url",
            "policy_score",
            "raw_sha256",
            "archive_digest",
            "warc_offset",
        }
    ),
    statistics=frozenset({"domain", "capture_date", "captured_at"}),
)


#: Part files that are going to be merged with many others at once, and so are read a small group of each at a time.
TO_BE_MERGED = replace(PARTS, group_rows=500, group_bytes=8 << 20)


class RowGroups:
    """Cuts the rows of many tables into row groups."""

    def __init__(self, schema: pa.Schema, layout: Layout) -> None:
        self.rows = 0
        self._schema = schema
        self._layout = layout
        self._texts = long_texts(schema)
        self._step: list[pa.Table] = []
        self._group: list[pa.Table] = []
        self._group_rows = 0
        self._group_bytes = 0

    def add(self, table: pa.Table) -> Iterator[pa.Table]:
        """Takes rows, whose columns must include those of the schema; yields the row groups that are full."""
        table = table.select(self._schema.names).cast(self._schema)
        start = 0
        while start < len(table):
            piece = table.slice(start, STEP - self.rows % STEP)
            start += len(piece)
            self.rows += len(piece)
            self._step.append(piece)
            if self.rows % STEP == 0:
                yield from self._end_step()

    def rest(self) -> Iterator[pa.Table]:
        """The rows that are left, after the last ``add``."""
        yield from self._end_step()
        yield from self._end_group()

    def _end_step(self) -> Iterator[pa.Table]:
        step, self._step = self._step, []
        # Copied, so that a few rows do not keep the whole batch in memory that they came in.
        for piece in self._bounded(pa.concat_tables(step).combine_chunks()) if step else ():
            size = self._text_bytes(piece)
            too_many = self._group_rows + len(piece) > self._layout.group_rows
            if too_many or self._group_bytes + size > self._layout.group_bytes:
                yield from self._end_group()
            self._group.append(piece)
            self._group_rows += len(piece)
            self._group_bytes += size

    def _end_group(self) -> Iterator[pa.Table]:
        if self._group:
            group, self._group = pa.concat_tables(self._group), []
            self._group_rows = self._group_bytes = 0
            yield group

    def _bounded(self, table: pa.Table) -> Iterator[pa.Table]:
        """``table``, halved until each piece has at most ``group_bytes`` of text or one row."""
        if len(table) > 1 and self._text_bytes(table) > self._layout.group_bytes:
            middle = len(table) // 2
            yield from self._bounded(table.slice(0, middle))
            yield from self._bounded(table.slice(middle))
        else:
            yield table

    def _text_bytes(self, table: pa.Table) -> int:
        return sum(value_bytes(table.column(name)) for name in self._texts)


class PartWriter:
    """A Parquet file in the making, from ``new_part``."""

    def __init__(self, file: BinaryIO, schema: pa.Schema, layout: Layout) -> None:
        self._file = file
        self._groups = RowGroups(schema, layout)
        self._parquet = parquet_writer(file, schema, layout)

    @property
    def rows(self) -> int:
        """Rows added."""
        return self._groups.rows

    @property
    def bytes(self) -> int:
        """Bytes in the file by now, without the row group in the making."""
        return self._file.tell()

    def write(self, table: pa.Table) -> None:
        """Adds rows."""
        for group in self._groups.add(table):
            self._parquet.write_table(group, row_group_size=len(group))

    def note(self, facts: Mapping[str, str]) -> None:
        """Puts facts into the file's metadata, beside the schema."""
        self._parquet.add_key_value_metadata(dict(facts))

    def close(self) -> None:
        """Writes the last row group and the footer."""
        for group in self._groups.rest():
            self._parquet.write_table(group, row_group_size=len(group))
        self._parquet.close()

    def abandon(self) -> None:
        """Ends a writer that failed; after ``close`` it does nothing."""
        with suppress(OSError, ValueError):
            self._parquet.close()
        self._parquet.is_open = False  # or it tries again, and warns, when it is collected


@contextmanager
def new_part(path: Path, schema: pa.Schema, layout: Layout = PARTS) -> Iterator[PartWriter]:
    """A ``PartWriter`` whose file stands at ``path`` if the block ends well, and nowhere if it does not."""
    with whole_file(path) as file:
        writer = PartWriter(file, schema, layout)
        try:
            yield writer
            writer.close()
        finally:
            writer.abandon()


def aside_of(path: Path) -> Path:
    """Where this process writes what is to stand at ``path``: beside it, under a name that no reader asks for."""
    return path.with_name(f".{path.name}.tmp-{os.getpid()}")


def leftovers(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` that processes which were killed left aside."""
    return folder.glob("*.tmp-*")


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that stands at ``path``, on disk, if the block ends well, and nowhere if it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = aside_of(path)
    try:
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_part(path: Path, table: pa.Table) -> None:
    """Writes ``table`` to ``path``: the file appears whole or not at all, and survives a loss of power."""
    with new_part(path, table.schema, TO_BE_MERGED) as writer:
        writer.write(table)


def parquet_writer(where: Path | BinaryIO, schema: pa.Schema, layout: Layout) -> pq.ParquetWriter:
    """A Parquet file that takes whole row groups."""
    columns = layout.statistics
    return pq.ParquetWriter(
        where,
        schema,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=[name for name in schema.names if name not in layout.unique],
        write_statistics=True if columns is None else [name for name in schema.names if name in columns],
        write_page_checksum=True,  # or a flipped bit in a text is read as another text
        sorting_columns=[pq.SortingColumn(schema.get_field_index(name)) for name in layout.sorted_by] or None,
    )


def long_texts(schema: pa.Schema) -> list[str]:
    """The columns that hold whole texts or paragraphs: nearly all bytes of a row are theirs."""
    return [field.name for field in schema if pa.types.is_large_string(field.type) or field.name == "paragraphs"]


def value_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a column's values, without offsets and validity: the same for the same values, however chunked."""
    kind = column.type
    if pa.types.is_list(kind):
        return value_bytes(pa.chunked_array([pc.list_flatten(column.combine_chunks())]))
    if pa.types.is_struct(kind):
        flat = column.combine_chunks().flatten()
        return sum(value_bytes(pa.chunked_array([child])) for child in flat)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return int(pc.sum(pc.binary_length(column)).as_py() or 0)
    return int(kind.bit_width * len(column) + 7) // 8


def sync_folder(folder: Path) -> None:
    """Brings the folder's own entries (names that came, went or changed) to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
