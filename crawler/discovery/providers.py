"""Services that sites embed, run on or link to (``providers.toml``): their policy is not that of the site."""

from __future__ import annotations

from functools import cache

from pipelines.domains import operator_domain, registrable_domain
from pipelines.word_tables import WordTable, all_words, read_word_table


def is_providers(host: str, ours: str) -> bool:
    """True if a host is a provider's own, seen from a page of the registered domain ``ours``.

    >>> is_providers("www.zendesk.com", "site.example"), is_providers("acme.zendesk.com", "site.example")
    (True, False)
    """
    table, theirs = _table(), operator_domain(host)
    if theirs not in _providers() or host in table["documents"]["hosts"]:
        return False
    if ours in table["families"].get(theirs, ()):
        return False
    name = theirs.partition(".")[0]
    if name == ours.partition(".")[0] and len(name) > 2:
        return False  # google.co.uk and google.com
    customers = table["hosts_of_customers"]
    return (
        theirs not in customers["providers"]
        or host == theirs
        or host.removesuffix(f".{theirs}") in customers["but_not"]
    )


def may_be_customers(host: str) -> bool:
    """True if a host may be a customer's, a user's or some section's; false for a site's own.

    >>> may_be_customers("acme.example.com"), may_be_customers("www.example.com"), may_be_customers("example.com")
    (True, False, False)
    """
    labels = host.removesuffix(registrable_domain(host)).split(".")
    return any(label and label not in _table()["hosts_of_customers"]["but_not"] for label in labels)


@cache
def _table() -> WordTable:
    sections = ("providers", "hosts_of_customers", "documents", "families")
    return read_word_table("crawler.discovery", "providers.toml", sections=sections)


@cache
def _providers() -> frozenset[str]:
    return all_words(_table()["providers"])
