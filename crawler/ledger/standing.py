"""How far the ledger's work has come: read beside a crawl that is at work, without taking anything from it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from crawler.known import DomainState
from crawler.ledger.sql import read_only
from pipelines.dataset.parts import FILE_NAME

#: The domains that are due within so many days are counted, too.
SOON_DAYS = 7


def standing(data_dir: Path, now: float) -> dict[str, int]:
    """How many domains are ``done`` and how many are not (``open``); and how many are due at the Unix time ``now``.

    ``due`` and ``due_soon`` (within ``SOON_DAYS``, those due included) are there if the ledger has due dates, which one
    of an older version has not. Empty if there is no ledger. Raises ``sqlite3.Error`` if it can't be read.
    """
    if not (data_dir / FILE_NAME).exists():
        return {}
    with closing(read_only(data_dir)) as db:
        columns = {name for _, name, *_ in db.execute("PRAGMA table_info(domains)")}
        done, count = db.execute(
            f"SELECT count(*) FILTER (WHERE state = '{DomainState.DONE}'), count(*) FROM domains"
        ).fetchone()
        found = {"done": done, "open": count - done}
        if "due" in columns:
            found["due"], found["due_soon"] = db.execute(
                "SELECT count(*) FILTER (WHERE coalesce(due, 0) <= ?1), count(*) FILTER (WHERE coalesce(due, 0) <= ?2)"
                " FROM domains",
                (now, now + SOON_DAYS * 86400),
            ).fetchone()
    return found
