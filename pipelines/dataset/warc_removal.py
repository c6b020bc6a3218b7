"""Takes records out of WARC files: a file with such a record is written again without it, under another name.

``x-00000.warc.gz`` becomes ``x-00000-r1.warc.gz``, and that ``x-00000-r2.warc.gz``. The old file stays until nothing
refers to it any more, so whatever is read meanwhile is found; the caller deletes it then.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import WARCIterator
from warcio.recordloader import ArcWarcRecord
from warcio.warcwriter import WARCWriter

from pipelines.dataset.cdxj import cdxj_path, write_cdxj
from pipelines.dataset.part_writer import leftovers, whole_file
from pipelines.dataset.warc_reading import (
    REVISIT,
    UNREADABLE,
    CaptureRecord,
    NotWarcError,
    read_exchange,
    sound_captures,
    warc_files,
)

_GENERATION = re.compile(r"(?P<stem>.+?)(?:-r(?P<number>[1-9][0-9]{0,8}))?\.warc\.gz")
_REFERS_TO, _REFERS_TO_DATE = "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"
#: Fields of a revisit record that a response has not, or that warcio writes anew.
_OF_REVISITS = {"warc-type", "warc-profile", "warc-refers-to", _REFERS_TO.lower(), _REFERS_TO_DATE.lower(),
                "warc-block-digest", "content-length", "content-type"}  # fmt: skip

RecordPlace = tuple[str, int]
"""A record: the name of its file, and where it begins there."""
_Capture = tuple[str | None, str, str]
"""Domain, URL and timestamp."""


@dataclass(slots=True)
class Moved:
    """What became of WARC files and of the records that stay."""

    files: dict[str, str] = field(default_factory=dict)
    """The new name by the old one."""
    places: dict[RecordPlace, RecordPlace] = field(default_factory=dict)
    """The new place by the old one; of a removed record whose bytes a capture that stays has too, that capture's."""
    records: int = 0
    """How many records are left out."""


def write_without(folder: Path, is_removed: Callable[[str, CaptureRecord], bool], *, in_use: Collection[str]) -> Moved:
    """Writes the WARC files in ``folder`` again that hold records to be removed; no file is changed or deleted.

    ``is_removed`` is asked with a file's name and a record. ``in_use`` are the files that rows refer to. Where a run
    that was killed left both an old file and the new one, they tell which counts, and the other one is deleted.
    """
    _drop_leftovers(folder, in_use)
    removal = _Removal(folder, is_removed)
    for path in warc_files(folder):
        removal.read(path)
    return removal.moved


def write_readable(path: Path) -> Moved:
    """Writes the records of a damaged WARC file that can be read into a file of the next name, if there are any."""
    moved = Moved()
    try:
        records = list(sound_captures(path))
    except NotWarcError:
        records = []
    if records:
        name = next_name(path)
        with path.open("rb") as old, whole_file(path.with_name(name)) as new:
            new.write(_readable_head(old, min(record.offset for record in records)))
            for record in records:
                moved.places[path.name, record.offset] = (name, new.tell())
                old.seek(record.offset)
                new.write(old.read(record.length))
        write_cdxj(path.with_name(name))
        moved.files[path.name] = name
    return moved


def _readable_head(file: BinaryIO, length: int) -> bytes:
    """What stands before a file's first capture, its warcinfo record; nothing if that is damaged."""
    head = file.read(length)
    try:
        for record in WARCIterator(BytesIO(head)):
            record.content_stream().read()
    except UNREADABLE:
        return b""
    return head


def next_name(path: Path) -> str:
    """The name under which a WARC file is written again."""
    stem, number = generation(path)
    return f"{stem}-r{number + 1}.warc.gz"


def delete(warc: Path) -> None:
    """Deletes a WARC file, and before it the index beside it."""
    cdxj_path(warc).unlink(missing_ok=True)
    warc.unlink()


def _drop_leftovers(folder: Path, in_use: Collection[str]) -> None:
    newest: dict[str, Path] = {}
    for path in sorted(warc_files(folder), key=generation):
        stem, _ = generation(path)
        if (older := newest.get(stem)) is not None:
            gone, path = (path, older) if older.name in in_use else (older, path)
            delete(gone)
        newest[stem] = path
    for leftover in leftovers(folder):
        leftover.unlink()


