"""``scrapy import``: its rows have their captures, domains and import beside them, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.dataset.lock import DataDirLock
from pipelines.tools.princeton.importing import import_older_corpus
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part, remove
from tests.support.rows import Row, row

PAGE = (
    "> *The following text is extracted and transformed from the {domain} privacy policy that was archived on "
    "{year}-01-01. Please check the [original snapshot on the Wayback Machine](https://web.archive.org/web/"
    "{year}0101000000id_/http%3A//{domain}/privacy) for the most accurate reproduction.*\n\n# Privacy\n\nWe keep it.\n"
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for domain, year in (("a.test", 2001), ("a.test", 2002), ("b.test", 2001)):
        (folder / f"{domain}-{year}.md").write_text(PAGE.format(domain=domain, year=year))
    return folder


def table(data_dir: Path, name: str) -> list[Row]:
    return pq.read_table(data_dir / name).to_pylist()


def assert_joined(data_dir: Path) -> None:
    """Every row of ``policies`` has its capture, its domain and its crawl, each once."""
    captures = [capture_of(each) for each in table(data_dir, "captures")]
    domains = [(each["archive"], each["domain"]) for each in table(data_dir, "domains")]
    crawls = [each["crawl_id"] for each in table(data_dir, "crawls")]
    assert len(set(captures)) == len(captures) and len(set(domains)) == len(domains)
    for each in table(data_dir, "policies"):
        assert capture_of(each) in captures
        assert (each["archive"], each["domain"]) in domains
        assert each["crawl_id"] in crawls


def capture_of(each: Row) -> tuple[object, ...]:
    return tuple(each[name] for name in ("archive", "domain", "captured_at", "policy_url"))


def test_imported_rows_are_joined_to_the_other_tables(tmp_path: Path, corpus: Path) -> None:
    data_dir = tmp_path / "data"
    for runs in (1, 2):
        assert scrapy(data_dir, "import", str(corpus)) == 0
        assert_joined(data_dir)
        assert {row["outcome"] for row in table(data_dir, "captures")} == {"stored"}
        assert {(row["domain"], row["source"]) for row in table(data_dir, "domains")} == {
            ("a.test", "import"), ("b.test", "import"),
        }  # fmt: skip
        crawls = table(data_dir, "crawls")
        assert len(crawls) == runs and all(row["exit_code"] == 0 for row in crawls)
        assert crawls[0]["arguments"] == '{"import": ["corpus"]}'


def test_what_a_killed_import_did_not_enter_the_next_one_enters(tmp_path: Path, corpus: Path) -> None:
    data_dir = tmp_path / "data"
    with DataDirLock(data_dir):
        import_older_corpus(data_dir, [corpus / "a.test-2001.md"])
    assert scrapy(data_dir, "import", str(corpus)) == 0
    assert_joined(data_dir)
    assert len(table(data_dir, "policies")) == 3 and len(table(data_dir, "crawls")) == 2


def test_rows_that_came_without_a_ledger_are_taken_over(tmp_path: Path, corpus: Path) -> None:
    data_dir = tmp_path / "data"
    add_part(data_dir, [row("c.test", "2001")])
    (data_dir / "crawl.sqlite").unlink()
    assert scrapy(data_dir, "import", str(corpus)) == 0
    assert scrapy(data_dir, "import", str(corpus)) == 0
    assert len(table(data_dir, "policies")) == 4


def test_what_is_withdrawn_is_not_imported(tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    remove(data_dir, domain="a.test")
    assert scrapy(data_dir, "import", str(corpus)) == 0
    out, err = capsys.readouterr()
    assert "1 captures added, 0 known already, 2 rejected" in out and "overrides.toml removes it" in err
    assert [row["domain"] for row in table(data_dir, "policies")] == ["b.test"]
    assert_joined(data_dir)
