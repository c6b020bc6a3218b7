"""Tables: their columns, each with its meaning, and the version of their form."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

#: The version of the tables' form, noted in the metadata of each file; those of version 1 have no such note. Who
#: changes the form raises it, and says in ``pipelines.dataset.lifting`` how older rows are lifted.
SCHEMA_VERSION = 2


def column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    """A column that always has a value."""
    return pa.field(name, kind, nullable=False, metadata={"doc": doc})


def maybe(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    """A column that may be null."""
    return pa.field(name, kind, metadata={"doc": doc})


def table(doc: str, columns: list[pa.Field], name: str) -> pa.Schema:
    """A table and what its rows are."""
    return pa.schema(columns, metadata={"doc": doc, "table": name, "schema_version": str(SCHEMA_VERSION)})


def some_columns(schema: pa.Schema, names: Iterable[str]) -> pa.Schema:
    """The schema of these columns alone, with what the table's metadata says."""
    return pa.schema([schema.field(name) for name in names], metadata=schema.metadata)


def one_of(values: Iterable[str]) -> str:
    """``a, b or c``."""
    *others, last = values
    return f"{', '.join(others)} or {last}"
