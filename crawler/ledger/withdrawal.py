"""What ``overrides.toml`` removes leaves the ledger. That it is not to be fetched again stands in the file alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from crawler.known import MatchType
from crawler.ledger.sql import transaction
from crawler.ledger.tables import Stale, outdate
from pipelines.dataset.overrides import Removals
from pipelines.outcomes import Outcome


def is_done(db: sqlite3.Connection, removals: Removals) -> bool:
    """True if exactly these removals were carried out."""
    row = db.execute("SELECT digest FROM withdrawn").fetchone()
    return (row[0] if row else Removals().digest) == removals.digest


def note_done(db: sqlite3.Connection, removals: Removals) -> None:
    """Notes that nothing of what is to be removed is left on disk."""
    with transaction(db):
        db.execute("DELETE FROM withdrawn")
        db.execute("INSERT INTO withdrawn VALUES (?)", (removals.digest,))


def register(db: sqlite3.Connection, warcs: Mapping[str, int]) -> None:
    """Enters WARC files that were written again, with their sizes: a crawl deletes those that the ledger does not know.

    Nothing refers to them yet.
    """
    with transaction(db):
        db.executemany("INSERT OR REPLACE INTO warcs VALUES (?, ?)", warcs.items())


def forget(db: sqlite3.Connection, removals: Removals) -> None:
    """Deletes what the ledger knows of what is to be removed, also from the file's unused pages."""
    db.create_function("removes", 3, removals.name)
    with transaction(db):
        for (domain_id,) in db.execute("SELECT id FROM domains WHERE removes(domain, NULL, NULL)").fetchall():
            _forget_domain(db, domain_id)
        gone = db.execute(
            "SELECT c.id, domain_id, urlkey, digest, timestamp FROM captures c JOIN domains d ON d.id = domain_id"
            " WHERE removes(domain, url, coalesce(served, timestamp))"
        ).fetchall()
        for capture_id, *about in gone:
            _forget_capture(db, capture_id, *about)
        db.execute(f"DELETE FROM queries WHERE match_type = '{MatchType.EXACT}' AND removes('', url, '')")
        db.execute("DELETE FROM resume_keys WHERE query_id NOT IN (SELECT id FROM queries)")
        db.execute(  # of -a domain=
            "UPDATE crawls SET arguments = json_set(arguments, '$.value', '')"
            " WHERE json_extract(arguments, '$.source') = 'domain'"
            " AND removes(json_extract(arguments, '$.value'), NULL, NULL)"
        )
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _forget_domain(db: sqlite3.Connection, domain_id: int) -> None:
    outdate(db, domain_id, Stale.WITHDRAWN)
    for table in ("captures", "queries"):
        db.execute(f"DELETE FROM {table} WHERE domain_id = ?", (domain_id,))
    db.execute("DELETE FROM domains WHERE id = ?", (domain_id,))


def _forget_capture(
    db: sqlite3.Connection, capture_id: int, domain_id: int, urlkey: str, digest: str, timestamp: str
) -> None:
    """Deletes a capture. What is known of those with its bytes goes with it; a later crawl may fetch one of them."""
    outdate(db, domain_id, Stale.WITHDRAWN)
    db.execute("DELETE FROM captures WHERE id = ?", (capture_id,))
    db.execute(
        f"UPDATE captures SET outcome = '{Outcome.SKIPPED}', detail = NULL, same_as = NULL"
        f" WHERE domain_id = ? AND urlkey = ? AND digest = ? AND same_as = ? AND outcome = '{Outcome.UNCHANGED}'",
        (domain_id, urlkey, digest, timestamp),
    )
