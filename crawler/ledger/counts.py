"""How many domains, captures and pieces of work each crawl has: the table ``counts``, so that nobody has to count.

Triggers keep it, whatever statement changes a row. What they count stands in ``COUNTED``: a thing (``domain`` by its
outcome, or its state before it is done; ``capture``, one of a policy, by its outcome; ``queries`` and ``captures`` that
are planned), a word, and how many. They also keep in ``domains`` how many queries and captures of each are planned,
which says whose turn it is (``ledger.turns``).

Another form of a trigger needs a migration that drops the old one.
"""

from __future__ import annotations

import sqlite3
from collections import Counter

from crawler.known import DomainState, Role, State
from pipelines.outcomes import Outcome

#: The tables of work.
_WORK = ("queries", "captures")


def _word(domain: str) -> str:
    return f"coalesce(iif({domain}.state = '{DomainState.DONE}', {domain}.outcome, {domain}.state), '')"


def _outcome(capture: str) -> str:
    return f"coalesce({capture}.outcome, '{Outcome.PENDING}')"


#: All that there is to count (crawl_id, thing, word, count), counted (SQL).
COUNTED = f"""
    SELECT crawl_id, 'domain', {_word("domains")}, count(*) FROM domains GROUP BY 1, 3
    UNION ALL SELECT crawl_id, 'queries', '{State.PLANNED}', sum(planned_queries) FROM domains GROUP BY 1
    UNION ALL SELECT crawl_id, 'captures', '{State.PLANNED}', sum(planned_captures) FROM domains GROUP BY 1
    UNION ALL SELECT d.crawl_id, 'capture', {_outcome("c")}, count(*)
    FROM captures c JOIN domains d ON d.id = c.domain_id WHERE c.role = '{Role.POLICY}' GROUP BY 1, 3
"""
#: What fills columns and table where they are new.
FILL = (
    *(
        f"UPDATE domains SET planned_{table} = found.count FROM (SELECT domain_id, count(*) AS count FROM {table}"
        f" WHERE state = '{State.PLANNED}' GROUP BY domain_id) AS found WHERE id = domain_id"
        for table in _WORK
    ),
    f"INSERT INTO counts {COUNTED}",
)


def _add(rows: str) -> str:
    return (
        f"INSERT INTO counts {rows} ON CONFLICT (crawl_id, thing, word) DO UPDATE SET count = count + excluded.count;"
    )


def _domain(row: str, sign: str) -> str:
    """Counts a domain with its planned work; ``row`` is ``new`` or ``old``."""
    work = (f"({row}.crawl_id, '{table}', '{State.PLANNED}', {sign}{row}.planned_{table})" for table in _WORK)
    return _add(f"VALUES ({row}.crawl_id, 'domain', {_word(row)}, {sign}1), {', '.join(work)}")


def _captures_of(row: str, sign: str) -> str:
    """Counts the captures of a domain."""
    return _add(
        f"SELECT {row}.crawl_id, 'capture', {_outcome('captures')}, {sign}count(*) FROM captures"
        f" WHERE domain_id = {row}.id AND role = '{Role.POLICY}' GROUP BY 3"
    )


def _capture(row: str, sign: str) -> str:
    return _add(
        f"SELECT crawl_id, 'capture', {_outcome(row)}, {sign}1 FROM domains"
        f" WHERE id = {row}.domain_id AND {row}.role = '{Role.POLICY}'"
    )


def _work(table: str, row: str, sign: str) -> str:
    column = f"planned_{table}"
    return (
        f"UPDATE domains SET {column} = {column} {sign} 1"
        f" WHERE id = {row}.domain_id AND {row}.state = '{State.PLANNED}';"
    )


def _triggers(table: str, about: str, columns: str, old: str, new: str) -> tuple[str, str, str]:
    """What keeps a count of a table's rows: ``old`` takes a row out of it, ``new`` puts one in."""
    pairs = [(f"old.{column}", f"new.{column}") for column in columns.split(", ")]
    is_other = " OR ".join(f"{before} IS NOT {after}" for before, after in pairs)
    return (
        f"CREATE TRIGGER IF NOT EXISTS {about}_come AFTER INSERT ON {table} BEGIN {new} END",
        f"CREATE TRIGGER IF NOT EXISTS {about}_gone AFTER DELETE ON {table} BEGIN {old} END",
        f"CREATE TRIGGER IF NOT EXISTS {about}_changed AFTER UPDATE OF {columns} ON {table} WHEN {is_other}"
        f" BEGIN {old} {new} END",
    )


TRIGGERS = (
    *_triggers("domains", "domains", "crawl_id, state, outcome, planned_queries, planned_captures",
               _domain("old", "-"), _domain("new", "+")),
    *_triggers("domains", "captures_of_domains", "crawl_id", _captures_of("old", "-"), _captures_of("new", "+")),
    *_triggers("captures", "captures", "domain_id, role, outcome", _capture("old", "-"), _capture("new", "+")),
    *(
        trigger
        for table in _WORK
        for trigger in _triggers(table, f"planned_{table}", "domain_id, state", _work(table, "old", "-"),
                                 _work(table, "new", "+"))
    ),
)  # fmt: skip


def counts(db: sqlite3.Connection, thing: str, crawl_id: str | None = None) -> Counter[str]:
    """How many of a thing there are, by their word; of one crawl, or of all."""
    rows = db.execute(
        "SELECT word, count FROM counts WHERE crawl_id = ? AND thing = ? AND count != 0"
        if crawl_id is not None
        else "SELECT word, sum(count) FROM counts WHERE thing = ?2 GROUP BY word HAVING sum(count) != 0",
        (crawl_id, thing),
    )
    return Counter(dict(rows))


def not_done(domains: Counter[str]) -> int:
    """Of domains that are counted so, how many their crawls are not done with."""
    return domains[DomainState.OPEN] + domains[DomainState.QUEUED]
