"""Many part files become few, and what is killed on the way is ended by the next one."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dataset import compaction, parts
from pipelines.dataset.compaction import FEW_FILES, compact, worth_merging
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.part_writer import write_part
from pipelines.dataset.reading import history, part_files
from pipelines.schema import POLICIES
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.part_files import add_crawls, keys_of, register_of
from tests.support.rows import row, table


def test_many_parts_become_one_in_order_and_the_ledger_follows(tmp_path):
    keys = add_crawls(tmp_path, 12)
    done = compact(tmp_path)
    assert done == compaction.Compacted(files_before=12, files_after=1, rows=60, superseded=0)
    assert keys_of(tmp_path) == keys
    assert [path.name for path in part_files(tmp_path / "policies")] == ["merged-000001-0001.parquet"]
    assert register_of(tmp_path) == {"merged-000001-0001.parquet": (60, "done")}
    assert [path.stat().st_size for path in (tmp_path / "policies.next").iterdir()] == [0]


def test_a_name_never_comes_back(tmp_path):
    add_crawls(tmp_path, 2)
    compact(tmp_path)
    add_part(tmp_path, [row("z.test", "2026")], "later")
    compact(tmp_path)
    assert [path.name for path in part_files(tmp_path / "policies")] == ["merged-000002-0001.parquet"]


def test_every_column_comes_through(tmp_path):
    rich = row("a.test", "2001", "ü\n\nx", redirects=["http://a.test/1"], link_text=None, effective_date=None)
    add_part(tmp_path, [rich], "one")
    add_part(tmp_path, [row("b.test", "2001")], "two")
    before = table([rich, row("b.test", "2001")])
    compact(tmp_path)
    after = pq.read_table(part_files(tmp_path / "policies")[0])
    assert after.schema.names == POLICIES.names
    assert after.cast(POLICIES).equals(before)  # Parquet keeps milliseconds where Arrow has seconds


def test_at_the_end_of_a_crawl_only_the_small_files_are_merged(tmp_path):
    add_part(tmp_path, [row(f"big{n}.test", "2001", os.urandom(4_000).hex()) for n in range(100)], "big")
    inode = (tmp_path / "policies/big.parquet").stat().st_ino
    add_crawls(tmp_path, 16)
    done = compact(tmp_path, only_if_it_pays=True)
    assert (done.files_before, done.files_after, done.rows) == (17, 2, 80)
    kept, merged = part_files(tmp_path / "policies")
    assert kept.stat().st_ino == inode
    assert register_of(tmp_path) == {kept.name: (100, "done"), merged.name: (80, "done")}
    assert compact(tmp_path, only_if_it_pays=True) is None


def test_sixteen_files_of_a_tier_are_merged_with_all_smaller_ones_and_no_larger_one():
    def merged(*rows: int) -> list[int]:
        return [rows[file] for file in worth_merging(dict(enumerate(rows)))]

    assert merged(*[10] * 15) == []
    assert merged(*[10] * 16, 16) == [10] * 16
    assert merged(*[200] * 16, 3, 5000) == [*[200] * 16, 3]
    assert merged(*[10] * 16, *[200] * 16, 5000) == [10] * 16 + [200] * 16


@given(st.lists(st.integers(1, 3000), max_size=300))
def test_a_row_is_written_once_a_tier_and_no_file_for_the_sake_of_smaller_ones(added):
    files: dict[int, int] = {}
    written = sum(added)
    for number, rows in enumerate(added):
        files[number] = rows
        if merge := worth_merging(files):
            sizes = [files.pop(file) for file in merge]
            assert max(sizes) <= 2 * (sum(sizes) - max(sizes))
            written += sum(sizes)
            files[number] = sum(sizes)
    tiers = len(f"{sum(added):x}")
    assert sum(files.values()) == sum(added)
    assert len(files) <= (FEW_FILES - 1) * tiers
    assert written <= sum(added) * tiers


def test_a_capture_that_is_there_twice_is_kept_once_with_its_raw_bytes(tmp_path):
    imported = row("a.test", "2012", "imported", extractor="princeton-leuven", warc_file=None)
    other = row("a.test", "2012", "another page", policy_url="http://a.test/zz")
    fetched = row("a.test", "2012", "fetched", warc_file="w.warc.gz", warc_offset=0)
    again = {**fetched, "text": "fetched later", "fetched_at": datetime(2026, 5, 1, tzinfo=UTC)}
    for number, rows in enumerate(([imported, other], [fetched], [again, row("b.test", "2012")])):
        add_part(tmp_path, rows, str(number))
    done = compact(tmp_path)
    assert (done.rows, done.superseded) == (3, 2)
    assert sorted(history(tmp_path, "a.test")["text"].to_pylist()) == ["another page", "fetched later"]


def test_a_capture_imported_and_then_fetched_is_merged_whatever_it_costs(tmp_path):
    fetched = {"warc_file": "w.warc.gz", "warc_offset": 0}
    add_part(tmp_path, [row("a.test", "2012", "imported"), row("b.test", "2012")], "1")
    add_part(tmp_path, [row("a.test", "2013", **fetched)], "2")
    assert compact(tmp_path, only_if_it_pays=True) is None
    add_part(tmp_path, [row("a.test", "2012", "fetched", **fetched)], "3")
    done = compact(tmp_path, only_if_it_pays=True)
    assert done == compaction.Compacted(files_before=3, files_after=1, rows=3, superseded=1)
    assert history(tmp_path, "a.test")["text"].to_pylist()[0] == "fetched"


def test_a_large_result_goes_on_in_another_file(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "FILE_BYTES", 0)
    monkeypatch.setattr("pipelines.dataset.merging._BATCH_BYTES", 1)
    keys = add_crawls(tmp_path, 9, domains=20)
    assert compact(tmp_path).files_after > 1
    assert keys_of(tmp_path) == keys


def test_a_busy_dataset_ends_with_code_5(tmp_path, capsys):
    add_crawls(tmp_path, 2)
    with DataDirLock(tmp_path):
        assert scrapy(tmp_path, "compact") == 5
    assert "in use" in capsys.readouterr().err
    assert scrapy(tmp_path, "compact") == 0
    assert "2 files became 1: 10 rows" in capsys.readouterr().out


def test_a_file_the_ledger_does_not_know_is_not_merged(tmp_path, capsys):
    add_crawls(tmp_path, 2)
    write_part(tmp_path / "policies/mine.parquet", table([row("a.test", "2001")]))
    assert scrapy(tmp_path, "compact") == 1
    assert "mine.parquet" in capsys.readouterr().err
    assert len(part_files(tmp_path / "policies")) == 3


def test_a_crawl_s_part_without_rows_has_no_file_and_is_not_missed(tmp_path):
    add_crawls(tmp_path, 2)
    with sqlite3.connect(tmp_path / "crawl.sqlite") as ledger:
        ledger.execute("INSERT INTO parts VALUES ('20260109-000001.parquet', 0, 'done')")
    assert compact(tmp_path).rows == 10


def test_a_part_that_is_gone_is_named(tmp_path, capsys):
    add_crawls(tmp_path, 3)
    part_files(tmp_path / "policies")[1].unlink()
    assert scrapy(tmp_path, "compact") == 1
    assert "20260101-000001.parquet" in capsys.readouterr().err


def test_parts_of_a_killed_crawl_wait_for_the_next_crawl(tmp_path):
    add_crawls(tmp_path, 2)
    with sqlite3.connect(tmp_path / "crawl.sqlite") as ledger:
        ledger.execute("INSERT INTO parts VALUES ('20260109-000001.parquet', 3, 'writing')")
    with pytest.raises(DatasetError, match="20260109"):
        compact(tmp_path)
    parts.settle(tmp_path)
    assert register_of(tmp_path)["20260109-000001.parquet"] == (3, "writing")


def test_a_file_system_that_cannot_exchange_leaves_the_dataset_as_it_was(tmp_path, monkeypatch):
    keys = add_crawls(tmp_path, 3)
    before = register_of(tmp_path)

    def refuses(one: Path, other: Path) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(parts, "exchange", refuses)
    with pytest.raises(DatasetError, match="exchange"):
        compact(tmp_path)
    assert sorted(keys_of(tmp_path)) == keys and register_of(tmp_path) == before
    assert not (tmp_path / "policies.next").exists()


def test_a_dataset_without_a_ledger_can_be_compacted(tmp_path):
    keys = add_crawls(tmp_path, 3)
    (tmp_path / "crawl.sqlite").unlink()
    compact(tmp_path)
    assert keys_of(tmp_path) == keys and not (tmp_path / "crawl.sqlite").exists()


@pytest.mark.parametrize(("step", "call"), [("sync_folder", 1), ("exchange", 1), ("sync_folder", 2), ("_reconcile", 2)])
def test_killed_at_any_step_the_next_run_ends_it(tmp_path, monkeypatch, step, call):
    """The run ends before a step of the switch, and once more after it; then a second compaction runs."""
    for after in (False, True):
        data_dir = tmp_path / str(after)
        keys = add_crawls(data_dir, 4)
        real = getattr(parts, step)
        calls = []

        def dies(*arguments: Path, real=real, calls=calls, after=after) -> None:
            calls.append(arguments)
            if after or len(calls) < call:
                real(*arguments)
            if len(calls) == call:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(parts, step, dies)
            compact(data_dir)
        assert sorted(keys_of(data_dir)) == keys
        compact(data_dir)
        assert sorted(keys_of(data_dir)) == keys
        assert sorted(register_of(data_dir)) == [path.name for path in part_files(data_dir / "policies")]
        assert not any(path.stat().st_size for path in (data_dir / "policies.next").glob("*"))
