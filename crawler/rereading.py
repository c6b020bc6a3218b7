"""Reads captures that have no row again, from the WARC files that hold their bytes, as the crawl would store them."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from crawler.discovery.ownership import is_own, policy_owner
from crawler.known import NO_DIGEST
from crawler.ledger.verdicts import WithoutRow, without_row_of
from pipelines.dataset.cdxj import records_of
from pipelines.dataset.digests import is_verified, sha1_base32
from pipelines.dataset.rows import policy_row
from pipelines.dataset.warc_reading import REVISIT, CaptureRecord, Exchange, sound_exchange, warc_files, warc_folder
from pipelines.document import Item, Snapshot
from pipelines.processes.isolated import isolated
from pipelines.surt import key_of
from pipelines.timestamps import digits, parse
from pipelines.tools import warc_task
from pipelines.tools.warc_task import RECORDS, Record, Row, document_of

#: Captures that are read at once, their texts in memory.
_AT_ONCE = 500

_OF_A_SNAPSHOT = (
    "domain", "policy_url", "captured_at", "requested_at", "found_by", "link_text", "archive", "archive_digest",
    "crawl_id",
)  # fmt: skip

_Address = tuple[str, str, str]
"""Domain, address (``pipelines.surt``) and timestamp of a capture."""


def read_again(data_dir: Path, captures: Iterable[WithoutRow]) -> Iterator[dict[int, Row]]:
    """The rows of captures by their ids in the ledger, some hundred at a time.

    Captures without bytes, and those that can't be read, are left out. Raises ``DatasetError`` for a damaged index of a
    WARC file.
    """
    found = isolated(_read_by_id, _with_records(data_dir, captures))
    read = ((capture_id, row) for (capture_id, _), row in found if isinstance(row, dict))
    while batch := dict(islice(read, _AT_ONCE)):
        yield batch


def rows_of_others(db: sqlite3.Connection, warc: str, index: Sequence[CaptureRecord]) -> list[Row]:
    """The captures of a WARC file, by its index, that were read and have no row: what is known of the row of each."""
    domains = {record.domain for record in index if record.domain}
    wanted = _by_address(one for domain in domains for one in without_row_of(db, domain))
    return [_known(one, warc, record) for one, record in _found(wanted, index)]


def read_row(record: Record) -> Row | None:
    """The row of a capture with its text, as the crawl would store it, even where only ``_known`` is known of it."""
    if record.row["wayback_url"] is not None:
        return warc_task.read_again(record)
    exchange = sound_exchange(record.data)
    if exchange is None or not exchange.fields.keys() >= {"WARC-Source-URI", "WARC-Creation-Date"}:
        return None
    return _made(record.row, exchange)


def _read_by_id(work: tuple[int, Record]) -> Row | None:
    return read_row(work[1])


def _with_records(data_dir: Path, captures: Iterable[WithoutRow]) -> Iterator[tuple[int, Record]]:
    """The id of each of these captures with the record that has its bytes. Those that no file has are left out."""
    wanted = _by_address(captures)
    for warc in warc_files(warc_folder(data_dir)) if wanted else ():
        with warc.open("rb") as file:
            for one, record in _found(wanted, list(records_of(warc))):
                file.seek(record.offset)
                yield one.id, Record(_known(one, warc.name, record), file.read(record.length))


def _by_address(captures: Iterable[WithoutRow]) -> dict[_Address, list[WithoutRow]]:
    wanted: defaultdict[_Address, list[WithoutRow]] = defaultdict(list)
    for one in captures:
        wanted[one.domain, key_of(one.url), one.timestamp].append(one)
    return wanted


def _found(
    wanted: dict[_Address, list[WithoutRow]], index: Sequence[CaptureRecord]
) -> Iterator[tuple[WithoutRow, CaptureRecord]]:
    """Those of ``wanted`` that a file has, which are taken out, with the record of their bytes."""
    full = {(record.domain, record.digest): record for record in index if record.mimetype != REVISIT}
    for record in index if wanted else ():
        for one in wanted.pop((record.domain or "", key_of(record.url), record.timestamp), []):
            if (bytes_of := full.get((record.domain, record.digest))) is not None:
                yield one, bytes_of


def _known(one: WithoutRow, warc: str, record: CaptureRecord) -> Row:
    """What is known of a capture's row before its record is read; all else is ``None``."""
    captured_at = parse(one.timestamp)
    return dict.fromkeys(RECORDS.names) | {
        "domain": one.domain,
        "capture_date": captured_at.date(),
        "captured_at": captured_at,
        "requested_at": parse(one.via_timestamp or one.timestamp),
        "policy_url": one.url,
        "found_by": one.found_by,
        "link_text": one.link_text,
        "redirects": [one.via_url] if one.via_url else [],
        "archive_digest": one.digest if one.digest not in NO_DIGEST else None,
        "archive": one.archive,
        "crawl_id": warc.rpartition("-")[0],
        "warc_file": warc,
        "warc_offset": record.offset,
        "length": record.length,
    }


def _made(known: Row, exchange: Exchange) -> Row:
    # The record tells where the archive plays it back. If it is that of another capture with the same bytes, the time
    # in its address is another one.
    archive_url = re.split(r"/[0-9]{14}id_/", exchange.fields["WARC-Source-URI"], maxsplit=1)[0]
    domain, url, timestamp = known["domain"], known["policy_url"], digits(known["captured_at"])
    snapshot = Snapshot(
        **{name: known[name] for name in _OF_A_SNAPSHOT},
        wayback_url=f"{archive_url}/{timestamp}id_/{url}",
        view_url=f"{archive_url}/{timestamp}/{url}",
        redirects=tuple(known["redirects"]),
        http_status=exchange.status,
        headers=tuple(exchange.headers),
        body=b"",
        fetched_at=datetime.fromisoformat(exchange.fields["WARC-Creation-Date"]),
    )
    document = document_of(exchange, known)
    via_redirect = any(is_own(domain, passed) for passed in snapshot.redirects)
    coding = snapshot.header("Content-Encoding")
    item = Item(
        snapshot,
        settles=(),
        document=document,
        policy_owner=policy_owner(domain, url, via_redirect=via_redirect, text=document.text),
        digest_verified=is_verified(sha1_base32([exchange.body]), exchange.body, coding, snapshot.archive_digest),
        warc_file=known["warc_file"],
        warc_offset=known["warc_offset"],
    )
    return policy_row(item)
