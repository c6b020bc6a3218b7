"""Writing Parquet so that a reader of the folder sees a whole file or none.

One partial file makes pyarrow, DuckDB and Polars fail on the whole folder. Globs for ``*.parquet`` take names
that begin with a dot; pyarrow and pandas, given a folder, take any name that does not begin with a dot or an
underscore. So a file is written under a name that begins with a dot and ends otherwise, brought to disk, and
renamed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

#: Rows of a row group at most, and bytes of it once decoded: a reader of one domain decodes one group or two,
#: and a group of very long texts still fits into memory. Measured in benchmarks/README.md, "Layout".
GROUP_ROWS = 1_000
GROUP_BYTES = 64 << 20

COMPRESSION = "zstd"
COMPRESSION_LEVEL = 3

#: Columns of free text: their smallest and largest values would only bloat the footer.
FREE_TEXT = frozenset({"text", "markdown", "detail", "link_text", "title"})


class PartWriter:
    """A Parquet file in the making, from ``new_part``."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self.rows = 0
        self._file = file
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._pending_bytes = 0
        self._schema = schema
        self._parquet = pq.ParquetWriter(
            file,
            schema,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            write_statistics=[name for name in schema.names if name not in FREE_TEXT],
        )

    def write(self, table: pa.Table) -> None:
        """Adds rows; row groups are cut at ``GROUP_ROWS`` and ``GROUP_BYTES``, not where a table ends."""
        for piece in _bounded(table.cast(self._schema)):
            if self._pending_rows + len(piece) > GROUP_ROWS or self._pending_bytes + piece.nbytes > GROUP_BYTES:
                self._flush()
            self._pending.append(piece)
            self._pending_rows += len(piece)
            self._pending_bytes += piece.nbytes
            self.rows += len(piece)

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
            self._parquet.write_table(pa.concat_tables(self._pending), row_group_size=GROUP_ROWS)
        self._pending, self._pending_rows, self._pending_bytes = [], 0, 0


@contextmanager
def new_part(path: Path, schema: pa.Schema) -> Iterator[PartWriter]:
    """A ``PartWriter`` whose file stands at ``path`` if the block ends well, and nowhere if it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with aside.open("wb") as file:
            writer = PartWriter(file, schema)
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


def _bounded(table: pa.Table) -> Iterator[pa.Table]:
    """Slices of at most ``GROUP_ROWS`` and ``GROUP_BYTES`` (a single row may be larger)."""
    for start in range(0, len(table), GROUP_ROWS):
        yield from _halved(table.slice(start, GROUP_ROWS))


def _halved(table: pa.Table) -> Iterator[pa.Table]:
    if len(table) > 1 and table.nbytes > GROUP_BYTES:
        middle = len(table) // 2
        yield from _halved(table.slice(0, middle))
        yield from _halved(table.slice(middle))
    else:
        yield table
