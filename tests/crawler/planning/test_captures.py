"""Which captures a plan fetches next."""

import hashlib
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.known import PLANS, KnownCapture, is_asked_for
from crawler.planning.captures import OUTLINE, TRIES_PER_HALF_YEAR, next_captures
from pipelines.timestamps import half_year, half_year_label
from tests.support.timelines import chosen, crawl, requests, timeline

# --- grid


def test_the_grid_takes_the_first_capture_of_each_half_year() -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-03-01  B  200
        2004-06-30  C  200
        2004-07-01  D  200
        2006-01-05  E  200
    """)
    assert chosen("grid", captures) == ["2004-02-01", "2004-07-01", "2006-01-05"]


@pytest.mark.parametrize(
    ("timestamp", "cell"), [("20040630235959", "2004-H1"), ("20040701000000", "2004-H2"), ("20041231235959", "2004-H2")]
)
def test_a_half_year_ends_with_june_and_december(timestamp: str, cell: str) -> None:
    assert half_year_label(half_year(timestamp)) == cell


def test_each_address_has_a_grid_of_its_own() -> None:
    captures = timeline("2004-02-01 A 200") + timeline("2004-03-01 A 200", "com,example)/legal", first_id=10)
    assert chosen("grid", captures) == ["2004-02-01", "2004-03-01"]


def test_each_address_has_a_plan_of_its_own_and_others_are_left_out() -> None:
    wanted, other, left_out = (
        timeline("2004-02-01 A 200\n2004-03-01 B 200\n2004-05-01 C 200", urlkey, first_id)
        for urlkey, first_id in (("com,a)/", 1), ("com,b)/", 11), ("com,c)/", 21))
    )
    ids = next_captures({"com,a)/": "all", "com,b)/": "grid"}, wanted + other + left_out)
    assert ids == [capture.id for capture in wanted] + [other[0].id]


def test_a_cell_with_a_text_wants_nothing_more() -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-03-01  B  200  text
        2004-04-01  C  200
    """)
    assert chosen("grid", captures) == []


@pytest.mark.parametrize("plan", PLANS)
def test_twins_and_revisits_of_known_bytes_are_never_chosen(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  200  text
        2004-09-01  A  200
        2005-02-01  A  -
        2005-09-01  A  200
        2006-02-01  A  -
    """)
    assert chosen(plan, captures) == []


@pytest.mark.parametrize("plan", PLANS)
def test_of_twins_that_nobody_has_read_one_is_chosen(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-09-01  A  -
        2005-02-01  A  200
    """)
    assert chosen(plan, captures) == ["2004-02-01"]


@pytest.mark.parametrize("digest", ["-", ""])
def test_a_missing_digest_makes_no_twins(digest: str) -> None:
    captures = [replace(capture, digest=digest) for capture in timeline("2004-02-01 A 200\n2004-09-01 A 200")]
    assert chosen("grid", captures) == ["2004-02-01", "2004-09-01"]


@pytest.mark.parametrize("plan", PLANS)
def test_a_redirect_is_chosen_only_where_a_half_year_has_nothing_else(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  301
        2004-03-01  B  200
        2004-09-01  C  302
    """)
    first = chosen(plan, captures)
    assert "2004-02-01" not in first
    assert "2004-09-01" in first


def test_all_takes_a_redirect_where_an_address_held_nothing_else() -> None:
    assert chosen("all", timeline("2004-02-01 A 301\n2004-03-01 B 301")) == ["2004-02-01"]


@pytest.mark.parametrize("plan", ["grid", "versions"])
def test_a_failure_falls_back_to_the_next_capture_of_the_cell(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-03-01  B  200
        2004-04-01  C  200
        2004-05-01  D  200
        2004-06-01  E  200
    """)
    _, rounds = crawl(plan, captures, lambda capture: "text" if capture.digest == "C" else None)
    assert [capture.digest for capture in requests(rounds)][:1] == ["A"]
    assert "C" in [capture.digest for capture in requests(rounds)]


