"""Puts a damaged DATA_DIR in order: finds what is damaged or lost, puts it aside, and rebuilds it from what is left.

Each kind of file is rebuilt from the others: indexes from WARC files, the ledger from tables, rows and WARC files, rows
from WARC files, tables from the ledger. What none of them has is fetched again by the next crawl. Killed at any moment,
it can be run again and ends the same: whatever is made appears whole, and until then the damaged file stays.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crawler.discovery.homepage import read_homepage
from crawler.discovery.links import Link
from crawler.known import HomepageOutcome
from crawler.ledger import Ledger, rebuilding
from crawler.ledger.mending import forget_bytes, forget_rows, stored_without_row
from crawler.ledger.tables import file_names, outdate_missing
from crawler.ledger.verdicts import follow, judge_again, without_row
from crawler.ledger.withdrawal import register
from crawler.rereading import read_again
from crawler.settling import apply_verdicts
from pipelines.audit.result import FILE_NAME as AUDIT
from pipelines.audit.result import read_result
from pipelines.columns import some_columns
from pipelines.dataset import parts
from pipelines.dataset.cdxj import cdxj_path, records_of, write_cdxj
from pipelines.dataset.compaction import replace_parts
from pipelines.dataset.damage import damage_of_database, damage_of_index, damage_of_table, damage_of_warc, put_aside
from pipelines.dataset.errors import DamagedFileError, DatasetError
from pipelines.dataset.identity import FILE_NAME as IDENTITY
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.lifting import PartFile
from pipelines.dataset.merging import CAPTURE_KEY, merged
from pipelines.dataset.part_writer import sync_folder
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.rows import policy_table, with_places
from pipelines.dataset.warc_reading import (
    REVISIT,
    UNREADABLE,
    CaptureRecord,
    NotWarcError,
    read_exchange,
    warc_files,
    warc_folder,
)
from pipelines.dataset.warc_removal import RecordPlace, write_readable
from pipelines.header_fields import header
from pipelines.history.tables import KEPT
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS, POLICIES

_SCHEMAS = {"policies": POLICIES, "captures": CAPTURES, "domains": DOMAINS, "crawls": CRAWLS, **KEPT}
_KEYS = some_columns(POLICIES, (*CAPTURE_KEY, "warc_file", "warc_offset"))
#: Where the new ledger is made.
_SCRATCH = ".repairing"

Row = Mapping[str, Any]
Say = Callable[[str], None]


@dataclass(slots=True)
class Found:
    """What is wrong with a DATA_DIR: files, each with what is wrong with it."""

    ledger: str | None = None
    identity: str | None = None
    audit: str | None = None
    tables: dict[Path, str] = field(default_factory=dict)
    warcs: dict[Path, str] = field(default_factory=dict)
    indexes: dict[Path, str] = field(default_factory=dict)
    """By the WARC file beside it."""
    unknown: list[Path] = field(default_factory=list)
    """Part files that the ledger does not know."""
    missing: list[Path] = field(default_factory=list)
    """Files that the ledger or rows refer to, and that are not there."""
    rows: int = 0
    """Rows that the ledger knows of and no file has, where all files are whole: a repair was killed."""

    def lines(self, data_dir: Path) -> list[str]:
        """What was found, one line per file."""
        named: list[tuple[Path, str]] = []
        whys = ((parts.FILE_NAME, self.ledger), (IDENTITY, self.identity), (AUDIT, self.audit))
        named += [(data_dir / name, why) for name, why in whys if why]
        named += [*self.tables.items(), *self.warcs.items()]
        named += [(cdxj_path(warc), why) for warc, why in self.indexes.items()]
        named += [(path, "the ledger does not know it") for path in self.unknown]
        named += [(path, "it is missing") for path in self.missing]
        named += [(policies_folder(data_dir), f"{self.rows} rows are missing")] if self.rows else []
        return [f"{path}: {why}" for path, why in named]


def look(data_dir: Path) -> Found:
    """Reads the whole of a DATA_DIR. ``DatasetError`` for a file that is newer than this software."""
    found = Found(damage_of_ledger(data_dir))
    try:
        if (data_dir / IDENTITY).exists():
            dataset_id(data_dir)
    except DatasetError:
        found.identity = "it does not hold the dataset's id"
    try:
        read_result(data_dir)
    except DatasetError:
        found.audit = "it does not hold an audit's result"
    for table, schema in _SCHEMAS.items():
        for path in part_files(data_dir / table):
            if why := damage_of_table(path, schema):
                found.tables[path] = why
    for warc in warc_files(warc_folder(data_dir)):
        if why := damage_of_warc(warc):
            found.warcs[warc] = why
        elif why := damage_of_index(warc):
            found.indexes[warc] = why
    if found.ledger is None and (data_dir / parts.FILE_NAME).exists():
        strangers, lost = parts.strangers_and_lost(data_dir)
        found.unknown = [path for path in strangers if path not in found.tables]
        found.missing = lost + [path for path in _files_of_ledger(data_dir) if not path.exists()]
    found.missing += sorted(_missing_warcs(data_dir, found.tables))
    if not found.lines(data_dir) and (data_dir / parts.FILE_NAME).exists():
        found.rows = _missing_rows(data_dir)
    return found


def _missing_rows(data_dir: Path) -> int:
    # An older ledger has other tables, and no repair was at it.
    with closing(sqlite3.connect(data_dir / parts.FILE_NAME)) as db, suppress(sqlite3.OperationalError):
        return len(stored_without_row(db, _keys(data_dir)))
    return 0


def damage_of_ledger(data_dir: Path) -> str | None:
    """What is wrong with the ledger's file; ``None`` for a whole one, or where nothing was ever crawled."""
    path = data_dir / parts.FILE_NAME
    if not path.exists():
        tables = any(part_files(data_dir / table) for table in ("captures", "domains", "crawls"))
        return "it is missing" if tables or warc_files(warc_folder(data_dir)) else None
    try:
        with closing(parts.read_only(data_dir)) as db:
            why = damage_of_database(db)
            has_tables = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'captures'").fetchone()
    except sqlite3.OperationalError:  # it can't be opened, which is no damage
        raise
    except sqlite3.DatabaseError as error:
        return str(error)
    is_empty = not has_tables and any(part_files(data_dir / "captures"))
    return why or ("it is empty" if is_empty else None)


