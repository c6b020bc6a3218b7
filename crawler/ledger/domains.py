"""The ledger's domains: taken into a crawl, and closed with their outcome."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta

from crawler.known import (
    LASTING,
    NOT_SHOWN,
    SAME_BYTES,
    SEEN,
    DomainState,
    KnownDomain,
    MatchType,
    QueryState,
    Role,
    State,
    Words,
)
from crawler.ledger.captures import NOT_LOADED, TRIES
from crawler.ledger.homepages import HOMEPAGE_DIGEST, PAST_DIGEST
from crawler.ledger.moves import move, unless_lasting
from crawler.ledger.sql import exists, one_of, transaction
from crawler.ledger.tables import Stale, outdate
from crawler.ledger.visits import forget_visit
from pipelines.outcomes import DomainOutcome, FoundBy, Kind, Outcome

#: This many runs in a row try what could not be had for a reason that may pass; then the reason counts as lasting.
RUNS = 3
#: The domains with such a reason that a crawl is done with (SQL).
_MISSING = f"crawl_id = ? AND state = '{DomainState.DONE}' AND may_pass"


class Domains:
    """Which domains the crawl has taken, and what became of each. A domain in two archives is two domains."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def open(self, crawl_id: str, domain: str, rank: int | None = None, *, is_visit: bool = False) -> tuple[int, bool]:
        """Takes a domain into the crawl; returns its id, and whether it is new to this crawl.

        ``rank`` is its rank in the crawl's list of domains. What earlier crawls found out stays. ``is_visit``: captures
        that were not needed stay as they are, until there is news (``reopen``).
        """
        now = time.time()
        with transaction(self.db):
            archive, is_list = self.db.execute(
                "SELECT archive, source_sha256 IS NOT NULL FROM crawls WHERE id = ?", (crawl_id,)
            ).fetchone()
            row = self.db.execute(
                "SELECT id, crawl_id, state FROM domains WHERE domain = ? AND archive = ?", (domain, archive)
            ).fetchone()
            if row is None:
                cursor = self.db.execute(
                    "INSERT INTO domains (archive, domain, crawl_id, listed_by, rank, state, asked_first, asked_last)"
                    " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?6)",
                    (archive, domain, crawl_id, rank, DomainState.OPEN, now),
                )
                domain_id = cursor.lastrowid or 0
                outdate(self.db, domain_id)
                return domain_id, True
            domain_id, last_crawl, state = row
            if last_crawl == crawl_id and state != DomainState.QUEUED:
                return domain_id, False
            self.db.execute(
                "UPDATE domains SET crawl_id = ?, state = ?, asked_last = ? WHERE id = ?",
                (crawl_id, DomainState.OPEN, now, domain_id),
            )
            if is_list and last_crawl != crawl_id:
                self.db.execute("UPDATE domains SET listed_by = ?, rank = ? WHERE id = ?", (crawl_id, rank, domain_id))
            self._visit_again(domain_id)
            outdate(self.db, domain_id, Stale.DATES)
            if not is_visit:
                self.reopen(domain_id)
        return domain_id, True

    def reopen(self, domain_id: int) -> None:
        """Opens again what another plan may want, what could not be loaded, and what the archive did not show."""
        with transaction(self.db):
            reopened = move(
                self.db, State.SETTLED, State.KNOWN,
                f"domain_id = :domain_id AND role = '{Role.POLICY}' AND outcome NOT IN {one_of(LASTING)}"
                f" AND (outcome = '{Outcome.SKIPPED}' OR tries >= :tries OR detail = :not_shown)",
                sets="outcome = NULL, detail = NULL, tries = 0, not_before = 0",
                domain_id=domain_id, tries=TRIES, not_shown=NOT_SHOWN,
            )  # fmt: skip
            if reopened:
                outdate(self.db, domain_id)

    def _visit_again(self, domain_id: int) -> None:
        """Marks old homepage visits after the last policy's date as past: homepages may have been captured since.

        Where there is no policy, all old visits are past. What was seen at a past visit stays known. Likely addresses
        may have been captured since, too: playback may be asked for them again.
        """
        self.db.execute(  # the plan of this crawl says which homepages are wanted now
            f"DELETE FROM captures WHERE domain_id = ? AND role != '{Role.POLICY}' AND tries >= ?", (domain_id, TRIES)
        )
        forget_visit(self.db, domain_id)
        self.db.execute(
            f"DELETE FROM captures WHERE domain_id = ? AND role = '{Role.LIKELY}' AND not_before <= ?",
            (domain_id, time.time()),
        )
        self.db.execute(
            f"UPDATE captures SET digest = '{PAST_DIGEST}' || id WHERE domain_id = ?1 AND role = '{Role.HOMEPAGE}'"
            f" AND digest = '{HOMEPAGE_DIGEST}' AND not_before <= ?2"
            " AND timestamp > (SELECT coalesce(max(timestamp), '') FROM captures WHERE domain_id = ?1"
            " AND coalesce(verdict, kind) = ?3)",
            (domain_id, time.time(), Kind.PRIVACY_POLICY),
        )

    def open_missing(self, crawl_id: str) -> list[int]:
        """Opens again the domains of which a crawl's earlier run could not have all, for reasons that may pass.

        Returns their ids, and those of the open domains of which something has been given up.
        """
        is_open = f"FROM domains WHERE crawl_id = ?1 AND state = '{DomainState.OPEN}'"
        with transaction(self.db):
            missing = self.db.execute(
                f"UPDATE domains SET state = '{DomainState.OPEN}' WHERE {_MISSING} RETURNING id", (crawl_id,)
            ).fetchall()
            given_up = self.db.execute(
                f"SELECT domain_id FROM captures WHERE domain_id IN (SELECT id {is_open}) AND {NOT_LOADED}"
                f" UNION SELECT domain_id FROM queries WHERE crawl_id = ?1 AND state = '{QueryState.INCOMPLETE}'"
                f" AND may_pass AND EXISTS (SELECT 1 {is_open} AND id = domain_id)",
                (crawl_id,),
            ).fetchall()
        return sorted({domain_id for (domain_id,) in missing + given_up})

    def end_run(self, crawl_id: str) -> int:
        """Counts the run that ends for each domain of which it could not have all, for a reason that may pass.

        After ``RUNS`` runs in a row the reason is lasting. Returns for how many domains it may still pass.
        """
        with transaction(self.db):
            last = self.db.execute(
                f"SELECT id FROM domains WHERE {_MISSING} AND missed_runs + 1 >= {RUNS}", (crawl_id,)
            ).fetchall()
            for (domain_id,) in last:
                outdate(self.db, domain_id, Stale.DATES)
            self.db.execute(
                f"UPDATE domains SET missed_runs = missed_runs + 1, may_pass = missed_runs + 1 < {RUNS}"
                f" WHERE {_MISSING}",
                (crawl_id,),
            )
            (count,) = self.db.execute(f"SELECT count(*) FROM domains WHERE {_MISSING}", (crawl_id,)).fetchone()
        return int(count)

    def unfinished(self, crawl_id: str) -> list[int]:
        """Domains of this crawl that an earlier run left open and without planned work: their next step is due."""
        found = self.db.execute(
            f"SELECT id FROM domains d WHERE crawl_id = ? AND state = '{DomainState.OPEN}'"
            " AND planned_queries = 0 AND planned_captures = 0 ORDER BY id",
            (crawl_id,),
        )
        return [domain_id for (domain_id,) in found.fetchall() if not self.has_work(domain_id)]

    def is_open(self, domain_id: int) -> bool:
        """False once the domain is done; it may be opened again, and an answer that comes late closes it again."""
        return exists(self.db, f"domains WHERE id = ? AND state = '{DomainState.OPEN}'", (domain_id,))

    def has_work(self, domain_id: int) -> bool:
        """True if queries or captures of the domain are planned or under way."""
        return any(
            exists(self.db, f"{table} WHERE domain_id = ? AND state = '{state}'", (domain_id,))
            for table in ("queries", "captures")
            for state in (State.PLANNED, State.CLAIMED)  # states of queries have the same names
        )

    def close(
        self,
        domain_id: int,
        outcome: str,
        detail: str | None = None,
        *,
        asked_until: float | None = None,
        again_in: timedelta | None = None,
    ) -> None:
        """Closes a domain for which nothing is left to do, and settles the captures that its plan did not need.

        ``asked_until``: the Unix time until which the crawl has seen all that there is, ``None`` if it has not. A time
        after the crawl asked for the domain counts as that moment. An exclusion ends if the archive showed the domain.
        ``again_in`` is how long after that moment the domain is due again; ``None`` leaves that as it was.

        What could not be had for a reason that may pass (``_is_missing``) is asked for by the crawl's next run.
        """
        with transaction(self.db):
            self.settle_twins(domain_id)
            missing = self._is_missing(domain_id, outcome)
            settled = move(
                self.db, State.KNOWN, State.SETTLED, "domain_id = :domain_id AND outcome IS NULL",
                sets=f"outcome = '{Outcome.SKIPPED}', detail = 'the plan did not need it'", domain_id=domain_id,
            )  # fmt: skip
            is_other = exists(self.db, "domains WHERE id = ? AND outcome IS NOT ?", (domain_id, outcome))
            self.db.execute(
                "UPDATE domains SET state = ?1, outcome = ?2, detail = ?3,"
                f" may_pass = ?7 AND missed_runs < {RUNS}, missed_runs = iif(?7, missed_runs, 0),"
                " known_through = nullif(max(coalesce(known_through, 0), coalesce(min(asked_last, ?4), 0)), 0),"
                f" excluded_since = iif(?2 = '{DomainOutcome.EXCLUDED}' OR ?3 = ?9"
                " OR coalesce(refused_in = crawl_id, FALSE), coalesce(excluded_since, ?5), NULL),"
                " due = coalesce(asked_last + ?8, due) WHERE id = ?6",
                (
                    DomainState.DONE,
                    outcome,
                    detail,
                    asked_until,
                    time.time(),
                    domain_id,
                    missing,
                    None if again_in is None else again_in.total_seconds(),
                    NOT_SHOWN,
                ),
            )
            outdate(self.db, domain_id, Stale.FACTS if settled or is_other else Stale.DATES)

    def _is_missing(self, domain_id: int, outcome: str) -> bool:
        """True if something of a domain could not be had for a reason that may pass.

        That is a capture or a homepage that could not be loaded at any try; and, unless other queries made up for it, a
        query that the index may answer another time.
        """
        if outcome == DomainOutcome.EXCLUDED:
            return False
        unanswered = (
            "queries q JOIN domains d ON d.id = q.domain_id AND d.crawl_id = q.crawl_id"
            f" WHERE d.id = ? AND q.state = '{QueryState.INCOMPLETE}' AND q.may_pass"
        )
        return exists(self.db, f"captures WHERE domain_id = ? AND {NOT_LOADED}", (domain_id,)) or (
            outcome == DomainOutcome.INCOMPLETE and exists(self.db, unanswered, (domain_id,))
        )

    def settle_twins(self, domain_id: int) -> None:
        """Settles the captures of which the index tells that their bytes were seen (same urlkey and digest).

        They get the outcome of the capture that was read, or ``unchanged`` if that one is stored.
        """
        settled = move(
            self.db, State.KNOWN, State.SETTLED,
            f"captures.domain_id = :domain_id AND captures.role = '{Role.POLICY}' AND captures.outcome IS NULL"
            " AND captures.urlkey = same.urlkey AND captures.digest = same.digest",
            sets=f"outcome = iif(same.outcome = '{Outcome.STORED}', '{Outcome.UNCHANGED}', same.outcome),"
            f" detail = iif(same.outcome = '{Outcome.STORED}', NULL,"
            f" '{SAME_BYTES}' || same.timestamp), same_as = same.timestamp",
            source=f"""
            FROM (SELECT urlkey, digest, min(timestamp) AS timestamp, outcome
                  FROM captures
                  WHERE domain_id = :domain_id AND digest != '' AND digest != '-' AND outcome IN {one_of(SEEN)}
                    AND state IN ('{State.FETCHED}', '{State.SETTLED}') AND same_as IS NULL
                  GROUP BY urlkey, digest) AS same""",
            domain_id=domain_id,
        )  # fmt: skip
        if settled:
            outdate(self.db, domain_id)

    def hide(self, domain_id: int, host: str) -> None:
        """Settles a domain's captures of one host, which playback refuses; other hosts may be shown.

        ``host`` is the SURT of the host: ``com,example)``.
        """
        with transaction(self.db):
            self._settle_unplayable(domain_id, host)

    def exclude(self, domain_id: int) -> None:
        """Settles all that is planned of a domain that the archive does not show. What was known of it stays."""
        with transaction(self.db):
            self.db.execute(
                f"UPDATE queries SET state = '{QueryState.EXCLUDED}', detail = ?"
                f" WHERE domain_id = ? AND state = '{QueryState.PLANNED}'",
                (NOT_SHOWN, domain_id),
            )
            self._settle_unplayable(domain_id, "")
            self.db.execute("UPDATE domains SET refused_in = crawl_id WHERE id = ?", (domain_id,))

    def _settle_unplayable(self, domain_id: int, host: str) -> None:
        """Settles what is known or planned below the SURT ``host``; what stands for good keeps its outcome."""
        self.settle_twins(domain_id)
        for before in (State.KNOWN, State.PLANNED):
            move(
                self.db, before, State.SETTLED,
                "domain_id = :domain_id AND substr(urlkey, 1, length(:host)) = :host",
                sets=unless_lasting(outcome=f"'{Outcome.UNPLAYABLE}'", detail=":detail"),
                domain_id=domain_id, detail=NOT_SHOWN, host=host,
            )  # fmt: skip
        outdate(self.db, domain_id)

    def known(self, domain_id: int, crawl_id: str) -> KnownDomain:
        """What the crawl has learned of a domain as a whole."""
        domain, is_excluded, outcome, detail, was_excluded = self.db.execute(
            "SELECT domain, coalesce(refused_in = crawl_id, FALSE), outcome, detail, excluded_since IS NOT NULL"
            " FROM domains WHERE id = ?",
            (domain_id,),
        ).fetchone()
        incomplete, found_by = self.db.execute(
            "SELECT detail, found_by FROM queries WHERE domain_id = ? AND crawl_id = ?"
            f" AND state = '{QueryState.INCOMPLETE}' ORDER BY found_by = '{FoundBy.URL_KEYWORD}' LIMIT 1",
            (domain_id, crawl_id),
        ).fetchone() or (None, None)

        def has_query(state: QueryState, which: str) -> bool:
            queries = f"queries WHERE domain_id = ? AND crawl_id = ? AND state = '{state}' AND {which}"
            return exists(self.db, queries, (domain_id, crawl_id))

        is_own_incomplete = has_query(QueryState.INCOMPLETE, f"words != '{Words.OTHER}'")
        return KnownDomain(
            name=domain,
            is_excluded=bool(is_excluded),
            incomplete=incomplete,
            is_only_search_incomplete=found_by == FoundBy.URL_KEYWORD,
            is_only_other_words_incomplete=incomplete is not None and not is_own_incomplete,
            is_cut_off=has_query(QueryState.INCOMPLETE, f"match_type = '{MatchType.DOMAIN}' AND pages > 0"),
            is_by_few_words=has_query(QueryState.DONE, f"words = '{Words.FEW}'"),
            is_hidden=exists(self.db, "captures WHERE domain_id = ? AND detail = ?", (domain_id, NOT_SHOWN)),
            outcome=outcome,
            detail=detail,
            was_excluded=bool(was_excluded),
        )
