"""Which of a domain's addresses are worth fetching, and how thoroughly."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.discovery.primary import is_barren, may_be_main, rank
from crawler.ledger.captures import Address, Known, addresses_of
from crawler.planning.selection import next_captures

#: Addresses of one domain that are fetched.
MAX_ADDRESSES = 10
#: Of these, those whose every change is dated; the others (cookie policies, legal notices, doubtful ones) are only
#: fetched once per half-year.
THOROUGH = 3
#: The least rank of an address that may hold the main policy.
MAIN_RANK = 0.5


def wanted_addresses(captures: Sequence[Known], plan: str) -> dict[str, str]:
    """urlkey -> plan for the addresses to fetch, best first, by what is known of them.

    Articles, products and searches are tried only while no policy is found.
    """
    addresses = addresses_of(captures)
    has_policy = any(address.policies and may_be_main(address.url, address.found_by) for address in addresses)
    worthy = [address for address in addresses if _is_worthy(address, has_policy=has_policy)]
    worthy.sort(key=lambda address: (not is_barren(address), rank(address)), reverse=True)
    plans = {}
    for place, address in enumerate(worthy[:MAX_ADDRESSES]):
        thorough = place == 0 or (place < THOROUGH and rank(address)[0] >= MAIN_RANK)
        plans[address.urlkey] = plan if (thorough and not is_barren(address)) or plan == "all" else "grid"
    return plans


def policy_addresses(captures: Sequence[Known]) -> set[str]:
    """The addresses (urlkeys) at which a main policy was found."""
    return {capture.urlkey for capture in captures if capture.is_policy and may_be_main(capture.url, capture.found_by)}


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
