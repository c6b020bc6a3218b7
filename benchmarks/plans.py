"""How many requests the choice of captures costs, and how many changes it finds, on invented histories.

    python benchmarks/plans.py [--histories 400] [--seed 7]

A history is one address with captures every 7 to 90 days over 4 to 18 years, each with bytes of its own, whose text
changes at random moments. Nothing is crawled: ``next_captures`` is asked until it wants nothing more. Beside
``versions`` stands the older way, which took a capture of each half-year first and halved then.
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from markdown_table import table_head, table_row

from crawler.known import KnownCapture, State
from crawler.planning.captures import BELIEVED, DATED, next_captures
from pipelines.outcomes import FoundBy, Outcome
from pipelines.timestamps import digits, moment

#: Changes a year.
RATES = (0.0, 0.1, 0.3, 0.5, 1.0, 3.0)
#: Two captures of the older way that show the same text were believed, however far apart.
EVER = timedelta.max


@dataclass
class Cost:
    """What one way of choosing costs, and what it finds."""

    requests: int = 0
    rounds: int = 0
    changes: int = 0
    found: int = 0


def history(rng: random.Random, rate: float) -> tuple[list[KnownCapture], list[datetime]]:
    """Captures of one address, and the moments at which its text changed."""
    start = datetime(2004, 1, 1) + timedelta(days=rng.uniform(0, 1500))
    days = rng.uniform(4, 18) * 365.25
    captures: list[KnownCapture] = []
    day = 0.0
    while day < days:
        when = digits(start + timedelta(days=day))
        number = len(captures)
        captures.append(
            KnownCapture(number, "com,example)/privacy", when, f"D{number}", "http://example.com/privacy", 200,
                         FoundBy.URL_KEYWORD, State.KNOWN, None, None)
        )  # fmt: skip
        day += rng.uniform(7, 90)
    changes, day = [], rng.expovariate(rate / 365.25) if rate else days
    while day < days:
        changes.append(start + timedelta(days=day))
        day += rng.expovariate(rate / 365.25)
    return captures, changes


def text_at(capture: KnownCapture, changes: Sequence[datetime]) -> str:
    """The text that stood there: its number."""
    return f"text {bisect(changes, moment(capture.timestamp).replace(tzinfo=None))}"


def crawl(
    captures: Sequence[KnownCapture], changes: Sequence[datetime], plan: str, cost: Cost, believed: timedelta = BELIEVED
) -> list[KnownCapture]:
    """The captures, read as far as a plan wants them."""
    known = list(captures)
    while ids := next_captures({"com,example)/privacy": plan}, known, believed=believed):
        cost.rounds += 1
        cost.requests += len(ids)
        for number in ids:
            text = text_at(known[number], changes)
            known[number] = replace(known[number], state=State.SETTLED, outcome=Outcome.STORED, content_key=text)
    return known


def score(captures: Sequence[KnownCapture], changes: Sequence[datetime], cost: Cost) -> None:
    """Counts the changes that the captures can show, and those that the ones read date as well as can be."""
    read = [capture for capture in captures if capture.content_key]
    for before, after in pairwise(captures):
        if text_at(before, changes) == text_at(after, changes):
            continue
        cost.changes += 1
        old = max((c for c in read if c.timestamp <= before.timestamp), key=lambda c: c.timestamp)
        new = min((c for c in read if c.timestamp >= after.timestamp), key=lambda c: c.timestamp)
        is_it = (old.content_key, new.content_key) == (text_at(before, changes), text_at(after, changes))
        is_dated = moment(new.timestamp) - moment(old.timestamp) <= DATED or (old.id, new.id) == (before.id, after.id)
        cost.found += is_it and is_dated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=400, help="for each number of changes a year")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    ways = [name for way in ("versions", "older way") for name in (f"{way}: requests", "rounds", "found")]
    print(table_head("changes a year", "changes", *ways))
    for rate in RATES:
        rng = random.Random(given.seed)
        ours, older = Cost(), Cost()
        for _ in range(given.histories):
            captures, changes = history(rng, rate)
            score(crawl(captures, changes, "versions", ours), changes, ours)
            grid = crawl(captures, changes, "grid", older)
            score(crawl(grid, changes, "versions", older, believed=EVER), changes, older)
        cells = [f"{rate}", f"{ours.changes:,}"]
        for cost in (ours, older):
            found = f"{cost.found / cost.changes:.1%}" if cost.changes else "-"
            cells += [f"{cost.requests / given.histories:.1f}", f"{cost.rounds / given.histories:.1f}", found]
        print(table_row(*cells))


if __name__ == "__main__":
    main()
