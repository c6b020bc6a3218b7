"""CDX queries: planned, claimed, and answered page by page."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.archives.cdx import Page, Query
from crawler.ledger.captures import insert_capture, key_of
from crawler.ledger.parts import outdate
from crawler.ledger.transaction import transaction

#: Captures can take weeks to appear in the index: a later crawl asks again from this long before its last look.
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class QueryWork:
    """A CDX query to send."""

    id: int
    domain_id: int
    domain: str
    url: str
    match_type: str
    found_by: str
    link_text: str | None
    since: str | None
    until: str | None
    page_rows: int
    resume_key: str | None
    tries: int

    def query(self, filters: tuple[str, ...]) -> Query:
        return Query(self.url, self.match_type, filters, self.since, self.until, self.page_rows, self.resume_key)


class Queries:
    """The queries of the crawl's domains."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def add(
        self,
        crawl_id: str,
        domain_id: int,
        url: str,
        match_type: str,
        found_by: str,
        *,
        link_text: str | None = None,
        since: str | None = None,
        until: str | None = None,
        page_rows: int = 10_000,
    ) -> bool:
        """Plans a query, unless this crawl has it already. Asks only for what an earlier crawl can't have seen."""
        with transaction(self.db):
            since = self._unseen(crawl_id, domain_id, url, match_type, since)
            known = self.db.execute(
                "SELECT 1 FROM queries WHERE domain_id = ? AND crawl_id = ? AND url = ? AND match_type = ?"
                " AND since IS ? AND until IS ?",
                (domain_id, crawl_id, url, match_type, since, until),
            ).fetchone()
            if known:
                return False
            self.db.execute(
                "INSERT INTO queries (domain_id, crawl_id, url, match_type, found_by, link_text, since, until,"
                " page_rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (domain_id, crawl_id, url, match_type, found_by, link_text, since, until, page_rows),
            )
        return True

    def _unseen(self, crawl_id: str, domain_id: int, url: str, match_type: str, since: str | None) -> str | None:
        """From when on a query has to ask: those of earlier crawls of the same archive saw what was before."""
        for earlier_since, ended_at in self.db.execute(
            "SELECT coalesce(since, ''), ended_at FROM queries WHERE domain_id = ? AND url = ? AND match_type = ?"
            " AND state = 'done' AND until IS NULL AND crawl_id != ? AND crawl_id IN ("
            "  SELECT other.id FROM crawls other JOIN crawls this ON this.id = ?"
            "  WHERE json_extract(other.arguments, '$.archive') IS json_extract(this.arguments, '$.archive')"
            "  AND json_extract(other.arguments, '$.archive_url') IS json_extract(this.arguments, '$.archive_url'))"
            " ORDER BY ended_at",
            (domain_id, url, match_type, crawl_id, crawl_id),
        ):
            if earlier_since <= (since or ""):
                seen_until = datetime.fromtimestamp(ended_at, UTC) - LOOK_BACK
                since = max(since or "", f"{seen_until:%Y%m%d}")
        return since

    def add_address(self, crawl_id: str, domain_id: int, url: str, found_by: str, **options: Any) -> bool:
        """Plans a query for one address, unless captures of it are known from the index already."""
        known = self.db.execute(
            "SELECT 1 FROM captures WHERE domain_id = ? AND urlkey = ? AND role = 'policy' AND digest != '' LIMIT 1",
            (domain_id, key_of(url)),
        ).fetchone()
        return not known and self.add(crawl_id, domain_id, url, "exact", found_by, **options)

    def count(self, crawl_id: str, domain_id: int, found_by: str) -> int:
        """How many of a crawl's queries of a domain were found that way."""
        return self.db.execute(
            "SELECT count(*) FROM queries WHERE domain_id = ? AND crawl_id = ? AND found_by = ?",
            (domain_id, crawl_id, found_by),
        ).fetchone()[0]

    def answered(self, domain_id: int, crawl_id: str) -> set[tuple[str, str, str | None]]:
        """(URL, match type, until) of a crawl's queries of which the index gave all pages."""
        return set(
            self.db.execute(
                "SELECT url, match_type, until FROM queries WHERE domain_id = ? AND crawl_id = ? AND state = 'done'",
                (domain_id, crawl_id),
            )
        )

    def led_to(self, domain_id: int) -> list[tuple[str, str, str | None]]:
        """(URL, found by, link text) of the addresses that links and redirects led earlier crawls to."""
        return self.db.execute(
            "SELECT url, found_by, link_text FROM queries WHERE domain_id = ? AND match_type = 'exact'"
            " AND found_by IN ('homepage_link', 'redirect') GROUP BY url HAVING max(captures) > 0 ORDER BY min(id)",
            (domain_id,),
        ).fetchall()

    def claim(self, crawl_id: str, count: int, now: float) -> list[QueryWork]:
        with transaction(self.db):
            rows = self.db.execute(
                "SELECT q.id, q.domain_id, d.domain, q.url, q.match_type, q.found_by, q.link_text, q.since, q.until,"
                " q.page_rows, q.resume_key, q.tries FROM queries q JOIN domains d ON d.id = q.domain_id"
                " WHERE q.state = 'planned' AND d.crawl_id = ? AND q.not_before <= ? ORDER BY q.domain_id LIMIT ?",
                (crawl_id, now, count),
            ).fetchall()
            self.db.executemany("UPDATE queries SET state = 'claimed' WHERE id = ?", [row[:1] for row in rows])
        return [QueryWork(*row) for row in rows]

    def save_page(self, work: QueryWork, page: Page, *, keep: Sequence[bool], retry_limit: int = 1000) -> str:
        """Stores a page's captures with where the next one begins, in one step.

        ``keep`` says for each capture whether its address may hold a policy. Returns the query's new state:
        planned (more pages to come), done, or incomplete (the index answers in a circle).
        """
        with transaction(self.db):
            for capture, wanted in zip(page.captures, keep, strict=True):
                if wanted:
                    insert_capture(self.db, work.domain_id, capture, work.found_by, work.link_text)
            state, detail = "done", None
            if page.resume_key is not None:
                known = self.db.execute(
                    "INSERT OR IGNORE INTO resume_keys VALUES (?, ?)", (work.id, page.resume_key)
                ).rowcount
                pages = self.db.execute("SELECT pages FROM queries WHERE id = ?", (work.id,)).fetchone()[0]
                if not known:
                    state, detail = (
                        "incomplete",
                        f"the index repeats its resume key {page.resume_key[:100]!r}",
                    )
                elif pages + 1 >= retry_limit:
                    state, detail = "incomplete", f"the index does not end after {retry_limit} pages"
                else:
                    state = "planned"
            self.db.execute(
                "UPDATE queries SET state = ?, detail = ?, resume_key = ?, pages = pages + 1, tries = 0,"
                " captures = captures + ?, bad_rows = bad_rows + ?, ended_at = ? WHERE id = ?",
                (state, detail, page.resume_key, len(page.captures), page.bad_rows, time.time(), work.id),
            )
            if state != "planned":
                self.db.execute("DELETE FROM resume_keys WHERE query_id = ?", (work.id,))
            outdate(self.db, work.domain_id)
        return state

    def retry(self, work: QueryWork, delay: float, detail: str) -> None:
        """Asks again later, for half as many rows."""
        with transaction(self.db):
            self.db.execute(
                "UPDATE queries SET state = 'planned', tries = tries + 1, not_before = ?, detail = ?,"
                " page_rows = max(page_rows / 2, min(page_rows, 100)) WHERE id = ?",
                (time.time() + delay, detail, work.id),
            )

    def end(self, query_id: int, state: str, detail: str) -> None:
        """The query ends without its answer: incomplete or excluded."""
        with transaction(self.db):
            self.db.execute(
                "UPDATE queries SET state = ?, detail = ?, ended_at = ? WHERE id = ?",
                (state, detail, time.time(), query_id),
            )
