"""Reads WARC files, ours and others': the captures in a file, and one record's response."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import WARCIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from pipelines.dataset.digests import sha1_base32
from pipelines.header_fields import media_type

REVISIT = "warc/revisit"
#: The field of our records that names the domain which a capture was fetched for.
DOMAIN_FIELD = "Wayback-Policies-Domain"

#: Where a record seems to begin: a gzip member, or a plain record after the end of another.
_BEGINNING = re.compile(rb"\x1f\x8b\x08|(?<=\r\n\r\n)WARC/1\.")
_LONGEST_BEGINNING = len(b"\r\n\r\nWARC/1.")
_BLOCK = 1 << 20
#: What warcio raises for a damaged file.
UNREADABLE = (ArchiveLoadFailed, ValueError, AttributeError, KeyError, IndexError, OSError, EOFError)


def warc_folder(data_dir: Path) -> Path:
    """Where the WARC files are."""
    return data_dir / "warc"


def warc_files(folder: Path) -> list[Path]:
    """The WARC files in ``folder``, sorted by name; none where there is no folder."""
    return sorted(folder.glob("*.warc.gz"))


class NotWarcError(ValueError):
    """The file is not a WARC: neither gzip members nor plain records."""


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """A capture in a WARC file, and the place of its record."""

    url: str
    timestamp: str
    """14 digits."""
    mimetype: str
    """``warc/revisit`` where the bytes are in another record with the same digest; ``unk`` where none is named."""
    status: int | None
    """HTTP status; ``None`` where the record has none that a server may send."""
    digest: str
    """Base32 SHA-1 of the payload, without ``sha1:``."""
    offset: int
    """Where the record begins in the file."""
    length: int
    """Bytes of the record in the file."""
    domain: str | None
    """The domain that the capture was fetched for; ``None`` in files that are not ours."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The archived HTTP response of one record."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    """As sent: a ``Content-Encoding`` still applies, a chunked transfer does not. Empty in a revisit."""
    fields: dict[str, str] = field(default_factory=dict)
    """The fields of the WARC record."""


def captures_in(path: Path) -> Iterator[CaptureRecord | None]:
    """The captures in a WARC file, plain or with one gzip member per record; ``None`` for each damaged place.

    Raises ``OSError`` for a file that cannot be opened and ``NotWarcError`` for one that is no WARC.
    """
    with path.open("rb") as file:
        has_capture = False
        for capture in _captures(file):
            has_capture = has_capture or capture is not None
            yield capture
        if not has_capture and not _begins_as_warc(file):
            raise NotWarcError(f"{path} is not a WARC file")


def sound_captures(path: Path) -> Iterator[CaptureRecord]:
    """The captures in a WARC file, its damaged places passed over. Raises as ``captures_in`` does."""
    return (capture for capture in captures_in(path) if capture is not None)


def read_exchange(path: Path, offset: int, length: int | None) -> Exchange | None:
    """The response in the record at an offset; ``None`` for a revisit that has no headers.

    Raises ``OSError`` or ``ArchiveLoadFailed`` if the file has changed.
    """
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        data = file.read(length or -1)
    record = next(WARCIterator(BytesIO(data)))
    return None if record.http_headers is None else _exchange(record)


def sound_exchange(data: bytes) -> Exchange | None:
    """The response in the bytes of a record; ``None`` where it is damaged, cut off, or no response."""
    try:
        record = next(WARCIterator(BytesIO(data), check_digests=True))
        if record.rec_type != "response" or record.http_headers is None:
            return None
        exchange = _exchange(record)
        return None if record.raw_stream.limit > 0 or record.digest_checker.passed is False else exchange
    except MemoryError:
        raise
    except Exception:  # a damaged record makes warcio raise nearly anything
        return None


def _exchange(record: Any) -> Exchange:
    http = record.http_headers
    chunked = (http.get_header("Transfer-Encoding") or "").lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    code, _, reason = http.statusline.partition(" ")
    body = b"".join(_blocks(stream))
    return Exchange(_status(code) or 200, reason, list(http.headers), body, dict(record.rec_headers.headers))


def _captures(file: BinaryIO) -> Iterator[CaptureRecord | None]:
    start: int | None = 0
    while start is not None:
        file.seek(start)
        records = WARCIterator(file)
        try:
            for record in records:
                capture = _capture(record, records)
                start = records.get_record_offset() + 1
                if record.raw_stream.limit > 0:
                    raise ArchiveLoadFailed("the record is shorter than it says")
                if capture is not None:
                    yield capture
            if records.offset < file.seek(0, SEEK_END):
                raise ArchiveLoadFailed("what follows the last record is no record")
            return
        except UNREADABLE:
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
    except UNREADABLE:
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


def _capture(record: Any, records: WARCIterator) -> CaptureRecord | None:
    """The capture in a response or revisit record. ``None`` for the other types, which are no captures."""
    if record.rec_type not in ("response", "revisit"):
        return None
    headers, http = record.rec_headers, record.http_headers
    url, date = headers.get_header("WARC-Target-URI"), headers.get_header("WARC-Date")
    if not url or not date or (record.rec_type == "response" and http is None):
        return None
    timestamp = re.sub("[^0-9]", "", date)[:14]
    if len(timestamp) < 4:
        raise ArchiveLoadFailed(f"no date: {date}")
    digest = (headers.get_header("WARC-Payload-Digest") or "").partition(":")[2]
    is_revisit = record.rec_type == "revisit"
    return CaptureRecord(
        url=url.strip("<>"),
        timestamp=timestamp.ljust(14, "0"),
        mimetype=REVISIT if is_revisit else media_type(http.get_header("Content-Type")) or "unk",
        status=None if http is None else _status(http.get_statuscode()),
        digest=digest or sha1_base32(_blocks(record.raw_stream)),
        length=records.get_record_length(),
        offset=records.get_record_offset(),
        domain=headers.get_header(DOMAIN_FIELD),
    )


def _status(code: str) -> int | None:
    """A final status (RFC 9110, 15), or ``None``. Sites send some above 599 too."""
    return int(code) if re.fullmatch(r"[2-9][0-9]{2}", code) else None


def _blocks(stream: Any) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block
