"""What two ledgers know becomes one: each thing once, and nothing that was known is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.known import LASTING, DomainState, State
from crawler.ledger import Ledger
from crawler.ledger.joining import Joined, join
from crawler.ledger.sql import transaction
from pipelines.dataset.overrides import NO_OVERRIDES
from pipelines.surt import urlkey
from tests.support.ledger import ARCHIVE, URL

#: (state, outcome) that a capture may have.
STATES = [
    (State.KNOWN, None),
    (State.KNOWN, "stored"),  # by an import
    (State.PLANNED, None),
    (State.SETTLED, "skipped"),
    (State.SETTLED, "failed"),
    (State.SETTLED, "not_policy"),
    (State.SETTLED, "unchanged"),
    (State.SETTLED, "stored"),
]
CAPTURES = st.dictionaries(
    st.tuples(st.integers(2001, 2003), st.sampled_from(["", "A", "B"])), st.sampled_from(STATES), max_size=4
)


def fill(
    folder: Path, captures: dict[tuple[int, str], tuple[State, str | None]], *, asked: float = 1.0,
    state: DomainState = DomainState.OPEN, crawl: str = "crawl",
) -> Path:  # fmt: skip
    """A ledger that knows example.com with these captures."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(Ledger(folder)) as ledger, transaction(ledger.db):
        ledger.db.execute(
            "INSERT INTO crawls (id, archive, arguments, settings, software, started_at) VALUES (?, ?, '{}', '{}',"
            " '{}', ?)",
            (crawl, ARCHIVE, asked),
        )
        ledger.db.execute(
            "INSERT INTO domains (archive, domain, crawl_id, listed_by, state, outcome, asked_first, asked_last)"
            " VALUES (?, 'example.com', ?, ?, ?, ?, ?, ?)",
            (ARCHIVE, crawl, crawl, state, "found" if state == DomainState.DONE else None, asked, asked),
        )
        stored = set()
        for (year, digest), (how_far, outcome) in captures.items():
            if outcome == "stored" and year in stored:
                continue  # no ledger has two rows of one capture
            stored |= {year} if outcome == "stored" else set()
            is_imported = outcome == "stored" and how_far == State.KNOWN
            ledger.db.execute(
                "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, state, outcome, kind,"
                " stored_url, imported) VALUES (1, ?, ?, ?, ?, 'url_keyword', ?, ?, ?, ?, ?)",
                (
                    urlkey(URL), f"{year}0101000000", digest, URL, how_far, outcome,
                    "privacy_policy" if outcome == "stored" else None, URL if outcome == "stored" else None,
                    is_imported,
                ),
            )  # fmt: skip
    return folder


@contextmanager
def joining(here: Path, there: Path) -> Iterator[Ledger]:
    with closing(Ledger(here)) as ledger:
        ledger.db.execute("ATTACH ? AS theirs", (str(there / "crawl.sqlite"),))
        yield ledger


def joined(here: Path, there: Path) -> Joined:
    with joining(here, there) as ledger, transaction(ledger.db):
        return join(ledger.db, NO_OVERRIDES)


def known(folder: Path) -> list[tuple[Any, ...]]:
    """(time, digest, state, outcome, address of its row) of the captures."""
    with closing(Ledger(folder)) as ledger:
        return ledger.db.execute(
            "SELECT timestamp, digest, state, outcome, stored_url FROM captures ORDER BY 1, 2, 3"
        ).fetchall()


def values(folder: Path, columns: str, table: str = "domains") -> list[tuple[Any, ...]]:
    with closing(Ledger(folder)) as ledger:
        return ledger.db.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()


def times(rows: Sequence[tuple[Any, ...]], *outcomes: str) -> set[str]:
    return {row[0] for row in rows if row[3] in outcomes}


@settings(max_examples=10)
@example(  # the index has named a redirect's target, under two digests
    ours={(2001, ""): (State.KNOWN, None)},
    theirs={(2001, "A"): (State.KNOWN, None), (2001, "B"): (State.KNOWN, None)},
    ours_asked=1,
    theirs_asked=2,
)
@given(ours=CAPTURES, theirs=CAPTURES, ours_asked=st.integers(1, 2), theirs_asked=st.integers(1, 2))
def test_no_capture_is_lost_and_none_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, ours: Any, theirs: Any, ours_asked: int, theirs_asked: int
) -> None:
    folder = tmp_path_factory.mktemp("both")
    here = fill(folder / "here", ours, asked=ours_asked)
    there = fill(folder / "there", theirs, asked=theirs_asked)
    before = known(here), known(there)
    joined(here, there)
    after = known(here)
    stored = [row[0] for row in after if row[3] == "stored"]
    assert len(stored) == len(set(stored))
    assert set(stored) == times(before[0], "stored") | times(before[1], "stored")
    assert times(after, *LASTING) == times(before[0], *LASTING) | times(before[1], *LASTING)
    assert {row[0] for row in after} == {row[0] for rows in before for row in rows}
    assert not joined(here, there).any
    assert known(here) == after


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ((State.PLANNED, None), (State.SETTLED, "stored"), (State.SETTLED, "stored")),
        ((State.SETTLED, "stored"), (State.PLANNED, None), (State.SETTLED, "stored")),
        ((State.SETTLED, "unchanged"), (State.SETTLED, "stored"), (State.SETTLED, "stored")),
        ((State.KNOWN, "stored"), (State.SETTLED, "stored"), (State.SETTLED, "stored")),
        ((State.SETTLED, "failed"), (State.SETTLED, "not_policy"), (State.SETTLED, "not_policy")),
        ((State.KNOWN, None), (State.PLANNED, None), (State.PLANNED, None)),
        ((State.SETTLED, "skipped"), (State.PLANNED, None), (State.SETTLED, "skipped")),
    ],
)
def test_of_one_crawl_the_capture_counts_that_came_further(
    tmp_path: Path, ours: Any, theirs: Any, expected: Any
) -> None:
    here = fill(tmp_path / "here", {(2001, "A"): ours})
    joined(here, fill(tmp_path / "there", {(2001, "A"): theirs}))
    assert [row[2:4] for row in known(here)] == [expected]


