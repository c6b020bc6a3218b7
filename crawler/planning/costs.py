"""What a crawl of a domain would fetch and how many requests that takes, by what the index knows of it. Pure.

How often a text changes is not known before it is read. So the plan is followed for texts that never change, for texts
that change with each year, and for captures that are all as different as their bytes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crawler.archives.cdx import Capture
from crawler.discovery.primary import A_POLICYS
from crawler.discovery.url_scores import url_score
from crawler.known import NO_DIGEST, PLANS, KnownCapture, State, redirect_key
from crawler.planning.addresses import probes, wanted_addresses
from crawler.planning.captures import BELIEVED, next_captures
from pipelines.outcomes import FoundBy, Kind, Outcome


@dataclass(frozen=True, slots=True)
class AddressCaptures:
    """An address that may hold a policy, and what the index knows of it."""

    url: str
    is_fetched: bool
    """True if a crawl would begin with it; of the others it fetches nothing unless it finds no policy there."""
    captures: int
    different: int
    """Captures with different bytes."""
    by_year: dict[str, int]
    """Captures of each year that has any."""


@dataclass(frozen=True, slots=True)
class Requests:
    """How many captures a plan fetches."""

    fewest: int
    """If the texts never change."""
    yearly: int
    """If they change with each year."""
    most: int
    """If they differ wherever the bytes do."""


def known_captures(named: Iterable[Capture]) -> list[KnownCapture]:
    """What an index's rows let a crawl know, by time; each capture once."""
    found = {(row.urlkey, row.timestamp, row.digest): row for row in named}
    rows = sorted(found.values(), key=lambda row: (row.timestamp, row.urlkey))
    return [
        KnownCapture(
            id=number,
            urlkey=row.urlkey,
            timestamp=row.timestamp,
            digest=row.digest,
            url=row.original,
            status=row.status,
            found_by=FoundBy.URL_KEYWORD,
            state=State.KNOWN,
            outcome=None,
            content_key=None,
        )
        for number, row in enumerate(rows)
    ]


def addresses(captures: Sequence[KnownCapture]) -> list[AddressCaptures]:
    """The addresses of the captures: those that a crawl would begin with, best first, then the others."""
    series: dict[str, list[KnownCapture]] = defaultdict(list)
    for capture in captures:
        series[capture.urlkey].append(capture)
    wanted = list(wanted_addresses(captures, PLANS[0]))
    others = sorted(series.keys() - set(wanted), key=lambda key: (-len(series[key]), key))
    return [
        AddressCaptures(
            url=min(capture.url for capture in series[key]),
            is_fetched=place < len(wanted),
            captures=len(series[key]),
            different=len({capture.digest for capture in series[key]}),
            by_year=dict(sorted(Counter(capture.timestamp[:4] for capture in series[key]).items())),
        )
        for place, key in enumerate([*wanted, *others])
    ]


def requests(captures: Sequence[KnownCapture], plan: str, believed: timedelta = BELIEVED) -> Requests:
    """How many of the captures a plan fetches. ``believed`` is what ``next_captures`` takes."""
    texts: tuple[Callable[[KnownCapture], str], ...] = (lambda _: "", lambda c: c.timestamp[:4], _bytes)
    counts = [_fetched(captures, plan, text, believed) for text in (texts if plan == PLANS[0] else texts[:1])]
    return Requests(counts[0], counts[len(counts) // 2], counts[-1])


def _bytes(capture: KnownCapture) -> str:
    return capture.timestamp if capture.digest in NO_DIGEST else capture.digest


def _fetched(
    captures: Sequence[KnownCapture], plan: str, text: Callable[[KnownCapture], str], believed: timedelta
) -> int:
    """How many captures are fetched until the plan wants no more, if each shows ``text`` of it."""
    known, count = list(captures), 0
    while True:
        plans = wanted_addresses(known, plan)
        ids = probes(plans, known) or next_captures(plans, known, believed=believed)
        if not ids:
            return count
        count += len(ids)
        for number in ids:
            known[number] = _read(known[number], text)


def _read(capture: KnownCapture, text: Callable[[KnownCapture], str]) -> KnownCapture:
    """The capture as it is known once it was fetched: a policy where its address names one."""
    if capture.is_redirect:
        return replace(capture, state=State.SETTLED, outcome=Outcome.REDIRECT, content_key=redirect_key(None))
    if not capture.is_page:
        return replace(capture, state=State.SETTLED, outcome=Outcome.NOT_POLICY, content_key=str(Outcome.NOT_POLICY))
    kind = Kind.PRIVACY_POLICY if url_score(capture.url) >= A_POLICYS else Kind.OTHER
    return replace(capture, state=State.SETTLED, outcome=Outcome.STORED, content_key=f"text {text(capture)}", kind=kind)
