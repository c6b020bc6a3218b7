from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.known import HomepageVisit, with_links
from crawler.planning.homepages import MAX_VISITS, WantedVisit, next_visits
from tests.support.known_captures import known

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def visits(
    table: str, taken: list[HomepageVisit] | None = None, *, since: str = "", until: str = ""
) -> list[WantedVisit]:
    return next_visits(known(table), taken or [], since=since, until=until, now=NOW)


def years(wanted: list[WantedVisit]) -> list[str]:
    return [visit.timestamp[:4] for visit in wanted]


def visit(asked: str, served: str | None = None, *, absent: bool = False, link: bool = False) -> HomepageVisit:
    return HomepageVisit(asked.ljust(14, "0"), served and served.ljust(14, "0"), absent, link)


def yearly(first: int, last: int, url: str = "a.com/privacy", what: str = "policy") -> str:
    return "\n".join(f"{year}-06-01 {url} {what}" for year in range(first, last + 1))


def test_a_history_without_gaps_needs_no_homepage() -> None:
    assert visits(yearly(1997, 2025)) == []


def test_where_nothing_is_known_the_homepage_is_wanted_once_in_the_middle_of_the_time_at_any_distance() -> None:
    (wanted,) = visits("")
    assert wanted.timestamp.startswith("2011") and wanted.window_days is None


def test_the_search_goes_on_elsewhere_and_ends() -> None:
    taken: list[HomepageVisit] = []
    while wanted := visits("", taken):
        taken.append(visit(wanted[0].timestamp))
    assert [visit.asked[:4] for visit in taken] == ["2011", "2018", "2004", "2025", "1999"]
    assert len(taken) == MAX_VISITS


def test_the_search_does_not_ask_for_a_year_whose_homepage_it_was_given() -> None:
    assert years(visits("", [visit("20110301", "20180601")])) == ["2004"]


def test_a_domain_the_archive_has_nothing_of_is_not_searched() -> None:
    assert visits("", [visit("20110301", absent=True)]) == []


def test_only_a_cookie_policy_or_an_article_is_no_find_the_search_goes_on() -> None:
    assert years(visits(yearly(1997, 2025, "a.com/cookie-policy", "cookie"))) == ["2011"]
    assert years(visits(yearly(1997, 2025, "a.com/news/2013/05/12/privacy.html"))) == ["2011"]


def test_a_cookie_policys_captures_do_not_fill_a_gap_of_the_policy() -> None:
    table = yearly(1997, 2005) + "\n" + yearly(2006, 2014, "a.com/cookies", "cookie") + "\n" + yearly(2015, 2025)
    assert years(visits(table)) == ["2010"]


def test_a_policy_with_another_address_fills_the_gap() -> None:
    table = yearly(1997, 2005) + "\n" + yearly(2006, 2014, "a.com/legal/privacy") + "\n" + yearly(2015, 2025)
    assert visits(table) == []


def test_redirects_and_errors_fill_no_gap() -> None:
    for status in ("301", "404"):
        table = yearly(1997, 2005) + "\n" + yearly(2006, 2014, what=status) + "\n" + yearly(2015, 2025)
        assert years(visits(table)) == ["2010"]


def test_before_the_first_and_after_the_last_capture_a_look_is_taken_a_year_away() -> None:
    before, after = visits(yearly(2005, 2015))
    assert before == WantedVisit("20040601000000", 335)
    assert after == WantedVisit("20160531000000", 335)


def test_a_gap_without_a_homepage_or_with_one_that_shows_no_link_is_looked_into_once() -> None:
    table = yearly(1997, 2005) + "\n" + yearly(2015, 2025)
    (wanted,) = visits(table)
    assert visits(table, [visit(wanted.timestamp)]) == []
    assert visits(table, [visit(wanted.timestamp, "20100801")]) == []


def test_a_homepage_that_only_redirects_is_tried_once_more_elsewhere() -> None:
    table = yearly(1997, 2005) + "\n" + yearly(2015, 2025)
    redirecting = replace(visit("20100531"), is_redirect=True)
    (again,) = visits(table, [redirecting])
    assert again.timestamp[:4] in ("2007", "2008", "2012")
    assert visits(table, [redirecting, replace(visit(again.timestamp), is_redirect=True)]) == []


