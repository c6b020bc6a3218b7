"""When a domain is visited again, and how: by playback, which the archive has more of than of its index. Pure.

A domain that is known is visited by asking playback for the newest capture of its main address, or of its homepage
where it has no such address. Where that is new, ``planning.next_step`` goes on. The index is asked for the whole
domain again after ``Pace.rediscover``, and where a visit would not tell.

What an earlier crawl left decides what is asked, and what the answer leads to::

    left                            asked                  nothing newer    newer
    ------------------------------  ---------------------  ---------------  -----------------------------------------
    a main address                  the address            stays as it was  the same text: stays as it was; another
                                                                            one: the index, for that address since the
                                                                            last capture; no policy: the whole domain
    no policy found                 the homepage           stays as it was  a link that leads to a policy: the whole
                                                                            domain; else it stays as it was
    not archived, excluded          the homepage           stays as it was  archived, or shown: the whole domain
    incomplete, without an address  the whole domain
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from crawler.arguments import Arguments, read_duration
from crawler.known import NO_DIGEST, Before, KnownCapture, MainAddress, MatchType, Visit, WantedQuery
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.timestamps import moment

#: No domain is left alone for longer, but for those of which nothing is archived or shown.
LONGEST = timedelta(days=90)
DEAD = timedelta(days=365)
#: How many times a policy is looked at in the mean time between two of its changes.
LOOKS_PER_CHANGE = 8
#: How early a domain is taken before it is due, as a share of the pace: a timer that comes early leaves none out.
EARLY = 0.1
#: Outcomes of domains that have no main address and need none to be visited: their homepage tells what is new.
_BY_HOMEPAGE = (DomainOutcome.NO_POLICY_FOUND, DomainOutcome.NOT_ARCHIVED, DomainOutcome.EXCLUDED)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often domains are visited: the settings MIN_REFRESH and REDISCOVER_DAYS, and the argument ``refresh``."""

    least: timedelta = timedelta(days=7)
    """The least time between two visits."""
    rediscover: timedelta = timedelta(days=180)
    """The time after which the index is asked for the whole of a domain again."""
    fixed: timedelta | None = None
    """Where it is given, the time between two visits of any domain."""

    @classmethod
    def of(cls, settings: Mapping[str, Any], arguments: Arguments) -> Pace:
        """The pace of settings and arguments that were checked."""
        return cls(
            least=read_duration(str(settings["MIN_REFRESH"])),
            rediscover=timedelta(days=int(settings["REDISCOVER_DAYS"])),
            fixed=read_duration(arguments.refresh) if arguments.refresh else None,
        )

    @property
    def early(self) -> timedelta:
        """How much earlier than it is due a domain may be taken."""
        return (self.least if self.fixed is None else self.fixed) * EARLY


def visited(before: Before, domain: str, arguments: Arguments, pace: Pace, now: float) -> MainAddress | str | None:
    """What a visit of a known domain asks playback for: its main address, or its homepage's URL.

    ``None`` if the index has to be asked for the whole domain: where it is new or left unfinished, where the dates that
    the crawl asks for have an end, and where that was too long ago. ``now`` is a Unix time.
    """
    is_settled = before.outcome is not None and not before.may_pass and not arguments.until
    if not is_settled or before.searched is None or _is_to_be_searched(domain, before.searched, pace, now):
        return None
    if before.is_excluded or before.outcome in _BY_HOMEPAGE:
        return f"http://{domain}/"
    return before.address


def _is_to_be_searched(domain: str, searched: float, pace: Pace, now: float) -> bool:
    """True once in each period of ``pace.rediscover``, at a time of its own for each domain, by a stable hash.

    The first time is between half a period and one and a half after the domain was searched.
    """
    period = pace.rediscover.total_seconds()
    if period == 0:
        return True
    share = int.from_bytes(hashlib.sha256(domain.encode()).digest()[:8], "big") / 2**64
    phase = share * period
    earliest = searched + period / 2
    return now >= math.ceil((earliest - phase) / period) * period + phase


