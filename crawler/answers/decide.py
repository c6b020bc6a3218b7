"""What to do with an answer of playback. Pure: no ledger, no requests; every case is a row of a table in the tests.

``decide`` takes any answer. If it returns ``Read``, the page is read first (its text extracted, or the links of a
homepage found), and ``decide_content`` or ``decide_homepage`` says what to do then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crawler.answers.request_path import PlaybackRequest
from crawler.archives.playback import Answer, Excluded, Memento, NotArchived, Offer, Unavailable, soft_block
from crawler.discovery.homepage import Homepage
from crawler.discovery.links import Link
from crawler.discovery.ownership import is_own
from crawler.discovery.primary import LED_TO, may_be_main, may_have_moved_to
from crawler.discovery.url_scores import url_score
from crawler.known import (
    NO_SUCH_CAPTURE,
    NOT_SHOWN,
    SERVED,
    WITHDRAWN,
    HomepageOutcome,
    Nearest,
    Role,
    WantedQuery,
    redirect_key,
)
from pipelines.document import Document
from pipelines.outcomes import STORED_KINDS, FoundBy, Kind, Outcome
from pipelines.surt import key_of
from pipelines.timestamps import digits
from pipelines.urls import host_of

#: Frames of one page that are looked into.
MAX_FRAMES = 3
#: A frame or page with this many words is there for its own sake, even if it is no policy: menus, banners and pages
#: that only lead to others have fewer.
FOR_ITSELF = 300
#: How many targets of a domain's redirects the index is asked for before any text was seen there: some sites send each
#: visitor to another URL. As many targets of links, from pages that stand where the policy is expected and are none.
MAX_MOVES = 3
#: Kinds of pages that may be there to lead to the policy.
LEADING_KINDS = frozenset({Kind.OTHER, Kind.TERMS, Kind.COOKIE_POLICY, Kind.EMPTY})
#: The detail of a body that ended before its Content-Length.
CUT_OFF = "the body was cut off"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger knows and ``decide`` may need."""

    is_asked_for: bool = True
    """True if the capture that was served is within the dates asked for."""
    target: Nearest | None = None
    """The target of an archived redirect, if the ledger knows that address."""
    seen_homepages: Collection[str] = ()
    """Timestamps of the homepages that earlier visits were served."""
    held_policy: bool = False
    """True if a capture of the planned address was read and is a policy."""
    moves: int = 0
    """How many targets of the domain's redirects this crawl has asked the index for."""


@dataclass(frozen=True, slots=True)
class Read:
    """Read the page that was served, then decide."""

    memento: Memento


@dataclass(frozen=True, slots=True)
class Retry:
    """Ask for the capture again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Settle the capture after its last try; a later crawl may try again."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Settle the capture: nothing has to be written for it."""

    outcome: Outcome | HomepageOutcome
    detail: str
    content_key: str | None = None
    """Of a redirect: ``known.redirect_key``, by which the plan compares it with other captures."""
    leads_to: str | None = None
    """The URL that a redirect or a homepage leads to, or of the capture that playback named."""
    served: str | None = None
    """Of a homepage: the timestamp that was served or offered."""
    ask: WantedQuery | None = None
    """Ask the index for this address, unless its captures are known."""
    hides_host: bool = False
    """True if the archive refuses the whole host."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a page, judged by itself, was found to be. Its bytes are kept; if ``stored``, it gets a row of ``policies``.

    ``crawler.verdicts`` decides once more when the domain is settled, with what stood there before and after.
    """

    document: Document | None
    """``None`` if the page was not read, or says nothing of its own."""
    outcome: Outcome
    detail: str | None = None

    @property
    def content_key(self) -> str | None:
        """What the plan compares: the hash of the page's text, or the outcome of a page without text.

        ``None`` after an error of ours, which says nothing of the page: the plan tries another capture.
        """
        if self.outcome == Outcome.FAILED:
            return None
        return self.document.text_sha256 if self.document is not None and self.document.text else self.outcome


Action = PlaybackRequest | Read | Retry | GiveUp | Settle
"""A ``PlaybackRequest`` is the next one to send: for a redirect's target, an offered timestamp, or a frame."""


