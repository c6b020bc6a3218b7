"""Raw captures as WARC 1.1 (ISO 28500:2017), so that a better extractor never needs the archive again."""

from __future__ import annotations

import os
import re
import zlib
from http import HTTPStatus
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from pipelines.dataset.cdxj import write_cdxj
from pipelines.dataset.digests import EMPTY, sha1_base32
from pipelines.dataset.part_writer import sync_folder
from pipelines.dataset.warc_reading import DOMAIN_FIELD
from pipelines.document import Snapshot

#: Bytes. A file that has grown to this is closed, and a new one begun.
ROLL_SIZE = 1_000_000_000
#: The level 9 that warcio uses takes twice the time of 6, and saves 1 %.
LEVEL = 6
#: Records that are remembered, so that the same capture or the same payload is not written twice: some 15 MB.
PLACES_KEPT = 20_000

#: Header fields about the transfer at that time; the stored body has no transfer coding any more.
_TRANSFER = {"transfer-encoding", "content-length", "connection", "keep-alive"}

#: The name of a header field (RFC 9110, 5.1); one of another form would damage the record.
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")


class WrittenRecord(NamedTuple):
    """Where the bytes of a capture are."""

    file: str
    offset: int
    digest: str
    """Base32 SHA-1 of the body."""
    url: str
    date: str
    """URL and date of the record, which are another capture's where the bytes have come again."""


class WarcFiles:
    """Writes captures to ``folder/<prefix>-00000.warc.gz`` and on. Call it from one thread at a time.

    Bytes that come again for the same domain become a revisit record without a body, and their place is that of the
    first record. Of the same domain only, so that a domain's records can be taken out by themselves; and only with the
    same status and the same fields about the body's form, so that it can be read by the first record's headers.
    """

    def __init__(
        self, folder: Path, prefix: str, *, user_agent: str, operator: str = "", roll_size: int = ROLL_SIZE
    ) -> None:
        """``operator`` is whom to ask about the files; it may be empty."""
        self.folder = folder
        self.prefix = prefix
        self.roll_size = roll_size
        self._info = _info(prefix, user_agent, operator)
        self._file: BinaryIO | None = None
        self._writer = WARCWriter(BytesIO(), gzip=False, warc_version="1.1")  # ``_append`` compresses its records
        self._unsynced: dict[str, int] = {}
        self._places: dict[tuple[object, ...], WrittenRecord] = {}

    def write(self, snapshot: Snapshot) -> WrittenRecord:
        """Appends a capture; returns the place of its bytes. A capture that was written before is not written again."""
        digest = sha1_base32([snapshot.body])
        date = datetime_to_iso_date(snapshot.captured_at.replace(tzinfo=None))
        itself = (snapshot.domain, digest, snapshot.policy_url, date)
        form = (snapshot.http_status, snapshot.header("Content-Type"), snapshot.header("Content-Encoding"))
        bytes_alike = (snapshot.domain, digest, *form)
        if (known := self._places.get(itself)) is not None:
            return known
        if self._file is None or self._file.tell() >= self.roll_size:
            self._next_file()
        assert self._file is not None
        first = self._places.get(bytes_alike) if digest != EMPTY else None
        place = first or WrittenRecord(self.name, self._file.tell(), digest, snapshot.policy_url, date)
        self._append(self._record(snapshot, digest, date, first))
        self._unsynced[self.name] = self._file.tell()
        self._remember(itself, place)
        if digest != EMPTY:
            self._remember(bytes_alike, place)
        return place

    @property
    def name(self) -> str:
        """The name of the file that is written to; empty before the first capture."""
        return Path(self._file.name).name if self._file is not None else ""

    def sync(self) -> dict[str, int]:
        """Makes all records durable; returns the sizes of the files that were written to since the last call."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
        sizes, self._unsynced = self._unsynced, {}
        return sizes

    def close(self) -> None:
        """Makes all records durable, and writes the file's index."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with file:  # closed even where the disk is full
            file.flush()
            os.fsync(file.fileno())
        write_cdxj(Path(file.name))

    def _next_file(self) -> None:
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        number = len(list(self.folder.glob(f"{self.prefix}-*.warc.gz")))
        while True:
            try:
                self._file = (self.folder / f"{self.prefix}-{number:05d}.warc.gz").open("xb")
                break
            except FileExistsError:
                number += 1
        sync_folder(self.folder)
        self._append(self._writer.create_warcinfo_record(self.name, self._info))

    def _append(self, record: ArcWarcRecord) -> None:
        """Writes a record as one gzip member."""
        assert self._file is not None
        plain = BytesIO()
        self._writer.out = plain
        self._writer.write_record(record)
        self._file.write(zlib.compress(plain.getvalue(), LEVEL, wbits=31))

    def _remember(self, key: tuple[object, ...], place: WrittenRecord) -> None:
        self._places[key] = place
        if len(self._places) > PLACES_KEPT:
            del self._places[next(iter(self._places))]  # the oldest

    def _record(self, snapshot: Snapshot, digest: str, date: str, first: WrittenRecord | None) -> ArcWarcRecord:
        """A response, or a revisit where ``first`` has the bytes."""
        http = _http_headers(snapshot)
        fields = {
            "WARC-Date": date,
            "WARC-Source-URI": snapshot.wayback_url,
            "WARC-Creation-Date": datetime_to_iso_date(snapshot.fetched_at.replace(tzinfo=None)),
            DOMAIN_FIELD: snapshot.domain,
        }
        if first is not None:
            return self._writer.create_revisit_record(
                snapshot.policy_url, f"sha1:{digest}", first.url, first.date, http, fields
            )
        return self._writer.create_warc_record(
            snapshot.policy_url,
            "response",
            payload=BytesIO(snapshot.body),
            length=len(snapshot.body),
            http_headers=http,
            warc_headers_dict=fields | {"WARC-Payload-Digest": f"sha1:{digest}"},
        )


def _http_headers(snapshot: Snapshot) -> StatusAndHeaders:
    headers = [
        (name, _CONTROL.sub(" ", value))
        for name, value in snapshot.headers
        if name.lower() not in _TRANSFER and _FIELD_NAME.fullmatch(name)
    ]
    headers.append(("Content-Length", str(len(snapshot.body))))
    try:
        reason = HTTPStatus(snapshot.http_status).phrase
    except ValueError:
        reason = "Unknown"
    return StatusAndHeaders(f"{snapshot.http_status} {reason}", headers, protocol="HTTP/1.1")


def _info(prefix: str, user_agent: str, operator: str) -> dict[str, str]:
    """What a warcinfo record says of its file (ISO 28500:2017, 6.4)."""
    fields = {
        "software": f"{user_agent.partition(' ')[0]} warcio/{version('warcio')}",
        "operator": operator,
        "http-header-user-agent": user_agent,
        "robots": "ignore",
        "isPartOf": prefix,
        "description": "Captures as a web archive played them back (WARC-Source-URI, asked at WARC-Creation-Date); "
        "WARC-Date is when that archive captured them. The archived sites themselves were not visited.",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    return {name: _CONTROL.sub(" ", value) for name, value in fields.items()}
