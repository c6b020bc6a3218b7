"""Writing Parquet so that a reader of the folder sees a whole file or none.

One partial file makes pyarrow, DuckDB and Polars fail on the whole folder. Globs for ``*.parquet`` take names
that begin with a dot; pyarrow and pandas, given a folder, take any name that does not begin with a dot or an
underscore. So a file is written under a name that begins with a dot and ends otherwise, brought to disk, and
renamed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

#: Rows of a row group at most: each group costs a reader some time a column, and a reader of one domain decodes a
#: group or two. Measured in benchmarks/README.md, "Layout".
GROUP_ROWS = 4_000
#: Bytes of a row group once decoded, at most; a group of very long texts still fits into memory.
GROUP_BYTES = 128 << 20

COMPRESSION = "zstd"
COMPRESSION_LEVEL = 3

#: Columns whose smallest and largest value are noted for each row group: those by which a reader can pass over
#: groups. The others would only double the footer, which every reader parses first.
STATISTICS = frozenset({"domain", "capture_date", "captured_at"})
#: Columns with another value in nearly every row: a dictionary would hold each value once more.
UNIQUE = frozenset(
    {"captured_at", "requested_at", "wayback_url", "policy_score", "raw_sha256", "archive_digest", "warc_offset"}
)


class PartWriter:
    """A Parquet file in the making, from ``new_part``."""

    def __init__(self, file: BinaryIO, schema: pa.Schema, group_rows: int) -> None:
        self.rows = 0
        self._file = file
        self._group_rows = group_rows
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._pending_bytes = 0
        self._schema = schema
        self._parquet = pq.ParquetWriter(
            file,
            schema,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[name for name in schema.names if name not in UNIQUE],
            write_statistics=[name for name in schema.names if name in STATISTICS],
        )

    def write(self, table: pa.Table) -> None:
        """Adds rows; row groups are cut at ``GROUP_ROWS`` and ``GROUP_BYTES``, not where a table ends."""
        for piece in _bounded(table.cast(self._schema), self._group_rows):
            full = self._pending_rows + len(piece) > self._group_rows
            if full or self._pending_bytes + piece.nbytes > GROUP_BYTES:
                self._flush()
            self._pending.append(piece)
            self._pending_rows += len(piece)
            self._pending_bytes += piece.nbytes
            self.rows += len(piece)

    def note(self, facts: Mapping[str, str]) -> None:
        """Puts facts into the file's metadata, beside the schema."""
        self._parquet.add_key_value_metadata(dict(facts))

    @property
    def bytes(self) -> int:
        """What is in the file by now; row groups that are pending not counted."""
        return self._file.tell()

    def close(self) -> None:
        """Writes what is pending, and the footer."""
        self._flush()
        self._parquet.close()

    def abandon(self) -> None:
        """Ends a writer that failed; after ``close`` it does nothing."""
        with suppress(OSError, ValueError):
            self._parquet.close()
        self._parquet.is_open = False  # or it tries again, and warns, when it is collected

    def _flush(self) -> None:
        if self._pending:
            self._parquet.write_table(pa.concat_tables(self._pending), row_group_size=self._group_rows)
        self._pending, self._pending_rows, self._pending_bytes = [], 0, 0


@contextmanager
def new_part(path: Path, schema: pa.Schema, *, group_rows: int = GROUP_ROWS) -> Iterator[PartWriter]:
    """A ``PartWriter`` whose file stands at ``path`` if the block ends well, and nowhere if it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with aside.open("wb") as file:
            writer = PartWriter(file, schema, group_rows)
            try:
                yield writer
                writer.close()
            finally:
                writer.abandon()
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_part(path: Path, table: pa.Table) -> None:
    """Writes ``table`` to ``path``: the file appears whole or not at all, and survives a loss of power."""
    with new_part(path, table.schema) as writer:
        writer.write(table)


def sync_folder(folder: Path) -> None:
    """Brings the folder's own entries (names that came, went or changed) to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _bounded(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """Slices of at most ``rows`` and ``GROUP_BYTES`` (a single row may be larger)."""
    for start in range(0, len(table), rows):
        yield from _halved(table.slice(start, rows))


def _halved(table: pa.Table) -> Iterator[pa.Table]:
    if len(table) > 1 and table.nbytes > GROUP_BYTES:
        middle = len(table) // 2
        yield from _halved(table.slice(0, middle))
        yield from _halved(table.slice(middle))
    else:
        yield table
