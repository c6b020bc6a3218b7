"""Which of a domain's addresses are worth fetching, and how thoroughly."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.discovery.keywords import url_score
from crawler.discovery.primary import is_barren, rank
from crawler.ledger.captures import Address, Known, addresses_of
from crawler.planning.selection import next_captures

#: Addresses of one domain that are fetched.
MAX_ADDRESSES = 10
#: Of these, those whose every change is dated; the others (cookie policies, legal notices, doubtful ones) are only
#: fetched once per half-year.
THOROUGH = 3
#: The least rank of an address that may hold the main policy.
MAIN_RANK = 0.5
#: The least score of an address to be fetched beside the policy: below are articles, products and searches, which are
#: tried only while no policy is found.
WORTHY = 0.2


def wanted_addresses(captures: Sequence[Known], plan: str) -> dict[str, str]:
    """urlkey -> plan for the addresses to fetch, best first, by what is known of them."""
    addresses = addresses_of(captures)
    has_policy = any(address.policies for address in addresses)
    worthy = [address for address in addresses if _is_worthy(address, has_policy=has_policy)]
    worthy.sort(key=lambda address: (not is_barren(address), rank(address)), reverse=True)
    plans = {}
    for place, address in enumerate(worthy[:MAX_ADDRESSES]):
        thorough = place == 0 or (place < THOROUGH and rank(address)[0] >= MAIN_RANK)
        plans[address.urlkey] = plan if (thorough and not is_barren(address)) or plan == "all" else "grid"
    return plans


def _is_worthy(address: Address, *, has_policy: bool) -> bool:
    if address.policies or address.found_by != "url_keyword" or url_score(address.url) >= WORTHY:
        return True
    return not has_policy and not is_barren(address)


def probes(plans: dict[str, str], captures: Sequence[Known], *, since: str = "", until: str = "") -> list[int]:
    """One capture of the best address that none was read of yet, while no policy is found: a request or two tell
    which address is the main one, before any row has to say so. Empty once that is known."""
    if any(capture.is_policy for capture in captures):
        return []
    tried = {capture.urlkey for capture in captures if capture.outcome is not None}
    for urlkey in plans:
        if urlkey not in tried:
            chosen = next_captures({urlkey: "grid"}, captures, since=since, until=until)
            of_address = {capture.id for capture in captures if capture.urlkey == urlkey}
            if chosen := [capture_id for capture_id in chosen if capture_id in of_address]:
                return [chosen[len(chosen) // 2]]
    return []
