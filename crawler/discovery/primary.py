"""Which of a domain's addresses holds its main privacy policy on a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import log10

from crawler.discovery.ownership import is_own
from crawler.discovery.url_scores import elsewhere, is_aside, is_dead_end, is_homepage, url_score
from crawler.ledger.captures import Address, Known, addresses_of, half_year_number, key_of
from pipelines.outcomes import Kind

#: What a homepage's own link, or a redirect, counts for, against an address that only looks like a policy's.
LINKED = 0.6
#: How an address was found if not by its words alone.
LED_TO = frozenset({"homepage_link", "redirect", "given"})
#: Half-years between two captures of an address over which it is taken to have stood there.
APART = 6
#: The least score of an address whose words alone may make it the main policy's.
WORTHY = 0.2
#: The least score of an address whose words name a privacy policy, and neither a cookie policy nor a legal notice.
A_POLICYS = 0.4


def is_primary(url: str, timestamp: str, kind: str, addresses: Sequence[Address]) -> bool:
    """Whether a capture is the main privacy policy of its domain on that date.

    It has to be a privacy policy, and no better address may have been captured not long before and not long after it.
    The index says which address is better; one of which captures were read and none was a privacy policy (a page
    about privacy in general, a cookie policy, an article) is out. Of the same page under another query
    (``/privacy?ref=footer``) a capture counts where the page itself has none in that half-year. A policy for children,
    applicants or one state is never the main one where the domain has another, however rarely that was captured.
    """
    if kind != Kind.PRIVACY_POLICY:
        return False
    if is_aside(url) and any(_is_for_all(address) for address in addresses):
        return False
    own = key_of(url)
    when = half_year_number(timestamp)
    there = [
        a
        for a in addresses
        if may_be_main(a.url, a.found_by) and (a.urlkey == own or (not is_barren(a) and _stands(a, when, own)))
    ]
    best = max(there, key=rank, default=None)
    return best is not None and best.urlkey == own


def main_policies(captures: Sequence[Known], verdicts: Sequence[tuple[str, str, str]]) -> list[bool]:
    """Which of a domain's stored captures (14 digits, URL, kind as judged now) are its main policy.

    ``captures`` are all that are known of it, with the kinds of the last judgement.
    """
    kinds = {(key_of(url), timestamp): kind for timestamp, url, kind in verdicts}
    judged = [
        replace(one, kind=kinds.get((one.urlkey, one.timestamp))) if one.outcome == "stored" else one
        for one in captures
    ]
    addresses = addresses_of(judged)
    return [is_primary(url, timestamp, kind, addresses) for timestamp, url, kind in verdicts]


def may_be_main(url: str, found_by: str) -> bool:
    """Whether the main policy may stand at an address: a link or redirect led there, or its words say so.

    An article below ``/news/`` and a product named for privacy are not it, whatever their texts sound like.
    """
    return found_by in LED_TO or (url_score(url) >= WORTHY and not elsewhere(url))


def may_have_moved_to(url: str, domain: str, *, held_policy: bool) -> bool:
    """Whether the index is to be asked for a redirect's target: its words say so, or it is a page of the same site that
    took the place of one that held the policy or that a homepage called so."""
    if is_dead_end(url) or elsewhere(url):
        return False
    return url_score(url) >= WORTHY or (held_policy and is_own(domain, url) and not is_homepage(url))


def _is_for_all(address: Address) -> bool:
    """Whether the policy for everybody stands at an address, as far as is known."""
    named = address.policies > 0 or address.found_by in LED_TO or url_score(address.url) >= A_POLICYS
    return named and may_be_main(address.url, address.found_by) and not is_barren(address) and not is_aside(address.url)


def is_barren(address: Address) -> bool:
    """Whether captures of an address were read, and none of them was a privacy policy."""
    return address.judged > 0 and address.policies == 0


def _stands(address: Address, when: int, beside: str) -> bool:
    """Whether an address was captured in a half-year, or before and after it and not too far apart."""
    if page_of(address.urlkey) == page_of(beside):
        return when in address.half_years
    before = max((h for h in address.half_years if h <= when), default=None)
    after = min((h for h in address.half_years if h >= when), default=None)
    return before is not None and after is not None and after - before <= APART


def page_of(urlkey: str) -> str:
    """An address without its query, where the path alone says what it is: ``?page=privacy`` is no such query."""
    path, _, query = urlkey.partition("?")
    return path if query and url_score("http://a.com/" + path.partition(")/")[2]) >= WORTHY else urlkey


@lru_cache(4096)
def rank(address: Address) -> tuple[float, int, str]:
    """How much an address looks like the main policy's; the older and shorter one where nothing else decides."""
    linked = LINKED if address.found_by in LED_TO else 0.0
    often = 0.1 * min(log10(address.captures), 2.0)
    return url_score(address.url) + linked + often, -len(address.urlkey), address.urlkey
