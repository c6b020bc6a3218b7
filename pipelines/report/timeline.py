"""Where everything stands on a domain's timeline: places in a drawing of a fixed width, which a template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from pipelines.history.site import half_year_of
from pipelines.report.facts import Facts
from pipelines.report.roles import MEANINGS, NOT_ASKED, OF_OUTCOME, stretches
from pipelines.timestamps import half_year_start

Row = dict[str, Any]

WIDTH = 1000
#: Addresses that get a line of their own.
_MOST_ADDRESSES = 6
#: Space between two labels of years.
_LABEL = 45


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing; each mark has ``x``, most a width ``w``, and a ``title`` that says what it is."""

    years: list[Row]
    bars: list[Row]
    """Versions of the main line, as far as they are seen."""
    between: list[Row]
    """Where one version was no longer, and the next one not yet seen."""
    dots: list[Row]
    """Captures, by ``role``."""
    dates: list[Row]
    """Dates that texts give for themselves."""
    strip: list[Row]
    """What is known of each half-year, by ``role``."""
    addresses: list[Row]


def timeline(facts: Facts, most: int) -> Timeline | None:
    """The timeline of a domain; ``None`` where there is nothing to draw.

    ``most``: of dots, bars and so on; of more, every second, third and so on.
    """
    main, names = facts.main, facts.names
    captures = [row for row in facts.captures if half_year_of(row["captured_at"]) is not None]
    times = [row["captured_at"] for row in captures]
    times += [when for row in main for when in (row["first_seen"], row["last_seen"])]
    times += [_midnight(row["starts"]) for row in facts.coverage]
    if not times:
        return None
    scale = _Scale.over(min(times), max(times))
    return Timeline(
        years=scale.years(),
        bars=[_bar(scale, row, names) for row in _thinned(main, most)],
        between=[
            scale.span(one["last_seen"], other["first_seen"], "changed in this time")
            for one, other in pairwise(_thinned(main, most))
        ],
        dots=[_dot(scale, row) for row in _thinned(captures, most)],
        dates=[
            {"x": scale.x(when), "title": f"version {row['version']} gives {row['effective_date']} as its date"}
            for row in _thinned(main, most)
            if row["effective_date"] and scale.has(when := _midnight(row["effective_date"]))
        ],
        strip=[_half_years(scale, each) for each in _thinned(stretches(facts.coverage), most)],
        addresses=_addresses(scale, main),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From times to places."""

    start: datetime
    end: datetime

    @classmethod
    def over(cls, first: datetime, last: datetime) -> _Scale:
        """Whole years, from that of ``first`` to that of ``last``."""
        return cls(datetime(first.year, 1, 1, tzinfo=UTC), datetime(last.year + 1, 1, 1, tzinfo=UTC))

    def has(self, when: datetime) -> bool:
        return self.start <= when <= self.end

    def x(self, when: datetime) -> float:
        return round(min(max((when - self.start) / (self.end - self.start), 0), 1) * WIDTH, 1)

    def span(self, first: datetime, last: datetime, title: str) -> Row:
        """A mark from ``first`` to ``last`` that can be seen, however short."""
        x = self.x(first)
        return {"x": x, "w": max(round(self.x(last) - x, 1), 2), "title": title}

    def years(self) -> list[Row]:
        years = range(self.start.year, self.end.year)
        step = next(each for each in (1, 2, 5, 10, 20, 50) if WIDTH * each / len(years) >= _LABEL)
        return [{"x": self.x(datetime(year, 1, 1, tzinfo=UTC)), "label": year} for year in years if year % step == 0]


def _bar(scale: _Scale, row: Row, names: dict[str, str]) -> Row:
    name = names[row["version_id"]]
    title = f"version {row['version']}: seen from {row['first_seen']:%Y-%m-%d} to {row['last_seen']:%Y-%m-%d}"
    return {**scale.span(row["first_seen"], row["last_seen"], title), "name": name}


def _dot(scale: _Scale, row: Row) -> Row:
    role = OF_OUTCOME.get(row["outcome"], NOT_ASKED)
    return {"x": scale.x(row["captured_at"]), "role": role, "title": f"{row['captured_at']:%Y-%m-%d}: {row['outcome']}"}


def _half_years(scale: _Scale, stretch: Row) -> Row:
    first, last = (_midnight(half_year_start(stretch[side])) for side in ("start", "end"))
    span = f"{stretch['first']} to {stretch['last']}" if stretch["first"] != stretch["last"] else stretch["first"]
    title = f"{span}: {MEANINGS[stretch['role']]} ({stretch['status']})"
    return {**scale.span(first, last, title), "role": stretch["role"]}


def _addresses(scale: _Scale, main: Sequence[Row]) -> list[Row]:
    """Where the main line was seen, each address from its first to its last capture, in order of time."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for address in (address for row in main for address in row["addresses"]):
        first, last = spans.get(address["url"], (address["first"], address["last"]))
        spans[address["url"]] = min(first, address["first"]), max(last, address["last"])
    in_time = sorted(spans.items(), key=lambda one: one[1])
    return [scale.span(*span, url) for url, span in in_time[:_MOST_ADDRESSES]]


def _thinned(rows: Sequence[Row], most: int) -> Sequence[Row]:
    """``rows``, or of more than ``most`` every second, third and so on."""
    return rows[:: len(rows) // most + 1] if len(rows) > most else rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
