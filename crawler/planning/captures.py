"""Which captures to fetch next: pure functions over what is known of a domain's captures.

The captures of one address (urlkey) are a *series*. Captures of a series with the same digest have the same text;
only one of them is fetched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from crawler.known import KnownCapture, State, is_asked_for
from pipelines.outcomes import Outcome
from pipelines.timestamps import distance, half_year, moment

#: ``versions`` dates each change to within this; closer neighbours are not halved.
DATED = timedelta(days=30)
#: Captures tried in one half-year of a series until one can be played.
TRIES_PER_HALF_YEAR = 3
#: Digests that say nothing: the empty one of a redirect's target that the index was not asked for, and the index's own
#: blank.
NO_DIGEST = ("", "-")
#: Outcomes that say nothing of the bytes: another capture with the same digest may still be playable.
RETRIED = frozenset({Outcome.UNPLAYABLE, Outcome.FAILED})


def next_captures(
    plans: Mapping[str, str], captures: Iterable[KnownCapture], *, since: str = "", until: str = ""
) -> list[int]:
    """The ids of the captures to fetch now; empty when the plan is complete.

    ``plans`` has the plan of each address (urlkey) that is wanted; other addresses are left out.

    - ``grid``: one capture per half-year.
    - ``versions``: the grid, the first and the last capture, then halving between neighbours whose contents differ,
      until each change is dated to within 30 days.
    - ``all``: every distinct digest.

    ``since`` and ``until`` are inclusive prefixes of timestamps.
    """
    series: dict[str, list[KnownCapture]] = defaultdict(list)
    for capture in captures:
        if is_asked_for(capture.timestamp, since, until):
            series[capture.urlkey].append(capture)
    choose = {"versions": _versions, "grid": _grid, "all": _all}
    return [
        capture.id
        for urlkey, group in series.items()
        if urlkey in plans
        for capture in _one_per_digest(choose[plans[urlkey]](group))
    ]


def _one_per_digest(chosen: Iterable[KnownCapture]) -> list[KnownCapture]:
    """The first capture of each digest; captures without a digest all stay."""
    first: dict[str, KnownCapture] = {}
    for capture in chosen:
        first.setdefault(capture.digest if capture.digest not in NO_DIGEST else str(capture.id), capture)
    return list(first.values())


def _grid(series: Sequence[KnownCapture]) -> list[KnownCapture]:
    """The first untried capture of each half-year whose content is unknown.

    Redirects and errors count only where the half-year has no page.
    """
    halves: dict[int, list[KnownCapture]] = defaultdict(list)
    for capture in series:
        halves[half_year(capture.timestamp)].append(capture)
    contents = _known_contents(series)
    chosen = []
    for half in halves.values():
        candidates = [capture for capture in half if capture.is_page] or half
        if any(_content(capture, contents) for capture in candidates):
            continue
        if sum(capture.outcome is not None for capture in candidates) >= TRIES_PER_HALF_YEAR:
            continue
        chosen += [capture for capture in candidates if capture.state == State.KNOWN][:1]
    return chosen


def _versions(series: Sequence[KnownCapture]) -> list[KnownCapture]:
    """The grid, the first and the last capture, and the middle one between neighbours whose contents differ."""
    pages = [capture for capture in series if capture.is_page]
    chosen = {capture.id: capture for capture in _grid(series)}
    contents = _known_contents(series)
    for from_the_end in (pages, pages[::-1]):
        if outermost := _outermost_open(from_the_end, contents):
            chosen[outermost.id] = outermost
    left: KnownCapture | None = None
    between: list[KnownCapture] = []
    for capture in pages:
        content = _content(capture, contents)
        if content is None:
            if capture.state == State.KNOWN:
                between.append(capture)
            continue
        if left is not None and between and content != _content(left, contents):
            nearest = _middle(left, capture, between)
            if nearest is not None:
                chosen.setdefault(nearest.id, nearest)
        left, between = capture, []
    return list(chosen.values())


def _middle(left: KnownCapture, right: KnownCapture, between: Sequence[KnownCapture]) -> KnownCapture | None:
    """The capture nearest to the middle of two; ``None`` where the two date the change well enough."""
    apart = distance(left.timestamp, right.timestamp)
    if apart <= DATED:
        return None
    middle = moment(left.timestamp) + apart / 2
    return min(between, key=lambda candidate: abs(moment(candidate.timestamp) - middle))


def _all(series: Sequence[KnownCapture]) -> list[KnownCapture]:
    """One capture of each distinct digest. Redirects hold no text: of those, one per half-year."""
    pages = [capture for capture in series if not capture.is_redirect]
    tried = {capture.digest for capture in pages if capture.state != State.KNOWN and capture.outcome not in RETRIED}
    chosen = [c for c in pages if c.state == State.KNOWN and (c.digest in NO_DIGEST or c.digest not in tried)]
    return chosen + [capture for capture in _grid(series) if capture.is_redirect]


def _known_contents(series: Iterable[KnownCapture]) -> dict[str, str]:
    """digest -> content key of those bytes, as far as any capture with them was fetched."""
    return {c.digest: c.content_key for c in series if c.content_key and c.digest not in NO_DIGEST}


def _content(capture: KnownCapture, contents: Mapping[str, str]) -> str | None:
    """The content key of a capture, its own or that of a capture with the same bytes."""
    return capture.content_key or contents.get(capture.digest)


def _outermost_open(pages: Sequence[KnownCapture], contents: Mapping[str, str]) -> KnownCapture | None:
    """The first of some captures that can be tried, if none before it is known or under way; at most the third."""
    for capture in pages[:TRIES_PER_HALF_YEAR]:
        if _content(capture, contents) is not None or (capture.state != State.KNOWN and capture.outcome is None):
            return None
        if capture.state == State.KNOWN:
            return capture
    return None
