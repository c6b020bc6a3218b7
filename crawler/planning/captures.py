"""Which captures to fetch next: pure functions over what is known of a domain's captures.

The captures of one address (urlkey) are a *series*. Captures of a series with the same digest have the same text;
only one of them is fetched. What a capture shows (``KnownCapture.content_key``) is its *content*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from crawler.known import NO_DIGEST, KnownCapture, State, is_asked_for
from pipelines.outcomes import Outcome
from pipelines.timestamps import distance, half_year, moment

#: An address's plan beside those of a crawl (``PLANS``): as ``versions``, but changes are dated to half a year only.
OUTLINE = "outline"
#: ``versions`` dates each change to within this; closer neighbours are not halved.
DATED = timedelta(days=30)
#: The policy is believed to have had the same text all the time between two captures with it that are at most this far
#: apart: few sites change their policy back. The setting ``BELIEVED_DAYS`` gives another time.
BELIEVED = timedelta(days=730)
#: ``outline`` dates each change to within this. It is also how far two captures without any text (a bot wall's pages,
#: errors) are believed: they do not tell what stood between them.
HALF_A_YEAR = timedelta(days=183)
#: Captures tried in one half-year of a series until one can be played.
TRIES_PER_HALF_YEAR = 3
#: Outcomes that say nothing of the bytes: another capture with the same digest may still be playable.
RETRIED = frozenset({Outcome.UNPLAYABLE, Outcome.FAILED})
#: Contents of pages without a text.
_NO_TEXT = frozenset(Outcome)


def next_captures(
    plans: Mapping[str, str],
    captures: Iterable[KnownCapture],
    *,
    since: str = "",
    until: str = "",
    believed: timedelta = BELIEVED,
) -> list[int]:
    """The ids of the captures to fetch now, as many as can be told at once; empty when the plan is complete.

    ``plans`` has the plan of each address (urlkey) that is wanted; other addresses are left out.

    - ``versions``: the first and the last capture, then the middle ones between neighbours whose contents differ, until
      each change is dated to within 30 days, and between neighbours of the same content that are more than ``believed``
      apart. Where one address's captures begin or end, also those of the others next to that: the policy moved.
    - ``outline``: the same, with changes dated to within half a year.
    - ``grid``: one capture per half-year.
    - ``all``: every distinct digest.

    ``since`` and ``until`` are inclusive prefixes of timestamps.
    """
    series: dict[str, list[KnownCapture]] = defaultdict(list)
    for capture in captures:
        if capture.urlkey in plans and is_asked_for(capture.timestamp, since, until):
            series[capture.urlkey].append(capture)
    choose = {
        "versions": lambda group: _halved(group, DATED, believed),
        OUTLINE: lambda group: _halved(group, HALF_A_YEAR, believed),
        "grid": _grid,
        "all": _all,
    }
    chosen = {urlkey: list(choose[plans[urlkey]](group)) for urlkey, group in series.items()}
    for capture in _at_moves([group for urlkey, group in series.items() if plans[urlkey] == "versions"]):
        chosen[capture.urlkey].append(capture)
    return [capture.id for urlkey, group in chosen.items() for capture in _one_per_digest(group, series[urlkey])]


def _one_per_digest(chosen: Iterable[KnownCapture], series: Iterable[KnownCapture]) -> list[KnownCapture]:
    """The chosen captures, each once; of those with one digest, the first one that can be tried.

    That is the capture whose bytes the archive has, where the later ones are revisits.
    """
    first: dict[str, KnownCapture] = {}
    for capture in series:
        if capture.state == State.KNOWN and capture.digest not in NO_DIGEST:
            first.setdefault(capture.digest, capture)
    return list({twin.id: twin for twin in (first.get(capture.digest, capture) for capture in chosen)}.values())


def _grid(series: Sequence[KnownCapture]) -> list[KnownCapture]:
    """The first untried capture of each half-year whose content is unknown.

    Redirects and errors count only where the half-year has no page.
    """
    halves: dict[int, list[KnownCapture]] = defaultdict(list)
    for capture in series:
        halves[half_year(capture.timestamp)].append(capture)
    contents = known_contents(series)
    chosen = []
    for half in halves.values():
        candidates = [capture for capture in half if capture.is_page] or half
        if any(content_of(capture, contents) for capture in candidates):
            continue
        if sum(capture.outcome is not None for capture in candidates) >= TRIES_PER_HALF_YEAR:
            continue
        chosen += [capture for capture in candidates if capture.state == State.KNOWN][:1]
    return chosen


@dataclass(frozen=True, slots=True)
class Interval:
    """The captures of unknown content between two neighbours whose content is known."""

    left: KnownCapture | None
    """``None`` before the first capture of known content."""
    right: KnownCapture | None
    """``None`` after the last one."""
    between: Sequence[KnownCapture]
    """Those that nobody tried, and those that could not be played."""

    @property
    def length(self) -> timedelta:
        """From one end to the other; where an end is open, from the outermost capture."""
        left, right = self.left or self.between[0], self.right or self.between[-1]
        return distance(left.timestamp, right.timestamp)

    @property
    def is_given_up(self) -> bool:
        """True if too many of its captures could not be played."""
        half_years = self.length // HALF_A_YEAR + 1
        return sum(c.state != State.KNOWN for c in self.between) >= TRIES_PER_HALF_YEAR * half_years

    def parted(self, parts: int) -> list[KnownCapture]:
        """Of those that can be tried, the captures that part the interval most evenly: its middle, for two parts."""
        untried = [capture for capture in self.between if capture.state == State.KNOWN]
        start = moment((self.left or self.between[0]).timestamp)
        chosen = {}
        for part in range(1, parts if untried else 0):
            wanted = start + self.length * part / parts
            nearest = min(untried, key=lambda capture: abs(moment(capture.timestamp) - wanted))
            chosen[nearest.id] = nearest
        return list(chosen.values())


def _halved(series: Sequence[KnownCapture], dated: timedelta, believed: timedelta) -> list[KnownCapture]:
    """The first and the last capture, and what halves the intervals between known contents.

    Redirects and errors count only in half-years without a page, and are halved by themselves.
    """
    contents = known_contents(series)
    pages = [capture for capture in series if capture.is_page]
    of_pages = {half_year(capture.timestamp) for capture in pages}
    others = [c for c in series if not c.is_page and half_year(c.timestamp) not in of_pages]
    chosen = []
    for group, to_within in ((pages, dated), (others, max(dated, HALF_A_YEAR))):
        for interval in intervals(group, contents):
            chosen += _next_of(interval, contents, to_within, believed)
    return chosen


def intervals(series: Iterable[KnownCapture], contents: Mapping[str, str]) -> Iterator[Interval]:
    """The intervals of a series that have captures of unknown content, in order of time."""
    left: KnownCapture | None = None
    between: list[KnownCapture] = []
    for capture in series:
        if content_of(capture, contents) is None:
            between.append(capture)
            continue
        if between:
            yield Interval(left, capture, between)
        left, between = capture, []
    if between:
        yield Interval(left, None, between)


def _next_of(
    interval: Interval, contents: Mapping[str, str], dated: timedelta, believed: timedelta
) -> list[KnownCapture]:
    """What to fetch of an interval; nothing if enough is known of it, or something of it is under way."""
    left, right, between = interval.left, interval.right, interval.between
    if _is_under_way(between):
        return []
    if left is None or right is None:
        ends = ([between] if left is None else []) + ([between[::-1]] if right is None else [])
        if outermost := [capture for end in ends for capture in _first_open(end, contents)]:
            return outermost
    content = left and content_of(left, contents)
    is_change = left is not None and right is not None and content != content_of(right, contents)
    believed = min(believed, HALF_A_YEAR) if content in _NO_TEXT else believed
    if interval.length > believed and (is_change or not interval.is_given_up):
        return interval.parted(min(ceil(interval.length / max(believed, timedelta(days=1))), len(between) + 1))
    return interval.parted(2) if is_change and interval.length > dated else []


def _is_under_way(captures: Iterable[KnownCapture]) -> bool:
    return any(capture.state != State.KNOWN and capture.outcome is None for capture in captures)


def _first_open(series: Sequence[KnownCapture], contents: Mapping[str, str]) -> list[KnownCapture]:
    """The first of some captures that can be tried, if none before it could be played; at most the third."""
    for capture in series[:TRIES_PER_HALF_YEAR]:
        if capture.state == State.KNOWN or content_of(capture, contents) is not None:
            return [capture] if content_of(capture, contents) is None else []
    return []


def _at_moves(addresses: Sequence[Sequence[KnownCapture]]) -> Iterator[KnownCapture]:
    """Of each address with a policy, what stands next to the first and the last capture of the others that had one.

    There the policy may have moved from one to the other, and what was captured in between dates that.
    """
    pages = ([capture for capture in series if capture.is_page] for series in addresses)
    policies = [series for series in pages if any(capture.is_policy for capture in series)]
    for series in policies:
        contents = known_contents(series)
        for other in policies:
            if other is series:
                continue
            begin, end = other[0].timestamp, other[-1].timestamp
            before = [capture for capture in series if capture.timestamp <= begin][::-1]
            after = [capture for capture in series if capture.timestamp >= end]
            for side in (before, after):
                if not _is_under_way(side[:TRIES_PER_HALF_YEAR]):
                    yield from _first_open(side, contents)


def _all(series: Sequence[KnownCapture]) -> list[KnownCapture]:
    """One capture of each distinct digest. Redirects hold no text: of those, one per half-year."""
    pages = [capture for capture in series if not capture.is_redirect]
    tried = {capture.digest for capture in pages if capture.state != State.KNOWN and capture.outcome not in RETRIED}
    chosen = [c for c in pages if c.state == State.KNOWN and (c.digest in NO_DIGEST or c.digest not in tried)]
    return chosen + [capture for capture in _grid(series) if capture.is_redirect]


def known_contents(series: Iterable[KnownCapture]) -> dict[str, str]:
    """digest -> content key of those bytes, as far as any capture with them was fetched."""
    return {c.digest: c.content_key for c in series if c.content_key and c.digest not in NO_DIGEST}


def content_of(capture: KnownCapture, contents: Mapping[str, str]) -> str | None:
    """The content key of a capture, its own or that of a capture with the same bytes."""
    return capture.content_key or contents.get(capture.digest)
