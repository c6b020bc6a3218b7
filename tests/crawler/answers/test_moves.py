"""Where a policy moved: redirects are followed, the index is asked, and the target has an owner."""

from dataclasses import replace

import pytest

from crawler.answers.decide import MAX_MOVES
from crawler.answers.request_path import PlaybackRequest
from tests.support.fake_crawl import URL, Crawling, answer, asked_for, homepage, item_of, kept, request_of


def test_a_redirect_tells_the_ledger_where_it_leads(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    answer(crawl, request)
    row = "SELECT leads_to, content_key, text_sha256 FROM captures WHERE outcome = 'redirect'"
    legal = "http://example.com/legal"
    assert crawl.ledger.db.execute(row).fetchall() == [(legal, f"redirect:{legal}", None)]


@pytest.mark.parametrize("dates", [{"since": "20040215"}, {"until": "20040213"}])
def test_another_capture_served_is_of_the_dates_asked_for_or_not_taken(crawl: Crawling, dates: dict[str, str]) -> None:
    crawl.arguments = replace(crawl.arguments, **dates)
    work = crawl.planned(timestamp="20040215120000" if "since" in dates else "20040213120000")
    assert kept(answer(crawl, PlaybackRequest.begin(work), when="14 Feb 2004 12:00:00")) == [URL]
    assert crawl.states() == [(URL, "fetched", "unplayable")]
    assert "dates" in crawl.detail(work)


def test_a_redirect_to_itself_is_a_circle_whenever_else_the_address_was_captured(crawl: Crawling) -> None:
    crawl.planned(timestamp="20060215120000")
    work = crawl.planned()
    assert kept(answer(crawl, PlaybackRequest.begin(work), 301, Location=URL)) == [URL]
    assert "circle" in crawl.detail(work)


def test_another_timestamp_offered_is_taken_on_the_second_pass(crawl: Crawling) -> None:
    location = f"/web/20040301000000id_/{URL}"
    assert answer(crawl, PlaybackRequest.begin(crawl.planned()), 302, when=None, Location=location) == []
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    request = request_of(answer(crawl, PlaybackRequest.begin(work), 302, when=None, Location=location))
    assert request.timestamp == "20040301000000"
    item = item_of(answer(crawl, request, when="01 Mar 2004 00:00:00"))
    assert (item.snapshot.requested_at.month, item.snapshot.captured_at.month) == (2, 3)
    assert item.snapshot.archive_digest is None
    assert [state[1:] for state in crawl.states()] == [("fetched", "unplayable"), ("fetched", "stored")]


def test_a_redirect_is_followed_to_a_page_that_is_a_row_of_its_own(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    item = item_of(answer(crawl, request))
    assert (item.snapshot.policy_url, item.snapshot.redirects) == ("http://example.com/legal", (URL,))
    assert item.snapshot.found_by == "redirect"
    assert crawl.states() == [(URL, "fetched", "redirect"), ("http://example.com/legal", "fetched", "stored")]


def test_a_redirect_to_a_capture_that_is_planned_anyway_is_not_followed(crawl: Crawling) -> None:
    crawl.planned("http://example.com/legal", "20040215130000")
    work = crawl.planned()
    assert kept(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location="/legal")) == [URL]
    assert "20040215130000" in crawl.detail(work)


OFFERED = "/web/20051111000000id_/http://example.com/{}"


@pytest.mark.parametrize(("target", "asked"), [("docs/9", True), ("", False), ("login", False)])
def test_the_index_is_asked_where_a_policy_moved_that_was_not_captured_on_that_day(
    target: str, asked: bool, crawl: Crawling
) -> None:
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned())))
    work = crawl.planned(timestamp="20050215120000")
    request = request_of(
        answer(crawl, PlaybackRequest.begin(work), 301, b"", when="15 Feb 2005 12:00:00", Location=f"/{target}")
    )
    assert kept(answer(crawl, request, 302, when=None, Location=OFFERED.format(target))) == [URL]
    assert asked_for(crawl) == [f"http://example.com/{target}"] * asked
    assert "20051111" in crawl.detail(work)


ELSEWHERE = "http://globex.example/legal/privacy"


def owner_of(crawl: Crawling, url: str, timestamp: str, when: str) -> str | None:
    return item_of(
        answer(crawl, PlaybackRequest.begin(crawl.planned(url, timestamp, "redirect")), when=when)
    ).policy_owner


def test_a_policy_the_domain_itself_redirected_to_once_is_its_organisations_on_every_date(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location=ELSEWHERE))
    assert item_of(answer(crawl, request)).policy_owner == "same_organisation"
    assert owner_of(crawl, ELSEWHERE, "20061001120000", "01 Oct 2006 12:00:00") == "same_organisation"


def test_a_policy_the_domain_redirected_to_on_another_day_is_its_organisations(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location=ELSEWHERE))
    assert kept(answer(crawl, request, when="15 Mar 2004 12:00:00")) == [URL]
    assert owner_of(crawl, ELSEWHERE, "20040315120000", "15 Mar 2004 12:00:00") == "same_organisation"


def test_a_providers_own_redirect_does_not_make_its_policy_the_domains(crawl: Crawling) -> None:
    work = crawl.planned("http://globex.example/pp", found_by="homepage_link")
    request = request_of(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location=ELSEWHERE))
    assert item_of(answer(crawl, request)).policy_owner == "other"
    assert owner_of(crawl, ELSEWHERE, "20061001120000", "01 Oct 2006 12:00:00") == "other"


@pytest.mark.parametrize(("site", "owner"), [("www.example.co.uk", "same_organisation"), ("www.sedo.com", "other")])
def test_a_policy_of_the_site_that_the_homepage_redirected_to_is_its_organisations_unless_it_is_a_providers(
    site: str, owner: str, crawl: Crawling
) -> None:
    request = request_of(answer(crawl, homepage(crawl), 301, b"", Location=f"http://{site}/"))
    answer(crawl, request, body=b'<a href="/legal">Privacy Policy</a>')
    assert owner_of(crawl, f"http://{site}/legal", "20040217120000", "17 Feb 2004 12:00:00") == owner
    assert owner_of(crawl, "http://third.example/legal", "20040218120000", "18 Feb 2004 12:00:00") == "other"


def test_the_index_is_not_asked_for_an_address_for_each_visitor(crawl: Crawling) -> None:
    for second in range(10, 20):
        work = crawl.planned(timestamp=f"200402151200{second}")
        request = request_of(
            answer(crawl, PlaybackRequest.begin(work), 302, b"", Location=f"/privacy?visitor={second}")
        )
        answer(crawl, request, when="20 Feb 2005 12:00:00")
    assert len(asked_for(crawl)) == MAX_MOVES
