"""Asking an archive's CDX index, and reading its rows: what all dialects share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from waybackpy.cdx_snapshot import CDXSnapshot

from crawler.archives.capture import Capture
from pipelines.timestamps import FIRST_YEAR
from pipelines.urls import is_web_address

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")


@dataclass(frozen=True, slots=True)
class Query:
    """One CDX query, in the Internet Archive's terms; a dialect translates it."""

    url: str
    match_type: str = "exact"
    """exact, prefix, host or domain."""
    filters: tuple[str, ...] = ()
    """``[!]field:regex``, written so that a full match and ``re.match`` mean the same."""
    since: str | None = None
    """First capture date, inclusive: 4 to 14 digits."""
    until: str | None = None
    """Last capture date, inclusive prefix: ``2004`` covers all of 2004."""
    limit: int = 10_000
    """Rows a page."""
    resume_key: str | None = None
    """Opaque, from the page before."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a query."""

    captures: list[Capture]
    resume_key: str | None
    """Where the next page begins; a page without rows but with a key is not the end."""
    bad_rows: int
    """Rows that could not be read, and were left out."""


class SiteExcluded(Exception):
    """The archive does not show this site (``AdministrativeAccessControlException``). Final."""


class IncompleteAnswer(Exception):
    """The archive answered, but not with its captures: an error page, a truncated or unreadable body."""


def read_rows(rows: Iterable[Mapping[str, str]]) -> tuple[list[Capture], int]:
    """Types CDX rows; returns them with the number of rows that could not be read.

    A bad row never ends the page: timestamps of impossible dates, ``mailto:`` and ``data:`` URLs and rows of
    another form stand in the real index.
    """
    captures = []
    bad = 0
    for row in rows:
        capture = read_row(row)
        if capture is None:
            bad += 1
        else:
            captures.append(capture)
    return captures, bad


def read_row(row: Mapping[str, str]) -> Capture | None:
    """One row's capture, or ``None`` where it has no readable date or no web address."""
    try:
        snapshot = CDXSnapshot({**row, "timestamp": repair_timestamp(row["timestamp"])})
        "".join(row.values()).encode()  # a lone surrogate goes into no database
    except (KeyError, ValueError):
        return None
    if not snapshot.urlkey or not is_web_address(snapshot.original) or not is_of_the_web(snapshot.timestamp):
        return None
    return Capture(
        urlkey=snapshot.urlkey,
        timestamp=snapshot.timestamp,
        original=snapshot.original,
        mimetype=snapshot.mimetype,
        status=int(snapshot.statuscode) if _STATUS.fullmatch(snapshot.statuscode) else None,
        digest=snapshot.digest,
        length=int(snapshot.length) if _LENGTH.fullmatch(snapshot.length) else None,
    )


_STATUS = re.compile(r"[1-9][0-9]{2}")
_LENGTH = re.compile(r"[0-9]{1,18}")  # what 64 bits hold


def repair_timestamp(timestamp: str) -> str:
    """14 digits from what the index holds: short ones padded, an inserted ``00`` taken out.

    >>> repair_timestamp("20000008241731")  # month 00: 2000-08-24 17:31
    '20000824173100'

    Raises ``ValueError`` for what is no timestamp.
    """
    if not (timestamp.isascii() and timestamp.isdecimal()) or not 4 <= len(timestamp) <= 14:
        raise ValueError(f"no CDX timestamp: {timestamp!r}")
    timestamp += "00000101000000"[len(timestamp) :]
    for start in (4, 6):  # the month, the day
        if timestamp[start : start + 2] == "00":
            timestamp = timestamp[:start] + timestamp[start + 2 :] + "00"
    return timestamp


def is_of_the_web(timestamp: str) -> bool:
    """Whether a timestamp is of a year in which something can have been captured."""
    return FIRST_YEAR <= int(timestamp[:4]) <= datetime.now(UTC).year + 1
