from collections.abc import Sequence
from dataclasses import replace

import pytest

from crawler.discovery.primary import has_only_non_policies, main_policies, may_be_main, may_have_moved_to, rank
from crawler.known import addresses_of, redirect_key, with_links
from tests.support.known_captures import known

POLICY = "privacy_policy"


def primary(table: str) -> list[str]:
    """``date path`` of the captures of a table that are the domain's main policy."""
    captures = sorted(known(table), key=lambda c: c.timestamp)
    chosen = main_policies(captures)
    return [f"{c.timestamp[:4]} {c.url.partition('/')[2].partition('/')[2]}" for c in captures if c.id in chosen]


@pytest.mark.parametrize(
    ("target", "held_policy", "expected"),
    [
        ("http://www.globex.com/legal/privacy", False, True),
        ("http://acme.com/docs/9", True, True),
        ("http://acme.com/docs/9", False, False),
        ("http://www.globex.com/docs/9", True, False),
        ("http://acme.com/", True, False),
        ("http://www.acme.com/en/index.html", True, False),
        ("http://acme.com/user/sign-in?next=/privacy", True, False),
        ("http://acme.com/errors/404.html", True, False),
        ("http://acme.com/page-not-found", True, False),
        ("http://acme.com/news/2012/05/privacy", True, False),
        ("http://acme.com/?id=7", True, True),
    ],
)
def test_a_policy_may_have_moved_to_an_address_that_says_so_or_to_an_inner_page_of_its_site(
    target: str, held_policy: bool, expected: bool
) -> None:
    assert may_have_moved_to(target, "acme.com", held_policy=held_policy) is expected


@pytest.mark.parametrize("kind", ["cookie", "other", "soft404"])
def test_only_a_privacy_policy_is_ever_primary(kind: str) -> None:
    assert primary("2010-01-01 a.com/privacy policy") == ["2010 a.com/privacy"]
    assert primary(f"2010-01-01 a.com/privacy {kind}") == []


def test_a_cookie_policy_beside_the_policy_is_never_primary() -> None:
    assert primary("""
        2018-01-01 a.com/cookie-policy cookie
        2019-01-01 a.com/privacy       policy
        2020-01-01 a.com/cookie-policy cookie
        2021-01-01 a.com/privacy       policy
    """) == ["2019 a.com/privacy", "2021 a.com/privacy"]


def test_the_primary_does_not_flip_between_two_addresses_that_are_captured_in_turn() -> None:
    assert primary("""
        2010-01-01 a.com/privacy-policy   policy
        2010-02-01 a.com/privacy/children policy
        2011-01-01 a.com/privacy-policy   policy
        2011-02-01 a.com/privacy/children policy
        2012-01-01 a.com/privacy-policy   policy
    """) == [f"{year} a.com/privacy-policy" for year in (2010, 2011, 2012)]


def test_when_the_policy_moves_its_new_address_takes_over_once() -> None:
    assert primary("""
        2005-01-01 a.com/legal/privacy.html policy
        2006-01-01 a.com/legal/privacy.html policy
        2007-01-01 a.com/about/privacy-policy policy
        2008-01-01 a.com/about/privacy-policy policy
    """) == ["2005 a.com/legal/privacy.html", "2006 a.com/legal/privacy.html",
             "2007 a.com/about/privacy-policy", "2008 a.com/about/privacy-policy"]  # fmt: skip


def test_a_page_that_is_no_policy_does_not_keep_the_policy_from_being_primary() -> None:
    assert primary("""
        2010-01-01 a.com/privacy                other
        2011-01-01 a.com/help/privacy-statement policy
        2012-01-01 a.com/privacy                soft404
    """) == ["2011 a.com/help/privacy-statement"]


def test_an_address_that_shows_an_error_page_since_the_policy_moved_gives_way_to_the_new_one() -> None:
    assert primary("""
        2010-01-01 a.com/privacy policy
        2012-01-01 a.com/privacy soft404
        2012-02-01 a.com/about/privacy-rules policy
        2013-01-01 a.com/privacy soft404
        2013-02-01 a.com/about/privacy-rules policy
    """) == ["2010 a.com/privacy", "2012 a.com/about/privacy-rules", "2013 a.com/about/privacy-rules"]


def test_an_address_that_was_not_read_yet_still_counts() -> None:
    assert (
        primary("""
        2010-01-01 a.com/privacy
        2011-01-01 a.com/news/privacy.html policy
        2011-01-01 a.com/legal/privacy-for-children policy
        2012-01-01 a.com/privacy
    """)
        == []
    )


def test_an_article_that_sounds_like_a_policy_is_not_primary() -> None:
    assert primary("2013-05-12 a.com/news/2013/05/12/our-privacy-policy.html policy") == []


def test_an_address_without_a_word_is_primary_where_a_homepage_links_to_it() -> None:
    assert primary("2013-05-12 a.com/node/27 policy @link") == ["2013 a.com/node/27"]
    assert primary("2013-05-12 a.com/node/27 policy") == []


def ranked(*lines: str, links: Sequence[str] = ()) -> list[str]:
    """Addresses of a.com, the highest-ranked first."""
    captures = with_links(known("\n".join(f"2010-01-01 {line}" for line in lines)), links)
    return [address.url.removeprefix("http://") for address in sorted(addresses_of(captures), key=rank, reverse=True)]


