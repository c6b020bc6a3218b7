"""Takes a domain's next step: asks ``planning.next_step`` what it needs, and enters that into the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.arguments import Arguments
from crawler.ledger import Ledger
from crawler.ledger.sql import transaction
from crawler.ledger.verdicts import settle_verdicts
from crawler.planning.captures import BELIEVED
from crawler.planning.expected import NOTHING, Expected
from crawler.planning.next_step import (
    AskIndex,
    AskPlayback,
    Close,
    FetchCaptures,
    SearchDomain,
    Situation,
    Step,
    VisitHomepage,
    next_steps,
    searches,
)
from crawler.planning.visits import Pace, interval
from pipelines.dataset.overrides import NO_OVERRIDES, Overrides
from pipelines.outcomes import DomainOutcome
from pipelines.surt import key_of


@dataclass(frozen=True, slots=True)
class Advanced:
    """What came of a domain's step."""

    outcome: str | None = None
    """The domain's outcome, if it was open and is done now."""
    later: Expected | None = None
    """How many captures it is expected to take after those that are planned; ``None`` if it is done."""


def advance(
    ledger: Ledger,
    crawl_id: str,
    domain_id: int,
    arguments: Arguments,
    overrides: Overrides = NO_OVERRIDES,
    *,
    believed: timedelta = BELIEVED,
    pace: Pace = Pace(),  # noqa: B008
) -> Advanced | None:
    """Plans what a domain needs next, or closes it if that is nothing.

    Returns ``None``, and does nothing, while something of the domain is planned or under way.

    Before it is closed, the last word on its captures is said (``crawler.verdicts``). If that makes a page a policy,
    more captures may be wanted. ``believed`` is what ``planning.captures.next_captures`` takes; ``pace`` decides when
    the domain is due again.
    """
    if ledger.domains.has_work(domain_id):
        return None
    with transaction(ledger.db):
        was_open = ledger.domains.is_open(domain_id)
        step = _next_step(ledger, crawl_id, domain_id, arguments, believed)
        if isinstance(step, Expected):
            return Advanced(later=step)
        domain = ledger.domains.known(domain_id, crawl_id)
        ledger.domains.settle_twins(domain_id)
        if settle_verdicts(ledger.db, domain.name, overrides):
            step = _next_step(ledger, crawl_id, domain_id, arguments, believed)
            if isinstance(step, Expected):
                return Advanced(later=step)
        is_seen = step.is_seen and step.outcome != DomainOutcome.INCOMPLETE and not domain.is_excluded
        asked_until = arguments.asked_until if is_seen else None
        again_in = _again_in(ledger, domain_id, step, pace) if searches(arguments) else None
        ledger.domains.close(domain_id, step.outcome, step.detail, asked_until=asked_until, again_in=again_in)
    return Advanced(step.outcome if was_open else None)


def _again_in(ledger: Ledger, domain_id: int, ending: Close, pace: Pace) -> timedelta:
    """How long the domain is left alone now."""
    address = ledger.visits.main_address(domain_id)
    main = {key_of(address.url)} if address else ()
    return interval(ending.outcome, ledger.captures.of(domain_id), main, pace)


def _next_step(
    ledger: Ledger, crawl_id: str, domain_id: int, arguments: Arguments, believed: timedelta
) -> Close | Expected:
    """Enters the domain's next step into the ledger, and tells how many captures may come after it.

    If it is the last step, it is returned instead, to close the domain.
    """
    known = Situation(
        domain=ledger.domains.known(domain_id, crawl_id),
        captures=ledger.captures.of(domain_id),
        visits=ledger.homepages.visits(domain_id),
        answered=ledger.queries.answered(domain_id, crawl_id),
        missed=ledger.captures.missed(domain_id),
        unread=ledger.captures.unread(domain_id),
        likely=ledger.likely.of(domain_id),
        is_listed=ledger.queries.names_any(domain_id, crawl_id),
        asked=ledger.queries.asked(domain_id, crawl_id),
        visit=ledger.visits.of(domain_id),
        named_alone=ledger.queries.named_alone(domain_id),
    )
    for step in next_steps(known, arguments, datetime.now(UTC), believed=believed):
        if isinstance(step, Close):
            return step
        if _take(ledger, crawl_id, domain_id, step, arguments):
            return step.later if isinstance(step, FetchCaptures) else NOTHING
    raise AssertionError("the last step closes the domain")


def _take(ledger: Ledger, crawl_id: str, domain_id: int, step: Step, arguments: Arguments) -> bool:
    """Enters a step into the ledger. False: it brings nothing new, and the step after it is due."""
    match step:
        case FetchCaptures(ids, _):
            ledger.captures.plan(ids)
            return True
        case VisitHomepage(url, visits):
            wanted = [(visit.timestamp, visit.window_days) for visit in visits]
            return ledger.homepages.plan(domain_id, url, wanted) > 0
        case AskPlayback(urls, timestamp):
            return ledger.likely.plan(domain_id, urls, timestamp) > 0
        case AskIndex(queries):
            are_new = [ledger.queries.add(crawl_id, domain_id, query) for query in queries]
            return any(are_new)
        case SearchDomain(domain):
            ledger.domains.reopen(domain_id)
            return ledger.queries.search(crawl_id, domain_id, domain, arguments)
        case Close():
            raise AssertionError("the caller closes the domain")
