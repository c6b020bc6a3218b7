"""Versions: where one text ends and another begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.history import versions as versions_module
from pipelines.history.versions import Address, Observation, Version

URL = "https://example.com/privacy"


def seen(
    day: str,
    text: str,
    *,
    url: str = URL,
    extractor: str = "new 2",
    row: int = 0,
    stored: bool = True,
    language: str | None = "en",
    is_main: bool = True,
) -> Observation:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Observation(moment, url, text, extractor, row, stored, language, is_main)


def find_versions(observations: Iterable[Observation]) -> list[Version]:
    return versions_module.find_versions("example.com", observations)


def returns(versions: list[Version]) -> list[int | None]:
    """To which version, by its number, each one returns."""
    return [version.returns_to and version.returns_to.number for version in versions]


def spans(versions: list[Version]) -> list[tuple[str, str]]:
    return [(f"{v.first_seen:%Y-%m}", f"{v.last_seen:%Y-%m}") for v in versions]


def test_captures_with_the_same_words_are_one_version() -> None:
    versions = find_versions([seen("2010-01-01", "A"), seen("2011-01-01", "A"), seen("2012-01-01", "B")])
    assert spans(versions) == [("2010-01", "2011-01"), ("2012-01", "2012-01")]
    assert [version.number for version in versions] == [1, 2]


def test_a_change_lies_between_the_last_capture_of_the_old_text_and_the_first_of_the_new() -> None:
    _, second = find_versions([seen("2010-01-01", "A"), seen("2011-05-01", "A"), seen("2012-01-01", "B")])
    assert second.change_after == datetime(2011, 5, 1, tzinfo=UTC)
    assert second.first_seen == datetime(2012, 1, 1, tzinfo=UTC)


def test_nothing_lies_before_the_first_version() -> None:
    (first,) = find_versions([seen("2010-01-01", "A")])
    assert first.change_after is None
    assert first.compared is None


def test_a_text_that_comes_back_is_a_new_version_that_names_the_old_one() -> None:
    versions = find_versions([seen(f"201{n}-01-01", text) for n, text in enumerate("ABABC")])
    assert returns(versions) == [None, None, 1, 2, None]


def test_an_unchanged_capture_extends_the_span_without_a_text_of_its_own() -> None:
    (version,) = find_versions([seen("2010-01-01", "A", row=7), seen("2015-01-01", "A", row=7, stored=False)])
    assert spans([version]) == [("2010-01", "2015-01")]
    assert version.row == 7
    assert [one.stored for one in version.observations] == [True, False]


def test_an_unchanged_capture_after_another_text_is_that_texts_return() -> None:
    versions = find_versions([seen("2010-01-01", "A"), seen("2012-01-01", "B"), seen("2013-01-01", "A", stored=False)])
    assert returns(versions) == [None, None, 1]


def test_the_order_of_the_rows_makes_no_difference() -> None:
    rows = [seen("2012-01-01", "B", row=1), seen("2010-01-01", "A", row=0), seen("2011-01-01", "A", row=2)]
    assert spans(find_versions(rows)) == spans(find_versions(sorted(rows, key=lambda one: one.captured_at)))


def test_a_new_extractors_difference_is_no_change_of_the_policy() -> None:
    (version,) = find_versions(
        [seen("2010-01-01", "old words", extractor="old 1", row=0), seen("2011-01-01", "new words", row=1)]
    )
    assert spans([version]) == [("2010-01", "2011-01")]
    assert version.row == 0


def test_a_change_that_one_extractor_shows_across_another_is_counted_once() -> None:
    versions = find_versions(
        [
            seen("2010-01-01", "a", extractor="old 1", row=0),
            seen("2011-01-01", "A", row=1),
            seen("2012-01-01", "b", extractor="old 1", row=2),
            seen("2013-01-01", "B", row=3),
        ]
    )
    assert spans(versions) == [("2010-01", "2011-01"), ("2012-01", "2013-01")]
    assert versions[1].change_after == datetime(2010, 1, 1, tzinfo=UTC)


def test_texts_are_compared_within_one_extractor() -> None:
    versions = find_versions(
        [
            seen("2010-01-01", "a", extractor="old 1", row=0),
            seen("2011-01-01", "A", row=1),
            seen("2012-01-01", "B", row=2),
        ]
    )
    assert versions[1].compared == (1, 2)


def test_the_same_words_at_another_address_are_the_same_version() -> None:
    new = "https://example.com/legal/privacy"
    versions = find_versions(
        [
            seen("2010-01-01", "A", row=0),
            seen("2011-01-01", "A", url=new, row=1),
            seen("2012-01-01", "B", url=new),
        ]
    )
    assert spans(versions) == [("2010-01", "2011-01"), ("2012-01", "2012-01")]


def test_a_versions_addresses_are_spans_beside_it_in_order_of_time() -> None:
    other = "https://example.com/privacy.html"
    (version,) = find_versions([seen(f"201{n}-01-01", "A", url=(other, URL)[n in (1, 3)]) for n in range(5)])
    first, second, fourth, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (2010, 2011, 2013, 2014))
    assert version.addresses == [Address(other, first, last), Address(URL, second, fourth)]


def ids(*shown: str) -> list[str]:
    """The ids of the versions of ``year:text``."""
    rows = [one.split(":") for one in shown]
    return [version.id for version in find_versions([seen(f"{year}-01-01", text) for year, text in rows])]


def test_a_versions_id_stays_when_captures_are_added_around_it() -> None:
    known = ids("2010:A", "2012:B", "2014:A")
    assert len(set(known)) == 3
    assert ids("2010:A", "2012:B", "2014:A", "2016:C")[:3] == known
    assert ids("2008:Z", "2010:A", "2012:B", "2014:A")[1:] == known
    assert ids("2009:A", "2010:A", "2011:A", "2012:B", "2013:C", "2014:A") == [*known[:2], ids("2013:C")[0], known[2]]


def test_a_versions_id_stays_when_a_new_extractor_reads_later_captures() -> None:
    (before,) = find_versions([seen("2010-01-01", "old words", extractor="old 1")])
    (after,) = find_versions(
        [seen("2010-01-01", "old words", extractor="old 1"), seen("2011-01-01", "new words", row=1)]
    )
    assert before.id == after.id


def test_an_earlier_stay_of_the_same_text_takes_the_first_id() -> None:
    first, _, second = ids("2010:A", "2012:B", "2014:A")
    assert ids("2008:A", "2009:X", "2010:A", "2012:B")[::2] == [first, second]


def test_two_domains_with_one_text_have_two_ids() -> None:
    one, other = (
        versions_module.find_versions(domain, [seen("2010-01-01", "A")])[0].id for domain in ("a.com", "b.com")
    )
    assert one != other


def by_turns(*shown: str) -> list[Version]:
    """The versions of captures of ``extractor:text``, a year apart; their rows are numbered from 0."""
    rows = [one.split(":") for one in shown]
    return find_versions(
        [seen(f"20{10 + row}-01-01", text, extractor=name, row=row) for row, (name, text) in enumerate(rows)]
    )


def rows(versions: list[Version]) -> list[list[int]]:
    return [[one.row for one in version.observations] for version in versions]


def test_a_text_that_comes_back_is_seen_through_the_extractor_that_showed_the_change() -> None:
    versions = by_turns("X:A", "Y:a", "Y:b", "X:A", "Y:a")
    assert rows(versions) == [[0, 1], [2, 3], [4]]
    assert returns(versions) == [None, None, 1]
    assert [version.compared for version in versions] == [None, (1, 2), (2, 4)]


def test_a_change_that_two_extractors_show_one_after_the_other_is_one() -> None:
    versions = by_turns("X:A", "Y:a", "X:B", "Y:b", "X:B", "Y:b")
    assert rows(versions) == [[0, 1], [2, 3, 4, 5]]


def test_an_extractor_blind_to_a_change_neither_undoes_it_nor_makes_a_version_of_every_capture() -> None:
    versions = by_turns("X:A", "Y:a", *["X:B", "Y:a"] * 10, "X:A")
    assert len(versions) == 3
    assert returns(versions) == [None, None, 1]


def test_the_text_that_stands_for_a_version_is_that_with_which_it_began() -> None:
    versions = by_turns("X:A", "Y:a", "X:B", "Y:a", "X:B")
    assert rows(versions)[-1] == [2, 3, 4]
    assert versions[-1].row == 2


def test_a_new_text_is_a_new_version_also_behind_one_that_shows_no_change() -> None:
    versions = by_turns("X:A", "Y:a", "X:B", "Y:a", "X:B", "X:C")
    assert rows(versions)[-1] == [5]
    assert versions[-1].compared == (4, 5)


@given(st.lists(st.sampled_from(["X:A", "X:B", "X:C", "Y:a", "Y:b", "Y:c", "Z:1", "Z:2"]), max_size=14))
@settings(max_examples=500)
def test_every_capture_is_in_one_version_and_each_extractor_shows_one_text_in_it(shown: list[str]) -> None:
    versions = by_turns(*shown)
    assert [row for version in rows(versions) for row in version] == list(range(len(shown)))
    for version in versions:
        texts = {shown[one.row] for one in version.observations}
        assert len(texts) == len({text[0] for text in texts})
        assert version.row in [one.row for one in version.observations]
        if version.compared:
            before, after = (shown[row] for row in version.compared)
            assert before[0] == after[0] and before != after
        if version.returns_to is not None:
            assert version.number - version.returns_to.number > 1
            assert version.returns_to.texts & version.texts
    for name in "XYZ":  # what an extractor shows to have changed is explained by a version that begins meanwhile
        place = [
            (number, shown[row]) for number, own in enumerate(rows(versions)) for row in own if shown[row][0] == name
        ]
        assert all(before[0] < after[0] or before[1] == after[1] for before, after in pairwise(place))
    assert len({version.id for version in versions}) == len(versions)


# Lines


def test_another_language_beside_the_main_line_is_a_line_of_its_own() -> None:
    versions = find_versions(
        [
            seen("2010-01-01", "A"),
            seen("2011-01-01", "A auf Deutsch", language="de", is_main=False),
            seen("2012-01-01", "A"),
            seen("2013-01-01", "B auf Deutsch", language="de", is_main=False),
            seen("2014-01-01", "B"),
        ]
    )
    assert [(one.language, one.is_main, one.number) for one in versions] == [
        ("en", True, 1), ("de", False, 1), ("de", False, 2), ("en", True, 2),
    ]  # fmt: skip
    assert spans(versions)[0] == ("2010-01", "2012-01")
    assert [one.before and one.before.language for one in versions] == [None, None, "de", "en"]
    assert not any(one.is_switch for one in versions)


def test_another_main_language_is_a_switch_whatever_extractor_read_it() -> None:
    versions = find_versions(
        [
            seen("2010-01-01", "A auf Deutsch", language="de", extractor="old 1", row=0),
            seen("2011-01-01", "A", row=1),
            seen("2012-01-01", "B", row=2),
        ]
    )
    assert [(one.language, one.number, one.is_switch) for one in versions] == [
        ("de", 1, False), ("en", 1, True), ("en", 2, False),
    ]  # fmt: skip
    assert (versions[1].change_after, versions[1].compared) == (datetime(2010, 1, 1, tzinfo=UTC), (0, 1))


def test_a_text_in_no_known_language_is_of_the_line_and_the_language_around_it() -> None:
    versions = find_versions(
        [seen("2010-01-01", "?", language=None), seen("2011-01-01", "B"), seen("2012-01-01", "!", language=None)]
    )
    assert [(one.language, one.number, one.is_switch) for one in versions] == [
        ("en", 1, False), ("en", 2, False), ("en", 3, False),
    ]  # fmt: skip


def test_the_same_text_in_two_lines_has_two_ids_which_stay_when_the_line_becomes_the_main_one() -> None:
    one, other = "https://example.com/de", "https://example.com/en"
    shown = [("2010-01-01", "A", one), ("2010-02-01", "B", other), ("2012-01-01", "A", one)]
    names = [
        [
            version.id
            for version in find_versions(
                [seen(day, text, url=url, language=url[-2:], is_main=url == main) for day, text, url in shown]
            )
        ]
        for main in (one, other)
    ]
    assert names[0] == names[1] and len(set(names[0])) == 2


def test_no_captures_give_no_versions() -> None:
    assert find_versions([]) == []
