"""WARC files and a plain HTTP client for the tests of the archive on loopback."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = (("Content-Type", "text/html; charset=utf-8"),)


@dataclass(frozen=True)
class Record:
    """A response record, or a revisit of an earlier body."""

    timestamp: str
    url: str
    body: bytes = b"<p>text</p>"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = HTML
    revisit: bool = False

    @property
    def date(self) -> str:
        parts = (self.timestamp[at : at + 2] for at in range(4, 14, 2))
        return "{}-{}-{}T{}:{}:{}Z".format(self.timestamp[:4], *parts)

    @property
    def digest(self) -> str:
        return base64.b32encode(hashlib.sha1(self.body).digest()).decode()


def write_warc(path: Path, records: Iterable[Record], *, gzip: bool = True) -> Path:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzip)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "tests"}))
        for record in records:
            http = StatusAndHeaders(record.status, list(record.headers), protocol="HTTP/1.1")
            headers = {"WARC-Date": record.date}
            if record.revisit:
                digest = "sha1:" + record.digest
                written = writer.create_revisit_record(
                    record.url, digest, record.url, record.date, http, headers
                )
            else:
                written = writer.create_warc_record(
                    record.url,
                    "response",
                    payload=BytesIO(record.body),
                    http_headers=http,
                    warc_headers_dict=headers,
                )
            writer.write_record(written)
    return path


@dataclass(frozen=True)
class Got:
    """An answer as it came, nothing followed, nothing decoded."""

    status: int
    headers: Message
    body: bytes


def ask(
    base: str, path: str, *, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None
) -> Got:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=10)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers or {})
        response = connection.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        connection.close()


def cdx_path(**query: Any) -> str:
    return "/cdx/search/cdx?" + urlencode(query, doseq=True)
