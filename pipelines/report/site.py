"""Writes the report: a folder of pages that opens from disk and from any host."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import pyarrow.compute as pc

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import whole_file
from pipelines.history.domain_history import read_crawls
from pipelines.release.manifest import FinishedRelease, is_release
from pipelines.report.facts import Facts, read_facts
from pipelines.report.figures import Figures
from pipelines.report.pages import (
    domain_page,
    domains_script,
    file_name,
    script_data,
    start_page,
    table_row,
)
from pipelines.report.pictures import THEMES, Picture, can_draw, pictures
from pipelines.report.texts import domain_data

_MADE_OF = re.compile(rb'<meta name="made-of" content="([0-9a-f]*)">')
#: The heads of pages end before this.
_HEAD_BYTES = 1_000
#: Written first; by what the stylesheet begins with, a folder is known as a report's.
_ASSETS = ("report.css", "report.js")
START_PAGE = "index.html"
_OURS = b"/* wayback-policies report */"


class ReportError(DatasetError):
    """No report was made; the message says why."""


@dataclass(slots=True)
class Report:
    """What was written."""

    path: Path
    domains: int = 0
    written: int = 0
    """Files that are new or other than they were."""
    removed: int = 0
    """Files of domains that are no longer there."""
    bytes: int = 0
    """Of all files."""
    drawn: bool = True
    """False where the corpus could not be drawn, because the extra ``report`` is not installed."""
    _files: set[Path] = field(default_factory=set)

    def keep(self, path: Path) -> None:
        """Notes a file that stays as it is."""
        self._files.add(path)
        self.bytes += path.stat().st_size

    def write(self, path: Path, text: str) -> None:
        """Writes a file, which appears whole, unless it is there already with the same text."""
        data = text.encode(errors="replace")
        if not path.is_file() or path.read_bytes() != data:
            with whole_file(path) as file:
                file.write(data)
            self.written += 1
        self.keep(path)

    def remove_others(self, folder: Path) -> None:
        """Removes the files of a folder of ours that are not of this report."""
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_file() and path not in self._files:
                path.unlink()
                self.removed += 1


def write_report(source: Path, out: Path) -> Report:
    """Makes the report of ``source``, a DATA_DIR or a release, in the folder ``out``, or brings it up to date.

    A domain's page says in its head what it was made of, so only what changed is made again; what is no longer in the
    dataset goes. Raises ``ReportError`` where ``out`` holds something else, ``DatasetError`` for a damaged file.
    """
    _check_ours(out)
    report, figures, rows = Report(out, drawn=can_draw()), Figures(), []
    for name in _ASSETS:
        report.write(out / name, (files("pipelines.report") / "templates" / name).read_text(encoding="utf-8"))
    for facts in read_facts(source):
        report.domains += 1
        figures.add(facts)
        rows.append(table_row(facts))
        _write_domain(report, facts)
    report.write(out / "domains.js", domains_script(rows))
    drawings = pictures(figures)
    for picture in drawings:
        _write_picture(report, picture)
    dataset = f"release {FinishedRelease.read(source).lineage.number} · " if is_release(source) else ""
    page = start_page(figures, drawings, drawn=report.drawn, dataset=dataset, crawls=_crawls(source))
    report.write(out / START_PAGE, page)
    for folder in ("domain", "data", "pictures"):
        report.remove_others(out / folder)
    return report


def _check_ours(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ReportError(f"{out} is a file; name a folder")
    if out.is_dir() and any(out.iterdir()) and _OURS not in _head(out / _ASSETS[0]):
        raise ReportError(f"{out} is not empty and holds no report; name a new folder")


def _head(page: Path) -> bytes:
    """The first bytes of a page; none where there is none."""
    if not page.is_file():
        return b""
    with page.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _write_domain(report: Report, facts: Facts) -> None:
    """Writes a domain's page and its data, unless both are of the same facts. The page is written last."""
    name = file_name(facts.domain)
    page, data = report.path / "domain" / f"{name}.html", report.path / "data" / f"{name}.js"
    made_of, digest = _MADE_OF.search(_head(page)), facts.digest
    if made_of and made_of[1].decode() == digest and data.is_file():
        report.keep(data)
        report.keep(page)
        return
    versions = [(facts.names[row["version_id"]], row) for row in facts.versions]
    report.write(data, script_data(name, domain_data(versions, facts.changes, facts.policies.to_pylist())))
    report.write(page, domain_page(facts, digest))


def _write_picture(report: Report, picture: Picture) -> None:
    table = io.StringIO()
    writer = csv.DictWriter(table, list(picture.rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(picture.rows)
    report.write(report.path / "pictures" / f"{picture.name}.csv", table.getvalue())
    for theme in THEMES if report.drawn else ():
        suffix = "" if theme == "light" else f"-{theme}"
        report.write(report.path / "pictures" / f"{picture.name}{suffix}.svg", picture.svg(theme))


def _crawls(source: Path) -> Sequence[str]:
    """What the last crawls say of themselves, the newest first."""
    return list(_sentences(source))[:3]


def _sentences(source: Path) -> Iterator[str]:
    rows = read_crawls(source)
    for row in rows.take(pc.sort_indices(rows, [("started", "descending")])).to_pylist():
        ended = f"ended {row['ended']:%Y-%m-%d %H:%M}" if row["ended"] else "has not ended"
        code = f" with exit code {row['exit_code']}" if row["exit_code"] is not None else ""
        requests = [row[f"requests_{pool}"] for pool in ("cdx", "playback")]
        asked = "; {:,} requests to the index, {:,} to playback".format(*(each or 0 for each in requests))
        yield f"crawl of {row['started']:%Y-%m-%d %H:%M}: {ended}{code}{asked}"
