"""Where to look for a domain's policy when its addresses do not tell, or not for all years: pure decisions.

A look is a request to playback for the homepage near a date: it offers the nearest capture, and costs the index
nothing. What a homepage links to is then asked of the index by its exact address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from crawler.ledger.captures import Known, Look
from crawler.planning.selection import is_asked_for, is_redirect

#: The Wayback Machine's first full year.
FIRST_YEAR = 1997
#: Looks at one domain's homepage in one crawl.
MAX_LOOKS = 6
#: A span without captures that is longer than this is looked into.
GAP = timedelta(days=548)
#: How far beyond the first and the last known capture to look.
BEYOND = timedelta(days=365)

#: Where policies stand most often, for domains too large for a query over all of them. Prefixes: ``/privacy`` also
#: finds ``/privacy-policy`` and ``/privacy.html``.
LIKELY_ADDRESSES = ("privacy", "legal/privacy", "about/privacy", "policies/privacy", "datenschutz")


@dataclass(frozen=True, slots=True)
class Homepages:
    """Looks to take: near these timestamps, or anywhere in time if need be."""

    timestamps: tuple[str, ...]
    anywhere: bool


def next_looks(
    captures: Sequence[Known], looks: Sequence[Look], *, since: str, until: str, now: datetime
) -> Homepages | None:
    """The next looks at a domain's homepage, ``None`` where there is no reason for any."""
    if len(looks) >= MAX_LOOKS or any(look.is_absent for look in looks):
        return None
    first = _time(since) if since else datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    last = min(_end(until), now) if until else now
    pages = sorted(
        _time(c.timestamp) for c in captures if not is_redirect(c) and c.outcome not in ("not_policy", "soft_block")
    )
    if not any(capture.outcome in ("stored", "unchanged") for capture in captures):
        return _search(looks, first, last)
    asked = [_time(look.asked) for look in looks]
    wanted = []
    edges = [(first, pages[0], pages[0] - BEYOND), (pages[-1], last, pages[-1] + BEYOND)]
    inner = [(a, b, a + (b - a) / 2) for a, b in pairwise(pages)]
    for start, end, date in (*edges, *inner):
        if end - start > GAP and not any(start < look < end for look in asked):
            wanted.append(_digits(date))
    wanted = [date for date in wanted if is_asked_for(date, since, until)][: MAX_LOOKS - len(looks)]
    return Homepages(tuple(wanted), anywhere=False) if wanted else None


def _search(looks: Sequence[Look], first: datetime, last: datetime) -> Homepages | None:
    """Nothing is known: one look after the other, the middle of the time first."""
    for share in (0.5, 0.75, 0.25, 0.9, 0.1):
        date = _digits(first + (last - first) * share)
        if not any(look.asked[:4] == date[:4] or (look.served or "")[:4] == date[:4] for look in looks):
            return Homepages((date,), anywhere=True)
    return None


def _time(timestamp: str) -> datetime:
    padded = timestamp + "00000101000000"[len(timestamp) :]
    return datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _end(until: str) -> datetime:
    """The last moment of a year, month or day."""
    start = _time(until)
    if len(until) <= 4:
        return start.replace(month=12, day=31)
    return start + timedelta(days=27 if len(until) <= 6 else 1)


def _digits(when: datetime) -> str:
    return f"{when:%Y%m%d}000000"  # by the day: a resumed crawl asks for the same
