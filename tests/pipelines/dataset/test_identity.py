"""A dataset's id."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pipelines.dataset import identity
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.identity import dataset_id, joint_id


def test_a_dataset_has_one_id_for_ever(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert dataset_id(tmp_path) == dataset_id(tmp_path)
    assert dataset_id(tmp_path) != dataset_id(tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["dataset.json"]


def test_several_have_an_id_that_is_no_ones_and_stays_in_any_order(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    assert joint_id(folders[:1]) == dataset_id(folders[0])
    assert joint_id(folders) == joint_id(folders[::-1]) != joint_id(folders[:2])
    assert joint_id(folders) not in map(dataset_id, folders)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_dataset_that_may_not_be_written_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(path: Path) -> None:
        raise OSError(code, "refused", str(path))

    monkeypatch.setattr(identity, "_make", refuse)
    assert dataset_id(tmp_path) is joint_id([tmp_path]) is joint_id([tmp_path, tmp_path]) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"id": 7}', '{"id": "no uuid"}'])
def test_a_damaged_id_is_named_and_not_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(DatasetError, match=r"dataset\.json"):
        dataset_id(tmp_path)
    assert (tmp_path / "dataset.json").read_text() == content


def test_of_two_processes_that_make_an_id_at_once_the_faster_one_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = identity._make

    def meanwhile(path: Path) -> None:
        make(path)
        make(path)

    monkeypatch.setattr(identity, "_make", meanwhile)
    assert dataset_id(tmp_path) == dataset_id(tmp_path)
