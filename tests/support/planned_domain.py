"""A domain that a crawl plans, on a real ledger: queries and captures are answered by hand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from crawler.archives.cdx import Capture, Page
from crawler.arguments import Arguments
from crawler.known import WantedQuery, Words
from crawler.ledger import Ledger
from crawler.ledger.advance import advance
from crawler.ledger.captures import CaptureWork, Judged
from crawler.ledger.queries import QueryWork
from pipelines.surt import key_of

TIMEOUT = "the archive answered 504"


class Domain:
    """``a.com`` in a crawl of its own; everything but the planning is played by the test."""

    def __init__(self, folder: Path, **arguments: str) -> None:
        self.ledger = Ledger(folder, page_rows=50)
        self.arguments = Arguments("domain", "a.com", **arguments)
        self.crawl_id = self.ledger.begin_crawl(self.arguments.as_dict(), "web.archive.org")
        self.id, _ = self.ledger.domains.open(self.crawl_id, "a.com")
        dates = {"since": self.arguments.since or None, "until": self.arguments.until or None}
        self.ledger.queries.add(self.crawl_id, self.id, WantedQuery("a.com", "domain", **dates))

    def next_queries(self) -> list[QueryWork]:
        advance(self.ledger, self.crawl_id, self.id, self.arguments)
        return self.ledger.queries.claim(self.crawl_id, 100, time.time())

    def next_captures(self) -> list[CaptureWork]:
        advance(self.ledger, self.crawl_id, self.id, self.arguments)
        return self.ledger.captures.claim(self.crawl_id, 100, time.time())

    def answer(self, query: QueryWork, *captures: str, key: str | None = None) -> None:
        """``20100101 http://a.com/privacy``: a capture's date and URL."""
        found = []
        for capture in captures:
            date, url = capture.split()
            found.append(Capture(key_of(url), date.ljust(14, "0"), url, "text/html", 200, date, 1000))
        self.ledger.queries.save_page(query, Page(found, key, 0), keep=[True] * len(found))

    def fail(self, queries: Sequence[QueryWork]) -> None:
        for query in queries:
            self.ledger.queries.end(query.id, "incomplete", TIMEOUT)

    def read(self, captures: Sequence[CaptureWork], kind: str) -> None:
        """Every capture is fetched, and is of this kind."""
        for capture in captures:
            judged = Judged("stored", content_key=kind, kind=kind, stored_url=capture.url, status=200)
            self.ledger.captures.fetched(capture.id, judged)

    def find_no_other_language(self) -> None:
        """The search for what other languages call a policy finds nothing."""
        (query,) = self.next_queries()
        assert (query.match_type, query.words) == ("domain", Words.OTHER)
        self.answer(query)

    def visit_in_vain(self, outcome: str = "looked_at") -> list[str]:
        """Takes the visits that are wanted, none of which shows a link; gives their years.

        No likely address is archived.
        """
        years: list[str] = []
        while captures := self.next_captures():
            assert {capture.role for capture in captures} <= {"homepage", "likely"}
            for capture in captures:
                if capture.role == "likely":
                    self.ledger.captures.settle(capture, "not_archived")
                else:
                    years.append(capture.timestamp[:4])
                    self.ledger.captures.settle(capture, outcome)
        return years

    def likely(self) -> list[CaptureWork]:
        """Takes visits that show no link, until playback is asked for likely addresses."""
        while captures := self.next_captures():
            if captures[0].role == "likely":
                return captures
            for capture in captures:
                self.ledger.captures.settle(capture, "looked_at", served=capture.timestamp)
        return []

    def offer(self, works: Sequence[CaptureWork], *paths: str) -> None:
        """Playback names captures of these addresses, and has none of the others."""
        for work in works:
            is_there = work.url in {f"http://a.com/{path}" for path in paths}
            self.ledger.captures.settle(work, "offered" if is_there else "not_archived", served="20150301120000")
            if is_there:
                self.ledger.likely.enter(work, work.url, "20150301120000")

    def led_to(self, url: str, kind: str) -> None:
        """The search brings nothing, a homepage links to this address, and the index has two captures of it."""
        self.answer(*self.next_queries())
        self.ledger.queries.add_address(self.crawl_id, self.id, WantedQuery(url, found_by="homepage_link"))
        self.answer(*self.next_queries(), f"20100101 {url}", f"20160101 {url}")
        self.read_all(kind)

    def read_all(self, kind: str) -> None:
        """Every capture is of this kind; homepages show no link, and no likely address is archived."""
        while captures := self.next_captures():
            for capture in captures:
                if capture.role == "policy":
                    self.read([capture], kind)
                elif capture.role == "likely":
                    self.ledger.captures.settle(capture, "not_archived")
                else:
                    self.ledger.captures.settle(capture, "looked_at", served=capture.timestamp)

    def miss(self, captures: Sequence[CaptureWork]) -> None:
        """None of the captures can be loaded, however often they are asked for."""
        for capture in captures:
            self.ledger.captures.give_up(capture, "unplayable", TIMEOUT)

    def crawl_again(self, *, after: timedelta = timedelta(0)) -> None:
        """The crawl is finished, and another one takes the domain, some time afterwards.

        Where nothing is archived, the index has nothing of the host either.
        """
        for query in self.next_queries():
            assert query.match_type == "host"
            self.answer(query)
        assert self.ending[0] == "done"
        self.ledger.db.execute("UPDATE captures SET not_before = not_before - ?", (after.total_seconds(),))
        self.ledger.db.commit()
        self.ledger.end_crawl(self.crawl_id, 0, {"cdx": 1, "playback": 1})
        self.crawl_id = self.ledger.begin_crawl(self.arguments.as_dict(), "web.archive.org")
        self.ledger.domains.open(self.crawl_id, "a.com")
        self.ledger.queries.add(self.crawl_id, self.id, WantedQuery("a.com", "domain"))

    @property
    def ending(self) -> tuple[str, str | None, str | None]:
        advance(self.ledger, self.crawl_id, self.id, self.arguments)
        return self.ledger.db.execute("SELECT state, outcome, detail FROM domains").fetchone()
