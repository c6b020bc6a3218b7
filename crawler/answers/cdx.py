"""The CDX side of a crawl: which queries find a domain's policy URLs, and what to do with the index's answers."""

from __future__ import annotations

import asyncio
import logging

from crawler.archives.capture import Capture
from crawler.archives.cdx import IncompleteAnswer, Page, Query, SiteExcluded
from crawler.archives.playback import Headers
from crawler.archives.surt import domain_prefix
from crawler.arguments import Target
from crawler.crawl import Crawl
from crawler.discovery.url_filter import MIMETYPE_FILTER, url_filter
from crawler.discovery.url_scores import url_score
from crawler.ledger.captures import key_of
from crawler.ledger.domains import NOT_SHOWN
from crawler.ledger.queries import QueryWork
from crawler.ledger.transaction import transaction
from pipelines.outcomes import DomainOutcome

logger = logging.getLogger(__name__)

#: Tries for a page that the archive can't give, each for half as many rows.
TRIES = 3


class Search:
    """Plans queries and files their answers."""

    def __init__(self, crawl: Crawl) -> None:
        self.crawl = crawl

    async def take(self, targets: list[Target]) -> None:
        """Takes what was asked for into the ledger, unless this crawl has it already."""
        await self.crawl.journal(self._take, targets)

    def _take(self, targets: list[Target]) -> None:
        crawl, arguments = self.crawl, self.crawl.arguments
        dates = {"since": arguments.since or None, "until": arguments.until or None}
        for target in targets:
            with transaction(crawl.ledger.db):
                self._take_one(target, dates)

    def _take_one(self, target: Target, dates: dict[str, str | None]) -> None:
        crawl = self.crawl
        domain_id, is_new = crawl.ledger.domains.open(crawl.id, target.domain)
        if target.timestamp is not None and target.url is not None:
            crawl.ledger.captures.plan_given(domain_id, target.url, target.timestamp)
        elif target.url is not None:
            crawl.ledger.queries.add(
                crawl.id, domain_id, target.url, "exact", "given", page_rows=crawl.page_rows, **dates
            )
        elif is_new:
            crawl.ledger.queries.add(
                crawl.id, domain_id, target.domain, "domain", "url_keyword", page_rows=crawl.page_rows, **dates
            )
            for url, found_by, link_text in crawl.ledger.queries.led_to(domain_id):  # no keyword finds these
                crawl.ledger.queries.add(
                    crawl.id, domain_id, url, "exact", found_by, link_text=link_text, page_rows=crawl.page_rows, **dates
                )

    def query(self, work: QueryWork) -> Query:
        """The query to send for planned work."""
        filters = (url_filter(work.domain), MIMETYPE_FILTER) if work.match_type == "domain" else (MIMETYPE_FILTER,)
        return work.query(filters)

    async def answer(self, work: QueryWork, status: int, headers: Headers, body: bytes, *, truncated: bool) -> None:
        """Files an answer of the index."""
        crawl = self.crawl
        try:
            if truncated:
                raise IncompleteAnswer("the answer was cut off")
            page = await asyncio.to_thread(crawl.archive.read_page, status, headers, body)
        except SiteExcluded as reason:
            await crawl.journal(crawl.ledger.queries.end, work.id, "excluded", str(reason))
            if _is_own(work, key_of(work.url)):  # a link may lead to a site of others, which says nothing of this one
                await crawl.journal(crawl.ledger.domains.give_up, work.domain_id, DomainOutcome.EXCLUDED, NOT_SHOWN)
        except IncompleteAnswer as reason:
            await self.unanswered(work, str(reason))
        else:
            keep = await asyncio.to_thread(self._wanted, work, page)
            state = await crawl.journal(crawl.ledger.queries.save_page, work, page, keep=keep)
            crawl.addresses.pop(work.domain_id, None)
            if page.bad_rows:
                logger.info("%s: %d rows of the index could not be read", work.domain, page.bad_rows)
            if state == "incomplete":
                logger.warning("%s: the index answers in a circle", work.domain)
        await crawl.advance(work.domain_id)

    async def unanswered(self, work: QueryWork, reason: str) -> None:
        """The archive could not answer: again later for fewer rows, and in the end incomplete, never absent."""
        crawl = self.crawl
        if work.tries + 1 < TRIES:
            delay = crawl.retry_seconds * 3**work.tries
            await crawl.journal(crawl.ledger.queries.retry, work, delay, reason)
        else:
            logger.warning("%s: the index could not be read: %s", work.domain, reason)
            await crawl.journal(crawl.ledger.queries.end, work.id, "incomplete", reason)
            await crawl.advance(work.domain_id)

    def _wanted(self, work: QueryWork, page: Page) -> list[bool]:
        return [_may_hold_policy(work, capture) for capture in page.captures]


def _may_hold_policy(work: QueryWork, capture: Capture) -> bool:
    """The server's filters again, on our side; and no decoys among what was found by words alone."""
    if work.match_type == "exact":
        return True
    return _is_own(work, capture.urlkey) and url_score(capture.original) > 0


def _is_own(work: QueryWork, urlkey: str) -> bool:
    """Whether an address is of the domain asked for or one below it."""
    own = domain_prefix(work.domain)
    return urlkey.startswith((f"{own})", f"{own},", f"{own}:"))
