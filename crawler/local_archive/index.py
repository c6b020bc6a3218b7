"""WARC files as a list of captures in memory, in a CDX index's order, and the way back to their bytes."""

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

from crawler.archives.capture import Capture
from crawler.archives.surt import urlkey

REVISIT = "warc/revisit"

_GZIP_MEMBER = b"\x1f\x8b\x08"
_PLAIN_RECORD = b"\r\n\r\nWARC/1."
_SEARCH_BLOCK = 1 << 20
_UNREADABLE = (ArchiveLoadFailed, ValueError, AttributeError, KeyError, IndexError, OSError, EOFError)


class NotWarcError(ValueError):
    """The file is not a WARC: neither gzip members nor plain records."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A capture, and where its record lies."""

    capture: Capture
    path: Path
    offset: int
    """First byte of the record in the file; it takes ``capture.length`` bytes."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The archived answer of one record: what the site's server sent."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    """As sent, still under its ``Content-Encoding``; only a chunked transfer is undone."""


class Index:
    """Captures sorted by (urlkey, timestamp)."""

    def __init__(self, entries: Iterable[Entry], damaged: int = 0) -> None:
        self.entries = sorted(entries, key=lambda entry: (entry.capture.urlkey, entry.capture.timestamp))
        self.damaged = damaged
        """Stretches of the files that could not be read as records, and were skipped."""
        self._keys = [(entry.capture.urlkey, entry.capture.timestamp) for entry in self.entries]
        self._bodies: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.capture.mimetype != REVISIT:
                self._bodies.setdefault(entry.capture.digest, entry)

    def position(self, key: str, timestamp: str = "") -> int:
        """Where an entry of that urlkey and timestamp stands, or would stand."""
        return bisect_left(self._keys, (key, timestamp))

    def of_url(self, key: str) -> list[Entry]:
        """All captures of one urlkey, oldest first."""
        return self.entries[self.position(key) : self.position(key + "\0")]

    def url_count(self) -> int:
        """Distinct urlkeys."""
        return len({entry.capture.urlkey for entry in self.entries})

    def body_of(self, entry: Entry) -> Entry | None:
        """The entry whose record holds the bytes: for a revisit the one it repeats, ``None`` if not here.

        WARC 1.1, 6.7: a revisit of the profile ``identical-payload-digest`` has the payload of that digest.
        """
        if entry.capture.mimetype != REVISIT:
            return entry
        return self._bodies.get(entry.capture.digest)


def load(paths: Iterable[Path]) -> Index:
    """Reads WARC files (plain or a gzip member a record) into an index.

    Raises ``OSError`` for a file that cannot be opened and ``NotWarcError`` for one that is no WARC.
    What is damaged in between is skipped and counted.
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
    """The archived answer in an entry's record; ``OSError``, ``ArchiveLoadFailed`` if the file changed."""
    with entry.path.open("rb", buffering=0) as file:
        file.seek(entry.offset)
        data = file.read(entry.capture.length or -1)
    record = next(WARCIterator(BytesIO(data)))
    http = record.http_headers
    chunked = (http.get_header("Transfer-Encoding") or "").lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    code, _, reason = http.statusline.partition(" ")
    return Exchange(_status(code) or 200, reason, list(http.headers), _read_all(stream))


def _entries(path: Path, file: BinaryIO) -> Iterator[Entry | None]:
    """The entries of one file, and a ``None`` for each damaged stretch."""
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
    """Whether a file begins with a record of any type, or holds nothing at all."""
    file.seek(0)
    if not file.read(1):
        return True
    file.seek(0)
    try:
        return next(WARCIterator(file), None) is not None
    except _UNREADABLE:
        return False


def _next_record(file: BinaryIO, start: int) -> int | None:
    """The offset of the next thing that looks like a record's beginning; ``None`` at the file's end."""
    file.seek(start)
    tail, at = b"", start
    while block := file.read(_SEARCH_BLOCK):
        window = tail + block
        found = [
            position + skip
            for mark, skip in ((_GZIP_MEMBER, 0), (_PLAIN_RECORD, 4))
            if (position := window.find(mark)) >= 0
        ]
        if found:
            return at - len(tail) + min(found)
        at += len(block)
        tail = window[-len(_PLAIN_RECORD) :]
    return None


def _entry(record: Any, records: WARCIterator, path: Path) -> Entry | None:
    """The entry of a response or revisit record; ``None`` for the other types, which are no captures."""
    if record.rec_type not in ("response", "revisit"):
        return None
    url = record.rec_headers.get_header("WARC-Target-URI")
    date = record.rec_headers.get_header("WARC-Date")
    if not url or not date or (record.rec_type == "response" and record.http_headers is None):
        return None
    timestamp = re.sub(r"[^0-9]", "", date)[:14]
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
    """Base32 SHA-1 of a payload as it is stored, for records that do not state theirs."""
    sha1 = hashlib.sha1(usedforsecurity=False)
    while block := stream.read(_SEARCH_BLOCK):
        sha1.update(block)
    return base64.b32encode(sha1.digest()).decode()


def _mimetype(content_type: str | None) -> str:
    """``text/html`` of ``text/html; charset=x``; the index says ``unk`` where there is none."""
    return (content_type or "").partition(";")[0].strip().lower().replace(" ", "") or "unk"


def _status(code: str) -> int | None:
    """A final status (RFC 9110, 15); sites send some beyond 599 too."""
    return int(code) if re.fullmatch(r"[2-9][0-9]{2}", code) else None


def _read_all(stream: Any) -> bytes:
    blocks = []
    while block := stream.read(_SEARCH_BLOCK):
        blocks.append(block)
    return b"".join(blocks)