def decide(asked: PlaybackRequest, answer: Answer, facts: Facts, *, truncated: bool = False) -> Action:
    """What to do with an answer. ``truncated``: the body ended before its Content-Length."""
    match answer:
        case Unavailable(reason):
            return no_answer(asked, reason)
        case Memento() if truncated and not _is_redirect(answer) and asked.may_retry:
            return no_answer(asked, CUT_OFF)  # by the connection, most often: the body is whole the next time
        case Memento():
            return _archived(asked, answer, facts)
        case Offer():
            return _offered(asked, answer, facts)
        case Excluded() | NotArchived() if asked.frames:
            return asked.next_frame()
        case Excluded() if asked.redirects:
            return Settle(Outcome.REDIRECT, f"to {asked.url}, which the archive does not show")
        case Excluded():
            return Settle(Outcome.UNPLAYABLE, NOT_SHOWN, hides_host=True)
        case NotArchived() if asked.redirects:
            return Settle(Outcome.REDIRECT, f"to {asked.url}, which is not archived")
        case NotArchived():
            is_homepage = asked.work.role == Role.HOMEPAGE
            outcome = HomepageOutcome.NOT_ARCHIVED if is_homepage else Outcome.UNPLAYABLE
            return Settle(outcome, NO_SUCH_CAPTURE)


def decide_named(asked: PlaybackRequest, answer: Answer) -> Retry | GiveUp | Settle:
    """What an answer says of a likely or a visited address: the capture that it names (``leads_to``, ``served``).

    That capture is entered. Where an archive serves it at once it is not read: it is fetched like any other.
    """
    match answer:
        case Unavailable(reason):
            return no_answer(asked, reason)
        case Excluded():
            return Settle(Outcome.UNPLAYABLE, NOT_SHOWN, hides_host=True)
        case NotArchived():
            return Settle(HomepageOutcome.NOT_ARCHIVED, NO_SUCH_CAPTURE)
        case Offer(url, served):
            pass
        case Memento(url):
            served = digits(answer.captured_at)
    url = url if key_of(url) == asked.work.urlkey else asked.url
    return Settle(HomepageOutcome.OFFERED, f"captured {served}", leads_to=url, served=served)


def withdrawn(asked: PlaybackRequest) -> PlaybackRequest | Settle:
    """What to do where a capture is to be removed (``overrides.toml``): it counts neither as seen nor as absent."""
    if asked.frames:
        return asked.next_frame()
    if asked.redirects:
        return Settle(Outcome.REDIRECT, WITHDRAWN, redirect_key(None))
    return Settle(Outcome.FAILED if asked.work.role == Role.HOMEPAGE else Outcome.UNPLAYABLE, WITHDRAWN)


def no_answer(
    asked: PlaybackRequest, reason: str, *, outcome: Outcome = Outcome.UNPLAYABLE, is_final: bool = False
) -> Retry | GiveUp | Settle:
    """The archive could not answer now: ask again later, give up after the last try. ``is_final``: do not ask again."""
    if asked.redirects:
        reason = f"redirected to {asked.url}: {reason}"
    if is_final:
        return Settle(outcome, reason)
    return Retry(reason) if asked.may_retry else GiveUp(outcome, reason)


def _is_redirect(memento: Memento) -> bool:
    return 300 <= memento.status < 400


def _archived(asked: PlaybackRequest, memento: Memento, facts: Facts) -> Action:
    served = digits(memento.captured_at)
    if (why := asked.served_too_far(memento)) is not None:
        return _too_far(asked, why, served, facts)
    if _is_redirect(memento):
        return _redirected(asked, memento, facts)
    is_other_date = served != asked.work.timestamp and asked.work.role == Role.POLICY
    if is_other_date and not facts.is_asked_for:
        outcome = Outcome.REDIRECT if asked.redirects else Outcome.UNPLAYABLE
        where = f"to {memento.url}, captured {served}" if asked.redirects else f"{SERVED} {served}"
        return Settle(outcome, f"{where}, which is not of the dates asked for")
    return Read(memento)


