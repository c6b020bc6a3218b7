"""Writes the sample archive: a WARC a site, the same bytes each time.

python data/sample/build.py [FOLDER]        (default: beside this file)
"""

from __future__ import annotations

import base64
import hashlib
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path

from pages import Sampled
from sites import (
    brinehouse,
    copperkettle,
    framewright,
    hanabido,
    larkpost,
    ledgerline,
    lumisalle,
    mapleloop,
    nordwind,
    plumeria,
    quietgarden,
    tidelog,
)
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

SITES = (
    plumeria, framewright, nordwind, hanabido, quietgarden, ledgerline, copperkettle, brinehouse, tidelog, mapleloop,
    larkpost, lumisalle,
)  # fmt: skip


def write_site(path: Path, captures: Iterable[Sampled]) -> None:
    """One site's captures in the order of their dates, a gzip member each."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        bodies: dict[str, tuple[str, str]] = {}
        for capture in sorted(captures, key=lambda capture: (capture.timestamp, capture.url)):
            digest = "sha1:" + base64.b32encode(hashlib.sha1(capture.body, usedforsecurity=False).digest()).decode()
            date = _time(capture).strftime("%Y-%m-%dT%H:%M:%SZ")
            warc_headers = {
                "WARC-Record-ID": f"<{uuid.uuid5(uuid.NAMESPACE_URL, date + capture.url).urn}>",
                "WARC-Date": date,
                "WARC-Payload-Digest": digest,
            }
            if capture.revisit:
                url, first_date = bodies[digest]
                del warc_headers["WARC-Payload-Digest"]
                record = writer.create_revisit_record(
                    capture.url, digest, url, first_date, _http_headers(capture), warc_headers
                )
            else:
                bodies.setdefault(digest, (capture.url, date))
                record = writer.create_warc_record(
                    capture.url,
                    "response",
                    payload=BytesIO(capture.body),
                    length=len(capture.body),
                    http_headers=_http_headers(capture),
                    warc_headers_dict=warc_headers,
                )
            writer.write_record(record)


def _http_headers(capture: Sampled) -> StatusAndHeaders:
    headers = [("Date", format_datetime(_time(capture), usegmt=True)), ("Server", capture.server)]
    if capture.content_type is not None:
        headers.append(("Content-Type", capture.content_type))
    headers.append(("Content-Length", str(len(capture.body))))
    return StatusAndHeaders(capture.status, [*headers, *capture.headers], protocol="HTTP/1.1")


def _time(capture: Sampled) -> datetime:
    return datetime.strptime(capture.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def main(folder: Path) -> None:
    for site in SITES:
        name = site.__name__.rpartition(".")[2]
        write_site(folder / f"{name}.example.warc.gz", site.captures())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
