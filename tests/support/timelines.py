"""Timelines of captures, and what a plan fetches of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.known import KnownCapture
from crawler.planning.captures import next_captures


def timeline(table: str, urlkey: str = "com,example)/privacy", first_id: int = 1) -> list[KnownCapture]:
    """One line per capture: its date, digest and status (``-`` for a revisit), and the text found in it, if any."""
    captures = []
    for number, line in enumerate(table.split("\n")):
        if words := line.split():
            date, digest, status, *text = words
            captures.append(
                KnownCapture(
                    id=first_id + number,
                    urlkey=urlkey,
                    timestamp=date.replace("-", "").ljust(14, "0"),
                    digest=digest,
                    url="http://example.com/privacy",
                    status=None if status == "-" else int(status),
                    found_by="url_keyword",
                    state="settled" if text else "known",
                    outcome="stored" if text else None,
                    content_key=text[0] if text else None,
                )
            )
    return captures


def everywhere(plan: str, captures: Sequence[KnownCapture]) -> dict[str, str]:
    """One plan for all addresses."""
    return {capture.urlkey: plan for capture in captures}


def chosen(plan: str, captures: Sequence[KnownCapture], **dates: str) -> list[str]:
    """The dates of what a plan wants next."""
    ids = set(next_captures(everywhere(plan, captures), captures, **dates))
    return [f"{c.timestamp[:4]}-{c.timestamp[4:6]}-{c.timestamp[6:8]}" for c in captures if c.id in ids]


def crawl(
    plan: str, captures: Sequence[KnownCapture], text_of: Callable[[KnownCapture], str | None], **dates: str
) -> tuple[list[KnownCapture], list[list[KnownCapture]]]:
    """What the crawl does: fetches what the plan wants next until it wants nothing. ``None`` is a failure."""
    known = {capture.id: capture for capture in captures}
    rounds = []
    while ids := next_captures(everywhere(plan, captures), list(known.values()), **dates):
        assert len(set(ids)) == len(ids)
        assert all(known[i].state == "known" for i in ids), "asked for twice"
        rounds.append([known[i] for i in ids])
        for i in ids:
            text = text_of(known[i])
            known[i] = replace(known[i], state="settled", outcome="stored" if text else "unplayable", content_key=text)
        assert len(rounds) <= len(known)
    return list(known.values()), rounds


def requests(rounds: list[list[KnownCapture]]) -> list[KnownCapture]:
    return [capture for round_ in rounds for capture in round_]


def daily(first: str, days: int, *, every: int = 1) -> list[KnownCapture]:
    """Captures whose bytes all differ, as those of real pages do."""
    start = datetime.fromisoformat(first)
    dates = [start + timedelta(days=day) for day in range(0, days, every)]
    return timeline("\n".join(f"{date:%Y-%m-%d} digest{number} 200" for number, date in enumerate(dates)))


def when(capture: KnownCapture) -> datetime:
    return datetime.strptime(capture.timestamp, "%Y%m%d%H%M%S")


def read(capture: KnownCapture, text: str) -> KnownCapture:
    """The same capture once it was fetched."""
    return replace(capture, state="settled", outcome="stored", content_key=text)
