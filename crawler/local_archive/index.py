"""The captures of WARC files, in memory and in a CDX index's order, and where their bytes lie."""

from __future__ import annotations

import base64
import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import WARCIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from crawler.archives.cdx import Capture
from crawler.archives.surt import urlkey

REVISIT = "warc/revisit"

#: Where a record seems to begin: a gzip member, or a plain record behind the end of another.
_BEGINNING = re.compile(rb"\x1f\x8b\x08|(?<=\r\n\r\n)WARC/1\.")
_LONGEST_BEGINNING = len(b"\r\n\r\nWARC/1.")
_BLOCK = 1 << 20
_UNREADABLE = (ArchiveLoadFailed, ValueError, AttributeError, KeyError, IndexError, OSError, EOFError)


class NotWarcError(ValueError):
    """The file is not a WARC: neither gzip members nor plain records."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A capture, and the place of its record."""

    capture: Capture
    path: Path
    offset: int
    """Where the record begins in the file. It is ``capture.length`` bytes long."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The archived HTTP response of one record."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    """As sent: a ``Content-Encoding`` still applies, a chunked transfer does not."""


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

    def body_of(self, entry: Entry) -> Entry | None:
        """The entry whose record holds the bytes: for a revisit the one it repeats, or ``None`` if that is missing.

        WARC 1.1, 6.7: a revisit of the profile ``identical-payload-digest`` has the payload of that digest.
        """
        return self._bodies.get(entry.capture.digest) if entry.capture.mimetype == REVISIT else entry


def _place(entry: Entry) -> tuple[str, str]:
    return entry.capture.urlkey, entry.capture.timestamp


def load(paths: Iterable[Path]) -> Index:
    """Reads WARC files into an index: plain ones, and those with one gzip member per record.

    Raises ``OSError`` for a file that cannot be opened and ``NotWarcError`` for one that is no WARC.
    Damaged records are skipped and counted.
    """
    entries: list[Entry] = []
    damaged = 0
    for path in paths:
        with path.open("rb") as file:
            found = list(_entries(path, file))
            good = [entry for entry in found if entry is not None]
            if not good and not _begins_as_warc(file):
                raise NotWarcError(f"{path} is not a WARC file")
        entries += good
        damaged += len(found) - len(good)
    return Index(entries, damaged)


def read(entry: Entry) -> Exchange:
    """The response in an entry's record. Raises ``OSError`` or ``ArchiveLoadFailed`` if the file has changed."""
    with entry.path.open("rb", buffering=0) as file:
        file.seek(entry.offset)
        data = file.read(entry.capture.length or -1)
    record = next(WARCIterator(BytesIO(data)))
    http = record.http_headers
    chunked = (http.get_header("Transfer-Encoding") or "").lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    code, _, reason = http.statusline.partition(" ")
    return Exchange(_status(code) or 200, reason, list(http.headers), b"".join(_blocks(stream)))


def _entries(path: Path, file: BinaryIO) -> Iterator[Entry | None]:
    """The entries of one file, with ``None`` in place of each damaged part."""
    start: int | None = 0
    while start is not None:
        file.seek(start)
        records = WARCIterator(file)
        try:
            for record in records:
                entry = _entry(record, records, path)
                start = records.get_record_offset() + 1
                if record.raw_stream.limit > 0:
                    raise ArchiveLoadFailed("the record is shorter than it says")
                if entry is not None:
                    yield entry
            if records.offset < file.seek(0, SEEK_END):
                raise ArchiveLoadFailed("what follows the last record is no record")
            return
        except _UNREADABLE:
            yield None
            start = _next_record(file, max(start, records.offset) + 1)


def _begins_as_warc(file: BinaryIO) -> bool:
    """True if a file begins with a record of any type, or is empty."""
    file.seek(0)
    if not file.read(1):
        return True
    file.seek(0)
    try:
        return next(WARCIterator(file), None) is not None
    except _UNREADABLE:
        return False


def _next_record(file: BinaryIO, start: int) -> int | None:
    """The offset of the next bytes from ``start`` on that look like a record's beginning, or ``None``."""
    file.seek(start)
    tail = b""
    while block := file.read(_BLOCK):
        window = tail + block
        if found := _BEGINNING.search(window):
            return file.tell() - len(window) + found.start()
        tail = window[-_LONGEST_BEGINNING:]
    return None


def _entry(record: Any, records: WARCIterator, path: Path) -> Entry | None:
    """The entry of a response or revisit record. ``None`` for the other types, which are not captures."""
    if record.rec_type not in ("response", "revisit"):
        return None
    url = record.rec_headers.get_header("WARC-Target-URI")
    date = record.rec_headers.get_header("WARC-Date")
    if not url or not date or (record.rec_type == "response" and record.http_headers is None):
        return None
    timestamp = re.sub("[^0-9]", "", date)[:14]
    if len(timestamp) < 4:
        raise ArchiveLoadFailed(f"no date: {date}")
    url = url.strip("<>")
    digest = record.rec_headers.get_header("WARC-Payload-Digest") or ""
    digest = digest.partition(":")[2] or _payload_digest(record.raw_stream)
    if record.rec_type == "revisit":
        mimetype, status = REVISIT, None
    else:
        mimetype = _mimetype(record.http_headers.get_header("Content-Type"))
        status = _status(record.http_headers.get_statuscode())
    capture = Capture(
        urlkey=urlkey(url),
        timestamp=timestamp.ljust(14, "0"),
        original=url,
        mimetype=mimetype,
        status=status,
        digest=digest,
        length=records.get_record_length(),
    )
    return Entry(capture, path, records.get_record_offset())


def _payload_digest(stream: BinaryIO) -> str:
    """The base32 SHA-1 of a payload as stored, for a record that does not state it."""
    sha1 = hashlib.sha1(usedforsecurity=False)
    for block in _blocks(stream):
        sha1.update(block)
    return base64.b32encode(sha1.digest()).decode()


def _mimetype(content_type: str | None) -> str:
    """``text/html`` for ``text/html; charset=x``, and ``unk`` if there is no type, as in the archive's index."""
    return (content_type or "").partition(";")[0].strip().lower().replace(" ", "") or "unk"


def _status(code: str) -> int | None:
    """A final status (RFC 9110, 15), or ``None``. Sites send some above 599 too."""
    return int(code) if re.fullmatch(r"[2-9][0-9]{2}", code) else None


def _blocks(stream: Any) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block
