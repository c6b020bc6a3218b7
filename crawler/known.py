"""What the crawl knows of queries, captures and addresses: the values that ledger, planning and discovery share.

No I/O. The ledger fills these values in, planning and discovery decide by them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from crawler.exit_codes import FINISHED, UNHEALTHY
from pipelines.outcomes import FoundBy, Kind, Outcome
from pipelines.surt import key_of
from pipelines.timestamps import half_year

#: The plans that choose a domain's captures: see ``planning.captures.next_captures``.
PLANS = ("versions", "grid", "all")
#: Outcomes that say what stands in the bytes.
JUDGED = frozenset({Outcome.STORED, Outcome.NOT_POLICY, Outcome.EMPTY, Outcome.REDIRECT})
#: Outcomes of captures whose bytes were seen.
SEEN = JUDGED | {Outcome.SOFT_BLOCK}
#: Outcomes that stay, whatever comes later: the bytes were seen, or are known to be those of a stored capture.
LASTING = SEEN | {Outcome.UNCHANGED}
#: Exit codes of a crawl that is done; with the second one, a rule of health is broken (``crawler.health``).
DONE = (FINISHED, UNHEALTHY)
#: The detail of what an archive does not show because a site's owner asked for it.
NOT_SHOWN = "the archive does not show this site"
#: The detail of what somebody does not want fetched.
WITHDRAWN = "it is to be removed, by overrides.toml"
#: The detail of what the index has named and playback has not.
NO_SUCH_CAPTURE = "the archive has no such capture"
#: How the detail begins where playback served another capture than the one asked for: the one it served follows.
SERVED = "the archive served"
#: The detail of a capture of which the index has two digests: the other one has the row.
LISTED_TWICE = "the index lists it twice"
#: How the detail begins of a capture with the bytes of one that was read: the timestamp of that one follows.
SAME_BYTES = "same bytes as the capture of "
#: Digests that say nothing: the empty one of a capture that the index was not asked for, and the index's own blank.
NO_DIGEST = ("", "-")


class State(StrEnum):
    """How far a capture has come. ``ledger.moves`` has the ways from one state to another."""

    KNOWN = "known"
    """The index or a redirect named it; no plan has asked for it."""
    PLANNED = "planned"
    CLAIMED = "claimed"
    """A request for it is under way."""
    FETCHED = "fetched"
    """Fetched and judged, but not on disk yet."""
    SETTLED = "settled"


class Role(StrEnum):
    """What a capture is wanted for."""

    POLICY = "policy"
    HOMEPAGE = "homepage"
    """For its links; it never becomes a row of the dataset."""
    LIKELY = "likely"
    """To learn whether a likely address, which the index has not named, is archived. It is no capture itself."""
    VISIT = "visit"
    """To learn whether a known address was captured since; see ``planning.visits``. It is no capture itself."""


class HomepageOutcome(StrEnum):
    """What became of a homepage visit or a likely address, where ``pipelines.outcomes.Outcome`` has no word for it."""

    LOOKED_AT = "looked_at"
    """Its links were read."""
    AGAIN = "again"
    """It is the capture of an earlier visit."""
    SCRIPTS = "scripts"
    """It is scripts alone, which would write its links."""
    UNREADABLE = "unreadable"
    """An error page, a bot wall's answer or half a page stands in its place, without a link to a policy."""
    NOT_ARCHIVED = "not_archived"
    OFFERED = "offered"
    """The archive has it at another date; a homepage's is too far away."""


class QueryState(StrEnum):
    """How far a CDX query has come."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    DONE = "done"
    INCOMPLETE = "incomplete"
    EXCLUDED = "excluded"


class DomainState(StrEnum):
    """How far a domain has come in the crawl that asked for it last."""

    QUEUED = "queued"
    """It is due, and its turn has not come. What is known of it is complete."""
    OPEN = "open"
    """Work may be left."""
    DONE = "done"


class MatchType(StrEnum):
    """Which URLs a CDX query matches, in the Internet Archive's terms."""

    EXACT = "exact"
    PREFIX = "prefix"
    HOST = "host"
    """Asked for one capture of whatever kind: whether the host is archived at all."""
    DOMAIN = "domain"


