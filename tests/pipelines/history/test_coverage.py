"""Coverage: what is known of each half-year and, where nothing is, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import pytest

from pipelines.history import coverage
from pipelines.history.coverage import STATUSES, CoverageTotals, HalfYear
from pipelines.history.site import HomepageLook, Site
from pipelines.history.versions import Observation, Version, find_versions
from pipelines.outcomes import DomainOutcome, Outcome


def moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def versions(*stored: tuple[str, str], carried: tuple[tuple[str, str], ...] = ()) -> list[Version]:
    url = "https://example.com/privacy"
    return find_versions(
        "example.com",
        [Observation(moment(day), url, text, "x 1", 0) for day, text in stored]
        + [Observation(moment(day), url, text, "x 1", 0, stored=False) for day, text in carried],
    )


def cover(
    captures: Iterable[tuple[datetime, str]],
    versions: Sequence[Version],
    domain_outcomes: Iterable[str],
    looks: Sequence[tuple[str, str | None]] = (),
) -> list[HalfYear]:
    """``looks`` at the homepage: the day asked for, and that of the nearest capture."""
    captures = list(captures)
    homepage = [HomepageLook(moment(asked), moment(nearest) if nearest else None) for asked, nearest in looks]
    site = Site.of((captured_at for captured_at, _ in captures), homepage)
    return coverage.cover(captures, versions, domain_outcomes, site)


def statuses(cells: list[HalfYear]) -> list[tuple[str, str]]:
    return [(cell.label, cell.status) for cell in cells]


def test_there_is_a_cell_for_each_half_year_from_the_first_sign_of_the_site_to_the_last() -> None:
    captures = [(moment("2010-03-01"), Outcome.STORED), (moment("2011-08-01"), Outcome.STORED)]
    cells = cover(captures, versions(("2010-03-01", "A"), ("2011-08-01", "B")), iter([]))
    assert statuses(cells) == [
        ("2010-H1", "covered"),
        ("2010-H2", "not_archived"),
        ("2011-H1", "not_archived"),
        ("2011-H2", "covered"),
    ]
    assert cells[1].starts == date(2010, 7, 1)


def test_a_half_year_known_by_unchanged_bytes_is_carried() -> None:
    captures = [(moment("2010-03-01"), Outcome.STORED), (moment("2010-09-01"), Outcome.UNCHANGED)]
    seen = versions(("2010-03-01", "A"), carried=(("2010-09-01", "A"),))
    cells = cover(captures, seen, [])
    assert [cell.status for cell in cells] == ["covered", "carried"]
    assert cells[1].version_ids == (seen[0].id,)


def test_an_empty_half_year_between_captures_of_one_version_names_it() -> None:
    captures = [(moment(day), Outcome.STORED) for day in ("2010-01-01", "2011-01-01", "2012-01-01")]
    seen = versions(("2010-01-01", "A"), ("2011-01-01", "A"), ("2012-01-01", "B"))
    cells = cover(captures, seen, [])
    assert [cell.within_version for cell in cells] == [None, seen[0].id, None, None, None]


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.NOT_POLICY, "not_a_policy"),
        (Outcome.STORED, "not_a_policy"),  # stored, but as terms or another's policy
        (Outcome.SOFT_BLOCK, "soft_block"),
        (Outcome.EMPTY, "empty"),
        (Outcome.UNPLAYABLE, "unplayable"),
        (Outcome.FAILED, "failed"),
        (Outcome.PENDING, "not_asked"),
        (Outcome.SKIPPED, "not_asked"),
        (Outcome.REDIRECT, "redirect"),
    ],
)
def test_captures_without_a_text_say_why(outcome: str, reason: str) -> None:
    assert statuses(cover([(moment("2010-01-01"), outcome)], [], [])) == [("2010-H1", reason)]
    assert reason in STATUSES


def test_every_outcome_of_a_capture_has_a_meaning_here() -> None:
    for outcome in Outcome:
        (cell,) = cover([(moment("2010-01-01"), outcome)], [], [])
        assert cell.status != "not_archived"


def test_what_was_tried_tells_more_than_what_was_not_asked() -> None:
    captures = [(moment("2010-01-01"), Outcome.SKIPPED), (moment("2010-02-01"), Outcome.SOFT_BLOCK)]
    assert statuses(cover(captures, [], [])) == [("2010-H1", "soft_block")]


@pytest.mark.parametrize("outcome", [each for each in DomainOutcome if each != DomainOutcome.FOUND])
def test_a_domain_without_any_sign_has_no_half_year_and_is_counted_with_the_reason(outcome: str) -> None:
    summary = CoverageTotals()
    summary.add(cover([], [], [outcome], [("2010-01-15", None)]), iter([outcome]))
    assert (summary.domains, summary.half_years, summary.domains_without_sign) == (1, 0, {outcome: 1})


def test_a_gap_of_a_domain_whose_index_was_not_read_to_its_end_is_incomplete() -> None:
    captures = [(moment("2010-01-01"), Outcome.STORED), (moment("2011-01-01"), Outcome.STORED)]
    cells = cover(captures, versions(("2010-01-01", "A"), ("2011-01-01", "A")), [DomainOutcome.INCOMPLETE])
    assert [cell.status for cell in cells] == ["covered", "incomplete", "covered"]


def test_a_half_year_with_a_policy_in_another_language_only_says_so() -> None:
    url = "https://example.com/privacy"
    seen = find_versions(
        "example.com",
        [
            Observation(moment(day), url, text, "x 1", 0, language=language, is_main=language == "en")
            for day, text, language in (("2010-01-01", "A", "en"), ("2010-09-01", "Ä", "de"), ("2011-01-01", "A", "en"))
        ],
    )
    captures = [(moment(day), Outcome.STORED) for day in ("2010-01-01", "2010-09-01", "2011-01-01")]
    cells = cover(captures, seen, [])
    assert [cell.status for cell in cells] == ["covered", "other_language", "covered"]
    assert (cells[1].texts, cells[1].version_ids, cells[1].within_version) == (0, (), cells[0].version_ids[0])
    assert STATUSES[2] == "other_language"


STORED_2012 = [(moment("2012-02-01"), Outcome.STORED)]


def states(cells: list[HalfYear]) -> list[tuple[str, str, str]]:
    return [(cell.label, cell.site, cell.status) for cell in cells]


def test_a_site_that_was_archived_before_its_first_policy_had_no_policy_yet() -> None:
    cells = cover(STORED_2012, versions(("2012-02-01", "A")), [], [("2010-01-15", "2010-03-01")])
    assert states(cells)[:2] == [("2010-H1", "archived", "no_policy"), ("2010-H2", "not_asked", "not_archived")]
    assert states(cells)[-1] == ("2012-H1", "archived", "covered")


def test_half_years_nearer_than_the_nearest_capture_of_the_homepage_are_not_archived() -> None:
    looks = [("2008-06-01", "2008-06-01"), ("2010-06-01", "2012-03-01")]
    cells = cover(STORED_2012, versions(("2012-02-01", "A")), [], looks)
    assert [cell.site for cell in cells] == [
        "archived", "not_asked", *["not_archived"] * 6, "archived",
    ]  # fmt: skip
    assert {cell.status for cell in cells[1:-1]} == {"not_archived"}


def test_a_capture_of_the_policy_is_a_capture_of_the_site_whatever_the_homepage_tells() -> None:
    (cell,) = cover([(moment("2012-02-01"), Outcome.SOFT_BLOCK)], [], [], [("2012-02-01", None)])
    assert (cell.site, cell.status) == ("archived", "soft_block")


def test_an_archived_site_after_the_last_policy_is_not_one_without_a_policy() -> None:
    cells = cover(STORED_2012, versions(("2012-02-01", "A")), [], [("2013-02-01", "2013-02-01")])
    assert states(cells)[-1] == ("2013-H1", "archived", "not_archived")


def test_a_site_whose_index_was_not_read_to_its_end_may_have_had_a_policy() -> None:
    cells = cover([], [], [DomainOutcome.INCOMPLETE], [("2010-01-15", "2010-03-01")])
    assert states(cells) == [("2010-H1", "archived", "incomplete")]


def test_a_site_without_any_policy_has_its_half_years() -> None:
    cells = cover([], [], [DomainOutcome.NO_POLICY_FOUND], [("2010-01-15", "2010-03-01"), ("2011-01-15", "2011-01-15")])
    assert states(cells) == [
        ("2010-H1", "archived", "no_policy"),
        ("2010-H2", "not_asked", "not_archived"),
        ("2011-H1", "archived", "no_policy"),
    ]


def test_a_homepage_with_a_bad_timestamp_tells_nothing() -> None:
    cells = cover(STORED_2012, versions(("2012-02-01", "A")), [], [("2010-01-15", "9999-01-01")])
    assert states(cells) == [("2012-H1", "archived", "covered")]


def test_a_bad_timestamp_makes_no_thousands_of_rows() -> None:
    captures = [(moment("2010-01-01"), Outcome.STORED), (datetime(9999, 1, 1, tzinfo=UTC), Outcome.FAILED)]
    assert len(cover(captures, versions(("2010-01-01", "A")), [])) == 1


def test_the_summary_counts_filled_cells_gaps_and_reasons() -> None:
    summary = CoverageTotals()
    captures = [(moment("2010-01-01"), Outcome.STORED), (moment("2011-01-01"), Outcome.STORED)]
    captures += [(moment("2010-07-01"), Outcome.SKIPPED), (moment("2011-07-01"), Outcome.SOFT_BLOCK)]
    summary.add(cover(captures, versions(("2010-01-01", "A"), ("2011-01-01", "A")), []), [])
    summary.add([], [DomainOutcome.EXCLUDED])
    assert (summary.domains, summary.domains_with_text) == (2, 1)
    assert (summary.half_years, summary.archived, summary.filled, summary.share_filled) == (4, 4, 2, 2 / 4)
    assert (summary.gaps, summary.gaps_within_version) == (1, 1)
    assert summary.reasons == {"covered": 2, "not_asked": 1, "soft_block": 1}
    assert summary.domains_without_sign == {"excluded": 1}
    assert "2 of 4 half-years with a capture filled (50.0%), 1 more within one version" in summary.lines()