def _redirected(asked: PlaybackRequest, memento: Memento, facts: Facts) -> PlaybackRequest | Settle:
    """Follows an archived 3xx inside the archive, unless the ledger knows its target, which is fetched by its plan."""
    target, known = memento.redirect, facts.target
    if target is None:
        return Settle(Outcome.REDIRECT, "leads to no web address", redirect_key(None))
    if known is not None and asked.work.role == Role.POLICY and target != memento.url:
        when = f"captured {known.timestamp}" if known.timestamp else "captured at other times"
        following: PlaybackRequest | str = f"to {target}, {when}"
    else:
        following = asked.follow(memento, target)
    if isinstance(following, PlaybackRequest):
        return following
    return Settle(Outcome.REDIRECT, following, redirect_key(target), leads_to=target)


def _offered(asked: PlaybackRequest, offer: Offer, facts: Facts) -> Action:
    """Another timestamp is offered: the one asked for may load later, or the other one is taken."""
    work = asked.work
    is_other = offer.timestamp != asked.timestamp  # the same one may only be asked for by another URL
    is_first = asked.is_direct and work.tries == 0
    if is_other and is_first and work.role == Role.POLICY and work.found_by != FoundBy.GIVEN:
        return Retry(f"the archive offers {offer.timestamp}")
    following = asked.take_offer(offer)
    if not isinstance(following, PlaybackRequest):
        return _too_far(asked, following, offer.timestamp, facts)
    if work.role == Role.HOMEPAGE and offer.timestamp in facts.seen_homepages:
        detail = f"the homepage of {offer.timestamp} again"
        return Settle(HomepageOutcome.AGAIN, detail, served=offer.timestamp)
    return following


def _too_far(asked: PlaybackRequest, why: str, offered: str, facts: Facts) -> PlaybackRequest | Settle:
    """Only another date is available: try the next frame, else settle."""
    if asked.frames:
        return asked.next_frame()
    if asked.redirects and _has_moved(asked, facts):
        return Settle(
            Outcome.REDIRECT, f"to {asked.url}: {why}", redirect_key(asked.url), leads_to=asked.url,
            ask=WantedQuery(asked.url, found_by=FoundBy.REDIRECT),
        )  # fmt: skip
    if asked.redirects:
        return Settle(Outcome.REDIRECT, f"to {asked.url}: {why}")
    if asked.work.role == Role.HOMEPAGE:
        return Settle(HomepageOutcome.OFFERED, why, served=offered)
    return Settle(Outcome.UNPLAYABLE, why)


def _has_moved(asked: PlaybackRequest, facts: Facts) -> bool:
    """True if a policy's history may go on at a redirect's target, of which no capture is near enough in time."""
    work = asked.work
    if work.role != Role.POLICY or not may_be_main(work.url, work.found_by) or facts.moves >= MAX_MOVES:
        return False
    held_policy = (work.found_by in LED_TO or facts.held_policy) and not asked.inside
    return may_have_moved_to(asked.url, work.domain, held_policy=held_policy)


def served_another(asked: PlaybackRequest, memento: Memento) -> Settle:
    """Settles the capture that was asked for, when the archive served another one."""
    where = f"{memento.url}, captured {digits(memento.captured_at)}"
    if asked.redirects:
        return Settle(Outcome.REDIRECT, f"to {where}", redirect_key(memento.url), leads_to=memento.url)
    return Settle(Outcome.UNPLAYABLE, f"{SERVED} {where}")


def unread(memento: Memento, body_length: int) -> Finding | None:
    """What a page is found to be that is not worth reading: a bot wall's answer, an error page. ``None`` for others."""
    if (block := soft_block(memento, body_length)) is not None:
        return Finding(None, Outcome.SOFT_BLOCK, block)
    if memento.status >= 400:
        return Finding(None, Outcome.NOT_POLICY, f"archived HTTP {memento.status}")
    return None


def finding_of(document: Document) -> Finding:
    """What a page is found to be whose text was extracted: its kind tells."""
    if document.kind in STORED_KINDS:
        return Finding(document, Outcome.STORED, document.detail)
    if document.kind == Kind.EMPTY:
        return Finding(document, Outcome.EMPTY, document.detail)
    if document.kind == Kind.BLOCKED:
        return Finding(document, Outcome.SOFT_BLOCK, document.detail or "a bot wall's page")
    return Finding(document, Outcome.NOT_POLICY, _joined(document.kind, document.detail))


def text_is_at(asked: PlaybackRequest, finding: Finding) -> list[str]:
    """The URLs that hold a page's text instead of itself, best first: its frames, or a refresh's target."""
    if finding.document is None or asked.inside:
        return []
    return sorted(finding.document.follow, key=url_score, reverse=True)[:MAX_FRAMES]


