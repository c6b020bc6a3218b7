"""Rows of a query as dataclasses, by the names of their columns."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from operator import itemgetter
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)


def records(kind: type[T], cursor: sqlite3.Cursor) -> list[T]:
    """One ``kind`` per row; each field comes from the column of its name, in whatever order the query has them."""
    columns = [column[0] for column in cursor.description]
    pick = itemgetter(*(columns.index(field.name) for field in fields(kind)))
    return [kind(*pick(row)) for row in cursor]
