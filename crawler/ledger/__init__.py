"""The ledger: what was planned, fetched, given up, and why. One SQLite file in DATA_DIR, with one writer.

It is also the crawl's queue: queries and captures are *claimed* from it, worked on, and settled. A process that
dies leaves claims behind; the next one takes them up again.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from crawler.known import DONE, DomainState, QueryState, State
from crawler.ledger.captures import Captures
from crawler.ledger.counts import counts
from crawler.ledger.domains import Domains
from crawler.ledger.homepages import Homepages
from crawler.ledger.likely import LikelyAddresses
from crawler.ledger.migrations import migrate
from crawler.ledger.moves import move
from crawler.ledger.parts import Dataset
from crawler.ledger.queries import Queries
from crawler.ledger.sql import exists, is_due, transaction
from crawler.ledger.tables import outdate
from crawler.ledger.visits import Visits
from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.parts import FILE_NAME, create_register, require_register
from pipelines.outcomes import Outcome

#: Takes back what was said of a capture whose bytes were lost in a crash.
_FORGOTTEN = (
    f"outcome = iif(imported, '{Outcome.STORED}', NULL), detail = NULL, content_key = NULL, leads_to = NULL,"
    " served = NULL, text_sha256 = NULL, stored_url = NULL, tries = 0, not_before = 0"
)


def _key(arguments: Mapping[str, Any]) -> str:
    """A crawl's arguments as the text by which it is found again."""
    return json.dumps(arguments, sort_keys=True)


def what_is_wrong(problem: sqlite3.Error, data_dir: Path) -> str:
    """An error of SQLite as a sentence that names the ledger's file, and the way out where that is damaged."""
    path = data_dir / FILE_NAME
    is_damage = not isinstance(problem, sqlite3.OperationalError)
    return str(DamagedFileError(path, problem)) if is_damage else f"{path} can't be used: {problem}"