def repair(data_dir: Path, found: Found, say: Say) -> None:
    """Puts in order what ``look`` found; ``say`` is told of each step. Needs the lock.

    Raises ``DatasetError`` for a mistake in ``overrides.toml``.
    """
    if found.identity:
        say(f"put aside: {put_aside(data_dir, data_dir / IDENTITY)}; the dataset gets a new id")
    dataset_id(data_dir)
    if found.audit:
        say(f"put aside: {put_aside(data_dir, data_dir / AUDIT)}; score the answers again (scrapy audit --score)")
    _mend_indexes(data_dir, found)
    if found.ledger:
        _mend_ledger(data_dir, say)
    with closing(Ledger(data_dir)) as ledger:
        _mend_parts(data_dir, ledger, found, say)
        parts.settle(data_dir)
        ledger.recover()
        _mend_warcs(data_dir, ledger, found, say)
        _mend_rows(data_dir, ledger, say)
        for path in found.tables:
            if path.exists():
                say(f"put aside: {put_aside(data_dir, path)}")
        outdate_missing(ledger.db, data_dir)
        apply_verdicts(data_dir, ledger, only_if_it_pays=True)


def _mend_indexes(data_dir: Path, found: Found) -> None:
    """Writes the indexes of WARC files again, which all later steps go by."""
    for warc in (*found.indexes, *found.warcs):
        if cdxj_path(warc).exists():
            put_aside(data_dir, cdxj_path(warc))
        try:
            write_cdxj(warc)
        except NotWarcError:
            put_aside(data_dir, warc)


# The ledger


def _mend_ledger(data_dir: Path, say: Say) -> None:
    """Rebuilds the ledger from what the tables and WARC files tell, and puts it in place in one step."""
    scratch = data_dir / _SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    with closing(Ledger(scratch)) as ledger:
        _fill(data_dir, ledger)
        (domains,) = ledger.db.execute("SELECT count(*) FROM domains").fetchone()
        (captures,) = ledger.db.execute("SELECT count(*) FROM captures").fetchone()
    for suffix in ("", "-wal", "-shm"):
        if (path := data_dir / f"{parts.FILE_NAME}{suffix}").exists():
            say(f"put aside: {put_aside(data_dir, path)}")
    (scratch / parts.FILE_NAME).replace(data_dir / parts.FILE_NAME)
    sync_folder(data_dir)
    shutil.rmtree(scratch)
    say(f"rebuilt the ledger: {domains} domains, {captures} captures and homepages")


