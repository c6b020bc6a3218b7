"""``scrapy gather``: what it refuses, and what it says."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from pipelines.dataset.identity import dataset_id
from pipelines.dataset.lifting import is_older
from pipelines.dataset.reading import part_files
from tests.support.commands import scrapy
from tests.support.older_versions import CRAWLED
from tests.support.shards import rows


def test_wrong_arguments_are_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        ((), "give the DATA_DIRs to join"),
        ((str(tmp_path / "none"),), f"there is no folder {tmp_path / 'none'}"),
        ((str(tmp_path),), f"{tmp_path} is DATA_DIR itself"),
    ):
        assert scrapy(tmp_path, "gather", *arguments) == 2
        assert said in "".join(capsys.readouterr())


def test_a_folder_without_a_ledger_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shard").mkdir()
    assert scrapy(tmp_path / "all", "gather", str(tmp_path / "shard")) == 1
    assert "shard has no ledger (crawl.sqlite)" in capsys.readouterr().err


def test_a_shard_at_work_is_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shard").mkdir()
    with (tmp_path / "shard" / "crawl.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        assert scrapy(tmp_path / "all", "gather", str(tmp_path / "shard")) == 5
    assert "shard is in use by another process (pid 4711)" in capsys.readouterr().err


def test_a_shard_of_an_older_version_is_lifted_and_stays_as_it_is(tmp_path: Path) -> None:
    shard = shutil.copytree(CRAWLED, tmp_path / "shard")
    before = {path: path.read_bytes() for path in shard.rglob("*") if path.is_file()}
    assert scrapy(tmp_path / "all", "gather", str(shard)) == 0
    assert {path: path.read_bytes() for path in shard.rglob("*") if path.is_file()} == before
    there = [rows(path, "policies") for path in (shard, tmp_path / "all")]
    assert len(there[0]) == len(there[1]) > 0
    assert not any(is_older(path) for path in part_files(tmp_path / "all" / "policies"))
    assert dataset_id(tmp_path / "all")
