"""Rows of a table that are worked out in the order of domains, on their way to files by number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.history.row_buffer import RowBuffer

_NUMBER = pa.field("file_number", pa.int64())
#: Rows that are Python objects before they become Arrow.
_PENDING_ROWS = 500
#: Bytes of rows in memory; more are on disk.
_IN_MEMORY = 16 << 20


class NumberedRows:
    """Takes rows in any order, and gives those of each file together. What memory does not hold is on disk."""

    def __init__(self, schema: pa.Schema, folder: Path, in_memory: int = _IN_MEMORY) -> None:
        """``folder``: where rows may wait, as they are in memory (not compressed)."""
        self._schema = schema
        self._with_number = pa.schema([_NUMBER, *schema], schema.metadata)
        self._buffer = RowBuffer(self._with_number, self._take, _PENDING_ROWS)
        self._paths = (folder / f"{number}.arrow" for number in count())
        self._in_memory = in_memory
        self._tables: list[pa.Table] = []
        self._on_disk: list[pa.Table] = []
        """Mapped: their pages are read when they are needed."""

    def add(self, number: int, rows: Sequence[dict[str, Any]]) -> None:
        """Takes rows of the file with this number."""
        self._buffer.add([{_NUMBER.name: number, **row} for row in rows])

    def of(self, number: int) -> pa.Table:
        """The rows of the file with this number, in the order in which they came."""
        self._buffer.flush()
        found = [table.filter(pc.equal(table[_NUMBER.name], number)) for table in (*self._on_disk, *self._tables)]
        return pa.concat_tables([self._with_number.empty_table(), *found]).select(self._schema.names)

    def _take(self, table: pa.Table) -> None:
        self._tables.append(table)
        if sum(each.nbytes for each in self._tables) > self._in_memory:
            self._put_on_disk()

    def _put_on_disk(self) -> None:
        path = next(self._paths)
        with pa.ipc.new_file(path, self._with_number) as file:
            file.write_table(pa.concat_tables(self._tables).combine_chunks())
        self._tables.clear()
        self._on_disk.append(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
