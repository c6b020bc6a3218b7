"""What a dataset holds in all."""

from __future__ import annotations

from pathlib import Path

from pipelines.tools.standing import Use, capture_counts, disk_use, domain_counts
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, capture

REASON = "the index did not answer"


def test_domains_and_captures_are_counted_by_outcome_and_reason(tmp_path: Path) -> None:
    data = data_dir(
        tmp_path,
        [],
        [capture("a.com", "2010-01-01"), capture("a.com", "2011-01-01"), capture("b.com", "2010-01-01", "failed")],
        domains=[
            asked("a.com"),
            asked("b.com", "incomplete", reason=REASON, may_pass=True),
            asked("c.com", "incomplete", reason=REASON, may_pass=True),
            asked("d.com", "incomplete", reason=REASON),
            asked("e.com", "found", may_pass=True),
        ],
    )
    assert domain_counts(data) == {
        ("found", None, False): 1, ("found", None, True): 1, ("incomplete", REASON, True): 2,
        ("incomplete", REASON, False): 1,
    }  # fmt: skip
    assert capture_counts(data) == {"stored": 2, "failed": 1}
    (data / "overrides.toml").write_text('[[remove]]\ndomain = "b.com"\n')
    assert domain_counts(data)["incomplete", REASON, True] == 1 and "failed" not in capture_counts(data)


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert (domain_counts(tmp_path), capture_counts(tmp_path), disk_use(tmp_path)) == ({}, {}, {})


def test_the_disk_is_told_by_part_the_largest_first_and_the_ledgers_files_as_one(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    for name, size in {"warc/a": 5, "warc/b": 6, "crawl.sqlite": 1, "crawl.sqlite-wal": 2, "dataset.json": 4}.items():
        (tmp_path / name).write_bytes(b"x" * size)
    assert list(disk_use(tmp_path).items()) == [
        ("warc", Use(2, 11)), ("dataset.json", Use(1, 4)), ("crawl.sqlite", Use(2, 3)),
    ]  # fmt: skip
