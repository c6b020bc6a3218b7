"""Pages that show another page, or only lead to it: homepages, framesets, and pages that list policies."""

import gzip
from pathlib import Path

import pytest

from crawler.answers.decide import MAX_MOVES
from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import parse_arguments
from tests.support.fake_crawl import POLICY, URL, Crawling, answer, asked_for, homepage, item_of, kept, request_of

FRAMESET = b'<html><frameset cols="*"><frame src="/inner.html"></frameset></html>'


def test_a_homepage_tells_the_ledger_where_its_link_leads(crawl: Crawling) -> None:
    answer(crawl, homepage(crawl), body=b'<a href="/pp">Privacy Policy</a>')
    row = "SELECT leads_to, content_key, text_sha256, served, same_as FROM captures"
    assert crawl.ledger.db.execute(row).fetchall() == [("http://example.com/pp", None, None, "20040215120000", None)]
    (seen,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert (seen.has_link, seen.served) == (True, "20040215120000")


def test_a_frameset_is_looked_into_once(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), body=FRAMESET))
    assert (request.url, request.inside) == ("http://example.com/inner.html", True)
    assert item_of(answer(crawl, request, body=FRAMESET)).document is None


@pytest.mark.parametrize(("is_read", "asked"), [(False, "page?id=7"), (True, "info?id=12")])
def test_of_a_homepages_links_the_first_is_asked_for_that_is_not_known_to_lead_to_no_policy(
    is_read: bool, asked: str, crawl: Crawling
) -> None:
    if is_read:
        item_of(answer(crawl, PlaybackRequest.begin(crawl.planned("http://example.com/page?id=7")), body=MENU))
    links = b'<a href="/page?id=7">Privacy Policy</a> <p>or</p> <a href="/info?id=12">Privacy</a>'
    assert kept(answer(crawl, homepage(crawl), body=links)) == ["http://example.com/"]
    assert asked_for(crawl) == [f"http://example.com/{asked}"]


HUB = (
    b"<title>Safety Center</title><body><h1>Safety Center</h1><p>Welcome. Choose what you would like to read about our"
    b" games and films, and find out more about what we do for families and schools.</p><ul>"
    b'<li><a href="https://elsewhere.example/privacy-policy">Privacy Policy</a>'
    b'<li><a href="/node/%d">Privacy Policy</a><li><a href="/shop">Shop</a></ul>'
)


def test_a_page_that_only_leads_to_the_policy_of_its_site_leads_to_it(crawl: Crawling) -> None:
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned("http://example.com/privacy-center")), body=HUB % 7))
    (query,) = crawl.ledger.queries.claim(crawl.id, 10, 1e12)
    assert (query.url, query.match_type, query.found_by, query.link_text) == (
        "http://example.com/node/7", "exact", "homepage_link", "Privacy Policy",
    )  # fmt: skip


def test_pages_that_lead_to_ever_more_addresses_are_followed_to_a_few(crawl: Crawling) -> None:
    for number in range(10):
        work = crawl.planned("http://example.com/privacy-center", f"20{number:02}0215120000")
        when = f"15 Feb 20{number:02} 12:00:00"
        item_of(answer(crawl, PlaybackRequest.begin(work), body=HUB % number, when=when))
    assert len(asked_for(crawl)) == MAX_MOVES


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("http://example.com/privacy", POLICY.replace(b"</body>", b'<a href="/node/7">Privacy Policy</a></body>')),
        ("http://example.com/blog/2012/05/privacy-centers", HUB % 7),
        (
            "http://example.com/privacy-center",
            (HUB % 7).replace(b"</p>", b" Of games and films, and of much more." * 99),
        ),
    ],
)
def test_the_policy_itself_an_article_and_a_long_text_lead_nowhere(url: str, body: bytes, crawl: Crawling) -> None:
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned(url)), body=body))
    assert asked_for(crawl) == []


