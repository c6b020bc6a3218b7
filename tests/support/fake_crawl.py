"""A crawl for tests of its rooms: a real ledger, no requests, extraction in this process."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crawler.answers.playback import PlaybackAnswers
from crawler.answers.request_path import PlaybackRequest
from crawler.archives.internet_archive import InternetArchive
from crawler.arguments import parse_arguments
from crawler.downloader.ending import Ended
from crawler.known import WantedQuery
from crawler.ledger import Ledger
from crawler.ledger.captures import CaptureWork
from crawler.ledger.queries import QueryWork
from crawler.ledger.taking import Taking
from crawler.planning.visits import Pace
from pipelines.dataset.overrides import NO_OVERRIDES
from pipelines.document import Item
from pipelines.processes.worker_pool import WorkerFailed
from pipelines.surt import urlkey

URL = "http://example.com/privacy"
POLICY = (
    b"<html><head><title>Privacy Policy</title></head><body><h1>Privacy Policy</h1>"
    + b"<p>This privacy policy tells which personal information we collect about you, how we use cookies,"
    b" with whom we share your data, and how you may ask us to delete it.</p>" * 5 + b"</body></html>"
)


class Crawling:
    """A crawl of example.com with one planned capture, and what a fetch of it needs."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(folder, page_rows=100)
        self.arguments = parse_arguments({"domain": "example.com"})
        self.id = self.ledger.begin_crawl(self.arguments.as_dict(), "web.archive.org")
        self.domain_id, _ = self.ledger.domains.open(self.id, "example.com")
        self.archive = InternetArchive()
        self.retry_seconds = 10.0
        self.taking = Taking(self.ledger, self.id, self.arguments, Pace(), self.archive.offers_newest)
        self.overrides = NO_OVERRIDES
        self.broken = ""
        self.is_ending = False
        self.errors: list[tuple[str, str]] = []
        """The archive's errors since its last good answer."""

    async def advance(self, domain_id: int) -> None:
        """What is planned next is another matter."""

    def served(self, pool: str) -> None:
        self.errors.clear()

    def not_served(self, pool: str, domain: str, why: str) -> None:
        self.errors.append((pool, why))

    def count(self, outcome: str) -> None:
        """Nobody looks at the counts."""

    def raise_if_ending(self) -> None:
        if self.is_ending:
            raise Ended

    async def in_ledger(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    async def in_worker(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.broken:
            raise WorkerFailed(self.broken)
        return function(*args, **kwargs)

    def planned(self, url: str = URL, timestamp: str = "20040215120000", found_by: str = "url_keyword") -> CaptureWork:
        self.ledger.db.execute(
            "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, state)"
            " VALUES (?, ?, ?, 'A', ?, ?, 'planned')",
            (self.domain_id, urlkey(url), timestamp, url, found_by),
        )
        self.ledger.db.commit()
        (work,) = self.ledger.captures.claim(self.id, 1, 0)
        return work

    def query(self, url: str = "example.com", match_type: str = "domain", found_by: str = "url_keyword") -> QueryWork:
        """A query under way."""
        self.ledger.queries.add(self.id, self.domain_id, WantedQuery(url, match_type, found_by))
        (work,) = self.ledger.queries.claim(self.id, 1, 1e12)
        return work

    def states(self) -> list[tuple[str, str, str | None]]:
        """(URL, state, outcome) of the captures known."""
        return self.ledger.db.execute("SELECT url, state, outcome FROM captures ORDER BY id").fetchall()

    def detail(self, work: CaptureWork) -> str:
        (detail,) = self.ledger.db.execute("SELECT detail FROM captures WHERE id = ?", (work.id,)).fetchone()
        return str(detail)


def answer(
    crawl: Crawling,
    request: PlaybackRequest,
    status: int = 200,
    body: bytes = POLICY,
    *,
    when: str | None = "15 Feb 2004 12:00:00",
    truncated: bool = False,
    **headers: str,
) -> list[PlaybackRequest | Item]:
    """Answers a request: with ``when`` it is a memento, without it the archive itself speaks."""
    fields = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    if when is not None:
        fields["Memento-Datetime"] = f"{when} GMT"

    fetch = PlaybackAnswers(crawl)  # type: ignore[arg-type]
    output = asyncio.run(fetch.answer(request, status, tuple(fields.items()), body, truncated=truncated))
    return [] if output is None else [output]


def request_of(outputs: list[PlaybackRequest | Item]) -> PlaybackRequest:
    (request,) = outputs
    assert isinstance(request, PlaybackRequest)
    return request


def item_of(outputs: list[PlaybackRequest | Item]) -> Item:
    (item,) = outputs
    assert isinstance(item, Item)
    return item


def kept(outputs: list[PlaybackRequest | Item]) -> list[str]:
    """The URLs of what is kept of a capture that makes no row."""
    item = item_of(outputs)
    assert item.document is None
    return [snapshot.policy_url for snapshot in (*item.passed, item.snapshot)]


def homepage(crawl: Crawling) -> PlaybackRequest:
    """A homepage visit, under way."""
    crawl.ledger.homepages.plan(crawl.domain_id, "http://example.com/", [("20040215120000", None)])
    (work,) = crawl.ledger.captures.claim(crawl.id, 1, 0)
    return PlaybackRequest.begin(work)


def asked_for(crawl: Crawling) -> list[str]:
    """The URLs of the queries that the index is to be asked, which are then under way."""
    return [work.url for work in crawl.ledger.queries.claim(crawl.id, 10, 1e12)]