def test_the_address_that_a_homepage_links_to_goes_before_all_others() -> None:
    odd, plain = "a.com/node/27", "a.com/privacy"
    assert ranked(odd, plain) == [plain, odd]
    assert ranked(odd, plain, links=["https://www.a.com/node/27"]) == [odd, plain]


def test_where_a_homepage_links_to_an_address_that_redirects_the_target_is_the_one_that_it_links_to() -> None:
    (hop,) = known("2010-01-01 a.com/pp 301")
    hop = replace(hop, content_key=redirect_key("http://a.com/node/27"))
    marked = with_links([hop, *known("2010-01-01 a.com/node/27", 2)], ["http://a.com/pp"])
    assert [capture.is_linked for capture in marked] == [True, True]


def test_the_sites_own_host_goes_before_one_that_may_be_a_customers() -> None:
    assert ranked("acme.a.com/privacy", "www.a.com/legal/data-protection") == [
        "www.a.com/legal/data-protection",
        "acme.a.com/privacy",
    ]
    assert ranked("legal.a.com/privacy", "www.a.com/cookies") == ["legal.a.com/privacy", "www.a.com/cookies"]


def test_what_a_page_leads_to_goes_before_odd_places_and_after_the_policys_own_page() -> None:
    odd, cookies, led_to = "a.com/tag/privacy", "a.com/cookie-policy", "a.com/node/27"
    assert ranked(odd, f"{led_to} @link", cookies) == [led_to, cookies, odd]
    assert ranked(f"{led_to} @link", "a.com/privacy") == ["a.com/privacy", led_to]
    assert ranked("a.com/privacy", "a.com/privacy-policy @link") == ["a.com/privacy-policy", "a.com/privacy"]


def test_an_address_has_only_non_policies_once_it_was_read_and_held_no_policy() -> None:
    (unread,) = addresses_of(known("2010-01-01 a.com/privacy"))
    (mixed,) = addresses_of(known("2010-01-01 a.com/privacy other\n2011-01-01 a.com/privacy policy"))
    (barren,) = addresses_of(known("2010-01-01 a.com/privacy other\n2011-01-01 a.com/privacy"))
    assert [has_only_non_policies(address) for address in (unread, mixed, barren)] == [False, False, True]


@pytest.mark.parametrize(
    ("url", "found_by", "may_be"),
    [
        ("http://a.com/privacy", "url_keyword", True),
        ("http://a.com/legal", "url_keyword", True),
        ("http://a.com/products/privacy-screen", "url_keyword", False),
        ("http://a.com/blog/2012/05/privacy-policy", "url_keyword", False),
        ("http://a.com/blog/2012/05/privacy-policy", "homepage_link", True),
        ("http://a.com/p3.html", "redirect", True),
        ("http://[a", "url_keyword", False),
    ],
)
def test_words_alone_do_not_make_an_article_or_a_product_the_main_policy(url: str, found_by: str, may_be: bool) -> None:
    assert may_be_main(url, found_by) is may_be


def test_without_captures_nothing_is_primary() -> None:
    assert primary("") == []


def test_the_same_page_under_another_query_counts_where_the_page_itself_was_not_captured() -> None:
    assert primary("""
        2010-01-01 a.com/privacy          policy
        2010-02-01 a.com/privacy?lang=en  policy
        2011-02-01 a.com/privacy?ref=menu policy
        2012-01-01 a.com/privacy          policy
    """) == ["2010 a.com/privacy", "2011 a.com/privacy?ref=menu", "2012 a.com/privacy"]


def test_an_address_that_was_not_captured_for_years_does_not_stand_in_between() -> None:
    table = "2003-01-01 a.com/privacy policy\n{}\n2015-01-01 a.com/privacy policy"
    for years, between in ((range(2005, 2013), 8), (range(2004, 2005), 1)):
        others = "\n".join(f"{year}-01-01 a.com/about/our-privacy-statement policy" for year in years)
        assert len(primary(table.format(others))) == 2 + between


@pytest.mark.parametrize(
    "page", ["privacy/children", "applicant-privacy-policy", "privacy/california", "privacy-policy/job-candidates"]
)
def test_a_policy_for_some_is_never_primary_where_one_for_all_is_known(page: str) -> None:
    others = "\n".join(f"{year}-04-01 a.com/{page} policy" for year in range(2010, 2020))
    assert primary(f"2010-03-01 a.com/privacy-policy policy\n{others}\n2019-03-01 a.com/privacy-policy policy") == [
        "2010 a.com/privacy-policy",
        "2019 a.com/privacy-policy",
    ]
    assert len(primary(others)) == 10
    assert len(primary(f"2010-01-01 a.com/cookie-policy cookie\n2010-01-01 a.com/legal\n{others}")) == 10


def test_a_section_above_the_policy_does_not_make_it_one_for_some() -> None:
    assert primary("""
        2010-01-01 a.com/privacy        policy
        2014-01-01 a.com/health/privacy policy
        2018-01-01 a.com/privacy        policy
    """) == ["2010 a.com/privacy", "2014 a.com/health/privacy", "2018 a.com/privacy"]