def test_a_cell_is_given_up_after_some_failures() -> None:
    captures = timeline("\n".join(f"2004-01-{day:02} {day} 200" for day in range(1, 29)))
    _, rounds = crawl("grid", captures, lambda capture: None)
    assert [len(round_) for round_ in rounds] == [1] * TRIES_PER_HALF_YEAR


# --- dates


@pytest.mark.parametrize(
    ("since", "until", "dates"),
    [
        ("2004", "2004", ["2004-02-01", "2004-09-01"]),
        ("200409", "", ["2004-09-01", "2005-02-01"]),
        ("", "20040201", ["2004-02-01"]),
        ("20040901", "200502", ["2004-09-01", "2005-02-01"]),
        ("2006", "", []),
    ],
)
@pytest.mark.parametrize("plan", PLANS)
def test_since_and_until_are_inclusive(plan: str, since: str, until: str, dates: list[str]) -> None:
    captures = timeline("2004-02-01 A 200\n2004-09-01 B 200\n2005-02-01 C 200")
    _, rounds = crawl(plan, captures, lambda capture: "text", since=since, until=until)
    assert sorted(capture.timestamp[:8] for capture in requests(rounds)) == [date.replace("-", "") for date in dates]


def test_the_last_second_of_until_is_inside() -> None:
    assert is_asked_for("20041231235959", "2004", "2004")
    assert not is_asked_for("20050101000000", "2004", "2004")


# --- all


def test_all_takes_every_distinct_digest_once() -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-02-02  B  200
        2004-02-03  A  200
        2004-02-04  C  -
        2004-02-05  B  200
    """)
    _, rounds = crawl("all", captures, lambda capture: capture.digest)
    assert sorted(capture.digest for capture in requests(rounds)) == ["A", "B", "C"]


def test_all_tries_a_twin_of_what_could_not_be_played() -> None:
    captures = timeline("2004-02-01 A 200\n2004-02-02 A 200\n2004-02-03 A 200")
    _, rounds = crawl("all", captures, lambda capture: None if capture.id == captures[0].id else "text")
    assert [capture.id for capture in requests(rounds)] == [capture.id for capture in captures[:2]]


# --- whatever comes


@settings(max_examples=150)
@given(
    plan=st.sampled_from([*PLANS, OUTLINE]),
    rows=st.lists(
        st.tuples(
            st.integers(0, 4000),
            st.sampled_from("ABCDEFGH-"),
            st.sampled_from([200, 200, 200, 301, 404, None]),
            st.sampled_from(["com,a)/", "com,b)/"]),
        ),
        max_size=60,
    ),
    seed=st.integers(),
    failures=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_a_plan_always_ends_and_asks_for_no_capture_twice(
    plan: str, rows: list[tuple[int, str, int | None, str]], seed: int, failures: float
) -> None:
    rng = random.Random(seed)
    captures = []
    for number, (day, digest, status, urlkey) in enumerate(sorted(rows, key=lambda row: (row[3], row[0]))):
        date = datetime(2000, 1, 1) + timedelta(days=day)
        table = f"{date:%Y-%m-%d} {digest} {'-' if status is None else status}"
        captures += timeline(table, urlkey, first_id=number + 1)

    def text_of(capture: KnownCapture) -> str | None:
        if rng.random() < failures:
            return None
        return hashlib.sha256(capture.digest.encode()).hexdigest() if rng.random() < 0.8 else "soft_block"

    _, rounds = crawl(plan, captures, text_of)
    ids = [capture.id for capture in requests(rounds)]
    assert len(ids) == len(set(ids))
    bytes_read = [
        (capture.urlkey, capture.digest)
        for capture in requests(rounds)
        if failures == 0 and capture.digest != "-" and not capture.is_redirect
    ]
    assert len(bytes_read) == len(set(bytes_read))
