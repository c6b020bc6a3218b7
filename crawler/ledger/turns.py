"""Whose turn it is: of a crawl's planned work, each domain in turn has a piece taken, so that no large one is waited
for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from crawler.known import State
from crawler.ledger.sql import is_due


class Turns:
    """The turns of one table of work, ``captures`` or ``queries``."""

    def __init__(self, db: sqlite3.Connection, table: str) -> None:
        self.db = db
        self._last = 0
        """The domain whose turn was last."""
        planned = f"FROM {table} WHERE state = '{State.PLANNED}' AND domain_id"
        first_after = f"(SELECT domain_id {planned} > {{}} ORDER BY domain_id LIMIT 1)"
        # Each step of the recursion is one look into the index of planned work, however much a domain has of it.
        self._round = f"""
            WITH RECURSIVE turn (domain_id) AS (
                SELECT {first_after.format(":last")}
                UNION ALL SELECT {first_after.format("turn.domain_id")} FROM turn WHERE turn.domain_id IS NOT NULL
            )
            SELECT turn.domain_id, work.id FROM turn
            JOIN domains d ON d.id = turn.domain_id AND d.crawl_id = :crawl_id
            JOIN {table} work ON work.id =
                (SELECT id {planned} = turn.domain_id AND {is_due("not_before", ":now")} ORDER BY id LIMIT 1)
            LIMIT :count
            """

    def take(self, crawl_id: str, count: int, now: float, claim: Callable[[int], None]) -> list[int]:
        """The ids of planned work of a crawl that is due at the Unix time ``now``, at most ``count``.

        ``claim`` is called with each id, and has to end that the work is planned.
        """
        taken: list[int] = []
        while len(taken) < count:
            values = {"crawl_id": crawl_id, "now": now, "count": count - len(taken), "last": self._last}
            found = self.db.execute(self._round, values).fetchall()
            if not found and not self._last:
                break
            self._last = found[-1][0] if found else 0
            for _, work in found:
                claim(work)
                taken.append(work)
        return taken
