"""The playback side of a crawl: reads from the ledger what a decision needs, decides, and files the outcome.

Each answer takes one turn in the ledger's thread, and one transaction: read the facts, decide, file. A page that
has to be read first takes a second turn once a worker process has read it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.answers import decide
from crawler.answers.decide import Action, Facts, Finding, GiveUp, Read, Retry, Settle
from crawler.answers.judgement import judgement_of, owner_of
from crawler.answers.request_path import PlaybackRequest
from crawler.archives.playback import Answer, Excluded, Headers, Memento, NotArchived, Offer, Unavailable
from crawler.crawl import Crawl
from crawler.discovery.homepage import Homepage, read_homepage
from crawler.discovery.links import Link
from crawler.discovery.ownership import is_own
from crawler.discovery.primary import has_only_non_policies
from crawler.discovery.providers import is_providers
from crawler.discovery.url_scores import is_aside
from crawler.downloader.ending import Ended
from crawler.known import Role, WantedQuery
from crawler.ledger.captures import CaptureWork
from crawler.ledger.sql import transaction
from crawler.planning.next_step import searches
from pipelines.document import Item, Snapshot
from pipelines.domains import registrable_domain
from pipelines.extraction import extract
from pipelines.header_fields import header
from pipelines.outcomes import FoundBy, Kind, Outcome, Owner
from pipelines.processes.worker_pool import WorkerFailed
from pipelines.timestamps import digits
from pipelines.urls import host_of

logger = logging.getLogger(__name__)
#: For captures of these roles playback is asked which capture it has, not for the bytes.
_NAMED = (Role.LIKELY, Role.VISIT)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that was served, on its way through reading and filing."""

    asked: PlaybackRequest
    memento: Memento
    capture_id: int
    """The ledger's id of the capture that was served; it can differ from the one planned."""
    truncated: bool

    @property
    def snapshot(self) -> Snapshot:
        """Its bytes."""
        return self.asked.kept[-1]


