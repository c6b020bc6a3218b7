"""The playback side of a crawl: what becomes of each answer to a request for a capture."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from crawler.answers.request_path import Visit, digits
from crawler.archives.playback import (
    Excluded,
    Headers,
    Memento,
    NotArchived,
    Offer,
    Unavailable,
    header,
    soft_block,
)
from crawler.crawl import Crawl
from crawler.discovery.homepage import read_homepage
from crawler.discovery.links import Link
from crawler.discovery.ownership import Owner, is_own, policy_owner
from crawler.discovery.primary import LED_TO, is_barren, is_primary, may_be_main, may_have_moved_to
from crawler.discovery.url_scores import url_score
from crawler.ledger.captures import TRIES, CaptureWork, key_of
from crawler.ledger.domains import NOT_SHOWN
from pipelines.dataset.rows import parse_timestamp
from pipelines.document import Document, Item, Snapshot
from pipelines.extraction import extract
from pipelines.outcomes import STORED_KINDS, Kind, Outcome
from pipelines.processes.worker_pool import WorkerFailed

logger = logging.getLogger(__name__)

#: Frames of one page that are looked into.
MAX_FRAMES = 3
#: Words of a frame that make it the main one even if it is no policy: menus and banners have fewer.
MAIN_FRAME = 300
#: Targets of redirects of one domain that the index is asked for though none was seen to hold a text: some sites send
#: each visitor to an address of his own.
MAX_MOVES = 3
#: Outcomes of looks at homepages, which are no rows of the dataset.
LOOKED_AT = "looked_at"
NOT_ARCHIVED = "not_archived"
OFFERED = "offered"
#: Of a body that ended before its Content-Length.
CUT_OFF = "the body was cut off"
#: Domains whose addresses are remembered.
ADDRESSES_KEPT = 1000


class Fetch:
    """Judges playback answers: yields the next ``Visit`` where the way goes on, or an ``Item`` to be kept."""

    def __init__(self, crawl: Crawl) -> None:
        self.crawl = crawl

    async def answer(
        self, visit: Visit, status: int, headers: Headers, body: bytes, *, truncated: bool
    ) -> AsyncIterator[Visit | Item]:
        """Files an answer of playback. Raises ``Ended`` where the capture stays planned, since the crawl ends."""
        answer = self.crawl.archive.read_playback(visit.url, status, headers, body)
        match answer:
            case Memento() if truncated and not 300 <= answer.status < 400 and visit.work.tries + 1 < TRIES:
                await self.unanswered(visit, CUT_OFF)  # by the connection, most often: whole the next time
            case Memento():
                async for output in self._memento(visit, answer, body, truncated=truncated):
                    yield output
            case Offer():
                if (following := await self._offer(visit, answer)) is not None:
                    yield following
            case Excluded() | NotArchived() if visit.frames:
                yield visit.next_frame()
            case Excluded() if visit.redirects:
                await self._settle(visit, Outcome.REDIRECT, f"to {visit.url}, which the archive does not show")
            case Excluded():
                await self._settle(visit, Outcome.UNPLAYABLE, NOT_SHOWN)
                host = visit.work.urlkey.partition(")")[0] + ")"
                await self.crawl.journal(self.crawl.ledger.domains.hide, visit.work.domain_id, host)
            case NotArchived() if visit.redirects:
                await self._settle(visit, Outcome.REDIRECT, f"to {visit.url}, which is not archived")
            case NotArchived():
                outcome = NOT_ARCHIVED if visit.work.role == "homepage" else Outcome.UNPLAYABLE
                await self._settle(visit, outcome, "the archive has no such capture")
            case Unavailable():
                await self.unanswered(visit, answer.reason)

    async def unanswered(
        self, visit: Visit, reason: str, *, outcome: str = Outcome.UNPLAYABLE, is_final: bool = False
    ) -> None:
        """No content now: asked for again later, and in the end given up."""
        crawl, work = self.crawl, visit.work
        if visit.redirects:
            reason = f"redirected to {visit.url}: {reason}"
        if is_final:
            await self._settle(visit, outcome, reason)
        elif work.tries + 1 < TRIES:
            delay = crawl.retry_seconds * 3**work.tries
            await crawl.journal(crawl.ledger.captures.retry, work.id, delay, reason)
        else:
            if work.role == "policy":
                crawl.fetched[outcome] += 1
            await crawl.journal(crawl.ledger.captures.give_up, work, outcome, reason)

    async def _settle(
        self, visit: Visit, outcome: str, detail: str | None, *, text: str | None = None, same_as: str | None = None
    ) -> None:
        if visit.work.role == "policy":
            self.crawl.fetched[outcome] += 1
        await self.crawl.journal(
            self.crawl.ledger.captures.settle, visit.work, outcome, detail, text=text, same_as=same_as
        )

    async def _ask_for(self, visit: Visit, url: str, found_by: str, link_text: str | None = None) -> None:
        """Asks the index for an address that was not found by its words, unless its captures are known."""
        crawl, arguments = self.crawl, self.crawl.arguments
        if arguments.source not in ("domain", "domains"):
            return
        await crawl.journal(
            crawl.ledger.queries.add_address, crawl.id, visit.work.domain_id, url, found_by, link_text=link_text,
            since=arguments.since or None, until=arguments.until or None, page_rows=crawl.page_rows,
        )  # fmt: skip

    async def _ask_where_it_moved(self, visit: Visit) -> bool:
        """Where a redirect leads was captured, though not on that day: the history may go on there all the same."""
        crawl, work = self.crawl, visit.work
        if work.role != "policy" or not may_be_main(work.url, work.found_by):
            return False
        captures = await crawl.journal(crawl.ledger.captures.of, work.domain_id)
        held_policy = work.found_by in LED_TO or any(c.is_policy and c.urlkey == work.urlkey for c in captures)
        if not may_have_moved_to(visit.url, work.domain, held_policy=held_policy and not visit.inside):
            return False
        if await crawl.journal(crawl.ledger.queries.count, crawl.id, work.domain_id, "redirect") >= MAX_MOVES:
            return False
        await self._ask_for(visit, visit.url, "redirect")
        return True

    async def _offer(self, visit: Visit, offer: Offer) -> Visit | None:
        """Another timestamp is offered: the one asked for may load later, or the other one is taken."""
        crawl, work = self.crawl, visit.work
        is_other = offer.timestamp != visit.timestamp  # the same one may only be asked for by another URL
        if is_other and visit.is_direct and work.role == "policy" and work.found_by != "given" and work.tries == 0:
            await crawl.journal(
                crawl.ledger.captures.retry, work.id, crawl.retry_seconds, f"the archive offers {offer.timestamp}"
            )
            return None
        following = visit.take_offer(offer)
        if isinstance(following, Visit):
            if work.role == "homepage" and await self._has_seen(work, offer.timestamp):
                return None
            return following
        return await self._too_far(visit, following, offer.timestamp)

    async def _too_far(self, visit: Visit, why: str, offered: str) -> Visit | None:
        """The archive has the address at another time only: the way goes on by the next frame, or ends here."""
        if visit.frames:
            return visit.next_frame()
        if visit.redirects:
            text = f"redirect:{visit.url}" if await self._ask_where_it_moved(visit) else None
            await self._settle(visit, Outcome.REDIRECT, f"to {visit.url}: {why}", text=text)
        elif visit.work.role == "homepage":
            await self._settle(visit, OFFERED, why, same_as=offered)
        else:
            await self._settle(visit, Outcome.UNPLAYABLE, why)
        return None

    async def _has_seen(self, work: CaptureWork, timestamp: str) -> bool:
        """Whether an earlier look saw the homepage that is offered; if so, settles this one."""
        looks = await self.crawl.journal(self.crawl.ledger.captures.looks, work.domain_id)
        if all(look.served != timestamp for look in looks):
            return False
        await self._settle(Visit.begin(work), LOOKED_AT, f"the homepage of {timestamp} again", same_as=timestamp)
        return True

    async def _memento(
        self, visit: Visit, memento: Memento, body: bytes, *, truncated: bool
    ) -> AsyncIterator[Visit | Item]:
        if (why := visit.served_too_far(memento)) is not None:
            if (following := await self._too_far(visit, why, digits(memento.captured_at))) is not None:
                yield following
        elif 300 <= memento.status < 400:
            if (following := await self._redirect(visit, memento)) is not None:
                yield following
        elif visit.work.role == "homepage":
            if (following := await self._homepage(visit, memento, body)) is not None:
                yield following
        else:
            async for output in self._content(visit, memento, body, truncated=truncated):
                yield output

    async def _redirect(self, visit: Visit, memento: Memento) -> Visit | None:
        """An archived 3xx: followed inside the archive, unless its target is known from the index anyway."""
        crawl, work, target = self.crawl, visit.work, memento.redirect
        if target is None:
            await self._settle(visit, Outcome.REDIRECT, "leads to no web address", text="redirect:")
            return None
        text = f"redirect:{target}"
        if work.role == "policy" and target != memento.url:
            served = digits(memento.captured_at)
            near = await crawl.journal(crawl.ledger.captures.near, work.domain_id, target, served, but=work.id)
            if near is not None:
                when = f"captured {near}" if near else "captured at other times"
                await self._settle(visit, Outcome.REDIRECT, f"to {target}, {when}", text=text)
                return None
        following = visit.follow(memento, target)
        if isinstance(following, Visit):
            return following
        await self._settle(visit, Outcome.REDIRECT, following, text=text)
        return None

    async def _homepage(self, visit: Visit, memento: Memento, body: bytes) -> Visit | None:
        """Asks the index for the address that a homepage's best link gives; a frameset's frames are looked into."""
        try:
            homepage = await self.crawl.workers.run(
                read_homepage,
                body,
                url=memento.url,
                content_type=header(memento.headers, "Content-Type"),
                content_encoding=header(memento.headers, "Content-Encoding"),
            )
        except WorkerFailed as reason:
            self.crawl.raise_if_ending()
            await self._settle(visit, Outcome.FAILED, str(reason))
            return None
        inner = () if visit.inside else tuple(homepage.inner[:MAX_FRAMES])
        link = await self._link(visit.work, homepage.links)
        if link is not None:
            await self._ask_for(visit, link.url, "homepage_link", link.text or None)
        elif visit.frames:
            return visit.next_frame()
        elif inner:
            following = visit.follow(memento, inner[0], inside=True, frames=inner[1:])
            if isinstance(following, Visit):
                return following
        said = f"links to {link.url}" if link else "no link to a policy"
        text = link.url if link else None
        await self._settle(visit, LOOKED_AT, said, text=text, same_as=digits(memento.captured_at))
        return None

    async def _link(self, work: CaptureWork, links: Sequence[Link]) -> Link | None:
        """The best of a homepage's links that leads to no address of which captures were read and none was a policy."""
        if len(links) > 1:
            addresses = await self.crawl.journal(self.crawl.ledger.captures.addresses, work.domain_id)
            barren = {address.urlkey for address in addresses if is_barren(address)}
            links = [link for link in links if key_of(link.url) not in barren] or links
        return links[0] if links else None

    async def _content(
        self, visit: Visit, memento: Memento, body: bytes, *, truncated: bool
    ) -> AsyncIterator[Visit | Item]:
        crawl, work = self.crawl, visit.work
        served = digits(memento.captured_at)
        found_by = "redirect" if visit.redirects else work.found_by
        if served != work.timestamp and not crawl.arguments.allows(served):
            outcome = Outcome.REDIRECT if visit.redirects else Outcome.UNPLAYABLE
            where = f"to {memento.url}, captured {served}" if visit.redirects else f"the archive served {served}"
            await self._settle(visit, outcome, f"{where}, which is not of the dates asked for")
            return
        capture_id, wanted = await crawl.journal(crawl.ledger.captures.serve, work, memento.url, served, found_by)
        if not wanted:
            await self._arrive(visit, memento, capture_id)
            return
        snapshot = self._snapshot(visit, memento, body, found_by)
        document, outcome, detail = await self._judge(memento, snapshot)
        if document is not None and document.follow and not visit.inside:  # it holds no text of its own
            target, *others = sorted(document.follow, key=url_score, reverse=True)[:MAX_FRAMES]
            near = await crawl.journal(crawl.ledger.captures.near, work.domain_id, target, served, but=capture_id)
            following = (
                visit.follow(memento, target, inside=True, frames=tuple(others))
                if near is None
                else f"its text is at {target}"
            )
            if isinstance(following, Visit):
                await self._pass(visit, capture_id)
                yield following
                return
            document, outcome, detail = None, Outcome.EMPTY, "; ".join(filter(None, (detail, following)))
        if visit.frames and not _is_main_frame(document):
            await self._pass(visit, capture_id)
            yield visit.next_frame()
            return
        if truncated and outcome != Outcome.STORED and memento.status < 400:  # the rest may be what was looked for
            document, outcome, detail = None, Outcome.FAILED, CUT_OFF
        elif truncated:
            detail = "; ".join(filter(None, (detail, CUT_OFF)))
        text: str | None = document.text_sha256 if document is not None and document.text else outcome
        if outcome == Outcome.FAILED:
            text = None  # an error of ours says nothing of the page: the plan tries another capture
        stored = outcome == Outcome.STORED
        is_new = await crawl.journal(
            crawl.ledger.captures.fetched, capture_id, outcome, detail, text=text,
            kind=document.kind if document is not None else None,
            stored_url=memento.url if stored else None, mimetype=header(memento.headers, "Content-Type"),
            status=memento.status,
        )  # fmt: skip
        crawl.fetched[outcome] += 1
        await self._arrive(visit, memento, capture_id)
        if not is_new:
            return
        item = Item(snapshot, capture_id, document if stored else None)
        if stored and document is not None:
            item.policy_owner = await self._owner(visit, memento.url, document.text)
            item.primary = await self._is_primary(visit, memento, document)
            if visit.redirects:
                await self._ask_for(visit, memento.url, "redirect")
        yield item

    async def _pass(self, visit: Visit, capture_id: int) -> None:
        """Leaves a page that was only on the way; the capture asked for stays under way."""
        if capture_id != visit.work.id:
            await self.crawl.journal(self.crawl.ledger.captures.release, capture_id)

    async def _arrive(self, visit: Visit, memento: Memento, capture_id: int) -> None:
        """Settles the capture asked for where another one was served."""
        if capture_id == visit.work.id:
            return
        self.crawl.addresses.pop(visit.work.domain_id, None)
        where = f"{memento.url}, captured {digits(memento.captured_at)}"
        if visit.redirects:
            await self._settle(visit, Outcome.REDIRECT, f"to {where}", text=f"redirect:{memento.url}")
        else:
            await self._settle(visit, Outcome.UNPLAYABLE, f"the archive served {where}")

    async def _judge(self, memento: Memento, snapshot: Snapshot) -> tuple[Document | None, Outcome, str | None]:
        """(document, outcome, detail) of archived content."""
        if (block := soft_block(memento, len(snapshot.body))) is not None:
            return None, Outcome.SOFT_BLOCK, block
        if memento.status >= 400:
            return None, Outcome.NOT_POLICY, f"archived HTTP {memento.status}"
        try:
            document = await self.crawl.workers.run(
                extract,
                snapshot.body,
                url=snapshot.policy_url,
                content_type=snapshot.header("Content-Type"),
                content_encoding=snapshot.header("Content-Encoding"),
                captured=snapshot.captured_at.date(),
            )
        except WorkerFailed as reason:
            self.crawl.raise_if_ending()
            return None, Outcome.FAILED, f"extraction: {reason}"
        except Exception as error:
            logger.exception("Extraction failed: %s", snapshot.wayback_url)
            return None, Outcome.FAILED, f"extraction: {type(error).__name__}: {error}"
        if document.kind in STORED_KINDS:
            return document, Outcome.STORED, document.detail
        if document.kind == Kind.EMPTY:
            return document, Outcome.EMPTY, document.detail
        if document.kind == Kind.BLOCKED:
            return document, Outcome.SOFT_BLOCK, document.detail or "a bot wall's page"
        return document, Outcome.NOT_POLICY, "; ".join(filter(None, (document.kind, document.detail)))

    async def _owner(self, visit: Visit, url: str, text: str) -> Owner:
        """Whose policy it is. A redirect of the domain itself counts for all captures of its target, others do not."""
        crawl, domain = self.crawl, visit.work.domain
        owner = policy_owner(domain, url, via_redirect=False, text=text)
        if owner != "other":
            return owner
        sources = await crawl.journal(crawl.ledger.captures.redirecting_to, visit.work.domain_id, url)
        via_redirect = any(is_own(domain, source) for source in (*visit.redirects, *sources))
        return policy_owner(domain, url, via_redirect=via_redirect, text=text)

    async def _is_primary(self, visit: Visit, memento: Memento, document: Document) -> bool:
        crawl = self.crawl
        if document.kind != Kind.PRIVACY_POLICY:
            return False
        domain_id = visit.work.domain_id
        if (addresses := crawl.addresses.get(domain_id)) is None:
            addresses = await crawl.journal(crawl.ledger.captures.addresses, domain_id)
            if len(crawl.addresses) >= ADDRESSES_KEPT:
                crawl.addresses.clear()
            crawl.addresses[domain_id] = addresses
        return is_primary(memento.url, digits(memento.captured_at), document.kind, addresses)

    def _snapshot(self, visit: Visit, memento: Memento, body: bytes, found_by: str) -> Snapshot:
        crawl, work = self.crawl, visit.work
        digest = work.digest if visit.is_direct and work.digest not in ("", "-") else None
        return Snapshot(
            domain=work.domain,
            policy_url=memento.url,
            captured_at=memento.captured_at,
            requested_at=parse_timestamp(work.timestamp),
            wayback_url=crawl.archive.playback_url(digits(memento.captured_at), memento.url),
            found_by=found_by,
            link_text=work.link_text,
            redirects=visit.redirects,
            http_status=memento.status,
            headers=memento.headers,
            body=body,
            archive=crawl.archive.name,
            archive_digest=digest,
            fetched_at=datetime.now(UTC).replace(microsecond=0),
            crawl_id=crawl.id,
        )


def _is_main_frame(document: Document | None) -> bool:
    """Whether a frame holds what the frameset is there for; the others are not looked into then."""
    if document is None or document.kind not in STORED_KINDS:
        return False
    return document.kind == Kind.PRIVACY_POLICY or len(document.text.split()) >= MAIN_FRAME
