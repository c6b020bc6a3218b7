"""Joins other DATA_DIRs into one, such as those of a crawl's shards: what was crawled, and what is left to do.

A DATA_DIR may be taken again and again: then only what is new in it comes. Nothing in it is changed. Killed at any
moment, the same command goes on:

1. WARC files come first, and nothing refers to them yet.
2. Part files wait beside ``policies`` (``pipelines.dataset.parts.staging_folder``).
3. One transaction enters all that the other ledger knows, and these files.
4. The files are put in place; if the command was killed before, the next one that takes DATA_DIR does it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crawler.ledger import Ledger
from crawler.ledger.joining import Joined, domain_names, histories, join, take_histories
from crawler.ledger.parts import Dataset
from crawler.ledger.sql import transaction
from crawler.ledger.stale import require_code
from crawler.ledger.withdrawal import register
from crawler.runs import FOLDER as RUNS
from crawler.runs import withdraw_from_runs
from crawler.settling import apply_verdicts
from crawler.withdrawal import withdraw
from pipelines.dataset import parts
from pipelines.dataset.damage import damage_of_database
from pipelines.dataset.errors import DamagedFileError, DatasetError
from pipelines.dataset.gathering import Taken, TheirPartFiles, TheirWarcFiles
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.linking import link_or_copy
from pipelines.dataset.lock import left_alone
from pipelines.dataset.merging import SCRATCH
from pipelines.dataset.overrides import join_overrides, read_overrides
from pipelines.dataset.reading import part_files
from pipelines.history.taking_over import take_over
from pipelines.history.told import digest_of_code

Say = Callable[[str], None]


def gather(data_dir: Path, sources: Sequence[Path], say: Say) -> None:
    """Joins ``sources`` into ``data_dir``; ``say`` is told what each of them brought. Needs the lock of ``data_dir``.

    Raises ``DatasetBusyError`` if a process is at work in one of them; ``DatasetError`` if one is damaged, is newer
    than this software, or has no ledger; ``EngineError`` where a worker that reads pages died.
    """
    with ExitStack() as held:
        for source in sources:
            held.enter_context(left_alone(source))
        data_dir.mkdir(parents=True, exist_ok=True)
        dataset_id(data_dir)
        for source in sources:
            join_overrides(data_dir, source)
        with closing(Ledger(data_dir)) as ledger:
            parts.settle(data_dir)
            ledger.recover()
            require_code(ledger.db, digest_of_code())
            for source in sources:
                say(_take(data_dir, ledger, source))
                _take_runs(data_dir, source)
            withdraw(data_dir, ledger)
            withdraw_from_runs(data_dir, read_overrides(data_dir).remove)
            apply_verdicts(data_dir, ledger, only_if_it_pays=True)


def _take(data_dir: Path, ledger: Ledger, source: Path) -> str:
    """Joins one DATA_DIR; returns what it brought, as a line for people."""
    overrides = read_overrides(data_dir)
    taken = Taken()
    with _attached(data_dir, ledger.db, source):
        sizes = dict(ledger.db.execute("SELECT name, size FROM theirs.warcs"))
        warcs = TheirWarcFiles(data_dir, source, sizes)
        rows = TheirPartFiles(data_dir, source, warcs, overrides.remove, domain_names(ledger.db))
        missing = warcs.missing(rows.warcs)
        register(ledger.db, missing)  # or a crawl would cut them off
        warcs.take(taken)
        staged = rows.stage(warcs.names, taken)
        ledger.db.execute("PRAGMA synchronous = FULL")
        with transaction(ledger.db):
            joined = join(ledger.db, overrides)
            for name, number in staged.items():
                parts.begin(ledger.db, name, number)
            if overrides.remove and (missing or joined.any):  # they may hold what has to go
                ledger.db.execute("DELETE FROM withdrawn")
        ledger.db.execute("PRAGMA synchronous = NORMAL")
        parts.settle(data_dir)
        for number, numbers, domains in histories(ledger.db):
            if take_over(data_dir, number, source, numbers, domains) and not overrides.remove:
                take_histories(ledger.db, number, joined)
    return _line(source, joined, taken)


def _line(source: Path, joined: Joined, taken: Taken) -> str:
    return (
        f"{source}: {joined.new} domains are new, {joined.changed} changed; {taken.rows} rows;"
        f" {taken.linked} files linked, {taken.copied} copied, {taken.written} written"
    )


@contextmanager
def _attached(data_dir: Path, db: sqlite3.Connection, source: Path) -> Iterator[None]:
    """A copy of another DATA_DIR's ledger as ``theirs``, lifted to this version, as the next crawl there would find it.

    Raises ``DatasetError`` if it is missing, damaged, or newer, or if the files there are others than it knows.
    """
    path = source / parts.FILE_NAME
    if not path.exists():
        raise DatasetError(f"{source} has no ledger ({parts.FILE_NAME}): scrapy repair makes it from the tables")
    with TemporaryDirectory(prefix=SCRATCH, dir=data_dir) as folder:
        for suffix in ("", "-wal"):
            if (file := path.with_name(f"{path.name}{suffix}")).exists():
                shutil.copyfile(file, Path(folder, file.name))
        try:
            with closing(Ledger(Path(folder))) as copy:
                _bring_up_to_date(copy, source)
                why = damage_of_database(copy.db, with_indexes=False)
        except sqlite3.DatabaseError as problem:
            raise DamagedFileError(path, problem) from problem
        except DatasetError as problem:
            raise DatasetError(f"{source}: {problem}") from problem
        if why:
            raise DamagedFileError(path, why)
        db.execute("ATTACH ? AS theirs", (str(Path(folder, parts.FILE_NAME)),))
        try:
            yield
        finally:
            db.execute("DETACH theirs")


def _bring_up_to_date(copy: Ledger, source: Path) -> None:
    Dataset(copy.db, source).settle_parts()
    copy.plan_claimed()
    if {path.name for path in part_files(parts.staging_folder(source))} & set(parts.unfinished(copy.db)):
        raise DatasetError("a gathering into it was killed: run scrapy gather into it again first")
    parts.require_known(source, copy.db)


def _take_runs(data_dir: Path, source: Path) -> None:
    """Takes the records of runs; of a run that was under way, the whole one once it is there."""
    for old in sorted((source / RUNS).glob("*.json")):
        new = data_dir / RUNS / old.name
        if not new.exists() or (_ended(new) is None and _ended(old) is not None):
            link_or_copy(old, new)


def _ended(record: Path) -> object:
    try:
        found: Mapping[str, Any] = json.loads(record.read_bytes())
        return found.get("ended")
    except (ValueError, AttributeError):
        return None