def generation(path: Path) -> tuple[str, int]:
    """A WARC file's name as it was first written, without its ending, and how often it was written again since."""
    match = _GENERATION.fullmatch(path.name)
    return (match["stem"], int(match["number"] or 0)) if match else (path.name, 0)


class _Removal:
    """Goes through the files of a folder in their order: a revisit is never in a file before the one with its bytes."""

    def __init__(self, folder: Path, is_removed: Callable[[str, CaptureRecord], bool]) -> None:
        self.folder = folder
        self.moved = Moved()
        self._is_removed = is_removed
        self._gone: dict[_Capture, tuple[Path, CaptureRecord]] = {}
        """Removed records whose bytes a later revisit may refer to."""
        self._stand_ins: dict[_Capture, tuple[str, str]] = {}
        """URL and date of the capture that has these bytes now."""

    def read(self, path: Path) -> None:
        """Writes a file again, if there is something to be removed or changed in it."""
        records = list(sound_captures(path))
        removed = {record.offset for record in records if self._is_removed(path.name, record)}
        for record in records:
            if record.offset in removed and record.mimetype != REVISIT:
                self._gone[record.domain, record.url, record.timestamp] = (path, record)
        changed = {record.offset for record in records if record.mimetype == REVISIT and self._refers(path, record)}
        if removed or changed - removed:
            self._write(path, records, removed)
            self.moved.records += len(removed)

    def _write(self, path: Path, records: list[CaptureRecord], removed: Collection[int]) -> None:
        name = next_name(path)
        with path.open("rb") as old, whole_file(self.folder / name) as new:
            new.write(old.read(min(record.offset for record in records)))  # the file's warcinfo record
            for record in records:
                if record.offset in removed:
                    continue
                place = (name, new.tell())
                self.moved.places[path.name, record.offset] = place
                if record.mimetype == REVISIT and (gone := self._refers(path, record)):
                    new.write(self._changed(path, record, gone, place))
                else:
                    old.seek(record.offset)
                    new.write(old.read(record.length))
        write_cdxj(self.folder / name)
        self.moved.files[path.name] = name

    def _refers(self, path: Path, revisit: CaptureRecord) -> _Capture | None:
        """The removed record whose bytes a revisit refers to; ``None`` if that stays."""
        if not self._gone:
            return None
        fields = _loaded(path, revisit).rec_headers
        timestamp = re.sub("[^0-9]", "", fields.get_header(_REFERS_TO_DATE) or "")[:14]
        refers_to = (revisit.domain, fields.get_header(_REFERS_TO) or "", timestamp)
        return refers_to if refers_to in self._gone else None

    def _changed(self, path: Path, revisit: CaptureRecord, gone: _Capture, place: RecordPlace) -> bytes:
        """The record in place of a revisit of removed bytes: the first one gets them, the others refer to it."""
        record = _loaded(path, revisit)
        fields, writer = record.rec_headers, WARCWriter(BytesIO(), gzip=False, warc_version="1.1")
        if (stand_in := self._stand_ins.get(gone)) is not None:
            for name, value in zip((_REFERS_TO, _REFERS_TO_DATE), stand_in, strict=True):
                fields.replace_header(name, value)
        else:
            old_path, old = self._gone[gone]
            self.moved.places[old_path.name, old.offset] = place
            self._stand_ins[gone] = (revisit.url, fields.get_header("WARC-Date"))
            exchange = read_exchange(old_path, old.offset, old.length)
            body = exchange.body if exchange is not None else b""
            kept = {name: value for name, value in fields.headers if name.lower() not in _OF_REVISITS}
            record = writer.create_warc_record(
                revisit.url,
                "response",
                payload=BytesIO(body),
                length=len(body),
                http_headers=record.http_headers,
                warc_headers_dict=kept,
            )
        plain = BytesIO()
        writer.out = plain
        writer.write_record(record)
        return zlib.compress(plain.getvalue(), wbits=31)


def _loaded(path: Path, record: CaptureRecord) -> ArcWarcRecord:
    with path.open("rb") as file:
        file.seek(record.offset)
        return next(WARCIterator(BytesIO(file.read(record.length))))
