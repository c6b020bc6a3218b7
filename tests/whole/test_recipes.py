"""The recipes of docs/reading.md give what they promise, on a dataset in several parts."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.imported import enter_rows
from pipelines.dataset.parts import append
from pipelines.release.build import release
from tests.support.data_dirs import add_part
from tests.support.rows import row, table

A, B = "We collect your name.", "We collect your name and your address."
C = "We sell your location and your messages to advertisers for ten years."
PAGE = Path(__file__).parents[2] / "docs" / "reading.md"


def _recipes() -> dict[str, str]:
    """The recipes by the library they import."""
    blocks = re.findall(r"^```python\n(.*?)^```$", _between("recipes"), re.M | re.S)
    return {re.findall(r"^import (\w+)", block, re.M)[-1]: block for block in blocks}


def _between(marker: str) -> str:
    return PAGE.read_text(encoding="utf-8").split(f"<!-- {marker} -->")[1].split(f"<!-- /{marker} -->")[0]


def _texts(result: Any) -> list[tuple[str, str]]:
    """(domain, text) of each row of a DuckDB relation, a Polars frame or a pandas frame, in order."""
    frame = result.df() if hasattr(result, "df") else result
    return list(zip(list(frame["domain"]), list(frame["text"]), strict=True))


@pytest.mark.parametrize("library", ["duckdb", "polars", "pandas"])
def test_the_recipes_give_latest_as_of_and_all(tmp_path, monkeypatch, library):
    data_dir = tmp_path / "data"
    add_part(
        data_dir,
        [
            row("plimus.com", "20060619", "first"),
            row("plimus.com", "20120601120000", "second"),
            row("plimus.com", "20121115", "third"),
            row("plimus.com", "20130101", "cookies", kind="cookie_policy", primary=False),
        ],
        "one",
    )
    add_part(data_dir, [row("a.test", "20100101", "a"), row("plimus.com", "20091231", "between")], "two")
    add_part(data_dir, [row("z.test", "20200101", "z")], "three")
    (data_dir / "policies" / ".four.parquet.tmp-1").write_bytes(b"PAR1 half a file")
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(_recipes()[library], found)
    assert sorted(_texts(found["latest"])) == [("a.test", "a"), ("plimus.com", "third"), ("z.test", "z")]
    assert sorted(_texts(found["as_of"])) == [("a.test", "a"), ("plimus.com", "second")]
    assert [text for _, text in _texts(found["everything"])] == ["first", "between", "second", "third"]


@pytest.fixture
def with_history(tmp_path, monkeypatch):
    """A DATA_DIR with the history of one domain, in the working folder."""
    data_dir = tmp_path / "data"
    rows = [row("plimus.com", year, text) for year, text in (("2006", A), ("2009", B), ("2012", C))]
    imported = {"crawl_id": "import-20260102-030405-123456", "warc_file": None, "link_text": None}
    rows = [{**each, **imported} for each in rows]
    data_dir.mkdir()
    with closing(Ledger(data_dir)) as ledger:
        append(data_dir, "import-1.parquet", table(rows))
        enter_rows(ledger.db, rows)
        keep_histories(data_dir, ledger)
    monkeypatch.chdir(tmp_path)
    return data_dir


def _run(marker: str) -> dict[str, Any]:
    """The names that the blocks between two marks give."""
    found: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", _between(marker), re.M | re.S):
        exec(block, found)
    return found


def test_the_recipes_of_the_history_give_versions_changes_and_coverage(with_history):
    found = _run("history")
    assert found["versions"].df()["version"].tolist() == [1, 2, 3]
    assert found["changes"].df()["change_before"].dt.year.tolist() == [2012]
    half_years = dict(found["coverage"].fetchall())
    assert half_years["covered"] == 3 and sum(half_years.values()) == 13


def test_the_recipes_for_a_release_give_paragraphs_gaps_and_what_stood(with_history):
    release(with_history, Path("releases/2026-11"))
    found = _run("analysts")
    assert found["versions"]["version"].to_list() == [1, 2, 3]
    (added, replaced) = found["paragraphs"].rows(named=True)
    assert (added["version"], added["op"], added["before"], added["after"]) == (2, "altered", A, B)
    assert (replaced["change"], replaced["added"] > 5) == ("substantive", True)
    assert found["gaps"]["len"].sum() == 10
    assert found["standing"].fetchall() == [(1, len(C.split()))]
    row = found["seen"].fetchall()[-1]
    assert ("/2009" in row[2], "/2012" in row[3], "id_/" in row[2] + row[3]) == (True, True, False)