class PlaybackAnswers:
    """Files playback answers; gives the next request where the path goes on, or an ``Item`` to be kept."""

    def __init__(self, crawl: Crawl) -> None:
        self.crawl = crawl

    async def begin(self, work: CaptureWork) -> PlaybackRequest | None:
        """The request for a claimed capture; ``None`` if it is not to be fetched, and that is filed."""
        asked = PlaybackRequest.begin(work)
        if work.role == Role.VISIT:
            asked = replace(asked, timestamp=digits(datetime.now(UTC)))  # the newest capture is the nearest to now
        output = await self._unless_withdrawn(asked)
        if isinstance(output, PlaybackRequest):
            return output
        await self.crawl.advance(work.domain_id)
        return None

    async def answer(
        self, asked: PlaybackRequest, status: int, headers: Headers, body: bytes, *, truncated: bool
    ) -> PlaybackRequest | Item | None:
        """Files an answer of playback. Raises ``Ended`` where the capture stays planned, since the crawl ends."""
        output = await self._answered(asked, status, headers, body, truncated=truncated)
        return await self._unless_withdrawn(output) if isinstance(output, PlaybackRequest) else output

    async def _answered(
        self, asked: PlaybackRequest, status: int, headers: Headers, body: bytes, *, truncated: bool
    ) -> PlaybackRequest | Item | None:
        answer = self.crawl.archive.read_playback(asked.url, status, headers, body)
        self._note(asked, answer)
        if (
            isinstance(answer, Memento)
            and asked.work.role not in _NAMED
            and asked.served_too_far(answer) is None
            and not self._is_withdrawn(asked, answer)
        ):
            archive, now = self.crawl.archive, datetime.now(UTC).replace(microsecond=0)
            asked = asked.keep(asked.snapshot(answer, body, archive, fetched_at=now, crawl_id=self.crawl.id))
        action, capture_id = await self.crawl.in_ledger(self._first_turn, asked, answer, truncated=truncated)
        if not isinstance(action, Read):
            return self._done(asked, action)
        if asked.work.role == Role.HOMEPAGE:
            return self._done(asked, await self._homepage(asked, action.memento, body, truncated=truncated))
        return await self._content(_Page(asked, action.memento, capture_id, truncated))

    async def unanswered(
        self, asked: PlaybackRequest, reason: str, *, outcome: Outcome = Outcome.UNPLAYABLE, is_final: bool = False
    ) -> Item | None:
        """Files that no answer came: the capture is asked for again later, and in the end given up."""
        action = decide.no_answer(asked, reason, outcome=outcome, is_final=is_final)
        await self.crawl.in_ledger(self._file, asked, action)
        output = self._done(asked, action)
        return output if isinstance(output, Item) else None

    async def _unless_withdrawn(self, asked: PlaybackRequest) -> PlaybackRequest | Item | None:
        """The same request, unless it is for what is to be removed: then it is filed that nothing comes of it."""
        action: PlaybackRequest | Settle = asked
        while isinstance(action, PlaybackRequest):
            asked = action
            if not self.crawl.overrides.remove.name(asked.work.domain, asked.url, asked.timestamp):
                return asked
            action = decide.withdrawn(asked)
        await self.crawl.in_ledger(self._file, asked, action)
        return self._done(asked, action)

    def _done(self, asked: PlaybackRequest, action: Action) -> PlaybackRequest | Item | None:
        """Counts the outcome of an action that was filed; gives the next request, or what was served to be kept."""
        if isinstance(action, PlaybackRequest):
            return action
        if not isinstance(action, Settle | GiveUp):
            return None
        if asked.work.role == Role.POLICY:
            self.crawl.count(action.outcome)
        return _item(asked, (asked.work.id,)) if asked.kept else None

    def _note(self, asked: PlaybackRequest, answer: Answer) -> None:
        """Notes whether playback works, by this answer.

        That an address is not archived says nothing, unless the index or the user has named that very capture.
        """
        work = asked.work
        match answer:
            case Unavailable(reason):
                self.crawl.not_served("playback", work.domain, reason)
            case NotArchived() if asked.is_direct and _is_named(work):
                self.crawl.not_served("playback", work.domain, "there is no such capture")
            case Memento() | Offer() | Excluded():
                self.crawl.served("playback")

    # --- in the ledger's thread, each in one transaction

    def _first_turn(self, asked: PlaybackRequest, answer: Answer, *, truncated: bool) -> tuple[Action, int]:
        """Decides and files; returns the action, and the id of the capture that was served if it is to be read."""
        captures, capture_id = self.crawl.ledger.captures, asked.work.id
        with transaction(self.crawl.ledger.db):
            if self._is_withdrawn(asked, answer):
                action: Action = decide.withdrawn(asked)
            elif asked.work.role in _NAMED:
                action = decide.decide_named(asked, answer)
            else:
                action = decide.decide(asked, answer, self._facts(asked, answer), truncated=truncated)
            if isinstance(action, Read) and asked.work.role == Role.POLICY:
                memento, served = action.memento, digits(action.memento.captured_at)
                capture_id, wanted = captures.serve(asked.work, memento.url, served, asked.found_by)
                if not wanted:
                    action = decide.served_another(asked, memento)
            self._file(asked, action)
        return action, capture_id

    def _is_withdrawn(self, asked: PlaybackRequest, answer: Answer) -> bool:
        """True if what was served is to be removed: the archive may serve another capture than the one asked for."""
        return isinstance(answer, Memento) and self.crawl.overrides.remove.name(
            asked.work.domain, answer.url, digits(answer.captured_at)
        )

    def _facts(self, asked: PlaybackRequest, answer: Answer) -> Facts:
        """What the ledger knows, as far as ``decide`` may need it for this answer."""
        ledger, work = self.crawl.ledger, asked.work
        if work.role == Role.HOMEPAGE:
            return Facts(seen_homepages=ledger.homepages.seen(work.domain_id, self.crawl.id))
        facts = Facts()
        if asked.redirects:  # they tell whether the policy moved to a redirect's target
            held_policy = ledger.captures.holds_policy(work.domain_id, work.urlkey)
            moves = ledger.queries.count(self.crawl.id, work.domain_id, FoundBy.REDIRECT)
            facts = Facts(held_policy=held_policy, moves=moves)
        if isinstance(answer, Memento):
            target, served = answer.redirect, digits(answer.captured_at)
            nearest = ledger.captures.nearest(work.domain_id, target, served, but=work.id) if target else None
            facts = replace(facts, is_asked_for=self.crawl.arguments.allows(served), target=nearest)
        return facts

    def _file(self, asked: PlaybackRequest, action: Action) -> None:
        ledger, work, has_bytes = self.crawl.ledger, asked.work, bool(asked.kept)
        with transaction(ledger.db):
            match action:
                case Retry(reason):
                    ledger.captures.retry(work.id, self.crawl.retry_seconds * 3**work.tries, reason)
                case GiveUp(outcome, reason):
                    ledger.captures.give_up(work, outcome, reason, has_bytes=has_bytes)
                case Settle():
                    ledger.captures.settle(
                        work, action.outcome, action.detail,
                        content_key=action.content_key, leads_to=action.leads_to, served=action.served,
                        has_bytes=has_bytes,
                    )  # fmt: skip
                    if work.role in _NAMED:
                        self._enter(work, action)
                    if action.ask is not None:
                        self._ask_index(asked, action.ask)
                    if action.hides_host:
                        ledger.domains.hide(work.domain_id, work.urlkey.partition(")")[0] + ")")
                case PlaybackRequest() | Read():
                    pass  # the capture stays under way

    def _enter(self, work: CaptureWork, found: Settle) -> None:
        """Enters the capture of an address that playback named, if it is of the dates asked for."""
        url, served, crawl = found.leads_to, found.served, self.crawl
        if url is None or served is None or not crawl.arguments.allows(served):
            return
        if not crawl.overrides.remove.name(work.domain, url, served) and crawl.ledger.likely.enter(work, url, served):
            crawl.ledger.domains.reopen(work.domain_id)

    def _ask_index(self, asked: PlaybackRequest, wanted: WantedQuery) -> None:
        """Plans a query for an address that was not found by its words, in a crawl that searches domains."""
        crawl = self.crawl
        if searches(crawl.arguments):
            crawl.ledger.queries.add_address(crawl.id, asked.work.domain_id, crawl.arguments.dated(wanted))

    # --- homepages

    async def _homepage(self, asked: PlaybackRequest, memento: Memento, body: bytes, *, truncated: bool) -> Action:
        page: Homepage | Settle
        finding = decide.unread(memento, len(body))
        unreadable = finding.detail if finding is not None else decide.CUT_OFF if truncated else None
        try:
            page = await self._read_homepage(memento, body)
        except WorkerFailed as reason:
            self.crawl.raise_if_ending()
            page = Settle(Outcome.FAILED, str(reason))
        return await self.crawl.in_ledger(self._homepage_turn, asked, memento, page, unreadable)

    async def _read_homepage(self, memento: Memento, body: bytes) -> Homepage:
        """A page's links, read in a worker process. Raises ``WorkerFailed``."""
        return await self.crawl.in_worker(
            read_homepage,
            body,
            url=memento.url,
            content_type=header(memento.headers, "Content-Type"),
            content_encoding=header(memento.headers, "Content-Encoding"),
        )

    def _homepage_turn(
        self, asked: PlaybackRequest, memento: Memento, page: Homepage | Settle, unreadable: str | None
    ) -> Action:
        with transaction(self.crawl.ledger.db):
            if isinstance(page, Settle):
                action: Action = page
            else:
                non_policies = self._non_policies(asked.work.domain_id) if len(page.links) > 1 else set()
                action = decide.decide_homepage(asked, memento, page, non_policies, unreadable=unreadable)
            self._file(asked, action)
        return action

    # --- pages that may be policies

    async def _content(self, page: _Page) -> PlaybackRequest | Item | None:
        finding = await self._finding(page)
        owner = owner_of(page.asked, page.memento.url, finding)
        links = await self._links(page, finding)
        action, item = await self.crawl.in_ledger(self._content_turn, page, finding, owner, links)
        if isinstance(action, PlaybackRequest):
            return action
        self.crawl.count(action.outcome)
        if page.capture_id != page.asked.work.id:
            self.crawl.count(decide.served_another(page.asked, page.memento).outcome)
        return item

    async def _finding(self, page: _Page) -> Finding:
        snapshot = page.snapshot
        if (finding := decide.unread(page.memento, len(snapshot.body))) is not None:
            return finding
        try:
            document = await self.crawl.in_worker(
                extract,
                snapshot.body,
                url=snapshot.policy_url,
                content_type=snapshot.header("Content-Type"),
                content_encoding=snapshot.header("Content-Encoding"),
                captured=snapshot.captured_at.date(),
            )
        except WorkerFailed as reason:
            self.crawl.raise_if_ending()
            return Finding(None, Outcome.FAILED, f"extraction: {reason}")
        except Ended:
            raise
        except Exception as error:
            logger.exception("Extraction failed: %s", snapshot.wayback_url)
            return Finding(None, Outcome.FAILED, f"extraction: {type(error).__name__}: {error}")
        return decide.finding_of(document)

    async def _links(self, page: _Page, finding: Finding) -> Sequence[Link]:
        """The links to a policy of a page that may be there to lead to it, in a crawl that searches domains."""
        if not (searches(self.crawl.arguments) and decide.may_lead(page.asked, page.memento, finding)):
            return []
        try:
            return (await self._read_homepage(page.memento, page.snapshot.body)).links
        except WorkerFailed:
            self.crawl.raise_if_ending()
            return []

    def _content_turn(
        self, page: _Page, finding: Finding, owner: Owner, links: Sequence[Link]
    ) -> tuple[PlaybackRequest | Finding, Item | None]:
        """In the ledger's thread, one transaction: decides and files."""
        captures, work, served = self.crawl.ledger.captures, page.asked.work, digits(page.memento.captured_at)
        with transaction(self.crawl.ledger.db):
            targets = decide.text_is_at(page.asked, finding)
            target = captures.nearest(work.domain_id, targets[0], served, but=page.capture_id) if targets else None
            action = decide.decide_content(page.asked, page.memento, finding, target, truncated=page.truncated)
            if isinstance(action, Finding):
                item = self._keep(page, action, owner)
                if links:
                    self._follow(page, links)
                return action, item
            if page.capture_id != work.id:  # it was only on the way; the planned capture stays under way
                captures.release(page.capture_id)
            return action, None

    def _follow(self, page: _Page, links: Sequence[Link]) -> None:
        """Asks the index for the policy to which a page that is none itself leads."""
        ledger, domain_id = self.crawl.ledger, page.asked.work.domain_id
        asked_before = ledger.queries.count(self.crawl.id, domain_id, FoundBy.HOMEPAGE_LINK)
        lead = decide.decide_lead(page.memento, links, self._non_policies(domain_id), asked_before)
        if lead is not None:
            self._ask_index(page.asked, lead)

    def _non_policies(self, domain_id: int) -> set[str]:
        """The addresses (urlkeys) of which captures were read, and none is a policy."""
        addresses = self.crawl.ledger.captures.addresses(domain_id)
        return {address.urlkey for address in addresses if has_only_non_policies(address)}

    def _keep(self, page: _Page, finding: Finding, owner: Owner) -> Item:
        asked, memento, document = page.asked, page.memento, finding.document
        is_stored = finding.outcome == Outcome.STORED
        is_new = self.crawl.ledger.captures.fetched(page.capture_id, judgement_of(finding, memento))
        settles = [page.capture_id] if is_new else []
        if page.capture_id != asked.work.id:
            self._file(asked, decide.served_another(asked, memento))
            settles.append(asked.work.id)
        item = _item(asked, tuple(settles))
        if is_new and is_stored and document is not None:
            item.document = document
            item.policy_owner = self._owner_by_redirects(asked, memento.url) if owner == Owner.OTHER else owner
            item.primary = document.kind == Kind.PRIVACY_POLICY and not is_aside(memento.url)
            if asked.redirects:
                self._ask_index(asked, WantedQuery(memento.url, found_by=FoundBy.REDIRECT))
        return item

    def _owner_by_redirects(self, asked: PlaybackRequest, url: str) -> Owner:
        """Whose policy a page is if its text names nobody: the organisation's, if the domain itself redirected there.

        A redirect of another domain (a provider's own) does not count. A redirect of the homepage counts for all of the
        site to which it leads, unless that is a provider's.
        """
        ledger, domain_id, domain = self.crawl.ledger, asked.work.domain_id, asked.work.domain
        sources = ledger.captures.redirecting_to(domain_id, url)
        via_redirect = any(is_own(domain, source) for source in (*asked.redirects, *sources))
        if not via_redirect and not is_providers(host_of(url), registrable_domain(domain)):
            via_redirect = any(is_own(host_of(url), site) for site in ledger.homepages.targets(domain_id))
        return Owner.SAME_ORGANISATION if via_redirect else Owner.OTHER


def _is_named(work: CaptureWork) -> bool:
    """True if the index, or the user, says that this capture is there."""
    return work.role == Role.POLICY and bool(work.digest or work.found_by == FoundBy.GIVEN)


def _item(asked: PlaybackRequest, settles: tuple[int, ...]) -> Item:
    """All that was served for a capture."""
    *passed, last = asked.kept
    return Item(last, settles, None, tuple(passed))
