"""A domain's captures as one WACZ file, which ReplayWeb.page and other players of web archives open.

A WACZ is a ZIP file: the WARC records with their index, a list of pages, and a Frictionless data package that has the
SHA-256 of each. Source: the WACZ specification 1.1.1 (specs.webrecorder.net/wacz/1.1.1) and CDXJ's compressed form.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pipelines.dataset.cdxj import cdxj_lines, records_of
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.merging import CAPTURE_KEY
from pipelines.dataset.overrides import Removals, read_overrides
from pipelines.dataset.part_writer import whole_file
from pipelines.dataset.reading import history
from pipelines.dataset.warc_reading import CaptureRecord, warc_files, warc_folder
from pipelines.timestamps import iso

VERSION = "1.1.1"
#: Lines of the index that are compressed together: a player reads one such block for a page.
BLOCK_LINES = 1000
_COLUMNS = [*CAPTURE_KEY, "title", "warc_file", "warc_offset"]
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Written:
    """What a WACZ file holds."""

    records: int
    pages: int


def write_wacz(data_dir: Path, domain: str, out: Path, *, software: str) -> Written:
    """Writes what the WARC files hold of a domain to ``out``, which appears whole or not at all.

    Nothing is written where they hold nothing. Pages are the rows of ``policies``. Raises ``DatasetError`` where an
    index does not fit its WARC file, ``OSError`` where ``out`` cannot be written.
    """
    known = history(data_dir, domain, _COLUMNS).to_pylist()
    rows = [row for row in known if row["warc_file"] is not None]  # the others were imported
    pages = [_page(number, row) for number, row in enumerate(rows, 1)]
    places = {(row["warc_file"], row["warc_offset"]) for row in rows}
    warcs = warc_files(warc_folder(data_dir))
    removals = read_overrides(data_dir).remove
    found = [source for warc in warcs if (source := _source(warc, domain, places, removals)).records]
    if not found:
        return Written(0, 0)
    with whole_file(out) as whole, ZipFile(whole, "w") as file:
        package = _Package(file, datetime.now(UTC))
        name = f"{domain}.warc.gz"
        lines = cdxj_lines(package.add_warc(f"archive/{name}", found), name)
        package.add_index(lines)
        head = {"format": "json-pages-1.0", "id": "pages", "title": "Policies"}
        listed = [(json.dumps(line) + "\n").encode() for line in (head, *pages)]
        package.add("pages/pages.jsonl", listed, ZIP_DEFLATED)
        package.close(title=f"Privacy policies of {domain}", software=software)
    return Written(len(lines), len(pages))


@dataclass(frozen=True, slots=True)
class _Source:
    """The records of one WARC file that are wanted."""

    warc: Path
    head: int
    """Bytes before the file's first capture: its warcinfo record."""
    records: list[CaptureRecord]


class _Package:
    """A WACZ in the making: members are added with their digests, and listed in the end."""

    def __init__(self, file: ZipFile, created: datetime) -> None:
        self._file = file
        self._created = created
        self._resources: list[dict[str, Any]] = []

    def add(self, path: str, pieces: Iterable[bytes], compression: int = ZIP_STORED) -> None:
        """Adds a member that comes in pieces."""
        sha256, size = hashlib.sha256(), 0
        member = ZipInfo(path, self._created.timetuple()[:6])
        member.compress_type = compression
        with self._file.open(member, "w", force_zip64=True) as out:
            for piece in pieces:
                out.write(piece)
                sha256.update(piece)
                size += len(piece)
        resource = {"name": path.rpartition("/")[2], "path": path, "hash": _digest(sha256), "bytes": size}
        self._resources.append(resource)

    def add_warc(self, path: str, found: list[_Source]) -> list[CaptureRecord]:
        """Adds records of several files, byte by byte, as one file; returns them with their new offsets."""
        moved: list[CaptureRecord] = []
        self.add(path, _records(found, moved))
        return moved

    def add_index(self, lines: list[str]) -> None:
        """Adds an index, compressed in blocks, and the list of its blocks."""
        parts = [lines[start : start + BLOCK_LINES] for start in range(0, len(lines), BLOCK_LINES)]
        blocks = [(part[0], gzip.compress("".join(part).encode(), mtime=0)) for part in parts]
        self.add("indexes/index.cdx.gz", (packed for _, packed in blocks))
        head = {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
        listed, offset = [f"!meta 0 {json.dumps(head)}\n"], 0
        for first, packed in blocks:
            place = {"offset": offset, "length": len(packed), "digest": _digest(hashlib.sha256(packed))}
            key, timestamp, _ = first.split(" ", 2)
            listed.append(f"{key} {timestamp} {json.dumps(place)}\n")
            offset += len(packed)
        self.add("indexes/index.idx", (line.encode() for line in listed), ZIP_DEFLATED)

    def close(self, *, title: str, software: str) -> None:
        """Adds the list of the members, and its digest."""
        package = {
            "profile": "data-package",
            "title": title,
            "software": software,
            "wacz_version": VERSION,
            "created": iso(self._created),
            "resources": list(self._resources),
        }
        text = json.dumps(package, indent=2).encode()
        digest = {"path": "datapackage.json", "hash": _digest(hashlib.sha256(text))}
        self.add("datapackage.json", [text], ZIP_DEFLATED)
        self.add("datapackage-digest.json", [json.dumps(digest, indent=2).encode()], ZIP_DEFLATED)


def _source(warc: Path, domain: str, places: set[tuple[str, int]], removals: Removals) -> _Source:
    """The records of a domain in a WARC file, in their order, but for those to be removed.

    Those of version 0.1.0 do not name their domain: of these, the records that its rows refer to.
    """
    all_of_file = sorted(records_of(warc), key=lambda record: record.offset)
    wanted = [
        record
        for record in all_of_file
        if record.domain == domain or (record.domain is None and (warc.name, record.offset) in places)
        if not removals.name(domain, record.url, record.timestamp)
    ]
    return _Source(warc, all_of_file[0].offset if all_of_file else 0, wanted)


def _records(found: list[_Source], moved: list[CaptureRecord]) -> Iterator[bytes]:
    """The bytes of the records, those of each file after its warcinfo; ``moved`` gets the records with new offsets."""
    offset = 0
    for source in found:
        with source.warc.open("rb") as file:
            head = file.read(source.head)
            yield head
            offset += len(head)
            for record in source.records:
                file.seek(record.offset)
                data = file.read(record.length)
                if len(data) < record.length or not data.startswith(_GZIP):
                    raise DatasetError(
                        f"{source.warc} does not fit the index beside it: delete that, a crawl writes it anew"
                    )
                yield data
                moved.append(replace(record, offset=offset))
                offset += len(data)


def _page(number: int, row: dict[str, Any]) -> dict[str, str]:
    title = row["title"] or row["policy_url"]
    return {"id": str(number), "url": row["policy_url"], "ts": iso(row["captured_at"]), "title": title}


def _digest(sha256: Any) -> str:
    return f"sha256:{sha256.hexdigest()}"
