"""A file that was found to be as it should is not opened again, until it is another one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.ledger import Ledger
from pipelines.dataset.looked_at import forget_others, not_so


class Folder:
    """Files that should hold ``right``, in a folder of a DATA_DIR."""

    def __init__(self, data: Path) -> None:
        with closing(Ledger(data)):
            self.ledger = data / "crawl.sqlite"
        self.path = data / "coverage"
        self.path.mkdir()
        self.opened: list[str] = []

    def write(self, name: str, content: str = "right") -> Path:
        path = self.path / name
        path.write_text(content)
        return path

    def wrong(self, what: str = "right") -> list[str]:
        """The names of the files that are found to be wrong."""
        self.opened = []
        return [path.name for path in not_so(self.ledger, what, sorted(self.path.iterdir()), self._is_right)]

    def _is_right(self, path: Path) -> bool:
        self.opened.append(path.name)
        return path.read_text() == "right"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "data").mkdir()
    folder = Folder(tmp_path / "data")
    folder.write("a")
    folder.write("b")
    assert folder.wrong() == [] and folder.opened == ["a", "b"]
    return folder


def test_a_file_is_opened_once_for_each_question(folder: Folder) -> None:
    folder.write("c")
    assert folder.wrong() == [] and folder.opened == ["c"]
    assert folder.wrong() == [] and folder.opened == []
    assert folder.wrong("right, by another rule") == [] and folder.opened == ["a", "b", "c"]


def test_a_wrong_file_is_named_each_time(folder: Folder) -> None:
    folder.write("c", "wrong")
    for _ in range(2):
        assert folder.wrong() == ["c"] and folder.opened == ["c"]


def test_without_a_ledger_all_files_are_opened_and_none_is_made(folder: Folder) -> None:
    folder.ledger.unlink()
    for _ in range(2):
        assert folder.wrong() == [] and folder.opened == ["a", "b"]
    assert not folder.ledger.exists()


def test_a_file_that_goes_is_passed_over_and_forgotten(folder: Folder) -> None:
    gone, kept = folder.path / "a", folder.path / "b"
    assert not_so(folder.ledger, "right", [gone.with_name("none")], lambda path: False) == []
    forget_others(folder.ledger, [kept])
    assert folder.wrong() == [] and folder.opened == ["a"]


def _copied(there: Path, here: Path) -> None:
    shutil.copy2(there, here / "new")
    os.utime(here / "new", (0, 0))


def _written_over(there: Path, here: Path) -> None:
    times = (here / "a").stat()
    while (here / "a").stat().st_ctime_ns == times.st_ctime_ns:  # the system's clock for files may tick slowly
        (here / "a").write_bytes(there.read_bytes())
    os.utime(here / "a", ns=(times.st_atime_ns, times.st_mtime_ns))


def _put_in_the_place_of_one(there: Path, here: Path) -> None:
    there.rename(here / "a")


def _linked(there: Path, here: Path) -> None:
    (here / "new").hardlink_to(there)


def _moved_with_its_folder(there: Path, here: Path) -> None:
    shutil.rmtree(here)
    there.parent.rename(here)


@pytest.mark.parametrize("came", [_copied, _written_over, _put_in_the_place_of_one, _linked, _moved_with_its_folder])
def test_another_file_is_looked_at_however_it_came_and_however_old_it_is(
    tmp_path: Path, came: Callable[[Path, Path], None]
) -> None:
    older = tmp_path / "elsewhere" / "new"
    older.parent.mkdir()
    older.write_text("wrong")
    folder = Folder(tmp_path)
    folder.write("a")
    assert folder.wrong() == []
    came(older, folder.path)
    assert len(folder.wrong()) == 1
