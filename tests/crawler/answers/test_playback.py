"""The shell around ``decide``: facts out of a real ledger, outcomes into it. No requests are sent."""

from collections.abc import Callable
from typing import Any

import pytest

from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import parse_arguments
from crawler.crawl import Ended
from crawler.ledger.captures import TRIES, CaptureWork
from pipelines.document import Item
from pipelines.extraction import extract
from tests.support.fake_crawl import POLICY, URL, Crawling, answer, item_of, kept, request_of


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


def test_a_capture_served_from_another_year_is_not_taken(crawl: Crawling) -> None:
    work = crawl.planned()
    assert answer(crawl, PlaybackRequest.begin(work), when="15 Feb 2009 12:00:00") == []
    assert crawl.states() == [(URL, "settled", "unplayable")]
    assert "20090215120000" in crawl.detail(work)


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
