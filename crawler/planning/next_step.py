"""What a domain needs next, once nothing of it is under way: captures, homepage visits, queries, or its end. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.arguments import Arguments
from crawler.discovery.url_filter import brings
from crawler.known import (
    NOT_SHOWN,
    SEEN,
    HomepageVisit,
    KnownCapture,
    KnownDomain,
    LikelyAddress,
    MatchType,
    Visit,
    WantedQuery,
    Words,
)
from crawler.planning.addresses import may_hold_policy, policy_addresses, probes, wanted_addresses
from crawler.planning.captures import next_captures
from crawler.planning.expected import NOTHING, Expected, expected
from crawler.planning.homepages import WantedVisit, next_visits
from crawler.planning.likely import LIKELY_ADDRESSES, likely_queries, next_likely
from crawler.planning.visits import is_lost, news, shows_change, whole_news
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.surt import key_of
from pipelines.timestamps import FIRST_HOMEPAGES

#: For domains that are too large for a query over all their addresses: after ``LIKELY_ADDRESSES``, which any index can
#: answer, everything that begins like these.
LIKELY_PREFIXES = ("privacy", "legal/privacy", "about/privacy", "policies/", "datenschutz")

#: Reasons for which a domain stays incomplete however often it is asked for: what is archived does not tell.
UNREAD = "no capture of an address could be read"
NO_HOMEPAGE = "no homepage could be read, which would show whether there is a policy"
ONLY_SCRIPTS = "the homepages are scripts alone, which do not show whether there is a policy"
#: Reasons for which not all may be known, also of a domain that was found.
STOPS_EARLY = "the index stops early: it has captures of {}, and the search did not bring them"
FEW_WORDS = "the index answered for a few words only"


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known of a domain when nothing of it is under way."""

    domain: KnownDomain
    captures: Sequence[KnownCapture]
    visits: Sequence[HomepageVisit]
    answered: Collection[tuple[str, str, str | None]]
    """(URL, match type, until) of this crawl's queries of which the index gave all pages."""
    missed: str | None
    """Why a homepage or an address could not be loaded at all. It may load another time."""
    unread: str | None = None
    """Why no capture of an address could be read, though the archive answered: it will not change by itself."""
    likely: Sequence[LikelyAddress] = ()
    """Addresses that playback was asked for, since nothing had named them."""
    is_listed: bool = False
    """True if the index has captures of the host, of whatever kind."""
    asked: Collection[tuple[str, str]] = ()
    """(URL, match type) of this crawl's queries, whatever became of them."""
    visit: Visit | None = None
    """The visit of a known address, where this crawl begins with one."""
    named_alone: Sequence[tuple[str, str]] = ()
    """Addresses of which the index named captures only once it was asked for them alone, each with the words of a
    search that had ended before."""

    @property
    def is_searched(self) -> bool:
        """True if this crawl searches the domain; false if it only visits what is known of it."""
        return any(match_type == MatchType.DOMAIN for _, match_type in self.asked)


@dataclass(frozen=True, slots=True)
class FetchCaptures:
    """Fetch these captures (ids)."""

    ids: tuple[int, ...]
    later: Expected
    """How many captures are expected to be wanted after them."""


@dataclass(frozen=True, slots=True)
class VisitHomepage:
    """Visit the domain's homepage near these dates."""

    url: str
    visits: tuple[WantedVisit, ...]


@dataclass(frozen=True, slots=True)
class AskPlayback:
    """Ask playback whether these addresses are archived, near a date (14 digits)."""

    urls: tuple[str, ...]
    timestamp: str


@dataclass(frozen=True, slots=True)
class AskIndex:
    """Send these queries."""

    queries: tuple[WantedQuery, ...]


