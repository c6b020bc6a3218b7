"""The plan ``versions``: each change is dated, and what lies between equal texts is believed."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from crawler.known import KnownCapture
from crawler.planning.captures import DATED, HALF_A_YEAR, OUTLINE, TRIES_PER_HALF_YEAR, next_captures
from tests.support.timelines import chosen, crawl, daily, everywhere, read, requests, timeline, when


def test_versions_looks_at_both_ends() -> None:
    captures = timeline("2004-02-01 A 200\n2004-03-01 B 200\n2004-05-01 C 200")
    assert chosen("versions", captures) == ["2004-02-01", "2004-05-01"]


def test_versions_halves_between_neighbours_that_differ() -> None:
    captures = timeline("""
        2004-01-01  A  200  old
        2004-02-01  B  200
        2004-03-20  C  200
        2004-04-10  D  200
        2004-06-01  E  200  new
    """)
    assert chosen("versions", captures) == ["2004-03-20"]


def test_versions_wants_nothing_between_equal_texts_nor_where_a_change_is_dated() -> None:
    captures = timeline("""
        2004-01-01  A  200  old
        2004-03-01  B  200
        2004-05-01  C  200  old
        2004-05-10  D  200
        2004-05-28  E  200  new
    """)
    assert chosen("versions", captures) == []


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("every", [1, 3, 9])
def test_versions_finds_and_dates_every_change_of_words_within_30_days_at_a_quarter_of_the_requests(
    seed: int, every: int
) -> None:
    rng = random.Random(seed)
    captures = daily("2012-01-01", 365 * 8, every=every)
    start = when(captures[0])
    changes = sorted(
        start + timedelta(days=90 * slot + rng.randrange(30)) for slot in rng.sample(range(1, 31), rng.randrange(9))
    )

    def text_of(capture: KnownCapture) -> str:
        return f"version {sum(change <= when(capture) for change in changes)}"

    known, rounds = crawl("versions", captures, text_of)
    read = sorted((capture for capture in known if capture.content_key), key=when)
    dated = [(before, after) for before, after in pairwise(read) if before.content_key != after.content_key]
    assert len(dated) == len(changes)
    for change, (before, after) in zip(changes, dated, strict=True):
        assert when(before) < change <= when(after)
        assert when(after) - when(before) <= DATED
    if every == 1:
        assert len(requests(rounds)) <= len(requests(crawl("all", captures, text_of)[1])) / 4


def test_a_change_costs_a_logarithm_of_requests() -> None:
    captures = daily("2012-01-01", 181)

    def text_of(capture: KnownCapture) -> str:
        return "old" if capture.timestamp < "20120315" else "new"

    _, rounds = crawl("versions", captures, text_of)
    assert len(requests(rounds)) <= 2 + 3  # both ends; 180 days halved to under 30


def test_versions_passes_by_what_cannot_be_played() -> None:
    captures = daily("2012-01-01", 365)
    broken = {capture.id for capture in captures[1::2]}

    def text_of(capture: KnownCapture) -> str | None:
        if capture.id in broken:
            return None
        return "old" if capture.timestamp < "20120801" else "new"

    known, _ = crawl("versions", captures, text_of)
    old = max(when(capture) for capture in known if capture.content_key == "old")
    new = min(when(capture) for capture in known if capture.content_key == "new")
    assert new - old <= DATED


# --- what is believed


def test_between_equal_texts_nothing_is_fetched_up_to_two_years_and_further_apart_even_parts_at_once() -> None:
    monthly = daily("2010-01-01", 365 * 9, every=30)

    def ends(years: int) -> list[KnownCapture]:
        captures = [capture for capture in monthly if when(capture) < datetime(2010 + years, 1, 1)]
        first, *between, last = captures
        return [read(first, "same"), *between, read(last, "same")]

    assert chosen("versions", ends(2)) == []
    assert [date[:4] for date in chosen("versions", ends(3))] == ["2011"]
    assert [date[:4] for date in chosen("versions", ends(8))] == ["2011", "2013", "2015"]


def test_of_captures_with_the_same_bytes_the_first_is_fetched_and_the_next_where_that_cannot_be_played() -> None:
    captures = timeline("""
        2004-01-01  A  200
        2005-01-01  B  200
        2006-01-01  C  200
        2006-02-01  B  -
        2006-03-01  B  -
    """)
    assert chosen("versions", captures) == ["2004-01-01", "2005-01-01"]
    captures[1] = replace(captures[1], state="settled", outcome="unplayable")
    assert chosen("versions", captures) == ["2004-01-01", "2006-02-01"]


def test_how_long_equal_texts_are_believed_can_be_set() -> None:
    captures = timeline("2010-01-01 A 200 same\n2010-06-01 B 200\n2010-09-01 C 200\n2011-01-01 D 200 same")
    plans = everywhere("versions", captures)
    assert next_captures(plans, captures, believed=timedelta(days=365)) == []
    assert next_captures(plans, captures, believed=timedelta(days=364)) == [captures[1].id]
    assert next_captures(plans, captures, believed=timedelta(0)) == [captures[1].id, captures[2].id]


@pytest.mark.parametrize(("text", "parts"), [("same", 0), ("soft_block", 3)])
def test_pages_without_a_text_do_not_tell_what_stood_between_them(text: str, parts: int) -> None:
    captures = daily("2010-01-01", 700, every=20)
    captures = [read(captures[0], text), *captures[1:-1], read(captures[-1], text)]
    assert len(chosen("versions", captures)) == parts


def test_a_history_without_changes_costs_few_requests_and_rounds() -> None:
    _, rounds = crawl("versions", daily("2005-01-01", 365 * 15, every=10), lambda capture: "same")
    assert [len(round_) for round_ in rounds] == [2, 7]


def test_what_lies_between_equal_texts_and_cannot_be_played_is_given_up_at_some_time() -> None:
    captures = daily("2010-01-01", 365 * 3, every=3)
    captures = [read(captures[0], "same"), *captures[1:-1], read(captures[-1], "same")]
    _, rounds = crawl("versions", captures, lambda capture: None)
    assert len(requests(rounds)) == 6 * TRIES_PER_HALF_YEAR


def test_where_both_ends_cannot_be_played_the_middle_is_tried() -> None:
    captures = daily("2010-01-01", 365 * 3, every=30)
    playable = {capture.id for capture in captures[5:-5]}
    known, _ = crawl("versions", captures, lambda capture: "text" if capture.id in playable else None)
    assert any(capture.content_key for capture in known)


def test_redirects_where_there_is_no_page_are_looked_at_by_their_ends() -> None:
    pages = daily("2004-01-01", 365, every=90)
    redirects = timeline("\n".join(f"2010-01-{day:02} R{day} 301" for day in range(1, 29)), first_id=100)
    assert chosen("versions", [*pages, *redirects])[-2:] == ["2010-01-01", "2010-01-28"]


def test_an_outline_dates_changes_to_half_a_year() -> None:
    def text_of(capture: KnownCapture) -> str:
        return "old" if capture.timestamp < "20130301" else "new"

    captures = daily("2012-01-01", 800)
    known, rounds = crawl(OUTLINE, captures, text_of)
    read = sorted((capture for capture in known if capture.content_key), key=when)
    ((before, after),) = [pair for pair in pairwise(read) if pair[0].content_key != pair[1].content_key]
    assert DATED < when(after) - when(before) <= HALF_A_YEAR
    assert len(requests(rounds)) < len(requests(crawl("versions", captures, text_of)[1]))


def test_where_a_policy_moves_to_an_address_that_had_captures_all_along_both_sides_of_the_move_are_fetched() -> None:
    left = timeline("2010-01-01 A 200 text\n2010-03-01 B 200 text", "com,a)/old")
    other = timeline(
        "2009-01-01 C 200 same\n2009-12-20 D 200\n2010-02-01 E 200\n2010-03-05 F 200\n2010-06-01 G 200 same",
        "com,a)/new", first_id=11,
    )  # fmt: skip
    assert chosen("versions", left + other) == []
    policies = [replace(c, kind="privacy_policy" if c.content_key else None) for c in left + other]
    assert chosen("versions", policies) == ["2009-12-20", "2010-03-05"]
