"""The summary of a dataset: one line per domain."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.release.build import release
from pipelines.tools import summary
from pipelines.tools.summary import DomainSummary, summaries, table
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, capture, moment, policy


def only(data: Path) -> DomainSummary:
    (found,) = summaries(data)
    return found


def test_versions_are_those_of_a_release_where_extractors_alternate(tmp_path: Path) -> None:
    old, new = "princeton-leuven", "trafilatura 2.3.1"
    data = data_dir(
        tmp_path / "data",
        [
            policy("a.com", "2010-01-01", "We collect your name.", extractor=old),
            policy("a.com", "2011-01-01", "We collect your name. Home", extractor=new),
            policy("a.com", "2012-01-01", "We collect your name.", extractor=old),
            policy("a.com", "2013-01-01", "We sell your name. Home", extractor=new),
        ],
    )
    release(data, tmp_path / "release")
    assert only(data).versions == len(pq.read_table(tmp_path / "release" / "versions")) == 2


def test_an_unchanged_capture_that_shows_a_text_again_is_a_version_as_in_a_release(tmp_path: Path) -> None:
    texts = [policy("a.com", "2010-01-01", "One", archive_digest="D"), policy("a.com", "2011-01-01", "Two")]
    again = capture("a.com", "2012-01-01", "unchanged", archive_digest="D", same_as=moment("2010-01-01"))
    found = only(data_dir(tmp_path, texts, [again]))
    assert (found.versions, found.stored, found.last) == (3, 2, moment("2012-01-01"))


def test_each_domain_of_many_parts_has_its_line_in_order(tmp_path: Path) -> None:
    texts = [policy(f"{name}.com", f"201{year}-01-01", f"text {year}") for year in range(3) for name in "cab"]
    data = data_dir(tmp_path, texts, domains=[asked("d.com", "not_archived")], parts=4)
    assert [(line.domain, line.versions, line.reason) for line in summaries(data)] == [
        ("a.com", 3, ""),
        ("b.com", 3, ""),
        ("c.com", 3, ""),
        ("d.com", 0, "not_archived"),
    ]


def test_a_line_tells_why_there_is_not_all_or_nothing() -> None:
    outcomes = Counter({"stored": 2, "unplayable": 3, "pending": 1, "not_policy": 4})
    *_, some = table([DomainSummary("a.com", stored=2, outcomes=outcomes)])
    assert some.endswith("  3 unplayable, 1 pending")
    *_, none = table([DomainSummary("a.com", outcomes=Counter({"not_policy": 4}))])
    assert none.endswith("  4 not policy")


def test_an_exclusion_is_told_beside_what_was_there_before(tmp_path: Path) -> None:
    known = asked("a.com", excluded_since=moment("2026-11-02"))
    found = only(data_dir(tmp_path, [policy("a.com", "2010-01-01", "One")], domains=[known]))
    assert (found.versions, found.reason) == (1, "excluded since 2026-11-02")


def test_what_whole_columns_tell_is_what_the_rows_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = moment("2026-11-02")
    data = data_dir(
        tmp_path,
        [
            *(policy("a.com", f"201{year}-01-01", f"text {year}") for year in range(3)),
            policy("imported.com", "2009-01-01", "One"),
            policy("two.com", "2009-01-01", "One"),
            policy("new.com", "2009-01-01", "One"),
        ],
        [
            *(capture("a.com", f"201{year}-01-01") for year in range(3)),
            capture("a.com", "2015-01-01", "unchanged", same_as=moment("2012-01-01")),
            capture("a.com", "2016-01-01", "failed"),
            capture("gone.com", "2001-01-01", "unplayable"),
            capture("two.com", "2009-01-01"),
            capture("new.com", "2009-01-01"),
            capture("unasked.com", "2009-01-01", "pending"),
        ],
        [
            asked("a.com", versions=3),
            asked("gone.com", "excluded", excluded_since=ended, versions=0),
            asked("nothing.com", "not_archived", reason="no capture"),
            asked("imported.com", versions=1),
            *(asked("two.com", archive=archive, versions=1) for archive in ("web.archive.org", "an.archive")),
            asked("new.com"),
        ],
    )
    told = {}
    for share in (0, 1):
        monkeypatch.setattr(summary, "_FEW_ODD", share)
        told[share] = list(summaries(data))
    assert told[0] == told[1]
    assert [line.domain for line in told[1]] == sorted(line.domain for line in told[1])
    lines = summary._counted(data)
    assert [row["domain"] for row in lines.to_pylist() if row["is_odd"]] == [
        "imported.com", "new.com", "two.com", "unasked.com",
    ]  # fmt: skip


def test_a_damaged_part_is_named(tmp_path: Path, capsys) -> None:
    data = data_dir(tmp_path, [policy("a.com", "2010-01-01", "One")], [capture("a.com", "2010-01-01")])
    (tmp_path / "policies" / "broken.parquet").write_bytes(b"PAR1")
    assert scrapy(data, "status", "--domains") == 1
    assert "broken.parquet" in capsys.readouterr().err


def test_an_empty_dataset_has_no_lines(tmp_path: Path) -> None:
    assert list(summaries(tmp_path)) == []
