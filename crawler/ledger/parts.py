"""What of the dataset is on disk: part files, WARC files, and which files of ``captures`` are behind."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.known import State
from crawler.ledger.moves import move
from crawler.ledger.transaction import transaction
from pipelines.dataset import parts
from pipelines.outcomes import DomainOutcome

#: Domains a file of the ``captures`` table.
DOMAINS_A_FILE = 1000
_BATCH = 20_000


def outdate(db: sqlite3.Connection, domain_id: int) -> None:
    """Notes that the file of ``captures`` with this domain is behind the ledger."""
    db.execute(
        "INSERT INTO outdated VALUES (?, 1) ON CONFLICT (file) DO UPDATE SET changes = changes + 1",
        (domain_id // DOMAINS_A_FILE,),
    )


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
        for leftover in (*self.data_dir.glob("policies/*.tmp-*"), *self.data_dir.glob("captures/*.tmp-*")):
            leftover.unlink()
        self._cut_warcs()

    def _cut_warcs(self) -> None:
        sizes = dict(self.db.execute("SELECT name, size FROM warcs"))
        crawls = [row[0] for row in self.db.execute("SELECT id FROM crawls")]
        ours = {path.name for crawl_id in crawls for path in self.data_dir.glob(f"warc/{crawl_id}-*.warc.gz")}
        for name in ours | sizes.keys():  # one of ours without a size was begun, and not registered any more
            path, size = self.data_dir / "warc" / name, sizes.get(name, 0)
            if size == 0:
                path.unlink(missing_ok=True)
            elif path.exists() and path.stat().st_size > size:
                os.truncate(path, size)

    def next_part(self, crawl_id: str) -> str:
        """The name of the crawl's next part file; no name is given twice, whatever becomes of the file."""
        with transaction(self.db):
            (number,) = self.db.execute(
                "UPDATE crawls SET parts = parts + 1 WHERE id = ? RETURNING parts", (crawl_id,)
            ).fetchone()
        return f"{crawl_id}-{number:05d}.parquet"

    def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None:
        """Says what a part file is going to settle, before the file gets its final name. Survives a power cut."""
        self.db.execute("PRAGMA synchronous = FULL")
        with transaction(self.db):
            parts.begin(self.db, name, rows)
            self.db.executemany("INSERT INTO part_warcs VALUES (?, ?, ?)", [(name, *w) for w in warcs.items()])
            self.db.executemany("INSERT INTO part_captures VALUES (?, ?)", [(name, i) for i in captures])
        self.db.execute("PRAGMA synchronous = NORMAL")

    def finish_part(self, name: str) -> None:
        """The part file is in place: settles its captures."""
        with transaction(self.db):
            move(
                self.db, State.FETCHED, State.SETTLED,
                "id IN (SELECT capture_id FROM part_captures WHERE part = :name)", {"name": name},
            )  # fmt: skip
            self.db.execute(
                "INSERT INTO outdated SELECT DISTINCT domain_id / ?, 1 FROM captures"
                " WHERE id IN (SELECT capture_id FROM part_captures WHERE part = ?)"
                " ON CONFLICT (file) DO UPDATE SET changes = changes + 1",
                (DOMAINS_A_FILE, name),
            )
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

    def follow(self, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Texts were extracted again: brings the ledger after the rows that ``policies`` has now.

        ``rows`` are (domain, 14 digits, policy URL, kind, text_sha256). A stored capture without a row is no policy any
        more, nor are those with its bytes.
        """
        with transaction(self.db):
            self.db.execute(
                "CREATE TEMP TABLE now (domain_id, timestamp, url, kind, text, PRIMARY KEY (domain_id, timestamp, url))"
            )
            self.db.executemany(
                "INSERT OR IGNORE INTO now SELECT id, ?2, ?3, ?4, ?5 FROM domains WHERE domain = ?1", rows
            )
            self.db.execute(
                "UPDATE captures AS c SET kind = now.kind, text_sha256 = now.text, content_key = now.text,"
                " policy_score = iif(text_sha256 = now.text, policy_score, NULL),"  # the rest is unknown of a new text
                " title = iif(text_sha256 = now.text, title, NULL), words = iif(text_sha256 = now.text, words, NULL),"
                " sketch = iif(text_sha256 = now.text, sketch, NULL) FROM now"
                " WHERE outcome = 'stored' AND c.domain_id = now.domain_id AND c.timestamp = now.timestamp"
                " AND stored_url = now.url"
            )
            gone = self.db.execute(
                "UPDATE captures AS c SET outcome = 'not_policy', content_key = 'not_policy', text_sha256 = NULL,"
                " kind = NULL, policy_score = NULL, title = NULL, words = NULL, sketch = NULL,"
                " stored_url = NULL, detail = 'when its text was extracted again'"
                " WHERE outcome = 'stored' AND state = 'settled' AND NOT EXISTS (SELECT 1 FROM now"
                " WHERE domain_id = c.domain_id AND timestamp = c.timestamp AND url = c.stored_url)"
                " RETURNING domain_id, urlkey, digest, timestamp"
            ).fetchall()
            self.db.executemany(
                "UPDATE captures SET outcome = 'not_policy', detail = 'same bytes as the capture of ' || ?4"
                " WHERE domain_id = ?1 AND urlkey = ?2 AND digest = ?3 AND outcome = 'unchanged' AND same_as = ?4",
                gone,
            )
            for domain_id in {domain_id for domain_id, *_ in gone}:
                self.db.execute(
                    "UPDATE domains SET outcome = ?, detail = ? WHERE id = ? AND outcome IS NULL AND state = 'done'"
                    " AND NOT EXISTS (SELECT 1 FROM captures WHERE domain_id = domains.id AND outcome = 'stored')",
                    (
                        DomainOutcome.NO_POLICY_FOUND,
                        "when the texts were extracted again, none was a policy",
                        domain_id,
                    ),
                )
                outdate(self.db, domain_id)
            self.db.execute("DROP TABLE now")

    def outdated(self) -> list[tuple[int, int]]:
        """Files of ``captures`` that are behind, with how many changes they have to catch up with."""
        return self.db.execute("SELECT file, changes FROM outdated ORDER BY file").fetchall()

    def caught_up(self, file: int, changes: int) -> None:
        """A file of ``captures`` was written; what has changed since then keeps it outdated."""
        with transaction(self.db):
            self.db.execute("DELETE FROM outdated WHERE file = ? AND changes = ?", (file, changes))


def captures_rows(db: sqlite3.Connection, file: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of one file of the ``captures`` table, in batches, in the order of ``pipelines.schema.CAPTURES``.

    Times are texts of 14 digits. Captures not yet settled are pending: their rows are not on disk.
    """
    cursor = db.execute(
        """
        SELECT d.domain, c.url, c.timestamp, nullif(nullif(c.digest, ''), '-'), c.mimetype, c.status, c.length,
               iif(c.state = 'settled', c.outcome, 'pending'), c.same_as, c.detail
        FROM captures c JOIN domains d ON d.id = c.domain_id
        WHERE c.role = 'policy' AND c.domain_id BETWEEN ?1 AND ?2
        UNION ALL
        SELECT domain, NULL, NULL, NULL, NULL, NULL, NULL, outcome, NULL, detail
        FROM domains WHERE outcome IS NOT NULL AND id BETWEEN ?1 AND ?2
        ORDER BY 1, 3, 2
        """,
        (file * DOMAINS_A_FILE, (file + 1) * DOMAINS_A_FILE - 1),
    )
    while batch := cursor.fetchmany(_BATCH):
        yield batch
