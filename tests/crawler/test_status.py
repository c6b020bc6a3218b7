"""How a DATA_DIR is, for people and as JSON."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler.arguments import parse_arguments
from crawler.ledger import Ledger
from crawler.ledger.standing import captures_counted, standing
from crawler.runs import Run
from crawler.status import RUNS, Status, report, status
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.overrides import Removals, read_overrides
from pipelines.tools.standing import Use
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir, remove
from tests.support.ledger import closed
from tests.support.processes import ROOT
from tests.support.rows import asked, capture

NONE = Removals()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dataset with a domain that is incomplete, one run that ended and one that did not."""
    data = data_dir(
        tmp_path / "data",
        [],
        [capture("a.com", "2010-01-01")],
        domains=[asked("a.com", "incomplete", reason="the index did not answer", may_pass=True)],
    )
    settings = Settings()
    settings.setmodule("crawler.settings")
    run = Run(data, settings, parse_arguments({"domain": "a.com"}), "x")
    run.begin()
    run.end(exit_code=6, reason="finished", why="", stats={"wayback/requests/cdx": 7}, unhealthy=["all is lost"])
    Run(data, settings).begin()
    return data


def test_the_report_tells_what_there_is_what_is_missing_and_how_the_runs_ended(data: Path) -> None:
    lines = report(status(data)).splitlines()
    assert lines[:3] == [
        "domains     1: 1 incomplete",
        "captures    1: 1 stored",
        "incomplete  1: the index did not answer (may pass)",
    ]
    assert lines[3].startswith("disk        ") and "runs " in lines[3]
    assert "no end: it is at work, was killed, or found the disk full" in lines[4]
    assert lines[5].split("  ", 2)[2].lstrip().split("Z  ")[1].startswith("exit code 6") and "all is lost" in lines[5]


def test_json_has_all_of_it_and_with_domains_a_line_for_each(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scrapy(data, "status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["domains"] == {"incomplete": 1}
    assert told["incomplete"] == [{"reason": "the index did not answer", "domains": 1, "may_pass": True}]
    assert [run.get("exit_code") for run in told["runs"]] == [None, 6]
    assert told["disk"]["runs"]["files"] == 2
    assert scrapy(data, "status", "--json", "--domains") == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["domain"], line["outcomes"], line["first"]) == ("a.com", {"stored": 1}, "2010-01-01T00:00:00Z")


def test_the_lines_of_domains_are_a_table_for_spreadsheets_too(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scrapy(data, "status", "--csv", "--domains") == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head == "domain,versions,stored,first,last,outcomes,reason"
    assert line == 'a.com,0,0,2010-01-01T00:00:00Z,2010-01-01T00:00:00Z,"{""stored"": 1}",incomplete'
    assert scrapy(data, "status", "--csv") == 2
    assert "--csv is for --domains" in capsys.readouterr().err


def test_several_are_told_as_one_with_the_runs_of_each(data: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with closing(Ledger(tmp_path / "none")) as ledger:
        closed(ledger)
    found = status(data, tmp_path / "none")
    assert found.data_dir == f"{data},{tmp_path}/none"
    assert found.captures == {"stored": 2, "unchanged": 2, "skipped": 2}
    assert found.domains == {"incomplete": 1, "found": 1} and found.progress["done"] == 1
    assert found.disk["crawl.sqlite"].files >= 1 and found.disk["runs"].files == 2
    assert [run["data_dir"] for run in found.runs] == [str(data)] * 2
    assert f"  {data}  no end" in report(found)


def test_what_one_of_several_removes_is_counted_in_none(data: Path, tmp_path: Path) -> None:
    other = data_dir(tmp_path / "other", [], [capture("b.com", "2010-01-01")], domains=[asked("b.com")])
    assert status(data, other).domains == {"incomplete": 1, "found": 1}
    remove(other, domain="a.com")
    found = status(data, other)
    assert (found.domains, found.captures, found.incomplete) == ({"found": 1}, {"stored": 1}, [])


def test_of_several_the_one_whose_ledger_is_damaged_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with closing(Ledger(tmp_path / "other")) as ledger:
        closed(ledger)
        page, size = (ledger.db.execute(sql).fetchone()[0] for sql in (
            "SELECT rootpage FROM sqlite_schema WHERE name = 'domains'", "PRAGMA page_size"))  # fmt: skip
    with (tmp_path / "other" / "crawl.sqlite").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(DatasetError, match=r"other/crawl\.sqlite is damaged .* scrapy repair"):
        status(data, tmp_path / "other")


def test_many_reasons_and_runs_are_told_in_a_few_lines() -> None:
    reasons = [f"reason {number}" for number in range(30)]
    many = Status("data", {}, {}, {}, [_reason(reason) for reason in reasons], {"warc": Use(3, 10)}, [])
    lines = report(many).splitlines()
    assert len(lines) == 14
    assert lines[-2] == "incomplete  40 for 20 other reasons: --json tells all"
    assert RUNS < 10


def _reason(reason: str):  # type: ignore[no-untyped-def]
    from crawler.status import Reason

    return Reason(reason, 2, False)


def test_what_a_crawl_has_done_so_far_is_told_while_it_is_at_work(tmp_path: Path) -> None:
    assert standing(tmp_path, 0) == {}
    ledger = Ledger(tmp_path)
    crawl_id = ledger.begin_crawl({}, "web.archive.org")
    for domain in ("a.com", "b.com"):
        ledger.domains.open(crawl_id, domain)
    ledger.db.execute("UPDATE domains SET state = 'done', outcome = 'found' WHERE domain = 'a.com'")
    ledger.db.commit()
    found = status(tmp_path)
    ledger.close()
    assert (found.progress["done"], found.progress["open"]) == (1, 1)
    assert found.domains == {"found": 1, "incomplete": 1}
    assert [reason.reason for reason in found.incomplete] == ["the crawl has not come to its end"]


def test_another_user_is_told_without_writing_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Ledger(tmp_path)) as ledger:
        closed(ledger)
    files = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert status(tmp_path).domains == {"found": 1}
    assert sorted(tmp_path.rglob("*")) == files


def test_captures_are_told_as_the_ledger_has_counted_them_unless_some_are_to_be_removed(tmp_path: Path) -> None:
    assert captures_counted(tmp_path, NONE) is None
    with closing(Ledger(tmp_path)) as ledger:
        closed(ledger)
    assert captures_counted(tmp_path, NONE) == {"stored": 1, "unchanged": 2, "skipped": 2} == status(tmp_path).captures
    remove(tmp_path, domain="example.com")
    assert captures_counted(tmp_path, read_overrides(tmp_path).remove) is None


def test_a_ledger_that_has_not_counted_yet_is_counted(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crawl.sqlite")) as db:
        db.executescript((ROOT / "tests" / "data" / "ledger-version-3.sql").read_text())
    assert captures_counted(tmp_path, NONE) is None
    found = standing(tmp_path, 0)
    assert (found["done"], found["open"]) == (3, 3)
