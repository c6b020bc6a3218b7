"""Joins the ledger of another DATA_DIR into one: the domains, captures and queries of both, each once.

What is known only grows. Where both know a domain:

- What the later of the two crawls has left of the domain counts: its state, its outcome, when it is due. A crawl is
  later if it asked for the domain later or, where both asked at one time, if it came further.
- A capture whose bytes were seen stays so, whichever ledger knows it; one with a row is stored. On what may pass, the
  later crawl has the last word.
- The domain counts as asked for since the earlier time of both, and as known until the later one.

All functions are for one transaction of the joining ledger, to which the other one is attached as ``theirs``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from crawler.known import DomainState
from crawler.ledger.homepages import PAST_DIGEST
from crawler.ledger.joining_domains import COUNTS, Entering, columns_of, columns_sql, join_domain
from crawler.ledger.sql import transaction
from crawler.ledger.tables import outdate, range_of
from crawler.ledger.verdicts import settle_verdicts
from pipelines.dataset.overrides import Overrides
from pipelines.dataset.parts import DOMAINS_PER_FILE


@dataclass(slots=True)
class Joined:
    """What was new in the other ledger."""

    new: int = 0
    """Domains that were not known."""
    changed: int = 0
    """Domains that were known, and of which the other ledger told more."""
    last: int = 0
    """The id of the last domain that was known."""

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed)


def join(db: sqlite3.Connection, overrides: Overrides) -> Joined:
    """Joins ``theirs``. What ``overrides`` remove is left out, and what they correct is settled by them."""
    db.create_function("removes", 3, overrides.remove.name)
    entering = Entering(db, overrides.remove)
    _join_crawls(db)
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM main.domains").fetchone()
    done = Joined(_place(db, last, is_any_removed=bool(overrides.remove)), last=last)
    _enter_new(db, entering)
    for their_id, our_id in _with_news(db):
        if join_domain(entering, their_id, our_id):
            done.changed += 1
            _settle(db, our_id, overrides)
    _enter_rest(db, entering)
    return done


def domain_names(db: sqlite3.Connection) -> Iterator[str]:
    """The names of the domains of ``theirs``, sorted."""
    return (name for (name,) in db.execute("SELECT DISTINCT domain FROM theirs.domains ORDER BY 1"))


def histories(db: sqlite3.Connection) -> Iterator[tuple[int, set[int], set[str]]]:
    """Where theirs keeps the histories of domains of which it told more; only domains that are of one archive.

    Gives for each file number here the file numbers there, and the domains.
    """
    found = db.execute(
        f"SELECT o.id / {DOMAINS_PER_FILE}, t.id / {DOMAINS_PER_FILE}, o.domain FROM main.stale s"
        " JOIN main.domains o ON o.id = s.domain_id JOIN theirs.domains t ON t.domain = o.domain"
        " AND t.archive = o.archive WHERE NOT EXISTS"
        " (SELECT 1 FROM main.domains e WHERE e.domain = o.domain AND e.id != o.id) ORDER BY 1"
    )
    for number, rows in groupby(found, key=itemgetter(0)):
        some = list(rows)
        yield number, {there for _, there, _ in some}, {domain for _, _, domain in some}


def take_histories(db: sqlite3.Connection, number: int, joined: Joined) -> None:
    """The histories in the files of a number were taken over: those of new domains are as theirs worked them out.

    All others, and those that are behind there or were worked out by other code, are to be worked out.
    """
    first, last = range_of(number)
    with transaction(db):
        db.execute(
            "DELETE FROM main.stale WHERE domain_id IN (SELECT o.id FROM main.domains o JOIN theirs.domains t"
            " ON t.domain = o.domain AND t.archive = o.archive WHERE o.id BETWEEN ? AND ?"
            " AND t.id NOT IN (SELECT domain_id FROM theirs.stale) AND NOT EXISTS"
            " (SELECT 1 FROM main.domains e WHERE e.domain = o.domain AND e.id != o.id)"
            " AND (SELECT code FROM theirs.worked_out) = (SELECT code FROM main.worked_out))",
            (max(first, joined.last + 1), last),
        )


def _join_crawls(db: sqlite3.Connection) -> None:
    """Enters the crawls. If one went on in both, the row with more requests counts, or the one that ended later."""
    columns = columns_of(db, "crawls")
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("id", "parts"))
    db.execute(
        f"INSERT INTO main.crawls ({', '.join(columns)}) SELECT {', '.join(columns)} FROM theirs.crawls WHERE TRUE"
        f" ON CONFLICT (id) DO UPDATE SET {sets} WHERE {_came_further('excluded')} > {_came_further('crawls')}"
    )
    db.execute(  # so that no name of a part file is given twice
        "UPDATE main.crawls AS ours SET parts = max(ours.parts, t.parts) FROM theirs.crawls t WHERE t.id = ours.id"
    )


def _came_further(crawls: str) -> str:
    """How far a crawl has come (SQL)."""
    return f"({crawls}.requests_cdx + {crawls}.requests_playback, coalesce({crawls}.ended_at, 0))"


def _place(db: sqlite3.Connection, last: int, *, is_any_removed: bool) -> int:
    """Gives each domain of theirs its id here (``placed``), and enters those that are new; returns how many are."""
    columns = [name for name in columns_of(db, "domains") if name not in {"id", *COUNTS}]
    kept = "NOT removes(t.domain, NULL, NULL)" if is_any_removed else "TRUE"
    db.execute("CREATE TEMP TABLE placed (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL, is_new INTEGER NOT NULL)")
    db.execute(
        "INSERT INTO placed SELECT t.id, o.id, FALSE FROM theirs.domains t JOIN main.domains o"
        f" ON o.domain = t.domain AND o.archive = t.archive WHERE {kept}"
    )
    new = db.execute(
        "INSERT INTO placed SELECT t.id, ? + row_number() OVER (ORDER BY t.id), TRUE FROM theirs.domains t"
        f" WHERE t.id NOT IN (SELECT theirs FROM placed) AND {kept}",
        (last,),
    ).rowcount
    db.execute(
        f"INSERT INTO main.domains (id, {', '.join(columns)}) SELECT p.ours, {columns_sql('t', columns)} FROM placed p"
        " JOIN theirs.domains t ON t.id = p.theirs WHERE is_new"
    )
    return int(new)


def _enter_new(db: sqlite3.Connection, entering: Entering) -> None:
    """Enters all that theirs knows of the domains that are new."""
    entering.captures("p.is_new")
    entering.queries("p.is_new")
    db.execute(
        "INSERT OR IGNORE INTO main.corrected SELECT c.* FROM placed p JOIN theirs.domains t ON t.id = p.theirs"
        " JOIN theirs.corrected c ON c.domain = t.domain WHERE p.is_new"
    )
    for (domain_id,) in db.execute("SELECT ours FROM placed WHERE is_new"):
        outdate(db, domain_id)


def _with_news(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """The domains, by their ids there and here, that both know, and of which theirs says something else than ours."""
    told = "asked_last", "state", "missed_runs", "outcome", "detail", "due", "known_through", "excluded_since"
    return db.execute(
        f"""
        SELECT p.theirs, p.ours FROM placed p JOIN theirs.domains t ON t.id = p.theirs
        JOIN main.domains o ON o.id = p.ours
        WHERE NOT p.is_new AND ({columns_sql("t", told)}) IS NOT ({columns_sql("o", told)})
        UNION
        SELECT p.theirs, p.ours FROM placed p CROSS JOIN theirs.captures t ON t.domain_id = p.theirs
        LEFT JOIN main.captures o ON o.domain_id = p.ours AND o.urlkey = t.urlkey AND o.timestamp = t.timestamp
        AND o.digest = t.digest
        WHERE NOT p.is_new AND t.digest NOT LIKE '{PAST_DIGEST}%'
        AND (o.id IS NULL OR (t.state, t.outcome) IS NOT (o.state, o.outcome))
        UNION
        SELECT p.theirs, p.ours FROM placed p CROSS JOIN theirs.queries t ON t.domain_id = p.theirs
        WHERE NOT p.is_new AND NOT EXISTS (SELECT 1 FROM main.queries o WHERE o.domain_id = p.ours
        AND o.crawl_id = t.crawl_id AND o.url = t.url AND o.match_type = t.match_type AND o.since IS t.since
        AND o.until IS t.until AND o.state = t.state AND o.pages = t.pages)
        ORDER BY 1
        """
    ).fetchall()


def _settle(db: sqlite3.Connection, domain_id: int, overrides: Overrides) -> None:
    """Says the last word on the captures of a domain, now that those of both ledgers are there."""
    outdate(db, domain_id)
    name, state = db.execute("SELECT domain, state FROM main.domains WHERE id = ?", (domain_id,)).fetchone()
    if state == DomainState.DONE:
        settle_verdicts(db, name, overrides)


def _enter_rest(db: sqlite3.Connection, entering: Entering) -> None:
    """Enters what belongs to what was entered: keys used, and domains whose rows are to follow their verdicts."""
    db.execute(
        "INSERT OR IGNORE INTO main.resume_keys SELECT q.id, k.resume_key FROM theirs.resume_keys k"
        " JOIN main.queries q ON q.id = k.query_id + ?",
        (entering.after["queries"],),
    )
    db.execute(
        "INSERT INTO main.unapplied SELECT u.* FROM theirs.unapplied u WHERE EXISTS (SELECT 1 FROM theirs.domains t"
        " JOIN placed p ON p.theirs = t.id WHERE t.domain = u.domain)"
        " ON CONFLICT (domain) DO UPDATE SET at_once = max(at_once, excluded.at_once)"
    )
    db.execute("DROP TABLE placed")
