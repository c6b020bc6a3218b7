"""What is on disk of the dataset: part files and WARC files."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crawler.known import State
from crawler.ledger.moves import move
from crawler.ledger.sql import transaction
from crawler.ledger.tables import outdate
from pipelines.dataset import parts
from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.linking import copy_start
from pipelines.dataset.part_writer import leftovers
from pipelines.dataset.reading import FACTS, WORKED_OUT
from pipelines.dataset.warc_reading import warc_files, warc_folder


class Dataset:
    """The ledger's side of writing the dataset: a row is settled if, and only if, its part file is in place."""

    def __init__(self, db: sqlite3.Connection, data_dir: Path) -> None:
        self.db = db
        self.data_dir = data_dir

    def recover(self) -> None:
        """Brings files and ledger together after a crash.

        A part file that got its final name is whole: its captures are settled. One that did not is forgotten.
        WARC records that no settled capture refers to are cut off.
        """
        self.settle_parts()
        for folder in (*FACTS, *WORKED_OUT, "warc"):
            for leftover in leftovers(self.data_dir / folder):
                leftover.unlink()
        self._cut_warcs()

    def settle_parts(self) -> None:
        """Settles the captures of the part files that are in place, and forgets those that never came."""
        for name in parts.unfinished(self.db):
            self.finish_part(name) if (self.data_dir / "policies" / name).exists() else self._drop_part(name)

    def _cut_warcs(self) -> None:
        """Cuts off what no row refers to; a WARC file of ours has a name that begins with a crawl's id."""
        sizes = dict(self.db.execute("SELECT name, size FROM warcs"))
        crawls = {row[0] for row in self.db.execute("SELECT id FROM crawls")}
        names = (path.name for path in warc_files(warc_folder(self.data_dir)))
        ours = {name for name in names if any(name[: dash.start()] in crawls for dash in re.finditer("-", name))}
        for name in ours | sizes.keys():  # one of ours without a size was begun, and not registered any more
            path, size = warc_folder(self.data_dir) / name, sizes.get(name, 0)
            if path.exists() and path.stat().st_size > size:
                cdxj_path(path).unlink(missing_ok=True)  # the crawl's end writes it anew
                _cut(path, size)
            if size == 0:
                path.unlink(missing_ok=True)

    def next_part(self, crawl_id: str) -> str:
        """The name of the crawl's next part file; no name is given twice, whatever becomes of the file."""
        with transaction(self.db):
            (number,) = self.db.execute(
                "UPDATE crawls SET parts = parts + 1 WHERE id = ? RETURNING parts", (crawl_id,)
            ).fetchone()
        return f"{crawl_id}-{number:05d}.parquet"

    def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None:
        """Notes what a part file is going to settle, before the file gets its final name. Survives a power cut."""
        self.db.execute("PRAGMA synchronous = FULL")
        with transaction(self.db):
            parts.begin(self.db, name, rows)
            self.db.executemany("INSERT INTO part_warcs VALUES (?, ?, ?)", [(name, *w) for w in warcs.items()])
            self.db.executemany("INSERT INTO part_captures VALUES (?, ?)", [(name, i) for i in captures])
        self.db.execute("PRAGMA synchronous = NORMAL")

    def finish_part(self, name: str) -> None:
        """The part file is in place: settles its captures."""
        with transaction(self.db):
            ours = "id IN (SELECT capture_id FROM part_captures WHERE part = :name)"
            move(self.db, State.FETCHED, State.SETTLED, ours, name=name)
            domains = self.db.execute(f"SELECT DISTINCT domain_id FROM captures WHERE {ours}", {"name": name})
            for (domain_id,) in domains.fetchall():
                outdate(self.db, domain_id)
            self.db.execute("INSERT OR REPLACE INTO warcs SELECT warc, size FROM part_warcs WHERE part = ?", (name,))
            parts.finish(self.db, name)
            self._forget_contents(name)

    def _drop_part(self, name: str) -> None:
        with transaction(self.db):
            parts.forget(self.db, name)
            self._forget_contents(name)

    def _forget_contents(self, name: str) -> None:
        self.db.execute("DELETE FROM part_captures WHERE part = ?", (name,))
        self.db.execute("DELETE FROM part_warcs WHERE part = ?", (name,))

    def register_warcs(self, names: Iterable[str]) -> None:
        """Enters WARC files that are begun; until rows refer to them, their size counts as 0."""
        with transaction(self.db):
            self.db.executemany("INSERT OR IGNORE INTO warcs VALUES (?, 0)", [(name,) for name in names])


def _cut(path: Path, size: int) -> None:
    """Cuts a file to its first ``size`` bytes. One that another DATA_DIR has, too (a hard link), stays whole there."""
    if path.stat().st_nlink > 1:
        copy_start(path, path, size)
    else:
        os.truncate(path, size)
