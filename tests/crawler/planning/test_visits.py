"""When a known domain is visited again, and whether its index is asked for: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.arguments import Arguments
from crawler.known import Before, MainAddress, Visit
from crawler.planning.visits import DEAD, LONGEST, Pace, interval, is_lost, news, shows_change, visited
from pipelines.surt import key_of
from tests.support.known_captures import known

NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
DAY = 86_400.0
ADDRESS = MainAddress("http://a.com/privacy", "url_keyword", None, "20260501000000")
FOUND = Before("crawl", "found", may_pass=False, is_excluded=False, searched=NOW - 10 * DAY, address=ADDRESS)
CRAWL = Arguments("domains", "list.txt")
KEY = key_of("http://a.com/privacy")


# --- what a visit asks


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, ADDRESS),
        ({"outcome": "incomplete"}, ADDRESS),
        ({"outcome": "incomplete", "address": None}, None),
        ({"outcome": "no_policy_found", "address": None}, "http://a.com/"),
        ({"outcome": "not_archived", "address": None}, "http://a.com/"),
        ({"is_excluded": True}, "http://a.com/"),
        ({"address": None}, None),
        ({"may_pass": True}, None),
        ({"outcome": None}, None),
        ({"searched": None}, None),
        ({"searched": NOW - 400 * DAY}, None),
    ],
)
def test_what_is_known_of_a_domain_decides_what_a_visit_asks_for(changes: dict[str, object], asked: object) -> None:
    assert visited(replace(FOUND, **changes), "a.com", CRAWL, Pace(), NOW) == asked


def test_a_crawl_whose_dates_have_an_end_asks_the_index() -> None:
    assert visited(FOUND, "a.com", replace(CRAWL, until="2015"), Pace(), NOW) is None


def test_each_domain_is_searched_again_at_a_time_of_its_own_once_in_each_period() -> None:
    days = []
    for number in range(300):
        found = replace(FOUND, searched=NOW)
        wait = [
            day for day in range(400)
            if visited(found, f"site{number}.example", CRAWL, Pace(), NOW + day * DAY) is None
        ]  # fmt: skip
        days.append(wait[0])
        again = replace(found, searched=NOW + wait[0] * DAY)
        later = (
            visited(again, f"site{number}.example", CRAWL, Pace(), NOW + (wait[0] + after) * DAY)
            for after in (179, 181)
        )
        assert [each is None for each in later] == [False, True]
    assert 90 <= min(days) < 100 and 260 < max(days) <= 271
    assert all(40 < sum(90 + 30 * part <= day < 120 + 30 * part for day in days) < 60 for part in range(6))


# --- when


def policies(*texts: tuple[str, str]) -> list:  # type: ignore[type-arg]
    """(date, text) of captures that were read."""
    table = known("\n".join(f"{date} a.com/privacy policy" for date, _ in texts))
    return [replace(capture, content_key=text) for capture, (_, text) in zip(table, texts, strict=True)]


def days(found: list, outcome: str = "found", pace: Pace = Pace()) -> float:  # type: ignore[type-arg]  # noqa: B008
    return interval(outcome, found, {KEY}, pace) / timedelta(days=1)


def monthly(changes_every: int, months: int = 24) -> list:  # type: ignore[type-arg]
    dates = [f"{2020 + number // 12}-{number % 12 + 1:02}-01" for number in range(months)]
    return policies(*[(date, str(number // changes_every)) for number, date in enumerate(dates)])


def test_a_policy_that_changes_often_is_due_sooner_but_not_more_often_than_it_is_captured() -> None:
    often, seldom, never = (days(monthly(every)) for every in (3, 12, 24))
    assert often == pytest.approx(30, abs=1), "it is captured once a month"
    assert often < seldom < never <= LONGEST.days
    assert seldom == pytest.approx(350 / 8, abs=2)


def test_no_domain_is_due_before_the_least_time_nor_after_the_longest() -> None:
    daily = policies(*[(f"2026-01-{day:02}", str(day)) for day in range(1, 31)])
    assert days(daily) == 7
    assert days(daily, pace=Pace(least=timedelta(days=20))) == 20
    assert days(policies(("2010-01-01", "A"), ("2020-01-01", "A"))) == LONGEST.days
    assert days(policies(("2010-01-01", "A"))) == days([], "no_policy_found") == LONGEST.days


@pytest.mark.parametrize("outcome", ["not_archived", "excluded"])
def test_a_domain_of_which_nothing_is_archived_or_shown_is_due_after_a_year(outcome: str) -> None:
    assert days([], outcome) == DEAD.days


def test_what_visits_themselves_have_seen_does_not_count_as_how_often_it_is_captured() -> None:
    named = monthly(2)
    seen = [replace(capture, digest="") for capture in policies(("2022-06-01", "12"), ("2022-12-01", "13"))]
    assert days([*named, *seen]) == pytest.approx(days(named), abs=1)


# --- what a visit has brought


def visit(newest: str = "20200101000000", **about: bool) -> Visit:
    return Visit("http://a.com/privacy", KEY, newest, about.get("is_gone", False), is_missed=False)


@pytest.mark.parametrize(
    ("table", "changed", "lost"),
    [
        ("2020-01-01 a.com/privacy policy", False, False),
        ("2020-01-01 a.com/privacy policy\n2021-01-01 a.com/privacy policy", True, False),
        ("2020-01-01 a.com/privacy policy\n2021-01-01 a.com/privacy soft404", True, True),
        ("2020-01-01 a.com/privacy soft404\n2021-01-01 a.com/privacy soft404", False, True),
        ("2020-01-01 a.com/privacy policy\n2021-01-01 a.com/other policy", False, False),
        ("2020-01-01 a.com/privacy policy\n2021-01-01 a.com/privacy", False, False),  # the plan did not want it
    ],
)
def test_what_is_newer_tells_whether_the_policy_has_changed_or_is_lost(table: str, changed: bool, lost: bool) -> None:
    captures = known(table)
    assert (shows_change(visit(), captures), is_lost(visit(), captures)) == (changed, lost)


def test_a_redirect_to_the_same_text_at_the_next_second_is_no_change() -> None:
    before, moved, after = known(
        "2020-01-01 a.com/privacy policy\n2021-01-01 a.com/privacy 301\n2021-01-02 a.com/privacy policy"
    )
    moved = replace(moved, outcome="redirect", content_key="redirect:https://a.com/privacy")
    after = replace(after, content_key=before.content_key)
    assert not shows_change(visit(), [before, moved, after])
    assert [capture.id for capture in news(visit(), [before, moved, after])] == [moved.id, after.id]


def test_a_capture_that_could_not_be_read_may_hide_a_change() -> None:
    before, newer = known("2020-01-01 a.com/privacy policy\n2021-01-01 a.com/privacy")
    newer = replace(newer, outcome="unplayable", state="settled")
    assert shows_change(visit(), [before, newer]) and not is_lost(visit(), [before, newer])


def test_the_text_of_an_unchanged_capture_is_that_of_its_twin() -> None:
    first, twin, newer = known(
        "2019-01-01 a.com/privacy policy\n2020-01-01 a.com/privacy\n2021-01-01 a.com/privacy policy"
    )
    twin = replace(twin, digest=first.digest, outcome="unchanged")
    newer = replace(newer, content_key=first.content_key)
    assert not shows_change(visit(), [first, twin, newer])


def test_an_address_of_which_nothing_is_archived_any_more_is_lost() -> None:
    assert is_lost(visit(is_gone=True), known("2020-01-01 a.com/privacy policy"))
