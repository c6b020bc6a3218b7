"""Queries to an archive's CDX index, and the captures in its answers: what all dialects share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from waybackpy.cdx_snapshot import CDXSnapshot

from pipelines.timestamps import is_of_the_web
from pipelines.urls import is_web_address

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")


@dataclass(frozen=True, slots=True)
class Query:
    """One CDX query in the Internet Archive's terms. A dialect translates it."""

    url: str
    match_type: str = "exact"
    """exact, prefix, host or domain."""
    filters: tuple[str, ...] = ()
    """Each is ``[!]field:regex``. Servers differ in how they match (full match or ``re.match``): write a regex that
    means the same under both, such as ``mimetype:text/html.*``."""
    since: str | None = None
    """First capture date, 4 to 14 digits, inclusive."""
    until: str | None = None
    """Last capture date, 4 to 14 digits, inclusive: ``2004`` covers all of 2004."""
    limit: int = 10_000
    """Rows per page."""
    resume_key: str | None = None
    """From the page before, sent back as it was."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One CDX row, typed. Its key is (urlkey, timestamp, digest); the same row can come twice, also on two pages."""

    urlkey: str
    """SURT of the URL (``com,plimus)/jsp/privacy.htm``): scheme, ``www.``, case and default ports fall together."""
    timestamp: str
    """14 digits, UTC: YYYYMMDDhhmmss."""
    original: str
    """The URL as it was captured."""
    mimetype: str
    """As archived; ``warc/revisit`` where the bytes are those of an earlier capture with the same digest."""
    status: int | None
    """HTTP status as archived; ``None`` where the index has none (revisits)."""
    digest: str
    """Base32 SHA-1 of the body as the archive stores it. Equal digests mean equal bytes. It is no fixity check of what
    playback serves, which may be decoded."""
    length: int | None
    """Bytes of the compressed WARC record; ``None`` where the index has ``-``."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a query."""

    captures: list[Capture]
    resume_key: str | None
    """Where the next page begins; ``None`` on the last page. A page may have a key and no rows."""
    bad_rows: int
    """How many rows could not be read; they are left out of ``captures``."""


class SiteExcluded(Exception):
    """The archive does not show this site (``AdministrativeAccessControlException``). Asking again is of no use."""


class IncompleteAnswer(Exception):
    """The archive's answer does not hold its captures: an error page, a truncated or unreadable body.

    ``may_pass``: the same query may be answered another time.
    """

    def __init__(self, reason: str, *, may_pass: bool = True) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


class QueryRefused(IncompleteAnswer):
    """The archive takes no query of this length, or can't work it out in time: a shorter one may be answered."""


def refusal(status: int, whose: str) -> IncompleteAnswer:
    """What an answer with an error's status means; ``whose`` names the server in the message."""
    meaning = QueryRefused if status in _TOO_MUCH else IncompleteAnswer
    return meaning(f"HTTP {status} from {whose}")


#: 504 says that the server took too long, and 500 often does, too; proxies send the others for a line that is too long.
_TOO_MUCH = (400, 403, 414, 431, 500, 504)


def read_rows(rows: Iterable[Mapping[str, str]]) -> tuple[list[Capture], int]:
    """The captures in CDX rows, and the number of rows that could not be read.

    A bad row is counted and skipped. Real indexes hold timestamps of impossible dates, ``mailto:`` and ``data:`` URLs,
    and rows with other fields.
    """
    found = [read_row(row) for row in rows]
    captures = [capture for capture in found if capture is not None]
    return captures, len(found) - len(captures)


def read_row(row: Mapping[str, str]) -> Capture | None:
    """The capture in a CDX row; ``None`` if the row has no readable date or no web address."""
    try:
        snapshot = CDXSnapshot({**row, "timestamp": repair_timestamp(row["timestamp"])})
        "".join(row.values()).encode()  # SQLite refuses a lone surrogate
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
    """The 14 digits meant by an index's timestamp: a short one is padded, an inserted ``00`` taken out.

    >>> repair_timestamp("20000008241731")  # month 00: 2000-08-24 17:31
    '20000824173100'

    Raises ``ValueError`` if it is no timestamp.
    """
    if not (timestamp.isascii() and timestamp.isdecimal()) or not 4 <= len(timestamp) <= 14:
        raise ValueError(f"no CDX timestamp: {timestamp!r}")
    timestamp += "00000101000000"[len(timestamp) :]
    for start in (4, 6):  # the month, the day
        if timestamp[start : start + 2] == "00":
            timestamp = timestamp[:start] + timestamp[start + 2 :] + "00"
    return timestamp
