"""The ledger's CDX queries: planned, claimed, and answered page by page."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.archives.cdx import Page, Query
from crawler.known import MatchType, QueryState, Role, WantedQuery, Words
from crawler.ledger.captures import insert_capture
from crawler.ledger.sql import LONGEST_RETRY, exists, records, transaction
from crawler.ledger.tables import outdate
from crawler.ledger.turns import Turns
from pipelines.outcomes import FoundBy
from pipelines.surt import key_of

if TYPE_CHECKING:  # or each process that reads the ledger's verdicts has Scrapy
    from crawler.arguments import Arguments

#: Captures can take weeks to appear in the index: a later crawl asks again from this long before the earlier one.
LOOK_BACK = timedelta(days=30)
#: The reason where a page without a resume key has as many rows as were asked for: an index that has come to its end
#: there is rarer than one that does not say that it has more.
NO_KEY = "the index gives as many rows as were asked for, and no key to go on with"


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
    words: str
    page_rows: int
    resume_key: str | None
    tries: int

    def query(self, filters: tuple[str, ...]) -> Query:
        return Query(self.url, self.match_type, filters, self.since, self.until, self.page_rows, self.resume_key)


class Queries:
    """The queries of the crawl's domains."""

    def __init__(self, db: sqlite3.Connection, page_rows: int) -> None:
        self.db = db
        self.page_rows = page_rows
        self._turns = Turns(db, "queries")

    def search(self, crawl_id: str, domain_id: int, domain: str, arguments: Arguments) -> bool:
        """Plans the search for a domain's policies, unless this crawl has it already.

        No keyword finds what links and redirects led to: those addresses are asked for one by one.
        """
        wanted = [WantedQuery(domain, MatchType.DOMAIN, FoundBy.URL_KEYWORD), *self.led_to(domain_id)]
        are_new = [self.add(crawl_id, domain_id, arguments.dated(query)) for query in wanted]
        return any(are_new)

    def searched(self, domain_id: int, domain: str, since: str) -> float | None:
        """Unix time at which the index was last asked for the whole of a domain, from ``since`` up to then.

        ``None`` if it never was. That the index could not answer, or does not show the site, counts as asked.
        """
        searched = None
        for earlier_since, ended_at in self.db.execute(
            "SELECT coalesce(since, ''), ended_at FROM queries WHERE domain_id = ? AND url = ?"
            f" AND match_type = '{MatchType.DOMAIN}' AND words != '{Words.OTHER}' AND until IS NULL"
            " AND ended_at IS NOT NULL ORDER BY ended_at",
            (domain_id, domain),
        ):
            if earlier_since <= since:
                searched, since = float(ended_at), max(since, _seen_until(ended_at))
        return searched

    def add(self, crawl_id: str, domain_id: int, wanted: WantedQuery) -> bool:
        """Plans a query, unless this crawl has it already. Asks only for what an earlier crawl can't have seen."""
        with transaction(self.db):
            since = self._unseen(crawl_id, domain_id, wanted)
            same = (
                "domain_id = ? AND crawl_id = ? AND url = ? AND match_type = ? AND since IS ? AND until IS ?"
                f" AND (words = ? OR (words = '{Words.FEW}' AND ? = '{Words.OWN}'))"  # it was shortened: see retry
            )
            values = (domain_id, crawl_id, wanted.url, wanted.match_type, since, wanted.until, *[wanted.words] * 2)
            if exists(self.db, f"queries WHERE {same}", values):
                return False
            self.db.execute(
                "INSERT INTO queries (domain_id, crawl_id, url, match_type, found_by, link_text, since, until, words,"
                " page_rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    domain_id, crawl_id, wanted.url, wanted.match_type, wanted.found_by, wanted.link_text, since,
                    wanted.until, wanted.words, self.page_rows,
                ),
            )  # fmt: skip
        return True

    def _unseen(self, crawl_id: str, domain_id: int, wanted: WantedQuery) -> str | None:
        """The date from which a query has to ask: earlier crawls saw what was there before it.

        The whole of a domain is asked for again where that was one page. It costs no more requests, and a date makes
        such a query the slowest of all: the server goes through all rows to find the few that are new.
        """
        since = wanted.since
        for earlier_since, ended_at, pages in self.db.execute(
            "SELECT coalesce(since, ''), ended_at, pages FROM queries WHERE domain_id = ? AND url = ?"
            f" AND match_type = ? AND words = ? AND state = '{QueryState.DONE}' AND until IS NULL AND crawl_id != ?"
            " ORDER BY ended_at",
            (domain_id, wanted.url, wanted.match_type, wanted.words, crawl_id),
        ):
            is_cheap = wanted.match_type != MatchType.EXACT and pages <= 1 and earlier_since == (wanted.since or "")
            if earlier_since <= (since or "") and not is_cheap:
                since = max(since or "", _seen_until(ended_at))
        return since

    def add_address(self, crawl_id: str, domain_id: int, wanted: WantedQuery) -> bool:
        """Plans a query for one address, unless the index has named captures of it already."""
        named = f"captures WHERE domain_id = ? AND urlkey = ? AND role = '{Role.POLICY}' AND digest != ''"
        is_known = exists(self.db, named, (domain_id, key_of(wanted.url)))
        return not is_known and self.add(crawl_id, domain_id, wanted)

    def count(self, crawl_id: str, domain_id: int, found_by: str) -> int:
        """How many of a crawl's queries of a domain have this ``found_by``."""
        (count,) = self.db.execute(
            "SELECT count(*) FROM queries WHERE domain_id = ? AND crawl_id = ? AND found_by = ?",
            (domain_id, crawl_id, found_by),
        ).fetchone()
        return int(count)

    def answered(self, domain_id: int, crawl_id: str) -> set[tuple[str, str, str | None]]:
        """(URL, match type, until) of a crawl's queries of which the index gave all pages."""
        return set(
            self.db.execute(
                "SELECT url, match_type, until FROM queries WHERE domain_id = ? AND crawl_id = ?"
                f" AND state = '{QueryState.DONE}'",
                (domain_id, crawl_id),
            )
        )

    def asked(self, domain_id: int, crawl_id: str) -> set[tuple[str, str]]:
        """(URL, match type) of a crawl's queries, whatever became of them."""
        return set(
            self.db.execute(
                "SELECT url, match_type FROM queries WHERE domain_id = ? AND crawl_id = ?", (domain_id, crawl_id)
            )
        )

    def named_alone(self, domain_id: int) -> list[tuple[str, str]]:
        """The addresses of which the index named captures only once it was asked for them alone.

        Each comes with the words of a search of the domain that had ended before, of the same dates.
        """
        return self.db.execute(
            "SELECT q.url, search.words FROM queries q JOIN queries search"
            " ON search.domain_id = q.domain_id AND search.crawl_id = q.crawl_id"
            " AND search.since IS q.since AND search.until IS q.until"
            f" WHERE q.domain_id = ? AND q.match_type = '{MatchType.EXACT}' AND q.captures > 0"
            f" AND search.match_type = '{MatchType.DOMAIN}' AND search.state = '{QueryState.DONE}'"
            " AND NOT EXISTS (SELECT 1 FROM queries earlier WHERE earlier.domain_id = q.domain_id"
            " AND earlier.url = q.url AND earlier.match_type = q.match_type AND earlier.crawl_id != q.crawl_id"
            " AND earlier.id < q.id)"  # a later crawl asks at once for what was led to: see led_to
            " ORDER BY q.id",
            (domain_id,),
        ).fetchall()

    def names_any(self, domain_id: int, crawl_id: str) -> bool:
        """True if the index has named a capture of the domain's host to this crawl, of whatever kind."""
        named = f"queries WHERE domain_id = ? AND crawl_id = ? AND match_type = '{MatchType.HOST}'"
        return exists(self.db, f"{named} AND captures + bad_rows > 0", (domain_id, crawl_id))

    def led_to(self, domain_id: int) -> list[WantedQuery]:
        """The addresses that earlier crawls asked for one by one, and of which the index has captures.

        Links, redirects or playback led to them; those that were given by name are asked for by name again. Those that
        only visits asked about are known from a search: their first query begins at a capture, with all 14 digits.
        """
        return [
            WantedQuery(url, MatchType.EXACT, found_by, link_text)
            for url, found_by, link_text in self.db.execute(
                "SELECT url, found_by, link_text FROM queries led WHERE domain_id = ?1 AND match_type = ?2"
                " AND found_by != ?3 AND length(coalesce((SELECT since FROM queries WHERE domain_id = ?1"
                " AND match_type = ?2 AND url = led.url ORDER BY id LIMIT 1), '')) < 14"
                " GROUP BY url HAVING max(captures) > 0 ORDER BY min(id)",
                (domain_id, MatchType.EXACT, FoundBy.GIVEN),
            )
        ]

    def claim(self, crawl_id: str, count: int, now: float) -> list[QueryWork]:
        """Takes planned queries of a crawl, up to ``count``: they are sent now."""
        works: list[QueryWork] = []
        with transaction(self.db):
            for query_id in self._turns.take(crawl_id, count, now, self._claim):
                works += records(
                    QueryWork,
                    self.db.execute(
                        "SELECT q.id, q.domain_id, d.domain, q.url, q.match_type, q.found_by, q.link_text, q.since,"
                        " q.until, q.words, q.page_rows, q.resume_key, q.tries"
                        " FROM queries q JOIN domains d ON d.id = q.domain_id WHERE q.id = ?",
                        (query_id,),
                    ),
                )
        return works

    def _claim(self, query_id: int) -> None:
        self.db.execute(f"UPDATE queries SET state = '{QueryState.CLAIMED}' WHERE id = ?", (query_id,))

    def save_page(self, work: QueryWork, page: Page, *, keep: Sequence[bool], page_limit: int = 1000) -> str:
        """Stores a page's captures with where the next one begins, in one step.

        ``keep`` says for each capture whether its address may hold a policy. Returns the query's new state:
        planned (more pages to come), done, or incomplete (the index does not come to an end).
        """
        with transaction(self.db):
            for capture, wanted in zip(page.captures, keep, strict=True):
                if wanted:
                    insert_capture(self.db, work.domain_id, capture, work.found_by, work.link_text)
            state, detail = self._after(work, page, page_limit)
            self.db.execute(
                "UPDATE queries SET state = ?, detail = ?, resume_key = ?, pages = pages + 1, tries = 0,"
                " captures = captures + ?, bad_rows = bad_rows + ?, ended_at = ? WHERE id = ?",
                (state, detail, page.resume_key, len(page.captures), page.bad_rows, time.time(), work.id),
            )
            if state != QueryState.PLANNED:
                self.db.execute("DELETE FROM resume_keys WHERE query_id = ?", (work.id,))
            outdate(self.db, work.domain_id)
        return state

    def _after(self, work: QueryWork, page: Page, page_limit: int) -> tuple[QueryState, str | None]:
        """A query's state after a page, with the reason where the index does not come to an end."""
        resume_key = page.resume_key
        if work.match_type == MatchType.HOST:
            return QueryState.DONE, None  # one row tells
        if resume_key is None:
            is_full = len(page.captures) + page.bad_rows == work.page_rows
            return (QueryState.INCOMPLETE, NO_KEY) if is_full else (QueryState.DONE, None)
        is_new = self.db.execute("INSERT OR IGNORE INTO resume_keys VALUES (?, ?)", (work.id, resume_key)).rowcount
        if not is_new:
            return QueryState.INCOMPLETE, f"the index repeats its resume key {resume_key[:100]!r}"
        (pages,) = self.db.execute("SELECT pages FROM queries WHERE id = ?", (work.id,)).fetchone()
        if pages + 1 >= page_limit:
            return QueryState.INCOMPLETE, f"the index does not end after {page_limit} pages"
        return QueryState.PLANNED, None

    def retry(self, work: QueryWork, delay: float, detail: str) -> None:
        """Plans a claimed query again, for some seconds later, with the words and rows per page that ``work`` has."""
        with transaction(self.db):
            self.db.execute(
                f"UPDATE queries SET state = '{QueryState.PLANNED}', tries = tries + 1, not_before = ?, detail = ?,"
                " words = ?, page_rows = ? WHERE id = ?",
                (time.time() + min(delay, LONGEST_RETRY), detail, work.words, work.page_rows, work.id),
            )

    def end(self, query_id: int, state: str, detail: str, *, may_pass: bool = False) -> None:
        """Ends a query that has no full answer: incomplete or excluded.

        ``may_pass``: the index may answer it another time; the crawl's next run asks again.
        """
        with transaction(self.db):
            self.db.execute(
                "UPDATE queries SET state = ?, detail = ?, may_pass = ?, ended_at = ? WHERE id = ?",
                (state, detail, may_pass, time.time(), query_id),
            )

    def plan_again(self, crawl_id: str, domain_id: int) -> None:
        """Plans again those of a crawl's queries of a domain that the index may answer now."""
        self._as_planned(
            "domain_id = :domain_id AND crawl_id = :crawl_id AND may_pass", QueryState.INCOMPLETE,
            domain_id=domain_id, crawl_id=crawl_id,
        )  # fmt: skip

    def forget_refusals(self, crawl_id: str) -> None:
        """Puts a crawl's refused queries back as they were when planned: the archive may be well again."""
        here = "domain_id IN (SELECT id FROM domains WHERE crawl_id = :crawl_id AND planned_queries > 0)"
        self._as_planned(f"{here} AND crawl_id = :crawl_id AND tries > 0", QueryState.PLANNED, crawl_id=crawl_id)

    def _as_planned(self, where: str, state: QueryState, **values: Any) -> None:
        with transaction(self.db):
            self.db.execute(
                f"UPDATE queries SET state = '{QueryState.PLANNED}', tries = 0, not_before = 0, page_rows = :page_rows,"
                f" words = iif(words = '{Words.FEW}' AND pages = 0, '{Words.OWN}', words)"
                f" WHERE state = '{state}' AND {where}",
                {**values, "page_rows": self.page_rows},
            )


def _seen_until(ended_at: float) -> str:
    """The day up to which a query that ended at a Unix time has seen all captures."""
    return f"{datetime.fromtimestamp(ended_at, UTC) - LOOK_BACK:%Y%m%d}"
