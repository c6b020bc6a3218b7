"""Raw captures as WARC (ISO 28500), so that a better extractor never needs the archive again."""

from __future__ import annotations

import os
import re
import zlib
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from pipelines.dataset.part_writer import sync_folder
from pipelines.document import Snapshot

#: Bytes. A file that has grown to this is closed, and a new one begun.
ROLL_SIZE = 1_000_000_000
#: The level 9 that warcio uses takes twice the time of 6, and saves 1 %.
LEVEL = 6

#: Header fields about the transfer at that time; the stored body has no transfer coding any more.
_TRANSFER = {"transfer-encoding", "content-length", "connection", "keep-alive"}

#: The name of a header field (RFC 9110, 5.1); one of another form would damage the record.
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_END = re.compile(r"[\r\n]+")


class WarcFiles:
    """Writes response records to ``folder/<prefix>-00000.warc.gz`` and on. Call it from one thread at a time."""

    def __init__(self, folder: Path, prefix: str, *, software: str, roll_size: int = ROLL_SIZE) -> None:
        self.folder = folder
        self.prefix = prefix
        self.software = software
        self.roll_size = roll_size
        self._file: BinaryIO | None = None
        self._writer: WARCWriter | None = None
        self._unsynced: dict[str, int] = {}

    def write(self, snapshot: Snapshot) -> tuple[str, int]:
        """Appends a capture; returns the name of the file and the offset of the record."""
        if self._file is None or self._file.tell() >= self.roll_size:
            self._next_file()
        assert self._file is not None and self._writer is not None
        name, offset = Path(self._file.name).name, self._file.tell()
        self._append(self._record(snapshot))
        self._unsynced[name] = self._file.tell()
        return name, offset

    def sync(self) -> dict[str, int]:
        """Makes all records durable; returns the sizes of the files that were written to since the last call."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
        sizes, self._unsynced = self._unsynced, {}
        return sizes

    def close(self) -> None:
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = self._writer = None

    def _next_file(self) -> None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        number = len(list(self.folder.glob(f"{self.prefix}-*.warc.gz")))
        while True:
            try:
                self._file = (self.folder / f"{self.prefix}-{number:05d}.warc.gz").open("xb")
                break
            except FileExistsError:
                number += 1
        sync_folder(self.folder)
        self._writer = WARCWriter(BytesIO(), gzip=False)  # for its records: ``_append`` compresses them
        name = Path(self._file.name).name
        info = {"software": self.software, "format": "WARC File Format 1.1"}
        self._append(self._writer.create_warcinfo_record(name, info))

    def _append(self, record: ArcWarcRecord) -> None:
        """Writes a record as one gzip member."""
        assert self._file is not None and self._writer is not None
        plain = BytesIO()
        self._writer.out = plain
        self._writer.write_record(record)
        self._file.write(zlib.compress(plain.getvalue(), LEVEL, wbits=31))

    def _record(self, snapshot: Snapshot) -> ArcWarcRecord:
        assert self._writer is not None
        headers = [
            (name, _LINE_END.sub(" ", value))
            for name, value in snapshot.headers
            if name.lower() not in _TRANSFER and _FIELD_NAME.fullmatch(name)
        ]
        headers.append(("Content-Length", str(len(snapshot.body))))
        try:
            reason = HTTPStatus(snapshot.http_status).phrase
        except ValueError:
            reason = "Unknown"
        return self._writer.create_warc_record(
            snapshot.policy_url,
            "response",
            payload=BytesIO(snapshot.body),
            http_headers=StatusAndHeaders(f"{snapshot.http_status} {reason}", headers, protocol="HTTP/1.1"),
            warc_headers_dict={
                "WARC-Date": datetime_to_iso_date(snapshot.captured_at.replace(tzinfo=None)),
                "WARC-Source-URI": snapshot.wayback_url,
            },
        )
