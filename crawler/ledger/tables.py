"""The tables that are made from the ledger: ``captures``, ``domains`` and ``crawls``.

The first two have a file per 1,000 domains; a file that is behind the ledger is written again as a whole.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from enum import IntEnum
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from crawler.known import LASTING, HomepageOutcome, Role, State
from crawler.ledger.sql import exists, one_of, transaction
from pipelines.dataset.parts import DOMAINS_PER_FILE
from pipelines.dataset.rows import ledger_table, write_rows
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS
from pipelines.timestamps import moment

_BATCH = 20_000

Rows = Iterator[list[tuple[Any, ...]]]


class Stale(IntEnum):
    """How far what is kept of a domain's history may be behind."""

    DATES = 0
    """Only what stands in ``domains`` has changed, such as the time until when the archive was asked."""
    FACTS = 1
    """What it is worked out of has changed."""
    WITHDRAWN = 2
    """It holds what has to be removed."""


def outdate(db: sqlite3.Connection, domain_id: int, degree: Stale = Stale.FACTS) -> None:
    """Notes that the files with this domain are behind the ledger, and its history is."""
    outdate_file(db, domain_id // DOMAINS_PER_FILE, captures=degree > Stale.DATES)
    db.execute(
        "INSERT INTO stale VALUES (?, ?) ON CONFLICT (domain_id) DO UPDATE SET degree = max(degree, excluded.degree)",
        (domain_id, degree),
    )


def outdate_file(db: sqlite3.Connection, file: int, *, captures: bool = True) -> None:
    """Notes that the files of a number are behind the ledger; that of ``captures``, too, unless told otherwise."""
    db.execute(
        "INSERT INTO outdated VALUES (?, 1, ?) ON CONFLICT (file) DO UPDATE"
        " SET changes = changes + 1, captures = max(captures, excluded.captures)",
        (file, captures),
    )


def outdated(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """The numbers of the files that are behind, with how many changes they have to catch up with."""
    return db.execute("SELECT file, changes FROM outdated ORDER BY file").fetchall()


def caught_up(db: sqlite3.Connection, file: int, changes: int) -> None:
    """Notes that the files of a number were written; what has changed since then keeps them outdated."""
    with transaction(db):
        db.execute("DELETE FROM outdated WHERE file = ? AND changes = ?", (file, changes))


def file_numbers(db: sqlite3.Connection) -> list[int]:
    """The numbers of the files that have, or are to have, a domain. Looks at one domain of each."""
    first_after = "(SELECT min(id) FROM domains WHERE id >= {})"
    found = db.execute(
        f"WITH RECURSIVE first (id) AS (SELECT {first_after.format(0)} UNION ALL SELECT"
        f" {first_after.format(f'(first.id / {DOMAINS_PER_FILE} + 1) * {DOMAINS_PER_FILE}')} FROM first"
        f" WHERE first.id IS NOT NULL) SELECT id / {DOMAINS_PER_FILE} FROM first WHERE id IS NOT NULL"
    )
    return [number for (number,) in found]


def file_names(db: sqlite3.Connection, data_dir: Path) -> list[Path]:
    """The files of ``captures`` and ``domains`` that are up to date, as far as the ledger knows."""
    behind = {file for file, _ in outdated(db)}
    numbers = (number for number in file_numbers(db) if number not in behind)
    return [data_dir / table / f"{number:05d}.parquet" for number in numbers for table in ("captures", "domains")]


def outdate_missing(db: sqlite3.Connection, data_dir: Path) -> None:
    """Notes that the files which are not there are to be written."""
    missing = {int(path.stem) for path in file_names(db, data_dir) if not path.exists()}
    with transaction(db):
        for number in missing:
            outdate_file(db, number)


def publish(db: sqlite3.Connection, data_dir: Path) -> None:
    """Writes the files that are behind, and ``crawls``."""
    for file, changes in outdated(db):
        write_files(db, data_dir, file)
        caught_up(db, file, changes)
    write_rows(data_dir / "crawls" / "00000.parquet", CRAWLS, crawls_rows(db))


def write_files(db: sqlite3.Connection, data_dir: Path, file: int) -> None:
    """Writes the files of ``captures`` and ``domains`` with this number; readers see the old or the new one.

    That of ``captures`` only if it is behind.
    """
    name = f"{file:05d}.parquet"
    captures = data_dir / "captures" / name
    if not captures.exists() or not exists(db, "outdated WHERE file = ? AND NOT captures", (file,)):
        write_rows(captures, CAPTURES, captures_rows(db, file))
    write_rows(data_dir / "domains" / name, DOMAINS, domains_rows(db, file))


def captures_rows(db: sqlite3.Connection, file: int) -> Rows:
    """The rows of one file of ``captures``, in batches, in the order of ``pipelines.schema.CAPTURES``.

    Times are texts of 14 digits. Captures not yet settled are pending, unless something is known of them for good:
    their rows are not on disk.
    """
    return _captures_rows(db, "d.id BETWEEN ? AND ?", range_of(file))


def _captures_rows(db: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> Rows:
    lasting = one_of(LASTING)
    return _batches(
        db.execute(
            f"""
            SELECT archive, domain, url, timestamp, digest, mimetype, status, length, outcome, same_as, text_sha256,
                   version_id, detail
            FROM (
                SELECT d.archive, d.domain, c.url, c.timestamp, nullif(nullif(c.digest, ''), '-') AS digest,
                       c.mimetype, c.status, c.length,
                       iif(c.imported, '{Outcome.STORED}',
                           iif(c.state = '{State.SETTLED}' OR (c.state != '{State.FETCHED}' AND c.outcome IN {lasting}),
                               c.outcome, '{Outcome.PENDING}')) AS outcome,
                       c.same_as, iif(c.state = '{State.SETTLED}', c.text_sha256, NULL) AS text_sha256,
                       c.version_id, c.detail,
                       row_number() OVER (PARTITION BY c.domain_id, c.timestamp, c.url
                                          ORDER BY coalesce(c.outcome IN {lasting}, FALSE) DESC, c.id) AS place
                FROM captures c JOIN domains d ON d.id = c.domain_id
                WHERE c.role = '{Role.POLICY}' AND {where}
            )
            WHERE place = 1  -- an index may list one capture with two digests
            ORDER BY domain, timestamp, url, archive
            """,
            values,
        )
    )


def domains_rows(db: sqlite3.Connection, file: int) -> Rows:
    """The rows of one file of ``domains``, as ``captures_rows`` gives those of ``captures``."""
    return _domains_rows(db, "d.id BETWEEN ? AND ?", range_of(file))


def _domains_rows(db: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> Rows:
    looked = one_of(HomepageOutcome)
    batches = _batches(
        db.execute(
            f"""
            SELECT d.archive, d.domain, named.source, named.source_sha256, d.rank,
                   {_digits("d.asked_first")}, {_digits("d.asked_last")}, {_digits("d.known_through")},
                   coalesce(d.outcome, '{DomainOutcome.INCOMPLETE}'),
                   iif(d.outcome IS NULL, 'the crawl has not come to its end', d.detail),
                   iif(d.outcome IS NULL, TRUE, d.may_pass),
                   {_digits("d.excluded_since")}, d.main_url, d.main_language, d.policy_owner,
                   (SELECT min(timestamp) FROM captures WHERE domain_id = d.id AND role = '{Role.POLICY}'),
                   (SELECT max(timestamp) FROM captures WHERE domain_id = d.id AND role = '{Role.POLICY}'), d.versions,
                   (SELECT json_group_array(json_array(timestamp, served)) FROM
                    (SELECT timestamp, served FROM captures WHERE domain_id = d.id AND role = '{Role.HOMEPAGE}'
                     AND outcome IN {looked} AND state = '{State.SETTLED}' ORDER BY timestamp, id))
            FROM domains d JOIN crawls named ON named.id = d.listed_by
            WHERE {where}
            ORDER BY d.domain, d.archive
            """,
            values,
        )
    )
    for rows in batches:
        yield [(*row[:-1], _homepages(row[-1])) for row in rows]


def facts_of(db: sqlite3.Connection, domain: str) -> tuple[pa.Table, pa.Table]:
    """The rows of ``captures`` and of ``domains`` of one domain, in all archives."""
    captures = _captures_rows(db, "d.domain = ?", (domain,))
    domains = _domains_rows(db, "d.domain = ?", (domain,))
    return ledger_table(chain.from_iterable(captures), CAPTURES), ledger_table(chain.from_iterable(domains), DOMAINS)


def crawls_rows(db: sqlite3.Connection) -> Rows:
    """The rows of ``crawls``, as ``captures_rows`` gives those of ``captures``."""
    return _batches(
        db.execute(
            f"""
            SELECT id, {_digits("started_at")}, {_digits("ended_at")}, archive, arguments, settings, software,
                   exit_code, requests_cdx, requests_playback
            FROM crawls ORDER BY started_at, id
            """
        )
    )


def _homepages(looks: str) -> list[dict[str, Any]]:
    """The looks at a homepage; times that no calendar has count as the nearest that it has."""
    return [
        {"asked": moment(asked), "nearest": moment(nearest) if nearest else None}
        for asked, nearest in json.loads(looks)
    ]


def _digits(unix_time: str) -> str:
    return f"strftime('%Y%m%d%H%M%S', {unix_time}, 'unixepoch')"


def range_of(file: int) -> tuple[int, int]:
    """The first and the last id of the domains in the files of a number."""
    return file * DOMAINS_PER_FILE, (file + 1) * DOMAINS_PER_FILE - 1


def _batches(cursor: sqlite3.Cursor) -> Rows:
    while batch := cursor.fetchmany(_BATCH):
        yield batch
