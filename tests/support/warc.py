"""WARC files for the archive on loopback, written from a list of records."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = (("Content-Type", "text/html; charset=utf-8"),)


@dataclass(frozen=True)
class Record:
    """A response record, or a revisit of an earlier body."""

    timestamp: str
    url: str
    body: bytes | str = b"<p>text</p>"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = HTML
    revisit: bool = False

    @property
    def date(self) -> str:
        """The timestamp as ``WARC-Date`` has it; a test may give one that is no time."""
        parts = (self.timestamp[at : at + 2] for at in range(4, 14, 2))
        return "{}-{}-{}T{}:{}:{}Z".format(self.timestamp[:4], *parts)

    @property
    def payload(self) -> bytes:
        """The body as bytes: a ``str`` is written in UTF-8."""
        return self.body.encode() if isinstance(self.body, str) else self.body

    @property
    def digest(self) -> str:
        """The payload's SHA-1 in base32, as the index gives it."""
        return base64.b32encode(hashlib.sha1(self.payload).digest()).decode()


def write_warc(path: Path, records: Iterable[Record], *, zipped: bool = True) -> Path:
    """Writes the records to a WARC file, each in a gzip member of its own unless ``zipped`` is false."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=zipped)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "tests"}))
        for record in records:
            http = StatusAndHeaders(record.status, list(record.headers), protocol="HTTP/1.1")
            headers = {"WARC-Date": record.date}
            if record.revisit:
                digest = "sha1:" + record.digest
                written = writer.create_revisit_record(record.url, digest, record.url, record.date, http, headers)
            else:
                written = writer.create_warc_record(
                    record.url,
                    "response",
                    payload=BytesIO(record.payload),
                    http_headers=http,
                    warc_headers_dict=headers,
                )
            writer.write_record(written)
    return path


def moved(timestamp: str, url: str, location: str) -> Record:
    """An archived redirect."""
    return Record(timestamp, url, "", "301 Moved Permanently", (("Location", location),))


def cdxj_lines(path: Path) -> list[tuple[str, str, dict[str, str]]]:
    """The lines of an index: key, timestamp, fields."""
    lines = []
    for line in path.read_text("utf-8").splitlines():
        key, timestamp, fields = line.split(" ", 2)
        lines.append((key, timestamp, json.loads(fields)))
    return lines


OLD, NEW = b"<h1>Privacy</h1><p>We sell nothing.</p>", b"<h1>Privacy</h1><p>We sell everything.</p>"
PACKED = gzip.compress(NEW, mtime=0)
LATER = (("Retry-After", "9"),)
MOVED = (("Location", "../privacy?a=1"),)
ZIPPED = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
#: A shop whose policy changed once, with neighbours that must not be taken for it.
RECORDS = [
    Record("20000101000000", "http://www.shop.example:80/"),
    Record("20010101000000", "http://www.shop.example:80/privacy", OLD),
    Record("20040615120000", "http://shop.example/privacy", OLD),
    Record("20041231235959", "https://shop.example/privacy", NEW),
    Record("20060101000000", "https://shop.example/privacy", NEW, revisit=True),
    Record("20050101000000", "http://shop.example/privacy/old", b"", "301 Moved", MOVED),
    Record("20070101000000", "http://shop.example/privacy.gz", PACKED, headers=ZIPPED),
    Record("20080101000000", "http://help.shop.example/", b"help", headers=()),
    Record("20080101000000", "http://shop.example:8080/", b"other port"),
    Record("20080101000000", "http://shop-two.example/privacy"),
    Record("20080101000000", "http://shopping.example/privacy"),
    Record("20100101000000", "http://shop.example/gone", b"slow down", "429 Too Many", LATER),
]  # fmt: skip
