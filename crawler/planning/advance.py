"""What a domain wants next, once nothing of it is under way: captures, another look for its policy, or its end."""

from __future__ import annotations

from crawler.arguments import Arguments
from crawler.ledger import Ledger
from crawler.ledger.domains import NOT_SHOWN
from crawler.planning.homepages import homepage_dates
from crawler.planning.selection import next_captures
from pipelines.schema import EXCLUDED, INCOMPLETE, NO_POLICY_FOUND, NOT_ARCHIVED


def advance(ledger: Ledger, crawl_id: str, domain_id: int, arguments: Arguments) -> None:
    """Plans a domain's next captures or homepages; closes it where there is nothing left to plan."""
    if ledger.domains.has_work(domain_id):
        return
    known = ledger.domains.knowledge(domain_id, crawl_id)
    if known.outcome == EXCLUDED:
        ledger.domains.close(domain_id, EXCLUDED, known.detail)
        return
    captures = ledger.captures.of(domain_id)
    if arguments.source != "captures":
        chosen = next_captures(arguments.plan, captures, since=arguments.since, until=arguments.until)
        if chosen:
            ledger.captures.plan(chosen)
            return
    if arguments.source in ("domain", "domains"):
        dates = homepage_dates(captures, probed=known.probed, since=arguments.since, until=arguments.until)
        if dates and ledger.captures.plan_homepages(domain_id, f"http://{known.domain}/", dates):
            return
    if any(capture.outcome in ("stored", "unchanged") for capture in captures):
        ledger.domains.close(domain_id, INCOMPLETE if known.incomplete else None, known.incomplete)
    elif known.is_hidden:
        ledger.domains.close(domain_id, EXCLUDED, NOT_SHOWN)
    elif known.incomplete is not None:
        ledger.domains.close(domain_id, INCOMPLETE, known.incomplete)
    elif captures:
        ledger.domains.close(domain_id, NO_POLICY_FOUND, "none of the captures that looked like it was a policy")
    elif known.homepages_seen or known.homepages_asked == 0:
        ledger.domains.close(domain_id, NO_POLICY_FOUND, "neither by address nor by a homepage's link")
    else:
        ledger.domains.close(domain_id, NOT_ARCHIVED, "no capture of a policy's address nor of the homepage")
