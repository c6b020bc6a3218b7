"""What the archive served on the way to a capture is kept, and nothing of it is lost in a crash."""

import pytest

from crawler.answers.request_path import PlaybackRequest
from crawler.ledger.captures import TRIES
from tests.support.fake_crawl import URL, Crawling, answer, homepage, item_of, kept, request_of

LEGAL = "http://example.com/legal"
LINK = b'<a href="/pp">Privacy Policy</a>'
NO_WEB_ADDRESS = "mailto:me@example.com"


def test_a_redirect_is_kept_before_its_target_and_tells_where_it_leads(crawl: Crawling) -> None:
    work = crawl.planned()
    item = item_of(answer(crawl, request_of(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location="/legal"))))
    # The archive had not kept the field, only turned it into an address of its own.
    assert [(passed.policy_url, passed.header("Location")) for passed in item.passed] == [(URL, LEGAL)]
    assert (item.snapshot.policy_url, len(item.settles)) == (LEGAL, 2)


def test_what_was_served_on_the_way_is_kept_when_the_rest_can_not_be_loaded(crawl: Crawling) -> None:
    work = crawl.planned()
    for _ in range(TRIES - 1):
        request = request_of(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location="/legal"))
        assert answer(crawl, request, 503, when=None) == [], "asked for again, and served again"
        (work,) = crawl.ledger.captures.claim(crawl.id, 1, 1e12)
    request = request_of(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location="/legal"))
    assert kept(answer(crawl, request, 503, when=None)) == [URL]
    assert crawl.states() == [(URL, "fetched", "unplayable")]


def test_pages_on_the_way_are_only_so_many_bytes(crawl: Crawling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.answers.request_path.MAX_KEPT", 1 << 20)
    work = crawl.planned()
    large = b"x" * ((1 << 20) + 1)
    assert kept(answer(crawl, PlaybackRequest.begin(work), 301, large, Location="/legal")) == [URL]
    assert "over 1 MB" in crawl.detail(work)


@pytest.mark.parametrize("found", ["redirect", "homepage"])
def test_what_settles_a_capture_is_asked_for_again_if_a_crash_lost_it(found: str, crawl: Crawling) -> None:
    def serve(request: PlaybackRequest) -> list[str]:
        if found == "redirect":
            return kept(answer(crawl, request, 301, b"", Location=NO_WEB_ADDRESS))
        return kept(answer(crawl, request, body=LINK))

    def known() -> list[tuple[str | None, ...]]:
        return crawl.ledger.db.execute("SELECT state, outcome, detail, leads_to, served FROM captures").fetchall()

    serve(homepage(crawl) if found == "homepage" else PlaybackRequest.begin(crawl.planned()))
    before = known()
    assert before[0][0] == "fetched"
    crawl.ledger.recover()
    assert known() == [("planned", None, None, None, None)]
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
    serve(PlaybackRequest.begin(work))
    assert known() == before


def test_a_redirect_whose_record_was_cut_off_is_asked_for_again_though_its_targets_is_there(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    target, _ = item_of(answer(crawl, request)).settles
    crawl.ledger.dataset.begin_part("part.parquet", 0, [target], {})
    crawl.ledger.dataset.finish_part("part.parquet")
    crawl.ledger.recover()
    assert crawl.states() == [(URL, "planned", None), (LEGAL, "settled", "stored")]
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
    assert kept(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location="/legal")) == [URL]
    assert crawl.states() == [(URL, "fetched", "redirect"), (LEGAL, "settled", "stored")]


def test_a_redirect_that_is_known_stays_known_while_it_is_followed_again(crawl: Crawling) -> None:
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal"))
    _, redirect = item_of(answer(crawl, request)).settles
    crawl.ledger.dataset.begin_part("part.parquet", 0, [redirect], {})
    crawl.ledger.dataset.finish_part("part.parquet")
    for _ in range(2):
        crawl.ledger.recover()
        assert crawl.states() == [(URL, "planned", "redirect")], "its target was lost"
        (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
        request = request_of(answer(crawl, PlaybackRequest.begin(work), 301, b"", Location="/legal"))
        item_of(answer(crawl, request))
        assert crawl.states() == [(URL, "settled", "redirect"), (LEGAL, "fetched", "stored")]
