"""Near which dates to look at a domain's homepage for a link to its policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from crawler.ledger.captures import Known
from crawler.planning.selection import is_asked_for

#: The Wayback Machine's first year.
FIRST_YEAR = 1996
#: Years between two looks where nothing at all is known.
STRIDE = 4


def homepage_dates(captures: Sequence[Known], *, probed: int, since: str, until: str) -> list[str]:
    """Timestamps near which a homepage is wanted; empty where the addresses found are enough.

    Playback is asked, not the index: it offers the capture nearest to a date.
    """
    if probed or any(capture.outcome in ("stored", "unchanged") for capture in captures):
        return []
    first = int(since[:4]) if since else FIRST_YEAR + 2
    last = int(until[:4]) if until else datetime.now(UTC).year
    dates = [f"{year}0701000000" for year in range(first, last + 1, STRIDE)] or [f"{last}0701000000"]
    return [date for date in dates if is_asked_for(date, since[:4], until[:4])]
