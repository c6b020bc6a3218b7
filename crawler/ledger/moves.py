"""The moves of a capture from state to state: one table, and the one function that carries them out."""

from __future__ import annotations

import sqlite3
from typing import Any

from crawler.known import LASTING, State
from crawler.ledger.sql import one_of

#: Every allowed move (before, after), with its reason.
MOVES = frozenset(
    {
        (State.KNOWN, State.PLANNED),  # the plan wants it
        (State.KNOWN, State.CLAIMED),  # the archive served it in place of another one
        (State.KNOWN, State.SETTLED),  # the plan did not need it, a twin tells what it is, or it is not shown
        (State.PLANNED, State.CLAIMED),  # a request for it goes out
        (State.PLANNED, State.SETTLED),  # the archive does not show it
        (State.CLAIMED, State.KNOWN),  # it was only on the way to another one
        (State.CLAIMED, State.PLANNED),  # it is asked for again, later or by the next process
        (State.CLAIMED, State.FETCHED),  # its bytes are here
        (State.CLAIMED, State.SETTLED),  # there is nothing to write for it
        (State.FETCHED, State.KNOWN),  # it was lost in a crash; the redirect that led to it finds it again
        (State.FETCHED, State.PLANNED),  # it was lost in a crash
        (State.FETCHED, State.SETTLED),  # its row or its bytes are on disk
        (State.SETTLED, State.KNOWN),  # a later crawl may want it
        (
            State.SETTLED,
            State.PLANNED,
        ),  # it could not be loaded, or leads to what a crash has lost: asked for again
    }
)


class ForbiddenMove(Exception):
    """A capture would go from one state to another in a way that ``MOVES`` does not have: an error of ours."""


def move(
    db: sqlite3.Connection, before: State, after: State, where: str, *, sets: str = "", source: str = "", **values: Any
) -> int:
    """Moves the captures that are in state ``before`` and meet ``where``; returns how many there were.

    ``sets`` are more columns to set, ``source`` is a ``FROM`` clause, and ``values`` are the named parameters of all
    three. Raises ``ForbiddenMove`` for a move that ``MOVES`` does not have.

    The state stands in the statement literally, because SQLite uses a partial index only then.
    """
    if (before, after) not in MOVES:
        raise ForbiddenMove(f"no capture goes from {before} to {after}")
    return db.execute(
        f"UPDATE captures SET state = '{after}'{', ' if sets else ''}{sets} {source}"
        f" WHERE captures.state = '{before}' AND ({where})",
        values,
    ).rowcount


def move_one(
    db: sqlite3.Connection, before: State, after: State, capture_id: int, *, sets: str = "", **values: Any
) -> None:
    """Moves one capture. Raises ``ForbiddenMove`` as ``move``, and if the capture is not in state ``before``."""
    if not move(db, before, after, "id = :capture_id", sets=sets, capture_id=capture_id, **values):
        raise ForbiddenMove(f"capture {capture_id} is not {before}, and can't become {after}")


def unless_lasting(**sets: str) -> str:
    """Columns to set by a move that learns nothing of the capture: they stay where its outcome is one of ``LASTING``.

    >>> unless_lasting(detail=":detail")
    "detail = iif(outcome IN ('stored', ...), detail, :detail)"
    """
    return ", ".join(
        f"{name} = iif(outcome IN {one_of(sorted(LASTING))}, {name}, {value})" for name, value in sets.items()
    )
