"""Reads captures that have no row again, from the WARC files that hold their bytes, as the crawl would store them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from crawler.discovery.ownership import is_own, policy_owner
from crawler.ledger.verdicts import WithoutRow
from pipelines.dataset.cdxj import records_of
from pipelines.dataset.digests import is_verified
from pipelines.dataset.warc_reading import REVISIT, UNREADABLE, CaptureRecord, Exchange, read_exchange
from pipelines.document import Item, Snapshot
from pipelines.extraction import extract
from pipelines.processes.batch import run
from pipelines.processes.time_limits import CPU_LIMIT, WALL_LIMIT, TookTooLong, time_limits
from pipelines.surt import key_of
from pipelines.timestamps import parse

#: Captures that are read at once, their texts in memory.
_AT_ONCE = 500


class _Task(NamedTuple):
    """A capture to read again, and the record with its bytes."""

    capture: WithoutRow
    record: CaptureRecord
    warc: Path


def read_again(data_dir: Path, captures: Iterable[WithoutRow]) -> Iterator[dict[int, Item]]:
    """The items of captures by their ids in the ledger, some hundred at a time; those without bytes are left out.

    Raises ``EngineError`` where a worker that reads pages died, ``DatasetError`` for a damaged index of a WARC file.
    """
    tasks = _with_records(data_dir, captures)
    while batch := list(islice(tasks, _AT_ONCE)):
        yield {capture_id: item for capture_id, item in run("processes", _item, batch) if item is not None}


def _with_records(data_dir: Path, captures: Iterable[WithoutRow]) -> Iterator[_Task]:
    """Each of these captures with the record that has its bytes. Those that no file has are left out."""
    wanted: defaultdict[tuple[str, str, str], list[WithoutRow]] = defaultdict(list)
    for one in captures:
        wanted[one.domain, key_of(one.url), one.timestamp].append(one)
    for warc in sorted((data_dir / "warc").glob("*.warc.gz")) if wanted else ():
        records = list(records_of(warc))
        full = {(record.domain, record.digest): record for record in records if record.mimetype != REVISIT}
        for record in records:
            for one in wanted.pop((record.domain or "", key_of(record.url), record.timestamp), []):
                if (bytes_of := full.get((record.domain, record.digest))) is not None:
                    yield _Task(one, bytes_of, warc)


def _item(task: _Task) -> tuple[int, Item | None]:
    """The item of a capture as the crawl would have stored it, by its id; ``None`` where it can't be read."""
    one, record, warc = task
    with suppress(TookTooLong, *UNREADABLE), time_limits(CPU_LIMIT, WALL_LIMIT):
        exchange = read_exchange(warc, record.offset, record.length)
        if exchange is not None:
            return one.id, _read(task, exchange)
    return one.id, None


def _read(task: _Task, exchange: Exchange) -> Item:
    one, record, warc = task
    # The record tells where the archive plays it back; that of a capture with the same bytes does so of another time.
    archive_url = re.split(r"/[0-9]{14}id_/", exchange.fields["WARC-Source-URI"], maxsplit=1)[0]
    captured_at = parse(one.timestamp)
    snapshot = Snapshot(
        domain=one.domain,
        policy_url=one.url,
        captured_at=captured_at,
        requested_at=parse(one.via_timestamp or one.timestamp),
        wayback_url=f"{archive_url}/{one.timestamp}id_/{one.url}",
        view_url=f"{archive_url}/{one.timestamp}/{one.url}",
        found_by=one.found_by,
        link_text=one.link_text,
        redirects=(one.via_url,) if one.via_url else (),
        http_status=exchange.status,
        headers=tuple(exchange.headers),
        body=exchange.body,
        archive=one.archive,
        archive_digest=one.digest if one.digest not in ("", "-") else None,
        fetched_at=datetime.fromisoformat(exchange.fields["WARC-Creation-Date"]),
        crawl_id=warc.name.rpartition("-")[0],
    )
    document = extract(
        snapshot.body,
        url=one.url,
        content_type=snapshot.header("Content-Type"),
        content_encoding=snapshot.header("Content-Encoding"),
        captured=captured_at.date(),
    )
    via_redirect = one.via_url is not None and is_own(one.domain, one.via_url)
    verified = is_verified(record.digest, snapshot.body, snapshot.header("Content-Encoding"), snapshot.archive_digest)
    return Item(
        replace(snapshot, body=b""),
        settles=(),
        document=document,
        policy_owner=policy_owner(one.domain, one.url, via_redirect=via_redirect, text=document.text),
        digest_verified=verified,
        warc_file=warc.name,
        warc_offset=record.offset,
    )
