"""The shell around ``decide``: facts out of a real ledger, outcomes into it. No requests are sent."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.answers.decide import MAX_MOVES
from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import parse_arguments
from crawler.crawl import Ended
from crawler.ledger.captures import TRIES, CaptureWork
from pipelines.document import Item
from pipelines.extraction import extract
from tests.support.fake_crawl import POLICY, URL, Crawling, answer, homepage, item_of, kept, request_of

FRAMESET = b'<html><frameset cols="*"><frame src="/inner.html"></frameset></html>'


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawling]:
    crawling = Crawling(tmp_path)
    yield crawling
    crawling.ledger.close()


def test_a_page_becomes_an_item_with_its_document(crawl: Crawling) -> None:
    work = crawl.planned()
    item = item_of(answer(crawl, PlaybackRequest.begin(work)))
    assert (item.settles, item.snapshot.policy_url, item.snapshot.archive_digest) == ((work.id,), URL, "A")
    assert item.document is not None
    assert "personal information" in item.document.text
    assert crawl.states() == [(URL, "fetched", "stored")]


JUDGEMENT = "kind, policy_score, title, words, text_sha256, sketch"


@pytest.mark.parametrize("body", [POLICY, b"<title>Log in</title><form><input type=password></form> Please log in"])
def test_the_ledger_keeps_the_judgement_of_a_text_whether_it_is_stored_or_not(body: bytes, crawl: Crawling) -> None:
    answer(crawl, PlaybackRequest.begin(crawl.planned()), body=body)
    document = extract(body, url=URL, content_type="text/html")
    judged = crawl.ledger.db.execute(f"SELECT {JUDGEMENT}, content_key, leads_to FROM captures").fetchone()
    assert judged == (
        document.kind, document.policy_score, document.title, document.words, document.text_sha256, document.sketch,
        document.text_sha256, None,
    )  # fmt: skip
    assert document.kind in ("privacy_policy", "login")


def test_the_ledger_keeps_a_media_type_as_the_index_would_tell_it(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    answer(crawl, request, Content_Type="text/HTML; charset=utf-8")
    row = "SELECT mimetype FROM captures WHERE url = 'http://example.com/legal'"
    assert crawl.ledger.db.execute(row).fetchall() == [("text/html",)]


def test_a_redirect_tells_the_ledger_where_it_leads(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    answer(crawl, request)
    row = "SELECT leads_to, content_key, text_sha256 FROM captures WHERE outcome = 'redirect'"
    legal = "http://example.com/legal"
    assert crawl.ledger.db.execute(row).fetchall() == [(legal, f"redirect:{legal}", None)]


def test_a_homepage_tells_the_ledger_where_its_link_leads(crawl: Crawling) -> None:
    answer(crawl, homepage(crawl), body=b'<a href="/pp">Privacy Policy</a>')
    row = "SELECT leads_to, content_key, text_sha256, served, same_as FROM captures"
    assert crawl.ledger.db.execute(row).fetchall() == [("http://example.com/pp", None, None, "20040215120000", None)]
    (seen,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert (seen.has_link, seen.served) == (True, "20040215120000")


def test_each_answer_is_filed_in_one_turn_and_a_page_that_is_read_in_two(
    crawl: Crawling, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = []
    in_ledger = crawl.in_ledger

    async def counted(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        turns.append(method.__name__)
        return await in_ledger(method, *args, **kwargs)

    monkeypatch.setattr(crawl, "in_ledger", counted)
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    assert len(turns) == 1
    item_of(answer(crawl, request))
    assert len(turns) == 3


def on_the_last_try(crawl: Crawling, body: bytes, work: CaptureWork) -> list[PlaybackRequest | Item]:
    """Gives the same cut answer as often as it is asked for; what comes of the last one."""
    for _ in range(TRIES - 1):
        assert answer(crawl, PlaybackRequest.begin(work), body=body, truncated=True) == []
        assert [state for _, state, _ in crawl.states()] == ["planned"]
        (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    return answer(crawl, PlaybackRequest.begin(work), body=body, truncated=True)


def test_a_body_cut_off_is_asked_for_again_and_in_the_end_kept_and_said(crawl: Crawling) -> None:
    work = crawl.planned()
    assert item_of(on_the_last_try(crawl, POLICY, work)).document is not None
    assert crawl.states() == [(URL, "fetched", "stored")]
    assert "cut off" in crawl.detail(work)


@pytest.mark.parametrize("body", [b"", b"<html><head>"])
def test_a_body_cut_off_before_any_policy_has_failed_and_says_nothing_of_the_page(body: bytes, crawl: Crawling) -> None:
    work = crawl.planned()
    assert item_of(on_the_last_try(crawl, body, work)).document is None
    assert (crawl.states(), crawl.detail(work)) == ([(URL, "fetched", "failed")], "the body was cut off")
    (known,) = crawl.ledger.captures.of(crawl.domain_id)
    assert known.content_key is None


def test_a_homepage_cut_off_is_asked_for_again(crawl: Crawling) -> None:
    crawl.ledger.homepages.plan(crawl.domain_id, "http://example.com/", [("20040215120000", None)])
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
    on_the_last_try(crawl, b"<html><body><p>Welcome", work)
    assert crawl.states()[0][1:] == ("fetched", "unreadable")


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_an_archived_refusal_is_a_soft_block_whose_bytes_are_kept(status: int, crawl: Crawling) -> None:
    item = item_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), status))
    assert (item.document, item.snapshot.http_status) == (None, status)
    assert crawl.states() == [(URL, "fetched", "soft_block")]


def test_an_extraction_that_fails_costs_its_capture_and_tells_the_plan_nothing(crawl: Crawling) -> None:
    crawl.broken = "the worker process died (exit code 7)"
    work = crawl.planned()
    assert item_of(answer(crawl, PlaybackRequest.begin(work))).document is None
    assert crawl.states() == [(URL, "fetched", "failed")]
    assert "exit code 7" in crawl.detail(work)
    (known,) = crawl.ledger.captures.of(crawl.domain_id)
    assert known.content_key is None


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


def test_a_worker_that_fails_while_the_crawl_ends_leaves_the_capture_to_the_next_run(crawl: Crawling) -> None:
    crawl.broken, crawl.is_ending = "the worker processes died", True
    with pytest.raises(Ended):
        answer(crawl, PlaybackRequest.begin(crawl.planned()))
    crawl.ledger.recover()
    assert crawl.states() == [(URL, "planned", None)]


def test_what_cannot_be_loaded_is_asked_for_again_and_in_the_end_unplayable(crawl: Crawling) -> None:
    work = crawl.planned()
    for _ in range(TRIES - 1):
        assert answer(crawl, PlaybackRequest.begin(work), 503, when=None) == []
        assert crawl.states() == [(URL, "planned", None)]
        (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    assert answer(crawl, PlaybackRequest.begin(work), 503, when=None) == []
    assert crawl.states() == [(URL, "settled", "unplayable")]
    assert "503" in crawl.detail(work)


def test_only_what_failed_for_a_passing_reason_is_open_again_in_a_later_crawl(crawl: Crawling) -> None:
    urls = [f"http://example.com/{number}" for number in range(3)]
    for url in urls:
        work = crawl.planned(url)
        for _ in range(TRIES - 1):
            answer(crawl, PlaybackRequest.begin(work), 503, when=None)
            (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
        answer(crawl, PlaybackRequest.begin(work), 404 if url == urls[0] else 503, when=None)
    later = crawl.ledger.begin_crawl({"plan": "all"}, "web.archive.org")
    crawl.ledger.domains.open(later, "example.com")
    states = [("settled", "unplayable"), ("known", None), ("known", None)]
    assert crawl.states() == [(url, *state) for url, state in zip(urls, states, strict=True)]
    (work,) = crawl.ledger.db.execute("SELECT tries FROM captures WHERE url = ?", (urls[1],)).fetchone()
    assert work == 0, "with all its tries"


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


def asked_for(crawl: Crawling) -> list[str]:
    return [work.url for work in crawl.ledger.queries.claim(crawl.id, 10, 1e12)]


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


def test_a_capture_served_from_another_year_is_not_taken(crawl: Crawling) -> None:
    work = crawl.planned()
    assert answer(crawl, PlaybackRequest.begin(work), when="15 Feb 2009 12:00:00") == []
    assert crawl.states() == [(URL, "settled", "unplayable")]
    assert "20090215120000" in crawl.detail(work)


def test_a_frameset_is_looked_into_once(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), body=FRAMESET))
    assert (request.url, request.inside) == ("http://example.com/inner.html", True)
    assert item_of(answer(crawl, request, body=FRAMESET)).document is None


def test_of_a_homepages_links_the_first_is_asked_for_that_is_not_known_to_lead_to_no_policy(crawl: Crawling) -> None:
    item_of(answer(crawl, PlaybackRequest.begin(crawl.planned("http://example.com/solutions/privacy")), body=MENU))
    links = b'<a href="/solutions/privacy">Privacy Policy</a> <p>or</p> <a href="/info?id=12">Privacy</a>'
    assert kept(answer(crawl, homepage(crawl), body=links)) == ["http://example.com/"]
    assert asked_for(crawl) == ["http://example.com/info?id=12"]


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


def test_an_excluded_host_is_asked_for_nothing_more(crawl: Crawling) -> None:
    request = PlaybackRequest.begin(crawl.planned())
    body = b"<p>This URL has been excluded from the Wayback Machine.</p>"
    assert answer(crawl, request, 403, body, when=None) == []
    assert crawl.states() == [(URL, "settled", "unplayable")]


def test_a_page_served_that_is_stored_already_makes_no_second_row(crawl: Crawling) -> None:
    first, second = crawl.planned(), crawl.planned("http://example.com/old", "20040215120001")
    item_of(answer(crawl, PlaybackRequest.begin(first)))
    assert kept(answer(crawl, PlaybackRequest.begin(second), Link=f'<{URL}>; rel="original"')) == [URL]
    assert crawl.states()[1][1:] == ("fetched", "unplayable")


def likely(crawl: Crawling) -> PlaybackRequest:
    """A request whether a likely address is archived, under way."""
    crawl.ledger.likely.plan(crawl.domain_id, ["http://example.com/privacy"], "20110101000000")
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
    return PlaybackRequest.begin(work)


def test_the_capture_that_playback_names_of_a_likely_address_is_entered_and_nothing_kept(crawl: Crawling) -> None:
    assert answer(crawl, likely(crawl)) == []
    (known,) = crawl.ledger.captures.of(crawl.domain_id)
    assert (known.url, known.timestamp, known.state) == (URL, "20040215120000", "known")
    (asked,) = crawl.ledger.likely.of(crawl.domain_id)
    assert (asked.url, asked.offered) == (URL, "20040215120000")


def test_a_capture_of_a_likely_address_that_is_not_of_the_crawls_dates_is_not_entered(crawl: Crawling) -> None:
    crawl.arguments = parse_arguments({"domain": "example.com", "since": "2010"})
    assert answer(crawl, likely(crawl)) == []
    assert crawl.ledger.captures.of(crawl.domain_id) == []


def test_an_error_page_in_a_homepages_place_says_nothing_of_its_links(crawl: Crawling) -> None:
    answer(crawl, homepage(crawl), 403, b"<p>Forbidden</p>")
    (visit,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert (visit.is_answered, visit.is_read) == (True, False)


def test_a_homepage_of_scripts_alone_is_told_as_such(crawl: Crawling) -> None:
    answer(crawl, homepage(crawl), body=b'<body><div id="app"></div><script src="/app.js"></script></body>')
    (visit,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert (visit.is_script, visit.is_read) == (True, False)
    assert crawl.ledger.db.execute("SELECT detail FROM captures").fetchone() == ("scripts alone, without links",)
