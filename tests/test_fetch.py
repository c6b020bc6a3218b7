"""What becomes of each answer of playback, with a real ledger and no requests."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from crawling import URL, Crawling

from crawler.crawl import Ended
from crawler.fetch import TRIES, Fetch
from crawler.ledger.captures import CaptureWork
from crawler.visit import Visit
from pipelines.snapshot import Item

POLICY = (
    b"<html><head><title>Privacy Policy</title></head><body><h1>Privacy Policy</h1>"
    + b"<p>This privacy policy tells which personal information we collect about you, how we use cookies,"
    b" with whom we share your data, and how you may ask us to delete it.</p>" * 5 + b"</body></html>"
)
FRAMESET = b'<html><frameset cols="*"><frame src="/inner.html"></frameset></html>'


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawling]:
    crawling = Crawling(tmp_path)
    yield crawling
    crawling.ledger.close()


def answer(
    crawl: Crawling,
    visit: Visit,
    status: int = 200,
    body: bytes = POLICY,
    *,
    when: str | None = "15 Feb 2004 12:00:00",
    truncated: bool = False,
    **headers: str,
) -> list[Visit | Item]:
    """Gives an answer to a visit: with ``when`` it is a memento, without it is the archive that speaks."""
    fields = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    if when is not None:
        fields["Memento-Datetime"] = f"{when} GMT"

    async def outputs() -> list[Visit | Item]:
        fetch = Fetch(crawl)  # type: ignore[arg-type]
        answered = fetch.answer(visit, status, tuple(fields.items()), body, truncated=truncated)
        return [output async for output in answered]

    return asyncio.run(outputs())


def visit_of(outputs: list[Visit | Item]) -> Visit:
    (visit,) = outputs
    assert isinstance(visit, Visit)
    return visit


def item_of(outputs: list[Visit | Item]) -> Item:
    (item,) = outputs
    assert isinstance(item, Item)
    return item


def test_a_page_becomes_an_item_with_its_document(crawl: Crawling) -> None:
    work = crawl.planned()
    item = item_of(answer(crawl, Visit.begin(work)))
    assert (item.capture_id, item.snapshot.policy_url, item.snapshot.archive_digest) == (work.id, URL, "A")
    assert item.document is not None
    assert "personal information" in item.document.text
    assert crawl.states() == [(URL, "fetched", "stored")]


def on_the_last_try(crawl: Crawling, body: bytes, work: CaptureWork) -> list[Visit | Item]:
    """Gives the same cut answer as often as it is asked for; what comes of the last one."""
    for _ in range(TRIES - 1):
        assert answer(crawl, Visit.begin(work), body=body, truncated=True) == []
        assert [state for _, state, _ in crawl.states()] == ["planned"]
        (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    return answer(crawl, Visit.begin(work), body=body, truncated=True)


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
    assert known.text_sha256 is None


def test_a_homepage_cut_off_is_asked_for_again(crawl: Crawling) -> None:
    crawl.ledger.captures.plan_looks(crawl.domain_id, "http://example.com/", [("20040215120000", None)])
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
    on_the_last_try(crawl, b"<html><body><p>Welcome", work)
    assert crawl.states()[0][1:] == ("settled", "looked_at")


def test_a_redirect_needs_no_whole_body(crawl: Crawling) -> None:
    moved = answer(crawl, Visit.begin(crawl.planned()), 301, b"", truncated=True, Location="/legal")
    assert visit_of(moved).url == "http://example.com/legal"


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_an_archived_refusal_is_a_soft_block_whose_bytes_are_kept(status: int, crawl: Crawling) -> None:
    item = item_of(answer(crawl, Visit.begin(crawl.planned()), status))
    assert (item.document, item.snapshot.http_status) == (None, status)
    assert crawl.states() == [(URL, "fetched", "soft_block")]


@pytest.mark.parametrize("status", [404, 410, 500])
def test_an_archived_error_is_no_policy(status: int, crawl: Crawling) -> None:
    assert item_of(answer(crawl, Visit.begin(crawl.planned()), status)).document is None
    assert crawl.states() == [(URL, "fetched", "not_policy")]


def test_an_extraction_that_fails_costs_its_capture_and_tells_the_plan_nothing(crawl: Crawling) -> None:
    crawl.broken = "the worker process died (exit code 7)"
    work = crawl.planned()
    assert item_of(answer(crawl, Visit.begin(work))).document is None
    assert crawl.states() == [(URL, "fetched", "failed")]
    assert "exit code 7" in crawl.detail(work)
    (known,) = crawl.ledger.captures.of(crawl.domain_id)
    assert known.text_sha256 is None


@pytest.mark.parametrize("dates", [{"since": "20040215"}, {"until": "20040213"}])
def test_another_capture_served_is_of_the_dates_asked_for_or_not_taken(crawl: Crawling, dates: dict[str, str]) -> None:
    crawl.arguments = replace(crawl.arguments, **dates)
    work = crawl.planned(timestamp="20040215120000" if "since" in dates else "20040213120000")
    assert answer(crawl, Visit.begin(work), when="14 Feb 2004 12:00:00") == []
    assert crawl.states() == [(URL, "settled", "unplayable")]
    assert "dates" in crawl.detail(work)


def test_a_redirect_to_itself_is_a_circle_whenever_else_the_address_was_captured(crawl: Crawling) -> None:
    crawl.planned(timestamp="20060215120000")
    work = crawl.planned()
    assert answer(crawl, Visit.begin(work), 301, Location=URL) == []
    assert "circle" in crawl.detail(work)


def test_a_redirect_out_of_the_dates_asked_for_is_no_more_than_that(crawl: Crawling) -> None:
    crawl.arguments = replace(crawl.arguments, until="20040215")
    work = crawl.planned()
    following = visit_of(answer(crawl, Visit.begin(work), 301, Location="/legal"))
    assert answer(crawl, following, when="16 Feb 2004 11:00:00") == []
    assert crawl.states() == [(URL, "settled", "redirect")]


def test_a_worker_that_fails_while_the_crawl_ends_leaves_the_capture_to_the_next_run(crawl: Crawling) -> None:
    crawl.broken, crawl.is_ending = "the worker processes died", True
    with pytest.raises(Ended):
        answer(crawl, Visit.begin(crawl.planned()))
    crawl.ledger.recover()
    assert crawl.states() == [(URL, "planned", None)]


def test_what_cannot_be_loaded_is_asked_for_again_and_in_the_end_unplayable(crawl: Crawling) -> None:
    work = crawl.planned()
    for _ in range(TRIES - 1):
        assert answer(crawl, Visit.begin(work), 503, when=None) == []
        assert crawl.states() == [(URL, "planned", None)]
        (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    assert answer(crawl, Visit.begin(work), 503, when=None) == []
    assert crawl.states() == [(URL, "settled", "unplayable")]
    assert "503" in crawl.detail(work)


def test_a_capture_the_archive_has_not_is_unplayable(crawl: Crawling) -> None:
    assert answer(crawl, Visit.begin(crawl.planned()), 404, when=None) == []
    assert crawl.states() == [(URL, "settled", "unplayable")]


def test_another_timestamp_offered_is_taken_on_the_second_pass(crawl: Crawling) -> None:
    location = f"/web/20040301000000id_/{URL}"
    assert answer(crawl, Visit.begin(crawl.planned()), 302, when=None, Location=location) == []
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    visit = visit_of(answer(crawl, Visit.begin(work), 302, when=None, Location=location))
    assert visit.timestamp == "20040301000000"
    item = item_of(answer(crawl, visit, when="01 Mar 2004 00:00:00"))
    assert (item.snapshot.requested_at.month, item.snapshot.captured_at.month) == (2, 3)
    assert item.snapshot.archive_digest is None
    assert [state[1:] for state in crawl.states()] == [("settled", "unplayable"), ("fetched", "stored")]


def test_a_redirect_is_followed_to_a_page_that_is_a_row_of_its_own(crawl: Crawling) -> None:
    visit = visit_of(answer(crawl, Visit.begin(crawl.planned()), 301, b"", Location="/legal"))
    item = item_of(answer(crawl, visit))
    assert (item.snapshot.policy_url, item.snapshot.redirects) == ("http://example.com/legal", (URL,))
    assert item.snapshot.found_by == "redirect"
    assert crawl.states() == [(URL, "settled", "redirect"), ("http://example.com/legal", "fetched", "stored")]


def test_a_redirect_to_a_capture_that_is_planned_anyway_is_not_followed(crawl: Crawling) -> None:
    crawl.planned("http://example.com/legal", "20040215130000")
    work = crawl.planned()
    assert answer(crawl, Visit.begin(work), 301, b"", Location="/legal") == []
    assert "20040215130000" in crawl.detail(work)


def test_a_redirect_to_what_is_not_archived_is_a_redirect(crawl: Crawling) -> None:
    work = crawl.planned()
    visit = visit_of(answer(crawl, Visit.begin(work), 301, b"", Location="/legal"))
    assert answer(crawl, visit, 404, when=None) == []
    assert crawl.states() == [(URL, "settled", "redirect")]
    assert "not archived" in crawl.detail(work)


def test_a_redirect_to_no_web_address_is_not_followed(crawl: Crawling) -> None:
    assert answer(crawl, Visit.begin(crawl.planned()), 301, b"", Location="mailto:privacy@example.com") == []
    assert crawl.states() == [(URL, "settled", "redirect")]


def test_a_capture_served_from_another_year_is_not_taken(crawl: Crawling) -> None:
    work = crawl.planned()
    assert answer(crawl, Visit.begin(work), when="15 Feb 2009 12:00:00") == []
    assert crawl.states() == [(URL, "settled", "unplayable")]
    assert "20090215120000" in crawl.detail(work)


def test_a_frameset_is_looked_into_once(crawl: Crawling) -> None:
    visit = visit_of(answer(crawl, Visit.begin(crawl.planned()), body=FRAMESET))
    assert (visit.url, visit.inside) == ("http://example.com/inner.html", True)
    assert item_of(answer(crawl, visit, body=FRAMESET)).document is None


def test_a_frameset_behind_a_redirect_leaves_nothing_under_way(crawl: Crawling) -> None:
    visit = visit_of(answer(crawl, Visit.begin(crawl.planned()), 301, b"", Location="/frames"))
    visit = visit_of(answer(crawl, visit, body=FRAMESET))
    item_of(answer(crawl, visit))
    assert "claimed" not in [state for _, state, _ in crawl.states()]
    assert not any(state == "planned" for _, state, _ in crawl.states())


def test_an_excluded_host_is_asked_for_nothing_more(crawl: Crawling) -> None:
    visit = Visit.begin(crawl.planned())
    body = b"<p>This URL has been excluded from the Wayback Machine.</p>"
    assert answer(crawl, visit, 403, body, when=None) == []
    assert crawl.states() == [(URL, "settled", "unplayable")]


def test_a_page_served_that_is_stored_already_makes_no_second_row(crawl: Crawling) -> None:
    first, second = crawl.planned(), crawl.planned("http://example.com/old", "20040215120001")
    item_of(answer(crawl, Visit.begin(first)))
    outputs = answer(crawl, Visit.begin(second), Link=f'<{URL}>; rel="original"')
    assert outputs == []
    assert crawl.states()[1][1:] == ("settled", "unplayable")
