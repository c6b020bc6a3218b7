"""Whose policy a text is: the domain's own, its organisation's, or somebody else's."""

from __future__ import annotations

import re
from functools import cache

from pipelines.domains import registrable_domain
from pipelines.outcomes import Owner
from pipelines.urls import host_of
from pipelines.word_tables import all_words, read_word_table


def is_own(domain: str, url: str) -> bool:
    """True if a URL is of a domain: both have the same registrable domain. Two customers' hosts are two domains."""
    return registrable_domain(host_of(url)) == registrable_domain(domain)


def policy_owner(domain: str, policy_url: str, *, via_redirect: bool, text: str) -> Owner:
    """Whose policy stands at ``policy_url``, for the dataset's column of that name.

    ``same_domain``: the URL has the same registrable domain. ``same_organisation``: the domain itself redirected there
    (``via_redirect``), or the text names the domain or its name (``plimus.com`` or ``Plimus``). ``other``: neither; it
    is the policy of a parking company, a provider or a new owner.
    """
    if is_own(domain, policy_url):
        return Owner.SAME_DOMAIN
    if via_redirect or _names(domain, text):
        return Owner.SAME_ORGANISATION
    return Owner.OTHER


def _names(domain: str, text: str) -> bool:
    """True if the text names the domain, or its first label as a word or written apart (``lands end``)."""
    own = registrable_domain(domain)
    text = text.casefold()
    if re.search(rf"(?<![\w-]){re.escape(own)}(?![\w-]|\.\w)", text):
        return True
    label = own.partition(".")[0]
    if label.startswith("xn--"):
        try:
            label = label.encode().decode("idna")
        except UnicodeError:
            return False
    if len(label) < 4 or label in _common_names():
        return False  # `at.com`, `news.com`: every text has such a word
    name = r"[\W_]{0,3}".join(map(re.escape, label.replace("-", "")))
    return bool(re.search(rf"(?<![\w.@-]){name}(?![\w-]|\.\w)", text))


@cache
def _common_names() -> frozenset[str]:
    return all_words(read_word_table("crawler.discovery", "ownership.toml", sections=("common_names",))["common_names"])
