"""What is on disk of the dataset: part files and WARC files."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.known import DomainState, State
from crawler.ledger.moves import move
from crawler.ledger.sql import transaction
from crawler.ledger.tables import outdate
from pipelines.dataset import parts
from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.reading import FACTS
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.page.normalization import words
from pipelines.page.sketch import sketch
from pipelines.timestamps import digits


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
        for name in parts.unfinished(self.db):
            self.finish_part(name) if (self.data_dir / "policies" / name).exists() else self._drop_part(name)
        for folder in (*FACTS, "warc"):
            for leftover in self.data_dir.glob(f"{folder}/*.tmp-*"):
                leftover.unlink()
        self._cut_warcs()

    def _cut_warcs(self) -> None:
        sizes = dict(self.db.execute("SELECT name, size FROM warcs"))
        crawls = [row[0] for row in self.db.execute("SELECT id FROM crawls")]
        ours = {path.name for crawl_id in crawls for path in self.data_dir.glob(f"warc/{crawl_id}-*.warc.gz")}
        for name in ours | sizes.keys():  # one of ours without a size was begun, and not registered any more
            path, size = self.data_dir / "warc" / name, sizes.get(name, 0)
            if path.exists() and path.stat().st_size > size:
                cdxj_path(path).unlink(missing_ok=True)  # the crawl's end writes it anew
                os.truncate(path, size)
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
        """WARC files are begun: until rows refer to them, their length is 0."""
        with transaction(self.db):
            self.db.executemany("INSERT OR IGNORE INTO warcs VALUES (?, 0)", [(name,) for name in names])

    def follow(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Texts were extracted again: brings the ledger after the rows that ``policies`` has now.

        ``rows`` are those of ``pipelines.tools.reextraction.texts_of``. A stored capture without a row is no policy any
        more, nor are those with its bytes.
        """
        with transaction(self.db):
            self.db.execute("CREATE TEMP TABLE followed (capture_id INTEGER PRIMARY KEY)")
            for row in rows:
                self._follow_row(row)
            gone = self.db.execute(
                f"UPDATE captures SET outcome = '{Outcome.NOT_POLICY}', content_key = '{Outcome.NOT_POLICY}',"
                " detail = 'when its text was extracted again', stored_url = NULL, kind = NULL, policy_score = NULL,"
                " title = NULL, words = NULL, text_sha256 = NULL, sketch = NULL"
                f" WHERE outcome = '{Outcome.STORED}' AND state = '{State.SETTLED}' AND stored_url IS NOT NULL"
                " AND id NOT IN followed"
                " RETURNING domain_id, urlkey, digest, timestamp"
            ).fetchall()
            self.db.execute("DROP TABLE followed")
            self.db.executemany(
                f"UPDATE captures SET outcome = '{Outcome.NOT_POLICY}', detail = 'same bytes as the capture of ' || ?4"
                " WHERE domain_id = ?1 AND urlkey = ?2 AND digest = ?3 AND same_as = ?4"
                f" AND outcome = '{Outcome.UNCHANGED}'",
                gone,
            )
            for domain_id in {domain_id for domain_id, *_ in gone}:
                self.db.execute(
                    f"UPDATE domains SET outcome = '{DomainOutcome.NO_POLICY_FOUND}',"
                    " detail = 'when the texts were extracted again, none was a policy'"
                    f" WHERE id = ? AND outcome = '{DomainOutcome.FOUND}' AND state = '{DomainState.DONE}' AND NOT"
                    f" EXISTS (SELECT 1 FROM captures WHERE domain_id = domains.id AND outcome = '{Outcome.STORED}')",
                    (domain_id,),
                )
                outdate(self.db, domain_id)

    def _follow_row(self, row: Mapping[str, Any]) -> None:
        """Enters the judgement of a row's text for its capture. A row that no crawl brought has none."""
        found = self.db.execute(
            "SELECT c.id, text_sha256, sketch FROM captures c JOIN domains d ON d.id = domain_id WHERE domain = ?"
            f" AND archive = ? AND timestamp = ? AND stored_url = ? AND c.outcome = '{Outcome.STORED}'",
            (row["domain"], row["archive"], digits(row["captured_at"]), row["policy_url"]),
        ).fetchone()
        if found is None:
            return
        capture_id, text_sha256, known_sketch = found
        is_same = known_sketch is not None and text_sha256 == row["text_sha256"]
        self.db.execute("INSERT OR IGNORE INTO followed VALUES (?)", (capture_id,))
        self.db.execute(
            "UPDATE captures SET kind = :kind, policy_score = :policy_score, title = :title, words = :words,"
            " text_sha256 = :text_sha256, content_key = :text_sha256, sketch = :sketch WHERE id = :id",
            {**row, "sketch": known_sketch if is_same else sketch(words(row["text"])), "id": capture_id},
        )