@dataclass(frozen=True, slots=True)
class SearchDomain:
    """Search the domain as a new one: its visit tells that what is known of it does not hold any more."""

    domain: str


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing is left to do. ``detail`` says why there is nothing of the domain, or not all there is."""

    outcome: str
    detail: str | None
    is_seen: bool = True
    """False if the archive could not say, or does not show, whether there is anything new."""


Step = FetchCaptures | VisitHomepage | AskPlayback | AskIndex | SearchDomain | Close


def next_steps(known: Situation, arguments: Arguments, now: datetime, *, believed: timedelta) -> Iterator[Step]:
    """The steps that a domain needs, first things first; the last one is always ``Close``.

    Take the first step that plans anything new: a step that only names what this crawl has planned before is done.
    ``believed`` is what ``next_captures`` takes.
    """
    if known.domain.is_excluded:
        is_known = any(capture.outcome == Outcome.STORED for capture in known.captures)
        yield Close(DomainOutcome.FOUND if is_known else DomainOutcome.EXCLUDED, NOT_SHOWN)
        return
    if arguments.source != "captures" and (step := _captures(known.captures, arguments, believed)).ids:
        yield step
    if searches(arguments) and not known.is_searched:
        yield from _after_visit(known, arguments, now)
        return
    if searches(arguments):
        visits = next_visits(known.captures, known.visits, since=arguments.since, until=arguments.until, now=now)
        yield VisitHomepage(f"http://{known.domain.name}/", tuple(visits))
        yield from _likely_addresses(known, arguments, now)
        if _is_absent(known):
            yield AskIndex((WantedQuery(known.domain.name, MatchType.HOST),))
        yield from _other_languages(known, arguments)
        yield from _narrower_queries(known, arguments, now)
    yield _ending(known, arguments, now)


def _after_visit(known: Situation, arguments: Arguments, now: datetime) -> Iterator[AskIndex | SearchDomain | Close]:
    """What a visit leads to: the table in ``planning.visits``. A domain of which it tells nothing stays as it was."""
    domain, visit, captures = known.domain, known.visit, known.captures
    homepage = known.visits[-1] if known.visits and visit is None else None
    if homepage is not None and _is_found_at(homepage, domain, captures):
        yield SearchDomain(domain.name)
    if visit is not None:
        is_changed = shows_change(visit, captures)
        if visit.is_gone or (is_changed and is_lost(visit, captures)):
            yield SearchDomain(domain.name)
        if is_changed or (arguments.plan == "all" and news(visit, captures)):
            yield AskIndex((whole_news(visit, captures, arguments.plan),))
    is_missed = bool(visit and visit.is_missed) or bool(homepage and homepage.is_missed)
    if domain.outcome is None or (domain.outcome == DomainOutcome.FOUND and not domain.was_excluded):
        ending = _ending(known, arguments, now)
        yield replace(ending, is_seen=not is_missed)
    else:
        yield Close(domain.outcome, domain.detail, is_seen=not is_missed and not domain.was_excluded)


def _is_found_at(homepage: HomepageVisit, domain: KnownDomain, captures: Sequence[KnownCapture]) -> bool:
    """True if a visited homepage tells that more is to be found of its domain than before."""
    if domain.was_excluded:
        return not (homepage.is_hidden or homepage.is_missed)
    if domain.outcome == DomainOutcome.NOT_ARCHIVED:
        return homepage.is_answered
    return homepage.is_hidden or may_hold_policy(captures)


def searches(arguments: Arguments) -> bool:
    """True if the crawl looks for the policies of domains; false if it is told their addresses."""
    return arguments.source in ("domain", "domains")


def _captures(captures: Sequence[KnownCapture], arguments: Arguments, believed: timedelta) -> FetchCaptures:
    """The captures that are wanted now, perhaps none."""
    plans = wanted_addresses(captures, arguments.plan)
    since, until = arguments.since, arguments.until
    ids = probes(plans, captures, since=since, until=until)
    ids = ids or next_captures(plans, captures, since=since, until=until, believed=believed)
    if not ids:
        return FetchCaptures((), NOTHING)
    in_all = expected(plans, captures, since=since, until=until, believed=believed)
    return FetchCaptures(tuple(ids), in_all.without(len(ids)))


def _other_languages(known: Situation, arguments: Arguments) -> Iterator[AskIndex]:
    """The search for what other languages call a policy, where neither the domain's own nor a homepage told it.

    Not of a domain that is not archived, nor of one for which the index takes no such query.
    """
    domain = known.domain
    is_searched = domain.incomplete is None and not domain.is_by_few_words
    if is_searched and not _is_absent(known) and not may_hold_policy(known.captures):
        yield AskIndex((arguments.dated(WantedQuery(domain.name, MatchType.DOMAIN, words=Words.OTHER)),))


def _likely_addresses(known: Situation, arguments: Arguments, now: datetime) -> Iterator[AskPlayback | AskIndex]:
    """Playback is asked for likely addresses where nothing else told of a policy: the index may have stopped early.

    The index is then asked for each address that is archived, one after the other while no policy is found.
    """
    since, until = arguments.since, arguments.until
    if not known.domain.is_hidden:
        yield AskPlayback(
            *next_likely(known.domain.name, known.captures, known.likely, since=since, until=until, now=now)
        )
    for query in likely_queries(known.captures, known.likely, since=since, until=until):
        yield AskIndex((arguments.dated(query),))


def _narrower_queries(known: Situation, arguments: Arguments, now: datetime) -> Iterator[AskIndex]:
    """Narrower queries where the index could not answer for the whole domain, as steps of more and more queries.

    - While no policy is found: likely addresses, then prefixes, then year by year.
    - Once a policy is found: year by year, and only if the index had begun to answer for the whole domain; what it
      did not come to is read then.

    A step is taken only if the index answered some query of the step before: if it answers nothing at all of a domain,
    ninety more requests would not change that.
    """
    is_found = bool(policy_addresses(known.captures))
    is_read = known.domain.incomplete is None or known.domain.is_only_other_words_incomplete
    if is_read or (is_found and not known.domain.is_cut_off):
        return
    by_year = _by_year(known.domain.name, arguments, now)
    steps = by_year if is_found else [*_by_address(known.domain.name, arguments), *by_year]
    for queries in steps:
        yield AskIndex(tuple(queries))
        if not any((query.url, query.match_type, query.until) in known.answered for query in queries):
            return


def _by_address(domain: str, arguments: Arguments) -> list[list[WantedQuery]]:
    """The first steps: the likeliest address, the other likely ones, then prefixes."""

    def query(path: str, match_type: MatchType) -> WantedQuery:
        return arguments.dated(WantedQuery(f"{domain}/{path}", match_type))

    exact = [query(path, MatchType.EXACT) for path in LIKELY_ADDRESSES]
    return [exact[:1], exact[1:], [query(path, MatchType.PREFIX) for path in LIKELY_PREFIXES]]


def _by_year(domain: str, arguments: Arguments, now: datetime) -> list[list[WantedQuery]]:
    """The last steps: the year in the middle, then all years."""
    years = [WantedQuery(domain, MatchType.DOMAIN, since=since, until=until) for since, until in _years(arguments, now)]
    return [years[len(years) // 2 :][:1], years]


def _years(arguments: Arguments, now: datetime) -> list[tuple[str, str]]:
    """The years of a crawl's dates as (since, until); its own dates cut the first and the last one."""
    since, until = arguments.since or str(FIRST_HOMEPAGES), arguments.until or str(now.year)
    years = [str(year) for year in range(int(since[:4]), int(until[:4]) + 1)]
    return [(max(since, year), until if until.startswith(year) else year) for year in years]


