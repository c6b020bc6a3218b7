"""Brings the ledger in line with what is left on disk, so that a crawl fetches again what is gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.known import DomainState, Role, State
from crawler.ledger.moves import move
from crawler.ledger.sql import records, transaction
from crawler.ledger.tables import outdate
from crawler.ledger.verdicts import OF_WITHOUT_ROW, WithoutRow
from pipelines.outcomes import Outcome
from pipelines.timestamps import digits

_LOST = "outcome = NULL, detail = NULL, content_key = NULL, text_sha256 = NULL, stored_url = NULL, imported = 0"


def stored_without_row(db: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> list[WithoutRow]:
    """The captures that count as stored, and have none of ``rows``: all rows of ``policies``."""
    with transaction(db):
        db.execute(
            "CREATE TEMP TABLE there (domain, archive, timestamp, url, PRIMARY KEY (domain, archive, timestamp, url))"
        )
        db.executemany(
            "INSERT OR IGNORE INTO there VALUES (?, ?, ?, ?)",
            ((row["domain"], row["archive"], digits(row["captured_at"]), row["policy_url"]) for row in rows),
        )
        missing = records(
            WithoutRow,
            db.execute(
                f"SELECT {OF_WITHOUT_ROW} WHERE c.role = '{Role.POLICY}' AND c.outcome = '{Outcome.STORED}'"
                f" AND c.state != '{State.FETCHED}' AND NOT EXISTS (SELECT 1 FROM there t WHERE t.domain = d.domain"
                " AND t.archive = d.archive AND t.timestamp = c.timestamp AND t.url = coalesce(c.stored_url, c.url))"
                " ORDER BY domain, c.timestamp, c.id"
            ),
        )
        db.execute("DROP TABLE there")
    return missing


def forget_rows(db: sqlite3.Connection, captures: Iterable[WithoutRow]) -> None:
    """Takes back that captures are stored, whose rows and bytes are lost. A later crawl may fetch them."""
    with transaction(db):
        for one in captures:
            db.execute(
                f"UPDATE captures SET outcome = '{Outcome.SKIPPED}', detail = NULL, same_as = NULL WHERE domain_id ="
                " (SELECT domain_id FROM captures WHERE id = ?1) AND urlkey = (SELECT urlkey FROM captures WHERE"
                f" id = ?1) AND same_as = ?2 AND outcome = '{Outcome.UNCHANGED}'",
                (one.id, one.timestamp),
            )
            move(db, State.SETTLED, State.KNOWN, "id = :id", sets=_LOST, id=one.id)
            db.execute(f"UPDATE captures SET {_LOST} WHERE id = ? AND state = '{State.KNOWN}'", (one.id,))
            _open(db, one.id)


def forget_bytes(db: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Notes that rows have no bytes any more, as those of an import: a later crawl may fetch them."""
    with transaction(db):
        for row in rows:
            found = db.execute(
                "SELECT c.id FROM captures c JOIN domains d ON d.id = domain_id WHERE domain = ? AND archive = ? AND"
                f" timestamp = ? AND coalesce(stored_url, url) = ? AND c.outcome = '{Outcome.STORED}'",
                (row["domain"], row["archive"], digits(row["captured_at"]), row["policy_url"]),
            ).fetchone()
            if found and move(
                db, State.SETTLED, State.KNOWN, "id = :id", sets="imported = 1, content_key = NULL", id=found[0]
            ):
                _open(db, found[0])


def _open(db: sqlite3.Connection, capture_id: int) -> None:
    """Opens a capture's domain: it has work again, also for the crawl that was done with it."""
    (domain_id,) = db.execute("SELECT domain_id FROM captures WHERE id = ?", (capture_id,)).fetchone()
    db.execute("UPDATE domains SET state = ? WHERE id = ?", (DomainState.OPEN, domain_id))
    outdate(db, domain_id)
