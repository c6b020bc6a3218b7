"""What the ledger's statements share: transactions that may be nested, and rows as dataclasses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from operator import itemgetter
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commits all of the block, or nothing of it if it raises. Inside another transaction, that one decides."""
    if db.in_transaction:
        yield
        return
    with db:
        db.execute("BEGIN IMMEDIATE")
        yield


def exists(db: sqlite3.Connection, rows: str, values: Any = ()) -> bool:
    """True if there are such rows: ``exists(db, "captures WHERE id = ?", (1,))``."""
    return bool(db.execute(f"SELECT EXISTS (SELECT 1 FROM {rows})", values).fetchone()[0])


def records(kind: type[T], cursor: sqlite3.Cursor) -> list[T]:
    """One ``kind`` per row; each field comes from the column of its name, in whatever order the query has them."""
    columns = [column[0] for column in cursor.description]
    pick = itemgetter(*(columns.index(field.name) for field in fields(kind)))
    return [kind(*pick(row)) for row in cursor]


def one_of(words: Iterable[str]) -> str:
    """A list for SQL's ``IN``: ``('stored', 'empty')``."""
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


#: No work waits longer than this (seconds) for its next try. What seems to is left from before the clock was put back.
LONGEST_RETRY = 86_400.0


def is_due(not_before: str, now: str) -> str:
    """A condition: planned work whose column is ``not_before`` may be claimed at the Unix time ``now``.

    >>> is_due("not_before", ":now")
    '(not_before <= :now OR not_before > :now + 86400.0)'
    """
    return f"({not_before} <= {now} OR {not_before} > {now} + {LONGEST_RETRY})"
