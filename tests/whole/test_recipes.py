"""The recipes of docs/reading.md give what they promise."""

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
from tests.support.data_dirs import data_dir
from tests.support.rows import capture, digest, moment, policy, row, table

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
def test_the_recipes_give_latest_as_of_and_all_where_a_text_comes_back_and_where_two_sites_have_one_policy(
    tmp_path, monkeypatch, library
):
    shared = {"policy_url": "https://group.test/privacy"}
    policies = [
        policy("plimus.com", "2006-06-19", A),
        policy("plimus.com", "2009-12-31", B),
        policy("plimus.com", "2012-11-15", C),
        policy("plimus.com", "2013-01-01", "We use cookies.", kind="cookie_policy", primary=False),
        policy("a.test", "2010-01-01", A, **shared),
        policy("z.test", "2010-01-01", A, **shared),
        policy("z.test", "2020-01-01", C),
    ]
    captures = [
        *(
            capture(
                row["domain"],
                f"{row['captured_at']:%F}",
                policy_url=row["policy_url"],
                archive_digest=row["archive_digest"],
            )
            for row in policies
        ),
        capture(
            "plimus.com", "2012-06-01T12:00:00", "unchanged", same_as=moment("2006-06-19"), archive_digest=digest(A)
        ),
    ]
    release(data_dir(tmp_path / "facts", policies, captures), tmp_path / "data")
    (tmp_path / "data" / "policies" / ".four.parquet.tmp-1").write_bytes(b"PAR1 half a file")
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(_recipes()[library], found)
    assert sorted(_texts(found["latest"])) == [("a.test", A), ("plimus.com", C), ("z.test", C)]
    assert sorted(_texts(found["as_of"])) == [("a.test", A), ("plimus.com", A), ("z.test", A)]
    assert [text for _, text in _texts(found["everything"])] == [A, B, A, C]


@pytest.fixture
def with_history(tmp_path, monkeypatch):
    """A DATA_DIR with the history of one domain, in the working folder."""
    folder = tmp_path / "data"
    rows = [row("plimus.com", year, text) for year, text in (("2006", A), ("2009", B), ("2012", C))]
    imported = {"crawl_id": "import-20260102-030405-123456", "warc_file": None, "link_text": None}
    rows = [{**each, **imported} for each in rows]
    folder.mkdir()
    with closing(Ledger(folder)) as ledger:
        append(folder, "import-1.parquet", table(rows))
        enter_rows(ledger.db, rows)
        keep_histories(folder, ledger)
    monkeypatch.chdir(tmp_path)
    return folder


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


def test_the_recipes_for_a_release_give_versions_paragraphs_and_gaps(with_history):
    release(with_history, Path("releases/2026-11"))
    found = _run("analysts")
    assert found["versions"]["version"].to_list() == [1, 2, 3]
    (added, replaced) = found["paragraphs"].rows(named=True)
    assert (added["version"], added["op"], added["before"], added["after"]) == (2, "altered", A, B)
    assert (replaced["change"], replaced["added"] > 5) == ("substantive", True)
    assert found["gaps"]["len"].sum() == 10


def test_the_questions_are_answered(with_history):
    release(with_history, Path("releases/2026-11"))
    found = _run("questions")
    panel = {half_year: (filled, text) for _, half_year, _, filled, _, _, text in found["panel"].fetchall()}
    assert len(panel) == 13
    assert (panel["2006-H1"], panel["2006-H2"], panel["2009-H1"]) == ((True, A), (False, None), (True, B))
    assert found["shares"].fetchall()[0] == ("2006-H1", 1, 1, 0)
    assert [(row[1], row[4]) for row in found["changed"].fetchall()] == [("substantive", False)]
    row = found["seen"].fetchall()[-1]
    assert ("/2009" in row[2], "/2012" in row[3], "id_/" in row[2] + row[3]) == (True, True, False)
    assert found["standing"].fetchall() == [(1, len(C.split()))]
    assert [row[2].year for row in found["phrase"].fetchall()] == [2012]
    assert found["gdpr"].fetchall() == []
