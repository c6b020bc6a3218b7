"""Which language is a site's main one, over time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.history.languages import languages_of, main_languages


def claims(shown: str) -> list[tuple[str, str, str]]:
    """The claims of captures such as ``2004:de 2005-02:en``."""
    seen = [
        (f"{(day + '-01-01')[:10].replace('-', '')}000000", language)
        for day, _, language in (one.partition(":") for one in shown.split())
    ]
    return [(claim.language, claim.first[:6], claim.last[:6]) for claim in main_languages(seen).claims]


def test_the_language_of_most_half_years_is_the_main_one_from_its_first_capture_to_its_last() -> None:
    assert claims("2004:en 2004-07:en 2005:de 2006:de 2007:en 2008:en") == [("en", "200401", "200801")]


def test_a_language_that_stood_before_or_behind_has_its_time_there() -> None:
    assert claims("2004:de 2005:de 2006:en 2007:en 2008:en 2009:fr 2010:fr") == [
        ("de", "200401", "200501"), ("en", "200601", "200801"), ("fr", "200901", "201001"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "strays", ["2003:de", "2009:fr", "2003:de 2009:fr", "2009-01-01:fr 2009-01-01:fr 2009-01-02:fr"]
)
def test_a_stray_capture_before_or_behind_is_no_switch(strays: str) -> None:
    assert claims(f"2004:en 2005:en 2006:en {strays}") == [("en", "200401", "200601")]


@pytest.mark.parametrize("stand", ["2009-01:fr 2009-07:fr", "2009-01:fr 2009-02:fr 2009-03:fr"])
def test_two_half_years_or_three_days_behind_are_a_switch(stand: str) -> None:
    assert [language for language, *_ in claims(f"2004:en 2005:en 2006:en {stand}")] == ["en", "fr"]


def test_a_stray_capture_of_the_main_language_does_not_take_the_time_of_another_one() -> None:
    before = "2004:en 2005:de 2006:de 2007:de"
    assert claims(f"{before} 2008:en 2009:en 2010:en 2011:en") == [
        ("de", "200501", "200701"),
        ("en", "200801", "201101"),
    ]
    assert claims("2001:de 2002:de 2003:de 2004:en 2005:en 2006:de") == [
        ("de", "200101", "200301"),
        ("en", "200401", "200501"),
    ]


def test_many_captures_in_one_half_year_count_once() -> None:
    assert claims("2004-01:de 2004-02:de 2004-03:de 2004-04:de 2004-05:en 2005:en")[-1][0] == "en"


def test_a_site_with_a_single_capture_has_its_language_and_one_without_a_known_one_has_none() -> None:
    assert claims("2004:de") == [("de", "200401", "200401")]
    assert claims("2004:de 2005:en 2006:de") == [("de", "200401", "200601")]
    assert main_languages([("20040101000000", None)]).at("20040101000000") is None


def test_the_main_language_at_a_moment_is_that_of_the_last_claim_begun_and_of_the_first_one_before() -> None:
    def at(year: int) -> datetime:
        return datetime(year, 1, 1, tzinfo=UTC)

    main = main_languages([(at(year), "de" if year < 2008 else "en") for year in (2004, 2005, 2006, 2010, 2011)])
    assert [main.at(at(year)) for year in (2000, 2006, 2008, 2010, 2020)] == ["de", "de", "de", "en", "en"]


SEEN = st.lists(
    st.tuples(st.integers(2000, 2012).map(lambda year: f"{year}0301000000"), st.sampled_from(["de", "en", "fr", None]))
)


@given(SEEN, st.randoms())
@settings(max_examples=200)
def test_claims_follow_each_other_and_the_order_of_captures_makes_no_difference(seen, random) -> None:
    found = main_languages(seen).claims
    moments = [moment for claim in found for moment in (claim.first, claim.last)]
    assert moments == sorted(moments)
    assert bool(found) == any(language for _, language in seen)
    shuffled = random.sample(seen, len(seen))
    assert main_languages(shuffled).claims == found


def test_an_unknown_language_is_that_of_the_capture_before_at_the_same_address_or_else_of_the_one_after() -> None:
    seen = [
        ("2004", "/a", None), ("2005", "/a", "de"), ("2006", "/a", None), ("2007", "/a", "en"), ("2006", "/b", "fr"),
        ("2007", "/b", None), ("2006", "/c", None),
    ]  # fmt: skip
    assert languages_of(seen) == ["de", "de", "de", "en", "fr", "fr", None]