def test_what_may_pass_is_as_the_later_crawl_has_it(tmp_path: Path) -> None:
    here = fill(tmp_path / "here", {(2001, "A"): (State.SETTLED, "skipped")}, state=DomainState.DONE)
    later = fill(tmp_path / "later", {(2001, "A"): (State.PLANNED, None)}, asked=2, crawl="later")
    assert joined(here, later).changed == 1
    assert [row[2:4] for row in known(here)] == [(State.PLANNED, None)]
    assert values(here, "crawl_id, state, asked_first, asked_last") == [("later", "open", 1.0, 2.0)]
    joined(later, fill(tmp_path / "other", {(2001, "A"): (State.SETTLED, "skipped")}, state=DomainState.DONE))
    assert [row[2:4] for row in known(later)] == [(State.PLANNED, None)]


def test_a_redirects_target_is_the_capture_that_the_index_names(tmp_path: Path) -> None:
    here = fill(tmp_path / "here", {(2001, ""): (State.SETTLED, "stored")})
    joined(here, fill(tmp_path / "there", {(2001, "A"): (State.KNOWN, None)}))
    joined(here, fill(tmp_path / "more", {(2001, ""): (State.KNOWN, None)}))
    assert len(known(here)) == 1
    assert known(here)[0][2:4] == (State.SETTLED, "stored")


def test_rows_that_name_each_other_still_do(tmp_path: Path) -> None:
    """Ids are others here: a redirect's target, a past homepage visit, the keys of a query."""
    there = fill(tmp_path / "there", {(2001, "A"): (State.SETTLED, "redirect"), (2002, ""): (State.SETTLED, "stored")})
    with closing(Ledger(there)) as ledger, transaction(ledger.db):
        ledger.db.execute("UPDATE captures SET via = 1 WHERE id = 2")
        ledger.db.execute(
            "INSERT INTO captures (id, domain_id, role, urlkey, timestamp, digest, url, found_by, state, served) VALUES"
            " (7, 1, 'homepage', 'com,example)/', '2001', 'past 7', 'http://example.com/', 'homepage', 'settled', '1')"
        )
        ledger.db.execute(
            "INSERT INTO queries (id, domain_id, crawl_id, url, match_type, found_by, page_rows, resume_key)"
            " VALUES (3, 1, 'crawl', 'example.com', 'domain', 'url_keyword', 10, 'key')"
        )
        ledger.db.execute("INSERT INTO resume_keys VALUES (3, 'key')")
    here = fill(tmp_path / "here", {(1999, "X"): (State.KNOWN, None)})
    with closing(Ledger(here)) as ledger, transaction(ledger.db):
        ledger.db.execute("UPDATE domains SET domain = 'other.com'")
    for expected in (Joined(new=1, last=1), Joined(last=2)):
        assert joined(here, there) == expected
        assert values(here, "v.timestamp, c.timestamp", "captures c JOIN captures v ON v.id = c.via") == [
            ("20010101000000", "20020101000000")
        ]
        assert values(here, "digest = 'past ' || id", "captures WHERE role = 'homepage'") == [(1,)]
        assert values(here, "resume_key", "resume_keys JOIN queries USING (resume_key) WHERE id = query_id") == [
            ("key",)
        ]


def test_a_homepage_visit_that_is_past_by_now_comes_once(tmp_path: Path) -> None:
    there = fill(tmp_path / "there", {})
    visit = "captures (domain_id, role, urlkey, timestamp, digest, url, found_by, state, served, outcome)"
    value = "(1, 'homepage', 'k', '2001', 'homepage', 'http://example.com/', 'homepage', 'settled', '1', 'looked_at')"
    with closing(Ledger(there)) as ledger, transaction(ledger.db):
        ledger.db.execute(f"INSERT INTO {visit} VALUES {value}")
    here = tmp_path / "here"
    here.mkdir()
    joined(here, there)
    with closing(Ledger(there)) as ledger, transaction(ledger.db):
        ledger.db.execute("UPDATE captures SET digest = 'past ' || id")
        ledger.db.execute(f"INSERT INTO {visit} VALUES {value.replace('looked_at', 'again')}")
        ledger.db.execute("UPDATE domains SET asked_last = 2")
    for _ in range(2):
        joined(here, there)
        assert values(here, "outcome, digest LIKE 'past %'", "captures") == [("again", 0), ("looked_at", 1)]


def test_a_query_that_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    folders = [fill(tmp_path / name, {}) for name in ("here", "there")]
    for folder, words, state, pages in ((folders[0], "own", "planned", 0), (folders[1], "few", "done", 2)):
        with closing(Ledger(folder)) as ledger, transaction(ledger.db):
            ledger.db.execute(
                "INSERT INTO queries (domain_id, crawl_id, url, match_type, found_by, page_rows, words, state, pages)"
                " VALUES (1, 'crawl', 'example.com', 'domain', 'url_keyword', 10, ?, ?, ?)",
                (words, state, pages),
            )
    for here, there in (folders, reversed(folders)):
        joined(here, there)
        assert values(here, "state, pages", "queries") == [("done", 2)]
