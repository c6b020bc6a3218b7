"""Rules of health: what is measured of a run, and when a rule is broken."""

from __future__ import annotations

import pytest

from crawler.health import FEWEST, RULES, measure

CAPTURES = {"stored": 60, "not_policy": 20, "empty": 15, "soft_block": 5, "unplayable": 15, "failed": 5}
DOMAINS = {"found": 30, "incomplete": 10, "open": 1000}


def test_shares_are_of_what_was_asked_for_what_was_read_and_what_is_done() -> None:
    assert measure(CAPTURES, DOMAINS, 1.5).values == {
        "failed_captures": round(20 / 120, 4),
        "empty_texts": 0.15,
        "incomplete_domains": 0.25,
        "days_without_rows": 1.5,
    }


def test_a_broken_rule_is_told_with_its_numbers_and_its_setting() -> None:
    health = measure(CAPTURES, DOMAINS, 9)
    limits = dict.fromkeys(RULES, "") | {"HEALTH_FAILED_CAPTURES": "0.1", "HEALTH_DAYS_WITHOUT_ROWS": 8}
    assert health.broken(limits) == [
        "20 of 120 captures asked for could not be had or read (16.7%), against HEALTH_FAILED_CAPTURES=0.1",
        "no row was written for 9.0 days, against HEALTH_DAYS_WITHOUT_ROWS=8",
    ]


@pytest.mark.parametrize("limits", [{}, dict.fromkeys(RULES, ""), dict.fromkeys(RULES), dict.fromkeys(RULES, "10")])
def test_a_rule_that_is_not_set_or_kept_is_not_broken(limits: dict[str, str]) -> None:
    assert measure(CAPTURES, DOMAINS, 9).broken(limits) == []


def test_a_rule_of_nothing_at_all_is_broken_by_the_first() -> None:
    assert len(measure(CAPTURES, DOMAINS, 0).broken({"HEALTH_EMPTY_TEXTS": "0"})) == 1


def test_a_share_of_a_few_tells_nothing() -> None:
    few = {"failed": FEWEST - 1}
    assert measure(few, {"incomplete": FEWEST - 1}, 0).broken(dict.fromkeys(RULES, "0.5")) == []
    assert measure({"failed": FEWEST}, {}, 0).broken(dict.fromkeys(RULES, "0.5")) != []
