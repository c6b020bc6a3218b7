"""How many captures a domain is still expected to take, from which a crawl foretells its end. Pure.

Halving fetches a capture, and its text decides whether more are needed. So this is a range: the fewest, if a text
changed only where its neighbours are known to differ, and the most, if texts changed as often as those of sites that
change them often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import log2
from typing import NamedTuple

from crawler.known import KnownCapture, State, is_asked_for
from crawler.planning.captures import DATED, HALF_A_YEAR, OUTLINE, Interval, content_of, intervals, known_contents

#: Changes a year of a text that is changed often.
OFTEN = 0.5
_YEAR = timedelta(days=365)
#: How narrowly the plans that halve date a change.
_DATED = {"versions": DATED, OUTLINE: HALF_A_YEAR}


class Expected(NamedTuple):
    """How many captures."""

    fewest: float
    most: float

    def without(self, count: int) -> Expected:
        """The same without ``count`` captures that are counted elsewhere."""
        return Expected(max(0.0, self.fewest - count), max(0.0, self.most - count))


NOTHING = Expected(0.0, 0.0)


def expected(
    plans: Mapping[str, str], captures: Iterable[KnownCapture], *, since: str, until: str, believed: timedelta
) -> Expected:
    """How many captures ``planning.captures.next_captures`` wants of these addresses, now and later.

    Only the plans that halve look at a text first; of the others all is told at once, and nothing comes later.
    """
    series: dict[str, list[KnownCapture]] = {urlkey: [] for urlkey, plan in plans.items() if plan in _DATED}
    for capture in captures:
        if capture.urlkey in series and capture.is_page and is_asked_for(capture.timestamp, since, until):
            series[capture.urlkey].append(capture)
    fewest = most = 0.0
    for urlkey, group in series.items():
        contents = known_contents(group)
        for interval in intervals(group, contents):
            few, many = _of(interval, contents, _DATED[plans[urlkey]], believed)
            fewest, most = fewest + few, most + many
    return Expected(fewest, most)


def _of(interval: Interval, contents: Mapping[str, str], dated: timedelta, believed: timedelta) -> Expected:
    """What one interval is expected to take."""
    left, right, length = interval.left, interval.right, interval.length
    is_change = False
    if left is not None and right is not None:
        is_change = content_of(left, contents) != content_of(right, contents)
        if length <= (dated if is_change else believed):
            return NOTHING
    untried = sum(capture.state == State.KNOWN for capture in interval.between)
    places = min(untried, length / dated)
    looks = (left is None) + (right is None) + length / max(believed, _YEAR)
    often = max(int(is_change), OFTEN * (length / _YEAR))
    return Expected(*(min(untried, max(looks, _to_date(changes, places))) for changes in (int(is_change), often)))


def _to_date(changes: float, places: float) -> float:
    """How many captures it takes to date ``changes`` by halving, if they may be at this many ``places``."""
    share = min(changes, 1)  # less than one change: by its chance
    changes = max(changes, 1)
    return share * changes * (log2(max(places / changes, 1)) + 1)
