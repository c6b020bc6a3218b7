"""Which captures to fetch next: pure functions over what is known of a domain's captures.

Captures of one address (urlkey) form a *series*. Bytes that are equal (urlkey, digest) are never asked for twice:
one fetched capture tells the text of all its twins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from crawler.ledger.captures import Known

PLANS = ("versions", "grid", "all")

#: ``versions`` dates each change to within this; closer neighbours are not halved.
DATED = timedelta(days=30)
#: Captures tried in one half-year of a series until one can be played.
TRIES_A_CELL = 3
#: Digests that say nothing: of a redirect's target the index was not asked for, and the index's own blank.
NO_DIGEST = ("", "-")


def next_captures(
    plans: Mapping[str, str], captures: Iterable[Known], *, since: str = "", until: str = ""
) -> list[int]:
    """The ids of the captures to fetch now; empty when the plan is complete.

    ``plans`` has the plan of each address (urlkey) that is wanted; other addresses are left out.
    ``grid``: one capture per half-year. ``versions``: the grid, the first and the last capture, then halving between
    neighbours whose texts differ, until each change is dated to within 30 days. ``all``: every distinct digest.
    ``since`` and ``until`` are inclusive prefixes of timestamps.
    """
    series: dict[str, list[Known]] = defaultdict(list)
    for capture in captures:
        if is_asked_for(capture.timestamp, since, until):
            series[capture.urlkey].append(capture)
    choose = {"versions": _versions, "grid": _grid, "all": _all}
    return [
        capture.id
        for urlkey, group in series.items()
        if urlkey in plans
        for capture in _one_a_digest(choose[plans[urlkey]](group))
    ]


def is_asked_for(timestamp: str, since: str, until: str) -> bool:
    """Whether a capture lies within the dates of a crawl."""
    return timestamp >= since and (not until or timestamp[: len(until)] <= until)


def half_year(timestamp: str) -> str:
    """The grid's cell: ``2006-2`` for July to December 2006."""
    return f"{timestamp[:4]}-{1 if timestamp[4:6] <= '06' else 2}"


def _one_a_digest(chosen: Iterable[Known]) -> list[Known]:
    """Without the twins: what the first of them holds is known of all."""
    first: dict[str, Known] = {}
    for capture in chosen:
        first.setdefault(capture.digest if capture.digest not in NO_DIGEST else str(capture.id), capture)
    return list(first.values())


def _grid(series: Sequence[Known]) -> list[Known]:
    """The first playable capture of each half-year without a text yet; redirects and errors only where there is
    nothing else."""
    cells: dict[str, list[Known]] = defaultdict(list)
    for capture in series:
        cells[half_year(capture.timestamp)].append(capture)
    texts = _known_texts(series)
    chosen = []
    for cell in cells.values():
        pages = [capture for capture in cell if is_page(capture)]
        candidates = pages or cell
        if any(capture.digest in texts or capture.text_sha256 for capture in candidates):
            continue
        if sum(capture.outcome is not None for capture in candidates) >= TRIES_A_CELL:
            continue
        open_ = [capture for capture in candidates if capture.state == "known"]
        chosen += open_[:1]
    return chosen


def _versions(series: Sequence[Known]) -> list[Known]:
    pages = [capture for capture in series if is_page(capture)]
    chosen = {capture.id: capture for capture in _grid(series)}
    texts = _known_texts(series)
    for end in (pages, pages[::-1]):
        if outermost := _outermost_open(end, texts):
            chosen[outermost.id] = outermost
    points = [(capture, _text(capture, texts)) for capture in pages]
    left: Known | None = None
    left_text = None
    between: list[Known] = []
    for capture, text in points:
        if text is None:
            if capture.state == "known":
                between.append(capture)
            continue
        if left is not None and text != left_text and between and _time(capture) - _time(left) > DATED:
            middle = _time(left) + (_time(capture) - _time(left)) / 2
            nearest = min(between, key=lambda candidate: abs(_time(candidate) - middle))
            chosen.setdefault(nearest.id, nearest)
        left, left_text, between = capture, text, []
    return list(chosen.values())


def _all(series: Sequence[Known]) -> list[Known]:
    """One capture of each distinct digest; redirects as on the grid, since they hold no text."""
    pages = [capture for capture in series if not is_redirect(capture)]
    tried = {capture.digest for capture in pages if capture.state != "known" and capture.outcome not in RETRIED}
    chosen = [c for c in pages if c.state == "known" and (c.digest in NO_DIGEST or c.digest not in tried)]
    return chosen + [capture for capture in _grid(series) if is_redirect(capture)]


#: Outcomes that say nothing of the bytes: a twin with the same digest may still be playable.
RETRIED = frozenset({"unplayable", "failed"})


def is_redirect(capture: Known) -> bool:
    """Whether the index says that the capture is an archived 3xx."""
    return capture.status is not None and 300 <= capture.status < 400


def is_page(capture: Known) -> bool:
    """Whether a capture may hold a text, by its status; the index tells none of a revisit."""
    return capture.status is None or capture.status < 300


def _known_texts(series: Iterable[Known]) -> dict[str, str]:
    """digest -> what was found in those bytes."""
    return {c.digest: c.text_sha256 for c in series if c.text_sha256 and c.digest not in NO_DIGEST}


def _text(capture: Known, texts: dict[str, str]) -> str | None:
    return capture.text_sha256 or texts.get(capture.digest)


def _outermost_open(pages: Sequence[Known], texts: dict[str, str]) -> Known | None:
    """The first of some captures, if it has not been looked at: where a series begins and ends must be dated too."""
    for capture in pages[:TRIES_A_CELL]:
        if _text(capture, texts) is not None or (capture.state != "known" and capture.outcome is None):
            return None
        if capture.state == "known":
            return capture
    return None


def _time(capture: Known) -> datetime:
    return datetime.strptime(capture.timestamp, "%Y%m%d%H%M%S")