def test_a_homepage_that_could_not_be_loaded_is_tried_once_more_elsewhere() -> None:
    table = yearly(1997, 2005)
    missed = replace(visit("20060601"), is_missed=True)
    (again,) = visits(table, [missed])
    assert again.timestamp.startswith("2015")
    assert visits(table, [missed, replace(visit(again.timestamp), is_missed=True)]) == []


def test_where_a_capture_further_off_is_offered_that_one_is_looked_at_if_it_lies_in_the_span() -> None:
    table = yearly(1997, 2005)
    offered = replace(visit("20060601"), offered="20080301120000")
    (again,) = visits(table, [offered])
    assert again.timestamp.startswith("20080301") and again.window_days
    assert visits(table, [offered, visit(again.timestamp, "20080301")]) == []


def test_where_only_a_capture_of_the_known_years_is_offered_the_years_after_them_are_looked_into_once_more() -> None:
    table = yearly(1997, 2005)
    offered = replace(visit("20060601"), offered="20050301120000")
    (again,) = visits(table, [offered])
    assert again.timestamp.startswith("2016")
    assert visits(table, [offered, replace(visit(again.timestamp), offered="20050301120000")]) == []
    assert visits(yearly(2015, 2025), [replace(visit("20140601"), offered="20150701120000")]) == []


def test_a_homepage_that_still_links_to_the_policy_divides_the_gap() -> None:
    table = yearly(1997, 2005) + "\n" + yearly(2015, 2025)
    assert years(visits(table, [visit("20100531", "20100801", link=True)])) == ["2007", "2012"]


def test_beyond_a_homepage_that_still_links_to_the_policy_the_search_goes_on_in_the_middle() -> None:
    table = yearly(1997, 2005)
    (after,) = visits(table)
    assert after.timestamp.startswith("2006")
    (later,) = visits(table, [visit(after.timestamp, "20060401", link=True)])
    assert later.timestamp.startswith("2015")
    assert visits(table, [visit(after.timestamp, "20060401", link=True), visit(later.timestamp)]) == []


def test_where_two_addresses_held_a_policy_for_years_a_homepage_in_their_midst_is_to_tell_which_is_the_main_one() -> (
    None
):
    table = f"{yearly(1997, 2025)}\n{yearly(2008, 2014, 'a.com/legal/data-protection')}"
    (wanted,) = visits(table)
    assert (wanted.timestamp[:4], wanted.window_days) == ("2011", 365)
    assert visits(table, [visit("20130101", "20130101", link=True)]) == []


def test_no_homepage_is_asked_where_one_links_to_either_address_already() -> None:
    table = f"{yearly(1997, 2025)}\n{yearly(2008, 2014, 'a.com/legal/data-protection')}"
    captures = with_links(known(table), ["http://a.com/privacy"])
    assert next_visits(captures, [], since="", until="", now=NOW) == []


@pytest.mark.parametrize("url", ["a.com/privacy?ref=footer", "a.com/privacy/children"])
def test_the_same_page_or_a_policy_for_some_contests_nothing(url: str) -> None:
    assert visits(f"{yearly(1997, 2025)}\n{yearly(2008, 2014, url)}") == []


def test_a_move_is_no_contest() -> None:
    assert visits(f"{yearly(1997, 2010)}\n{yearly(2009, 2025, 'a.com/legal/privacy')}") == []


def test_a_look_never_reaches_the_captures_that_are_known() -> None:
    looks = visits(yearly(2005, 2007) + "\n" + yearly(2012, 2015))
    assert looks
    for wanted in looks:
        at = datetime.strptime(wanted.timestamp[:8], "%Y%m%d").replace(tzinfo=UTC)
        for year in (2005, 2006, 2007, 2012, 2013, 2014, 2015):
            assert wanted.window_days is not None
            assert abs((at - datetime(year, 6, 1, tzinfo=UTC)).days) > wanted.window_days


def test_looks_keep_to_the_dates_of_the_crawl() -> None:
    assert visits(yearly(2010, 2012), since="2010", until="2012") == []
    assert years(visits("", since="2001", until="2003")) == ["2002"]
    assert years(visits("", since="201502", until="201502")) == ["2015"]


def test_many_gaps_cost_no_more_than_the_looks_of_a_crawl() -> None:
    table = "\n".join(yearly(year, year) for year in range(1998, 2025, 3))
    assert len(visits(table)) == MAX_VISITS
    assert len(visits(table, [visit("19990101"), visit("20020101")])) <= MAX_VISITS - 2
