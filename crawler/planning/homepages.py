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
from crawler.planning.addresses import policy_addresses
from crawler.planning.captures import is_page

#: The Wayback Machine's first full year.
FIRST_YEAR = 1997
#: Looks at one domain's homepage in one crawl.
MAX_LOOKS = 5
#: The order in which the whole time is searched where nothing is known, as shares of it. The present is among them: a
#: later crawl finds there what is new.
SEARCH = (0.5, 0.75, 0.25, 1.0, 0.1)
#: A span without captures that is longer than this is looked into.
GAP = timedelta(days=548)
#: Years of which nothing was archived, as far as is known, are looked into where they are more than these.
SILENCE = timedelta(days=6 * 365)
#: How far beyond the first and the last known capture to look.
BEYOND = timedelta(days=365)
#: A homepage this near to a known capture would tell nothing new.
EDGE = timedelta(days=30)

#: Where policies stand most often, for domains too large for a query over all of them: exact addresses, which any
#: index can answer, then all that begins like them.
LIKELY_ADDRESSES = ("privacy", "privacy-policy", "privacy.html", "legal/privacy")
LIKELY_PREFIXES = ("privacy", "legal/privacy", "about/privacy", "policies/", "datenschutz")


@dataclass(frozen=True, slots=True)
class WantedLook:
    """A look to take."""

    timestamp: str
    """The date near which a homepage is wanted, 14 digits."""
    window_days: int | None
    """How far from it a capture may be; ``None`` for any distance."""


def next_looks(
    captures: Sequence[Known], looks: Sequence[Look], *, since: str, until: str, now: datetime
) -> list[WantedLook]:
    """The next looks at a domain's homepage; empty where there is no reason for any."""
    if any(look.is_absent for look in looks):
        return []
    first = _time(since) if since else datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    last = min(_end(until), now) if until else now
    held = policy_addresses(captures)
    if not held:
        return _search(looks, first, last)
    pages = sorted(
        _time(c.timestamp)
        for c in captures
        if c.urlkey in held and is_page(c) and c.outcome not in ("not_policy", "soft_block", "empty")
    )
    return _fill(pages, looks, first, last)


def _fill(pages: Sequence[datetime], looks: Sequence[Look], first: datetime, last: datetime) -> list[WantedLook]:
    """A look inside each long span of which nothing is known, the longest ones first.

    Beyond the first and the last capture it is taken a year away: further off, the address may be another one. A
    homepage that still links to the policy divides the span. One that does not, or that is not there, ends it; where
    it only redirects or could not be loaded, another date is tried, and where another capture within the span is
    offered, that one.
    """
    linking = [_time(look.served) for look in looks if look.served and look.has_link]
    points = sorted([*pages, *linking])
    before, *inner, after = pairwise([first, *points, last])
    spans = [(*before, points[0] - BEYOND if points[0] in pages else _middle(*before))]
    spans.append((*after, points[-1] + BEYOND if points[-1] in pages else _middle(*after)))
    spans += [(*span, _middle(*span)) for span in sorted(inner, key=lambda span: span[0] - span[1])]
    in_vain = [look for look in looks if not (look.served and look.has_link)]
    wanted = []
    for start, end, date in spans:
        is_long = end - start > GAP and start < last and end > first
        tried = [look for look in in_vain if start < _time(look.asked) < end]
        if tried:
            again = _elsewhere(tried[0], start, end) if len(tried) == 1 else None
            if again is None:
                continue
            date = again
        if is_long:
            window = min(date - start, end - date) - EDGE
            wanted.append(WantedLook(_digits(date), window.days))
    return wanted[: max(0, MAX_LOOKS - len(looks))]


def _elsewhere(look: Look, start: datetime, end: datetime) -> datetime | None:
    """Where else in a span to look, once, after a look that does not tell what is there."""
    at = _time(look.asked)
    if look.offered:
        offered = _time(look.offered)
        if start + EDGE < offered < end - EDGE:
            return offered
        silent_until = at + (at - offered)  # nothing is nearer than what was offered
        return _middle(silent_until, end) if offered < at and end - silent_until > SILENCE else None
    if not (look.is_redirect or look.is_missed):
        return None
    return _middle(at, end) if end - at > at - start else _middle(start, at)  # on the longer side of it


def _middle(start: datetime, end: datetime) -> datetime:
    return start + (end - start) / 2


def _search(looks: Sequence[Look], first: datetime, last: datetime) -> list[WantedLook]:
    """Nothing is known: one look after the other, the middle of the time first."""
    for share in SEARCH:
        date = _digits(first + (last - first) * share)
        if not any(look.asked[:4] == date[:4] or (look.served or "")[:4] == date[:4] for look in looks):
            return [WantedLook(date, None)]
    return []


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
