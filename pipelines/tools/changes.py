"""What changed in a dataset's policies since a day: as a table, as records and as an Atom feed.

Changes are those of the main line of each domain (``changes`` where ``is_main``). Their day is that of the first
capture that shows the new text (``change_before``), not the one on which a crawl came to know it: archives add captures
late.
"""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree
from lxml.builder import ElementMaker

from pipelines.dataset.part_writer import whole_file
from pipelines.history.kept import read_changes, read_versions
from pipelines.printable import printable
from pipelines.timestamps import iso
from pipelines.tools.tables import aligned

#: The newest changes that a feed holds; a reader asks for it again and again.
FEED_ENTRIES = 500
#: How many paragraphs of each, and how many characters of each paragraph.
FEED_PARAGRAPHS = 20
FEED_CHARACTERS = 2000

# feedgen 1.0.0, the only library that writes Atom, loses what a link is (rel), and has had no release since 2023.
_ATOM = "http://www.w3.org/2005/Atom"
_atom = ElementMaker(namespace=_ATOM, nsmap={None: _ATOM})
#: What XML can't hold: control characters, halves of surrogate pairs, and two that are no characters.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a domain's policy."""

    domain: str
    change_after: datetime
    change_before: datetime
    """It is later than the first capture, and not later than the second one."""
    change: str
    """Its class: substantive, wording, cosmetic, reordered or language."""
    words_added: int
    words_removed: int
    before_url: str | None
    after_url: str | None
    """Where people see the captures before and after it in the archive."""
    version_id: str
    """Of the version that it began."""
    paragraphs: Sequence[dict[str, Any]] = ()
    """As in the table ``changes``."""


#: The columns of the table, of CSV and of JSON.
COLUMNS = tuple(field.name for field in fields(Change) if field.name != "paragraphs")


def changes_since(
    data_dir: Path, since: datetime, until: datetime | None = None, domain: str | None = None
) -> list[Change]:
    """The changes from ``since`` to ``until``, both inclusive; of one domain, or of all. Oldest first.

    Raises ``DatasetError`` for a file that is damaged.
    """
    rows: list[dict[str, Any]] = []
    for table in read_changes(data_dir, domain=domain, since=since):
        if until is not None:
            table = table.filter(pc.less_equal(table["change_before"], pa.scalar(until, table["change_before"].type)))
        rows += table.filter(table["is_main"]).to_pylist()
    named = {row[name] for row in rows for name in ("before_version_id", "version_id")}
    urls = _view_urls(data_dir, named, domain) if rows else {}
    found = [
        Change(
            before_url=urls.get(row["before_version_id"]),
            after_url=urls.get(row["version_id"]),
            **{name: row[name] for name in (*COLUMNS, "paragraphs") if name not in ("before_url", "after_url")},
        )
        for row in rows
    ]
    return sorted(found, key=lambda change: (change.change_before, change.domain, change.version_id))


def _view_urls(data_dir: Path, version_ids: set[str], domain: str | None) -> dict[str, str]:
    """Where people see the captures that stand for some versions."""
    wanted = pa.array(sorted(version_ids), pa.string())
    found: dict[str, str] = {}
    for table in read_versions(data_dir, domain=domain):
        rows = table.filter(pc.is_in(table["version_id"], wanted)).select(["version_id", "view_url"])
        found |= dict(zip(*rows.to_pydict().values(), strict=True))
    return found


def as_table(changes: Iterable[Change]) -> str:
    """The changes as lines for people, the head first."""
    head = ("domain", "after", "by", "change", "added", "removed", "capture before", "capture after")
    rows = [head, *(tuple(printable(cell) for cell in _cells(change)) for change in changes)]
    return aligned(rows, numbers={4, 5})


def _cells(change: Change) -> Iterator[str]:
    yield change.domain
    yield f"{change.change_after:%Y-%m-%d}"
    yield f"{change.change_before:%Y-%m-%d}"
    yield change.change
    yield str(change.words_added)
    yield str(change.words_removed)
    yield change.before_url or ""
    yield change.after_url or ""


def records(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The changes as records with ``COLUMNS``, for JSON and CSV."""
    return [{name: getattr(change, name) for name in COLUMNS} for change in changes]


# --- the feed


def write_feed(path: Path, changes: Sequence[Change], dataset: str | None) -> int:
    """Writes the newest ``FEED_ENTRIES`` of the changes as an Atom feed (RFC 4287); returns how many.

    ``dataset``: the id of what they are of (``pipelines.dataset.identity``), by which the feed is known. The file
    appears whole. The same changes give the same bytes; an entry's id is made of its ``version_id``, so that a reader
    of feeds shows each change once.
    """
    newest = list(reversed(changes))[:FEED_ENTRIES]
    feed = _atom.feed(
        _atom.id(f"urn:uuid:{dataset or uuid.UUID(int=0)}"),
        _atom.title("Changes of privacy policies"),
        _atom.author(_atom.name("wayback-policies")),
        _atom.updated(iso(newest[0].change_before) if newest else "1970-01-01T00:00:00Z"),
        *map(_entry, newest),
    )
    with whole_file(path) as file:
        file.write(etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True))
    return len(newest)


def _entry(change: Change) -> etree._Element:
    when = iso(change.change_before)
    links = {"alternate": change.after_url, "related": change.before_url}
    return _atom.entry(
        _atom.id(f"urn:wayback-policies:version:{change.version_id}"),
        _atom.title(f"{change.domain}: {change.change} (+{change.words_added}, -{change.words_removed} words)"),
        _atom.published(when),
        _atom.updated(when),
        *(_atom.link(href=_xml(url), rel=rel) for rel, url in links.items() if url),
        _atom.summary(f"Changed after {iso(change.change_after)}, by {when}"),
        _atom.content(_xml(_as_html(change)), type="html"),
    )


def _as_html(change: Change) -> str:
    """The paragraphs that changed, as HTML: what is gone and what is new."""
    shown = change.paragraphs[:FEED_PARAGRAPHS]
    parts = [
        f"<p><{tag}>{html.escape(_shortened(paragraph[side]))}</{tag}></p>"
        for paragraph in shown
        for side, tag in (("before", "del"), ("after", "ins"))
        if paragraph.get(side)
    ]
    more = len(change.paragraphs) - len(shown)
    return "\n".join([*parts, *([f"<p>and {more:,} more paragraphs</p>"] if more else [])])


def _shortened(text: str) -> str:
    return text if len(text) <= FEED_CHARACTERS else f"{text[:FEED_CHARACTERS]} ..."


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