def news(visit: Visit, captures: Sequence[KnownCapture]) -> list[KnownCapture]:
    """The captures of a visited address that were not known before, by time."""
    return [c for c in captures if c.urlkey == visit.urlkey and c.timestamp > visit.newest]


def shows_change(visit: Visit, captures: Sequence[KnownCapture]) -> bool:
    """True if the newest captures of a visited address show something else than the ones before, or can't be read.

    Those that the plan left untried do not count, once it wants no more.
    """
    new = [capture for capture in news(visit, captures) if capture.outcome is not None]
    before = [c for c in captures if c.urlkey == visit.urlkey and c.timestamp <= visit.newest]
    contents = {c.digest: what for c in captures if c.digest not in NO_DIGEST and (what := _shows(c)) is not None}
    seen = [_shows(c) or contents.get(c.digest) for c in before]
    last = next((what for what in reversed(seen) if what is not None), None)
    return bool(new) and (last is None or not any((_shows(c) or contents.get(c.digest)) == last for c in new[-2:]))


def is_lost(visit: Visit, captures: Sequence[KnownCapture]) -> bool:
    """True if a visited address holds no policy any more: it is gone, leads elsewhere, or shows something else."""
    new = news(visit, captures)
    is_read = any(_shows(capture) is not None for capture in new)
    return visit.is_gone or (is_read and not any(capture.is_policy for capture in new))


def whole_news(visit: Visit, captures: Sequence[KnownCapture], plan: str) -> WantedQuery:
    """The query for all captures of a visited address since the last one that was known.

    With the plan ``all`` that is the last one that the index has named: it wants also those between earlier visits.
    """
    here = [c for c in captures if c.urlkey == visit.urlkey and c.timestamp <= visit.newest]
    named = [c.timestamp for c in here if plan != "all" or c.digest not in NO_DIGEST]
    first = here[0]
    return WantedQuery(visit.url, MatchType.EXACT, first.found_by, since=max(named, default=first.timestamp))


def _shows(capture: KnownCapture) -> str | None:
    """What a capture shows: a policy's text, where a redirect leads, or no policy. ``None`` if it was not read."""
    if capture.is_policy or capture.outcome == Outcome.REDIRECT:
        return capture.content_key
    is_read = capture.content_key is not None and capture.outcome not in (Outcome.UNPLAYABLE, Outcome.FAILED)
    return "no policy" if is_read else None


def interval(outcome: str, captures: Sequence[KnownCapture], address: Collection[str], pace: Pace) -> timedelta:
    """The time until a domain is due again, by its own history.

    ``address`` is the main address (its urlkey), or nothing. Its policy is looked at ``LOOKS_PER_CHANGE`` times in the
    mean time between two changes, but not more often than the archive captures it.
    """
    if outcome in (DomainOutcome.NOT_ARCHIVED, DomainOutcome.EXCLUDED):
        return max(DEAD, pace.least)
    here = [capture for capture in captures if capture.urlkey in address and capture.is_page]
    read = [capture for capture in here if capture.content_key is not None]
    wanted = LONGEST
    if len(read) > 1:
        changes = sum(one.content_key != other.content_key for one, other in pairwise(read))
        between_changes = (moment(read[-1].timestamp) - moment(read[0].timestamp)) / (changes + 1)
        wanted = max(between_changes / LOOKS_PER_CHANGE, _mean_gap(here))
    return max(min(wanted, LONGEST), pace.least)


#: How many of the last captures tell how often the archive comes now.
_LAST = 12


def _mean_gap(captures: Sequence[KnownCapture]) -> timedelta:
    """The mean time between the last captures that the index named; visits themselves see only some."""
    named = [moment(capture.timestamp) for capture in captures if capture.digest not in NO_DIGEST][-_LAST:]
    return (named[-1] - named[0]) / (len(named) - 1) if len(named) > 1 else timedelta(0)