def _fill(data_dir: Path, ledger: Ledger) -> None:
    db = ledger.db
    with db:
        for row in _readable(data_dir, "crawls"):
            rebuilding.enter_crawl(db, row)
        for path in part_files(data_dir / "domains"):
            file = int(path.stem) if path.stem.isdigit() else 0
            for place, row in enumerate(_rows(path, DOMAINS)):
                rebuilding.enter_domain(db, row, file, place)
        for row in _readable(data_dir, "captures"):
            rebuilding.enter_capture(db, row)
        rebuilding.enter_policies(db, _readable(data_dir, "policies"))
    _register_all(data_dir, db)
    _read_homepages(data_dir, db)
    with db:
        rebuilding.note_led_to(db)
    for rows in read_again(data_dir, without_row(db)):
        judge_again(db, rows)
    with db:
        db.execute("DELETE FROM unapplied")


def _readable(data_dir: Path, table: str) -> Iterator[Row]:
    """The rows of a table, as far as they can be read."""
    for path in part_files(data_dir / table):
        yield from _rows(path, _SCHEMAS[table])


def _rows(path: Path, schema: pa.Schema) -> Iterator[Row]:
    with suppress(DamagedFileError):
        for rows in PartFile(path, schema).readable_groups():
            for piece in rows.to_batches(max_chunksize=1000):
                yield from piece.to_pylist()


def _read_homepages(data_dir: Path, db: sqlite3.Connection) -> None:
    """Enters what the homepages show that crawls looked at."""
    visits = rebuilding.looks_at_homepages(db)
    seen = set()
    for warc in warc_files(warc_folder(data_dir)):
        for record in records_of(warc):
            key = (record.domain or "", record.timestamp)
            if key in visits and not 300 <= (record.status or 0) < 400:
                seen.add(key)
                outcome, links = _look_at(warc, record)
                with db:
                    rebuilding.note_look(db, visits[key], outcome, record.url, links)
    with db:
        rebuilding.note_offered(db, lambda domain, served: (domain, served) in seen)


def _look_at(warc: Path, record: CaptureRecord) -> tuple[HomepageOutcome, Sequence[Link]]:
    """What a homepage shows: the outcome of a look at it, and its links to a policy."""
    exchange = None
    if record.mimetype != REVISIT and (record.status or 0) < 400:
        with suppress(*UNREADABLE):
            exchange = read_exchange(warc, record.offset, record.length)
    if exchange is None:
        return HomepageOutcome.UNREADABLE, []
    page = read_homepage(
        exchange.body,
        url=record.url,
        content_type=header(exchange.headers, "Content-Type"),
        content_encoding=header(exchange.headers, "Content-Encoding"),
    )
    is_script = page.is_script and not page.links
    outcome = HomepageOutcome.SCRIPTS if is_script else HomepageOutcome.LOOKED_AT
    return outcome, page.links


# Rows


def _register_all(data_dir: Path, db: sqlite3.Connection) -> None:
    """Enters each WARC file with all bytes that it has."""
    register(db, {path.name: path.stat().st_size for path in warc_files(warc_folder(data_dir))})


def _mend_parts(data_dir: Path, ledger: Ledger, found: Found, say: Say) -> None:
    """Keeps the rows of damaged part files that can be read, in new files, and enters the files into the ledger."""
    damaged = [path for path in found.tables if path.is_relative_to(policies_folder(data_dir))]
    strangers, _ = parts.strangers_and_lost(data_dir)
    whole = [path for path in strangers if path not in damaged]
    if strangers:  # their rows may refer to bytes that the ledger does not know of, and would cut off
        _register_all(data_dir, ledger.db)
    with ledger.db:
        rebuilding.enter_policies(ledger.db, chain.from_iterable(_rows(path, POLICIES) for path in (*whole, *damaged)))
    for path in damaged:
        kept = 0
        with suppress(DamagedFileError):
            for rows in PartFile(path, POLICIES).readable_groups():
                parts.append(data_dir, _new_name(), rows)
                kept += len(rows)
        say(f"put aside: {put_aside(data_dir, path)}; {kept} of its rows could be read and are kept")
    parts.enter_as_found(data_dir)


