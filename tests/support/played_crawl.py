"""Crawls of invented sites without any request: the real ledger, planning and answers; the archive's are made here."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.answers.cdx import IndexAnswers
from crawler.answers.playback import PlaybackAnswers
from crawler.answers.request_path import PlaybackRequest
from crawler.archives.internet_archive import InternetArchive
from crawler.arguments import Arguments, Target, read_duration
from crawler.discovery.homepage import Homepage
from crawler.discovery.links import Link
from crawler.known import Role, State
from crawler.ledger import Ledger
from crawler.ledger.advance import advance
from crawler.ledger.moves import move
from crawler.ledger.sql import transaction
from crawler.ledger.taking import Taking, end_old_crawl
from crawler.planning.visits import Pace
from pipelines.dataset.overrides import NO_OVERRIDES
from pipelines.document import Document, Item
from pipelines.outcomes import Kind
from pipelines.surt import is_below
from pipelines.surt import key_of as key_of_any
from pipelines.timestamps import digits
from pipelines.timestamps import moment as moment_of_any
from tests.support.fake_crawl import Crawling

ARCHIVE = "web.archive.org"
#: The same few addresses and times are asked for over and over.
key_of, moment = lru_cache(10_000)(key_of_any), lru_cache(50_000)(moment_of_any)
_FORMAT = "%a, %d %b %Y %H:%M:%S GMT"


@cache
def ago(days: float) -> str:
    """The 14 digits of a time before now; the same whenever it is asked for, though a day may end meanwhile."""
    return digits(datetime.now(UTC) - timedelta(days=days))


@dataclass
class PlayedArchive:
    """An archive's captures: URL, 14 digits, and what stands there.

    ``policy ...`` is a policy of these words, ``-> URL`` a redirect, ``link URL`` a homepage with a link to a policy;
    anything else is a page of another kind.
    """

    captures: list[tuple[str, str, str]] = field(default_factory=list)
    unlisted: set[tuple[str, str]] = field(default_factory=set)
    """(URL, 14 digits) of the captures that the index does not name yet."""
    excluded: set[str] = field(default_factory=set)
    """Domains."""
    is_down: bool = False

    def add(self, url: str, timestamp: str, content: str) -> None:
        self.captures.append((url, timestamp.ljust(14, "0"), content))

    def cdx(self, address: str) -> tuple[int, str]:
        """The index's answer to a query."""
        asked = dict(parse_qsl(urlsplit(address).query))
        name, match = asked["url"], asked.get("matchType", "exact")
        if self._hides(name):
            return 403, "org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error"
        if self.is_down:
            return 503, "not now"
        since, until = asked.get("from", ""), asked.get("to", "99999999999999")
        return 200, "".join(
            f"{key_of(url)} {timestamp} {url} text/html {301 if content.startswith('-> ') else 200}"
            f" {hashlib.sha1(f'{url} {timestamp} {content}'.encode()).hexdigest()} 1000\n"
            for url, timestamp, content in sorted(self.captures, key=lambda one: (key_of(one[0]), one[1]))
            if (url, timestamp) not in self.unlisted and since <= timestamp <= until.ljust(14, "9")
            if (is_below(key_of(url), name) if match in ("domain", "host") else key_of(url) == key_of(name))
            if match != "domain" or "privacy" in url
        )

    def playback(self, asked: PlaybackRequest) -> tuple[int, dict[str, str], str]:
        """Playback's answer: status, headers and body."""
        if self.is_down:
            return 503, {}, ""
        if self._hides(asked.url):
            return 200, {}, "AdministrativeAccessControlException"
        here = [one for one in self.captures if key_of(one[0]) == key_of(asked.url)]
        if not here:
            return 404, {}, ""
        url, timestamp, content = min(here, key=lambda one: abs(moment(one[1]) - moment(asked.timestamp)))
        if timestamp != asked.timestamp:
            return 302, {"Location": f"https://{ARCHIVE}/web/{timestamp}id_/{url}"}, ""
        headers = {"Memento-Datetime": f"{moment(timestamp):{_FORMAT}}", "Content-Type": "text/html"}
        if content.startswith("-> "):
            return 301, headers | {"Location": content.removeprefix("-> ")}, ""
        return 200, headers, content

    def _hides(self, url: str) -> bool:
        return any(is_below(key_of(url), domain) for domain in self.excluded)


def document(content: str) -> Document:
    """The text of a page of a ``PlayedArchive``."""
    kind = Kind.PRIVACY_POLICY if content.startswith("policy") else Kind.SOFT_404
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    score = 0.99 if kind == Kind.PRIVACY_POLICY else 0.01
    return Document(None, content, content, "en", 1.0, kind, score, None, "utf-8", 200, sha256, b"", sha256, "played")


