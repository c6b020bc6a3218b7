"""The dataset as files for people: the older corpus's Markdown, plain text, or JSON lines.

Markdown and text: one file per capture (``p/pl/pli/plimus.com/2006-06-19.md``). JSON lines: one file per domain
(``p/pl/pli/plimus.com/policies.jsonl``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from pipelines.dataset.merging import merged
from pipelines.dataset.reading import history, part_files, policies_folder, retrying

FORMATS = ("markdown", "text", "jsonl")

Row = dict[str, Any]

_SUFFIXES = {"markdown": ".md", "text": ".txt"}
_MAX_NAME = 200
_ADDRESS = re.compile(r"(?s)(.*?/\d{14}[a-z_]*/)(.*)")
_ESCAPED_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*%3A", re.I)


def export(data_dir: Path, out: Path, form: str, domains: Collection[str] | None = None) -> int:
    """Writes the policies under ``data_dir`` into the folder ``out``; returns the number of captures written.

    ``form`` is one of ``FORMATS``; ``domains`` limits it to these domains. Files of the same name are replaced,
    so a second run gives the same folder. ``OSError`` where ``out`` cannot be written.
    """
    if form not in FORMATS:
        raise ValueError(f"unknown format {form!r}: one of {', '.join(FORMATS)}")
    tables: Iterable[pa.Table]
    if domains is None:
        tables = retrying(lambda: merged(part_files(policies_folder(data_dir))))
    else:
        tables = (history(data_dir, domain) for domain in sorted(domains))
    written = 0
    rows_of_all = (row for table in tables for row in table.to_pylist())
    for domain, rows in groupby(rows_of_all, key=lambda row: row["domain"]):
        folder = out / domain_folder(domain)
        folder.mkdir(parents=True, exist_ok=True)
        write = _write_lines if form == "jsonl" else _write_files
        written += write(folder, rows, form)
    return written


def domain_folder(domain: str) -> PurePosixPath:
    """``p/pl/pli/plimus.com`` for ``plimus.com``. Different domains have different folders, also where the file system
    ignores case.

    Everything but ``a-z 0-9 . _ -`` (a valid domain has nothing else), and a dot at either end, is percent-encoded in
    lower case. So no part of the path is ``..`` or empty, and the folder stays inside.
    """
    plain = re.compile(rb"[a-z0-9._-]")
    name = "".join(
        chr(byte) if plain.fullmatch(bytes([byte])) else f"%{byte:02x}" for byte in domain.encode("utf-8", "replace")
    )
    name = re.sub(r"^\.|\.$", "%2e", name) or "%"
    if len(name) > _MAX_NAME:
        name = f"{name[:_MAX_NAME]}%{hashlib.sha256(domain.encode('utf-8', 'replace')).hexdigest()[:32]}"
    return PurePosixPath(name[:1], name[:2], name[:3], name)


def header_line(row: Row) -> str:
    """The older corpus's first line: whose policy it is, the day of the capture, and where to look it up.

    The URL inside the address is escaped as by Python's ``urllib.parse.quote``, which keeps ``/``. An address
    that is escaped already (in a row that came from the older corpus) stays as it is.
    """
    address = row["wayback_url"]
    if (parts := _ADDRESS.fullmatch(address)) and not _ESCAPED_SCHEME.match(parts[2]):
        address = parts[1] + quote(parts[2])
    return (
        f"> *The following text is extracted and transformed from the {row['domain']} privacy policy that "
        f"was archived on {row['capture_date']}. Please check the [original snapshot on the Wayback Machine]"
        f"({address}) for the most accurate reproduction.*"
    )


def markdown_page(row: Row) -> str:
    """One capture in the form of the older corpus: the header line, ``# title``, the body."""
    title = " ".join((row["title"] or "").split())
    return f"{header_line(row)}\n\n# {title}\n\n{row['markdown']}\n"


def _write_files(folder: Path, rows: Iterable[Row], form: str) -> int:
    """One file per capture. The day's primary policy is named by the day; the others add their time of day."""
    count = 0
    for day, group in groupby(rows, key=lambda row: row["capture_date"]):
        captures = sorted(group, key=lambda row: not row["primary"])
        taken: set[str] = set()
        for row in captures:
            name = _day_name(day, row["captured_at"], taken)
            taken.add(name)
            page = markdown_page(row) if form == "markdown" else f"{row['text']}\n"
            (folder / f"{name}{_SUFFIXES[form]}").write_text(page, encoding="utf-8", newline="\n")
            count += 1
    return count


def _day_name(day: date, captured_at: datetime, taken: Collection[str]) -> str:
    if day.isoformat() not in taken:
        return day.isoformat()
    timed = name = f"{day.isoformat()}-{captured_at:%H%M%S}"
    number = 2
    while name in taken:
        name = f"{timed}-{number}"
        number += 1
    return name


def _write_lines(folder: Path, rows: Iterable[Row], form: str) -> int:
    count = 0
    with (folder / "policies.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, default=_iso) + "\n")
            count += 1
    return count


def _iso(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
