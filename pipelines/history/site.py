"""When the archive has anything of a site, whether the site had a policy or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from pipelines.timestamps import FIRST_YEAR, half_year, half_year_start

ARCHIVED = "archived"
NOT_ARCHIVED = "not_archived"
NOT_ASKED = "not_asked"

#: A capture far outside has a bad timestamp, which is no reason for 16,000 half-years.
_YEARS = range(FIRST_YEAR, 2100)


def half_year_of(captured_at: datetime) -> int | None:
    """The half-year of a capture; ``None`` if its timestamp can't be right."""
    return half_year(captured_at) if captured_at.year in _YEARS else None


@dataclass(frozen=True, slots=True)
class HomepageLook:
    """The homepage was asked for near a time, and the archive named its nearest capture."""

    asked: datetime
    nearest: datetime | None
    """``None``: the archive has no capture of the homepage at all."""

    def rules_out(self, number: int) -> bool:
        """Whether the homepage can't have been captured in a half-year.

        Any capture nearer to ``asked`` would have been named. Asked for 2010, and the nearest is of 2007: there is none
        from 2007 to 2013.
        """
        if self.nearest is None:
            return True
        reach = abs(self.asked - self.nearest)
        return self.asked - reach < _start(number) and _start(number + 1) <= self.asked + reach


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of the captures of a site, its policy aside."""

    half_years: Collection[int]
    """Those of which any capture is known."""
    looks: Sequence[HomepageLook]

    @classmethod
    def of(cls, captures: Iterable[datetime], looks: Iterable[HomepageLook]) -> Site:
        """What captures of whatever address, and looks at the homepage, tell."""
        told = [look for look in looks if look.nearest is None or half_year_of(look.nearest) is not None]
        moments = [*captures, *(look.nearest for look in told if look.nearest is not None)]
        known = (half_year_of(moment) for moment in moments)
        return cls({number for number in known if number is not None}, told)

    def state(self, number: int) -> str:
        """``ARCHIVED``, ``NOT_ARCHIVED`` or ``NOT_ASKED`` for a half-year."""
        if number in self.half_years:
            return ARCHIVED
        return NOT_ARCHIVED if any(look.rules_out(number) for look in self.looks) else NOT_ASKED


def _start(number: int) -> datetime:
    return datetime.combine(half_year_start(number), time(), UTC)
