"""Wayback timestamps: up to 14 digits, UTC, not always a date."""

from __future__ import annotations

import calendar
from email.utils import formatdate

_LATEST = "29991231235959"


def seconds(timestamp: str) -> int:
    """Seconds since 1970 of 0 to 14 digits; what is missing counts as the latest it can be.

    So ``2/`` means the newest capture, as on the real archive. Months and days that do not exist (``00``) are
    taken for the nearest that do.
    """
    full = timestamp + _LATEST[len(timestamp) :]
    year, month, day = int(full[:4]), int(full[4:6]), int(full[6:8])
    year, month = max(year, 1), min(max(month, 1), 12)
    day = min(max(day, 1), calendar.monthrange(year, month)[1])
    return calendar.timegm((year, month, day, int(full[8:10]), int(full[10:12]), int(full[12:14]), 0, 0, 0))


def http_date(timestamp: str) -> str:
    """The form of ``Memento-Datetime`` (RFC 7089, 2.1.1): ``Sat, 01 Feb 2020 02:37:57 GMT``."""
    return formatdate(seconds(timestamp), usegmt=True)
