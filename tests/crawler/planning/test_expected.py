from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawler.known import KnownCapture
from crawler.planning.captures import BELIEVED, next_captures
from crawler.planning.expected import NOTHING, Expected, expected
from tests.support.known_captures import known


def monthly(years: int) -> list[KnownCapture]:
    first = datetime(2000, 1, 1)
    days = (first + timedelta(days=30 * month) for month in range(12 * years))
    return list(known("\n".join(f"{day:%Y-%m-%d} plimus.com/privacy" for day in days)))


def read_on(captures: list[KnownCapture], changes: list[str], rounds: int) -> tuple[list[KnownCapture], int]:
    """The captures after some rounds of a plan, whose text changes on these days, and how many were fetched."""
    plans, count = {captures[0].urlkey: "versions"}, 0
    for _ in range(rounds):
        for number in next_captures(plans, captures):
            at = number - captures[0].id
            text = str(sum(change <= captures[at].timestamp for change in changes))
            captures[at] = replace(captures[at], state="settled", outcome="stored", content_key=text)
            count += 1
    return captures, count


def told(captures: list[KnownCapture], plan: str = "versions") -> Expected:
    return expected({captures[0].urlkey: plan}, captures, since="", until="", believed=BELIEVED)


@pytest.mark.parametrize("changes", [["20040506"], ["20020506", "20061111"], ["20010101", "20030303", "20080808"]])
def test_what_halving_takes_is_foreseen_once_the_ends_are_read(changes: list[str]) -> None:
    captures, _ = read_on(monthly(10), changes, rounds=2)
    fewest, most = told(captures)
    _, left = read_on(captures, changes, rounds=20)
    assert fewest <= left * 1.3
    assert most >= left * 0.7


def test_before_anything_is_read_a_text_that_never_changes_is_the_least() -> None:
    captures = monthly(10)
    fewest, most = told(captures)
    _, count = read_on(captures, [], rounds=20)
    assert count - 2 <= fewest <= count + 2
    assert most > fewest


def test_nothing_comes_after_a_change_that_is_dated() -> None:
    captures, _ = read_on(monthly(3), ["20010203"], rounds=20)
    assert told(captures) == NOTHING


@pytest.mark.parametrize("plan", ["grid", "all"])
def test_the_other_plans_tell_all_at_once(plan: str) -> None:
    assert told(monthly(10), plan) == NOTHING
