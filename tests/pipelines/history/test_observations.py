"""Which captures show the policy, by the lines of its history."""

from __future__ import annotations

import pyarrow as pa

from pipelines.history.domain_history import DomainRows
from pipelines.history.observations import observations
from pipelines.schema import CAPTURES, DOMAINS, POLICIES
from tests.support.rows import Row, capture, digest, moment, policy

DE, EN, FR = (f"https://a.example/{language}/privacy" for language in ("de", "en", "fr"))


def english(day: str, text: str = "We collect names.") -> Row:
    return policy("a.example", day, text, policy_url=EN)


def german(day: str, text: str = "Wir erheben Namen.", **other: object) -> Row:
    return policy("a.example", day, text, **{"policy_url": DE, "language": "de", "primary": False} | other)


def seen(policies: list[Row], captures: list[Row] = []) -> list[tuple[str, str | None, bool, bool]]:  # noqa: B006
    """Day, language, whether it is of the main line, and whether it is stored, in order of time."""
    policies.sort(key=lambda row: row["captured_at"])
    tables = [pa.Table.from_pylist(rows, schema) for rows, schema in ((policies, POLICIES), (captures, CAPTURES))]
    found = observations(DomainRows("a.example", *tables, DOMAINS.empty_table()))
    return sorted((f"{one.captured_at:%Y-%m-%d}", one.language, one.is_main, one.stored) for one in found)


def test_policies_in_another_language_than_the_main_one_are_a_line_beside_it() -> None:
    found = seen([english("2010-01-01"), german("2011-01-01"), english("2012-01-01")])
    assert found == [
        ("2010-01-01", "en", True, True), ("2011-01-01", "de", False, True), ("2012-01-01", "en", True, True),
    ]  # fmt: skip


def test_what_is_no_policy_of_the_site_or_in_its_main_language_is_in_no_line() -> None:
    others = [
        german("2011-01-01", kind="terms"),
        german("2011-02-01", policy_owner="other"),
        german("2011-03-01", language="en"),
        german("2011-04-01", policy_url=FR, language=None),
    ]
    assert len(seen([english("2010-01-01"), *others, english("2012-01-01")])) == 2


def test_a_language_is_beside_the_main_line_only_while_it_is_not_the_main_one() -> None:
    switched = german("2012-01-01", primary=True)
    found = seen([english("2010-01-01"), german("2011-01-01"), switched, german("2013-01-01", policy_url=FR)])
    assert [day for day, *_ in found] == ["2010-01-01", "2011-01-01", "2012-01-01"]


def test_of_two_addresses_in_one_language_the_one_captured_more_often_has_its_time() -> None:
    others = [german(f"201{year}-02-01", policy_url=FR, text=f"Anderes {year}") for year in (0, 3)]
    found = seen([english("2009-01-01"), *(german(f"201{year}-01-01") for year in (1, 3, 4)), *others])
    assert [day for day, language, *_ in found if language == "de"] == [
        "2010-02-01", "2011-01-01", "2013-01-01", "2014-01-01",
    ]  # fmt: skip


def test_a_text_in_no_known_language_is_of_the_line_of_its_neighbours_at_the_same_address() -> None:
    unknown = german("2012-01-01", language=None)
    found = seen([english("2010-01-01"), german("2011-01-01"), unknown, english("2013-01-01")])
    assert found[2] == ("2012-01-01", "de", False, True)


def test_without_a_main_policy_there_is_no_line() -> None:
    assert seen([german("2011-01-01")]) == []


def test_a_line_has_its_unchanged_captures_while_its_language_is_not_the_main_one() -> None:
    def unchanged(day: str) -> Row:
        text = digest("Wir erheben Namen.")
        return capture("a.example", day, "unchanged", policy_url=DE, archive_digest=text, same_as=moment("2011-01-01"))

    switched = german("2014-01-01", "Wir erheben Namen und Orte.", primary=True, policy_url=EN)
    found = seen(
        [english("2010-01-01"), german("2011-01-01"), switched], [unchanged("2012-01-01"), unchanged("2015-01-01")]
    )
    assert [(day, is_main, stored) for day, _, is_main, stored in found] == [
        ("2010-01-01", True, True), ("2011-01-01", False, True),
        ("2012-01-01", False, False), ("2014-01-01", True, True),
    ]  # fmt: skip