class Ledger:
    """The ledger of one DATA_DIR. All methods are short transactions; call them from one thread.

    Raises ``DatasetError`` for a ledger that a newer version of this software wrote, and for one that is missing
    though there are tables that were made from it.
    """

    def __init__(self, data_dir: Path, *, page_rows: int = 10_000) -> None:
        """``page_rows`` is how many rows of the index the queries planned from now on ask for at once."""
        require_register(data_dir)
        self.db = sqlite3.connect(data_dir / FILE_NAME, check_same_thread=False)
        try:
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = NORMAL")
            migrate(self.db)
            create_register(self.db)
        except BaseException:
            self.db.close()
            raise
        self.domains = Domains(self.db)
        self.queries = Queries(self.db, page_rows)
        self.captures = Captures(self.db)
        self.likely = LikelyAddresses(self.db)
        self.visits = Visits(self.db)
        self.homepages = Homepages(self.db)
        self.dataset = Dataset(self.db, data_dir)

    def close(self) -> None:
        self.db.close()

    def recover(self) -> None:
        """Takes up what a dead process left: brings files and ledger together, and plans again what it had claimed."""
        self.dataset.recover()
        self.plan_claimed()

    def plan_claimed(self) -> None:
        """Plans again what a dead process had claimed, and what it had fetched and not written."""
        with transaction(self.db):
            self.db.execute(f"UPDATE queries SET state = '{QueryState.PLANNED}' WHERE state = '{QueryState.CLAIMED}'")
            under_way = [f"SELECT domain_id FROM captures WHERE state = '{s}'" for s in (State.CLAIMED, State.FETCHED)]
            self.db.execute(
                f"UPDATE domains SET state = '{DomainState.OPEN}' WHERE id IN ({' UNION '.join(under_way)})"
            )
            self._forget_lost_targets()
            move(self.db, State.CLAIMED, State.PLANNED, "TRUE")
            move(self.db, State.FETCHED, State.PLANNED, "TRUE", sets=_FORGOTTEN)

    def _forget_lost_targets(self) -> None:
        """Undoes captures that a redirect led to and that never got to disk; the redirect is followed again.

        The row of a redirect's target names the redirects on the way, and only following them tells which they are.
        """
        lost = [
            (state, capture_id, via)
            for state in (State.CLAIMED, State.FETCHED)
            for capture_id, via in self.db.execute(
                f"SELECT id, via FROM captures WHERE state = '{state}' AND via IS NOT NULL"
            ).fetchall()
        ]
        for state, capture_id, via in lost:
            for before in (State.CLAIMED, State.FETCHED):
                move(self.db, before, State.PLANNED, "id = :via", sets=_FORGOTTEN, via=via)
            move(self.db, State.SETTLED, State.PLANNED, "id = :via", via=via)  # that it redirects stays known
            self.db.execute("DELETE FROM captures WHERE digest = '' AND id = ? AND NOT imported", (capture_id,))
            move(self.db, state, State.KNOWN, "id = :id", sets=f"{_FORGOTTEN}, via = NULL", id=capture_id)

    def begin_crawl(
        self,
        arguments: Mapping[str, Any],
        archive: str,
        *,
        source: tuple[str, str | None] = ("argument", None),
        settings: Mapping[str, Any] | None = None,
        software: Mapping[str, str] | None = None,
    ) -> str:
        """Begins a crawl of ``archive``, or resumes an unfinished one with the same arguments; returns its id.

        A crawl that is resumed asks again for what it could not have for reasons that may pass.
        ``source`` is who names the domains: the file name of a list with its SHA-256, or ``argument``.
        """
        with transaction(self.db):
            crawl_id = self.unfinished_crawl(arguments, archive)
            crawl_id = crawl_id or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"
            self.db.execute(
                "INSERT INTO crawls (id, archive, arguments, started_at, settings, software, source, source_sha256)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ended_at = NULL, exit_code = NULL,"
                " settings = excluded.settings, software = excluded.software",
                (
                    crawl_id, archive, _key(arguments), time.time(), json.dumps(settings or {}, sort_keys=True),
                    json.dumps(software or {}, sort_keys=True), *source,
                ),
            )  # fmt: skip
            for domain_id in self.domains.open_missing(crawl_id):
                self.queries.plan_again(crawl_id, domain_id)
                self.captures.plan_again(domain_id)
                outdate(self.db, domain_id)
            self.queries.forget_refusals(crawl_id)
        return crawl_id

    def unfinished_crawl(self, arguments: Mapping[str, Any], archive: str) -> str | None:
        """The crawl that the same arguments resume."""
        row = self.db.execute(
            "SELECT id FROM crawls WHERE arguments = ? AND archive = ? AND NOT finished"
            " ORDER BY started_at DESC LIMIT 1",
            (_key(arguments), archive),
        ).fetchone()
        return row and str(row[0])

    def crawls_like(self, crawl_id: str) -> set[str]:
        """The crawls that asked for captures of the same dates as this one, by the same plan."""
        what = [f"json_extract({{}}.arguments, '$.{name}')" for name in ("since", "until", "plan")]
        same = " AND ".join(f"{of.format('one')} IS {of.format('other')}" for of in what)
        return {
            row[0]
            for row in self.db.execute(
                f"SELECT other.id FROM crawls one JOIN crawls other ON {same} WHERE one.id = ?", (crawl_id,)
            )
        }

    def end_crawl(self, crawl_id: str, exit_code: int, requests: Mapping[str, int]) -> None:
        """Notes how a run of a crawl ended, and how many requests it sent to each pool (``cdx``, ``playback``).

        With one of ``known.DONE`` the crawl is finished; with another one, the same arguments resume it.
        """
        with transaction(self.db):
            self.db.execute(
                "UPDATE crawls SET ended_at = ?, exit_code = ?, finished = ?, requests_cdx = requests_cdx + ?,"
                " requests_playback = requests_playback + ? WHERE id = ?",
                (time.time(), exit_code, exit_code in DONE, requests["cdx"], requests["playback"], crawl_id),
            )

    def next_due(self, crawl_id: str, pool: str) -> float | None:
        """Unix time at which a pool's next planned work may be claimed; ``None`` if nothing is planned."""
        table = {"cdx": "queries", "playback": "captures"}[pool]
        planned = (
            f"domains d CROSS JOIN {table} w ON w.domain_id = d.id AND w.state = '{State.PLANNED}'"
            f" WHERE d.crawl_id = ?1 AND d.planned_{table} > 0"
        )
        if exists(self.db, f"{planned} AND {is_due('w.not_before', '?2')}", (crawl_id, time.time())):
            return 0.0
        due = self.db.execute(f"SELECT min(w.not_before) FROM {planned}", (crawl_id,)).fetchone()[0]
        return None if due is None else float(due)

    def has_work(self, crawl_id: str) -> bool:
        """True if anything of a crawl is planned or under way."""
        return any(
            exists(self.db, f"domains WHERE crawl_id = ? AND state = '{state}'", (crawl_id,))
            for state in (DomainState.OPEN, DomainState.QUEUED)
        )

    def unwritten(self, crawl_id: str) -> int:
        """How many captures of a crawl are claimed, or fetched and not written."""
        return sum(self._under_way(crawl_id, "captures", state) for state in (State.CLAIMED, State.FETCHED))

    def _under_way(self, crawl_id: str, table: str, state: State) -> int:
        """How much of a crawl's work is claimed or fetched: never much, so it is counted."""
        (count,) = self.db.execute(
            f"SELECT count(*) FROM {table} w CROSS JOIN domains d ON d.id = w.domain_id"
            f" WHERE w.state = '{state}' AND d.crawl_id = ?",
            (crawl_id,),
        ).fetchone()
        return int(count)

    def progress(self, crawl_id: str) -> dict[str, int]:
        """Counts of a crawl for the progress line: domains, and the work left in each pool."""
        domains = counts(self.db, "domain", crawl_id)
        left = {
            pool: counts(self.db, table, crawl_id).total() + self._under_way(crawl_id, table, State.CLAIMED)
            for pool, table in (("cdx", "queries"), ("playback", "captures"))
        }
        not_done = domains[DomainState.OPEN] + domains[DomainState.QUEUED]
        return {"domains_done": domains.total() - not_done, "domains": domains.total(), **left}

    def outcomes(self, crawl_id: str) -> Iterator[tuple[str, str, int]]:
        """(``domain`` or ``capture``, outcome, how many) over the domains of a crawl."""
        for thing in ("domain", "capture"):
            for word, count in counts(self.db, thing, crawl_id).items():
                yield thing, word, count