class Words(StrEnum):
    """What a search of a whole domain searches for: the words of ``discovery.url_filter``."""

    OWN = "own"
    """Those of its own languages, and those that stand in addresses everywhere."""
    FEW = "few"
    """A handful, for an index that takes no more."""
    OTHER = "other"
    """Those of all other languages, once nothing else is left."""


@dataclass(frozen=True, slots=True)
class WantedQuery:
    """A CDX query to plan."""

    url: str
    match_type: str = MatchType.EXACT
    found_by: str = FoundBy.URL_KEYWORD
    """How its captures count as found."""
    link_text: str | None = None
    since: str | None = None
    until: str | None = None
    words: str = Words.OWN
    """Of a query for a whole domain."""


@dataclass(frozen=True, slots=True)
class KnownCapture:
    """What planning needs to know of a capture of a policy URL."""

    id: int
    urlkey: str
    timestamp: str
    digest: str
    url: str
    status: int | None
    found_by: str
    state: str
    outcome: str | None
    content_key: str | None
    """Equal for two captures with equal content; see ``redirect_key``. ``None`` where the content is unknown."""
    kind: str | None = None
    """Of its document, where one was read."""
    is_linked: bool = False
    """True if a homepage that was looked at calls its address the policy; see ``with_links``."""

    @property
    def is_policy(self) -> bool:
        """True if it was read and is a privacy policy."""
        return self.kind == Kind.PRIVACY_POLICY

    @property
    def is_page(self) -> bool:
        """True if it may hold a text, by its status. A revisit may: the index has no status of it."""
        return self.status is None or self.status < 300

    @property
    def is_redirect(self) -> bool:
        """True if the index says that it is an archived 3xx."""
        return self.status is not None and 300 <= self.status < 400


@dataclass(frozen=True, slots=True)
class JudgedCapture(KnownCapture):
    """A capture with what its text was found to be. ``kind`` is what its own bytes say, without its neighbours."""

    same_as: str | None = None
    """Timestamp of the capture with the same bytes, of the same address."""
    policy_score: float | None = None
    title: str | None = None
    words: int | None = None
    language: str | None = None
    sketch: bytes | None = None
    """``pipelines.page.sketch`` of its text."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """An address that the ledger knows, and its capture nearest to a time."""

    timestamp: str | None
    """14 digits; ``None`` where all known captures are too far from that time."""


@dataclass(frozen=True, slots=True)
class HomepageVisit:
    """A visit of a domain's homepage, and what was seen there."""

    asked: str
    """The date near which it was wanted, 14 digits."""
    served: str | None
    """The capture that was served."""
    is_absent: bool
    """True if the archive has nothing of this domain."""
    has_link: bool = False
    """True if it links to a policy."""
    is_redirect: bool = False
    """True if it redirects to nowhere: there is a homepage, perhaps at another date."""
    is_missed: bool = False
    """True if it could not be loaded, which says nothing of what is there."""
    offered: str | None = None
    """The nearest capture, where it was too far away to be taken."""
    is_read: bool = False
    """True if it shows its links, or that it has none."""
    is_script: bool = False
    """True if it is scripts alone."""
    is_hidden: bool = False
    """True if the archive does not show it."""

    @property
    def is_answered(self) -> bool:
        """True if the archive has a homepage, whatever it shows."""
        return bool(self.served or self.offered or self.is_redirect)


@dataclass(frozen=True, slots=True)
class LikelyAddress:
    """An address that may hold the policy, and what playback said of it."""

    url: str
    offered: str | None
    """The capture nearest to the date asked for; ``None`` if there is none, or playback could not say."""


