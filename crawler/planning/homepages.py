"""When to visit a domain's homepage for a link to its policy: pure decisions.

Homepages are visited where addresses alone do not tell where the policy is, or not for all years, or where several held
one at the same time: the link tells which is the main one. A visit is a playback request for the homepage near a date:
the archive answers with the nearest capture, and the index is not asked. The index is then asked for the exact address
that the homepage links to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise

from crawler.discovery.primary import page_of
from crawler.discovery.url_scores import is_aside
from crawler.known import HomepageVisit, KnownCapture
from crawler.planning.addresses import policy_addresses
from pipelines.outcomes import FoundBy, Outcome
from pipelines.timestamps import FIRST_HOMEPAGES, half_year, half_year_start, moment

#: Visits of one domain's homepage in one crawl.
MAX_VISITS = 5
#: Where nothing is known: the dates of the visits, in their order, as shares of the whole time. The present (1.0) is
#: among them: a later crawl finds there what is new.
SEARCH = (0.5, 0.75, 0.25, 1.0, 0.1)
#: A time without captures that is longer than this is a gap, and gets a visit.
GAP = timedelta(days=548)
#: A time of which nothing is archived, as far as is known, gets a second visit if it is longer than this.
SILENCE = timedelta(days=6 * 365)
#: How far before the first and after the last known capture to visit.
BEYOND = timedelta(days=365)
#: A homepage this near to a known capture would tell nothing new.
EDGE = timedelta(days=30)
#: Of the addresses that held a policy at the same time, this many of the most often captured are told apart.
CONTESTANTS = 3
#: Half-years in which both addresses of a policy that moves may be captured.
A_MOVE = 2
#: Outcomes of captures that show no policy.
_NO_POLICY = (Outcome.NOT_POLICY, Outcome.SOFT_BLOCK, Outcome.EMPTY)


@dataclass(frozen=True, slots=True)
class WantedVisit:
    """A homepage visit to plan."""

    timestamp: str
    """The date near which a homepage is wanted, 14 digits."""
    window_days: int | None
    """How far from it a capture may be; ``None`` for any distance."""


def next_visits(
    captures: Sequence[KnownCapture], visits: Sequence[HomepageVisit], *, since: str, until: str, now: datetime
) -> list[WantedVisit]:
    """The next visits of a domain's homepage; empty if none is needed, or if this crawl has had its ``MAX_VISITS``."""
    if any(visit.is_absent for visit in visits):
        return []
    first, last = span(since, until, now)
    held = policy_addresses(captures)
    if not held:
        return _search(visits, first, last)
    pages = [c for c in captures if c.urlkey in held and c.is_page and c.outcome not in _NO_POLICY]
    times = sorted(moment(capture.timestamp) for capture in pages)
    wanted = [*_contests(pages, visits), *_fill(times, visits, first, last)]
    return wanted[: max(0, MAX_VISITS - len(visits))]


def span(since: str, until: str, now: datetime) -> tuple[datetime, datetime]:
    """The time that a crawl asks for, from the first archived homepages on, up to now."""
    first = moment(since or str(FIRST_HOMEPAGES))
    return first, min(moment(until, latest=True), now) if until else now


def _contests(pages: Sequence[KnownCapture], visits: Sequence[HomepageVisit]) -> list[WantedVisit]:
    """One visit in the midst of the half-years in which two addresses held a policy, while no homepage links to either.

    The same page under another query is one of them. A policy for some people is none. A few half-years are a move.
    """
    by_page: dict[str, list[KnownCapture]] = defaultdict(list)
    for capture in pages:
        if not is_aside(capture.url):
            by_page[page_of(capture.urlkey)].append(capture)
    looked = {half_year(visit.asked) for visit in visits}
    wanted = []
    often = sorted(by_page.values(), key=len, reverse=True)[:CONTESTANTS]
    for one, other in combinations(often, 2):
        both = sorted({half_year(c.timestamp) for c in one} & {half_year(c.timestamp) for c in other})
        is_told = any(capture.is_linked or capture.found_by == FoundBy.HOMEPAGE_LINK for capture in (*one, *other))
        if len(both) > A_MOVE and not is_told and looked.isdisjoint(both):
            wanted.append(WantedVisit(by_day(half_year_start(both[len(both) // 2])), BEYOND.days))
    return list(dict.fromkeys(wanted))


def _fill(
    pages: Sequence[datetime], visits: Sequence[HomepageVisit], first: datetime, last: datetime
) -> list[WantedVisit]:
    """One homepage visit in each gap longer than ``GAP``, longest gaps first.

    - Before the first and after the last capture the visit is one year away: further off, the policy may have had
      another address.
    - A homepage that still links to the policy divides its gap in two. One that does not, or that is not archived,
      closes it.
    - A homepage that only redirects, or could not be loaded, gets one more visit elsewhere in the gap. So does one of
      which the archive offers another date inside the gap.
    """
    linking = [moment(visit.served) for visit in visits if visit.served and visit.has_link]
    points = sorted([*pages, *linking])
    before, *inner, after = pairwise([first, *points, last])
    gaps = [(*before, points[0] - BEYOND if points[0] in pages else _middle(*before))]
    gaps.append((*after, points[-1] + BEYOND if points[-1] in pages else _middle(*after)))
    gaps += [(*gap, _middle(*gap)) for gap in sorted(inner, key=lambda gap: gap[0] - gap[1])]
    in_vain = [visit for visit in visits if not (visit.served and visit.has_link)]
    wanted = []
    for start, end, at in gaps:
        is_long = end - start > GAP and start < last and end > first
        tried = [visit for visit in in_vain if start < moment(visit.asked) < end]
        when = _elsewhere(tried[0], start, end) if tried else at
        if is_long and when is not None and len(tried) < 2:
            window = min(when - start, end - when) - EDGE
            wanted.append(WantedVisit(by_day(when), window.days))
    return wanted


def _elsewhere(visit: HomepageVisit, start: datetime, end: datetime) -> datetime | None:
    """The date of a second visit in a gap, where the first one does not tell what is there; else ``None``."""
    at = moment(visit.asked)
    if visit.offered:
        offered = moment(visit.offered)
        if start + EDGE < offered < end - EDGE:
            return offered
        silent_until = at + (at - offered)  # nothing is nearer than what was offered
        return _middle(silent_until, end) if offered < at and end - silent_until > SILENCE else None
    if not (visit.is_redirect or visit.is_missed):
        return None
    return _middle(at, end) if end - at > at - start else _middle(start, at)  # on the longer side of it


def _middle(start: datetime, end: datetime) -> datetime:
    return start + (end - start) / 2


def _search(visits: Sequence[HomepageVisit], first: datetime, last: datetime) -> list[WantedVisit]:
    """Visits one date of ``SEARCH`` after the other, while no policy is known."""
    for share in SEARCH:
        day = by_day(first + (last - first) * share)
        if not any(visit.asked[:4] == day[:4] or (visit.served or "")[:4] == day[:4] for visit in visits):
            return [WantedVisit(day, None)]
    return []


def by_day(when: date) -> str:
    """The day of a date or a time as 14 digits: a crawl that is resumed the same day asks for the same captures."""
    return f"{when:%Y%m%d}000000"
