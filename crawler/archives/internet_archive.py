"""The Internet Archive's dialect: CDX server and Wayback Machine playback.

Sources: the CDX server's README (internetarchive/wayback, wayback-cdx-server) and recorded exchanges.
"""

from __future__ import annotations

import re

from waybackpy.cdx_api import WaybackMachineCDXServerAPI
from waybackpy.cdx_utils import full_url

from crawler.archives.cdx import FIELDS, IncompleteAnswer, Page, Query, SiteExcluded, read_rows, refusal
from crawler.archives.playback import (
    Answer,
    Excluded,
    Headers,
    NotArchived,
    Offer,
    Unavailable,
    is_exclusion,
    read_memento,
    split_playback,
)
from pipelines.header_fields import header


class InternetArchive:
    """Builds requests to web.archive.org, or to a server that speaks like it, and reads the answers. Does no I/O."""

    name = "internet-archive"
    default_url = "https://web.archive.org"
    offers_newest = True

    def __init__(self, url: str = default_url) -> None:
        self.url = url.rstrip("/")
        self.playback_base = f"{self.url}/web/"

    def query_url(self, query: Query) -> str:
        """The URL of a CDX query.

        waybackpy builds it; its own readers block, and drop pages. ``page`` and ``showNumPages`` are not used because
        they miss recent captures, ``resolveRevisits`` is not sent because it slows the server.
        """
        api = WaybackMachineCDXServerAPI(
            query.url.replace("*", "%2A"),  # a wildcard to the server, and refused by waybackpy
            start_timestamp=query.since,
            end_timestamp=query.until,
            filters=list(query.filters),
            match_type=query.match_type,
        )
        payload: dict[str, str] = {}
        api.add_payload(payload)
        payload |= {"limit": str(query.limit), "showResumeKey": "true"}
        if query.resume_key is not None:
            payload["resumeKey"] = query.resume_key
        return full_url(f"{self.url}/cdx/search/cdx", payload)

    def read_page(self, status: int, headers: Headers, body: bytes) -> Page:
        """The captures in a CDX answer: rows of seven fields, and a resume key after a blank line.

        Raises ``SiteExcluded`` and ``IncompleteAnswer``.
        """
        if is_exclusion(headers, b"" if _ROW.match(body) else body[:4096]):
            raise SiteExcluded(body[:300].decode("utf-8", "replace").strip())
        if status != 200:
            raise refusal(status, "the CDX server")
        text = body.decode("utf-8", "replace")
        if _SPACE_AND_QUOTES.sub("", text) in _NOTHING:
            return Page([], None, 0)
        if text.lstrip().startswith(("<", "org.archive.")):
            raise IncompleteAnswer(f"an error page in place of CDX rows: {' '.join(text[:120].split())}")
        rows, resume_key = split_resume_key(text)
        if rows and not any(_FULL_ROW.match(row) for row in rows):
            raise IncompleteAnswer(f"no CDX rows: {rows[0][:120]}")
        if rows and resume_key is None and not text.endswith("\n") and not _FULL_ROW.match(rows[-1]):
            raise IncompleteAnswer(f"the answer ends within a row: {rows[-1][:120]}")
        captures, bad = read_rows(_fields(line) for line in rows)
        return Page(captures, resume_key, bad)

    def playback_url(self, timestamp: str, url: str) -> str:
        """The URL of a capture's archived bytes."""
        return f"{self.playback_base}{timestamp}id_/{url}"

    def view_url(self, timestamp: str, url: str) -> str:
        """The URL at which people see a capture."""
        return f"{self.playback_base}{timestamp}/{url}"

    def read_playback(self, asked: str, status: int, headers: Headers, body: bytes) -> Answer:
        """What a playback answer for the captured URL ``asked`` means."""
        memento = read_memento(asked, status, headers, archived_headers(headers), base=self.playback_base)
        if memento is not None:
            return memento
        if is_exclusion(headers, body[:MARKED_WITHIN]):
            return Excluded()
        if status in (301, 302, 303, 307, 308):
            offered = split_playback(header(headers, "Location") or "", base=self.playback_base)
            if offered is not None and len(offered[0]) == 14:
                return Offer(url=offered[1], timestamp=offered[0])
            return Unavailable(f"HTTP {status} to a place outside the archive")
        if status == 404:
            return NotArchived()
        return Unavailable(f"HTTP {status} from the archive, without Memento-Datetime")


#: Bytes of an answer that are searched for the note of exclusion. Recorded pages have it after 57 KB of menus.
MARKED_WITHIN = 1 << 18
_ROW = re.compile(rb"\S+ \d{4,14} \S")
_FULL_ROW = re.compile("[^ ]+ [0-9]+" + " [^ ]+" * (len(FIELDS) - 2))  # any other line may be an error's sentence
_SPACE_AND_QUOTES = re.compile(r'[\s"]')
#: Answers that mean "no rows": JSON's empty forms, which some servers also send as text, and the header row alone.
_NOTHING = ("[]", f"[[{','.join(FIELDS)}]]", "".join(FIELDS))


def split_resume_key(text: str) -> tuple[list[str], str | None]:
    """The rows of a text answer, and the resume key, which stands after a blank line."""
    lines = [line.rstrip("\r") for line in text.rstrip("\r\n").split("\n")]
    if len(lines) >= 2 and not lines[-2].strip() and " " not in lines[-1]:
        return [line for line in lines[:-2] if line], lines[-1]
    return [line for line in lines if line], None


def _fields(line: str) -> dict[str, str]:
    """A row's fields by name. Fields that a later server adds are ignored; a short row lacks its last fields."""
    return dict(zip(FIELDS, line.split(" "), strict=False))


def archived_headers(headers: Headers) -> list[tuple[str, str]]:
    """The archived fields: ``x-archive-orig-*``, and content type and encoding where they come unprefixed."""
    prefix = "x-archive-orig-"
    archived = [(name[len(prefix) :], value) for name, value in headers if name.lower().startswith(prefix)]
    unprefixed = {"content-type", "content-encoding"} - {name.lower() for name, _ in archived}
    return archived + [(name, value) for name, value in headers if name.lower() in unprefixed]
