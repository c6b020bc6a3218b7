"""pywb's dialect, also spoken by several national archives. Measured against pywb 2.10.

The archive's URL includes the collection: ``http://127.0.0.1:8080/my-collection``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlencode

from crawler.archives.cdx import IncompleteAnswer, Page, Query, read_rows, refusal, repair_timestamp
from crawler.archives.playback import (
    Answer,
    Excluded,
    Headers,
    NotArchived,
    Offer,
    Unavailable,
    read_memento,
    split_playback,
)
from pipelines.header_fields import header

#: pywb has no resume key and cuts off silently at ``limit``, by default 100,000.
MAX_ROWS = 1_000_000

_FIELD_NAMES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_OWN_HEADERS = {
    "memento-datetime", "link", "content-location", "date", "transfer-encoding", "content-length", "connection",
    "server", "preference-applied", "vary",
}  # fmt: skip


class Pywb:
    """Builds requests to a pywb collection and reads the answers. Does no I/O."""

    name = "pywb"
    default_url = "http://127.0.0.1:8090"
    offers_newest = False

    def __init__(self, url: str = default_url) -> None:
        self.url = url.rstrip("/")
        self.playback_base = f"{self.url}/"

    def query_url(self, query: Query) -> str:
        """The URL of a query to the collection's index."""
        parameters = [("url", query.url), ("matchType", query.match_type), ("output", "json")]
        parameters += [("filter", _translate(item)) for item in query.filters]
        parameters += [("from", query.since)] if query.since else []
        parameters += [("to", query.until)] if query.until else []
        parameters += [("limit", str(MAX_ROWS))]
        return f"{self.url}/cdx?{urlencode(parameters)}"

    def read_page(self, status: int, headers: Headers, body: bytes) -> Page:
        """The captures in an index answer: one JSON object per line. Raises ``IncompleteAnswer``."""
        # no captures of this URL; a wrong path answers with HTML
        if status == 404 and not body.lstrip().startswith(b"<"):
            return Page([], None, 0)
        if status != 200:
            raise refusal(status, "the index")
        lines = [line for line in body.decode("utf-8", "replace").splitlines() if line.strip()]
        rows = []
        for line in lines:
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                rows.append(_named_as_cdx(json.loads(line)))
        if lines and not rows:
            raise IncompleteAnswer("no CDX rows in the index's answer")
        if len(rows) >= MAX_ROWS:
            raise IncompleteAnswer(f"the index cut its answer off at {MAX_ROWS:,} rows", may_pass=False)
        captures, _ = read_rows(rows)
        return Page(captures, None, bad_rows=len(lines) - len(captures))

    def playback_url(self, timestamp: str, url: str) -> str:
        """The URL of a capture's archived bytes."""
        return f"{self.playback_base}{timestamp}id_/{url}"

    def view_url(self, timestamp: str, url: str) -> str:
        """The URL at which people see a capture."""
        return f"{self.playback_base}{timestamp}/{url}"

    def read_playback(self, asked: str, status: int, headers: Headers, body: bytes) -> Answer:
        """What a playback answer for the captured URL ``asked`` means.

        In ``id_`` mode pywb passes the archived ``Location`` on unchanged, and most headers without prefix.
        """
        offered = split_playback(header(headers, "Location") or "", base=self.playback_base)
        if status == 307 and offered is not None and len(offered[0]) >= 4:
            # from redirect_to_exact, with or without Memento-Datetime
            return Offer(url=offered[1], timestamp=repair_timestamp(offered[0]))
        memento = read_memento(asked, status, headers, _archived_headers(headers), base=self.playback_base)
        if memento is not None:
            return memento
        if status == 451:
            return Excluded()
        if status == 404:
            return NotArchived()
        return Unavailable(f"HTTP {status} from the archive, without Memento-Datetime")


def _translate(item: str) -> str:
    """``[!]field:regex`` in pywb's form ``[!]~field:regex``. Without the ``~``, pywb's filter means "contains"."""
    negation = "!" if item.startswith("!") else ""
    field, _, regex = item.removeprefix("!").partition(":")
    return f"{negation}~{_FIELD_NAMES.get(field, field)}:{regex}"


def _named_as_cdx(row: dict[str, object]) -> dict[str, str]:
    return {
        "urlkey": str(row["urlkey"]),
        "timestamp": str(row["timestamp"]),
        "original": str(row["url"]),
        "mimetype": str(row.get("mime", "")),
        "statuscode": str(row.get("status", "-")),  # missing on revisits
        "digest": str(row.get("digest", "-")),
        "length": str(row.get("length", "-")),
    }


def _archived_headers(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower().startswith("x-archive-orig-"):
            yield name[len("x-archive-orig-") :], value
        elif name.lower() not in _OWN_HEADERS:
            yield name, value
