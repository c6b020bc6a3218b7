"""Playback: the answer to ``/web/<1-14 digits>id_/<url>``, from the archived site or from the archive itself.

Header names and the text of the pages are copied from recorded answers of web.archive.org. The Memento headers
follow RFC 7089.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote, urljoin

from warcio.exceptions import ArchiveLoadFailed

from crawler.archives.surt import key_of
from crawler.local_archive.index import Entry, Exchange, Index, read
from pipelines.timestamps import http_date, moment
from pipelines.urls import Replay, with_two_slashes

_PATH = re.compile(r"/web/(?P<timestamp>\d{1,14})(?P<modifier>[a-z]{2}_)?/(?P<url>.+)", re.DOTALL)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]+")
_NOT_IN_HEADERS = re.compile(r"[^\x20-\x7e\x80-\xff]")
#: Archived headers that are also sent under their own names, because a client needs them to read the body.
_PLAIN_HEADERS = frozenset({"content-type", "content-encoding"})

NOT_ARCHIVED = """<h2>Hrm.</h2>
<p>The Wayback Machine has not archived that URL.</p>
<p>Click here to search for all archived pages under <a href="{base}/web/*/{url}*">{url}</a>.</p>"""
EXCLUDED = """<h2>Sorry.</h2>
<p>This URL has been excluded from the Wayback Machine.</p>"""
UNAVAILABLE = """<h2>Sorry.</h2>
<p>The capture of {url} cannot be played back now.</p>"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that depends on no web framework."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    reason: str | None = None


def parse(path: str) -> Replay | None:
    """Reads a request's raw path with its query. ``None`` if it is not a playback path.

    The archive takes more than ``pipelines.urls.split_replay`` may: any timestamp, and URLs without a scheme.

    >>> parse("/web/2005id_/http:/shop.example/a?b=c").url
    'http://shop.example/a?b=c'
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    url = with_two_slashes(match["url"])
    return Replay(match["timestamp"], match["modifier"] or "", url if "://" in url else f"http://{url}")


def replay(index: Index, asked: Replay, base: str) -> Answer:
    """The archive's answer: the capture, a redirect to the nearest one, or a page that says why there is none.

    ``base`` is the archive's own address (``http://127.0.0.1:8090``). Every ``Location`` points into it.
    """
    captures = index.of_url(key_of(asked.url))
    if not captures:
        return page(404, NOT_ARCHIVED, base=base, url=asked.url)
    nearest = _nearest(captures, asked)
    if nearest.capture.timestamp != asked.timestamp:
        return _offer(nearest, asked, base)
    holder = index.body_of(nearest)
    try:
        exchange = read(holder) if holder else None
    except (ArchiveLoadFailed, OSError):
        exchange = None
    if holder is None or exchange is None:
        return page(503, UNAVAILABLE, url=asked.url)
    headers = [
        ("memento-datetime", http_date(moment(nearest.capture.timestamp))),
        ("link", _links(captures, nearest, base)),
        ("x-archive-src", f"local/{holder.path.name}"),
        *_archived_headers(exchange, nearest, asked, base),
    ]
    return Answer(exchange.status, headers, exchange.body, _NOT_IN_HEADERS.sub("", exchange.reason) or None)


def page(status: int, words: str, **values: str) -> Answer:
    """A page of the archive itself: HTML without ``Memento-Datetime``."""
    title = HTTPStatus(status).phrase
    body = words.format(**{name: html.escape(value) for name, value in values.items()})
    text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head><title>Wayback Machine</title></head>\n'
        f'<body>\n<div id="error">\n{body}\n</div>\n</body>\n</html>\n'
    )
    return Answer(status, [("Content-Type", "text/html; charset=utf-8"), ("x-ts", str(status))], text.encode(), title)


def memento_url(base: str, timestamp: str, modifier: str, url: str) -> str:
    """The replay URL of a capture in this archive."""
    return f"{base}/web/{timestamp}{modifier}/{_ascii(url)}"


def _ascii(url: str) -> str:
    """A URL for a header: everything but printable ASCII is percent-encoded."""
    return _NOT_IN_URLS.sub(lambda found: quote(found[0], errors="surrogatepass"), url)


def _nearest(captures: list[Entry], asked: Replay) -> Entry:
    """The nearest capture in time. Of several in one second, the one with exactly the URL asked for."""
    wanted = moment(asked.timestamp, latest=True)  # so that ``/web/2/`` means the newest capture
    same = captures[_at(captures, asked.timestamp) : _at(captures, asked.timestamp + "0")]

    def how_far(entry: Entry) -> tuple[timedelta, bool]:
        return abs(moment(entry.capture.timestamp) - wanted), entry.capture.original != asked.url

    return min(same or captures, key=how_far)


def _at(captures: list[Entry], timestamp: str) -> int:
    """The position of the first capture that is not before a timestamp."""
    return bisect_left(captures, timestamp, key=lambda entry: entry.capture.timestamp)


def _offer(entry: Entry, asked: Replay, base: str) -> Answer:
    capture = entry.capture
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Location", memento_url(base, capture.timestamp, asked.modifier, capture.original)),
        ("x-archive-redirect-reason", f"found capture at {capture.timestamp}"),
        ("x-ts", "302"),
    ]
    return Answer(302, headers, reason="FOUND")


def _archived_headers(exchange: Exchange, entry: Entry, asked: Replay, base: str) -> list[tuple[str, str]]:
    """All archived headers with the prefix ``x-archive-orig-``, and some under their own names too."""
    headers = []
    for name, value in exchange.headers:
        if not _HEADER_NAME.fullmatch(name):
            continue
        safe = _NOT_IN_HEADERS.sub("", value)
        headers.append((f"x-archive-orig-{name.lower()}", safe))
        if name.lower() in _PLAIN_HEADERS:
            headers.append((name, safe))
        elif name.lower() == "location" and 300 <= exchange.status < 400:
            try:
                target = urljoin(entry.capture.original, safe)
            except ValueError:  # http://[nonsense
                target = safe
            headers.append(("Location", memento_url(base, entry.capture.timestamp, asked.modifier, target)))
    return headers


def _links(captures: list[Entry], entry: Entry, base: str) -> str:
    """The ``Link`` header of RFC 7089: the original, the TimeMap, the timegate, and the capture with its neighbours.

    Its URLs are HTML-escaped, as web.archive.org does it.
    """
    original = html.escape(_ascii(entry.capture.original))
    at = captures.index(entry, _at(captures, entry.capture.timestamp))
    mementos = {"first memento": captures[0]}
    if at > 0:
        mementos["prev memento"] = captures[at - 1]
    mementos["memento"] = entry
    if at + 1 < len(captures):
        mementos["next memento"] = captures[at + 1]
    mementos["last memento"] = captures[-1]
    links = [
        f'<{original}>; rel="original"',
        f'<{base}/web/timemap/link/{original}>; rel="timemap"; type="application/link-format"',
        f'<{base}/web/{original}>; rel="timegate"',
    ]
    for relation, other in mementos.items():
        address = html.escape(memento_url(base, other.capture.timestamp, "", other.capture.original))
        links.append(f'<{address}>; rel="{relation}"; datetime="{http_date(moment(other.capture.timestamp))}"')
    return ", ".join(links)
