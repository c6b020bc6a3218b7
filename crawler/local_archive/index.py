"""The captures of WARC files, in memory and in a CDX index's order, and where their bytes lie."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.archives.cdx import Capture
from pipelines.dataset.warc_reading import (
    REVISIT,
    CaptureRecord,
    Exchange,
    NotWarcError,
    captures_in,
    read_exchange,
)
from pipelines.surt import key_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A capture, and the place of its record."""

    capture: Capture
    path: Path
    offset: int
    """Where the record begins in the file. It is ``capture.length`` bytes long."""


class Index:
    """Captures, sorted by (urlkey, timestamp)."""

    def __init__(self, entries: Iterable[Entry], damaged: int = 0) -> None:
        self.entries = sorted(entries, key=_place)
        self.damaged = damaged
        """The number of unreadable places in the files, which were skipped."""
        self._bodies: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.capture.mimetype != REVISIT:
                self._bodies.setdefault(entry.capture.digest, entry)

    def position(self, key: str, timestamp: str = "") -> int:
        """The position of the first entry that is not before this urlkey and timestamp."""
        return bisect_left(self.entries, (key, timestamp), key=_place)

    def of_url(self, key: str) -> list[Entry]:
        """All captures of one urlkey, oldest first."""
        return self.entries[self.position(key) : self.position(key + "\0")]

    def url_count(self) -> int:
        """The number of distinct urlkeys."""
        return len({entry.capture.urlkey for entry in self.entries})

    def exchange(self, entry: Entry) -> Exchange | None:
        """The response that an entry stands for; ``None`` for a revisit whose bytes are in no file.

        Raises ``OSError`` or ``ArchiveLoadFailed`` if the file has changed.
        """
        holder = self._holder(entry)
        response = _read(holder) if holder else None
        own = _read(entry) if response is not None and holder is not entry else None
        if response is None or own is None or own.status == 304:  # "not modified" was said to a crawler, not to us
            return response
        return replace(own, body=response.body)

    def _holder(self, entry: Entry) -> Entry | None:
        """The entry whose record holds the bytes: for a revisit the one it repeats, or ``None`` if that is missing.

        WARC 1.1, 6.7: a revisit of the profile ``identical-payload-digest`` has the payload of that digest.
        """
        return self._bodies.get(entry.capture.digest) if entry.capture.mimetype == REVISIT else entry


def _place(entry: Entry) -> tuple[str, str]:
    return entry.capture.urlkey, entry.capture.timestamp


def load(paths: Iterable[Path]) -> Index:
    """Reads WARC files into an index; a folder stands for the WARC files in it.

    Raises ``OSError`` for a file that cannot be opened and ``NotWarcError`` for one that is no WARC.
    Damaged records are skipped and counted.
    """
    entries: list[Entry] = []
    damaged = 0
    for path in paths:
        for file in _files(path):
            found = list(captures_in(file))
            good = [_entry(record, file) for record in found if record is not None]
            entries += good
            damaged += len(found) - len(good)
    return Index(entries, damaged)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.name.endswith((".warc", ".warc.gz")))
    if not files:
        raise NotWarcError(f"{path} has no WARC files")
    return files


def _read(entry: Entry) -> Exchange | None:
    return read_exchange(entry.path, entry.offset, entry.capture.length)


def _entry(record: CaptureRecord, path: Path) -> Entry:
    capture = Capture(
        urlkey=key_of(record.url),
        timestamp=record.timestamp,
        original=record.url,
        mimetype=record.mimetype,
        status=None if record.mimetype == REVISIT else record.status,
        digest=record.digest,
        length=record.length,
    )
    return Entry(capture, path, record.offset)
