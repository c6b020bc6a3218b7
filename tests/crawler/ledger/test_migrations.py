"""A ledger of an older version is lifted; ``tests/data/version-0.1.0`` was made by version 0.1.0, unversioned.

``ledger-version-3.sql`` has a crawl that is done, and one that was killed on its way.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import crawler.ledger
from crawler.known import DomainState, QueryState, Role, State, Words
from crawler.ledger import Ledger
from crawler.ledger.migrations import VERSION
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.parts import settle
from pipelines.outcomes import Outcome
from tests.support.ledger import miscounted

OLD = Path(__file__).parents[2] / "data" / "version-0.1.0"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of an old DATA_DIR."""
    return shutil.copytree(OLD, tmp_path / "data")


def rows(data_dir: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(data_dir / "crawl.sqlite")) as db:
        return db.execute(sql).fetchall()


def opened(data_dir: Path) -> None:
    with closing(Ledger(data_dir)) as ledger:
        settle(data_dir)
        ledger.recover()


def schema_of(data_dir: Path) -> dict[str, set[tuple]]:
    """Each table's columns, each index's statement, in whatever order they were made."""
    tables = [name for (name,) in rows(data_dir, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{}')"
    schema = {name: set(rows(data_dir, columns.format(name))) for name in tables}
    others = "SELECT name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger')"
    return schema | {"others": set(rows(data_dir, others))}


def test_a_new_ledger_has_the_newest_version(tmp_path: Path) -> None:
    opened(tmp_path)
    assert rows(tmp_path, "PRAGMA user_version") == [(VERSION,)]


def test_an_old_ledger_is_lifted_to_the_schema_of_a_new_one(old: Path, tmp_path: Path) -> None:
    assert rows(old, "PRAGMA user_version") == [(0,)]
    opened(old)
    new = tmp_path / "new"
    new.mkdir()
    opened(new)
    assert rows(old, "PRAGMA user_version") == [(VERSION,)]
    assert schema_of(old) == schema_of(new)


def test_a_ledger_that_counted_nothing_knows_what_there_is_once_it_is_lifted(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    with closing(sqlite3.connect(old / "crawl.sqlite")) as db:
        db.executescript(OLD.with_name("ledger-version-3.sql").read_text())
    with closing(Ledger(old)) as ledger:
        assert miscounted(ledger) == {}
        (crawl_id,) = ledger.db.execute("SELECT id FROM crawls WHERE NOT finished").fetchone()
        assert ledger.progress(crawl_id) == {"domains_done": 0, "domains": 3, "cdx": 2, "playback": 2}
        ledger.recover()
        assert [len(work.claim(crawl_id, 9, 1e12)) for work in (ledger.queries, ledger.captures)] == [2, 2]
        assert miscounted(ledger) == {}
    with closing(Ledger(new)):
        assert schema_of(old) == schema_of(new)


#: The columns whose words the schema spells out, with the enums of these words.
SPELT_OUT = {
    ("domains", "state"): DomainState,
    ("queries", "state"): QueryState,
    ("queries", "words"): Words,
    ("captures", "role"): Role,
    ("captures", "state"): State,
    ("captures", "outcome"): Outcome,
}


def test_the_words_in_the_schema_are_those_of_the_enums() -> None:
    """SQLite uses a partial index only if the statement, made from the enum, has the same word."""
    schema = Path(crawler.ledger.__file__).with_name("schema.sql").read_text()
    words = set()
    for statement in re.sub("--.*", "", schema).split(";"):
        table = re.search(r"(?:CREATE TABLE IF NOT EXISTS|\bON) (\w+)", statement)
        for default, compared, word in re.findall(r"(?:(\w+) +TEXT NOT NULL DEFAULT|WHERE (\w+) =) '(\w+)'", statement):
            assert table is not None
            words.add((table[1], default or compared, word))
    assert {word for *_, word in words} == set(re.findall(r"'(\w+)'", re.sub("--.*", "", schema)))
    assert {(table, column) for table, column, _ in words} == set(SPELT_OUT)
    assert [word for *column, word in words if word not in set(SPELT_OUT[tuple(column)])] == []


def test_a_lifted_ledger_is_opened_again_as_it_is(old: Path) -> None:
    opened(old)
    before = rows(old, "SELECT * FROM captures")
    opened(old)
    assert rows(old, "SELECT * FROM captures") == before


def test_a_list_of_parts_without_a_ledger_becomes_a_whole_one(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crawl.sqlite")) as db, db:
        db.execute("CREATE TABLE parts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, state TEXT NOT NULL)")
    opened(tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM captures") == [(0,)]
    assert rows(tmp_path, "PRAGMA user_version") == [(VERSION,)]


def test_what_one_column_held_is_split(old: Path) -> None:
    before = rows(old, "SELECT id, text_sha256, same_as FROM captures")
    opened(old)
    redirect = "role = 'policy' AND outcome = 'redirect'"
    assert rows(old, f"SELECT leads_to, content_key, text_sha256 FROM captures WHERE {redirect} ORDER BY id") == [
        (url, f"redirect:{url}", None)
        for url in (
            "http://www.plumeria.example/company/privacy-policy",
            "http://www.plumeria.example:80/company/privacy-policy",
            "https://legal.tidelog.example/privacy",
        )
    ]
    stored = "outcome = 'stored' OR (outcome = 'not_policy' AND same_as IS NULL)"
    texts = rows(old, f"SELECT content_key, text_sha256, leads_to FROM captures WHERE {stored}")
    assert len(texts) == 48
    assert all(key == text and len(text) == 64 and leads_to is None for key, text, leads_to in texts)
    blocked = "SELECT content_key, text_sha256 FROM captures WHERE outcome = 'soft_block'"
    assert rows(old, blocked) == [("soft_block", None)]
    was = {capture_id: (text, same_as) for capture_id, text, same_as in before}
    homepages = rows(
        old, "SELECT id, leads_to, served, content_key, text_sha256, same_as FROM captures WHERE role = 'homepage'"
    )
    assert len(homepages) == 46
    assert sum(leads_to is not None for _, leads_to, *_ in homepages) == 2
    for capture_id, leads_to, served, *others in homepages:
        assert ((leads_to, served), others) == (was[capture_id], [None, None, None])


def test_an_old_domain_gets_its_archive_and_dates_from_its_crawl(old: Path) -> None:
    with closing(sqlite3.connect(old / "crawl.sqlite")) as db:
        ((crawl_id, started, arguments),) = db.execute("SELECT id, started_at, arguments FROM crawls")
        outcomes = dict(db.execute("SELECT domain, outcome FROM domains"))
        address = json.loads(arguments)["archive_url"].replace("http://", "http://me:secret@")
        with db:
            db.execute("UPDATE crawls SET arguments = json_set(arguments, '$.archive_url', ?)", (address,))
    opened(old)
    ((archive, text, software, source, exit_code),) = rows(
        old, "SELECT archive, arguments, software, source, exit_code FROM crawls"
    )
    assert archive == json.loads(arguments)["archive_url"].removeprefix("http://")
    assert json.loads(text) == json.loads(arguments), "the login is gone"
    assert {"python", "scrapy"} <= json.loads(software).keys()
    assert (source, exit_code) == (Path(json.loads(arguments)["value"]).name, 0)
    lifted = rows(old, "SELECT domain, archive, listed_by, outcome, asked_last, known_through FROM domains")
    for domain, of, listed_by, outcome, asked, known_through in lifted:
        assert (of, listed_by, outcome, asked) == (archive, crawl_id, outcomes[domain] or "found", started)
        assert known_through == (None if outcome in ("incomplete", "excluded") else started)
    assert dict(rows(old, "SELECT domain, excluded_since FROM domains WHERE excluded_since > 0")) == {
        domain: started for domain, outcome in outcomes.items() if outcome == "excluded"
    }
    assert rows(old, "SELECT file FROM outdated") == [(0,)], "its tables are written again"


def test_an_old_ledger_plans_by_the_same_facts(old: Path) -> None:
    with closing(Ledger(old)) as ledger:
        domains = dict(ledger.db.execute("SELECT domain, id FROM domains"))
        known = ledger.captures.of(domains["plumeria.example"])
        visits = ledger.homepages.visits(domains["quietgarden.example"])
        sources = ledger.captures.redirecting_to(domains["tidelog.example"], "http://legal.tidelog.example/privacy")
    assert sum(capture.is_policy for capture in known) == 6
    assert sum(capture.content_key is not None for capture in known) == 8
    assert [(visit.served, visit.has_link) for visit in visits if visit.served] == [("20120525172000", True)]
    assert sources == ["https://tidelog.example/legal/privacy"]


def test_an_old_crawl_that_was_killed_goes_on(old: Path) -> None:
    with closing(sqlite3.connect(old / "crawl.sqlite")) as db, db:
        db.execute("UPDATE crawls SET finished = 0, ended_at = NULL")
        db.execute("UPDATE captures SET state = 'claimed', outcome = NULL WHERE id = 1")
    with closing(Ledger(old)) as ledger:
        ledger.recover()
        (crawl_id,) = ledger.db.execute("SELECT id FROM crawls").fetchone()
        assert ledger.db.execute("SELECT id FROM captures WHERE state = 'planned'").fetchall() == [(1,)]
        assert [work.id for work in ledger.captures.claim(crawl_id, 10, 1e12)] == [1]


def test_a_ledger_of_a_newer_version_is_refused_by_name_and_left_alone(old: Path) -> None:
    with closing(sqlite3.connect(old / "crawl.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = (old / "crawl.sqlite").read_bytes()
    with pytest.raises(DatasetError, match=rf"schema version {VERSION + 1}.*up to {VERSION}.*newer wayback-policies"):
        Ledger(old)
    assert (old / "crawl.sqlite").read_bytes() == before