@dataclass(frozen=True, slots=True)
class MainAddress:
    """The address at which a domain's main policy was seen last."""

    url: str
    found_by: str
    link_text: str | None
    newest: str
    """The newest known capture of the address, 14 digits."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of this crawl's visit of an address: see ``planning.visits``."""

    url: str
    urlkey: str
    newest: str
    """The newest capture of it that was known before, 14 digits."""
    is_gone: bool
    """True if the archive has no capture of it any more, or does not show it, which is new."""
    is_missed: bool
    """True if playback could not say what there is."""


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier crawls have left behind of a domain."""

    crawl_id: str
    """The last crawl that took the domain: this one if it has queued it."""
    outcome: str | None
    """``None`` if no crawl was ever done with it."""
    may_pass: bool
    is_excluded: bool
    searched: float | None
    """Unix time at which the index was last asked for all of it, over the dates of the crawl."""
    address: MainAddress | None


@dataclass(frozen=True, slots=True)
class KnownDomain:
    """What the crawl has learned of a domain as a whole."""

    name: str
    is_excluded: bool
    """True if the archive has told this crawl that it does not show the domain."""
    incomplete: str | None
    """Why one of its queries has no full answer."""
    is_only_search_incomplete: bool
    """True if those queries all search by keyword; what links and redirects led to was read."""
    is_only_other_words_incomplete: bool
    """True if, of those queries, only the search for the words of other languages has no full answer."""
    is_cut_off: bool
    """True if a search by keyword gave pages, but not its end."""
    is_by_few_words: bool
    """True if a search by keyword was answered for a handful of words only."""
    is_hidden: bool
    """True if playback has refused captures of it."""
    outcome: str | None
    """What came of it in earlier crawls."""
    detail: str | None
    """The reason for that outcome."""
    was_excluded: bool
    """True if an earlier crawl found that the archive does not show it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address under which policies of a domain were captured, with when and how often."""

    urlkey: str
    url: str
    found_by: str
    captures: int
    half_years: frozenset[int]
    """Half-years with a capture that is a policy, or that is not read yet; see ``pipelines.timestamps.half_year``."""
    judged: int = 0
    """Captures that were fetched and judged."""
    policies: int = 0
    """Of these, privacy policies."""
    is_linked: bool = False
    """True if a homepage that was looked at calls it the policy."""


_REDIRECT = "redirect:"
Known = TypeVar("Known", bound=KnownCapture)


def redirect_key(target: str | None) -> str:
    """The content key of a redirect: two redirects are alike if they lead to the same URL.

    The other content keys are the ``text_sha256`` of a page's text, and the outcome of a page without text.
    """
    return f"{_REDIRECT}{target or ''}"


def is_asked_for(timestamp: str, since: str, until: str) -> bool:
    """True if a capture lies within a crawl's dates, both inclusive: ``until="2004"`` covers all of 2004."""
    return timestamp >= since and (not until or timestamp[: len(until)] <= until)


def with_links(captures: Iterable[Known], links: Iterable[str]) -> list[Known]:
    """The captures of one domain; those of the addresses that its homepages link to are marked as such.

    ``links`` are URLs. Where such an address was captured as a redirect, its target is linked to as well.
    """
    captures, keys = list(captures), set(map(key_of, links))
    redirects = [c.content_key for c in captures if c.urlkey in keys and (c.content_key or "").startswith(_REDIRECT)]
    keys |= {key_of(key.removeprefix(_REDIRECT)) for key in redirects if key}
    return [replace(capture, is_linked=True) if capture.urlkey in keys else capture for capture in captures]


def addresses_of(captures: Iterable[KnownCapture]) -> list[Address]:
    """The addresses of known captures. Archived redirects and errors do not count."""
    found: dict[str, list[KnownCapture]] = defaultdict(list)
    for capture in captures:
        if capture.is_page:
            found[capture.urlkey].append(capture)
    return [
        Address(
            urlkey=key,
            url=min(capture.url for capture in group),
            found_by=min(capture.found_by for capture in group),
            captures=len(group),
            half_years=_half_years(group),
            judged=sum(capture.outcome in JUDGED for capture in group),
            policies=sum(capture.is_policy for capture in group),
            is_linked=any(capture.is_linked for capture in group),
        )
        for key, group in found.items()
    ]


def _half_years(captures: Iterable[KnownCapture]) -> frozenset[int]:
    """The half-years in which an address may have held a policy: some capture did, or none was read."""
    captures = list(captures)
    read = {capture.digest: capture.is_policy for capture in captures if capture.outcome in JUDGED}
    verdicts: dict[int, set[bool | None]] = defaultdict(set)
    for capture in captures:
        verdict = capture.is_policy if capture.outcome in JUDGED else read.get(capture.digest)
        verdicts[half_year(capture.timestamp)].add(verdict)
    return frozenset(half for half, found in verdicts.items() if True in found or False not in found)
