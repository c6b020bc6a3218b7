"""The columns of a table, each with its meaning."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa


def column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    """A column that always has a value."""
    return pa.field(name, kind, nullable=False, metadata={"doc": doc})


def maybe(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    """A column that may be null."""
    return pa.field(name, kind, metadata={"doc": doc})


def table(doc: str, columns: list[pa.Field]) -> pa.Schema:
    """A table and what its rows are."""
    return pa.schema(columns, metadata={"doc": doc})


def one_of(values: Iterable[str]) -> str:
    """``a, b or c``."""
    *others, last = values
    return f"{', '.join(others)} or {last}"
