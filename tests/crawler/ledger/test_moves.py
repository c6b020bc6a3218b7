"""Captures move from state to state by the table, and by no other way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.known import State
from crawler.ledger.migrations import migrate
from crawler.ledger.moves import MOVES, ForbiddenMove, move, move_one

PAIRS = [pair for pair in product(State, State) if pair[0] != pair[1]]


def in_state(state: State) -> sqlite3.Connection:
    """A ledger with one capture, whose id is 1."""
    db = sqlite3.connect(":memory:")
    migrate(db)
    db.execute(
        "INSERT INTO captures (id, domain_id, urlkey, timestamp, digest, url, found_by, state)"
        " VALUES (1, 1, 'com,a)/', '2004', 'A', 'http://a.com/', 'given', ?)",
        (state,),
    )
    return db


def state_of(db: sqlite3.Connection) -> str:
    return db.execute("SELECT state FROM captures").fetchone()[0]


@pytest.fixture
def planned() -> Iterator[sqlite3.Connection]:
    db = in_state(State.PLANNED)
    yield db
    db.close()


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair in MOVES])
def test_a_move_of_the_table_is_made(before: State, after: State) -> None:
    db = in_state(before)
    assert move(db, before, after, "id = :id", id=1) == 1
    assert state_of(db) == after


@pytest.mark.parametrize(("before", "after"), [pair for pair in product(State, State) if pair not in MOVES])
def test_every_other_move_is_refused(before: State, after: State) -> None:
    db = in_state(before)
    with pytest.raises(ForbiddenMove, match=f"from {before} to {after}"):
        move(db, before, after, "TRUE")
    assert state_of(db) == before


def test_a_capture_in_another_state_stays_there(planned: sqlite3.Connection) -> None:
    assert move(planned, State.KNOWN, State.SETTLED, "TRUE") == 0
    with pytest.raises(ForbiddenMove, match="capture 1 is not claimed"):
        move_one(planned, State.CLAIMED, State.SETTLED, 1)
    assert state_of(planned) == "planned"


def test_a_move_sets_other_columns_too(planned: sqlite3.Connection) -> None:
    move_one(planned, State.PLANNED, State.CLAIMED, 1, sets="detail = :why", why="its turn")
    assert planned.execute("SELECT detail FROM captures").fetchone() == ("its turn",)


@given(st.lists(st.tuples(st.sampled_from(State), st.sampled_from(State)), max_size=12))
def test_whatever_is_tried_a_capture_goes_only_by_the_table(tries: list[tuple[State, State]]) -> None:
    db, state = in_state(State.KNOWN), State.KNOWN
    for before, after in tries:
        try:
            move_one(db, before, after, 1)
        except ForbiddenMove:
            assert before != state or (before, after) not in MOVES
        else:
            assert (state, after) in MOVES
            state = after
        assert state_of(db) == state
    db.close()


def test_every_state_is_left_in_the_end(planned: sqlite3.Connection) -> None:
    ways = {State.SETTLED}
    while more := {before for before, after in MOVES if after in ways} - ways:
        ways |= more
    assert ways == set(State)
