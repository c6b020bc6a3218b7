"""The CDX side of a crawl: plans the queries that find a domain's policy URLs, and files the index's answers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from crawler.archives import Archive
from crawler.archives.cdx import Capture, IncompleteAnswer, Page, Query, QueryRefused, SiteExcluded
from crawler.archives.playback import Headers
from crawler.arguments import Target
from crawler.crawl import Crawl
from crawler.discovery.url_filter import MIMETYPE_FILTER, keeps, search_filters
from crawler.known import MatchType, QueryState, Words
from crawler.ledger.queries import QueryWork
from crawler.ledger.sql import transaction
from pipelines.header_fields import header
from pipelines.page.content_coding import unpack
from pipelines.surt import is_below, key_of

logger = logging.getLogger(__name__)

#: Tries for a page that the archive can't give; each asks for fewer rows than the one before.
TRIES = 3
#: No query asks for fewer rows than this, unless the setting does.
FEWEST_ROWS = 100
#: Answers to a query for a whole domain that say that the domain is large, not that the index is broken.
TOO_LARGE = (503, 504)


class IndexAnswers:
    """Files the index's answers; also plans and words the queries that they answer."""

    def __init__(self, crawl: Crawl) -> None:
        self.crawl = crawl

    async def take(self, targets: list[Target]) -> None:
        """Enters what was asked for into the ledger, unless this crawl has it already, or it is to be removed."""
        wanted = []
        for target in targets:
            if self.crawl.overrides.remove.name(target.domain, target.url, target.timestamp):
                logger.warning("%s left out: overrides.toml removes it", target.url or target.domain)
            else:
                wanted.append(target)
        await self.crawl.in_ledger(self.crawl.taking.take, wanted)

    def query(self, work: QueryWork) -> Query:
        """The query to send for planned work."""
        if work.match_type == MatchType.HOST:
            return replace(work.query(()), limit=1)
        is_search = work.match_type == MatchType.DOMAIN
        return work.query(search_filters(work.domain, Words(work.words)) if is_search else (MIMETYPE_FILTER,))

    async def answer(self, work: QueryWork, status: int, headers: Headers, body: bytes, *, truncated: bool) -> None:
        """Files an answer of the index."""
        crawl = self.crawl
        try:
            page = await asyncio.to_thread(read_page, crawl.archive, status, headers, body, truncated=truncated)
        except SiteExcluded as reason:
            crawl.served("cdx")
            await crawl.in_ledger(self._file_exclusion, work, str(reason))
        except IncompleteAnswer as reason:
            is_refused = isinstance(reason, QueryRefused)
            if not (work.match_type == MatchType.DOMAIN and status in TOO_LARGE):
                crawl.not_served("cdx", work.domain, str(reason))
            await self.unanswered(work, str(reason), is_refused=is_refused, may_pass=reason.may_pass)
        else:
            crawl.served("cdx")
            keep = await asyncio.to_thread(lambda: [self._is_wanted(work, capture) for capture in page.captures])
            state = await crawl.in_ledger(crawl.ledger.queries.save_page, work, page, keep=keep)
            if page.bad_rows:
                logger.info("%s: %d rows of the index could not be read", work.domain, page.bad_rows)
            if state == QueryState.INCOMPLETE:
                logger.warning("%s: the index could not be read to its end", work.domain)
        await crawl.advance(work.domain_id)

    def _is_wanted(self, work: QueryWork, capture: Capture) -> bool:
        """True if a capture may hold a policy, and is not to be removed."""
        is_removed = self.crawl.overrides.remove.name(work.domain, capture.original, capture.timestamp)
        return not is_removed and _may_hold_policy(work, capture)

    def _file_exclusion(self, work: QueryWork, reason: str) -> None:
        """Ends a query for a site that the archive does not show.

        The domain is excluded only if the site is its own: a link may lead to somebody else's.
        """
        ledger = self.crawl.ledger
        with transaction(ledger.db):
            ledger.queries.end(work.id, QueryState.EXCLUDED, reason)
            if is_below(key_of(work.url), work.domain):
                ledger.domains.exclude(work.domain_id)

    async def unanswered(
        self, work: QueryWork, reason: str, *, is_refused: bool = False, may_pass: bool = True
    ) -> None:
        """Files that the archive could not answer: it is asked again for fewer rows, and after the last try no more.

        A query that was refused is not sent again as it stands, but a shorter one. If there is none, the query ends as
        incomplete; after a search that ended so, ``planning.next_step`` asks for the likely addresses. ``may_pass``:
        the archive may answer another time.
        """
        crawl = self.crawl
        instead = _shorter(work) if is_refused else _with_fewer_rows(work, 2)
        if work.tries + 1 < TRIES and instead is not None:
            await crawl.in_ledger(crawl.ledger.queries.retry, instead, crawl.retry_seconds * 3**work.tries, reason)
        else:
            logger.warning("%s: the index could not be read: %s", work.domain, reason)
            end = crawl.ledger.queries.end
            await crawl.in_ledger(end, work.id, QueryState.INCOMPLETE, reason, may_pass=may_pass)
            await crawl.advance(work.domain_id)


def read_page(archive: Archive, status: int, headers: Headers, body: bytes, *, truncated: bool) -> Page:
    """The page in an answer, which some servers compress without being asked.

    Raises as ``Archive.read_page``; also ``IncompleteAnswer`` for a body that was cut off (``truncated``).
    """
    if truncated:
        raise IncompleteAnswer("the answer was cut off")
    unpacked = unpack(body, header(headers, "Content-Encoding"))
    if unpacked.note is not None and status == 200:
        raise IncompleteAnswer(f"a compressed answer that can't be read in full: {unpacked.note}")
    return archive.read_page(status, headers, unpacked.body)


def _shorter(work: QueryWork) -> QueryWork | None:
    """A query for the same captures that is less work for the index; ``None`` if there is none.

    A search can do with fewer words. A query that names an address can only ask for fewer rows: a tenth of them.
    """
    if work.match_type == MatchType.DOMAIN:
        return replace(_with_fewer_rows(work, 2), words=Words.FEW) if work.words == Words.OWN else None
    fewer = _with_fewer_rows(work, 10)
    return fewer if fewer.page_rows < work.page_rows and work.match_type != MatchType.HOST else None


def _with_fewer_rows(work: QueryWork, divisor: int) -> QueryWork:
    return replace(work, page_rows=max(work.page_rows // divisor, min(work.page_rows, FEWEST_ROWS)))


def _may_hold_policy(work: QueryWork, capture: Capture) -> bool:
    """Repeats the server's filters on our side, and leaves out decoys among addresses found by their words alone."""
    return work.match_type == MatchType.EXACT or keeps(work.domain, capture.urlkey, capture.original)