def _is_read_by_years(known: Situation, arguments: Arguments, now: datetime) -> bool:
    """True if all years were read one by one, which makes up for the query over the whole time."""
    years = {(known.domain.name, MatchType.DOMAIN, until) for _, until in _years(arguments, now)}
    return known.domain.is_only_search_incomplete and years <= set(known.answered)


def _is_absent(known: Situation) -> bool:
    """True if neither the homepage nor a policy's address is archived, and the index lists nothing else of the host.

    A site without a homepage in the archive may have other pages there, the policy among them.
    """
    is_answered = any(visit.is_answered for visit in known.visits) or any(look.offered for look in known.likely)
    is_archived = known.is_listed or bool(known.captures) or is_answered
    return not is_archived and any(visit.is_absent for visit in known.visits)


def _unsearched(known: Situation) -> str | None:
    """Why the searches by keyword did not bring all that they ask for, though the index ended them as if they had."""
    captured = {capture.urlkey for capture in known.captures}
    for url, words in known.named_alone:
        if key_of(url) in captured and brings(known.domain.name, Words(words), url):
            return STOPS_EARLY.format(url)
    return FEW_WORDS if known.domain.is_by_few_words else None


def _blind(visits: Sequence[HomepageVisit]) -> str | None:
    """Why the homepages do not tell that there is no policy; ``None`` if one of them was read."""
    if any(visit.is_read for visit in visits):
        return None
    return ONLY_SCRIPTS if any(visit.is_script for visit in visits) else NO_HOMEPAGE


def _ending(known: Situation, arguments: Arguments, now: datetime) -> Close:
    """The domain's outcome with its reason: the first row whose condition holds.

    What the index could not say is incomplete, never absent.
    """
    domain, captures, is_search = known.domain, known.captures, searches(arguments)
    is_incomplete = domain.incomplete is not None and not _is_read_by_years(known, arguments, now)
    is_stored = any(capture.outcome == Outcome.STORED for capture in captures)
    is_found = may_hold_policy(captures) or (is_stored and not is_search)
    is_read = any(capture.outcome in SEEN | {Outcome.UNCHANGED} for capture in captures)
    blind, unsearched = _blind(known.visits), _unsearched(known)
    incomplete, not_archived = DomainOutcome.INCOMPLETE, DomainOutcome.NOT_ARCHIVED
    nothing = DomainOutcome.NO_POLICY_FOUND
    rows: tuple[tuple[bool, DomainOutcome, str | None], ...] = (
        (is_incomplete, incomplete, domain.incomplete),
        (is_found, DomainOutcome.FOUND, unsearched),
        (domain.is_hidden, DomainOutcome.EXCLUDED, NOT_SHOWN),
        (not captures and not is_search, not_archived, "no capture of the addresses asked for"),
        (unsearched is not None, incomplete, unsearched),
        (known.missed is not None, incomplete, known.missed),
        (_is_absent(known), not_archived, "no capture of a policy's address nor of the homepage"),
        (known.unread is not None, incomplete, f"{UNREAD}: {known.unread}"),
        (is_search and blind is not None, incomplete, blind),
        (not captures, nothing, "neither by address nor by a homepage's link"),
        (not is_read, nothing, "none of the captures could be read, or was of the dates asked for"),
        (True, nothing, "none of the captures whose address looked like a policy's was one"),
    )
    return next(Close(outcome, reason) for holds, outcome, reason in rows if holds)
