"""Which domains' histories, as DATA_DIR keeps them, are behind the ledger; and what they add to it.

A domain's history is in the files with the number of its first id: in two archives it is two domains of the ledger.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crawler.known import Role
from crawler.ledger.sql import transaction
from crawler.ledger.tables import Stale, file_numbers, outdate_file, range_of
from pipelines.dataset.parts import DOMAINS_PER_FILE
from pipelines.history.derive import Derived
from pipelines.history.keeping import DomainFile
from pipelines.timestamps import digits, parse

_OF_HISTORY = ("main_url", "main_language", "policy_owner", "versions")
_IS_FIRST = "NOT EXISTS (SELECT 1 FROM domains e WHERE e.domain = d.domain AND e.id < d.id)"


def outdate_histories(db: sqlite3.Connection, files: Iterable[int]) -> None:
    """Notes that all histories in these files are to be worked out."""
    with transaction(db):
        db.executemany(
            f"INSERT OR REPLACE INTO stale SELECT id, max({Stale.FACTS:d}, coalesce((SELECT degree FROM stale WHERE"
            " domain_id = id), 0)) FROM domains WHERE id BETWEEN ? AND ?",
            [range_of(file) for file in files],
        )


def require_code(db: sqlite3.Connection, code: str) -> None:
    """Notes that all histories are to be worked out, unless that was begun by the code with this digest."""
    if db.execute("SELECT code FROM worked_out").fetchone() == (code,):
        return
    with transaction(db):
        outdate_histories(db, file_numbers(db))
        db.execute("DELETE FROM worked_out")
        db.execute("INSERT INTO worked_out VALUES (?)", (code,))


def stale_files(db: sqlite3.Connection, degree: Stale = Stale.DATES) -> list[int]:
    """The numbers of the files with a history that is behind at least so far; ``caught_up`` needs this asked before."""
    with transaction(db):
        db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS stale_in (file, domain_id, PRIMARY KEY (file, domain_id)) WITHOUT ROWID"
        )
        db.execute("DELETE FROM stale_in")
        db.execute(
            "INSERT INTO stale_in SELECT coalesce((SELECT min(e.id) FROM domains d JOIN domains e"
            f" ON e.domain = d.domain WHERE d.id = domain_id), domain_id) / {DOMAINS_PER_FILE}, domain_id"
            " FROM stale WHERE degree >= ?",
            (degree,),
        )
    return [file for (file,) in db.execute("SELECT DISTINCT file FROM stale_in ORDER BY file")]


def domain_file(db: sqlite3.Connection, number: int) -> DomainFile:
    """What is to be done with the files of a number."""
    degrees, asked = _domains_of(db, number)
    changed = frozenset(domain for domain, degree in degrees.items() if degree > Stale.DATES)
    return DomainFile(number, changed, {domain: asked[domain] for domain in degrees.keys() - changed})


def without_withdrawn(db: sqlite3.Connection, number: int) -> DomainFile:
    """As ``domain_file``, only to take out the histories that hold what has to be removed."""
    degrees, asked = _domains_of(db, number)
    kept = {domain for domain, degree in degrees.items() if degree < Stale.WITHDRAWN}
    return DomainFile(number, frozenset(), {domain: asked[domain] for domain in kept})


def _domains_of(db: sqlite3.Connection, number: int) -> tuple[dict[str, int], dict[str, list[datetime]]]:
    """The domains in the files of a number: how far each is behind, and until when the archives were asked for it."""
    degrees: defaultdict[str, int] = defaultdict(int)
    asked: defaultdict[str, list[datetime]] = defaultdict(list)
    for domain, degree, until in db.execute(
        "SELECT d.domain, coalesce(s.degree, 0), strftime('%Y%m%d%H%M%S',"
        " min(a.known_through, coalesce(a.excluded_since, a.known_through)), 'unixepoch')"
        " FROM domains d JOIN domains a ON a.domain = d.domain LEFT JOIN stale s ON s.domain_id = a.id"
        f" WHERE d.id BETWEEN ? AND ? AND {_IS_FIRST}",
        range_of(number),
    ):
        degrees[domain] = max(degrees[domain], degree)
        asked[domain] += [parse(until)] if until else []
    return degrees, asked


def note_history(db: sqlite3.Connection, history: Derived) -> None:
    """Enters which version each capture shows, and what sums up the history."""
    captures = history.captures.select(["archive", "captured_at", "policy_url", "version_id"]).to_pydict()
    shown = {
        (archive, digits(captured_at), url): version_id
        for archive, captured_at, url, version_id in zip(*captures.values(), strict=True)
    }
    with transaction(db):
        for capture_id, domain_id, old, *capture in db.execute(
            "SELECT c.id, domain_id, version_id, archive, timestamp, url FROM captures c JOIN domains d"
            f" ON d.id = domain_id WHERE domain = ? AND role = '{Role.POLICY}'",
            (history.domain,),
        ).fetchall():
            if (new := shown.get(tuple(capture))) != old:
                db.execute("UPDATE captures SET version_id = ? WHERE id = ?", (new, capture_id))
                outdate_file(db, domain_id // DOMAINS_PER_FILE)
        for row in history.domains:
            _sum_up(db, [row[name] for name in _OF_HISTORY], row["domain"], row["archive"])


def _sum_up(db: sqlite3.Connection, summary: list[Any], domain: str, archive: str) -> None:
    columns = ", ".join(_OF_HISTORY)
    for (domain_id,) in db.execute(
        f"UPDATE domains SET ({columns}) = (?, ?, ?, ?) WHERE domain = ? AND archive = ?"
        f" AND ({columns}) IS NOT (?, ?, ?, ?) RETURNING id",
        (*summary, domain, archive, *summary),
    ).fetchall():
        outdate_file(db, domain_id // DOMAINS_PER_FILE, captures=False)


def caught_up(db: sqlite3.Connection, files: Iterable[int]) -> None:
    """Notes that the histories in these files are as the ledger has them."""
    _each_stale(db, "DELETE FROM stale WHERE domain_id = ?", files)


def withdrawn(db: sqlite3.Connection, files: Iterable[int]) -> None:
    """Notes that these files hold nothing more that had to be removed; those histories are now to be worked out."""
    _each_stale(db, f"UPDATE stale SET degree = {Stale.FACTS:d} WHERE domain_id = ?", files)


def _each_stale(db: sqlite3.Connection, statement: str, files: Iterable[int]) -> None:
    with transaction(db):
        for file in files:
            ids = db.execute("SELECT domain_id FROM stale_in WHERE file = ?", (file,)).fetchall()
            db.executemany(statement, ids)
