"""The ledger's domains: taken into a crawl, and closed with their outcome."""

from __future__ import annotations

import sqlite3
import time

from crawler.known import NOT_SHOWN, SEEN, DomainState, KnownDomain, MatchType, QueryState, Role, State
from crawler.ledger.captures import TRIES
from crawler.ledger.moves import move
from crawler.ledger.parts import outdate
from crawler.ledger.sql import exists, one_of, transaction
from pipelines.outcomes import FoundBy, Kind, Outcome


class Domains:
    """Which domains the crawl has taken, and what became of each."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def open(self, crawl_id: str, domain: str) -> tuple[int, bool]:
        """Takes a domain into the crawl; returns its id, and whether it is new to this crawl."""
        with transaction(self.db):
            row = self.db.execute("SELECT id, crawl_id FROM domains WHERE domain = ?", (domain,)).fetchone()
            if row is None:
                cursor = self.db.execute(
                    "INSERT INTO domains (domain, crawl_id, state) VALUES (?, ?, ?)",
                    (domain, crawl_id, DomainState.OPEN),
                )
                return cursor.lastrowid or 0, True
            if row[1] == crawl_id:
                return row[0], False
            self.db.execute(
                "UPDATE domains SET crawl_id = ?, state = ?, outcome = NULL, detail = NULL WHERE id = ?",
                (crawl_id, DomainState.OPEN, row[0]),
            )
            move(  # another plan may want them
                self.db, State.SETTLED, State.KNOWN,
                f"domain_id = :domain_id AND outcome IN {one_of((Outcome.SKIPPED, Outcome.UNCHANGED))}",
                sets="outcome = NULL, detail = NULL, same_as = NULL", domain_id=row[0],
            )  # fmt: skip
            self._try_again(row[0])
            self._visit_again(row[0])
        return row[0], True

    def _try_again(self, domain_id: int) -> None:
        """Opens again what an earlier crawl could not load, as if it had not been asked for."""
        move(
            self.db, State.SETTLED, State.KNOWN,
            f"domain_id = :domain_id AND role = '{Role.POLICY}' AND tries >= :tries",
            sets="outcome = NULL, detail = NULL, tries = 0, not_before = 0", domain_id=domain_id, tries=TRIES,
        )  # fmt: skip
        self.db.execute(  # the plan of this crawl says which homepages are wanted now
            f"DELETE FROM captures WHERE domain_id = ? AND role = '{Role.HOMEPAGE}' AND tries >= ?", (domain_id, TRIES)
        )

    def _visit_again(self, domain_id: int) -> None:
        """Forgets old homepage visits after the last policy's date: homepages may have been captured since.

        Where there is no policy, all old visits are forgotten.
        """
        self.db.execute(
            f"DELETE FROM captures WHERE domain_id = ?1 AND role = '{Role.HOMEPAGE}' AND not_before <= ?2"
            " AND timestamp > (SELECT coalesce(max(timestamp), '') FROM captures WHERE domain_id = ?1 AND kind = ?3)",
            (domain_id, time.time(), Kind.PRIVACY_POLICY),
        )

    def unfinished(self, crawl_id: str) -> list[int]:
        """Domains of this crawl that an earlier run left open and without planned work: their next step is due."""
        return [
            row[0]
            for row in self.db.execute(
                f"SELECT id FROM domains WHERE crawl_id = ? AND state = '{DomainState.OPEN}' ORDER BY id", (crawl_id,)
            )
            if not self.has_work(row[0])
        ]

    def has_work(self, domain_id: int) -> bool:
        """True if queries or captures of the domain are planned or under way."""
        return any(
            exists(self.db, f"{table} WHERE domain_id = ? AND state = '{state}'", (domain_id,))
            for table in ("queries", "captures")
            for state in (State.PLANNED, State.CLAIMED)  # of queries they are called the same
        )

    def close(self, domain_id: int, outcome: str | None, detail: str | None = None) -> None:
        """Closes a domain for which nothing is left to do, and settles the captures that its plan did not need.

        A capture with the same bytes (urlkey, digest) as one that was seen gets its outcome, or ``unchanged`` if that
        one is stored.
        """
        with transaction(self.db):
            move(
                self.db, State.KNOWN, State.SETTLED,
                f"captures.domain_id = :domain_id AND captures.role = '{Role.POLICY}'"
                " AND captures.urlkey = same.urlkey AND captures.digest = same.digest",
                sets=f"outcome = iif(same.outcome = '{Outcome.STORED}', '{Outcome.UNCHANGED}', same.outcome),"
                f" detail = iif(same.outcome = '{Outcome.STORED}', NULL,"
                " 'same bytes as the capture of ' || same.timestamp), same_as = same.timestamp",
                source=f"""
                FROM (SELECT urlkey, digest, min(timestamp) AS timestamp, outcome
                      FROM captures
                      WHERE domain_id = :domain_id AND digest != '' AND digest != '-' AND outcome IN {one_of(SEEN)}
                        AND state IN ('{State.FETCHED}', '{State.SETTLED}') AND same_as IS NULL
                      GROUP BY urlkey, digest) AS same""",
                domain_id=domain_id,
            )  # fmt: skip
            move(
                self.db, State.KNOWN, State.SETTLED, "domain_id = :domain_id", domain_id=domain_id,
                sets=f"outcome = '{Outcome.SKIPPED}', detail = 'the plan did not need it'",
            )  # fmt: skip
            self.db.execute(
                "UPDATE domains SET state = ?, outcome = ?, detail = ? WHERE id = ?",
                (DomainState.DONE, outcome, detail, domain_id),
            )
            outdate(self.db, domain_id)

    def hide(self, domain_id: int, host: str) -> None:
        """Settles a domain's captures of one host, which playback refuses; other hosts may be shown.

        ``host`` is the SURT of the host: ``com,example)``.
        """
        with transaction(self.db):
            self._settle_unplayable(domain_id, NOT_SHOWN, host)
            outdate(self.db, domain_id)

    def give_up(self, domain_id: int, outcome: str, detail: str) -> None:
        """Settles all that is planned of a domain that the archive does not show."""
        with transaction(self.db):
            self.db.execute(
                f"UPDATE queries SET state = '{QueryState.EXCLUDED}', detail = ?"
                f" WHERE domain_id = ? AND state = '{QueryState.PLANNED}'",
                (detail, domain_id),
            )
            self._settle_unplayable(domain_id, detail, "")
            self.db.execute("UPDATE domains SET outcome = ?, detail = ? WHERE id = ?", (outcome, detail, domain_id))

    def _settle_unplayable(self, domain_id: int, detail: str, host: str) -> None:
        """Settles what is known or planned below the SURT ``host``."""
        for before in (State.KNOWN, State.PLANNED):
            move(
                self.db, before, State.SETTLED,
                "domain_id = :domain_id AND substr(urlkey, 1, length(:host)) = :host",
                sets=f"outcome = '{Outcome.UNPLAYABLE}', detail = :detail",
                domain_id=domain_id, detail=detail, host=host,
            )  # fmt: skip

    def known(self, domain_id: int, crawl_id: str) -> KnownDomain:
        """What the crawl has learned of a domain as a whole."""
        domain, outcome, detail = self.db.execute(
            "SELECT domain, outcome, detail FROM domains WHERE id = ?", (domain_id,)
        ).fetchone()
        incomplete, found_by = self.db.execute(
            "SELECT detail, found_by FROM queries WHERE domain_id = ? AND crawl_id = ?"
            f" AND state = '{QueryState.INCOMPLETE}' ORDER BY found_by = '{FoundBy.URL_KEYWORD}' LIMIT 1",
            (domain_id, crawl_id),
        ).fetchone() or (None, None)
        is_cut_off = exists(
            self.db,
            f"queries WHERE domain_id = ? AND crawl_id = ? AND state = '{QueryState.INCOMPLETE}'"
            f" AND match_type = '{MatchType.DOMAIN}' AND pages > 0",
            (domain_id, crawl_id),
        )
        is_hidden = exists(self.db, "captures WHERE domain_id = ? AND detail = ?", (domain_id, NOT_SHOWN))
        is_only_search = found_by == FoundBy.URL_KEYWORD
        return KnownDomain(domain, outcome, detail, incomplete, is_only_search, is_cut_off, is_hidden)
