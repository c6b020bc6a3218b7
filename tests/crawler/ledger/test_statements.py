"""No statement of a running crawl looks through a table that grows with the dataset."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crawler.crawl import publish  # as a crawl ends
from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.counts import TRIGGERS
from crawler.ledger.tables import caught_up, outdated, write_files
from crawler.settling import apply_verdicts
from pipelines.dataset.parts import read_only, settle
from tests.support.played_crawl import Played, PlayedArchive, ago

#: What is read whole, and why that stays small. All other tables grow with the domains and captures.
READ_WHOLE = {
    "crawls": "a row for each crawl",
    "parts": "a row for each part file, of which merging leaves few",
    "looked_at": "a row for each file of a table, most of which have a thousand domains",
    "warcs": "a row for each WARC file of a gigabyte",
    "part_captures": "what the part file settles that is being written",
    "part_warcs": "the same",
    "outdated": "the files that are behind, a row for each thousand domains",
    "stale": "at a crawl's end: the domains that have changed",
    "stale_in": "the same",
    "unapplied": "the domains whose rows wait for a merge",
    "corrected": "a row for each domain that people corrected",
    "withdrawn": "one row",
    "worked_out": "one row",
    "captures_claimed": "an index of the requests under way",
    "captures_fetched": "an index of what is fetched and not written yet",
    "queries_claimed": "an index of the queries under way",
}
#: Statements that look through a crawl's domains, and when that is.
NOW_AND_THEN = {
    "NOT may_pass AND iif": "end_old_crawl: once, if all that an earlier run has left may pass",
}


class Plans:
    """What SQLite says of how it carries out the statements of a connection: each once, when it is carried out."""

    def __init__(self) -> None:
        self.steps: dict[str, list[str]] = {}
        self.tables: dict[str, str] = {}
        """The tables of the ledger by their names, and by those of their indexes."""

    def note(self, db: sqlite3.Connection, sql: str, values: Any) -> None:
        if sql not in self.steps and re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", sql):
            explain = partial(sqlite3.Connection.execute, db)
            self.steps[sql] = [row[3] for row in explain(f"EXPLAIN QUERY PLAN {sql}", values)]
            for schema in ("sqlite_schema", "temp.sqlite_schema"):
                self.tables.update(explain(f"SELECT name, tbl_name FROM {schema}"))

    def scans(self) -> Iterator[tuple[str, str]]:
        """(table, statement) wherever all of a table, or of the index that is named then, is looked through."""
        for sql, steps in self.steps.items():
            for step in steps:
                if scan := re.match(r"SCAN (\w+)(?:.* INDEX (\w+))?|SEARCH (\w+) USING AUTOMATIC", step):
                    alias, index = scan[1] or scan[3], scan[2]
                    named = re.search(rf"\b(?:FROM|JOIN|,) *(\w+) (?:AS )?{alias}\b", sql)
                    table = named[1] if named else alias
                    if table in self.tables:
                        yield index if index in READ_WHOLE else table, sql


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Plans:
    """Notes all statements of all connections."""
    plans = Plans()

    class Noted(sqlite3.Connection):
        def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
            plans.note(self, sql, values)
            return super().execute(sql, values)

        def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
            rows = list(rows)
            if rows:
                plans.note(self, sql, rows[0])
            return super().executemany(sql, rows)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Noted))
    return plans


class Writing(Played):
    """Writes part files without rows, and asks how far the crawl has come."""

    def store(self, item: object) -> None:
        dataset = self.ledger.dataset
        fetched = [row[0] for row in self.ledger.db.execute("SELECT id FROM captures WHERE state = 'fetched'")]
        name = dataset.next_part(self.id)
        dataset.register_warcs([f"{self.id}-1.warc.gz"])
        dataset.begin_part(name, 0, fetched, {f"{self.id}-1.warc.gz": 0})
        dataset.finish_part(name)
        self.ledger.progress(self.id)
        for pool in ("cdx", "playback"):
            self.ledger.next_due(self.id, pool)
        self.taking.open_count()

    def start(self, folder: Path) -> None:
        self.ledger.close()
        self.ledger = Ledger(folder)
        settle(folder)
        self.ledger.recover()

    def end(self, folder: Path) -> None:
        self.ledger.unwritten(self.id)
        list(self.ledger.outcomes(self.id))
        with closing(read_only(folder)) as db:
            for file, changes in outdated(self.ledger.db):
                write_files(db, folder, file)
                caught_up(self.ledger.db, file, changes)
        apply_verdicts(folder, self.ledger, only_if_it_pays=True)
        keep_histories(folder, self.ledger)
        publish(self.ledger.db, folder)


def years_of(names: Sequence[str]) -> PlayedArchive:
    """An archive of policies that change, with what stands around them."""
    archive = PlayedArchive()
    for name in names:
        for days in range(30, 3000, 200):
            archive.add(f"http://{name}/privacy", ago(days), f"policy {days // 600}")
    archive.add("http://moved.com/privacy", ago(900), "-> http://moved.com/legal/data")
    archive.add("http://moved.com/legal/data", ago(900), "policy moved")
    archive.add("http://linked.com/", ago(500), "link http://linked.com/legal")
    archive.add("http://linked.com/legal", ago(500), "policy linked")
    archive.excluded.add("hidden.com")
    return archive


def test_no_statement_of_a_running_crawl_looks_through_what_grows(tmp_path: Path, plans: Plans) -> None:
    names = ("a.com", "b.com", "moved.com", "linked.com", "hidden.com", "nothing.com")
    played = Writing(tmp_path, years_of(names[:2]))
    for days, is_down in ((0, False), (1, False), (200, True), (1, True), (100, False), (1, False)):
        noted = dict(plans.steps)
        played.later(days)
        plans.steps = noted
        played.played.is_down = is_down
        played.played.add("http://a.com/privacy", ago(0.1), f"policy {days}")
        played.start(tmp_path)
        played.crawl(*names)
        played.end(tmp_path)
    played.crawl("a.com", source="domain", value="a.com", plan="all")
    played.ledger.close()
    assert len(plans.steps) > 150
    wrong = {
        (table, " ".join(sql.split())) for table, sql in plans.scans()
        if table not in READ_WHOLE and not any(part in sql for part in NOW_AND_THEN)
    }  # fmt: skip
    assert wrong == set()


def test_no_trigger_looks_through_a_table(tmp_path: Path, plans: Plans) -> None:
    with closing(Ledger(tmp_path)) as ledger:
        for trigger in TRIGGERS:
            for statement in trigger.partition(" BEGIN ")[2].removesuffix(" END").split(";"):
                sql = re.sub(r"\b(?:old|new)\.\w+", "?1", statement)
                plans.note(ledger.db, sql.strip(), ("1",))
    assert any("captures WHERE domain_id = ?1" in sql for sql in plans.steps)
    assert list(plans.scans()) == []
