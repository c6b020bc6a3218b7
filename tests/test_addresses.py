from planned import known

from crawler.planning.addresses import MAX_ADDRESSES, policy_addresses, probes, wanted_addresses


def plans(table: str, plan: str = "versions") -> dict[str, str]:
    """path -> plan."""
    wanted = wanted_addresses(known(table), plan)
    return {urlkey.partition(")/")[2]: plan for urlkey, plan in wanted.items()}


def probed(table: str) -> list[str]:
    """``year path`` of the captures that are probed next."""
    captures = known(table)
    ids = probes(wanted_addresses(captures, "versions"), captures)
    return [f"{c.timestamp[:4]} {c.url.removeprefix('http://a.com')}" for c in captures if c.id in ids]


def test_the_policys_changes_are_dated_and_what_stands_beside_it_is_fetched_twice_a_year() -> None:
    assert plans("""
        2010-01-01 a.com/privacy policy
        2010-01-01 a.com/cookie-policy cookie
        2010-01-01 a.com/legal-notice
    """) == {"privacy": "versions", "cookie-policy": "grid", "legal-notice": "grid"}


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
    """) == {"help/privacy-statement": "versions", "privacy": "grid"}


def test_what_a_link_led_to_is_wanted_whatever_its_address() -> None:
    assert plans("2010-01-01 a.com/node/27 @link") == {"node/27": "versions"}


def test_redirects_alone_are_no_address() -> None:
    assert plans("2010-01-01 a.com/privacy 301") == {}


def test_a_site_with_hundreds_of_addresses_costs_no_more_than_ten_of_them() -> None:
    table = "\n".join(f"2010-01-01 a.com/privacy/{number}" for number in range(300))
    assert len(plans(table)) == MAX_ADDRESSES


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
