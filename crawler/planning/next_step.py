"""What a domain wants next, once nothing of it is under way: captures, another look for its policy, or its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from crawler.arguments import Arguments
from crawler.ledger import Ledger
from crawler.ledger.captures import JUDGED, Known
from crawler.ledger.domains import NOT_SHOWN, Knowledge
from crawler.planning.addresses import may_hold_policy, policy_addresses, probes, wanted_addresses
from crawler.planning.captures import next_captures
from crawler.planning.homepages import FIRST_YEAR, LIKELY_ADDRESSES, LIKELY_PREFIXES, next_looks
from pipelines.outcomes import DomainOutcome, Outcome

#: Outcomes of captures whose bytes were seen, in this crawl or an earlier one.
READ = JUDGED | {Outcome.SOFT_BLOCK, Outcome.UNCHANGED}

#: A query: (url, match type, since, until).
Narrower = tuple[str, str, str | None, str | None]


def advance(ledger: Ledger, crawl_id: str, domain_id: int, arguments: Arguments) -> None:
    """Plans a domain's next captures, homepages or queries; closes it where there is nothing left to plan."""
    if ledger.domains.has_work(domain_id):
        return
    known = ledger.domains.knowledge(domain_id, crawl_id)
    if known.outcome == DomainOutcome.EXCLUDED:
        ledger.domains.close(domain_id, DomainOutcome.EXCLUDED, known.detail)
        return
    captures = ledger.captures.of(domain_id)
    if arguments.source != "captures" and _plan_captures(ledger, captures, arguments):
        return
    if arguments.source in ("domain", "domains") and (
        _plan_looks(ledger, domain_id, known, captures, arguments)
        or _plan_narrower(ledger, crawl_id, domain_id, known, captures, arguments)
    ):
        return
    is_read = known.is_only_search_incomplete and _is_read_by_years(ledger, crawl_id, domain_id, known, arguments)
    ledger.domains.close(domain_id, *_ending(ledger, domain_id, known, captures, arguments, is_read))


def _plan_captures(ledger: Ledger, captures: Sequence[Known], arguments: Arguments) -> bool:
    plans = wanted_addresses(captures, arguments.plan)
    dates = {"since": arguments.since, "until": arguments.until}
    chosen = (
        probes(plans, captures, **dates)
        or _next_grid(plans, captures, dates)
        or next_captures(plans, captures, **dates)
    )
    ledger.captures.plan(chosen)
    return bool(chosen)


def _next_grid(plans: Mapping[str, str], captures: Sequence[Known], dates: Mapping[str, str]) -> list[int]:
    """One address's grid after the other, the best one first: what stands at the better addresses is known when a
    row has to say whether it is the main policy."""
    for urlkey in plans:
        if chosen := next_captures({urlkey: "grid"}, captures, **dates):
            return chosen
    return []


def _plan_looks(
    ledger: Ledger, domain_id: int, known: Knowledge, captures: Sequence[Known], arguments: Arguments
) -> bool:
    looks = ledger.captures.looks(domain_id)
    wanted = next_looks(captures, looks, since=arguments.since, until=arguments.until, now=datetime.now(UTC))
    looks_wanted = [(look.timestamp, look.window_days) for look in wanted]
    return ledger.captures.plan_looks(domain_id, f"http://{known.domain}/", looks_wanted) > 0


def _plan_narrower(
    ledger: Ledger,
    crawl_id: str,
    domain_id: int,
    known: Knowledge,
    captures: Sequence[Known],
    arguments: Arguments,
) -> bool:
    """The index could not answer for the whole domain: likely addresses first, then prefixes, then year by year.

    Each step is taken only if the index answered some query of the one before: where it answers nothing at all of a
    domain, ninety more requests would not change that.
    Where a policy is found the search ends, unless the index had begun to answer for the whole domain: what stands
    behind the place where it ended is then read year by year.
    """
    is_found = bool(policy_addresses(captures))
    if known.incomplete is None or (is_found and not known.is_cut_off):
        return False
    for step in _by_year(known.domain, arguments) if is_found else _narrower(known.domain, arguments):
        planned = [
            ledger.queries.add(crawl_id, domain_id, url, match_type, "url_keyword", since=since, until=until)
            for url, match_type, since, until in step
        ]
        if any(planned):
            return True
        answered = ledger.queries.answered(domain_id, crawl_id)
        if not any((url, match_type, until) in answered for url, match_type, _, until in step):
            return False
    return False


def _narrower(domain: str, arguments: Arguments) -> Iterator[Sequence[Narrower]]:
    """The steps of narrower queries."""
    dates = arguments.since or None, arguments.until or None
    exact = [(f"{domain}/{path}", "exact", *dates) for path in LIKELY_ADDRESSES]
    yield exact[:1]
    yield exact[1:]
    yield [(f"{domain}/{path}", "prefix", *dates) for path in LIKELY_PREFIXES]
    yield from _by_year(domain, arguments)


def _by_year(domain: str, arguments: Arguments) -> Iterator[Sequence[Narrower]]:
    """The last steps: one year, then all of them."""
    years = [(domain, "domain", *year) for year in _years(arguments)]
    yield years[len(years) // 2 :][:1]
    yield years


def _is_read_by_years(ledger: Ledger, crawl_id: str, domain_id: int, known: Knowledge, arguments: Arguments) -> bool:
    """Whether all years were read one by one, which makes up for the query over the whole time."""
    years = {(known.domain, "domain", until) for _, until in _years(arguments)}
    return years <= ledger.queries.answered(domain_id, crawl_id)


def _years(arguments: Arguments) -> list[tuple[str, str]]:
    """The years of a crawl's dates as (since, until), the first and the last one cut where those begin and end."""
    since, until = arguments.since or str(FIRST_YEAR), arguments.until or str(datetime.now(UTC).year)
    years = [str(year) for year in range(int(since[:4]), int(until[:4]) + 1)]
    return [(max(since, year), until if until.startswith(year) else year) for year in years]


def _ending(
    ledger: Ledger,
    domain_id: int,
    known: Knowledge,
    captures: Sequence[Known],
    arguments: Arguments,
    is_read: bool,
) -> tuple[str | None, str | None]:
    """The domain's own outcome with the reason; what the index could not say is incomplete, never absent."""
    if known.incomplete is not None and not is_read:
        return DomainOutcome.INCOMPLETE, known.incomplete
    was_searched = arguments.source in ("domain", "domains")
    if may_hold_policy(captures) or (not was_searched and any(c.outcome == "stored" for c in captures)):
        return None, None
    if known.is_hidden:
        return DomainOutcome.EXCLUDED, NOT_SHOWN
    if not captures and not was_searched:
        return DomainOutcome.NOT_ARCHIVED, "no capture of the addresses asked for"
    looks = ledger.captures.looks(domain_id)
    if not captures and any(look.is_absent for look in looks) and not any(look.served for look in looks):
        return DomainOutcome.NOT_ARCHIVED, "no capture of a policy's address nor of the homepage"
    if (missed := ledger.captures.missed(domain_id)) is not None:
        return DomainOutcome.INCOMPLETE, missed
    if captures and not any(capture.outcome in READ for capture in captures):
        return DomainOutcome.NO_POLICY_FOUND, "none of the captures could be read, or was of the dates asked for"
    if captures:
        return DomainOutcome.NO_POLICY_FOUND, "none of the captures whose address looked like a policy's was one"
    return DomainOutcome.NO_POLICY_FOUND, "neither by address nor by a homepage's link"