def _mend_rows(data_dir: Path, ledger: Ledger, say: Say) -> None:
    """Rebuilds lost rows from their bytes in the WARC files; those without bytes are to be fetched."""
    missing = stored_without_row(ledger.db, _keys(data_dir))
    made: set[int] = set()
    for rows in read_again(data_dir, missing):
        parts.append(data_dir, _new_name(), policy_table([*rows.values()]))
        follow(ledger.db, rows.values())
        made |= rows.keys()
    lost = [one for one in missing if one.id not in made]
    forget_rows(ledger.db, lost)
    if missing:
        say(
            f"{len(missing)} rows were lost: {len(made)} are rebuilt from their bytes, {len(lost)} are to be fetched"
            " (or imported) again"
        )


def _keys(data_dir: Path) -> Iterator[Row]:
    for table in merged(part_files(policies_folder(data_dir)), _KEYS, scratch=data_dir):
        yield from table.to_pylist()


def _new_name() -> str:
    return f"repaired-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.parquet"


# WARC files


def _mend_warcs(data_dir: Path, ledger: Ledger, found: Found, say: Say) -> None:
    """Keeps the records of damaged WARC files that can be read, in new files, and has the rows refer to these."""
    places: dict[RecordPlace, RecordPlace] = {}
    kept: dict[Path, str] = {}
    damaged = [path for path in found.warcs if path.exists()]  # others are no WARC files at all
    for path in damaged:
        moved = write_readable(path)
        places.update(moved.places)
        for name in moved.files.values():
            kept[path] = f"{len(moved.places)} captures in it could be read and are in {name}"
            register(ledger.db, {name: path.with_name(name).stat().st_size})
    gone = {path.name for path in found.warcs} | {path.name for path in _missing_warcs(data_dir, {})}
    refer = (row for row in _keys(data_dir) if row["warc_file"] in gone)
    lost = [row for row in refer if (row["warc_file"], row["warc_offset"]) not in places]
    forget_bytes(ledger.db, lost)  # before the rows say so themselves: a run that is killed between is made up for
    if gone:
        _move_rows(data_dir, places, gone)
    for path in damaged:
        say(f"put aside: {put_aside(data_dir, path)}; {kept.get(path, 'nothing in it could be read')}")
        if cdxj_path(path).exists():
            put_aside(data_dir, cdxj_path(path))
    if lost:
        say(f"{len(lost)} rows have no bytes any more: they stay, and the next crawl may fetch the bytes")


def _move_rows(data_dir: Path, places: Mapping[RecordPlace, RecordPlace], gone: set[str]) -> None:
    """Has rows refer to where their records are now, or nowhere."""

    def now(place: tuple[Any, Any]) -> tuple[Any, Any]:
        return places.get(place, (None, None)) if place[0] in gone else place

    files = part_files(policies_folder(data_dir))
    if touched := [path for path in files if _warcs_of(path) & gone]:
        keep = [path for path in files if path not in touched]
        replace_parts(data_dir, keep, (with_places(rows, now) for rows in merged(touched, scratch=data_dir)))


def _warcs_of(path: Path) -> set[str]:
    """The WARC files that the rows of a part file refer to."""
    batches = PartFile(path, some_columns(POLICIES, ["warc_file"])).batches(65_536)
    return {name for rows in batches for name in pc.unique(rows["warc_file"]).to_pylist() if name is not None}


def _missing_warcs(data_dir: Path, damaged: Mapping[Path, str]) -> set[Path]:
    """The WARC files that rows refer to, and that are not there."""
    files = (path for path in part_files(policies_folder(data_dir)) if path not in damaged)
    named = {warc_folder(data_dir) / name for path in files for name in _warcs_of(path)}
    return {path for path in named if not path.exists()}


def _files_of_ledger(data_dir: Path) -> list[Path]:
    """The files of the tables that are made from the ledger."""
    with closing(parts.read_only(data_dir)) as db, suppress(sqlite3.OperationalError):  # an older one has other tables
        return file_names(db, data_dir)
    return []
