"""The domains of a crawl."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from crawler.ledger.captures import TRIES
from crawler.ledger.parts import outdate
from crawler.ledger.transaction import transaction
from pipelines.outcomes import Kind

#: The detail of what an archive leaves out because a site's owner asked for it.
NOT_SHOWN = "the archive does not show this site"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A domain as a whole."""

    domain: str
    outcome: str | None
    """Why there is nothing, as far as that is known already."""
    detail: str | None
    incomplete: str | None
    """Why one of its queries has no full answer."""
    is_only_search_incomplete: bool
    """Those without one all search by keyword; what links and redirects led to was read."""
    is_cut_off: bool
    """Whether a search by keyword gave pages, but not its end."""
    is_hidden: bool
    """Whether playback has refused captures of it."""


class Domains:
    """Which domains the crawl has taken, and what became of each."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def open(self, crawl_id: str, domain: str) -> tuple[int, bool]:
        """Takes a domain into the crawl; returns its id, and whether this crawl had not taken it yet."""
        with transaction(self.db):
            row = self.db.execute("SELECT id, crawl_id FROM domains WHERE domain = ?", (domain,)).fetchone()
            if row is None:
                cursor = self.db.execute(
                    "INSERT INTO domains (domain, crawl_id, state) VALUES (?, ?, 'open')", (domain, crawl_id)
                )
                return cursor.lastrowid or 0, True
            if row[1] == crawl_id:
                return row[0], False
            self.db.execute(
                "UPDATE domains SET crawl_id = ?, state = 'open', outcome = NULL, detail = NULL WHERE id = ?",
                (crawl_id, row[0]),
            )
            self.db.execute(  # another plan may want them
                "UPDATE captures SET state = 'known', outcome = NULL, detail = NULL, same_as = NULL"
                " WHERE domain_id = ? AND outcome IN ('skipped', 'unchanged')",
                (row[0],),
            )
            self._try_again(row[0])
            self._look_again(row[0])
        return row[0], True

    def _try_again(self, domain_id: int) -> None:
        """What an earlier crawl could not load is open again, as if it had not been asked for."""
        self.db.execute(
            "UPDATE captures SET state = 'known', outcome = NULL, detail = NULL, tries = 0, not_before = 0"
            " WHERE domain_id = ? AND role = 'policy' AND tries >= ?",
            (domain_id, TRIES),
        )
        self.db.execute(  # the plan of this crawl says which homepages are wanted now
            "DELETE FROM captures WHERE domain_id = ? AND role = 'homepage' AND tries >= ?", (domain_id, TRIES)
        )

    def _look_again(self, domain_id: int) -> None:
        """Where no policy was found, and behind the last one, homepages may have been captured since the last look."""
        self.db.execute(
            "DELETE FROM captures WHERE domain_id = ?1 AND role = 'homepage' AND not_before <= ?2 AND timestamp >"
            " (SELECT coalesce(max(timestamp), '') FROM captures WHERE domain_id = ?1 AND kind = ?3)",
            (domain_id, time.time(), Kind.PRIVACY_POLICY),
        )

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
        return any(
            self.db.execute(
                f"SELECT EXISTS (SELECT 1 FROM {table} WHERE domain_id = ? AND state = '{state}')",  # noqa: S608
                (domain_id,),
            ).fetchone()[0]
            for table in ("queries", "captures")
            for state in ("planned", "claimed")
        )

    def close(self, domain_id: int, outcome: str | None, detail: str | None = None) -> None:
        """Nothing is left to do for a domain: what its plan did not need is settled without a request."""
        with transaction(self.db):
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

    def hide(self, domain_id: int, host: str) -> None:
        """Playback refuses a host (the SURT of its root): nothing more of it is asked for. The rest may be shown."""
        with transaction(self.db):
            self.db.execute(
                "UPDATE captures SET state = 'settled', outcome = 'unplayable', detail = ?1"
                " WHERE domain_id = ?2 AND state IN ('known', 'planned') AND substr(urlkey, 1, length(?3)) = ?3",
                (NOT_SHOWN, domain_id, host),
            )
            outdate(self.db, domain_id)

    def give_up(self, domain_id: int, outcome: str, detail: str) -> None:
        """The archive does not show this domain: nothing more is asked for."""
        with transaction(self.db):
            self.db.execute(
                "UPDATE queries SET state = 'excluded', detail = ? WHERE domain_id = ? AND state = 'planned'",
                (detail, domain_id),
            )
            self.db.execute(
                "UPDATE captures SET state = 'settled', outcome = 'unplayable', detail = ?"
                " WHERE domain_id = ? AND state IN ('known', 'planned')",
                (detail, domain_id),
            )
            self.db.execute("UPDATE domains SET outcome = ?, detail = ? WHERE id = ?", (outcome, detail, domain_id))

    def knowledge(self, domain_id: int, crawl_id: str) -> Knowledge:
        """What the crawl has learned of a domain as a whole."""
        domain, outcome, detail = self.db.execute(
            "SELECT domain, outcome, detail FROM domains WHERE id = ?", (domain_id,)
        ).fetchone()
        incomplete, found_by = self.db.execute(
            "SELECT detail, found_by FROM queries WHERE domain_id = ? AND crawl_id = ? AND state = 'incomplete'"
            " ORDER BY found_by = 'url_keyword' LIMIT 1",
            (domain_id, crawl_id),
        ).fetchone() or (None, None)
        (cut_off,) = self.db.execute(
            "SELECT EXISTS (SELECT 1 FROM queries WHERE domain_id = ? AND crawl_id = ? AND state = 'incomplete'"
            " AND match_type = 'domain' AND pages > 0)",
            (domain_id, crawl_id),
        ).fetchone()
        (hidden,) = self.db.execute(
            "SELECT EXISTS (SELECT 1 FROM captures WHERE domain_id = ? AND detail = ?)", (domain_id, NOT_SHOWN)
        ).fetchone()
        return Knowledge(domain, outcome, detail, incomplete, found_by == "url_keyword", bool(cut_off), bool(hidden))
