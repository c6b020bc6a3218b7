"""Rows of a table that is being worked out, on their way from Python to Arrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa


class RowBuffer:
    """Takes rows one domain after the other, and passes them on as Arrow tables of some hundreds or thousands.

    A few large tables take less memory than one per domain.
    """

    def __init__(self, schema: pa.Schema, pass_on: Callable[[pa.Table], object], rows: int) -> None:
        """``rows``: how many are Python objects at most before they become a table."""
        self._schema = schema
        self._pass_on = pass_on
        self._rows = rows
        self._pending: list[dict[str, Any]] = []

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Takes rows."""
        self._pending += rows
        if len(self._pending) >= self._rows:
            self.flush()

    def flush(self) -> None:
        """Passes on what is left, if anything is."""
        if self._pending:
            self._pass_on(pa.Table.from_pylist(self._pending, self._schema))
            self._pending.clear()
