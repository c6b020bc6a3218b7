"""The dataset as files for people: the older corpus's Markdown, plain text, or JSON lines.

Markdown and text: one file per capture (``p/pl/pli/plimus.com/2006-06-19.md``). JSON lines: one file per domain
(``p/pl/pli/plimus.com/policies.jsonl``). ``index.csv`` says which file holds which capture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from pipelines.dataset.merging import one_per_capture
from pipelines.dataset.reading import history
from pipelines.history.domain_history import DomainRows, read_domains
from pipelines.history.observations import observations
from pipelines.history.versions import find_versions
from pipelines.outcomes import Kind
from pipelines.page.inline import escaped
from pipelines.tools.export_folder import ExportFolder
from pipelines.tools.tables import as_json

SUFFIXES = {"markdown": ".md", "text": ".txt", "jsonl": ".jsonl"}
"""The formats, and the suffix of each one's files."""

Row = dict[str, Any]

_ADDRESS = re.compile(r"(?s)(.*?/\d{14}[a-z_]*/)(.*)")
_ESCAPED_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*%3A", re.I)
#: What a program that shows a file may obey: control characters, but for tab and line feed.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: How the header line calls a text.
_CALLED = {
    Kind.PRIVACY_POLICY: "privacy policy",
    Kind.COOKIE_POLICY: "cookie policy",
    Kind.TERMS: "terms of service",
    Kind.OTHER: "document",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of ``policies`` are exported: those that meet all conditions."""

    domains: Collection[str] | None = None
    """Of these domains; ``None`` for all."""
    primary: bool = False
    """Only the domains' main privacy policies."""
    kinds: Collection[str] = ()
    """Only these kinds; all where there is none."""
    versions: bool = False
    """Only one row for each version of the main policy: the one that stands for it in a release's ``versions``."""

    def rows(self, data_dir: Path) -> Iterator[tuple[str, list[Row]]]:
        """Each domain that has policies and is asked for, with those of its rows that are selected, by time."""
        for domain, policies in self._domains(data_dir):
            if len(policies):
                yield domain, [row for row in policies.to_pylist() if self._is_selected(row)]

    def _domains(self, data_dir: Path) -> Iterator[tuple[str, pa.Table]]:
        if self.domains is not None and not self.versions:
            for name in sorted(self.domains):
                yield name, one_per_capture(history(data_dir, name))
            return
        for domain in read_domains(data_dir):
            if self.domains is None or domain.domain in self.domains:
                yield domain.domain, _versions(domain) if self.versions else domain.policies

    def _is_selected(self, row: Row) -> bool:
        return (row["primary"] or not self.primary) and (row["kind"] in self.kinds or not self.kinds)


def _versions(domain: DomainRows) -> pa.Table:
    """The rows that stand for the versions of the domain's main line; one that comes back is not there twice."""
    versions = find_versions(domain.domain, observations(domain))
    rows = {version.row for version in versions if version.is_main}
    return domain.policies.take(pa.array(sorted(rows), pa.int64()))


ALL = Selection()


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did."""

    captures: int
    missing: frozenset[str]
    """The domains asked for of which the dataset has no policy at all."""


def export(data_dir: Path, out: Path, form: str, select: Selection = ALL) -> Exported:
    """Writes the policies under ``data_dir`` into the folder ``out``.

    ``form`` is one of ``SUFFIXES``. Files of the same name are replaced, and what an earlier export wrote there of
    these domains and this one does not write is removed; so a second run gives the same folder.

    Raises ``ExportRefused`` if ``out`` holds an export in another format, ``DatasetError`` where a part file is
    damaged, ``OSError`` where ``out`` cannot be written.
    """
    captures, missing = 0, set(select.domains or ())
    with ExportFolder(out, SUFFIXES[form], select.domains) as folder:
        for domain, rows in select.rows(data_dir):
            missing.discard(domain)
            captures += len(rows)
            for name, content, shown in _files(rows, form):
                folder.write(name, content, shown)
    return Exported(captures, frozenset(missing))


def header_line(row: Row) -> str:
    """The older corpus's first line: whose policy it is, the day of the capture, and where to look it up.

    The URL inside the address is escaped as by Python's ``urllib.parse.quote``, which keeps ``/``. An address
    that is escaped already (in a row that came from the older corpus) stays as it is.
    """
    address = row["wayback_url"]
    if (parts := _ADDRESS.fullmatch(address)) and not _ESCAPED_SCHEME.match(parts[2]):
        address = parts[1] + quote(parts[2])
    return (
        f"> *The following text is extracted and transformed from the {row['domain']} {_CALLED[row['kind']]} that was "
        f"archived on {row['capture_date']}. Please check the [original snapshot on the Wayback Machine]"
        f"({address}) for the most accurate reproduction.*"
    )


def markdown_page(row: Row) -> str:
    """One capture in the form of the older corpus: the header line, ``# title``, the body."""
    title = escaped(" ".join((row["title"] or "").split()))
    return f"{header_line(row)}\n\n# {title}\n\n{row['markdown']}\n"


#: How one capture is written, by format.
_PAGES: dict[str, Callable[[Row], str]] = {"markdown": markdown_page, "text": lambda row: f"{row['text']}\n"}


def _files(rows: Sequence[Row], form: str) -> Iterator[tuple[str, str, Sequence[Row]]]:
    """The files for a domain's rows: name, content, and the captures in it."""
    if form == "jsonl":
        if rows:
            yield "policies.jsonl", "".join(f"{as_json(row, indent=None)}\n" for row in rows), rows
        return
    for row, name in _day_names(rows):
        yield name + SUFFIXES[form], _CONTROLS.sub("\ufffd", _PAGES[form](row)), [row]


def _day_names(rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
    """A name for each capture. The day's primary policy is named by the day; the others add their time of day."""
    for day, group in groupby(rows, key=lambda row: row["capture_date"]):
        taken: set[str] = set()
        for row in sorted(group, key=lambda row: not row["primary"]):
            name = _day_name(day, row["captured_at"], taken)
            taken.add(name)
            yield row, name


def _day_name(day: date, captured_at: datetime, taken: Collection[str]) -> str:
    if day.isoformat() not in taken:
        return day.isoformat()
    timed = name = f"{day.isoformat()}-{captured_at:%H%M%S}"
    number = 2
    while name in taken:
        name = f"{timed}-{number}"
        number += 1
    return name
