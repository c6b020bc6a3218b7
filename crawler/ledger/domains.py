"""The domains of a crawl."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from crawler.ledger.dataset import outdate


class Domains:
    """Which domains the crawl has taken, and what became of each."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def open(self, crawl_id: str, domains: Iterable[str]) -> list[tuple[int, str]]:
        """Takes domains into the crawl; returns (id, domain) of those this crawl had not taken yet."""
        opened = []
        with self.db:
            for domain in domains:
                row = self.db.execute(
                    "SELECT id, crawl_id FROM domains WHERE domain = ?", (domain,)
                ).fetchone()
                if row is None:
                    cursor = self.db.execute(
                        "INSERT INTO domains (domain, crawl_id, state) VALUES (?, ?, 'open')",
                        (domain, crawl_id),
                    )
                    opened.append((cursor.lastrowid or 0, domain))
                elif row[1] != crawl_id:
                    self.db.execute(
                        "UPDATE domains SET crawl_id = ?, state = 'open', probed = 0 WHERE id = ?",
                        (crawl_id, row[0]),
                    )
                    self.db.execute(
                        "UPDATE captures SET state = 'known', outcome = NULL, detail = NULL"
                        " WHERE domain_id = ? AND outcome IN ('skipped', 'unchanged')",
                        (row[0],),
                    )
                    opened.append((row[0], domain))
        return opened

    def unfinished(self, crawl_id: str) -> list[int]:
        """Domains of this crawl that an earlier run left open and without planned work: they want advancing."""
        return [
            row[0]
            for row in self.db.execute(
                "SELECT id FROM domains WHERE crawl_id = ? AND state = 'open' ORDER BY id", (crawl_id,)
            )
            if not self.has_work(row[0])
        ]

    def has_work(self, domain_id: int) -> bool:
        """Whether queries or captures of the domain are planned or under way."""
        return bool(
            self.db.execute(
                "SELECT EXISTS (SELECT 1 FROM queries WHERE domain_id = ?1 AND state IN ('planned', 'claimed'))"
                " OR EXISTS (SELECT 1 FROM captures WHERE domain_id = ?1 AND state IN ('planned', 'claimed'))",
                (domain_id,),
            ).fetchone()[0]
        )

    def name(self, domain_id: int) -> str:
        return self.db.execute("SELECT domain FROM domains WHERE id = ?", (domain_id,)).fetchone()[0]

    def close(self, domain_id: int, outcome: str | None, detail: str | None = None) -> None:
        """Nothing is left to do for a domain: what its plan did not need is settled without a request."""
        with self.db:
            self.db.execute(
                """
                UPDATE captures SET state = 'settled', outcome = same.outcome,
                    detail = iif(same.outcome = 'unchanged', NULL, 'same bytes as the capture of ' || same.timestamp),
                    same_as = same.timestamp
                FROM (SELECT urlkey, digest, min(timestamp) AS timestamp,
                             iif(outcome = 'stored', 'unchanged', outcome) AS outcome
                      FROM captures
                      WHERE domain_id = ?1 AND digest != '' AND digest != '-'
                        AND outcome IN ('stored', 'not_policy', 'empty', 'soft_block', 'redirect')
                        AND state IN ('fetched', 'settled') AND same_as IS NULL
                      GROUP BY urlkey, digest) AS same
                WHERE captures.domain_id = ?1 AND captures.state = 'known' AND captures.role = 'policy'
                  AND captures.urlkey = same.urlkey AND captures.digest = same.digest
                """,
                (domain_id,),
            )
            self.db.execute(
                "UPDATE captures SET state = 'settled', outcome = 'skipped', detail = 'the plan did not need it'"
                " WHERE domain_id = ? AND state = 'known'",
                (domain_id,),
            )
            self.db.execute(
                "UPDATE domains SET state = 'done', outcome = ?, detail = ? WHERE id = ?",
                (outcome, detail, domain_id),
            )
            outdate(self.db, domain_id)

    def give_up(self, domain_id: int, outcome: str, detail: str) -> None:
        """The archive does not show this domain: nothing more is asked for."""
        with self.db:
            self.db.execute(
                "UPDATE queries SET state = 'excluded', detail = ? WHERE domain_id = ? AND state = 'planned'",
                (detail, domain_id),
            )
            self.db.execute(
                "UPDATE captures SET state = 'settled', outcome = 'unplayable', detail = ?"
                " WHERE domain_id = ? AND state IN ('known', 'planned')",
                (detail, domain_id),
            )
            self.db.execute(
                "UPDATE domains SET outcome = ?, detail = ? WHERE id = ?", (outcome, detail, domain_id)
            )

    def summary(self, domain_id: int, crawl_id: str) -> dict[str, Any]:
        """What is known of a domain as a whole: its outcome so far, and what its queries and homepages said."""
        (outcome, detail, probed) = self.db.execute(
            "SELECT outcome, detail, probed FROM domains WHERE id = ?", (domain_id,)
        ).fetchone()
        incomplete = self.db.execute(
            "SELECT detail FROM queries WHERE domain_id = ? AND crawl_id = ? AND state = 'incomplete' LIMIT 1",
            (domain_id, crawl_id),
        ).fetchone()
        homepages = dict(
            self.db.execute(
                "SELECT outcome, count(*) FROM captures WHERE domain_id = ? AND role = 'homepage' GROUP BY outcome",
                (domain_id,),
            ).fetchall()
        )
        return {
            "outcome": outcome,
            "detail": detail,
            "probed": probed,
            "incomplete": incomplete[0] if incomplete else None,
            "homepages": homepages,
        }
