"""The last word on a domain's captures: their kinds with their neighbours, and one main policy at a time."""

from __future__ import annotations

import math
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.known import JudgedCapture
from crawler.verdicts import decide
from pipelines.dataset.overrides import Correction
from pipelines.outcomes import Kind
from pipelines.page.sketch import sketch
from pipelines.surt import key_of
from pipelines.timestamps import half_year

URL = "http://www.acme.test/privacy"
#: Texts by a letter: those of one letter have nothing in common with those of another.
WORDS = 200


def text(letter: str, edits: int = 0) -> list[str]:
    """A text of its own for each letter, with so many of its words replaced."""
    words = [f"{letter}{number}" for number in range(WORDS)]
    for place in range(edits):
        words[place * (WORDS // max(1, edits))] = "edited"
    return words


def page(
    date: str, letter: str, score: float, *, kind: str | None = None, title: str | None = "Privacy Policy",
    url: str = URL, edits: int = 0, words: int | None = None, language: str = "en", number: int = 0,
) -> JudgedCapture:  # fmt: skip
    """A capture that was read; a kind follows from its score unless it is given."""
    timestamp = date.replace("-", "").ljust(14, "0")
    kind = kind or (Kind.PRIVACY_POLICY if score >= 0.5 else Kind.OTHER)
    return JudgedCapture(
        id=number or int(timestamp[:8]), urlkey=key_of(url), timestamp=timestamp, digest=date, url=url, status=200,
        found_by="url_keyword", state="settled",
        outcome="not_policy" if kind in (Kind.LOGIN, Kind.PARKED, Kind.SOFT_404) else "stored", content_key=None,
        kind=kind, policy_score=score, title=title, words=WORDS if words is None else words, language=language,
        sketch=sketch(text(letter, edits)),
    )  # fmt: skip


def kinds(*captures: JudgedCapture, corrections: tuple[Correction, ...] = ()) -> list[str]:
    decided = decide(captures, corrections)
    return [str(decided[capture.id].kind) for capture in captures]


POLICY, OTHER = "privacy_policy", "other"


# --- neighbours


def test_nearly_the_same_text_is_of_one_kind() -> None:
    assert (
        kinds(
            page("2012-01-10", "a", 0.97),
            page("2012-08-02", "a", 0.41, kind="cookie_policy", edits=8),
            page("2013-02-03", "a", 0.96, edits=2),
        )
        == [POLICY] * 3
    )


def test_texts_that_are_judged_just_below_and_just_above_the_bar_are_of_one_kind() -> None:
    read = [page(f"201{year}-01-01", "a", 0.47, edits=year, title="Questions and answers") for year in range(4)]
    read += [page(f"201{year}-01-01", "a", 0.9, edits=year, title="Questions and answers") for year in range(4, 6)]
    assert kinds(*read) == [POLICY] * 6


def test_a_doubtful_page_with_the_title_of_the_policies_before_and_after_is_one() -> None:
    between = page("2013-01-01", "b", 0.25, kind="cookie_policy")
    assert kinds(page("2012-01-01", "a", 0.97), between, page("2014-01-01", "c", 0.97)) == [POLICY] * 3
    assert kinds(page("2012-01-01", "a", 0.97, title="Rules"), between) == [POLICY, "cookie_policy"]


def test_another_page_between_two_policies_stays_what_it_is() -> None:
    for between in (
        page("2013-01-01", "b", 0.02, title="Best Casinos"),
        page("2013-01-01", "b", 0.02),
        page("2013-01-01", "b", 0.3, title="Best Casinos", url="http://www.acme.test/x"),
    ):
        assert kinds(page("2012-01-01", "a", 0.97), between, page("2014-01-01", "a", 0.97)) == [POLICY, OTHER, POLICY]


def test_a_page_that_seems_a_policy_among_others_of_its_title_that_surely_are_none_is_none() -> None:
    about = {"title": "Our blog", "url": "http://www.acme.test/blog"}
    assert kinds(
        page("2012-01-01", "a", 0.03, **about), page("2013-01-01", "b", 0.52, **about),
        page("2014-01-01", "c", 0.03, **about),
    ) == [OTHER] * 3  # fmt: skip


def test_a_page_with_a_login_box_is_what_the_same_text_is_without_one() -> None:
    assert kinds(page("2012-01-01", "a", 0.97), page("2013-01-01", "a", 0.4, kind="login")) == [POLICY, POLICY]
    assert kinds(page("2012-01-01", "a", 0.97), page("2013-01-01", "b", 0.4, kind="login")) == [POLICY, "login"]


def test_a_page_of_few_words_never_becomes_a_policy() -> None:
    few = page("2013-01-01", "a", 0.45, words=14)
    assert kinds(page("2012-01-01", "a", 0.97), few, page("2014-01-01", "a", 0.97)) == [POLICY, OTHER, POLICY]


def test_what_stands_at_other_addresses_does_not_count() -> None:
    elsewhere = page("2013-01-01", "a", 0.3, url="http://www.acme.test/other-page", kind="terms")
    assert kinds(page("2012-01-01", "a", 0.97), elsewhere) == [POLICY, "terms"]


def test_captures_of_a_ledger_without_sketches_keep_their_kinds() -> None:
    old = JudgedCapture(
        id=1, urlkey=key_of(URL), timestamp="20120101000000", digest="", url=URL, status=200, found_by="url_keyword",
        state="settled", outcome="stored", content_key=None, kind=POLICY,
    )  # fmt: skip
    assert kinds(old) == [POLICY]
    assert decide([old])[1].is_primary


# --- corrections


def test_what_a_person_says_goes_before_all_else() -> None:
    said = Correction("acme.test", key_of(URL), "2013", "2013~", kind="terms", language="de")
    read = [page("2012-01-01", "a", 0.97), page("2013-01-01", "a", 0.97), page("2014-01-01", "a", 0.97)]
    assert kinds(*read, corrections=(said,)) == [POLICY, "terms", POLICY]
    decided = decide(read, (said,))
    assert [decided[each.id].language for each in read] == [None, "de", None]
    assert [decided[each.id].is_primary for each in read] == [True, False, True]


def test_the_main_policy_stands_where_a_person_says() -> None:
    legal = "http://www.acme.test/node/7"
    read = [
        page(f"{year}-0{month}-01", "a" if month == 1 else "b", 0.97, url=url)
        for year in (2012, 2013, 2014)
        for month, url in ((1, URL), (2, legal))
    ]
    said = Correction("acme.test", key_of(legal), "2013", "201312~")
    decided = decide(read, (said,))
    main = [(each.timestamp[:4], each.url) for each in read if decided[each.id].is_primary]
    assert main == [("2012", URL), ("2013", legal), ("2014", URL)]


# --- one main policy at a time

ADDRESSES = [URL, "http://www.acme.test/legal/privacy-policy", "http://www.acme.test/privacy?lang=de",
             "http://www.acme.test/privacy/children", "http://shop.acme.test/privacy"]  # fmt: skip
DATES = st.tuples(st.integers(2008, 2013), st.integers(1, 12), st.integers(1, 28))
PAGES = st.tuples(st.sampled_from(ADDRESSES), DATES, st.sampled_from("abc"), st.sampled_from([0.02, 0.4, 0.6, 0.97]))


@settings(max_examples=200)
@given(st.lists(PAGES, min_size=1, max_size=25, unique_by=lambda one: (one[0], one[1])))
def test_every_half_year_with_a_policy_for_all_has_a_main_one_and_no_moment_has_two(
    found: list[tuple[str, tuple[int, int, int], str, float]],
) -> None:
    read = [
        page("{:04}-{:02}-{:02}".format(*date), letter, score, url=url, number=number + 1)
        for number, (url, date, letter, score) in enumerate(found)
    ]
    decided = decide(read)
    policies = [each for each in read if decided[each.id].kind == POLICY]
    for_all = [each for each in policies if "children" not in each.url] or policies
    main = [each for each in policies if decided[each.id].is_primary]
    assert {half_year(each.timestamp) for each in for_all} == {half_year(each.timestamp) for each in main}
    at = defaultdict(set)
    for each in main:
        at[each.timestamp].add(each.urlkey)
    assert all(len(addresses) == 1 for addresses in at.values())


def test_two_addresses_that_stood_side_by_side_do_not_take_turns() -> None:
    months = [(year, month) for year in (2010, 2011) for month in range(1, 13)]
    read = [
        page(f"{year}-{month:02}-01", "a" if month % 2 else "b", 0.97, url=ADDRESSES[month % 2], number=number + 1)
        for number, (year, month) in enumerate(months)
    ]
    decided = decide(read)
    assert {each.url for each in read if decided[each.id].is_primary} == {URL}


def test_the_main_policy_is_in_the_sites_main_language_of_that_time() -> None:
    spoken = {2004: "de", 2005: "de", 2006: "de", 2007: "en", 2008: "en", 2009: "fr", 2010: "en", 2011: "en"}
    read = [page(f"{year}-03-01", "a", 0.97, language=language) for year, language in spoken.items()]
    decided = decide(read)
    assert [each.timestamp[:4] for each in read if not decided[each.id].is_primary] == ["2009"]


def test_what_is_for_some_only_does_not_decide_on_the_main_language() -> None:
    read = [page(f"{year}-03-01", "a", 0.97, language="nl") for year in (2010, 2011)]
    read += [
        page(f"{year}-04-01", "b", 0.97, url="http://www.acme.test/privacy/children") for year in range(2009, 2016)
    ]
    decided = decide(read)
    assert {each.language for each in read if decided[each.id].is_primary} == {"nl"}


def test_the_evidence_that_neighbours_give_is_less_than_that_of_a_sure_score() -> None:
    from crawler import verdicts

    most = verdicts._BY_ADDRESS + 2 * verdicts._BY_TITLE
    assert most < -math.log(0.1 / 0.9)
