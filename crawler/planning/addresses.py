"""Which of a domain's addresses to fetch, and how thoroughly. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.discovery.primary import LED_TO, has_only_non_policies, likelihood, may_be_main, page_of
from crawler.discovery.url_scores import url_score
from crawler.known import Address, KnownCapture, addresses_of
from crawler.planning.captures import OUTLINE, next_captures
from pipelines.outcomes import FoundBy, Kind, Outcome

#: Addresses of one domain that are fetched.
MAX_ADDRESSES = 10
#: The same, including those that alone show a half-year.
MOST_ADDRESSES = 60
#: Addresses of one domain that are fetched though nothing but redirects was captured of them.
MAX_REDIRECTING = 5
#: Best addresses of one domain whose every change is dated to within 30 days. Those of the others (cookie policies,
#: legal notices, doubtful ones) are dated to within half a year.
THOROUGH = 3
#: Least ``likelihood`` of an address that may hold the main policy.
MAIN_RANK = 0.5


def wanted_addresses(captures: Sequence[KnownCapture], plan: str) -> dict[str, str]:
    """The addresses to fetch, best first, each (urlkey) with its plan.

    Fetched are the best ``MAX_ADDRESSES``, those of the rest that alone show a half-year, and all that were given by
    name; with the plan ``all``, every one. The same page under another query counts as one of the rest. Articles,
    products and searches are fetched only while no policy is found.
    """
    addresses = addresses_of(captures)
    has_policy = any(address.policies and may_be_main(address.url, address.found_by) for address in addresses)
    worthy = [address for address in addresses if _is_worthy(address, has_policy=has_policy)]
    worthy.sort(key=likelihood, reverse=True)
    worthy.sort(key=lambda address: has_policy and has_only_non_policies(address))
    outlined = OUTLINE if plan == "versions" else plan
    plans: dict[str, str] = {}
    pages: set[str] = set()
    shown: set[int] = set()
    for address in worthy:
        place, page = len(plans), page_of(address.urlkey)
        is_main = likelihood(address)[0] >= MAIN_RANK and not (has_policy and has_only_non_policies(address))
        is_asked_for = plan == "all" or address.found_by == FoundBy.GIVEN
        adds = is_main and place < MOST_ADDRESSES and bool(address.half_years - shown)
        if (page in pages or place >= MAX_ADDRESSES) and not (is_asked_for or adds):
            continue
        thorough = place == 0 or (place < THOROUGH and is_main and page not in pages)
        plans[address.urlkey] = plan if thorough else outlined
        pages.add(page)
        if is_main:
            shown |= address.half_years
    return plans | dict.fromkeys(_only_redirecting(captures, plan), "grid" if plan == "all" else outlined)


def _only_redirecting(captures: Sequence[KnownCapture], plan: str) -> list[str]:
    """Addresses of which only redirects were captured, and which may lead to the policy.

    All that were asked for by name, and the best ``MAX_REDIRECTING`` of the others.
    """
    given = {capture.urlkey for capture in captures if capture.found_by == FoundBy.GIVEN}
    others = {capture.urlkey for capture in captures if not capture.is_redirect}
    redirecting = {
        capture.urlkey: (capture.found_by not in LED_TO, -url_score(capture.url), len(capture.urlkey))
        for capture in captures
        if capture.urlkey not in others and may_be_main(capture.url, capture.found_by)
    }
    best = sorted(redirecting, key=lambda urlkey: (redirecting[urlkey], urlkey))
    return [key for place, key in enumerate(best) if plan == "all" or key in given or place < MAX_REDIRECTING]


def policy_addresses(captures: Sequence[KnownCapture]) -> set[str]:
    """The addresses (urlkeys) at which a policy was found that may be the main one."""
    return {capture.urlkey for capture in captures if capture.is_policy and may_be_main(capture.url, capture.found_by)}


def may_hold_policy(captures: Sequence[KnownCapture]) -> bool:
    """True if something was stored that may be the main policy.

    A text that was judged as ``terms`` or ``other`` counts too, where a link led to it or its URL names a policy: the
    judgement may be wrong, and alone it does not make a domain one without policy.
    """
    return any(
        capture.is_policy
        or (
            capture.outcome == Outcome.STORED
            and capture.kind in (Kind.OTHER, Kind.TERMS)
            and (capture.found_by in LED_TO or url_score(capture.url) >= MAIN_RANK)
        )
        for capture in captures
    )


def _is_worthy(address: Address, *, has_policy: bool) -> bool:
    """True if an address is fetched though it may not be the main policy's: only while no policy is found."""
    return may_be_main(address.url, address.found_by) or not (has_policy or has_only_non_policies(address))


def probes(plans: dict[str, str], captures: Sequence[KnownCapture], *, since: str = "", until: str = "") -> list[int]:
    """While no policy is known: one capture of the best URL not tried yet. Empty once a policy is known.

    This tells cheaply which URL holds the policy, before any row has to say whether it is primary.
    """
    if policy_addresses(captures):
        return []
    tried = {capture.urlkey for capture in captures if capture.outcome is not None}
    for urlkey in plans:
        if urlkey not in tried and (chosen := next_captures({urlkey: "grid"}, captures, since=since, until=until)):
            return [chosen[len(chosen) // 2]]
    return []
