"""The CDX server's query language: a pure function over an index.

Source: the README of Internet Archive's wayback-cdx-server, and recorded answers of ``/cdx/search/cdx``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from urllib.parse import quote_plus, unquote_plus

from crawler.archives.cdx import FIELDS, Capture
from crawler.local_archive.index import Index
from pipelines.surt import HOST_ENDS, is_below, urlkey
from pipelines.timestamps import moment

MATCH_TYPES = ("exact", "prefix", "host", "domain")
_LAST = "\U0010ffff"

Row = tuple[str, ...]


class BadQueryError(ValueError):
    """The query is wrong. The server answers with status 400 and the error's text."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its rows, and the resume key that leads to the next ones."""

    rows: list[Row]
    fields: tuple[str, ...] = FIELDS
    resume_key: str | None = None
    as_json: bool = False


def answer(index: Index, query: Sequence[tuple[str, str]], *, scan_limit: int | None = None) -> Page:
    """The page that the archive's server gives for a query's (name, value) pairs. Raises ``BadQueryError``.

    After ``scan_limit`` rows, including those that no filter lets through, the server stops without a resume key.
    """
    values = dict(reversed(query))  # of a repeated parameter the first value counts
    if not values.get("url"):
        raise BadQueryError("The url= query param is required")
    fields = tuple(values["fl"].split(",")) if values.get("fl") else FIELDS
    try:
        limit = int(values.get("limit") or 0)
    except ValueError as error:
        raise BadQueryError(f"Invalid limit: {values['limit']}") from error
    resume_key, _, resume_timestamp = unquote_plus(values.get("resumeKey", "")).partition(" ")
    start = index.position(resume_key, resume_timestamp)
    rows: Iterable[Row] = (
        _row(index.entries[position].capture)
        for span in _spans(index, values["url"], values.get("matchType"))
        for position in range(max(span.start, start), span.stop)
    )
    rows = filter(_all_of(query, values), islice(rows, scan_limit))
    if values.get("collapse"):
        rows = _collapsed(rows, values["collapse"])
    if values.get("sort") == "closest":
        wanted = moment(values.get("closest", ""), latest=True)
        rows = sorted(rows, key=lambda row: abs(moment(row[1]) - wanted))
    found = list(rows)[limit:] if limit < 0 else list(islice(rows, limit or None))
    goes_on = values.get("showResumeKey") == "true" and limit > 0 and len(found) == limit
    columns = [_column(field) for field in fields]
    rows = found if fields == FIELDS else [tuple(row[column] for column in columns) for row in found]
    return Page(rows, fields, key_after(found[-1]) if goes_on else None, as_json=values.get("output") == "json")


def render(page: Page) -> str:
    """A page as the server writes it: one line of words per row, or a JSON list of rows that begins with the names."""
    if not page.as_json:
        lines = [" ".join(row) for row in page.rows]
        if page.resume_key is not None:
            lines += ["", page.resume_key]
        return "".join(f"{line}\n" for line in lines)
    lists: list[Sequence[str]] = [page.fields, *page.rows] if page.rows else []
    if page.resume_key is not None:
        lists += [[], [page.resume_key]]
    return "[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in lists) + "]\n"


def key_of(row: Row) -> str:
    """The resume key of the page that begins with ``row``."""
    return quote_plus(f"{row[0]} {row[1]}")


def key_after(row: Row) -> str:
    """The resume key of the page after ``row``: its urlkey and timestamp, with one added to the last character.

    The real server does the same, and loses rows: the next page skips other rows with that urlkey and timestamp.
    """
    return quote_plus(f"{row[0]} {row[1][:-1]}{chr(ord(row[1][-1]) + 1)}")


def _spans(index: Index, url: str, match_type: str | None) -> Iterator[range]:
    """The ranges of the index that a URL and a match type select, in the index's order."""
    if match_type is None:
        url, match_type = _wildcard(url)
    if match_type not in MATCH_TYPES:
        raise BadQueryError(f"Invalid matchType: {match_type}")
    try:
        key = urlkey(url)
    except ValueError as error:
        raise BadQueryError(f"Invalid url: {url}") from error
    if match_type == "exact":
        yield range(index.position(key), index.position(key + "\0"))
        return
    host = key.partition(")")[0]
    beginnings = {"prefix": [key], "host": [host + ")"], "domain": [host + end for end in HOST_ENDS]}
    for beginning in beginnings[match_type]:
        yield range(index.position(beginning), index.position(beginning + _LAST))


def _wildcard(url: str) -> tuple[str, str]:
    """Reads ``*.example.com`` as matchType ``domain`` and ``example.com/path*`` as ``prefix``."""
    if url.startswith("*."):
        return url[2:], "domain"
    if url.endswith("*"):
        return url[:-1], "prefix"
    return url, "exact"


def _row(capture: Capture) -> Row:
    status, length = ("-" if number is None else str(number) for number in (capture.status, capture.length))
    return capture.urlkey, capture.timestamp, capture.original, capture.mimetype, status, capture.digest, length


def _all_of(query: Sequence[tuple[str, str]], values: dict[str, str]) -> Callable[[Row], bool]:
    """One test of a row that combines ``from``, ``to`` and every ``filter``."""
    since, until = values.get("from", ""), values.get("to", "").ljust(14, "9")
    filters = [_filter(value) for name, value in query if name == "filter"]
    return lambda row: since <= row[1] <= until and all(test(row) for test in filters)


def _filter(text: str) -> Callable[[Row], bool]:
    """The test of one filter: ``[!]field:regex`` matches the whole field, ``[!]~field:text`` a part of it."""
    unwanted = text.startswith("!")
    name, colon, value = text.removeprefix("!").partition(":")
    if not colon:
        raise BadQueryError(f"Invalid filter: {text}")
    column = _column(name.removeprefix("~"))
    if name.startswith("~"):
        return lambda row: (value in row[column]) != unwanted
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise BadQueryError(f"Invalid filter: {text} ({error})") from error
    return lambda row: bool(pattern.fullmatch(row[column])) != unwanted


def _collapsed(rows: Iterable[Row], text: str) -> Iterator[Row]:
    """Drops each row whose field equals that of the row before it; ``field:N`` compares only N characters."""
    name, _, width = text.partition(":")
    column = _column(name)
    size = int(width) if width.isdecimal() else None
    return (next(alike) for _, alike in groupby(rows, key=lambda row: row[column][:size]))


def _column(field: str) -> int:
    if field not in FIELDS:
        raise BadQueryError(f"Invalid field: {field}")
    return FIELDS.index(field)


def covers(domain: str, url: str) -> bool:
    """True if a URL's host is the domain or one of its subdomains."""
    try:
        return is_below(urlkey(url), domain)
    except ValueError:  # http://[nonsense
        return False
