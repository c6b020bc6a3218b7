"""Which of a domain's addresses are worth fetching, and how thoroughly."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.discovery.primary import rank
from crawler.ledger.captures import Known, addresses_of

#: Addresses of one domain that are fetched.
MAX_ADDRESSES = 10
#: Of these, those whose every change is dated; the others (cookie policies, legal notices, doubtful ones) are only
#: fetched once per half-year.
THOROUGH = 3
#: The least rank of an address that may hold the main policy.
MAIN_RANK = 0.5


def wanted_addresses(captures: Sequence[Known], plan: str) -> dict[str, str]:
    """urlkey -> plan for the addresses to fetch, by what the index knows of them."""
    ranked = sorted(addresses_of(captures), key=rank, reverse=True)[:MAX_ADDRESSES]
    plans = {}
    for place, address in enumerate(ranked):
        thorough = place == 0 or (place < THOROUGH and rank(address)[0] >= MAIN_RANK)
        plans[address.urlkey] = plan if thorough or plan == "all" else "grid"
    return plans