def test_a_page_leads_nowhere_in_a_crawl_that_was_told_the_addresses(crawl: Crawling, tmp_path: Path) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text("http://example.com/privacy-center\n")
    crawl.arguments = parse_arguments({"urls": str(urls)})
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned("http://example.com/privacy-center")), body=HUB % 7))
    assert asked_for(crawl) == []


def test_an_address_that_is_known_already_is_marked_where_a_homepage_links_to_it(crawl: Crawling) -> None:
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned())))
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned("http://example.com/pp?id=7"))))
    answer(crawl, homepage(crawl), body=b'<a href="/pp?id=7">Privacy Policy</a>')
    assert asked_for(crawl) == []
    linked = {capture.url: capture.is_linked for capture in crawl.ledger.captures.of(crawl.domain_id)}
    assert linked == {URL: False, "http://example.com/pp?id=7": True}


def test_a_homepage_that_is_stored_compressed_gives_its_links(crawl: Crawling) -> None:
    packed = gzip.compress(b'<a href="/pp?id=7">Privacy Policy</a>')
    assert kept(answer(crawl, homepage(crawl), body=packed, Content_Encoding="gzip")) == ["http://example.com/"]
    assert asked_for(crawl) == ["http://example.com/pp?id=7"]


def test_a_homepage_that_is_a_meta_refresh_is_followed_once(crawl: Crawling) -> None:
    splash = b'<html><head><meta http-equiv="refresh" content="0; url=/%s"></head></html>'
    request = request_of(answer(crawl, homepage(crawl), body=splash % b"main"))
    assert request.url == "http://example.com/main"
    assert kept(answer(crawl, request, body=splash % b"further")) == ["http://example.com/", "http://example.com/main"]
    assert crawl.states() == [("http://example.com/", "fetched", "looked_at")]


MENU = b'<html><body><p>Welcome to our shop</p><a href="/a">A</a> <a href="/b">B</a></body></html>'
THREE_FRAMES = b'<frameset cols="9%,9%,*"><frame src="/menu"><frame src="/top"><frame src="/text"></frameset>'


@pytest.mark.parametrize("menu", [(200, "15 Feb 2004 12:00:00"), (404, None), (200, "15 Feb 2009 12:00:00")])
def test_the_frames_of_a_frameset_are_looked_into_until_one_is_a_policy(
    menu: tuple[int, str | None], crawl: Crawling
) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), body=THREE_FRAMES))
    asked = [request.url]
    for _ in range(2):
        request = request_of(answer(crawl, request, menu[0], MENU, when=menu[1]))
        asked.append(request.url)
    assert asked == [f"http://example.com/{name}" for name in ("menu", "top", "text")]
    item = item_of(answer(crawl, request))
    assert (item.snapshot.policy_url, item.snapshot.redirects) == ("http://example.com/text", (URL,))
    assert crawl.states() == [(URL, "fetched", "redirect"), ("http://example.com/text", "fetched", "stored")]


def test_a_frameset_behind_a_redirect_leaves_nothing_under_way(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/frames"))
    request = request_of(answer(crawl, request, body=FRAMESET))
    item_of(answer(crawl, request))
    assert "claimed" not in [state for _, state, _ in crawl.states()]
    assert not any(state == "planned" for _, state, _ in crawl.states())


def test_an_error_page_in_a_homepages_place_says_nothing_of_its_links(crawl: Crawling) -> None:
    answer(crawl, homepage(crawl), 403, b"<p>Forbidden</p>")
    (visit,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert (visit.is_answered, visit.is_read) == (True, False)


def test_a_homepage_of_scripts_alone_is_told_as_such(crawl: Crawling) -> None:
    answer(crawl, homepage(crawl), body=b'<body><div id="app"></div><script src="/app.js"></script></body>')
    (visit,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert (visit.is_script, visit.is_read) == (True, False)
    assert crawl.ledger.db.execute("SELECT detail FROM captures").fetchone() == ("scripts alone, without links",)
