"""A crawl for tests of its rooms: a real ledger, no requests, extraction in this process."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from crawler.archives.internet_archive import InternetArchive
from crawler.archives.surt import urlkey
from crawler.arguments import parse_arguments
from crawler.crawl import Ended
from crawler.known import WantedQuery
from crawler.ledger import Ledger
from crawler.ledger.captures import CaptureWork
from crawler.ledger.queries import QueryWork
from pipelines.processes.worker_pool import WorkerFailed

URL = "http://example.com/privacy"


class Crawling:
    """A crawl of example.com with one planned capture, and what a fetch of it needs."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(folder, page_rows=100)
        self.arguments = parse_arguments({"domain": "example.com"})
        self.id = self.ledger.begin_crawl(self.arguments.as_dict(), "web.archive.org")
        self.domain_id, _ = self.ledger.domains.open(self.id, "example.com")
        self.archive = InternetArchive()
        self.retry_seconds = 10.0
        self.addresses: dict[int, Any] = {}
        self.workers = SimpleNamespace(run=self.run)
        self.broken = ""
        self.is_ending = False

    async def advance(self, domain_id: int) -> None:
        """What is planned next is another matter."""

    def count(self, outcome: str) -> None:
        """Nobody looks at the counts."""

    def raise_if_ending(self) -> None:
        if self.is_ending:
            raise Ended

    async def in_ledger(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
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

    def asked(self, url: str = "example.com", match_type: str = "domain", found_by: str = "url_keyword") -> QueryWork:
        """A query under way."""
        self.ledger.queries.add(self.id, self.domain_id, WantedQuery(url, match_type, found_by))
        (work,) = self.ledger.queries.claim(self.id, 1, 1e12)
        return work

    def states(self) -> list[tuple[str, str, str | None]]:
        """(URL, state, outcome) of the captures known."""
        return self.ledger.db.execute("SELECT url, state, outcome FROM captures ORDER BY id").fetchall()

    def detail(self, work: CaptureWork) -> str:
        return self.ledger.db.execute("SELECT detail FROM captures WHERE id = ?", (work.id,)).fetchone()[0]