class Played(Crawling):
    """One DATA_DIR, and the crawls of it."""

    def __init__(self, folder: Path, archive: PlayedArchive) -> None:
        self.ledger = Ledger(folder, page_rows=1000)
        self.played = archive
        self.archive = InternetArchive()
        self.retry_seconds = 0.0
        self.overrides = NO_OVERRIDES
        self.is_ending = False
        self.errors = []
        self.pace = Pace()
        self.offers_newest = True
        self.not_due = 0
        self.read: dict[str, str] = {}
        """What was read, by the hash of its text."""
        self.asked: list[str] = []
        """The requests of the last crawl: ``cdx domain a.com`` and ``playback http://a.com/privacy``, in order."""

    def crawl(self, *domains: str, **arguments: Any) -> Counter[str]:
        """A crawl of a list of domains, or of one with ``source="domain"``; the requests of each pool."""
        given: dict[str, Any] = {"source": "domains", "value": "list.txt"} | arguments
        self.arguments = Arguments(**given)
        refresh = self.arguments.refresh
        self.pace = Pace(self.pace.least, self.pace.rediscover, read_duration(refresh) if refresh else None)
        end_old_crawl(self.ledger, self.arguments, ARCHIVE, self.pace)
        self.id = self.ledger.begin_crawl(self.arguments.as_dict(), ARCHIVE, source=("list.txt", "0"))
        self.taking = Taking(self.ledger, self.id, self.arguments, self.pace, self.offers_newest)
        self.asked = []
        asyncio.run(self.work([Target(domain) for domain in domains]))
        is_done = not self.ledger.domains.end_run(self.id) and not self.ledger.has_work(self.id)
        self.ledger.end_crawl(self.id, 0 if is_done else 3, {"cdx": 0, "playback": 0})
        return Counter(request.partition(" ")[0] for request in self.asked)

    async def work(self, targets: Iterable[Target]) -> None:
        targets, index, playback = list(targets), IndexAnswers(self), PlaybackAnswers(self)  # type: ignore[arg-type]
        for domain_id in self.ledger.domains.unfinished(self.id):
            await self.advance(domain_id)
        is_queued = self.taking.is_scheduled and self.taking.knows_any()  # as the spider does
        self.not_due = self.taking.queue(targets) if is_queued else 0
        while self.taking.take_queued(200):
            pass
        await index.take(targets)
        while await self.fetch(index, playback):
            pass

    async def fetch(self, index: IndexAnswers, playback: PlaybackAnswers) -> bool:
        """Asks for some of what is planned. False if nothing is."""
        queries = self.ledger.queries.claim(self.id, 50, 1e12)
        for work in queries:
            query = index.query(work)
            self.asked.append(f"cdx {query.match_type} {query.url}")
            status, body = self.played.cdx(self.archive.query_url(query))
            await index.answer(work, status, (), body.encode(), truncated=False)
        captures = self.ledger.captures.claim(self.id, 50, 1e12)
        for capture in captures:
            self.store(await self._fetched(playback, await playback.begin(capture)))
            await self.advance(capture.domain_id)
        return bool(queries or captures)

    async def _fetched(self, playback: PlaybackAnswers, output: Item | PlaybackRequest | None) -> Item | None:
        while isinstance(output, PlaybackRequest):
            self.asked.append(f"playback {output.url}")
            status, headers, body = self.played.playback(output)
            output = await playback.answer(output, status, tuple(headers.items()), body.encode(), truncated=False)
        return output

    def store(self, item: Item | None) -> None:
        """What is fetched counts as written."""
        with transaction(self.ledger.db):
            move(self.ledger.db, State.FETCHED, State.SETTLED, "TRUE")

    async def advance(self, domain_id: int) -> None:
        advance(self.ledger, self.id, domain_id, self.arguments, pace=self.pace)

    async def in_worker(self, function: Any, *args: Any, **about: Any) -> Any:
        """The work of a worker process."""
        content = args[0].decode()
        if function.__name__ == "extract":
            text = document(content)
            self.read[text.text_sha256] = content
            return text
        return Homepage([Link(content.split()[1], "Privacy")] if content.startswith("link ") else [])

    def later(self, days: float) -> None:
        """All that was done was done so many days earlier."""
        seconds = days * 86_400
        with transaction(self.ledger.db):
            for table, column in (
                ("domains", "asked_last"), ("domains", "due"), ("domains", "known_through"), ("queries", "ended_at"),
                ("captures", "not_before"), ("crawls", "started_at"),
            ):  # fmt: skip
                self.ledger.db.execute(f"UPDATE {table} SET {column} = {column} - ?", (seconds,))
            for capture_id, asked in self.ledger.db.execute(
                f"SELECT id, timestamp FROM captures WHERE role = '{Role.HOMEPAGE}'"
            ).fetchall():
                earlier = digits(moment(asked) - timedelta(days=days))
                self.ledger.db.execute("UPDATE captures SET timestamp = ? WHERE id = ?", (earlier, capture_id))

    def domain(self, name: str) -> dict[str, Any]:
        """A domain's row in the ledger."""
        cursor = self.ledger.db.execute("SELECT * FROM domains WHERE domain = ?", (name,))
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))

    def is_known_through_now(self, name: str) -> bool:
        """True if the last crawl has moved on until when all of a domain is known."""
        return bool((self.domain(name)["known_through"] or 0) > time.time() - 3600)

    def texts(self, name: str) -> list[tuple[str, str]]:
        """(day, what stood there) of a domain's captures of policies that were read, by time."""
        found = self.ledger.db.execute(
            "SELECT timestamp, text_sha256 FROM captures c JOIN domains d ON d.id = domain_id"
            " WHERE domain = ? AND c.outcome = 'stored' ORDER BY timestamp",
            (name,),
        ).fetchall()
        return [(timestamp[:8], self.read[sha256]) for timestamp, sha256 in found]
