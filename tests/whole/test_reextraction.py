"""What was crawled is read again: the rows are the same, or better."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.warcwriter import WARCWriter

from crawler.local_archive.server import LocalArchive, serving
from pipelines.dataset.reading import part_files
from pipelines.schema import POLICIES
from pipelines.timestamps import digits
from tests.support.commands import scrapy
from tests.support.processes import crawl, rows_of
from tests.support.reextraction import append

pytestmark = pytest.mark.slow  # documents are read in worker processes


def test_a_crawls_rows_are_the_same_again_and_the_next_crawl_asks_for_nothing_more(
    archive: LocalArchive, tmp_path: Path
) -> None:
    with serving(archive) as url:
        first = crawl(tmp_path, url)
        before = first.policies
        for path in part_files(tmp_path / "policies"):
            table = pq.read_table(path)
            for name in ("text", "markdown", "text_sha256", "extractor"):
                at = table.schema.names.index(name)
                old = pa.array(["old"] * len(table), table.schema[at].type)
                table = table.set_column(at, table.schema.field(at), old)
            pq.write_table(table, path)
        assert scrapy(tmp_path, "reextract") == 0
        assert rows_of(tmp_path / "policies") == before
        assert first.captures == rows_of(tmp_path / "captures")
        archive.log.clear()
        again = crawl(tmp_path, url, refresh="0d")
    assert again.code == 0, again.log
    assert {entry["pool"] for entry in archive.log} == {"playback"}, "it only looks for what is new"
    assert again.policies == before


def test_what_an_older_extractor_took_for_something_else_becomes_the_main_policy(
    archive_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = crawl(tmp_path, archive_url, domain="mapleloop.example")
    captures = run.captures
    (path,) = part_files(tmp_path / "policies")
    other = {"text": "old", "kind": "other", "primary": False}
    pq.write_table(pa.Table.from_pylist([{**row, **other} for row in run.policies], schema=POLICIES), path)
    assert scrapy(tmp_path, "reextract") == 0
    assert rows_of(tmp_path / "policies") == run.policies

    first, *others = run.policies  # the next one has no row at all
    pq.write_table(pa.Table.from_pylist(others, schema=POLICIES), part_files(tmp_path / "policies")[0])
    with closing(sqlite3.connect(tmp_path / "crawl.sqlite")) as db, db:
        db.execute(
            "UPDATE captures SET outcome = 'not_policy', content_key = 'not_policy', stored_url = NULL, kind = 'login',"
            " verdict = 'login', is_primary = 0 WHERE outcome = 'stored' AND timestamp = ?",
            (digits(first["captured_at"]),),
        )
    assert scrapy(tmp_path, "reextract") == 0
    assert "1 are policies after all, 0 are no policies any more" in capsys.readouterr().out.splitlines()[-1]
    assert rows_of(tmp_path / "policies") == run.policies
    assert rows_of(tmp_path / "captures") == captures


def test_what_is_no_policy_any_more_has_its_reason_in_captures(archive_url: str, tmp_path: Path) -> None:
    run = crawl(tmp_path, archive_url, domain="plumeria.example")
    rows = run.policies
    (path,) = part_files(tmp_path / "policies")
    missing = rows[0]
    with (tmp_path / "warc" / missing["warc_file"]).open("r+b") as file:  # its record becomes an empty page's
        rows[0]["warc_offset"] = file.seek(0, os.SEEK_END)
        append(WARCWriter(file, gzip=True), missing, b"")
    pq.write_table(pa.Table.from_pylist(rows, schema=POLICIES), path)
    assert scrapy(tmp_path, "reextract") == 0
    left = [row["captured_at"] for row in rows_of(tmp_path / "policies")]
    assert left == [row["captured_at"] for row in rows[1:]]
    known = [row for row in rows_of(tmp_path / "captures") if row["captured_at"] == missing["captured_at"]]
    assert [row["outcome"] for row in known] == ["not_policy"]
    assert known[0]["detail"] == "judged again: empty"
