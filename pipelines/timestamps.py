"""Wayback timestamps (14 digits, UTC), as times and half-years.

Archives write a capture's time as ``YYYYMMDDhhmmss``. Users and indexes shorten it (``2004``), and old indexes hold
impossible ones (month ``00``). ``parse`` is strict; ``moment`` reads whatever there is.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

#: No capture and no policy is older: the World Wide Web's first year. An earlier date is a bad one.
FIRST_YEAR = 1990
#: The first year whose homepages web archives hold in numbers: a search for homepages begins there.
FIRST_HOMEPAGES = 1997

_EARLIEST, _LATEST = "00010101000000", "29991231235959"


def digits(when: datetime) -> str:
    """The 14 digits of a UTC time: ``20120401123000``."""
    return f"{when:%Y%m%d%H%M%S}".zfill(14)


def iso(when: datetime) -> str:
    """A UTC time as ISO 8601, without fractions: ``2012-04-01T12:30:00Z``."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def parse(timestamp: str) -> datetime:
    """The UTC time of exactly 14 digits. Raises ``ValueError`` for anything that is no time."""
    if len(timestamp) != 14 or not (timestamp.isascii() and timestamp.isdigit()):
        raise ValueError(f"not 14 digits: {timestamp!r}")
    day, time = timestamp[:8], timestamp[8:]
    return datetime(  # strptime takes four times as long, and every row of a capture has some times
        int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:]), tzinfo=UTC
    )


def moment(timestamp: str, *, latest: bool = False) -> datetime:
    """The UTC time of 0 to 14 digits; months and days that do not exist count as the nearest that do.

    Missing digits are filled with the earliest time, or with the latest one: ``2004`` is the first second of 2004,
    or with ``latest`` its last one.
    """
    full = timestamp + (_LATEST if latest else _EARLIEST)[len(timestamp) :]
    year, month = max(int(full[:4]), 1), min(max(int(full[4:6]), 1), 12)
    day = min(max(int(full[6:8]), 1), calendar.monthrange(year, month)[1])
    hour, minute, second = (min(int(full[i : i + 2]), most) for i, most in ((8, 23), (10, 59), (12, 59)))
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def is_of_the_web(timestamp: str) -> bool:
    """True if something can have been captured in the timestamp's year."""
    return FIRST_YEAR <= int(timestamp[:4]) <= datetime.now(UTC).year + 1


def distance(one: str, other: str) -> timedelta:
    """The time between two timestamps, never negative."""
    return abs(moment(one) - moment(other))


def http_date(when: datetime) -> str:
    """The form of ``Memento-Datetime`` (RFC 7089, 2.1.1): ``Sat, 01 Feb 2020 02:37:57 GMT``."""
    return format_datetime(when, usegmt=True)


def read_http_date(text: str) -> datetime | None:
    """The UTC time in such a field, in any form that servers send; ``None`` for anything else."""
    try:
        when = parsedate_to_datetime(text.strip())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)  # "-0000" is UTC too
    except (ValueError, TypeError, OverflowError):
        return None


def half_year(when: date | str) -> int:
    """The number of a half-year: twice the year, plus one for July to December.

    ``when`` is a date, a time or a timestamp. Neighbouring half-years differ by one: 2012-H1 is 4024, 2012-H2 4025.
    """
    year, month = (when.year, when.month) if isinstance(when, date) else (int(when[:4]), int(when[4:6] or 1))
    return year * 2 + (month > 6)


def half_year_label(number: int) -> str:
    """``2012-H1`` for 4024."""
    return f"{number // 2}-H{number % 2 + 1}"


def half_year_start(number: int) -> date:
    """The first day of a half-year: 1 January or 1 July."""
    return date(number // 2, 7 if number % 2 else 1, 1)


#: A year, a month or a day. Month and day may be one digit after a hyphen.
_DATE = re.compile("([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?|-?([0-9]{2})(?:-?([0-9]{2}))?)?")


def date_digits(text: str) -> str:
    """The digits of a date that a user wrote: ``201506`` for ``2015-06``, ``2015-6`` and ``201506``.

    Raises ``ValueError`` if it is no year, month or day.
    """
    found = _DATE.fullmatch(text.strip())
    given = "".join(part.zfill(2) for part in found.groups() if part) if found else ""
    if not given or not digits(moment(given)).startswith(given):  # `moment` gives another day if there is no such day
        raise ValueError(f"not a date: {text!r}. Allowed are a year, month or day, like 2010, 2015-06 or 2015-06-30")
    return given


def last_day(text: str) -> date:
    """The last day of a year, month or day: 31 December 2012 for ``2012``. Raises ``ValueError`` as ``date_digits``."""
    return moment(date_digits(text), latest=True).date()
