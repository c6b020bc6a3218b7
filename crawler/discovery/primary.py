"""Which of a domain's addresses holds its main privacy policy on a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import log10

from crawler.discovery.ownership import host_of, is_own
from crawler.discovery.providers import may_be_customers
from crawler.discovery.url_scores import elsewhere, is_aside, is_dead_end, is_homepage, url_score
from crawler.known import Address, KnownCapture, addresses_of
from pipelines.outcomes import FoundBy, Kind, Outcome
from pipelines.surt import key_of
from pipelines.timestamps import half_year

#: Added to the rank of an address that a homepage's link or a redirect led to.
LINKED = 0.6
#: Ways of finding an address that do not rest on its words alone.
LED_TO = frozenset({FoundBy.HOMEPAGE_LINK, FoundBy.REDIRECT, FoundBy.GIVEN})
#: An address stood there all the time between two captures that are at most so many half-years apart.
APART = 6
#: Least ``url_score`` of an address that may be the main policy's by its words alone.
WORTHY = 0.2
#: Least ``url_score`` of an address whose words name a privacy policy; cookie policies and legal notices have less.
A_POLICYS = 0.4


def is_primary(url: str, timestamp: str, kind: str, addresses: Sequence[Address]) -> bool:
    """True if no higher-ranked URL of the domain was captured shortly before and after this one.

    - Only a privacy policy is primary.
    - A URL whose captures were read without finding a privacy policy (a page about privacy in general, a cookie
      policy, an article) outranks nothing.
    - The same page under another query (``/privacy?ref=footer``) is primary only in half-years in which the page
      itself (``/privacy``) was not captured.
    - A policy for children, applicants or one state is never primary where the domain has a policy for everybody,
      however rarely that one was captured.
    """
    if kind != Kind.PRIVACY_POLICY:
        return False
    if is_aside(url) and any(_is_for_all(address) for address in addresses):
        return False
    own = key_of(url)
    when = half_year(timestamp)
    worthy = [a for a in addresses if may_be_main(a.url, a.found_by)]
    there = [a for a in worthy if a.urlkey == own or (not has_only_non_policies(a) and _stands(a, when, own))]
    best = max(there, key=rank, default=None)
    return best is not None and best.urlkey == own


def main_policies(captures: Sequence[KnownCapture], verdicts: Sequence[tuple[str, str, str]]) -> list[bool]:
    """Which of a domain's stored captures are its main policy.

    ``verdicts`` are these captures: (14 digits, URL, kind as judged now). ``captures`` are all known captures of the
    domain, with the kinds of the last judgement.
    """
    kinds = {(key_of(url), timestamp): kind for timestamp, url, kind in verdicts}
    judged = [
        replace(one, kind=kinds.get((one.urlkey, one.timestamp))) if one.outcome == Outcome.STORED else one
        for one in captures
    ]
    addresses = addresses_of(judged)
    return [is_primary(url, timestamp, kind, addresses) for timestamp, url, kind in verdicts]


def may_be_main(url: str, found_by: str) -> bool:
    """True if the main policy may stand at an address: a link or redirect led there, or its words say so.

    An article (``/news/our-privacy``) or a product named for privacy never is the main policy, whatever its text.
    """
    return found_by in LED_TO or (url_score(url) >= WORTHY and not elsewhere(url))


def may_have_moved_to(url: str, domain: str, *, held_policy: bool) -> bool:
    """True if the index should be asked for a redirect's target.

    True if the target's words name a policy. Also true if the redirecting page held the policy (or a homepage's link
    called it so) and the target is another page of the same site.
    """
    if is_dead_end(url) or elsewhere(url):
        return False
    return url_score(url) >= WORTHY or (held_policy and is_own(domain, url) and not is_homepage(url))


def _is_for_all(address: Address) -> bool:
    """True if an address seems to hold the policy for everybody."""
    if has_only_non_policies(address) or is_aside(address.url) or not may_be_main(address.url, address.found_by):
        return False
    return address.policies > 0 or address.found_by in LED_TO or url_score(address.url) >= A_POLICYS


def has_only_non_policies(address: Address) -> bool:
    """True if captures of the address were read, and none of them was a privacy policy."""
    return address.judged > 0 and address.policies == 0


def _stands(address: Address, when: int, beside: str) -> bool:
    """True if an address held its page in half-year ``when``: captured then, or both before and after within ``APART``.

    For the same page under another query, only a capture in that half-year counts.
    """
    if page_of(address.urlkey) == page_of(beside):
        return when in address.half_years
    before = max((h for h in address.half_years if h <= when), default=None)
    after = min((h for h in address.half_years if h >= when), default=None)
    return before is not None and after is not None and after - before <= APART


def page_of(urlkey: str) -> str:
    """An address without its query, where the path alone names a policy.

    ``com,a)/privacy?ref=footer`` gives ``com,a)/privacy``; ``com,a)/index?page=privacy`` stays as it is.
    """
    path, _, query = urlkey.partition("?")
    return path if query and url_score("http://a.com/" + path.partition(")/")[2]) >= WORTHY else urlkey


@lru_cache(4096)
def rank(address: Address) -> tuple[bool, bool, float, int, str]:
    """How much an address that holds a policy is the main policy's, as a sort key.

    A homepage's link goes before everything else, then the site's own host before a subdomain's that may be somebody
    else's (``acme.example.com``), then what ``likelihood`` says.
    """
    return (address.is_linked, not may_be_customers(host_of(address.url)), *likelihood(address))


@lru_cache(4096)
def likelihood(address: Address) -> tuple[float, int, str]:
    """How much an address looks like the main policy's, as a sort key; of equals, the shorter address is higher."""
    linked = LINKED if address.is_linked or address.found_by in LED_TO else 0.0
    often = 0.1 * min(log10(address.captures), 2.0)
    return url_score(address.url) + linked + often, -len(address.urlkey), address.urlkey
