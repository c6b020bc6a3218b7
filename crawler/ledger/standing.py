"""How far the ledger's work has come: read beside a crawl that is at work, without taking anything from it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from crawler.ledger import tables
from crawler.ledger.counts import counts, not_done
from crawler.ledger.withdrawal import is_done
from pipelines.dataset.overrides import Removals
from pipelines.dataset.parts import FILE_NAME, read_only

#: The domains that are due within this many days are counted, too.
SOON_DAYS = 7


def standing(data_dir: Path, now: float) -> dict[str, int]:
    """How many domains are ``done`` and how many are not (``open``); and how many are due at the Unix time ``now``.

    ``due`` and ``due_soon`` (within ``SOON_DAYS``, those due included) are there if the ledger has due dates, which one
    of an older version has not. Empty if there is no ledger. Raises ``sqlite3.Error`` if it can't be read.
    """
    if not (data_dir / FILE_NAME).exists():
        return {}
    with closing(read_only(data_dir)) as db:
        domains = _domains(db)
        found = {"done": domains.total() - not_done(domains), "open": not_done(domains)}
        columns = {name for _, name, *_ in db.execute("PRAGMA table_info(domains)")}
        if "due" in columns:
            found["due"], found["due_soon"] = (
                db.execute(
                    "SELECT (SELECT count(*) FROM domains WHERE due IS NULL)"
                    " + (SELECT count(*) FROM domains WHERE due <= ?)",
                    (by,),
                ).fetchone()[0]
                for by in (now, now + SOON_DAYS * 86400)
            )
    return found


def _domains(db: sqlite3.Connection) -> Counter[str]:
    with suppress(sqlite3.OperationalError):
        return counts(db, "domain")
    return Counter(dict(db.execute("SELECT state, count(*) FROM domains GROUP BY 1")))  # an older version's


def domains_counted(data_dir: Path, removals: Removals) -> Counter[tuple[str, str | None, bool]] | None:
    """How many domains have which outcome, for which reason, and whether that may pass.

    These are the counts of this moment; the files of ``domains`` have those of the last run's end. ``None`` as for
    ``captures_counted``.
    """
    with suppress(sqlite3.OperationalError), closing(read_only(data_dir)) as db:
        if is_done(db, removals):
            return tables.domains_counted(db)
    return None


def captures_counted(data_dir: Path, removals: Removals) -> Counter[str] | None:
    """How many known captures have which outcome.

    ``None`` where the ledger does not tell: there is none, it is of an older version, or it may still have captures
    that are to be removed.
    """
    with suppress(sqlite3.OperationalError), closing(read_only(data_dir)) as db:
        if is_done(db, removals):
            return counts(db, "capture")
    return None
