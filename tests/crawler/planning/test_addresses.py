from crawler.planning.addresses import MAX_ADDRESSES, may_hold_policy, policy_addresses, probes, wanted_addresses
from tests.support.known_captures import known


def plans(table: str, plan: str = "versions") -> dict[str, str]:
    """path -> plan."""
    wanted = wanted_addresses(known(table), plan)
    return {urlkey.partition(")/")[2]: plan for urlkey, plan in wanted.items()}


def probed(table: str) -> list[str]:
    """``year path`` of the captures that are probed next."""
    captures = known(table)
    ids = probes(wanted_addresses(captures, "versions"), captures)
    return [f"{c.timestamp[:4]} {c.url.removeprefix('http://a.com')}" for c in captures if c.id in ids]


def test_the_policys_changes_are_dated_to_within_30_days_and_those_of_what_stands_beside_it_to_half_a_year() -> None:
    assert plans("""
        2010-01-01 a.com/privacy policy
        2010-01-01 a.com/cookie-policy cookie
        2010-01-01 a.com/legal-notice
    """) == {"privacy": "versions", "cookie-policy": "outline", "legal-notice": "outline"}


def test_the_grid_is_every_address_plan_where_it_is_the_crawls() -> None:
    assert plans("2010-01-01 a.com/privacy policy\n2010-01-01 a.com/cookie-policy cookie", "grid") == {
        "privacy": "grid",
        "cookie-policy": "grid",
    }


def test_all_means_all_addresses() -> None:
    assert set(plans("2010-01-01 a.com/privacy policy\n2010-01-01 a.com/cookie-policy", "all").values()) == {"all"}


def test_articles_and_products_are_fetched_only_while_no_policy_is_found() -> None:
    articles = "2010-01-01 a.com/news/privacy-debate\n2010-01-01 a.com/products/privacy-screen\n"
    assert set(plans(articles)) == {"news/privacy-debate", "products/privacy-screen"}
    assert set(plans(articles + "2010-01-01 a.com/privacy policy")) == {"privacy"}


def test_an_article_that_was_read_in_vain_is_not_fetched_again() -> None:
    assert plans("2010-01-01 a.com/news/privacy-debate other\n2011-01-01 a.com/news/privacy-debate") == {}


def test_an_address_that_holds_no_policy_comes_after_one_that_does() -> None:
    assert plans("""
        2010-01-01 a.com/privacy other
        2010-01-01 a.com/help/privacy-statement policy
    """) == {"help/privacy-statement": "versions", "privacy": "outline"}


def test_where_no_policy_is_found_at_all_the_likeliest_address_is_fetched_as_if_it_held_one() -> None:
    assert plans("2010-01-01 a.com/privacy-policy.pdf other\n2010-01-01 a.com/cookies cookie") == {
        "privacy-policy.pdf": "versions",
        "cookies": "outline",
    }


def test_a_text_of_doubtful_kind_where_the_policy_is_expected_may_be_it() -> None:
    for line, may_be in (
        ("a.com/privacy policy", True), ("a.com/privacy other", True), ("a.com/node/27 other @link", True),
        ("a.com/privacy soft404", False), ("a.com/privacy", False), ("a.com/cookies cookie", False),
        ("a.com/news/privacy-debate other", False),
    ):  # fmt: skip
        assert may_hold_policy(known(f"2010-01-01 {line}")) is may_be, line


def test_what_a_link_led_to_is_wanted_whatever_its_address() -> None:
    assert plans("2010-01-01 a.com/node/27 @link") == {"node/27": "versions"}


def test_of_addresses_that_only_redirect_a_few_likely_ones_are_followed() -> None:
    assert plans("2010-01-01 a.com/privacy 301\n2010-01-01 a.com/news/privacy-debate 301") == {"privacy": "outline"}
    assert len(plans("\n".join(f"2010-01-01 a.com/privacy?from={number} 301" for number in range(300)))) == 5


def test_a_redirect_that_a_homepage_links_to_is_followed_before_likely_ones() -> None:
    table = "\n".join(f"2010-01-01 a.com/privacy?from={number} 301" for number in range(300))
    assert next(iter(plans(f"{table}\n2010-01-01 a.com/node/27 301 @link"))) == "node/27"


def test_the_same_page_under_another_query_is_fetched_only_for_half_years_that_it_alone_shows() -> None:
    assert plans("""
        2010-01-01 a.com/privacy policy
        2010-02-01 a.com/privacy?ref=footer
        2014-02-01 a.com/privacy?ref=menu
    """) == {"privacy": "versions", "privacy?ref=menu": "outline"}


def test_a_query_that_names_the_page_makes_it_a_page_of_its_own() -> None:
    table = "2010-01-01 a.com/index.php?page=privacy policy\n2010-01-01 a.com/index.php?page=privacy-children"
    assert set(plans(table)) == {"index.php?page=privacy", "index.php?page=privacy-children"}


def test_a_policy_captured_only_under_hundreds_of_addresses_is_fetched_once_a_half_year() -> None:
    table = "\n".join(f"{1997 + number // 20}-01-{number % 20 + 1:02} a.com/privacy/{number}" for number in range(560))
    assert len(plans(table)) == MAX_ADDRESSES + 28 - 1


def test_a_site_with_hundreds_of_addresses_costs_no_more_than_ten_of_them() -> None:
    table = "\n".join(f"2010-01-01 a.com/privacy/{number}" for number in range(300))
    assert len(plans(table)) == MAX_ADDRESSES


def test_addresses_that_were_given_are_all_fetched_however_many() -> None:
    given = "\n".join(f"2010-01-01 a.com/privacy/{number} @given" for number in range(300))
    assert len(plans(given)) == 300
    redirecting = "\n".join(f"2010-01-01 a.com/privacy?from={number} 301 @given" for number in range(300))
    assert len(plans(redirecting)) == 300


def test_all_has_no_limit_of_addresses() -> None:
    assert len(plans("\n".join(f"2010-01-01 a.com/privacy/{number}" for number in range(300)), "all")) == 300
    assert len(plans("\n".join(f"2010-01-01 a.com/privacy?p={number} 301" for number in range(300)), "all")) == 300


def test_the_best_address_is_probed_first_with_one_capture_of_its_middle() -> None:
    yearly = "\n".join(f"{year}-01-01 a.com/privacy" for year in range(2005, 2010))
    assert probed(f"2010-01-01 a.com/privacy/children\n{yearly}") == ["2007 /privacy"]


def test_while_no_policy_is_found_the_next_address_is_probed() -> None:
    assert probed("2010-01-01 a.com/privacy/children\n2005-01-01 a.com/privacy other") == ["2010 /privacy/children"]


def test_nothing_is_probed_once_a_policy_is_found_or_all_were_tried() -> None:
    assert probed("2010-01-01 a.com/privacy/children\n2005-01-01 a.com/privacy policy\n2006-01-01 a.com/privacy") == []
    assert probed("2005-01-01 a.com/privacy other\n2006-01-01 a.com/privacy") == []


def test_an_article_that_sounds_like_a_policy_is_not_where_the_policy_was_found() -> None:
    assert policy_addresses(known("2010-01-01 a.com/news/privacy-policy policy")) == set()
    assert policy_addresses(known("2010-01-01 a.com/privacy policy")) == {"com,a)/privacy"}
