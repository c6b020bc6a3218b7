"""Likely addresses: where playback is asked whether a policy is archived that neither the index nor a link has named.

An index may stop early and not say so. Playback names the capture of an address that is nearest to a date, however far
away: one request for each address tells whether there is any.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crawler.known import KnownCapture, LikelyAddress, MatchType, WantedQuery, is_asked_for
from crawler.planning.addresses import may_hold_policy, policy_addresses
from crawler.planning.homepages import by_day, span
from pipelines.surt import key_of

#: Where policies stand most often: of 591 addresses of real ones, two in five begin with one of the first two.
LIKELY_ADDRESSES = ("privacy", "privacy-policy", "privacy.html", "legal/privacy", "privacypolicy", "datenschutz")


def next_likely(
    domain: str, captures: Sequence[KnownCapture], asked: Sequence[LikelyAddress], *, since: str, until: str,
    now: datetime,
) -> tuple[tuple[str, ...], str]:  # fmt: skip
    """The addresses to ask playback for, and the date near which: the middle of the time that the crawl asks for.

    None where something may be the policy; and none that was asked for, or of which a capture is known.
    """
    first, last = span(since, until, now)
    date = by_day(first + (last - first) / 2)
    if may_hold_policy(captures):
        return (), date
    known = {capture.urlkey for capture in captures} | {key_of(address.url) for address in asked}
    urls = [f"http://{domain}/{path}" for path in LIKELY_ADDRESSES]
    return tuple(url for url in urls if key_of(url) not in known), date


def likely_queries(
    captures: Sequence[KnownCapture], asked: Sequence[LikelyAddress], *, since: str, until: str
) -> list[WantedQuery]:
    """The queries for the addresses of which playback named a capture of the crawl's dates, best first.

    Once a policy is found, only for those at which one was found.
    """
    held = policy_addresses(captures)
    urls = [address.url for address in asked if address.offered and is_asked_for(address.offered, since, until)]
    return [WantedQuery(url, MatchType.EXACT) for url in urls if not held or key_of(url) in held]