def decide_content(
    asked: PlaybackRequest, memento: Memento, finding: Finding, target: Nearest | None, *, truncated: bool = False
) -> PlaybackRequest | Finding:
    """What to do with a page that was read. ``target`` is what the ledger knows of the first of ``text_is_at``."""
    if targets := text_is_at(asked, finding):
        following: PlaybackRequest | str = f"its text is at {targets[0]}"
        if target is None:
            following = asked.follow(memento, targets[0], inside=True, frames=tuple(targets[1:]))
        if isinstance(following, PlaybackRequest):
            return following
        finding = Finding(None, Outcome.EMPTY, _joined(finding.detail, following))
    if asked.frames and not _is_main_frame(finding.document):
        return asked.next_frame()
    if truncated and finding.outcome != Outcome.STORED and memento.status < 400:  # the policy may be in the rest
        finding = Finding(None, Outcome.FAILED, CUT_OFF)
    elif truncated:
        finding = Finding(finding.document, finding.outcome, _joined(finding.detail, CUT_OFF))
    return finding


def may_lead(asked: PlaybackRequest, memento: Memento, finding: Finding) -> bool:
    """True if a page stands where the policy is expected, is none, and has few words: its links may lead there."""
    document = finding.document
    if document is None or document.kind not in LEADING_KINDS or len(document.text.split()) >= FOR_ITSELF:
        return False
    return may_be_main(memento.url, asked.work.found_by)


def decide_lead(
    memento: Memento, links: Sequence[Link], non_policies: Collection[str], asked_before: int
) -> WantedQuery | None:
    """Where the index should be asked for the policy that a page leads to: its best link to its own site.

    ``non_policies`` is as for ``decide_homepage``; ``asked_before`` is how many links this crawl has asked for.
    """
    if asked_before >= MAX_MOVES:
        return None
    site = host_of(memento.url)
    for link in links:
        if is_own(site, link.url) and key_of(link.url) not in non_policies:
            return WantedQuery(link.url, found_by=FoundBy.HOMEPAGE_LINK, link_text=link.text or None)
    return None


def _is_main_frame(document: Document | None) -> bool:
    """True if a frame holds what the frameset is there for; then its other frames are not looked into."""
    if document is None or document.kind not in STORED_KINDS:
        return False
    return document.kind == Kind.PRIVACY_POLICY or len(document.text.split()) >= FOR_ITSELF


def decide_homepage(
    asked: PlaybackRequest,
    memento: Memento,
    page: Homepage,
    non_policies: Collection[str],
    *,
    unreadable: str | None = None,
) -> PlaybackRequest | Settle:
    """What to do with a homepage that was read: ask the index for its best link, or look into its frames.

    ``non_policies`` are the addresses (urlkeys) of which captures were read, and none is a policy. ``unreadable`` is
    why a page without links proves nothing: an error page stands in its place, or only a part of it came.
    """
    served = digits(memento.captured_at)
    moved = redirect_key(memento.url) if asked.redirects and not asked.inside else None
    links = [link for link in page.links if key_of(link.url) not in non_policies] or page.links
    if links:
        url, text = links[0].url, links[0].text
        return Settle(
            HomepageOutcome.LOOKED_AT, f"links to {url}", moved, leads_to=url, served=served,
            ask=WantedQuery(url, found_by=FoundBy.HOMEPAGE_LINK, link_text=text or None),
        )  # fmt: skip
    if asked.frames:
        return asked.next_frame()
    if page.inner and not asked.inside:
        first, *others = page.inner[:MAX_FRAMES]
        following = asked.follow(memento, first, inside=True, frames=tuple(others))
        if isinstance(following, PlaybackRequest):
            return following
    if unreadable:
        outcome, detail = HomepageOutcome.UNREADABLE, unreadable
    elif page.is_script:
        outcome, detail = HomepageOutcome.SCRIPTS, "scripts alone, without links"
    else:
        outcome, detail = HomepageOutcome.LOOKED_AT, "no link to a policy"
    return Settle(outcome, detail, moved, served=served)


def _joined(*details: str | None) -> str:
    return "; ".join(filter(None, details))
