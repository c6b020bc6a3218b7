"""What an import brought: its rows' captures and domains, and the import itself, as the ledger keeps them.

An imported capture stays ``known``: its row has a text, but no raw bytes, and the text is another extractor's, with
which the plan must not compare ours. So a later crawl may fetch it; that it is stored stands in the ledger anyway.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from crawler.known import DomainState, Role, State
from crawler.ledger.moves import move
from crawler.ledger.sql import exists, transaction
from crawler.ledger.tables import outdate
from pipelines.batched import batched
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.surt import key_of
from pipelines.timestamps import digits

_SOURCE = "import"
#: Rows that are entered in one transaction.
_AT_ONCE = 10_000

Row = Mapping[str, Any]


def enter_rows(db: sqlite3.Connection, rows: Iterable[Row]) -> set[str]:
    """Enters the captures and domains of imported rows, as far as they are not known; returns these domains.

    ``rows`` are those of ``pipelines.tools.princeton.importing.imported_rows``: all that there are, so that an import
    enters what one that was killed did not get to.
    """
    domains = set()
    for batch in batched(rows, _AT_ONCE):
        with transaction(db):
            domains |= {row["domain"] for row in batch if _enter(db, row)}
    return domains


def enter_import(
    db: sqlite3.Connection, import_id: str, archive: str, *, ended: float | None = None,
    arguments: Mapping[str, Any] | None = None, software: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Enters an import in place of what is known of it. ``ended`` is the Unix time at which it ended."""
    with transaction(db):
        db.execute(
            "INSERT INTO crawls (id, archive, arguments, settings, software, source, started_at, ended_at, exit_code,"
            " finished) VALUES (?, ?, ?, '{}', ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET"
            " arguments = excluded.arguments, software = excluded.software, ended_at = excluded.ended_at,"
            " exit_code = excluded.exit_code",
            (
                import_id, archive, json.dumps(arguments or {}, sort_keys=True),
                json.dumps(software or {}, sort_keys=True), _SOURCE, began(import_id), ended,
                None if ended is None else 0,
            ),
        )  # fmt: skip


def began(import_id: str) -> float:
    """The Unix time in an import's id: ``import-20260102-030405-123456``."""
    when = datetime.strptime(import_id.removeprefix("import-"), "%Y%m%d-%H%M%S-%f")
    return when.replace(tzinfo=UTC).timestamp()


def _enter(db: sqlite3.Connection, row: Row) -> bool:
    """Enters a row's capture. False: it is known."""
    if not exists(db, "crawls WHERE id = ?", (row["crawl_id"],)):
        enter_import(db, row["crawl_id"], row["archive"])
    domain_id = _domain(db, row)
    one = {
        "domain_id": domain_id, "urlkey": key_of(row["policy_url"]), "timestamp": digits(row["captured_at"]),
        "url": row["policy_url"],
    }  # fmt: skip
    same = "domain_id = :domain_id AND urlkey = :urlkey AND timestamp = :timestamp AND url = :url"
    is_stored = f"captures WHERE {same} AND role = '{Role.POLICY}' AND (imported OR outcome = '{Outcome.STORED}')"
    if exists(db, is_stored, one):
        return False
    judged = {name: row[name] for name in ("kind", "policy_score", "title", "words", "language")}
    facts = f"imported = 1, outcome = '{Outcome.STORED}', detail = NULL, same_as = NULL"
    is_known = move(db, State.SETTLED, State.KNOWN, same, sets=facts, **one)
    is_known += db.execute(f"UPDATE captures SET {facts} WHERE {same} AND state = '{State.KNOWN}'", one).rowcount
    if not is_known:
        db.execute(
            "INSERT OR IGNORE INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, link_text, state,"
            " outcome, imported) VALUES (:domain_id, :urlkey, :timestamp, '', :url, :found_by, :link_text,"
            f" '{State.KNOWN}', '{Outcome.STORED}', 1)",
            {**one, "found_by": row["found_by"], "link_text": row["link_text"]},
        )
    db.execute(
        f"UPDATE captures SET {', '.join(f'{name} = coalesce({name}, :{name})' for name in judged)}"
        f" WHERE {same} AND imported AND outcome = '{Outcome.STORED}'",
        {**one, **judged},
    )
    outdate(db, domain_id)
    return True


def _domain(db: sqlite3.Connection, row: Row) -> int:
    """The id of a row's domain, which is entered where no crawl has asked for it."""
    known = db.execute(
        "SELECT id FROM domains WHERE domain = ? AND archive = ?", (row["domain"], row["archive"])
    ).fetchone()
    if known:
        return int(known[0])
    when = began(row["crawl_id"])
    entered = db.execute(
        "INSERT INTO domains (archive, domain, crawl_id, listed_by, state, outcome, asked_first, asked_last)"
        " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?6)",
        (row["archive"], row["domain"], row["crawl_id"], DomainState.DONE, DomainOutcome.FOUND, when),
    )
    return entered.lastrowid or 0
