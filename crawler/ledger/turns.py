"""Whose turn it is: a crawl takes its planned work from its domains in turn, so that none waits for a large one."""

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
        # The index of domains with planned work has those of the crawl alone, however much the others have left.
        self._round = f"""
            SELECT d.id, work.id FROM domains d CROSS JOIN {table} work ON work.id =
                (SELECT id FROM {table} WHERE state = '{State.PLANNED}' AND domain_id = d.id
                 AND {is_due("not_before", ":now")} ORDER BY id LIMIT 1)
            WHERE d.crawl_id = :crawl_id AND d.planned_{table} > 0 AND d.id > :last
            ORDER BY d.id LIMIT :count
            """

    def take(self, crawl_id: str, count: int, now: float, claim: Callable[[int], None]) -> list[int]:
        """The ids of planned work of a crawl that is due at the Unix time ``now``, at most ``count``.

        ``claim`` is called with each id, and has to take that work out of the state ``planned``.
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
