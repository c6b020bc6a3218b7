"""Which of a domain's addresses are worth fetching, and how thoroughly."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.discovery.primary import LED_TO, is_barren, may_be_main, page_of, rank
from crawler.discovery.url_scores import url_score
from crawler.ledger.captures import Address, Known, addresses_of
from crawler.planning.captures import is_redirect, next_captures
from pipelines.outcomes import Kind

#: How addresses were found that were asked for by name.
GIVEN = "given"
#: Addresses of one domain that are fetched; more only for half-years that none of these shows.
MAX_ADDRESSES = 10
MOST_ADDRESSES = 60
#: Addresses that are followed though nothing but redirects was captured of them.
MAX_REDIRECTING = 5
#: Of these, those whose every change is dated; the others (cookie policies, legal notices, doubtful ones) are only
#: fetched once per half-year.
THOROUGH = 3
#: The least rank of an address that may hold the main policy.
MAIN_RANK = 0.5


def wanted_addresses(captures: Sequence[Known], plan: str) -> dict[str, str]:
    """urlkey -> plan for the addresses to fetch, best first, by what is known of them.

    The best ones, and of the rest those that alone show a half-year. The same page under another query adds nothing
    but that. Those that were given by name are all fetched, and by the plan ``all`` every one. Articles, products and
    searches are tried only while no policy is found.
    """
    addresses = addresses_of(captures)
    has_policy = any(address.policies and may_be_main(address.url, address.found_by) for address in addresses)
    worthy = [address for address in addresses if _is_worthy(address, has_policy=has_policy)]
    worthy.sort(key=lambda address: (not (has_policy and is_barren(address)), rank(address)), reverse=True)
    plans: dict[str, str] = {}
    pages: set[str] = set()
    shown: set[int] = set()
    for address in worthy:
        place, page = len(plans), page_of(address.urlkey)
        is_main = rank(address)[0] >= MAIN_RANK and not (has_policy and is_barren(address))
        is_asked_for = plan == "all" or address.found_by == GIVEN
        adds = is_main and place < MOST_ADDRESSES and bool(address.half_years - shown)
        if (page in pages or place >= MAX_ADDRESSES) and not (is_asked_for or adds):
            continue
        thorough = place == 0 or (place < THOROUGH and is_main and page not in pages)
        plans[address.urlkey] = plan if thorough or plan == "all" else "grid"
        pages.add(page)
        if is_main:
            shown |= address.half_years
    return plans | dict.fromkeys(_only_redirecting(captures, plan), "grid")


def _only_redirecting(captures: Sequence[Known], plan: str) -> list[str]:
    """Addresses of which nothing but redirects was captured, and which may lead to the policy: those that were asked
    for by name, and the best of the others."""
    given = {capture.urlkey for capture in captures if capture.found_by == GIVEN}
    others = {capture.urlkey for capture in captures if not is_redirect(capture)}
    redirecting = {
        capture.urlkey: (capture.found_by not in LED_TO, -url_score(capture.url), len(capture.urlkey))
        for capture in captures
        if capture.urlkey not in others and may_be_main(capture.url, capture.found_by)
    }
    best = sorted(redirecting, key=lambda urlkey: (redirecting[urlkey], urlkey))
    return [key for place, key in enumerate(best) if plan == "all" or key in given or place < MAX_REDIRECTING]


def policy_addresses(captures: Sequence[Known]) -> set[str]:
    """The addresses (urlkeys) at which a main policy was found."""
    return {capture.urlkey for capture in captures if capture.is_policy and may_be_main(capture.url, capture.found_by)}


def may_hold_policy(captures: Sequence[Known]) -> bool:
    """Whether something was stored that may be the main policy: the judge of texts may err, and where a policy is to
    be expected its word alone does not make a domain one without policy."""
    return any(
        capture.is_policy
        or (
            capture.outcome == "stored"
            and capture.kind in (Kind.OTHER, Kind.TERMS)
            and (capture.found_by in LED_TO or url_score(capture.url) >= MAIN_RANK)
        )
        for capture in captures
    )


def _is_worthy(address: Address, *, has_policy: bool) -> bool:
    return may_be_main(address.url, address.found_by) or not (has_policy or is_barren(address))


def probes(plans: dict[str, str], captures: Sequence[Known], *, since: str = "", until: str = "") -> list[int]:
    """One capture of the best address that none was read of yet, while no policy is found: a request or two tell
    which address is the main one, before any row has to say so. Empty once that is known."""
    if policy_addresses(captures):
        return []
    tried = {capture.urlkey for capture in captures if capture.outcome is not None}
    for urlkey in plans:
        if urlkey not in tried:
            chosen = next_captures({urlkey: "grid"}, captures, since=since, until=until)
            of_address = {capture.id for capture in captures if capture.urlkey == urlkey}
            if chosen := [capture_id for capture_id in chosen if capture_id in of_address]:
                return [chosen[len(chosen) // 2]]
    return []
