"""Takes a domain's next step: asks ``planning.next_step`` what it needs, and enters that into the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.arguments import Arguments
from crawler.ledger import Ledger
from crawler.ledger.sql import transaction
from crawler.ledger.verdicts import settle_verdicts
from crawler.planning.captures import BELIEVED
from crawler.planning.next_step import AskIndex, AskPlayback, Close, FetchCaptures, Situation, VisitHomepage, next_steps
from pipelines.dataset.overrides import NO_OVERRIDES, Overrides
from pipelines.outcomes import DomainOutcome


def advance(
    ledger: Ledger,
    crawl_id: str,
    domain_id: int,
    arguments: Arguments,
    overrides: Overrides = NO_OVERRIDES,
    *,
    believed: timedelta = BELIEVED,
) -> DomainOutcome | None:
    """Plans what a domain needs next; closes it where that is nothing. Waits while something of it is under way.

    Returns what came of the domain if it was open and is done now.

    Before it is closed, the last word on its captures is said (``crawler.verdicts``). Where that makes a page a policy,
    more captures may be wanted. ``believed`` is what ``planning.captures.next_captures`` takes.
    """
    if ledger.domains.has_work(domain_id):
        return None
    with transaction(ledger.db):
        was_open = ledger.domains.is_open(domain_id)
        if (ending := _next_step(ledger, crawl_id, domain_id, arguments, believed)) is None:
            return None
        domain = ledger.domains.known(domain_id, crawl_id)
        ledger.domains.settle_twins(domain_id)
        if settle_verdicts(ledger.db, domain.name, overrides):
            ending = _next_step(ledger, crawl_id, domain_id, arguments, believed)
        if ending is not None:
            is_seen = ending.outcome != DomainOutcome.INCOMPLETE and not domain.is_excluded
            asked_until = arguments.asked_until if is_seen else None
            ledger.domains.close(domain_id, ending.outcome, ending.detail, asked_until=asked_until)
    return ending.outcome if ending is not None and was_open else None


def _next_step(
    ledger: Ledger, crawl_id: str, domain_id: int, arguments: Arguments, believed: timedelta
) -> Close | None:
    """Enters the domain's next step into the ledger; returns it instead if it is the last one, to close the domain."""
    known = Situation(
        domain=ledger.domains.known(domain_id, crawl_id),
        captures=ledger.captures.of(domain_id),
        visits=ledger.captures.homepage_visits(domain_id),
        answered=ledger.queries.answered(domain_id, crawl_id),
        missed=ledger.captures.missed(domain_id),
        unread=ledger.captures.unread(domain_id),
        likely=ledger.likely.of(domain_id),
        is_listed=ledger.queries.names_any(domain_id, crawl_id),
        named_alone=ledger.queries.named_alone(domain_id),
    )
    for step in next_steps(known, arguments, datetime.now(UTC), believed=believed):
        if isinstance(step, Close):
            return step
        if _take(ledger, crawl_id, domain_id, step):
            return None
    raise AssertionError("the last step closes the domain")


def _take(
    ledger: Ledger, crawl_id: str, domain_id: int, step: FetchCaptures | VisitHomepage | AskPlayback | AskIndex
) -> bool:
    """Enters a step into the ledger. False: it is nothing new, and the one after it is due."""
    match step:
        case FetchCaptures(ids):
            ledger.captures.plan(ids)
            return True
        case VisitHomepage(url, visits):
            wanted = [(visit.timestamp, visit.window_days) for visit in visits]
            return ledger.captures.plan_homepage_visits(domain_id, url, wanted) > 0
        case AskPlayback(urls, timestamp):
            return ledger.likely.plan(domain_id, urls, timestamp) > 0
        case AskIndex(queries):
            are_new = [ledger.queries.add(crawl_id, domain_id, query) for query in queries]
            return any(are_new)
